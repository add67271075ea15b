"""The judge of mappings: what a drawn face seems to feel, read by a network that shares nothing with mien's own.

    crops (n, 3, 64, 64) RGB 0..1 --> plain convolutions, halved four times --> (n, 10)

Eight probabilities, valence and arousal. No trunk that was trained elsewhere, no coefficients, no attention: what fools
the encoder, which the mapper learns from, need not fool this one.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.core.emotion import EMOTIONS

WIDTHS: Final = (40, 64, 96)


class Judge(nn.Module):
    """(n, 3, 64, 64) -> log-odds of the emotions (n, 8) and valence and arousal (n, 2)."""

    def __init__(self) -> None:
        super().__init__()
        before = 24
        layers: list[nn.Module] = [_block(3, before, size=5, stride=2)]
        for k, width in enumerate(WIDTHS):
            layers += [_block(before, width), *([_block(width, width)] if k else []), nn.MaxPool2d(2)]
            before = width
        self.features = nn.Sequential(*layers)
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.4), nn.Linear(before * 16, 96), nn.LeakyReLU(0.1), nn.Dropout(0.2)
        )
        self.emotion = nn.Linear(96, len(EMOTIONS))
        self.affect = nn.Linear(96, 2)

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        # Every picture by its own mean and contrast: light and skin say nothing of a feeling.
        mean = pictures.mean(dim=(1, 2, 3), keepdim=True)
        spread = pictures.std(dim=(1, 2, 3), keepdim=True)
        seen = self.head(self.features((pictures - mean) / (spread + 0.05)))
        return self.emotion(seen), torch.tanh(self.affect(seen))


class Shipped(nn.Module):
    """What the file holds: crops uint8 (n, 64, 64, 3) in, vectors (n, 10) out; a face and its mirror image agree."""

    def __init__(self, judge: Judge) -> None:
        super().__init__()
        self.judge = judge

    def forward(self, crops: Tensor) -> Tensor:
        pictures = crops.permute(0, 3, 1, 2).float() / 255
        emotion, affect = self.judge(pictures)
        mirrored, other = self.judge(pictures.flip(3))
        both = functional.softmax(emotion, dim=1) + functional.softmax(mirrored, dim=1)
        return torch.cat([both / 2, (affect + other) / 2], dim=1)


def _block(before: int, width: int, *, size: int = 3, stride: int = 1) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(before, width, size, stride, size // 2, bias=False),
        nn.BatchNorm2d(width),
        nn.LeakyReLU(0.1, inplace=True),
    )
