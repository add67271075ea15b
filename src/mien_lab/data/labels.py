"""What is known about every picture: one row each of a few arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT, INDEX
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS
from mien.core.facs import ACTION_UNITS


def _codes() -> tuple[str, ...]:
    out: list[str] = []
    for unit in ACTION_UNITS:
        out += [f"L{unit.code[2:]}", f"R{unit.code[2:]}"] if unit.sided else [unit.code]
    return tuple(out)


UNITS: Final = _codes()
"""Order of the action units in `Labels.units`: a sided one as its left (L12), then its right (R12)."""


@dataclass(frozen=True, slots=True)
class Labels:
    """One row per picture.

    picture: int32 (n,), its number. pair: int32 (n,); pictures of one pair show the same expression, each in another
    style. clip: int32 (n,), -1 outside transitions. time_s: float32 (n,), since the transition's start.
    character, origin, style, recipe, sources: text (n,); `character` is who is seen, `origin` what the head was made
    from, "cast" or "scan"; `sources` are the looks a picture was drawn from, joined by " + ".
    source: float32 (n, 52), 0..1, ARKit order, the expression as drawn. bounded: (n, 52), inside the style's ranges.
    rig: (n, 52), what the character was given. units: float32 (n, len(UNITS)), 0..1, action units of `bounded`.
    emotion: float32 (n, 8), rows sum to 1, order `core.emotion.EMOTIONS`; valence, arousal: float32 (n,), -1..1;
    intensity: float32 (n,), 0..1; all four by the rule `core.emotion.emotion_of` from `source`.
    head: float32 (n, 3), yaw, pitch, roll in radians as drawn. light: float32 (n, 5), of the strongest light its
    direction (x right, y up, z to the camera), strength and warmth (`core.character.Light`), NaN where the character
    keeps its own.
    landmarks: float32 (n, 31, 2), pixels, order `core.character.FEATURES`.
    expression_held_out, character_held_out: bool (n,): test rows of the splits by expression and by character.
    """

    picture: NDArray[np.int32]
    pair: NDArray[np.int32]
    clip: NDArray[np.int32]
    time_s: NDArray[np.float32]
    character: NDArray[np.str_]
    origin: NDArray[np.str_]
    style: NDArray[np.str_]
    recipe: NDArray[np.str_]
    sources: NDArray[np.str_]
    source: NDArray[np.float32]
    bounded: NDArray[np.float32]
    rig: NDArray[np.float32]
    units: NDArray[np.float32]
    emotion: NDArray[np.float32]
    valence: NDArray[np.float32]
    arousal: NDArray[np.float32]
    intensity: NDArray[np.float32]
    head: NDArray[np.float32]
    light: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    expression_held_out: NDArray[np.bool_]
    character_held_out: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.picture)

    def __getitem__(self, rows: Any) -> Labels:
        """The labels of some rows."""
        return Labels(*(getattr(self, field.name)[rows] for field in fields(self)))

    @property
    def top(self) -> NDArray[np.intp]:
        """The likeliest emotion of each row, as its place in `EMOTIONS`."""
        return np.asarray(self.emotion.argmax(axis=1))

    @classmethod
    def from_rows(cls, rows: Sequence[dict[str, Any]]) -> Labels:
        """One dictionary of all fields per picture."""
        return cls(*(np.asarray([row[name] for row in rows], dtype=kind) for name, (kind, _) in COLUMNS.items()))

    @classmethod
    def joined(cls, parts: Sequence[Labels]) -> Labels:
        """Several tables one after the other."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def save(self, path: Path) -> None:
        """Write an npz; same labels, same bytes."""
        with path.open("wb") as file:
            np.savez(file, **{field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def load(cls, path: Path) -> Labels:
        """Read an npz. Raises `ValueError` or `KeyError` where it is not what `save` writes."""
        with np.load(path, allow_pickle=False) as arrays:
            out = cls(*(arrays[name] for name in COLUMNS))
        for name, (_, shape) in COLUMNS.items():
            if getattr(out, name).shape != (len(out), *shape):
                raise ValueError(f"{name} has the shape {getattr(out, name).shape}")
        return out


COLUMNS: Final[dict[str, tuple[Any, tuple[int, ...]]]] = {
    "picture": (np.int32, ()),
    "pair": (np.int32, ()),
    "clip": (np.int32, ()),
    "time_s": (np.float32, ()),
    "character": ("<U32", ()),
    "origin": ("<U8", ()),
    "style": ("<U32", ()),
    "recipe": ("<U16", ()),
    "sources": ("<U64", ()),
    "source": (np.float32, (COUNT,)),
    "bounded": (np.float32, (COUNT,)),
    "rig": (np.float32, (COUNT,)),
    "units": (np.float32, (len(UNITS),)),
    "emotion": (np.float32, (len(EMOTIONS),)),
    "valence": (np.float32, ()),
    "arousal": (np.float32, ()),
    "intensity": (np.float32, ()),
    "head": (np.float32, (3,)),
    "light": (np.float32, (5,)),
    "landmarks": (np.float32, (len(FEATURES), 2)),
    "expression_held_out": (np.bool_, ()),
    "character_held_out": (np.bool_, ()),
}
"""Field -> its dtype and the shape of one row."""


@cache
def _unit_means() -> NDArray[np.float32]:
    """float32 (len(UNITS), 52): the mean over the shapes of each unit and side."""
    rows = []
    for unit in ACTION_UNITS:
        left = unit.coefficients
        sides = [left, tuple(f"{n.removesuffix('Left')}Right" for n in left)] if unit.sided else [left]
        for names in sides:
            row = np.zeros(COUNT, dtype=np.float32)
            row[[INDEX[name] for name in names]] = 1.0 / len(names)
            rows.append(row)
    return np.stack(rows)


def units_of(coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    """`core.facs.to_units` in a fixed order, each side on its own: float32 (..., len(UNITS)), order `UNITS`."""
    return np.asarray(coefficients @ _unit_means().T, dtype=np.float32)
