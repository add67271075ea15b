"""What many rooms' tests share: the real weights, fetched once."""

from __future__ import annotations

import pytest

from mien import resources


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
