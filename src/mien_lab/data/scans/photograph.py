"""Photographs of scanned people: a light, a crop, something blurred behind them, grain and JPEG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Coefficients, Points, Rgb
from mien.core.character import FEATURES, Light
from mien.core.expression import HeadPose

if TYPE_CHECKING:
    from mien.characters.sculpted.character import Sculpted

# A camera that comes closer sees a part of what it saw; drawn this much larger, that part keeps its detail.
_CLOSEST = 1.3
_FACING = HeadPose()


@dataclass(frozen=True, slots=True)
class Shot:
    """How one picture is taken.

    light: None for the person's own. zoom: 1 shows what a portrait shows, 1.3 is nearer. shift: of the crop, shares of
    the picture, right and down. scene: seed of what is behind. grain: standard deviation of the noise, of 255.
    jpeg: quality, 1..100.
    """

    light: Light | None
    zoom: float
    shift: tuple[float, float]
    scene: int
    grain: float
    jpeg: int


def shot(rng: np.random.Generator, light: Light | None) -> Shot:
    """A random one."""
    zoom = float(rng.uniform(1.0, _CLOSEST))
    # The face stays in the picture: a crop moves as far as there is room around it.
    room = 0.03 + 0.2 * (1 - 1 / zoom)
    return Shot(
        light=light,
        zoom=zoom,
        shift=(float(rng.uniform(-room, room)), float(rng.uniform(-room, room) / 2)),
        scene=int(rng.integers(2**31)),
        grain=float(rng.uniform(0.0, 5.0)),
        jpeg=int(rng.integers(35, 96)),
    )


def photograph(
    who: Sculpted, coefficients: Coefficients, size: int, *, head: HeadPose, shot: Shot
) -> tuple[Rgb, Points]:
    """The picture, uint8 (size, size, 3), and where `FEATURES` are in it, float32 (31, 2), pixels."""
    large = round(size * _CLOSEST)
    if shot.light is None:
        drawn = who.render(coefficients, large, head=head)
    else:
        drawn = who.render_lit(coefficients, large, head=head, light=shot.light)
    # Half pixels of nobody: how much of each pixel the person covers.
    fine = (who.materials(coefficients, 2 * large, head=head) >= 0).astype(np.float32)
    covered = cv2.resize(fine, (large, large), interpolation=cv2.INTER_AREA)[..., None]
    rng = np.random.default_rng(shot.scene)
    behind = _background(rng, large)
    drawn = drawn[..., :3] * covered + behind * (1 - covered)
    window = _window(shot, size, large)
    picture = cv2.warpAffine(
        drawn.astype(np.float32), window, (size, size), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
    )
    picture = picture + rng.normal(0.0, shot.grain, picture.shape)
    rgb = np.clip(np.round(picture), 0, 255).astype(np.uint8)
    _, encoded = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, shot.jpeg])
    taken = np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)
    return np.ascontiguousarray(taken[..., ::-1]), seen(who, coefficients, size, head=head, shot=shot)


def seen(who: Sculpted, coefficients: Coefficients, size: int, *, head: HeadPose = _FACING, shot: Shot) -> Points:
    """Where `FEATURES` are in a photograph: float32 (31, 2), pixels."""
    large = round(size * _CLOSEST)
    window = _window(shot, size, large)
    points = who.landmarks(coefficients, large, head=head)
    # An affine map of pixel indices; landmarks count from the corner of the first pixel.
    return np.asarray((points - 0.5) @ window[:, :2].T + window[:, 2] + 0.5, dtype=np.float32)


def unit_px(who: Sculpted, size: int, shot: Shot) -> float:
    """Distance of the resting irises in a photograph, pixels."""
    rest = seen(who, np.zeros(52, dtype=np.float32), size, shot=shot)
    left, right = (rest[FEATURES.index(f"iris_{side}")] for side in ("left", "right"))
    return float(np.linalg.norm(left - right))


def _window(shot: Shot, size: int, large: int) -> NDArray[np.float64]:
    """From pixels of the large picture to those of the crop, (2, 3)."""
    scale = shot.zoom * size / large
    middle = np.array([(size - 1) / 2 + size * shot.shift[0], (size - 1) / 2 + size * shot.shift[1]])
    offset = middle - scale * (large - 1) / 2
    return np.array([[scale, 0.0, offset[0]], [0.0, scale, offset[1]]])


def _background(rng: np.random.Generator, size: int) -> NDArray[np.float32]:
    """Out of focus: two colours, with blurred shapes in front of them."""
    first, second = (rng.uniform(30, 225) + rng.normal(0, 25, 3) for _ in range(2))
    ramp = np.linspace(0, 1, size, dtype=np.float32)[:, None, None]
    out = (first * (1 - ramp) + second * ramp) * np.ones((1, size, 1))
    for _ in range(int(rng.integers(0, 9))):
        colour = rng.uniform(20, 235) + rng.normal(0, 25, 3)
        x, y, w, h = rng.uniform(0, size, 4) * (1, 1, 0.5, 0.8)
        cv2.rectangle(out, (int(x), int(y)), (int(x + w), int(y + h)), tuple(map(float, colour)), -1)
    soft = cv2.GaussianBlur(out.astype(np.float32), (0, 0), float(rng.uniform(0.01, 0.05)) * size)
    return np.asarray(np.clip(soft, 0, 255), dtype=np.float32)
