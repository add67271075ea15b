"""Warps: a flow says for every place of a map where in it to look instead, as shares of its side."""

from __future__ import annotations

import math
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.core.character import FEATURES
from mien_lab.networks.places import middles


def look_up(maps: Tensor, flow: Tensor) -> Tensor:
    """Maps (n, c, h, w), every place taken from where the flow (n, 2, h, w), shares of the side, points."""
    grid = places_on(maps) + 2 * flow
    return functional.grid_sample(maps, grid.permute(0, 2, 3, 1), padding_mode="border", align_corners=False)


class Spread(nn.Module):
    """From where landmarks are and will be to a flow (n, 2, k, k), shares of the side: the nearer one is, the more its
    move counts, and far from all of them nothing moves. First wide, as a cheek follows the jaw, then what is still
    missing nearer and nearer, as a lid moves and the brow above it does not. How far each reaches is learned.
    """

    def __init__(self) -> None:
        super().__init__()
        wide = torch.tensor([0.35, 0.15, 0.07])[:, None].repeat(1, len(FEATURES))
        self.reach = nn.Parameter(wide.log())
        self.weight = nn.Parameter(torch.zeros_like(wide))
        self.still = nn.Parameter(torch.full((len(wide),), math.log(0.1)))

    def forward(self, places: Tensor, moved: Tensor, grid: Tensor) -> Tensor:
        """grid: (n, 2, k, k), -1..1, as `places_on` gives it."""
        _, axes = eyes(places)
        between = axes[:, :, 0].norm(dim=1)[:, None]
        everywhere = torch.cat([moved, grid.flatten(2).transpose(1, 2)], dim=1)
        far = ((everywhere[:, :, None] - moved[:, None]) ** 2).sum(dim=3)
        missing = places - moved
        flow = torch.zeros_like(everywhere)
        for reach, weight, still in zip(self.reach, self.weight, self.still, strict=True):
            near = torch.exp(weight - far / (2 * (between * reach.exp()) ** 2)[:, None])
            told = near @ missing / (near.sum(dim=2, keepdim=True) + still.exp())
            flow = flow + told
            missing = missing - told[:, : len(FEATURES)]
        return flow[:, len(FEATURES) :].transpose(1, 2).unflatten(2, grid.shape[2:]) / 2


def along(few: Tensor, side: int) -> Tensor:
    """A flow for every pixel from one for every fourth."""
    return functional.interpolate(few, size=side, mode="bilinear", align_corners=False)


def places_on(x: Tensor) -> Tensor:
    """x and y of the middle of every place of a map, (n, 2, h, w), the map reaching from -1 to 1."""
    n, _, high, wide = x.shape
    across = middles(wide, x).expand(n, 1, high, wide)
    return torch.cat([across, middles(high, x)[:, None].expand(n, 1, high, wide)], dim=1)


_LIDS: Final = [[FEATURES.index(f"lid_{part}_{side}") for part in ("upper", "lower")] for side in ("right", "left")]


def eyes(places: Tensor) -> tuple[Tensor, Tensor]:
    """Of landmarks (n, 31, 2): the middle between the eyes (n, 1, 2), and as columns (n, 2, 2) the way from the right
    eye to the left one and, as long, down the face.
    """
    right, left = (places[:, lids].mean(dim=1) for lids in _LIDS)
    across = left - right
    # A face that was misread must not divide by nothing.
    across = across + 0.05 * (across.norm(dim=1, keepdim=True) < 0.05)
    down = torch.stack([-across[:, 1], across[:, 0]], dim=1)
    return (right + left)[:, None] / 2, torch.stack([across, down], dim=2)
