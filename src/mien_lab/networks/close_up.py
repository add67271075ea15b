"""What landmarks alone cannot show, corrected and painted close up: the inside of a mouth that was shut, a closed lid.

Mouths and eyes are a twentieth of a mapper's square. Cut out where the landmarks will be, upright and scaled by the
distance between the eyes, they are all there is to see, and a small network learns to draw them from few pairs.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.core.character import FEATURES
from mien_lab.networks.closer import EYE_POINTS, cut, to_view
from mien_lab.networks.places import middles, middles_of
from mien_lab.networks.warp import eyes, look_up

MOUTH: Final = (48, 56)
EYE: Final = (40, 44)
"""Height and width of the views, pixels."""

_MOUTH_HALF: Final = (0.55, 0.64)
_EYE_HALF: Final = (0.38, 0.42)
"""Half their height and width, in distances between the eyes."""

TOLD: Final = 64
"""Numbers that the condition is given as."""

_SIDES: Final = ("left", "right")
_LIPS: Final = [i for i, name in enumerate(FEATURES) if name.startswith(("lip_", "mouth_corner"))]
_MOUTH: Final = [*_LIPS, FEATURES.index("chin"), FEATURES.index("tongue_tip")]
_EYES: Final = {side: [FEATURES.index(f"{name}_{side}") for name in EYE_POINTS] for side in _SIDES}

_SHUT: Final = -2.0
"""What the mask begins with: hardly anything is painted."""

_REACH: Final = 0.15
"""How far a flow may look, as a share of the view's side: landmarks have moved already."""


class View(NamedTuple):
    """frame: (n, 2, 3), takes places of the view, -1..1, to places of the square. seen: what is there (n, 3, h, w),
    0..1. paint: the same size. mask: (n, 1, h, w), 1 where painted. flow: (n, 2, h, w), shares of the view's side:
    where in it to look. Both are 0 at the view's border.
    """

    frame: Tensor
    seen: Tensor
    paint: Tensor
    mask: Tensor
    flow: Tensor

    @property
    def looked(self) -> Tensor:
        """What is seen along the flow."""
        return look_up(self.seen, self.flow)


class CloseUps(nn.Module):
    """Pictures (n, 3, s, s), 0..1, that were warped already, landmarks (n, 31, 2) where they are by now, and what is
    wanted, as seen by the left eye and the mouth (n, `TOLD`) and, in a mirror, by the right one -> views of the left
    eye, the right eye and the mouth.
    """

    def __init__(self) -> None:
        super().__init__()
        self.eye = _Painter(EYE, len(_EYES["left"]))
        self.mouth = _Painter(MOUTH, len(_MOUTH))

    def forward(self, picture: Tensor, places: Tensor, told: Tensor, mirrored: Tensor) -> tuple[View, View, View]:
        left, right, mouth = _frames(places)
        sides = torch.cat([left, right])
        seen = torch.cat([cut(picture, frame, EYE) for frame in (left, right)])
        lids = torch.cat([places[:, _EYES[side]] for side in _SIDES])
        both = View(sides, seen, *self.eye(seen, _marks(sides, lids, EYE), torch.cat([told, mirrored])))
        seen = cut(picture, mouth, MOUTH)
        lips = View(mouth, seen, *self.mouth(seen, _marks(mouth, places[:, _MOUTH], MOUTH), told))
        n = picture.shape[0]
        return View(*(x[:n] for x in both)), View(*(x[n:] for x in both)), lips


def put_back(views: tuple[View, ...], side: int) -> tuple[Tensor, Tensor, Tensor]:
    """What views say, over the whole square: paint times mask (n, 3, side, side), mask (n, 1, side, side) and flow
    (n, 2, side, side), shares of the square's side.
    """
    places = middles_of((side, side), views[0].paint)
    whole: list[Tensor] = []
    for view in views:
        n = view.frame.shape[0]
        grid = to_view(view.frame, places.expand(n, -1, 2)).unflatten(1, (side, side))
        flow = torch.einsum("nij,njhw->nihw", view.frame[:, :, :2], view.flow)
        said = torch.cat([view.paint * view.mask, view.mask, flow], dim=1)
        whole.append(functional.grid_sample(said, grid, padding_mode="zeros", align_corners=False))
    together = torch.stack(whole).sum(dim=0)
    return together[:, :3], together[:, 3:4].clamp_max(1.0), together[:, 4:]


def _frames(places: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where the views of the left eye, the right eye, a mirror image, and the mouth lie, for landmarks (n, 31, 2)."""
    middle, axes = eyes(places)
    across, down = axes.unbind(dim=2)
    left, right = (middle[:, 0] + share * across for share in (0.5, -0.5))

    def frame(centre: Tensor, right_way: Tensor, half: tuple[float, float]) -> Tensor:
        return torch.stack([half[1] * right_way, half[0] * down, centre], dim=2)

    lips = places[:, _LIPS].mean(dim=1)
    return frame(left, across, _EYE_HALF), frame(right, -across, _EYE_HALF), frame(lips, across, _MOUTH_HALF)


def _marks(frame: Tensor, places: Tensor, size: tuple[int, int]) -> Tensor:
    """A soft spot in a view for each of the landmarks (n, p, 2): (n, p, *size)."""
    inside = to_view(frame, places)
    down, across = (middles(count, frame) for count in size)
    far_down = (down - inside[:, :, 1:]) ** 2
    far_across = (across - inside[:, :, :1]) ** 2
    return torch.exp(-60 * far_down)[..., None] * torch.exp(-60 * far_across)[:, :, None]


class _Painter(nn.Module):
    """One view (n, 3, h, w), its landmarks (n, points, h, w) and what is wanted (n, `TOLD`) -> paint, mask and flow."""

    def __init__(self, size: tuple[int, int], points: int, widths: tuple[int, int, int] = (24, 48, 64)) -> None:
        super().__init__()
        a, b, c = widths
        self.first = nn.Conv2d(3 + points, a, 3, 1, 1)
        self.second = nn.Conv2d(a, b, 3, 2, 1)
        self.third = nn.Conv2d(b, c, 3, 2, 1)
        self.blocks = nn.ModuleList(_Block(c) for _ in range(2))
        self.thin = nn.ModuleList([nn.Conv2d(c, b, 1), nn.Conv2d(b, a, 1)])
        self.up = nn.ModuleList([nn.Conv2d(b, b, 3, 1, 1), nn.Conv2d(a, a, 3, 1, 1)])
        self.tint = nn.ModuleList([_Tint(b), _Tint(a)])
        self.out = nn.Conv2d(a, 6, 3, 1, 1)
        with torch.no_grad():
            assert self.out.bias is not None
            self.out.bias[3] = _SHUT
            self.out.bias[4:] = 0
            self.out.weight[4:] *= 0.01
        high, wide = (middles(count, self.out.weight.detach()) for count in size)
        rim = (4 * (1 - high.abs()))[:, None].clamp_max(1) * (4 * (1 - wide.abs())).clamp_max(1)
        self.rim: Tensor
        self.register_buffer("rim", rim, persistent=False)

    def forward(self, seen: Tensor, marks: Tensor, told: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        first = _active(self.first(torch.cat([seen - 0.5, marks], dim=1)))
        second = _active(self.second(first))
        x = _active(self.third(second))
        for block in self.blocks:
            x = block(x, told)
        for thin, layer, tint, skip in zip(self.thin, self.up, self.tint, (second, first), strict=True):
            x = functional.interpolate(thin(x), scale_factor=2.0, mode="nearest") + skip
            x = _active(tint(layer(x), told))
        said = self.out(x)
        return (
            torch.sigmoid(said[:, :3]),
            torch.sigmoid(said[:, 3:4]) * self.rim,
            _REACH * torch.tanh(said[:, 4:]) * self.rim,
        )


class _Tint(nn.Module):
    """Scale and shift that the condition gives; colours stay what they are, so nothing is normalised."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.style = nn.Linear(TOLD, 2 * width)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        scale, shift = self.style(told)[:, :, None, None].chunk(2, dim=1)
        return x * (1 + scale) + shift


class _Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, 1, 1)
        self.tint = _Tint(width)
        self.second = nn.Conv2d(width, width, 3, 1, 1)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        out: Tensor = x + self.second(_active(self.tint(self.first(x), told)))
        return out


def _active(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, 0.1)
