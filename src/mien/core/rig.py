"""`Rig`: a model that another program made, as its file says it, before anybody knows which of it is a face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.core.mesh import Alpha, Corrective

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

Look = Literal["lit", "toon", "flat"]


@dataclass(frozen=True, slots=True)
class Material:
    """What a surface is made of. Colours are linear light, 0..1.

    picture: a PNG, JPEG or WebP as it lies in the file, multiplied with colour (red, green, blue, opacity), or None.
    repeats: the picture goes on beyond its borders. look: lit by lamps; toon, in two tones of which `shade` is the dark
    one; or flat, as it is. alpha: mask is there from `cutoff` of opacity on, blend lets through what is behind.
    toony, shift: how hard the border between the two tones is, and where, as MToon says it.
    """

    name: str
    picture: bytes | None = field(default=None, repr=False)
    colour: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    repeats: bool = True
    look: Look = "lit"
    alpha: Alpha = "opaque"
    cutoff: float = 0.5
    two_sided: bool = False
    roughness: float = 0.6
    shade: tuple[float, float, float] = (1.0, 1.0, 1.0)
    toony: float = 0.9
    shift: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """One morph target of a part. ids: int32 (k,), the vertices that it moves. moves: float32 (k, 3)."""

    name: str
    ids: I32
    moves: F32


@dataclass(frozen=True, slots=True, eq=False)
class RigPart:
    """One surface, in its bind pose and the file's own space: right-handed, y up as a rule, mostly metres.

    name: of the node and mesh. mesh: index of the mesh in the file. positions: float32 (n, 3). normals: float32 (n, 3),
    or None. triangles: int32 (m, 3), counter-clockwise from outside. colours: float32 (n, 4), linear, or None.
    places: float32 (n, 2) from the picture's upper left corner, or None. shapes: in the file's order.
    bones, weights: int32 and float32 (n, k): which nodes carry each vertex, and by what share.
    """

    name: str
    mesh: int
    material: Material
    positions: F32
    normals: F32 | None
    triangles: I32
    colours: F32 | None
    places: F32 | None
    shapes: tuple[Shape, ...]
    bones: I32
    weights: F32


@dataclass(frozen=True, slots=True)
class Bone:
    """A node of the file. parent: its index, or -1. place: in the file's own space."""

    name: str
    parent: int
    place: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Group:
    """A VRM expression: several shapes under one name. preset: VRM 1's name of it, or "".

    binds: (mesh, index of the shape, weight 0..1).
    """

    name: str
    preset: str
    binds: tuple[tuple[int, int, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rig:
    """A whole file.

    format: "glTF 2.0", "VRM 0" or "VRM 1". bones: all nodes. roles: VRM's name of a human bone -> index in `bones`.
    gaze_rad: by how much the eyes turn inwards, outwards, down and up at most, where the file says so.
    terms: what the file says about who made it and who may use it, label -> text, in the order to be shown.
    correctives: what coefficients do to each other, where the file says so, as those that mien writes do.
    is_shaded: the colours of its vertices hold what hollows keep of the light already, as in those files.
    """

    format: str
    title: str
    parts: tuple[RigPart, ...]
    bones: tuple[Bone, ...]
    groups: tuple[Group, ...] = ()
    roles: Mapping[str, int] = field(default_factory=dict)
    gaze_rad: tuple[float, float, float, float] | None = None
    terms: Mapping[str, str] = field(default_factory=dict)
    correctives: tuple[Corrective, ...] = ()
    is_shaded: bool = False

    @property
    def shape_names(self) -> tuple[str, ...]:
        """Every name of a shape once, in the file's order."""
        return tuple(dict.fromkeys(shape.name for part in self.parts for shape in part.shapes))
