"""A rig's head in our units, with what every coefficient does to it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.imported.model import Eye, Model, eyes_of, facing_of, model_of
from mien.characters.imported.names import Source, sources
from mien.core.arkit import COEFFICIENTS, COUNT, INDEX, REGION_OF
from mien.core.mesh import Corrective
from mien.core.rig import F32, I32, Material, Rig
from mien.errors import BadFile

Values = NDArray[np.float64]

# From the front of an iris to the middle of a ball, inter-iris units: where our own heads have their origin.
_BALL: Final = 0.24
# A shape that moves nothing further than this, in inter-iris units, is there in name only.
_DEAD: Final = 0.012
_DEAD_OF: Final[Mapping[str, float]] = {"jawOpen": 0.10, "eyeBlinkLeft": 0.05, "eyeBlinkRight": 0.05}
# How far from the middle of the face a half of a shape fades.
_SEAM: Final = 0.12
# By how much a gaze turns an eye inwards, outwards, down and up where the file does not say.
_GAZE_RAD: Final = tuple(math.radians(v) for v in (26.0, 26.0, 20.0, 18.0))
_JAW_RAD: Final = math.radians(20.0)
# What is kept of a model: its head and shoulders, not its arms.
_ASIDE: Final = 3.4
_LEAST: Final = ("an eye", "the mouth")


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where each coefficient's movement comes from.

    by: coefficient -> what the file calls it; direct: those that it calls by their own name. missing: what nothing in
    the file moves. notes: what else a person should know.
    """

    by: Mapping[str, str]
    direct: frozenset[str]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """Right-handed: x to the subject's left, y up, z to the viewer; unit = distance between the irises, origin between
    the eyes.

    positions, normals: float32 (n, 3). triangles: int32 (m, 3). materials, of_triangle: what each is made of. colours:
    float32 (n, 4). places: float32 (n, 2). moving: int32 (k,), the vertices that any coefficient moves. moves: float32
    (52, k, 3). model, eyes: what it was made from, in the same space; kept: which of its vertices these are.
    """

    model: Model
    kept: NDArray[np.int64]
    eyes: tuple[Eye, Eye]
    positions: F32
    normals: F32
    triangles: I32
    materials: tuple[Material, ...]
    names: tuple[str, ...]
    of_triangle: I32
    colours: F32
    places: F32
    moving: I32
    moves: F32
    correctives: tuple[Corrective, ...]
    found: Found

    def alone(self) -> Head:
        """The same without the rest of the model: its body, and pictures as they lie in the file."""
        none = np.zeros((0, 3))
        rig = replace(self.model.rig, parts=())
        model = replace(
            self.model, rig=rig, parts=(), start=self.kept[:0], positions=none, normals=none,
            triangles=self.triangles[:0], of_triangle=self.of_triangle[:0],
        )  # fmt: skip
        left, right = (replace(eye, share=eye.share[self.kept]) for eye in self.eyes)
        materials = tuple(replace(material, picture=None) for material in self.materials)
        return replace(self, model=model, eyes=(left, right), kept=np.arange(len(self.kept)), materials=materials)

    def move(self, name: str) -> F32:
        """What a coefficient at 1 does to every vertex, (n, 3)."""
        out = np.zeros_like(self.positions)
        out[self.moving] = self.moves[INDEX[name]]
        return out


def head_of(rig: Rig, *, shapes: Mapping[str, Iterable[str]], irises: tuple[Any, Any] | None = None) -> Head:
    """Find the head of a rig.

    shapes: coefficient -> names of the shapes that are it, before whatever names say. irises: where the left and the
    right one are, in the file's own space, if it must be said.

    Raises `BadFile` where the file is no face that can be understood.
    """
    model = model_of(rig)
    found = _told(rig, shapes) | {k: v for k, v in sources(rig).items() if k not in shapes}
    if not found:
        names = rig.shape_names
        raise BadFile(
            "This model has no morph targets: export it with its blend shapes (shape keys)."
            if not names
            else f"None of this model's {len(names)} shapes ({', '.join(names[:6])}, ...) is named like one of a face. "
            "Name them like ARKit's (eyeBlinkLeft, jawOpen), or say which is which under [shapes] in its file."
        )
    facing = facing_of(model, found)
    model = model.turned(facing.turn)
    notes = []
    if facing.swapped:
        found = _other_sides(found)
        notes.append("Its shapes call left what the viewer sees on the left; here left is the character's own.")
    eyes = _told_eyes(model, irises) if irises is not None else eyes_of(model, found)
    unit = float(np.linalg.norm(eyes[0].iris - eyes[1].iris))
    origin = (eyes[0].iris + eyes[1].iris) / 2 - (0.0, 0.0, _BALL * unit)
    model = model.measured(origin, unit)
    eyes = tuple(Eye((e.iris - origin) / unit, (e.pivot - origin) / unit, e.share, e.by) for e in eyes)  # type: ignore[assignment]
    kept, triangles, of_triangle = _cropped(model)
    moved, by = _moves(model, found, eyes, kept)
    lacking = [
        what for what, names in zip(_LEAST, (("eyeBlinkLeft", "eyeBlinkRight"), ("jawOpen",)), strict=True)
        if not any(n in by for n in names)
    ]  # fmt: skip
    if lacking and len(by) < 4:
        raise BadFile(
            f"The shapes of this model hardly move its face: nothing closes or opens {' or '.join(lacking)}. "
            "Export it with its facial blend shapes."
        )
    correctives = rig.correctives or _correctives(by, moved)
    moving = np.flatnonzero(np.abs(moved).max((0, 2)) > 1e-5)
    used = np.unique(of_triangle)
    materials = tuple(model.parts[k].material for k in used)
    renumbered = np.zeros(len(model.parts), dtype=np.int32)
    renumbered[used] = np.arange(len(used))
    colours, places = _dressed(model, kept)
    direct = frozenset(name for name, source in by.items() if source.direct)
    return Head(
        model=model,
        kept=kept,
        eyes=eyes,
        positions=model.positions[kept].astype(np.float32),
        normals=model.normals[kept].astype(np.float32),
        triangles=triangles,
        materials=materials,
        names=tuple(model.parts[k].name for k in used),
        of_triangle=renumbered[of_triangle],
        colours=colours,
        places=places,
        moving=moving.astype(np.int32),
        moves=np.ascontiguousarray(moved[:, moving]),
        correctives=correctives,
        found=Found(
            {name: source.label for name, source in by.items()},
            direct,
            tuple(name for name in COEFFICIENTS if name not in by),
            tuple(notes),
        ),
    )


def _told(rig: Rig, shapes: Mapping[str, Iterable[str]]) -> dict[str, list[Source]]:
    out = {}
    for coefficient, names in shapes.items():
        pieces = []
        for name in names:
            pieces += [
                (k, i, 1.0) for k, part in enumerate(rig.parts) for i, s in enumerate(part.shapes) if s.name == name
            ]
        out[coefficient] = [Source(", ".join(names), tuple(pieces), direct=True)]
    return out


def _other_sides(found: Mapping[str, list[Source]]) -> dict[str, list[Source]]:
    def other(name: str) -> str:
        if name.endswith("Left"):
            return name.removesuffix("Left") + "Right"
        return name.removesuffix("Right") + "Left" if name.endswith("Right") else name

    return {other(name): of for name, of in found.items()}


def _told_eyes(model: Model, irises: tuple[Any, Any]) -> tuple[Eye, Eye]:
    none = np.zeros(len(model.positions))
    left, right = (model.brought(np.array(p, dtype=np.float64)) for p in irises)
    if left[0] - right[0] < 1e-6:
        raise BadFile("iris_left and iris_right are the wrong way round: left is the character's own left.")
    return Eye(left, left, none, "its file"), Eye(right, right, none, "its file")


def _cropped(model: Model) -> tuple[NDArray[np.int64], I32, I32]:
    """Head and shoulders: which vertices stay, the triangles of these, and the part of each."""
    # A chin lies 1.5 times as low as a mouth; a bust ends somewhat below its collar.
    bottom = -3.6
    p = model.positions
    inside = (p[:, 1] > bottom) & (np.abs(p[:, 0]) < _ASIDE) & (np.abs(p[:, 2]) < 4.5) & (p[:, 1] < 6.0)
    seen = np.array([part.material.alpha == "opaque" or part.material.colour[3] > 0.01 for part in model.parts])
    stays = inside[model.triangles].any(1) & seen[model.of_triangle]
    kept, own = np.unique(model.triangles[stays], return_inverse=True)
    return kept.astype(np.int64), own.reshape(-1, 3).astype(np.int32), model.of_triangle[stays]


def _moves(
    model: Model, found: Mapping[str, list[Source]], eyes: tuple[Eye, Eye], kept: NDArray[np.int64]
) -> tuple[F32, dict[str, Source]]:
    """What each coefficient does, (52, n, 3), and where it comes from: the first source that moves something."""
    place = model.positions[kept]
    out = np.zeros((COUNT, len(kept), 3), dtype=np.float32)
    by: dict[str, Source] = {}
    lids = np.zeros(len(kept))
    order = sorted(found, key=lambda name: not name.startswith("eyeBlink"))
    for name in order:
        weak: tuple[float, Values, Source] | None = None
        for source in found[name]:
            delta = model.delta(source)[kept]
            if source.half:
                delta = delta * _half(place, name)[:, None]
            if source.region:
                delta = delta * _of_region(place, name, lids)[:, None]
            furthest = float(np.linalg.norm(delta, axis=1).max(initial=0.0))
            if furthest > _DEAD_OF.get(name, _DEAD):
                weak = furthest, delta, source
                break
            if weak is None and furthest > 1e-3 and source.direct:
                weak = furthest, delta, source
        if weak is not None:
            out[INDEX[name]] = weak[1]
            by[name] = weak[2]
        if name.startswith("eyeBlink") and weak is not None:
            length = np.linalg.norm(weak[1], axis=1)
            lids = np.maximum(lids, length / max(float(length.max()), 1e-9))
    _turn_eyes(model, eyes, kept, out, by)
    _hinge_jaw(model, kept, out, by)
    return out, by


def _half(place: Values, name: str) -> Values:
    """The share of a coefficient's own side at each place, (n,)."""
    side = 1.0 if name.endswith("Left") else -1.0
    t = np.clip(0.5 + 0.5 * side * place[:, 0] / _SEAM, 0, 1)
    return np.asarray(t * t * (3 - 2 * t))


def _of_region(place: Values, name: str, lids: Values) -> Values:
    """The share of a coefficient's own region at each place, (n,). lids: 0..1, what a blink moves."""
    y = place[:, 1]
    region = REGION_OF[name]
    if region == "brow":
        return np.asarray(np.clip((y - 0.05) / 0.1, 0, 1) * np.clip(1 - 2.5 * lids, 0, 1))
    if region == "eye":
        return np.clip(2.5 * lids, 0, 1)
    return np.clip((-0.35 - y) / 0.15, 0, 1)


def _turn_eyes(model: Model, eyes: tuple[Eye, Eye], kept: NDArray[np.int64], out: F32, by: dict[str, Source]) -> None:
    """Eyes that no shape turns are turned as bones turn them; shapes of a gaze that move lids alone keep doing so."""
    inner, outer, down, up = model.rig.gaze_rad or _GAZE_RAD
    for eye, side, sign in zip(eyes, ("Left", "Right"), (1.0, -1.0), strict=True):
        share = eye.share[kept]
        if not share.any():
            continue
        offset = model.positions[kept] - eye.pivot
        turns = {"Out": (sign * outer, 0.0), "In": (-sign * inner, 0.0), "Down": (0.0, down), "Up": (0.0, -up)}
        for way, (yaw, pitch) in turns.items():
            name = f"eyeLook{way}{side}"
            if name in by and np.linalg.norm(out[INDEX[name]][share > 0.5], axis=1).max() > 0.03:
                continue
            cy, sy, cp, sp = math.cos(yaw), math.sin(yaw), math.cos(pitch), math.sin(pitch)
            turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]]) @ np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
            lids = by.get(name)
            out[INDEX[name]] += ((offset @ turn.T - offset) * share[:, None]).astype(np.float32)
            by_itself = f"the eye by its {eye.by}"
            by[name] = Source(f"{lids.label} and {by_itself}" if lids else by_itself, ())


def _hinge_jaw(model: Model, kept: NDArray[np.int64], out: F32, by: dict[str, Source]) -> None:
    """A mouth that no shape opens is opened by the bone of the jaw."""
    node = model.rig.roles.get("jaw")
    if node is None:
        named = [k for k, bone in enumerate(model.rig.bones) if "jaw" in bone.name.lower()]
        node = named[0] if named else None
    if node is None or "jawOpen" in by:
        return
    share = model.carried_by(model.below(node))[kept]
    if share.max(initial=0.0) < 0.3:
        return
    offset = model.positions[kept] - model.place(node)
    c, s = math.cos(_JAW_RAD), math.sin(_JAW_RAD)
    turn = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    out[INDEX["jawOpen"]] = (offset @ turn.T - offset) * share[:, None]
    by["jawOpen"] = Source("jaw bone", ())


def _dressed(model: Model, kept: NDArray[np.int64]) -> tuple[F32, F32]:
    """Colours (n, 4) and places on the picture (n, 2) of the vertices that stay."""
    colours = [
        np.ones((len(p.positions), 4), dtype=np.float32) if p.colours is None else p.colours for p in model.parts
    ]
    places = [np.zeros((len(p.positions), 2), dtype=np.float32) if p.places is None else p.places for p in model.parts]
    return np.concatenate(colours)[kept], np.concatenate(places)[kept]


def _correctives(by: Mapping[str, Source], moves: F32) -> tuple[Corrective, ...]:
    """What two shapes of any rig must not do twice: lids that both close, lips that close without being open.

    The moves of mouthClose are changed for it.
    """
    out = []
    for side in ("Left", "Right"):
        blink = f"eyeBlink{side}"
        for other, amount in ((f"eyeSquint{side}", -0.9), (f"eyeWide{side}", -1.0)):
            if blink in by and other in by:
                out.append(Corrective((blink, other), {other: amount}))
        if blink in by and f"eyeLookDown{side}" in by and _shared(moves, blink, f"eyeLookDown{side}") > 0.2:
            # Lowered lids follow a lowered gaze already.
            out.append(Corrective((blink, f"eyeLookDown{side}"), {blink: -0.5}))
    if "mouthClose" in by and "jawOpen" in by and _shared(moves, "jawOpen", "mouthClose") < -0.2:
        # ARKit's mouthClose takes back an open jaw: alone it would push the lips through each other.
        moves[INDEX["mouthClose"]] *= 0.15
        out.append(Corrective(("mouthClose", "jawOpen"), {"mouthClose": 0.85 / 0.15}))
    return tuple(out)


def _shared(moves: F32, one: str, other: str) -> float:
    """How much of a shape's movement another one does as well, -1..1 and beyond where it does more of it."""
    a, b = moves[INDEX[one]].ravel().astype(np.float64), moves[INDEX[other]].ravel().astype(np.float64)
    return float(a @ b / max(float(b @ b), 1e-12))
