"""Sequences: how much the curves of a face read frame by frame tremble, and what steadying them does to its peaks.

Characters of every style act from rest to a look and back; each frame is drawn, read by itself, and mapped or steadied.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Coefficients
from mien.core.expression import Clip, Expression
from mien.core.looks import looks
from mien.core.style import bound
from mien.errors import NoFaceFound
from mien.mapping import steadied
from mien.mapping.temporal import RAISED, jitter
from mien.studio import Studio
from mien.studio.redraw import Target
from mien_lab.result import Figures

_FPS: Final = 24
_LOOKS: Final = ("happiness", "surprise", "anger", "sadness")


def sequence_figures(
    studio: Studio, actors: Sequence[str], target: Callable[[str], Target | None], *, frames: int
) -> Figures:
    """Jitter and the share of the true peaks that is left, of what was read and of the same steadied.

    Peak retention compares what was read with the same frame's reading of the peak alone, so that the reader's own
    modesty is not counted as flattening. `..._net`: of pictures, redrawn frame by frame on another character's.

    target: a character as a picture to redraw; None where that is refused.
    """
    rows: list[Figures] = []
    for k, actor in enumerate(actors):
        truth, read = _acted(studio, actor, _LOOKS[k % len(_LOOKS)], frames)
        times = (np.arange(frames) / _FPS).astype(np.float32)
        calm = steadied(Clip(times, tuple(Expression(row) for row in read))).coefficients
        peaked = truth.max(axis=0) > RAISED
        highest = read[:, peaked].max(axis=0)
        rows.append(
            {
                "jitter_true": jitter(truth),
                "jitter_read": jitter(read),
                "jitter_steadied": jitter(calm),
                "peak_read": float((highest / truth[:, peaked].max(axis=0)).mean()),
                "peak_retention": float((calm[:, peaked].max(axis=0) / np.maximum(highest, 1e-3)).mean()),
                "error_read": float(np.abs(read - truth).mean()),
                "error_steadied": float(np.abs(calm - truth).mean()),
            }
        )
        if (picture := target(actors[(k + 1) % len(actors)])) is not None:
            rows[-1] |= _redrawn(studio, picture, {"true": truth, "read": read, "steadied": calm})
    keys = dict.fromkeys(key for row in rows for key in row)
    return {key: float(np.mean([row[key] for row in rows if key in row])) for key in keys}


def _redrawn(studio: Studio, target: Target, curves: Mapping[str, NDArray[Any]]) -> Figures:
    """How much the redrawn pictures of each of these curves tremble, in shares of full white over the face, and how
    much of the move at its height steadying leaves.
    """
    left, top, right, bottom = np.maximum(target.reading.face.box_xyxy, 0).astype(int)
    out: Figures = {}
    furthest: dict[str, float] = {}
    for name, rows in curves.items():
        drawn = [studio.redraw(Expression(row), target, exact=True).picture[top:bottom, left:right] for row in rows]
        faces = np.stack(drawn).astype(np.float32) / 255
        out[f"jitter_{name}_net"] = jitter(faces)
        furthest[name] = float(np.abs(faces - faces[0]).mean(axis=(1, 2, 3)).max())
    return {**out, "peak_retention_net": furthest["steadied"] / max(furthest["read"], 1e-6)}


def _acted(studio: Studio, actor: str, name: str, frames: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """A look that comes and goes: the true curves inside the actor's style, and those read; float32 (frames, 52) each.

    Where no face is found the last reading stays.
    """
    (target,) = studio.targets(actor)
    share = np.sin(np.pi * np.linspace(0, 1, frames)) ** 2
    truth, read = [], []
    last: Coefficients = np.zeros(52, dtype=np.float32)
    for amount in share:
        shown = (looks()[name].coefficients * amount).astype(np.float32)
        (mapped,) = studio.map(Expression(shown), actor, exact=True)
        with suppress(NoFaceFound):
            last = studio.read(np.ascontiguousarray(studio.render(mapped, 256)[..., :3])).expression.coefficients
        read.append(last)
        truth.append(bound(shown, target[1]))
    return np.stack(truth), np.stack(read)
