"""Where the places of a map lie: their middles, the map reaching from -1 to 1, as `grid_sample` counts them."""

from __future__ import annotations

import torch
from torch import Tensor


def middles(count: int, like: Tensor) -> Tensor:
    """Along one side of `count` places: (count,), of `like`'s type and device."""
    return torch.linspace(1 / count - 1, 1 - 1 / count, count, dtype=like.dtype, device=like.device)


def middles_of(size: tuple[int, int], like: Tensor) -> Tensor:
    """Of a whole map of height and width `size`, row by row: (h * w, 2), x before y."""
    down, across = (middles(count, like) for count in size)
    return torch.cartesian_prod(down, across).flip(1)
