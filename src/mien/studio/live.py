"""A camera's frames: each read where the last one's face was, its curves steadied as they come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT, as_coefficients
from mien.core.emotion import AROUSAL, EMOTIONS, VALENCE, Emotion
from mien.core.expression import Expression, HeadPose
from mien.mapping import Steady

if TYPE_CHECKING:
    from mien.core.arrays import Rgb
    from mien.core.face import Reading
    from mien.perception import Near, Reader

CURVES: Final = COUNT + 3 + len(EMOTIONS) + 1
"""What is steadied: 52 coefficients, yaw, pitch and roll, eight probabilities, intensity."""


@dataclass(frozen=True, slots=True)
class Trail:
    """All that one frame leaves to the next; whoever films keeps it, so that nothing is held for anybody.

    near: where the face was, its region's lengths in widths of the picture, so that the next frame may be of another
    size; None where it must be searched. steady: the curves so far, `CURVES` of them.
    """

    near: Near | None
    steady: Steady


def follow(reader: Reader, picture: Rgb, trail: Trail | None, *, at_s: float) -> tuple[Reading, Trail]:
    """Read the next frame; the expression is the steadied one.

    at_s: when the frame was taken, on any clock that the frames before it share. Raises as `Reader.follow` does.
    """
    width = picture.shape[1]
    near = None if trail is None or trail.near is None else _scaled(trail.near, width)
    reading, found = reader.follow(picture, near)
    raw = _curves(reading.expression)
    steady = Steady.starting(raw, at_s) if trail is None else trail.steady.then(raw, at_s)
    expression = _steadied(reading.expression, steady.values)
    return replace(reading, expression=expression), Trail(found and _scaled(found, 1 / width), steady)


def _scaled(near: Near, factor: float) -> Near:
    there = near.region
    return replace(
        near,
        region=replace(
            there, centre_x=factor * there.centre_x, centre_y=factor * there.centre_y, side=factor * there.side
        ),
    )


def _curves(expression: Expression) -> NDArray[np.float64]:
    head, emotion = expression.head, expression.emotion
    angles = [head.yaw_rad, head.pitch_rad, head.roll_rad]
    return np.concatenate([expression.coefficients, angles, emotion.probabilities, [emotion.intensity]])


def _steadied(expression: Expression, curves: NDArray[Any]) -> Expression:
    coefficients, angles, felt = np.split(np.asarray(curves, dtype=np.float64), [COUNT, COUNT + 3])
    return replace(
        expression,
        coefficients=as_coefficients(np.clip(coefficients, 0.0, 1.0)),
        head=HeadPose(*(float(np.clip(angle, -np.pi, np.pi)) for angle in angles)),
        emotion=emotion_by(felt),
    )


def emotion_by(curves: NDArray[np.float64]) -> Emotion:
    """An emotion by its own curves (9,): eight probabilities and intensity, whatever they add up to."""
    share = np.clip(curves[:-1], 1e-6, 1.0)
    share = (share / share.sum()).astype(np.float32)
    return Emotion(share, float(share @ VALENCE), float(share @ AROUSAL), float(np.clip(curves[-1], 0.0, 1.0)))
