"""A rig as one set of arrays, and which way its face looks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.imported.names import Source, words
from mien.core.rig import I32, Rig, RigPart
from mien.errors import BadFile

Bools = NDArray[np.bool_]
Values = NDArray[np.float64]

EYES: Final = frozenset({"eye", "eyes", "iris", "irises", "pupil", "pupils", "eyeball", "eyeballs", "cornea", "sclera"})
_NO_EYES: Final = frozenset(
    {"brow", "brows", "eyebrow", "eyebrows", "lash", "lashes", "eyelash", "eyelashes", "lid", "lids", "eyelid",
     "eyelids", "shadow", "line", "eyeline", "eyeliner", "socket", "wear", "glasses", "glass", "patch", "blend"}
)  # fmt: skip
_SIDES: Final = ({"left", "l"}, {"right", "r"})
_AXES: Final = np.concatenate([np.eye(3), -np.eye(3)])


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """All parts of a rig together. start: first vertex of each part, and the end. triangles: int32 (m, 3) over all.

    of_triangle: the part of each. positions, normals: float64 (n, 3) in the space that they were brought into last:
    turn times what the file says, less origin.
    """

    rig: Rig
    parts: tuple[RigPart, ...]
    start: NDArray[np.int64]
    positions: Values
    normals: Values
    triangles: I32
    of_triangle: I32
    turn: Values
    origin: Values

    def delta(self, source: Source) -> Values:
        """What a source moves, (n, 3)."""
        out = np.zeros_like(self.positions)
        for part, index, weight in source.pieces:
            shape = self.parts[part].shapes[index]
            out[self.start[part] + shape.ids] += weight * (shape.moves @ self.turn.T)
        return out

    def of_part(self, chosen: list[int]) -> Bools:
        """Which vertices belong to some parts, (n,)."""
        out = np.zeros(len(self.positions), dtype=bool)
        for part in chosen:
            out[self.start[part] : self.start[part + 1]] = True
        return out

    def carried_by(self, nodes: set[int]) -> Values:
        """By what share each vertex hangs on any of some nodes, (n,), 0..1."""
        out = np.zeros(len(self.positions))
        chosen = np.array(sorted(nodes), dtype=np.int64)
        for k, part in enumerate(self.parts):
            out[self.start[k] : self.start[k + 1]] = (np.isin(part.bones, chosen) * part.weights).sum(1)
        return np.clip(out, 0, 1)

    def below(self, node: int) -> set[int]:
        """A node and everything that hangs on it."""
        out = {node}
        growing = True
        while growing:
            more = {k for k, bone in enumerate(self.rig.bones) if bone.parent in out and k not in out}
            growing = bool(more)
            out |= more
        return out

    def place(self, node: int) -> Values:
        """Where a node is, (3,)."""
        return self.brought(np.array(self.rig.bones[node].place))

    def brought(self, points: Values) -> Values:
        """Points of the file's own space in this one, (..., 3)."""
        return np.asarray(points @ self.turn.T - self.origin)

    def turned(self, turn: Values) -> Model:
        """The same, turned by a rotation (3, 3)."""
        return replace(
            self,
            positions=self.positions @ turn.T,
            normals=self.normals @ turn.T,
            turn=turn @ self.turn,
            origin=turn @ self.origin,
        )

    def measured(self, origin: Values, unit: float) -> Model:
        """The same, seen from a new origin in a new unit."""
        return replace(
            self,
            positions=(self.positions - origin) / unit,
            turn=self.turn / unit,
            origin=(self.origin + origin) / unit,
        )


def model_of(rig: Rig) -> Model:
    """Put a rig's parts together. Raises `BadFile` where there is nothing to see."""
    if not rig.parts:
        raise BadFile("This file holds no surfaces; export the character's meshes with it.")
    counts = [len(part.positions) for part in rig.parts]
    start = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    triangles = np.concatenate([part.triangles + first for part, first in zip(rig.parts, start, strict=False)])
    of_triangle = np.repeat(np.arange(len(rig.parts)), [len(part.triangles) for part in rig.parts])
    positions = np.concatenate([part.positions for part in rig.parts]).astype(np.float64)
    smooth = face_normals(positions, triangles)
    given = [
        smooth[first : first + len(part.positions)] if part.normals is None else part.normals
        for part, first in zip(rig.parts, start, strict=False)
    ]
    return Model(
        rig, rig.parts, start, positions, np.concatenate(given).astype(np.float64), triangles.astype(np.int32),
        of_triangle.astype(np.int32), np.eye(3), np.zeros(3),
    )  # fmt: skip


def face_normals(positions: NDArray[np.float64], triangles: I32) -> Values:
    """Smooth normals of vertices, those at one place taken together, (n, 3)."""
    same = welded(positions)
    a, b, c = (positions[triangles[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    total = np.zeros((int(same.max(initial=-1)) + 1, 3))
    for k in range(3):
        np.add.at(total, same[triangles[:, k]], facing)
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray((total / np.maximum(length, 1e-20))[same])


def welded(positions: NDArray[np.float64]) -> NDArray[np.int64]:
    """A number for each place, (n,): vertices that meet at a seam have the same one."""
    size = max(float(np.ptp(positions, axis=0).max()), 1e-9) if len(positions) else 1.0
    grid = np.round((positions - positions.min(0)) / (size * 2e-6)).astype(np.int64) if len(positions) else positions
    key = (grid[:, 0] * 1_000_003 + grid[:, 1]) * 1_000_003 + grid[:, 2]
    return np.unique(key, return_inverse=True)[1].astype(np.int64)


def centre_of(delta: Values, positions: Values) -> Values:
    """The middle of what a shape moves, by how far it moves it, (3,)."""
    weight = np.linalg.norm(delta, axis=1)
    # What moves furthest says most about where a shape is at home.
    weight = weight**2
    return np.asarray((positions * weight[:, None]).sum(0) / max(float(weight.sum()), 1e-20))


@dataclass(frozen=True, slots=True)
class Facing:
    """Which way a face looks. turn: (3, 3), brings it to look along +z with +y up. swapped: its names call the viewer's
    left left.
    """

    turn: Values
    swapped: bool


def facing_of(model: Model, found: Mapping[str, list[Source]]) -> Facing:
    """Find up, front and left from what the shapes move, along the axes of the file. Raises `BadFile`."""
    middles = {name: centre_of(model.delta(sources[0]), model.positions) for name, sources in found.items()}
    eyes = [m for name, m in middles.items() if name.startswith("eye")]
    mouths = [m for name, m in middles.items() if name.startswith(("mouth", "jaw"))]
    if not eyes or not mouths:
        what = "eyes" if not eyes else "the mouth"
        raise BadFile(
            f"No shape of this model moves {what}: it needs morph targets named like ARKit's (eyeBlinkLeft, jawOpen), "
            "or VRM expressions. Name them so, or say which is which under [shapes] in the character's file."
        )
    rise = np.mean(eyes, axis=0) - np.mean(mouths, axis=0)
    up = _AXES[int((_AXES @ rise).argmax())]
    if abs(rise[1]) > 0.6 * np.linalg.norm(rise):
        up = np.array([0.0, np.sign(rise[1]), 0.0])
    forward = _front(model, found, up)
    left = np.cross(up, forward)
    apart = 0.0
    for name, middle in middles.items():
        other = name.removesuffix("Left") + "Right"
        if name.endswith("Left") and other in middles and not name.startswith(("jaw", "mouthLeft", "eyeLookIn")):
            if found[name][0].half or found[other][0].half:
                continue
            apart += float(np.sign((middle - middles[other]) @ left))
    return Facing(np.stack([left, up, forward]), swapped=apart < -1)


def _front(model: Model, found: Mapping[str, list[Source]], up: Values) -> Values:
    """The axis that the moved skin faces."""
    total = np.zeros(3)
    weight = np.zeros(len(model.positions))
    for sources in found.values():
        length = np.linalg.norm(model.delta(sources[0]), axis=1)
        weight += length / max(float(length.max(initial=0.0)), 1e-9)
    middle = (model.positions * weight[:, None]).sum(0) / max(float(weight.sum()), 1e-9)
    total += (model.normals * weight[:, None]).sum(0) / max(float(weight.sum()), 1e-9)
    # The face lies in front of the middle of its head.
    spread = np.sqrt((((model.positions - middle) ** 2).sum(1) * weight).sum() / max(float(weight.sum()), 1e-9))
    near = (np.abs(model.positions - middle) < 4 * spread).all(1) & ((model.positions - middle) @ up > -spread)
    head = (model.positions[near].min(0) + model.positions[near].max(0)) / 2
    total += (middle - head) / max(float(spread), 1e-9)
    level = _AXES[np.abs(_AXES @ up) < 0.5]
    if model.rig.format == "VRM 0":
        total += (0.0, 0.0, -0.5)
    else:
        total += (0.0, 0.0, 0.5)
    return np.asarray(level[int((level @ total).argmax())])


@dataclass(frozen=True, slots=True, eq=False)
class Eye:
    """One eye. iris: in front, (3,). pivot: what it turns about, (3,). share: of each vertex that turns with it, (n,).

    by: what it was found by, such as "bone".
    """

    iris: Values
    pivot: Values
    share: Values
    by: str


def eyes_of(model: Model, found: Mapping[str, list[Source]]) -> tuple[Eye, Eye]:
    """The left and the right eye of a model that looks along +z. Raises `BadFile` where they cannot be found."""
    finders: tuple[Callable[[], tuple[Eye, Eye] | None], ...] = (
        lambda: _by_bones(model),
        lambda: _by_parts(model),
        lambda: _by_gaze(model, found),
        lambda: _by_lids(model, found),
    )
    for find in finders:
        pair = find()
        if pair is not None and pair[0].iris[0] - pair[1].iris[0] > 1e-6:
            return pair
    raise BadFile(
        "The eyes of this model cannot be found: give it bones or meshes named leftEye and rightEye, shapes named like "
        "ARKit's eyeLook... or eyeBlink..., or say iris_left and iris_right under [features] in the character's file."
    )


def _by_bones(model: Model) -> tuple[Eye, Eye] | None:
    out = []
    for role, sides in zip(("leftEye", "rightEye"), _SIDES, strict=True):
        node = model.rig.roles.get(role)
        if node is None:
            named = [
                k
                for k, bone in enumerate(model.rig.bones)
                if (own := set(_split(bone.name))) & EYES and own & sides and not own & _NO_EYES
            ]
            # Helpers hang beside what carries the eye, and an eye may be several surfaces.
            carrying = [k for k in named if (model.carried_by({k}) > 0.5).sum() > 3]
            if not carrying:
                return None
            node = carrying[0]
            share = model.carried_by(set().union(*(model.below(k) for k in carrying)))
        else:
            share = model.carried_by(model.below(node))
        if (share > 0.5).sum() < 4:
            return None
        points = model.positions[share > 0.5]
        pivot, ball, size = model.place(node), _sphere(points), float(np.linalg.norm(np.ptp(points, axis=0)))
        # A node that stands somewhere else: its eye turns about its own middle, if it is a ball.
        if ball is not None and np.linalg.norm(pivot - ball) > 0.3 * size:
            pivot = ball
        elif np.linalg.norm(pivot - points.mean(0)) > 2 * size:
            share = np.zeros_like(share)
        out.append((pivot, share, points))
    eyes = [Eye(_front_of(points), pivot, share, "bone") for pivot, share, points in out]
    return eyes[0], eyes[1]


def _by_parts(model: Model) -> tuple[Eye, Eye] | None:
    """Surfaces that are called eyes: irises before whole balls, one on each side."""
    named = []
    for k, part in enumerate(model.parts):
        for text in (part.material.name, part.name):
            called = set(_split(text))
            if called & EYES and not called & _NO_EYES:
                named.append((k, called))
                break
    if not named:
        return None
    irises = [k for k, called in named if called & {"iris", "irises", "pupil", "pupils"}] or [k for k, _ in named]
    iris, ball = model.of_part(irises), model.of_part([k for k, _ in named])
    middle = float(np.median(model.positions[iris, 0]))
    out = []
    for side in (1, -1):
        own = iris & (side * (model.positions[:, 0] - middle) > 0)
        whole = ball & (side * (model.positions[:, 0] - middle) > 0)
        if own.sum() < 4:
            return None
        fitted = _sphere(model.positions[whole])
        share = whole.astype(np.float64)
        front = _front_of(model.positions[own])
        if fitted is None:
            out.append(Eye(front, front, np.zeros_like(share), "mesh"))
        else:
            out.append(Eye(front, fitted, share, "mesh"))
    return out[0], out[1]


def _by_gaze(model: Model, found: Mapping[str, list[Source]]) -> tuple[Eye, Eye] | None:
    """What the gaze moves furthest."""
    out = []
    for name in ("eyeLookOutLeft", "eyeLookOutRight"):
        if name not in found or found[name][0].half:
            return None
        length = np.linalg.norm(model.delta(found[name][0]), axis=1)
        own = length > 0.6 * max(float(length.max(initial=0.0)), 1e-12)
        if own.sum() < 4:
            return None
        front = _front_of(model.positions[own])
        out.append(Eye(front, front, np.zeros(len(length)), "gaze"))
    return out[0], out[1]


def _by_lids(model: Model, found: Mapping[str, list[Source]]) -> tuple[Eye, Eye] | None:
    """The middle of what closes."""
    out = []
    for name, side in (("eyeBlinkLeft", 1), ("eyeBlinkRight", -1)):
        if name not in found:
            return None
        delta = model.delta(found[name][0])
        if found[name][0].half:
            middle = float(centre_of(delta, model.positions)[0])
            delta = delta * (side * (model.positions[:, 0] - middle) > 0)[:, None]
        length = np.linalg.norm(delta, axis=1)
        own = length > 0.3 * max(float(length.max(initial=0.0)), 1e-12)
        if not own.any():
            return None
        points = model.positions[own]
        # The lids close to below the middle of an eye.
        low, high = (points + delta[own]).min(0), points.max(0)
        front = np.array([(points[:, 0].min() + points[:, 0].max()) / 2, (low[1] + high[1]) / 2, points[:, 2].mean()])
        out.append(Eye(front, front, np.zeros(len(length)), "lids"))
    return out[0], out[1]


def _front_of(points: Values) -> Values:
    """The middle of a ball or of a disc as seen from the front, at its nearest depth."""
    low, high = np.quantile(points, 0.02, axis=0), np.quantile(points, 0.98, axis=0)
    return np.array([(low[0] + high[0]) / 2, (low[1] + high[1]) / 2, points[:, 2].max()])


def _sphere(points: Values) -> Values | None:
    """The middle of the ball that points lie on, (3,); None where they lie on none."""
    if len(points) < 12:
        return None
    system = np.concatenate([2 * points, np.ones((len(points), 1))], 1)
    answer, *_ = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)
    middle = answer[:3]
    away = np.linalg.norm(points - middle, axis=1)
    radius, size = float(away.mean()), float(np.ptp(points, axis=0).max())
    if away.std() > 0.12 * radius or not 0.3 * size < radius < 1.5 * size:
        return None
    return np.asarray(middle)


def _split(name: str) -> list[str]:
    """The words of a name, and those that are run together with a side: "lefteye" is left, eye."""
    out = []
    for word in words(name):
        out.append(word)
        for side in ("left", "right"):
            if word.startswith(side) and len(word) > len(side):
                out += [side, word.removeprefix(side)]
            elif word.endswith(side) and len(word) > len(side):
                out += [side, word.removesuffix(side)]
    return out
