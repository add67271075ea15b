"""What the two streams tell each other, where the expression stream looks closer, and where it sees landmarks."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien_lab.networks.places import middles


class Exchange(nn.Module):
    """Cross-attention both ways between two maps (n, a, s, s) and (n, b, s, s) of one side.

    What each hears is added through a gate that starts closed, so that a pretrained trunk begins undisturbed.
    """

    def __init__(self, first: int, second: int, *, width: int = 32, heads: int = 2) -> None:
        super().__init__()
        self.to_first = _Attention(first, second, width, heads)
        self.to_second = _Attention(second, first, width, heads)

    def forward(self, first: Tensor, second: Tensor) -> tuple[Tensor, Tensor]:
        return first + self.to_first(first, second), second + self.to_second(second, first)


class _Attention(nn.Module):
    def __init__(self, asking: int, asked: int, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Conv2d(asking, width, 1)
        self.key = nn.Conv2d(asked, width, 1)
        self.value = nn.Conv2d(asked, width, 1)
        self.out = nn.Conv2d(width, asking, 1)
        self.gate = nn.Parameter(torch.zeros(()))

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        n, _, high, wide = asking.shape
        query, key, value = (
            layer(x).reshape(n, self.heads, -1, high * wide)
            for layer, x in ((self.query, asking), (self.key, asked), (self.value, asked))
        )
        weights = torch.softmax(query.transpose(2, 3) @ key * query.shape[2] ** -0.5, dim=-1)
        heard = value @ weights.transpose(2, 3)
        out: Tensor = self.out(heard.reshape(n, -1, high, wide))
        return self.gate * out


class Regions(nn.Module):
    """Where each region of a face lies and what is seen there, on its left and on its right apart.

    maps (n, width, s, s) -> attention (n, regions, s, s), sums to 1 over a map, and looks (n, 2 * regions * width): the
    mean over a region would not know a wink from two eyes half closed.
    """

    def __init__(self, width: int, regions: int) -> None:
        super().__init__()
        self.where = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1), nn.ReLU(), nn.Conv2d(width, regions, 1))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        n, _, high, wide = maps.shape
        attention = torch.softmax(self.where(maps).flatten(2), dim=-1).reshape(n, -1, high, wide)
        # 1 at the left border, 0 at the right one: a face that is a little off is not cut in two.
        ramp = torch.linspace(1.0, 0.0, wide, dtype=maps.dtype, device=maps.device)
        left = torch.clamp(3.0 * (ramp - 0.5) + 0.5, 0.0, 1.0)
        looks = [self._look(attention * side, maps) for side in (left, 1.0 - left)]
        return attention, torch.cat(looks, dim=1)

    @staticmethod
    def _look(attention: Tensor, maps: Tensor) -> Tensor:
        weights = attention.flatten(2)
        weights = weights / (weights.sum(dim=-1, keepdim=True) + 1e-4)
        return (weights @ maps.flatten(2).transpose(1, 2)).flatten(1)


class Landmarks(nn.Module):
    """Where points of a face lie: maps (n, width, s, s) -> (n, points, 2), x right and y down, -1..1 over the picture.

    The mean place under a point's own attention (integral regression, Sun et al. 2018): finer than the maps' cells, and
    trained end to end.
    """

    def __init__(self, width: int, points: int) -> None:
        super().__init__()
        self.where = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, groups=width), nn.Conv2d(width, points, 1))

    def forward(self, maps: Tensor) -> Tensor:
        n, _, high, side = maps.shape
        heat = torch.softmax(self.where(maps).flatten(2), dim=-1).reshape(n, -1, high, side)
        places = middles(side, maps)
        return torch.stack([(heat.sum(dim=2) * places).sum(dim=-1), (heat.sum(dim=3) * places).sum(dim=-1)], dim=-1)


def looked_at(maps: Tensor, places: Tensor) -> Tensor:
    """What maps (n, c, s, s) show at places (n, points, 2), -1..1: (n, c, points)."""
    seen = functional.grid_sample(maps, places[:, :, None].to(maps.dtype), padding_mode="border", align_corners=False)
    return seen[..., 0]
