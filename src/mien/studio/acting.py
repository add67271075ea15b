"""A face that acts in a clip: every frame read by itself, then steadied without flattening its peaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mien.core.arkit import as_coefficients
from mien.core.arrays import Rgb
from mien.core.expression import Clip, Expression, HeadPose
from mien.core.face import Reading
from mien.errors import NoFaceFound
from mien.mapping import complete, steadied
from mien.mapping.temporal import jitter, peaks_kept
from mien.perception.read import Reader

Freed = Callable[[Reading], Expression]


@dataclass(frozen=True)
class Acted:
    """What a face did.

    read: every frame by itself. steady: the same without trembling. unread: frames, counted from 1, in which no face
    was found; they take what lies between their neighbours, at confidence 0.
    """

    read: Clip
    steady: Clip
    unread: tuple[int, ...] = ()

    @cached_property
    def jitter(self) -> tuple[float, float]:
        """Mean second difference of the coefficients, before and after."""
        return jitter(self.read.coefficients), jitter(self.steady.coefficients)

    @cached_property
    def peak_retention(self) -> float:
        """Share of the read peaks that is left, over the curves that have one; 1 where none has."""
        return peaks_kept(self.steady.coefficients, self.read.coefficients)


def act(
    frames: Iterable[tuple[float, Rgb]],
    reader: Reader,
    freed: Freed,
    *,
    face: int | None = None,
    exact: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Acted:
    """Read a clip. The largest face of the first frame is followed, or that of number `face`.

    freed: the expression behind a reading. exact: add nothing that the emotion says the shapes of a photo lack. Raises
    `NoFaceFound` where no frame shows one.
    """
    times: list[float] = []
    read: list[Expression | None] = []
    last: Reading | None = None
    problem: NoFaceFound | None = None
    for time_s, picture in frames:
        times.append(time_s)
        try:
            last = _followed(reader, picture, last, face)
            expression = freed(last)
            read.append(expression if exact or last.is_drawn else complete(expression)[0])
        except NoFaceFound as error:
            problem = problem or error
            read.append(None)
        if progress:
            progress(len(times))
    unread = tuple(i + 1 for i, e in enumerate(read) if e is None)
    if len(unread) == len(read):
        which = "The clip's only frame shows no" if len(read) == 1 else f"None of the {len(read)} frames shows a"
        raise NoFaceFound(f"{which} face that can be read. {problem or ''}".strip())
    whole = Clip(np.asarray(times, dtype=np.float32), tuple(_filled(read, times)))
    return Acted(whole, steadied(whole), unread)


def _followed(reader: Reader, picture: Rgb, last: Reading | None, face: int | None) -> Reading:
    """The face nearest to where it was in the frame before."""
    if last is None:
        return reader.read(picture, face=face)
    reading = reader.read(picture)
    before = last.face.points.mean(axis=0)
    apart = [float(np.linalg.norm(f.points.mean(axis=0) - before)) for f in reading.faces]
    nearest = int(np.argmin(apart))
    return reading if nearest == reading.index else reader.read(picture, face=nearest + 1)


def _filled(read: Sequence[Expression | None], times: Sequence[float]) -> Iterator[Expression]:
    known = [i for i, e in enumerate(read) if e is not None]
    there = np.array([times[i] for i in known])
    seen = [e for e in read if e is not None]
    curves = np.stack([e.coefficients for e in seen])
    heads = np.array([[e.head.yaw_rad, e.head.pitch_rad, e.head.roll_rad] for e in seen])
    for i, expression in enumerate(read):
        if expression is not None:
            yield expression
            continue
        values = [np.interp(times[i], there, curve) for curve in curves.T]
        turn = [float(np.interp(times[i], there, angle)) for angle in heads.T]
        near = seen[int(np.abs(there - times[i]).argmin())]
        yield replace(near, coefficients=as_coefficients(np.clip(values, 0, 1)), head=HeadPose(*turn), confidence=0.0,
                      latent=None)  # fmt: skip
