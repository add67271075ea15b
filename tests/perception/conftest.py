"""Real faces for the tests of perception: one picture of a public domain that scikit-image carries."""

from __future__ import annotations

import pytest
from skimage import data

from mien.perception import Reader


@pytest.fixture(scope="session")
def reader(weights):
    return Reader()


@pytest.fixture(scope="session")
def astronaut():
    """512 x 512: Eileen Collins, smiling at the camera, her face 116 px tall."""
    picture = data.astronaut()
    picture.setflags(write=False)
    return picture


@pytest.fixture(scope="session")
def face_crop(astronaut):
    """Her head and little else: 180 x 180."""
    return astronaut[20:200, 135:315].copy()
