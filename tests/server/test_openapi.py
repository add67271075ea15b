"""The client's types are made from the OpenAPI document; both are committed, and neither may fall behind."""

from __future__ import annotations

import json
from pathlib import Path

from fake_studio import FakeStudio

from mien.server import create_app

DOCUMENT = Path(__file__).parents[2] / "web" / "src" / "api" / "openapi.json"


def test_the_committed_document_is_the_services_own():
    assert json.loads(DOCUMENT.read_text(encoding="utf-8")) == create_app(FakeStudio()).openapi(), (
        "Run: python web/build.py --types"
    )


def test_every_route_is_versioned_and_says_how_it_refuses():
    for path, methods in create_app(FakeStudio()).openapi()["paths"].items():
        assert path.startswith("/api/v1/")
        for method in methods.values():
            assert {"422", "429", "503"} <= set(method["responses"])
