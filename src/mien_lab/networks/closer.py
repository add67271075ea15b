"""Eyes and mouth seen once more, in the picture itself: what the maps of the whole face are too coarse for.

A glance moves an iris by two pixels of the crop and a jaw that is pushed to one side by three; the finest maps have
cells of four. Three views are cut out where the landmarks say, upright and scaled by the distance between the eyes, and
a small network of its own sees each: one for either eye (the right one as its mirror image), one for all that a jaw
takes along, from the tip of the nose to what lies under the chin.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.core.character import FEATURES
from mien_lab.networks.places import middles_of

EYE: Final = (40, 40)
MOUTH: Final = (64, 76)
"""Height and width of the views, pixels: about those of the crop for an eye, three quarters of them for the mouth."""

_EYE_HALF: Final = (0.42, 0.42)
_EYE_UP: Final = 0.1
_MOUTH_HALF: Final = (0.96, 1.15)
_MOUTH_DOWN: Final = 0.24
"""Half the views' height and width, how far the middle of an eye's lies above its lids, and of the mouth's below the
lips, in distances between the eyes. Where an open jaw's chin was cut off, jaws to one side were not read.
"""

EYE_POINTS: Final = ("brow_inner", "brow_mid", "brow_outer", "lid_upper", "lid_lower", "iris")
MOUTH_POINTS: Final = (
    "nose_wing_left", "nose_wing_right", "mouth_corner_left", "mouth_corner_right", "lip_upper", "lip_lower",
    "lip_upper_left", "lip_upper_right", "lip_lower_left", "lip_lower_right", "lip_upper_inner", "lip_lower_inner",
    "chin", "nose_tip", "cheek_left", "cheek_right", "jaw_left", "jaw_right", "tongue_tip",
)  # fmt: skip
"""Landmarks that are placed anew in each view, all of them together; an eye's have their side behind them."""

_LEFT: Final = [FEATURES.index(f"{name}_left") for name in EYE_POINTS]
_RIGHT: Final = [FEATURES.index(f"{name}_right") for name in EYE_POINTS]
_MOUTH: Final = [FEATURES.index(name) for name in MOUTH_POINTS]
_ORDER: Final = [[*_LEFT, *_RIGHT, *_MOUTH].index(k) for k in range(len(FEATURES))]
"""Where each of `FEATURES` is among the landmarks of the three views."""

_LIDS: Final = [[FEATURES.index(f"lid_{part}_{side}") for part in ("upper", "lower")] for side in ("left", "right")]
_WINGS: Final = [FEATURES.index(f"nose_wing_{side}") for side in ("left", "right")]
_LIPS: Final = [i for i, name in enumerate(FEATURES) if name.startswith(("lip_", "mouth_corner"))]

_EYE_SEEN: Final = 96
_MOUTH_SEEN: Final = 160
SEEN: Final = 2 * _EYE_SEEN + _MOUTH_SEEN + 2 * len(FEATURES)
"""Numbers that a closer look gives."""

_SHAKE: Final = (0.02, 0.012)
"""By how much landmarks are moved in training before views are cut out: all together, and each. -1..1 is the picture;
landmarks of a face that no training saw are not better than that.
"""

_LEAST: Final = 0.05
"""Distance between the eyes under which landmarks make no sense yet: of half a picture."""


class Closer(nn.Module):
    """pictures (n, 3, s, s), 0..1, and landmarks (n, 31, 2), -1..1 -> what is seen (n, `SEEN`) and the landmarks where
    it was seen (n, 31, 2), -1..1 over the picture; order `core.character.FEATURES`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.eye = _View(EYE, (24, 48, 96), _EYE_SEEN, len(EYE_POINTS))
        self.mouth = _View(MOUTH, (24, 48, 96, 128), _MOUTH_SEEN, len(MOUTH_POINTS))

    def forward(self, pictures: Tensor, landmarks: Tensor) -> tuple[Tensor, Tensor]:
        if self.training:
            together, each = (torch.randn_like(landmarks[:, :points]) for points in (1, landmarks.shape[1]))
            landmarks = landmarks + _SHAKE[0] * together + _SHAKE[1] * each
        views = frames(landmarks)
        sizes = (EYE, EYE, MOUTH)
        left, right, mouth = (_evened(cut(pictures, view, size)) for view, size in zip(views, sizes, strict=True))
        n = pictures.shape[0]
        eyes, eye_places = self.eye(torch.cat([left, right]))
        lips, lip_places = self.mouth(mouth)
        inside = (eye_places[:n], eye_places[n:], lip_places)
        seen = torch.cat([eyes[:n], eyes[n:], lips, *(4.0 * part.flatten(1) for part in inside)], dim=1)
        placed = [to_picture(view, part) for view, part in zip(views, inside, strict=True)]
        return seen, torch.cat(placed, dim=1)[:, _ORDER]


def frames(landmarks: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Where the views of the left eye, the right eye and the mouth lie, for landmarks (n, 31, 2): (n, 2, 3) each, which
    take places of a view, -1..1, to places of the picture. The right eye's is a mirror image.
    """
    left, right = (landmarks[:, lids].mean(dim=1) for lids in _LIDS)
    apart = left - right
    distance = apart.norm(dim=1, keepdim=True).clamp_min(_LEAST)
    across = apart / distance
    down = torch.stack([-across[:, 1], across[:, 0]], dim=1)
    middle = (left + right) / 2
    # Between the wings of the nose and not where the lips are: a mouth moved to one side must be seen to one side.
    wings = ((landmarks[:, _WINGS].mean(dim=1) - middle) * across).sum(dim=1, keepdim=True)
    below = ((landmarks[:, _LIPS].mean(dim=1) - middle) * down).sum(dim=1, keepdim=True)
    lips = middle + wings * across + (below + _MOUTH_DOWN * distance) * down
    up = _EYE_UP * distance * down

    def frame(centre: Tensor, right_way: Tensor, half: tuple[float, float]) -> Tensor:
        return torch.stack([half[1] * distance * right_way, half[0] * distance * down, centre], dim=2)

    return (
        frame(left - up, across, _EYE_HALF),
        frame(right - up, -across, _EYE_HALF),
        frame(lips, across, _MOUTH_HALF),
    )


def to_picture(view: Tensor, places: Tensor) -> Tensor:
    """Places (n, p, 2), or (1, p, 2) for all, of views (n, 2, 3) in the picture."""
    return places @ view[:, :, :2].transpose(1, 2) + view[:, None, :, 2]


def to_view(view: Tensor, places: Tensor) -> Tensor:
    """Places (n, p, 2) of the picture in a view (n, 2, 3): the way back."""
    columns = view[:, :, :2]
    # The axes are at right angles, so the inverse is the transposed over the squared lengths.
    return (places - view[:, None, :, 2]) @ (columns / (columns**2).sum(dim=1, keepdim=True))


def cut(pictures: Tensor, view: Tensor, size: tuple[int, int]) -> Tensor:
    """One view (n, 2, 3) of every picture: (n, 3, *size)."""
    grid = to_picture(view, middles_of(size, view)[None]).unflatten(1, size).to(pictures.dtype)
    return functional.grid_sample(pictures, grid, padding_mode="border", align_corners=False)


def _evened(seen: Tensor) -> Tensor:
    """Views brought to one brightness and contrast."""
    mean = seen.mean(dim=(1, 2, 3), keepdim=True)
    contrast = ((seen - mean) ** 2).mean(dim=(1, 2, 3), keepdim=True).add(1e-3).sqrt()
    return 0.5 * (seen - mean) / contrast


class _View(nn.Module):
    """One view (n, 3, h, w) -> what is seen (n, `seen`) and places (n, points, 2), -1..1 over the view."""

    def __init__(self, size: tuple[int, int], widths: tuple[int, ...], seen: int, points: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        into = 3
        for width in widths:
            layers += [_layer(into, width, 2), _layer(width, width, 1)] if into > 3 else [_layer(into, width, 2)]
            into = width
        self.maps = nn.Sequential(*layers)
        high, wide = (-(-side // 2 ** len(widths)) for side in size)
        self.few = nn.Sequential(nn.Conv2d(into, 32, 1), nn.ReLU())
        self.seen = nn.Sequential(nn.Dropout(0.1), nn.Linear(32 * high * wide, seen), nn.ReLU())
        self.places = nn.Linear(seen, 2 * points)

    def forward(self, view: Tensor) -> tuple[Tensor, Tensor]:
        seen = self.seen(self.few(self.maps(view)).flatten(1))
        return seen, self.places(seen).unflatten(1, (-1, 2))


def _layer(into: int, width: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(into, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width), nn.ReLU())
