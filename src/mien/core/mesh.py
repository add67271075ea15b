"""`Mesh`: a posable head as triangles, free of any file format and of whoever sculpted it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT
from mien.core.arrays import Rgb, Rgba
from mien.core.character import Character
from mien.errors import BadExpression

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]
Alpha = Literal["opaque", "mask", "blend"]


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """What a part is made of. colour: sRGB picture, laid on by `Part.places`, or None for white; multiplied with the
    colours of the vertices. roughness: 0 wet .. 1 chalk. two_sided: seen from behind as well. alpha: what the opacity
    of a picture that has one means: there from `cutoff` on, or see-through. is_lit: lamps light it; else it shows its
    colour as it is.
    """

    name: str
    colour: Rgb | Rgba | None = None
    roughness: float = 0.6
    two_sided: bool = False
    alpha: Alpha = "opaque"
    cutoff: float = 0.5
    is_lit: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One surface of a head. Right-handed: x to the subject's left, y up, z to the viewer; inter-iris units.

    positions, normals: float32 (n, 3). triangles: int32 (m, 3), counter-clockwise from outside.
    colours: float32 (n, 3), linear light, 0..1. places: float32 (n, 2), 0..1, from the picture's upper left corner.
    moves, turns: float32 (52, n, 3), what each coefficient at 1 adds to positions and normals, or None.
    """

    surface: Surface
    positions: F32
    normals: F32
    triangles: I32
    colours: F32
    places: F32 | None = None
    moves: F32 | None = None
    turns: F32 | None = None

    def __post_init__(self) -> None:
        n = len(self.positions)
        wanted: list[tuple[str, Any, tuple[int, ...]]] = [
            ("positions", self.positions, (n, 3)),
            ("normals", self.normals, (n, 3)),
            ("colours", self.colours, (n, 3)),
            ("places", self.places, (n, 2)),
            ("moves", self.moves, (COUNT, n, 3)),
            ("turns", self.turns, (COUNT, n, 3)),
        ]
        for what, array, shape in wanted:
            if array is not None and array.shape != shape:
                raise BadExpression(f"{what} of a part must have the shape {shape}, not {array.shape}.")
        if self.triangles.size and (self.triangles.min() < 0 or self.triangles.max() >= n):
            raise BadExpression("A triangle of a part names a vertex that the part does not have.")


@dataclass(frozen=True, slots=True)
class Corrective:
    """Where all of `when` act together, `add` comes on top, scaled by the least of them."""

    when: tuple[str, ...]
    add: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A head: its parts, and what coefficients do to each other before they are added up.

    correctives: names of coefficients; those that one coefficient alone calls for are in `Part.moves` already.
    unit_m: metres in a unit. frame: the lowest and highest of what a portrait shows, in units; None for usual
    heads. terms: who made it and who may use it, label -> text, where somebody must be named.
    """

    id: str
    name: str
    style: str
    parts: tuple[Part, ...]
    correctives: tuple[Corrective, ...] = ()
    unit_m: float = 0.063
    frame: tuple[float, float] | None = None
    terms: Mapping[str, str] = field(default_factory=dict)


@runtime_checkable
class MeshCharacter(Character, Protocol):
    """A character that is a mesh."""

    def mesh(self) -> Mesh:
        """The head at rest and what every coefficient does to it."""
        ...
