"""Convolutional trunks: a small residual one, ResNet-50 (He et al. 2016) and EfficientNet-Lite0 (Tan and Le 2019).

Each is a list of stages, run one after the other, so that two streams can exchange what they saw in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import torch
from torch import Tensor, nn


class Trunk(nn.Module):
    """A stem and stages; `widths` says how many channels each stage gives."""

    def __init__(self, stages: Sequence[nn.Module], widths: Sequence[int]) -> None:
        super().__init__()
        self.stages = nn.ModuleList(stages)
        self.widths = tuple(widths)


@dataclass(frozen=True, slots=True)
class Stage:
    """A row of blocks of one width; the first one halves the sides unless `stride` is 1."""

    width: int
    blocks: int
    stride: int = 2


class Gate(nn.Module):
    """Squeeze and excitation (Hu et al. 2018): every channel is scaled by what the whole map shows."""

    def __init__(self, width: int, *, shrink: int = 8) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(width, max(8, width // shrink), 1)
        self.excite = nn.Conv2d(max(8, width // shrink), width, 1)

    def forward(self, x: Tensor) -> Tensor:
        share = self.excite(torch.relu(self.squeeze(x.mean(dim=(2, 3), keepdim=True))))
        return x * torch.sigmoid(share)


class Plain(nn.Module):
    """Two 3 x 3 convolutions around which the input passes unchanged."""

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Sequential(nn.Conv2d(into, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
        self.second = nn.Sequential(nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width), Gate(width))
        self.past = _past(into, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.past(x) + self.second(self.first(x)))


class Bottleneck(nn.Module):
    """ResNet-50's block: narrow by 1 x 1, look around by 3 x 3, widen fourfold by 1 x 1."""

    def __init__(self, into: int, width: int, stride: int) -> None:
        super().__init__()
        inner = width // 4
        self.body = nn.Sequential(
            nn.Conv2d(into, inner, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Conv2d(inner, inner, 3, stride, 1, bias=False),
            nn.BatchNorm2d(inner),
            nn.ReLU(),
            nn.Conv2d(inner, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )
        self.past = _past(into, width, stride)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.past(x) + self.body(x))


class Inverted(nn.Module):
    """EfficientNet-Lite's block: widen by 1 x 1, look around by a depthwise convolution, narrow by 1 x 1."""

    def __init__(self, into: int, width: int, kernel: int, stride: int, widen: int) -> None:
        super().__init__()
        inner = into * widen
        layers: list[nn.Module] = []
        if widen != 1:
            layers += [nn.Conv2d(into, inner, 1, bias=False), _norm(inner), nn.ReLU6()]
        layers += [
            nn.Conv2d(inner, inner, kernel, stride, kernel // 2, groups=inner, bias=False),
            _norm(inner),
            nn.ReLU6(),
            nn.Conv2d(inner, width, 1, bias=False),
            _norm(width),
        ]
        self.body = nn.Sequential(*layers)
        self.passes = stride == 1 and into == width

    def forward(self, x: Tensor) -> Tensor:
        seen: Tensor = self.body(x)
        return x + seen if self.passes else seen


def _norm(width: int) -> nn.BatchNorm2d:
    # The published weights were trained with this epsilon; some channels hardly vary.
    return nn.BatchNorm2d(width, eps=1e-3)


def small(stages: Sequence[Stage], *, stem: int, channels: int = 3) -> Trunk:
    """Plain blocks after a 3 x 3 stem of stride 2."""
    first = nn.Sequential(nn.Conv2d(channels, stem, 3, 2, 1, bias=False), nn.BatchNorm2d(stem), nn.ReLU())
    return Trunk([first, *_rows(stages, stem, Plain)], [stem, *(stage.width for stage in stages)])


def resnet50(*, channels: int = 3) -> Trunk:
    """Four stages of 3, 4, 6 and 3 blocks; maps of 1/4, 1/8, 1/16 and 1/32 of the picture's side."""
    stem = nn.Sequential(
        nn.Conv2d(channels, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)
    )
    stages = [Stage(256, 3, stride=1), Stage(512, 4), Stage(1024, 6), Stage(2048, 3)]
    first, *rest = _rows(stages, 64, Bottleneck)
    return Trunk([nn.Sequential(stem, first), *rest], [stage.width for stage in stages])


_LITE0: Final = ((1, 16, 1, 1, 3), (6, 24, 2, 2, 3), (6, 40, 2, 2, 5), (6, 80, 3, 2, 3), (6, 112, 3, 1, 5),
                 (6, 192, 4, 2, 5), (6, 320, 1, 1, 3))  # fmt: skip
"""Widening, width, blocks, stride and kernel of the rows of EfficientNet-Lite0."""


def lite0() -> Trunk:
    """EfficientNet-Lite0 without its head; maps of 1/4, 1/8, 1/16 and 1/32 of the picture's side."""
    rows = [nn.Sequential(nn.Conv2d(3, 32, 3, 2, 1, bias=False), _norm(32), nn.ReLU6())]
    into = 32
    for widen, width, blocks, stride, kernel in _LITE0:
        row = []
        for j in range(blocks):
            row.append(Inverted(into, width, kernel, stride if j == 0 else 1, widen))
            into = width
        rows.append(nn.Sequential(*row))
    stages = [nn.Sequential(*rows[:3]), rows[3], nn.Sequential(*rows[4:6]), nn.Sequential(*rows[6:])]
    return Trunk(stages, [24, 40, 112, 320])


def load_lite0(trunk: Trunk, published: Mapping[str, Tensor]) -> None:
    """Put the published ImageNet weights into `trunk`: both list their layers in the order in which they are run."""
    own = trunk.state_dict()
    theirs = [(name, value) for name, value in published.items() if not name.startswith(("_conv_head", "_bn1.", "_fc"))]
    if len(own) != len(theirs) or any(a.shape != b.shape for a, (_, b) in zip(own.values(), theirs, strict=True)):
        raise ValueError("These are not the weights of EfficientNet-Lite0.")
    trunk.load_state_dict(dict(zip(own, (value for _, value in theirs), strict=True)))


def _rows(stages: Sequence[Stage], into: int, block: type[Plain] | type[Bottleneck]) -> list[nn.Module]:
    rows: list[nn.Module] = []
    for stage in stages:
        row = []
        for j in range(stage.blocks):
            row.append(block(into, stage.width, stage.stride if j == 0 else 1))
            into = stage.width
        rows.append(nn.Sequential(*row))
    return rows


def _past(into: int, width: int, stride: int) -> nn.Module:
    """The way around a block: the input itself, averaged and projected where the shape changes."""
    if into == width and stride == 1:
        return nn.Identity()
    # A side of 7 becomes 4, as it does in a convolution of stride 2.
    pool: list[nn.Module] = [nn.AvgPool2d(2, ceil_mode=True, count_include_pad=False)] if stride == 2 else []
    return nn.Sequential(*pool, nn.Conv2d(into, width, 1, bias=False), nn.BatchNorm2d(width))
