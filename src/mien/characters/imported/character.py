"""`Imported`: a head that a user brought, posed, lit and drawn."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.imported import shading
from mien.characters.imported.features import marks_of
from mien.characters.imported.head import Found, Head, head_of
from mien.characters.imported.mesh import mesh_of
from mien.characters.imported.model import EYES, welded
from mien.characters.imported.names import words
from mien.characters.imported.pictures import LINEAR, Pictures, read_pictures
from mien.characters.sculpted import raster, view
from mien.characters.sculpted.lighting import Lighting, read_lighting
from mien.characters.sculpted.shading import SRGB
from mien.characters.sculpted.skin import linear
from mien.core.arkit import COEFFICIENTS, INDEX, as_coefficients
from mien.core.arrays import Coefficients, Points, Rgba, frozen
from mien.core.character import FEATURES, CharacterInfo, Light
from mien.core.expression import HeadPose
from mien.core.mesh import Mesh
from mien.core.rig import F32, I32, Material, Rig
from mien.errors import BadFile, UnknownName

_FACING: Final = HeadPose()
# Texels of the key light's depth map, and the units that its side covers.
_LAMP_SIZE: Final = 288
_LAMP_SPAN: Final = 5.8
# Half the height of a picture: that of our own heads, whatever grows on top of this one.
_MARGIN: Final = 1.05
_HALF: Final = (2.0, 2.75)
_LOOKS: Final = {"lit": shading.LIT, "toon": shading.TOON, "flat": shading.FLAT}
_RAYS: Final = 20
_RAY_SIZE: Final = 192
_ROLES: Final = ("head", "neck")


class Imported:
    """A `mien.core.character.LitCharacter` and `MeshCharacter` made of somebody's rig."""

    def __init__(self, info: CharacterInfo, rig: Rig, spec: Mapping[str, Any], *, source: str | None = None) -> None:
        """spec: the character's file; tables `shapes`, `features`, `frame`, `light` and `background` are read here.
        source: the file, for errors, where it is not called as the character.

        Raises `BadFile` where the rig's face cannot be understood, or the file says what it should not.
        """
        source = source or f"{info.id}.toml"
        table = Table(spec, source=source)
        table.skip("id", "name", "style", "kind", "description", "tags", "order", "file", "licence")
        self._info = info
        shapes, features = _read_shapes(table.table("shapes"), rig), _read_features(table.table("features"))
        irises = None
        if "iris_left" in features or "iris_right" in features:
            if not {"iris_left", "iris_right"} <= set(features):
                raise BadFile(f"{source}: features.iris_left and features.iris_right are told together.")
            irises = features["iris_left"], features["iris_right"]
        self._head: Head = head_of(rig, shapes=shapes, irises=irises)
        head = self._head
        told = {name: head.model.brought(np.array(place)) for name, place in features.items()}
        self._marks = marks_of(head, {name: (float(p[0]), float(p[1]), float(p[2])) for name, p in told.items()})
        iris = [FEATURES.index("iris_left"), FEATURES.index("iris_right")]
        self._middle = self._marks.rest[iris].mean(0)
        self._lighting: Lighting = read_lighting(table.table("light"), 1.0)
        ground = table.table("background")
        self._background = np.stack(
            [linear(ground.colour("top", "#dcdfe2")), linear(ground.colour("bottom", "#a7aeb5"))]
        ).astype(np.float32)
        ground.finish()
        self._share, self._pivot = _hanging(head, self._at("chin"))
        self._center, self._half = self._framing(table)
        table.finish()
        self._pictures: Pictures = read_pictures(
            head.materials, head.positions, head.places, head.triangles, head.of_triangle
        )
        self._materials = np.stack([_row(m, _is_eye(head, k)) for k, m in enumerate(head.materials)]).astype(np.float32)
        self._solid, self._holed, self._clear = _sorted(head)
        self._same = welded(head.positions.astype(np.float64)).astype(np.int32)
        _, self._first = np.unique(self._same, return_index=True)
        self._own = np.ascontiguousarray(self._same[head.triangles])
        self._smooth = self._bent(head.positions)
        lit = np.array([m.look == "lit" and m.alpha == "opaque" for m in head.materials])
        self._casting = np.ascontiguousarray(head.triangles[lit[head.of_triangle]])
        self._occlusion = self._shaded()
        self._head = head.alone()

    @property
    def info(self) -> CharacterInfo:
        """Name, style and kind."""
        return self._info

    @property
    def found(self) -> Found:
        """Which of the file's shapes became which coefficient, and what is missing."""
        return self._head.found

    @property
    def eyes_by(self) -> str:
        """What the eyes were found by: bone, mesh, gaze, lids, or its file."""
        return self._head.eyes[0].by

    @property
    def triangles(self) -> int:
        """How many are drawn: head and shoulders."""
        return len(self._head.triangles)

    def places(self) -> dict[str, tuple[float, float, float]]:
        """Where `FEATURES` rest in the file's own space, for tables `features`."""
        model = self._head.model
        back = np.linalg.inv(model.turn)
        points = (self._marks.rest + model.origin) @ back.T
        return {name: (float(x), float(y), float(z)) for name, (x, y, z) in zip(FEATURES, points, strict=True)}

    def features(self, coefficients: Coefficients) -> Points:
        """`FEATURES`, frontal: float32 (31, 3), inter-iris units, x to the subject's left, y up, z to the camera."""
        return frozen(self._marks.posed(self._acted(coefficients)) - self._middle)

    def landmarks(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Points:
        """Where `FEATURES` are in the picture that `render` draws for the same arguments: float32 (31, 2), pixels."""
        points = self._marks.posed(self._acted(coefficients))
        if head != _FACING:
            points = ((points - self._pivot) @ view.rotation(head).T + self._pivot).astype(np.float32)
        return frozen(view.project(points, size, self._center, self._half)[:, :2])

    def render(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Rgba:
        """The picture as uint8 (size, size, 4), opaque."""
        return self._draw(coefficients, size, head, self._lighting)

    def render_lit(
        self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING, light: Light
    ) -> Rgba:
        """`render` with the key light somewhere else; what is drawn in flat colours stays as it is."""
        return self._draw(coefficients, size, head, self._lighting.keyed(light))

    def mesh(self) -> Mesh:
        """The head at rest and what every coefficient does to it, for other programs to draw."""
        return mesh_of(
            self._info, self._head, self._pictures, self._bent, self._lighting, self._occlusion,
            frame=(self._center - self._half / _MARGIN, self._center + self._half / _MARGIN),
        )  # fmt: skip

    def _draw(self, coefficients: Coefficients, size: int, head: HeadPose, lighting: Lighting) -> Rgba:
        points, normals = self._posed(self._acted(coefficients))
        if head != _FACING:
            turn = view.rotation(head)
            share = self._share[:, None]
            points = (points + share * ((points - self._pivot) @ turn.T + self._pivot - points)).astype(np.float32)
            normals = (normals + share * (normals @ turn.T - normals)).astype(np.float32)
        fine = size * raster.FINE
        screen = view.project(points, fine, self._center, self._half)
        depth, ids, bary = raster.buffers(fine)
        own = self._head
        solid, holed = self._facing(screen, self._solid), self._facing(screen, self._holed)
        order = np.concatenate([solid, holed])
        triangles = np.ascontiguousarray(own.triangles[order])
        of = np.ascontiguousarray(own.of_triangle[order])
        raster.visible(screen, triangles[: len(solid)], depth, ids, bary)
        pictures, texels = self._pictures.at(0.5 * size / self._half), self._pictures.texels
        shading.pierce(
            screen, triangles, of, len(solid), self._materials, pictures, texels, LINEAR, own.places, own.colours,
            depth, ids, bary,
        )  # fmt: skip
        lamp_xyz = lighting.seen(points, _LAMP_SIZE, _LAMP_SPAN)
        lamp = np.full((_LAMP_SIZE, _LAMP_SIZE), raster.FAR, dtype=np.float32)
        raster.reach(lamp_xyz, self._casting, lamp)
        worn = (normals, own.places, own.colours, self._occlusion, lamp_xyz, lamp, lighting.lamps, lighting.ambient)
        out = np.empty((fine, fine, 3), dtype=np.float32)
        shading.fill(
            depth, ids, bary, triangles, of, self._materials, pictures, texels, LINEAR, *worn, self._background, out
        )
        clear = self._facing(screen, self._clear)
        if len(clear):
            far = np.argsort(screen[own.triangles[clear], 2].mean(1), kind="stable")
            shading.lay_over(
                screen, clear[far], own.triangles, own.of_triangle, self._materials, pictures, texels, LINEAR, *worn,
                depth, out,
            )  # fmt: skip
        picture = np.empty((size, size, 4), dtype=np.uint8)
        shading.resolve(out, SRGB, picture)
        return picture

    def _acted(self, coefficients: Coefficients) -> NDArray[np.float32]:
        """Coefficients after correctives, (52,): they may leave 0..1."""
        given = as_coefficients(coefficients)
        acted = given.astype(np.float32).copy()
        for corrective in self._head.correctives:
            amount = min(float(given[INDEX[name]]) for name in corrective.when)
            if amount > 0:
                for name, add in corrective.add.items():
                    acted[INDEX[name]] += amount * add
        return acted

    def _posed(self, acted: NDArray[np.float32]) -> tuple[F32, F32]:
        """Vertices and normals under coefficients, facing the camera."""
        head = self._head
        on = np.flatnonzero(np.abs(acted) > 1e-4)
        if not len(on):
            return head.positions, head.normals
        points = head.positions.copy()
        points[head.moving] += np.tensordot(acted[on], head.moves[on], 1)
        # Normals may have been shaped by hand: they are turned as the surface is, not made anew.
        normals = head.normals + self._bent(points) - self._smooth
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-6)
        return points, normals.astype(np.float32)

    def _bent(self, points: F32) -> F32:
        """Smooth normals of the surface as it is, (n, 3)."""
        out = np.zeros((len(self._first), 3), dtype=np.float32)
        raster.vertex_normals(np.ascontiguousarray(points[self._first]), self._own, out)
        return np.asarray(out[self._same])

    def _shaded(self) -> F32:
        """How much of the sky each vertex sees, 0..1: what an open mouth shows is not as dark as in a closed one."""
        head = self._head
        if head.model.rig.is_shaded:
            return np.ones(len(head.positions), dtype=np.float32)
        rest = _occlusion(head.positions, head.normals, self._casting)
        wide = ("jawOpen", "mouthUpperUpLeft", "mouthUpperUpRight", "mouthLowerDownLeft", "mouthLowerDownRight")
        points, normals = self._posed(as_coefficients(dict.fromkeys(wide, 0.7)))
        out = np.maximum(rest, 0.9 * _occlusion(points, normals, self._casting))
        for k, material in enumerate(head.materials):
            # Eyes lie in hollows, and are what one looks at; teeth that are black look missing.
            least = (
                0.8
                if self._materials[k, shading.SHARP] > 50
                else 0.6
                if {"teeth", "tooth"} & set(words(material.name))
                else 0
            )
            own = np.unique(head.triangles[head.of_triangle == k])
            out[own] = np.maximum(out[own], least)
        return np.asarray(out)

    def _facing(self, screen: F32, chosen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of some triangles that are seen: from behind only if their surface has two sides."""
        if not len(chosen):
            return chosen
        a, b, c = (screen[self._head.triangles[chosen, k], :2] for k in range(3))
        turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
        return np.asarray(chosen[(turned < 0) | (self._materials[self._head.of_triangle[chosen], shading.SIDES] > 0.5)])

    def _at(self, feature: str) -> F32:
        return np.asarray(self._marks.rest[FEATURES.index(feature)])

    def _framing(self, table: Table) -> tuple[float, float]:
        """Middle and half of the picture's height: from the collar to the top of the hair, if that is no tower."""
        below, margin = 0.62, _MARGIN
        frame = table.table("frame")
        below, margin = (
            frame.number("below", below, low=0.2, high=2.0),
            frame.number("margin", margin, low=0.9, high=1.6),
        )
        frame.finish()
        head = self._head
        own = np.unique(head.triangles)
        near = own[np.abs(head.positions[own, 0]) < 2.2]
        top = float(np.quantile(head.positions[near, 1], 0.9985))
        bottom = float(self._at("chin")[1]) - below
        half = float(np.clip(margin * (top - bottom) / 2, *_HALF))
        if half == _HALF[1]:
            # The face comes first: what towers above it is cut.
            return bottom + half, half
        return top + (margin - 1) * (top - bottom) / 2 - half, half


def from_rig(info: CharacterInfo, rig: Rig, spec: Mapping[str, Any], *, source: str | None = None) -> Imported:
    """Build a character from what a file of another program holds. source: of `spec`, where it is not called as the
    character. Raises `BadFile`.
    """
    return Imported(info, rig, spec, source=source)


def _read_shapes(table: Table, rig: Rig) -> dict[str, tuple[str, ...]]:
    """Table `shapes`: coefficient = "shape", or a list of them, by the names in the rig."""
    out = {}
    for name, value in table.items():
        if name not in INDEX:
            raise BadFile(f"{table.where}: {UnknownName.among('coefficient', name, COEFFICIENTS)}")
        out[name] = (value,) if isinstance(value, str) else table.texts(name)
        for shape in out[name]:
            if shape not in rig.shape_names:
                unknown = UnknownName.among("shape of this model", shape, rig.shape_names)
                raise BadFile(f"{table.where}.{name}: {unknown}")
    return out


def _read_features(table: Table) -> dict[str, tuple[float, float, float]]:
    """Table `features`: name = [x, y, z] in the file's own space."""
    out = {}
    for name, _ in table.items():
        if name not in FEATURES:
            raise BadFile(f"{table.where}: {UnknownName.among('feature', name, FEATURES)}")
        x, y, z = table.numbers(name, count=3)
        out[name] = (x, y, z)
    return out


def _is_eye(head: Head, part: int) -> bool:
    """Is a surface an eyeball?"""
    own = np.unique(head.triangles[head.of_triangle == part])
    turning = np.maximum(head.eyes[0].share, head.eyes[1].share)[head.kept][own]
    return bool((turning > 0.5).mean() > 0.5) or bool(set(words(head.materials[part].name)) & EYES & {"cornea"})


def _row(material: Material, is_eye: bool) -> NDArray[np.float64]:
    """A material as a row of numbers for the kernels."""
    smooth = 1.0 - (0.12 if is_eye else material.roughness)
    gloss, sharp = (0.55, 90.0) if is_eye else (0.22 * smooth**2, 8.0 + 36.0 * smooth**2)
    cutoff = 0.5 if material.alpha == "opaque" else max(material.cutoff, 1 / 255)
    colour = material.colour if material.alpha != "opaque" else (*material.colour[:3], 1.0)
    wrap = 0.9
    look = _LOOKS[material.look]
    return np.array(
        [
            *colour,
            *material.shade,
            look,
            cutoff,
            gloss,
            sharp,
            material.toony,
            material.shift,
            material.two_sided,
            wrap,
        ],
        dtype=np.float64,
    )


def _sorted(head: Head) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Triangles that are opaque, that have holes, that are see-through; what lies in front comes first."""
    front = np.argsort(-head.positions[head.triangles, 2].mean(1), kind="stable")
    alpha = np.array([m.alpha for m in head.materials])[head.of_triangle[front]]
    return front[alpha == "opaque"], front[alpha == "mask"], front[alpha == "blend"]


def _hanging(head: Head, chin: F32) -> tuple[F32, F32]:
    """How much each vertex goes with a turn of the head, (n,), and about what, (3,)."""
    model = head.model
    nodes = {}
    for role in _ROLES:
        named = [k for k, bone in enumerate(model.rig.bones) if words(bone.name)[-1:] == [role]]
        node = model.rig.roles.get(role, named[0] if named else None)
        if node is not None:
            nodes[role] = node
    if "head" in nodes:
        share = model.carried_by(model.below(nodes["head"]))[head.kept]
        if "neck" in nodes:
            share = share + 0.5 * model.carried_by({nodes["neck"]})[head.kept]
        low = head.positions[:, 1] < float(chin[1]) - 0.7
        # A node called head that carries the shoulders as well is no neck.
        if share[~low].mean() > 0.6 and (not low.any() or share[low].mean() < 0.4):
            pivot = model.place(nodes["head"])
            return np.clip(share, 0, 1).astype(np.float32), pivot.astype(np.float32)
    y, z = head.positions[:, 1] - (float(chin[1]) + 1.65), head.positions[:, 2]
    share = np.clip((y + 2.35) / 0.9, 0, 1)
    share = share * share * (3 - 2 * share)
    # The chin may hang lower than the nape: whatever is in front of the throat goes with the head.
    share = np.where((z > -0.2) & (y > -2.1), 1.0, share)
    return share.astype(np.float32), np.array([0.0, 0.9 * float(chin[1]), -1.1], dtype=np.float32)


def _occlusion(positions: F32, normals: F32, casting: I32) -> F32:
    """0..1 per vertex: how much of the sky it sees, by looking from many sides."""
    total, seen = np.zeros(len(positions)), np.zeros(len(positions))
    golden = np.pi * (3 - np.sqrt(5))
    span = float(np.abs(positions).max()) * 2.2 if len(positions) else 1.0
    for k in range(_RAYS):
        y = 1 - 2 * (k + 0.5) / _RAYS
        r, turn = np.sqrt(1 - y * y), golden * k
        towards = np.array([r * np.cos(turn), y, r * np.sin(turn)])
        hint = np.array([0.0, 1.0, 0.0]) if abs(y) < 0.9 else np.array([1.0, 0.0, 0.0])
        right = np.cross(hint, towards)
        right /= np.linalg.norm(right)
        basis = np.stack([right, np.cross(towards, right), towards], 1)
        flat = (positions @ basis).astype(np.float32)
        flat[:, :2] = flat[:, :2] * (_RAY_SIZE / span) + _RAY_SIZE / 2
        depth = np.full((_RAY_SIZE, _RAY_SIZE), raster.FAR, dtype=np.float32)
        raster.reach(flat, casting, depth)
        x, z = (np.clip(flat[:, j].astype(int), 0, _RAY_SIZE - 1) for j in range(2))
        facing = np.clip(normals @ towards, 0, 1)
        total += facing
        seen += facing * (flat[:, 2] > depth[z, x] - 0.12)
    return np.asarray(np.clip(seen / np.maximum(total, 1e-6), 0.12, 1.0), dtype=np.float32)
