"""What is felt, read off a photo of a face by a network of its own (FER-2013, FER+).

    picture (n, 3, s, s) RGB 0..1 -> grey, 48 px, one mean and contrast -> six residual blocks -> 8 and 7 logits

The encoder reads real and drawn faces by one trunk that has much else to say. Photos are where emotion is hardest to
tell and labels are most, so a second, smaller opinion is worth having there (decision 13).
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.core.emotion import EMOTIONS
from mien_lab.networks.encoder import FER_CLASSES, grey

SIDE: Final = 48
"""Width and height of what is looked at, pixels: about as much as a tile of FER-2013 shows of a face."""

_WIDTHS: Final = (32, 64, 128, 256)


class EmotionNet(nn.Module):
    """pictures (n, 3, s, s), RGB 0..1, as the encoder sees a face -> logits (n, 8), order `EMOTIONS`, and (n, 7), order
    `FER_CLASSES`.
    """

    def __init__(self) -> None:
        super().__init__()
        # Trainings begin with less.
        self.side = SIDE
        first, *widths = _WIDTHS
        self.stem = nn.Sequential(_layer(1, first), nn.ReLU(), _layer(first, first, 2), nn.ReLU())
        blocks: list[nn.Module] = []
        into = first
        for i, width in enumerate(widths):
            blocks += [_Block(into, width, 2 if i else 1), _Block(width, width, 1)]
            into = width
        self.body = nn.Sequential(*blocks)
        self.dropped = nn.Dropout(0.4)
        self.emotion = nn.Linear(into, len(EMOTIONS))
        self.fer = nn.Linear(into, len(FER_CLASSES))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        felt = self.dropped(self.body(self.stem(seen(pictures, self.side))).mean(dim=(2, 3)))
        return self.emotion(felt), self.fer(felt)


def seen(pictures: Tensor, side: int) -> Tensor:
    """What the network looks at: (n, 1, side, side), mean 0, contrast 1."""
    even = grey(pictures)
    if even.shape[2] >= 2 * side:
        # Every other pixel would be passed over.
        even = functional.avg_pool2d(even, 2)
    small = functional.interpolate(even, size=(side, side), mode="bilinear", align_corners=False)
    mean = small.mean(dim=(2, 3), keepdim=True)
    return (small - mean) / ((small - mean) ** 2).mean(dim=(2, 3), keepdim=True).add(1e-4).sqrt()


class _Block(nn.Module):
    """Two convolutions beside a short cut; each channel is counted by what all of them show (Hu et al. 2018)."""

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = _layer(into, width, stride)
        self.second = _layer(width, width)
        self.counted = nn.Sequential(nn.Linear(width, width // 8), nn.ReLU(), nn.Linear(width // 8, width))
        self.short = nn.Identity() if into == width else _short(into, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        y = self.second(torch.relu(self.first(x)))
        y = y * torch.sigmoid(self.counted(y.mean(dim=(2, 3))))[:, :, None, None]
        return torch.relu(y + self.short(x))


def _layer(into: int, width: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(into, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width))


def _short(into: int, width: int, stride: int) -> nn.Sequential:
    smaller = nn.AvgPool2d(stride) if stride > 1 else nn.Identity()
    return nn.Sequential(smaller, nn.Conv2d(into, width, 1, bias=False), nn.BatchNorm2d(width))
