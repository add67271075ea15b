"""The cartoon look: broad acting, soft two-tone shapes, thick brows, one continuous mouth."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from mien.characters.drawn.acting import Acting, read_acting
from mien.characters.drawn.cartoon.figure import Figure
from mien.characters.drawn.character import Drawn
from mien.characters.drawn.spec import Table
from mien.core.character import CharacterInfo

__all__ = ["build"]


def build(spec: Mapping[str, Any]) -> Drawn:
    """Build a cartoon character from its file's content. Raises `BadFile` that names the file and the key."""
    source = f"{spec.get('id', 'this character')}.toml"
    table = Table(spec, source=source)
    info = CharacterInfo(
        id=table.text("id"),
        name=table.text("name"),
        style=table.text("style"),
        kind="drawn",
        description=str(spec.get("description", "")),
        tags=table.texts("tags", ()),
    )
    return Drawn(info, Figure(spec, source), _style().then(read_acting(Table(spec, source=source))))


@cache
def _style() -> Acting:
    text = resources.files("mien.characters.drawn.cartoon").joinpath("acting.toml").read_text(encoding="utf-8")
    return read_acting(Table(tomllib.loads(text), source="acting.toml"))
