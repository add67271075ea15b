"""What many rooms' tests share: the real weights, fetched once."""

from __future__ import annotations

import numpy as np
import pytest

from mien import resources
from mien.mapping.translate import SIDE


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Tests of a file run in one process, unless they name a larger group: what a file sets up is set up once."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.location[0]))


@pytest.fixture(scope="session")
def weights() -> None:
    """Every weight and mesh is installed; a few milliseconds where `mien setup` has run."""
    resources.setup()


@pytest.fixture(scope="session")
def small_library(weights, tmp_path_factory):
    """A library of 240 expressions by one character of each style; tests that use it share an xdist group."""
    from mien.studio import Studio
    from mien.studio.demo import build_demo_library

    path = tmp_path_factory.mktemp("libraries") / "small"
    studio = Studio(library=path)
    build_demo_library(studio, count=240, characters=[info.id for info, _ in studio.targets("four")])
    return path


@pytest.fixture(scope="session")
def bald_head(weights):
    """A stylised head of the cast without hair, as a mesh: what other programs' files are made of (`foreign`)."""
    from foreign import bald

    from mien.characters import Cast

    return bald(Cast()["suna"].mesh())


class Reddens:
    """A mapping network that paints the middle of the square red and says that it looked there.

    asked: what it was asked until now.
    """

    def __init__(self):
        self.asked = []

    def run(self, **inputs):
        self.asked.append(inputs)
        attention = np.zeros((1, 24, 24), dtype=np.float32)
        attention[0, 10:14, 10:14] = 1 / 16
        mask = np.zeros((1, SIDE, SIDE, 1), dtype=np.float32)
        mask[:, SIDE // 3 : 2 * SIDE // 3, SIDE // 3 : 2 * SIDE // 3] = 1
        return {
            "flow": np.zeros((1, SIDE, SIDE, 2), dtype=np.float32),
            "mask": mask,
            "paint": np.broadcast_to(np.float32([1, 0, 0]), (1, SIDE, SIDE, 3)).copy(),
            "attention": attention,
        }


@pytest.fixture
def reddens():
    """In place of the mapping network, whose drawing is the lab's to judge: `Studio(mapper=...)`."""
    return Reddens()
