"""What is painted on a face in face space: brows, freckles, beard. Strokes of hair, not flat colour."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.skin import linear

Texture = NDArray[np.float32]
"""float32 (h, w, 4): linear colour times coverage, and coverage."""

# Left edge, top edge, width and height in rest units of the head (mien.characters.sculpted.head_data).
FRAME: Final = (-1.35, 1.25, 2.7, 3.4)
_SCALE: Final = 280
_SUBPIXEL: Final = 4


def read_paint(spec: Table, rng: np.random.Generator) -> tuple[Texture, ...]:
    """Paint tables `brow`, `beard` (optional) and `skin.freckles`; then the same at half, a quarter and an eighth of
    the size, for pictures that see it from further away. Raises `BadFile`.
    """
    texture = np.zeros((int(FRAME[3] * _SCALE), int(FRAME[2] * _SCALE), 4), dtype=np.float32)
    skin = spec.table("skin")
    if amount := skin.number("freckles", 0.0, low=0, high=2):
        _freckles(texture, linear(skin.colour("colour")) * (0.62, 0.42, 0.32), amount, rng)
    if "beard" in spec:
        _beard(texture, spec.table("beard"), rng)
    _brows(texture, spec.table("brow"), rng)
    out = [texture]
    for _ in range(3):
        high, wide = out[-1].shape[:2]
        out.append(np.ascontiguousarray(cv2.resize(out[-1], (wide // 2, high // 2), interpolation=cv2.INTER_AREA)))
    return tuple(out)


def _pixels(points: ArrayLike) -> NDArray[np.float64]:
    p = np.atleast_2d(np.asarray(points, dtype=np.float64))
    return np.stack([(p[:, 0] - FRAME[0]) * _SCALE, (FRAME[1] - p[:, 1]) * _SCALE], 1)


def _over(texture: Texture, cover: NDArray[Any], colour: ArrayLike) -> None:
    c = np.clip(cover, 0, 1)[..., None].astype(np.float32)
    texture[..., :3] = texture[..., :3] * (1 - c) + np.asarray(colour, dtype=np.float32) * c
    texture[..., 3:] = texture[..., 3:] * (1 - c) + c


def _strokes(texture: Texture, lines: list[tuple[NDArray[np.float64], NDArray[np.float64]]]) -> NDArray[np.float32]:
    mask = np.zeros(texture.shape[:2], dtype=np.uint8)
    for a, b in lines:
        ends = [tuple(int(v) for v in np.round(p * 2**_SUBPIXEL)) for p in (a, b)]
        cv2.line(mask, ends[0], ends[1], 255, 1, cv2.LINE_AA, _SUBPIXEL)
    return np.asarray(mask, dtype=np.float32) / np.float32(255)


def _brows(texture: Texture, table: Table, rng: np.random.Generator) -> None:
    """Hairs along a curve, given for the left brow from its inner end; density of hairs, bushy: their length."""
    colour = linear(table.colour("colour"))
    points = np.array(table.rows("points", 2, ((0.22, 0.27), (0.42, 0.37), (0.62, 0.40), (0.92, 0.26))))
    widths = np.array(table.numbers("widths", (0.10, 0.12, 0.10, 0.04), count=len(points)))
    density = table.number("density", 1.0, low=0, high=3)
    bushy = table.number("bushy", 1.0, low=0.3, high=3)
    table.finish()
    t, at = np.linspace(0, 1, len(points)), np.linspace(0, 1, 60)
    x, y, width = (np.interp(at, t, v) for v in (points[:, 0], points[:, 1], widths))
    y = np.convolve(np.pad(y, 6, mode="edge"), np.ones(13) / 13, "valid")
    for side in (1, -1):
        curve = np.stack([x * side, y], 1)
        up = np.stack([np.zeros(60), width / 2], 1)
        outline = np.concatenate([_pixels(curve + up), _pixels(curve - up)[::-1]])
        fill = np.zeros(texture.shape[:2], dtype=np.uint8)
        cv2.fillPoly(fill, [np.round(outline * 2**_SUBPIXEL).astype(np.int32)], 255, cv2.LINE_AA, _SUBPIXEL)
        soft = cv2.GaussianBlur(fill.astype(np.float32) / 255, (0, 0), 0.022 * _SCALE)
        _over(texture, soft * 0.55 * min(1.0, density), colour)
        lines = []
        for _ in range(int(260 * density)):
            s, off = rng.random(), rng.uniform(-0.5, 0.5)
            k = int(s * 59)
            root = curve[k] + (0, off * width[k])
            # Inner hairs stand up, outer ones lie along the brow.
            lean = np.interp(s, [0, 0.25, 1], [1.45, 0.75, 0.12]) + rng.normal(0, 0.12) - 0.45 * off * s
            length = rng.uniform(0.07, 0.12) * bushy * np.interp(s, [0, 0.2, 1], [0.8, 1.0, 0.9])
            tip = root + length * np.array([np.cos(lean) * side, np.sin(lean) - 0.35 * s])
            lines.append((_pixels(root)[0], _pixels(tip)[0]))
        _over(texture, _strokes(texture, lines) * 0.75, colour * 0.8)


def _freckles(texture: Texture, colour: ArrayLike, amount: float, rng: np.random.Generator) -> None:
    mask = np.zeros(texture.shape[:2], dtype=np.float32)
    for _ in range(int(190 * amount)):
        x, y = rng.choice([-1, 1]) * abs(rng.normal(0.42, 0.25)), rng.normal(-0.42, 0.16)
        if rng.random() < 0.25:
            x, y = rng.normal(0, 0.12), rng.normal(-0.5, 0.12)
        centre = tuple(int(v) for v in np.round(_pixels((x, y))[0] * 2**_SUBPIXEL))
        radius = int(rng.uniform(1.2, 3.2) * 2**_SUBPIXEL)
        cv2.circle(mask, (centre[0], centre[1]), radius, float(rng.uniform(0.25, 0.6)), -1, cv2.LINE_AA, _SUBPIXEL)
    _over(texture, np.asarray(cv2.GaussianBlur(mask, (0, 0), 1.1)), colour)


def _beard(texture: Texture, table: Table, rng: np.random.Generator) -> None:
    """Short hairs below the cheekbones and around the lips; amount, length, moustache, chin_only."""
    colour = linear(table.colour("colour"))
    amount = table.number("amount", 0.6, low=0, high=2)
    length = table.number("length", 0.03, low=0.005, high=0.2)
    table.skip("locks", "tip")
    moustache, chin_only = table.flag("moustache", True), table.flag("chin_only", False)
    table.finish()
    h, w = texture.shape[:2]
    ys, xs = np.mgrid[0:h, 0:w]
    x, y = np.abs(xs / _SCALE + FRAME[0]), FRAME[1] - ys / _SCALE
    edge = np.interp(x.ravel(), [0, 0.5, 0.7, 1.0, 1.3], [-0.92, -0.95, -0.80, -0.45, 0.0]).reshape(x.shape)
    area = np.clip((edge - y) / 0.10, 0, 1) * np.clip((y + 2.05) / 0.2, 0, 1)
    area *= 1 - np.clip(1.6 * np.exp(-((x / 0.46) ** 4) - ((y + 1.16) / 0.17) ** 4), 0, 1)
    area *= 1 - np.clip(1.5 * np.exp(-((x / 0.26) ** 4) - ((y + 0.80) / 0.14) ** 4), 0, 1)
    if not moustache:
        area = np.where((x < 0.5) & (y > -1.2), 0, area)
    if chin_only:
        area = area * np.clip((0.55 - x) / 0.12, 0, 1)
    area = cv2.GaussianBlur(area.astype(np.float32), (0, 0), 5)
    _over(texture, area * 0.45 * min(1.9, amount), colour)
    lines = []
    for _ in range(int(5200 * amount)):
        root = np.array([rng.uniform(0, w), rng.uniform(0.4 * h, h - 1)])
        if rng.random() < area[int(root[1]), int(root[0])]:
            down = np.array([rng.normal(0, 0.35) + 0.3 * np.sign(root[0] - w / 2), 1.0])
            tip = root + down / np.linalg.norm(down) * length * _SCALE * rng.uniform(0.5, 1.3)
            lines.append((root, tip))
    _over(texture, _strokes(texture, lines) * 0.6 * min(1.0, amount), colour)
