"""Expressions in time: curves without jitter that keep their peaks.

What a reader says of neighbouring frames trembles. A One-Euro filter (Casiez et al. 2012) is calm while a face rests
and quick while it moves; run forwards and backwards it comes neither late nor early, as a live filter must.
What it still takes off a peak is given back, as far as the peak is no single frame's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import as_coefficients
from mien.core.expression import Clip, HeadPose

CALM_HZ: Final = 0.8
"""Cut-off while nothing moves; trembles of a reader at 24 frames a second lie far above."""

QUICK: Final = 8.0
"""How much the cut-off rises with speed (Hz per unit a second): a blink of a tenth of a second keeps its depth."""

LIVE_CALM_HZ: Final = 2.0
"""The same for live curves, which nothing brings back in time: half of a new value is there after .08 s at 15 frames a
second even where it moves slowly."""

_BREAK_S: Final = 1.0

RAISED: Final = 0.3
"""A curve that rises above this has a peak worth keeping."""

Curves = NDArray[np.float64]


def steadied(clip: Clip, *, calm_hz: float = CALM_HZ, quick: float = QUICK) -> Clip:
    """The same clip with steady coefficients and head; emotion, confidence and times as they were.

    calm_hz: lower is calmer. quick: higher lets fast movements through sooner.
    """
    if len(clip) < 3:
        return clip
    times = clip.times_s.astype(np.float64)
    heads = np.array([[e.head.yaw_rad, e.head.pitch_rad, e.head.roll_rad] for e in clip.expressions])
    raw = np.concatenate([clip.coefficients.astype(np.float64), heads], axis=1)
    smooth = smoothed(raw, times, calm_hz=calm_hz, quick=quick)
    values, turns = np.clip(smooth[:, :-3], 0.0, 1.0), smooth[:, -3:]
    return Clip(
        clip.times_s,
        tuple(
            replace(e, coefficients=as_coefficients(v), head=HeadPose(*(float(a) for a in turn)), latent=None)
            for e, v, turn in zip(clip.expressions, values, turns, strict=True)
        ),
    )


def smoothed(raw: NDArray[Any], times_s: NDArray[Any], *, calm_hz: float = CALM_HZ, quick: float = QUICK) -> Curves:
    """Curves float (n, k) over rising times, steadied: the mean of a filter run forwards and one run backwards."""
    raw, times = np.asarray(raw, dtype=np.float64), np.asarray(times_s, dtype=np.float64)
    there = _one_euro(raw, times, calm_hz, quick)
    back = _one_euro(raw[::-1], times[-1] - times[::-1], calm_hz, quick)[::-1]
    return _peaks_back((there + back) / 2, raw)


@dataclass(frozen=True, slots=True, eq=False)
class Steady:
    """Curves that are steadied as they come: the same filter forwards only, a little late, as live ones must be.

    at_s: when. values: float (k,), the steadied values. speeds: float (k,), how fast they move, per second.
    """

    at_s: float
    values: Curves
    speeds: Curves

    @classmethod
    def starting(cls, raw: NDArray[Any], at_s: float) -> Steady:
        """The first values are taken as they are."""
        values = np.asarray(raw, dtype=np.float64)
        return cls(at_s, values, np.zeros_like(values))

    def then(self, raw: NDArray[Any], at_s: float, *, calm_hz: float = LIVE_CALM_HZ, quick: float = QUICK) -> Steady:
        """The next values; after a break of more than a second, or where time went back, it starts anew."""
        step = at_s - self.at_s
        if not 0.0 < step <= _BREAK_S:
            return Steady.starting(raw, at_s)
        values, speeds = _step(self.values, self.speeds, np.asarray(raw, dtype=np.float64), step, calm_hz, quick)
        return Steady(at_s, values, speeds)


def jitter(curves: NDArray[Any]) -> float:
    """Mean absolute second difference of curves (n, k): how much they tremble; 0 for straight lines."""
    return float(np.abs(np.diff(np.asarray(curves, dtype=np.float64), n=2, axis=0)).mean()) if len(curves) > 2 else 0.0


def peaks_kept(smooth: NDArray[Any], raw: NDArray[Any], *, raised: float = RAISED) -> float:
    """Share of the peaks of raw curves (n, k) that is left, over those that rise above `raised`; 1 where none does."""
    highest = np.asarray(raw, dtype=np.float64).max(axis=0)
    peaked = highest > raised
    return float((np.asarray(smooth).max(axis=0)[peaked] / highest[peaked]).mean()) if peaked.any() else 1.0


def _one_euro(raw: Curves, times: Curves, calm_hz: float, quick: float) -> Curves:
    out = raw.copy()
    speed = np.zeros(raw.shape[1])
    for i in range(1, len(raw)):
        out[i], speed = _step(out[i - 1], speed, raw[i], times[i] - times[i - 1], calm_hz, quick)
    return out


def _step(
    before: Curves, speed: Curves, raw: Curves, step_s: float, calm_hz: float, quick: float
) -> tuple[Curves, Curves]:
    """One step of the filter: the new values and their speed."""
    speed = speed + _share(1.0, step_s) * ((raw - before) / step_s - speed)
    return before + _share(calm_hz + quick * np.abs(speed), step_s) * (raw - before), speed


def _share(cutoff_hz: Any, step_s: float) -> Any:
    """How much of the way to a new value a low pass goes in one step."""
    angle = 2.0 * np.pi * cutoff_hz * step_s
    return angle / (angle + 1.0)


def _peaks_back(smooth: Curves, raw: Curves) -> Curves:
    """Scale each curve about its median so that its peak is as high as two of the raw frames next to each other say."""
    pairs = np.minimum(raw[1:], raw[:-1])
    middle = np.median(raw, axis=0)
    wanted, have = pairs.max(axis=0) - middle, smooth.max(axis=0) - middle
    # What hardly moves is noise, and stays calm.
    moves = (wanted > 0.15) & (have > 0.05)
    factor = np.where(moves, np.clip(wanted / np.maximum(have, 1e-6), 1.0, 1.5), 1.0)
    return middle + (smooth - middle) * np.where(smooth > middle, factor, 1.0)
