"""What the two streams tell each other, and where the expression stream looks closer."""

from __future__ import annotations

import torch
from torch import Tensor, nn


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
    """Where each region of a face lies and what is seen there.

    maps (n, width, s, s) -> attention (n, regions, s, s), sums to 1 over a map, and looks (n, regions * width).
    """

    def __init__(self, width: int, regions: int) -> None:
        super().__init__()
        self.where = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1), nn.ReLU(), nn.Conv2d(width, regions, 1))

    def forward(self, maps: Tensor) -> tuple[Tensor, Tensor]:
        n, _, high, wide = maps.shape
        logits = self.where(maps).flatten(2)
        attention = torch.softmax(logits, dim=-1)
        looks = attention @ maps.flatten(2).transpose(1, 2)
        return attention.reshape(n, -1, high, wide), looks.flatten(1)
