import pytest
from takes import items

from mien.library import Library


@pytest.fixture
def library(tmp_path):
    """An empty library."""
    with Library.create(tmp_path / "library") as made:
        yield made


@pytest.fixture
def filled(library):
    """A library of 300 assets."""
    library.add_many(items(300))
    return library
