"""What many rooms' tests share: the real weights, fetched once."""

from __future__ import annotations

import pytest

from mien import resources


@pytest.fixture(scope="session")
def weights() -> None:
    """Every weight and mesh is installed; a few milliseconds where `mien setup` has run."""
    resources.setup()
