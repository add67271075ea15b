"""Fixtures of the service's tests, all around the small studio of `fake_studio`."""

from __future__ import annotations

import pytest
from fake_studio import FakeStudio, client_of, picture_bytes

from mien.core.expression import Expression


@pytest.fixture
def studio():
    return FakeStudio()


@pytest.fixture
def client(studio):
    return client_of(studio)


@pytest.fixture
def photo():
    return {"picture": ("face.png", picture_bytes(), "image/png")}


@pytest.fixture
def smile():
    return Expression.from_coefficients({"mouthSmileLeft": 1.0, "mouthSmileRight": 0.6}).to_dict()
