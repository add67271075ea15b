"""Translate, the learned gear: a character that exists as one picture, with another expression (paper 3.2).

The network is told where the reference's landmarks are. It says for every pixel of the face's square where in the
reference to look, what to paint instead, and which of the two counts. It says so on `SIDE` pixels; the reference itself
is looked up at its own size, so what only moves or stays keeps its sharpness. Trained by `mien_lab.training.mapper`
(docs/models/mapper.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.core.arrays import Coefficients, Points, Rgb

SIDE: Final = 192
"""Width and height of what the network sees, pixels."""

SQUARE: Final = 1.2
"""Side of its square over the encoder's: chins of open mouths and raised brows keep a border."""

_BORDER: Final = 0.06
"""Share of the side in which a change fades out, so that the square can be put back without a seam."""

_VISIBLE: Final = 1.5
"""Pixels of `SIDE` by which a place must move to count as changed altogether."""

_QUIET: Final = 0.08
"""Share of that, or of the mask, up to which a place counts as untouched: a network never says exactly nothing."""


_NEAR: Final = 8
"""Pixels of `SIDE` around the landmarks that count as the face."""

_STILL: Final = (5.0, 10.0)
"""Pixels of `SIDE`: what lies beyond is hair, coat and background, and stays unless it is moved by more than that, as
by an opening jaw. The network lets it drift by half a pixel; on true pairs like the training's, keeping it gains .6 dB.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Translated:
    """One square, redrawn.

    picture: uint8 (s, s, 3), as large as the square that was given. changed: float32 (s, s), 0..1, 0 where the
    reference is untouched. attention: float32 (k, k), where the network looked, adds up to 1.
    """

    picture: Rgb
    changed: NDArray[np.float32]
    attention: NDArray[np.float32]


class Translator:
    """Draws with one network: the `mapper` of the manifest, or what `mien-lab train mapper` and `mien-lab export` make.

    network: takes `square`, `wanted`, `own`, `style` and `places`, gives `flow`, `mask`, `paint` and `attention`.
    """

    def __init__(self, network: resources.Network) -> None:
        self._network = network

    def translate(
        self, square: Rgb, *, wanted: Coefficients, own: Coefficients, style: Sequence[float], places: Points
    ) -> Translated:
        """Draw the face in a square with another expression.

        square: uint8 (s, s, 3), the reference's face, upright, `SQUARE` times as wide as the encoder's. wanted:
        float32 (52,), inside the style's ranges. own: what the reference shows. style: how likely it is drawn in each
        of the four styles, or a photo; adds up to 1. places: where the reference's landmarks are, float32 (31, 2),
        -1..1 over the square, order `core.character.FEATURES`.
        """
        side = square.shape[0]
        seen = cv2.resize(square, (SIDE, SIDE), interpolation=cv2.INTER_AREA if side > SIDE else cv2.INTER_LINEAR)
        said = self._network.run(
            square=np.asarray(seen, dtype=np.uint8)[None],
            wanted=np.asarray(wanted, dtype=np.float32)[None],
            own=np.asarray(own, dtype=np.float32)[None],
            style=np.asarray(style, dtype=np.float32)[None],
            places=np.asarray(places, dtype=np.float32)[None],
        )
        fade = _fade(SIDE)
        flow, mask = _held(said["flow"][0], places) * fade, said["mask"][0] * fade
        changed = np.maximum(mask[..., 0], np.minimum(1.0, np.linalg.norm(flow, axis=2) * SIDE / _VISIBLE))
        changed = np.clip(2 * (changed - _QUIET), 0, 1)
        # A blur of finite width: beyond it nothing is changed at all.
        changed = np.asarray(cv2.GaussianBlur(changed, (9, 9), 1.5), dtype=np.float32)
        flow, mask, paint, changed = (
            np.asarray(cv2.resize(part, (side, side), interpolation=cv2.INTER_LINEAR), dtype=np.float32)
            for part in (flow, mask[..., 0], said["paint"][0], changed)
        )
        looked = _looked_up(square, flow).astype(np.float32)
        drawn = looked + mask[..., None] * (255.0 * paint - looked)
        return Translated(
            picture=np.clip(drawn + 0.5, 0, 255).astype(np.uint8),
            changed=np.asarray(changed, dtype=np.float32),
            attention=said["attention"][0],
        )


def _held(flow: NDArray[np.float32], places: Points) -> NDArray[np.float32]:
    """The flow (SIDE, SIDE, 2) without what drifts beyond the face."""
    hull = cv2.convexHull(((places + 1) / 2 * SIDE).astype(np.int32))
    face = cv2.fillConvexPoly(np.zeros((SIDE, SIDE), dtype=np.float32), hull, 1.0)
    wide = cv2.dilate(face, np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), dtype=np.uint8))
    near = np.asarray(cv2.GaussianBlur(wide, (0, 0), _NEAR / 2), dtype=np.float32)
    low, high = _STILL
    far = np.clip((np.linalg.norm(flow, axis=2) * SIDE - low) / (high - low), 0, 1)
    share = near + (1 - near) * far * far * (3 - 2 * far)
    return np.asarray(flow * share[..., None], dtype=np.float32)


def _looked_up(square: Rgb, flow: NDArray[np.float32]) -> Rgb:
    """Every pixel from where the flow (s, s, 2), shares of the side, points."""
    side = square.shape[0]
    places = np.arange(side, dtype=np.float32)
    x, y = places[None, :] + side * flow[..., 0], places[:, None] + side * flow[..., 1]
    return np.asarray(cv2.remap(square, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.uint8)


def _fade(side: int) -> NDArray[np.float32]:
    """float32 (side, side, 1): 1 inside, falling to 0 at the border."""
    places = (np.arange(side, dtype=np.float32) + 0.5) / side
    ramp = np.clip(np.minimum(places, 1 - places) / _BORDER, 0, 1)
    return np.asarray((ramp[:, None] * ramp[None, :])[..., None], dtype=np.float32)
