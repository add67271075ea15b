"""`Sculpted`: one head, posed, lit and drawn."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted import paint, raster, shading, view
from mien.characters.sculpted.combing import Skull
from mien.characters.sculpted.creases import Creases, read_creases
from mien.characters.sculpted.eyes import Eyes, read_eyes
from mien.characters.sculpted.features import feature_ids
from mien.characters.sculpted.hair import beard_area, grow, read_scalp, scalp
from mien.characters.sculpted.head_data import F32, I32, LASH, SKIN, TONGUE
from mien.characters.sculpted.lighting import Lighting, read_lighting
from mien.characters.sculpted.mesh import Figure, mesh_of
from mien.characters.sculpted.openings import Lips, shade_mouth
from mien.characters.sculpted.shape import Shape, acting, read_shape
from mien.characters.sculpted.skin import Skin, linear, read_skin
from mien.characters.sculpted.strips import Hair, joined
from mien.core.arkit import as_coefficients
from mien.core.arrays import Coefficients, Points, Rgba, frozen
from mien.core.character import FEATURES, CharacterInfo, Light
from mien.core.expression import HeadPose
from mien.core.mesh import Mesh

_FACING: Final = HeadPose()
_PIVOT: Final = np.array([0.0, -1.5, -1.1])
# Texels of the key light's depth map, and the units that its side covers.
_LAMP_SIZE: Final = 288
_LAMP_SPAN: Final = 5.8
_FRAME: Final = np.array(paint.FRAME, dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """Everything that no pose changes, for all vertices: head, two eyeballs, hair. casting: triangles that throw
    shadows.
    """

    triangles: I32
    casting: I32
    kind: I32
    rest: F32
    colour: F32
    extra: F32


class Sculpted:
    """A `mien.core.character.LitCharacter` made of MakeHuman's head."""

    def __init__(
        self, info: CharacterInfo, spec: Mapping[str, Any], *, shape: Shape | None = None, source: str | None = None
    ) -> None:
        """shape: a head shaped already; else tables `body`, `shape`, `gain` and `warp` of `spec` say it.
        source: the file, for errors, where it is not called as the character.
        """
        source = source or f"{info.id}.toml"
        table = Table(spec, source=source)
        table.skip("id", "name", "style", "kind", "description", "tags", "order")
        self._info = info
        # One seed per character, from its id: hair and freckles are the same wherever it is drawn.
        rng = np.random.default_rng(zlib.crc32(info.id.encode()))
        self._shape: Shape = shape or read_shape(table, source)
        data = self._shape.data
        self._skin_triangles = np.ascontiguousarray(data.triangles[data.part == SKIN])
        hair_table = table.table("hair")
        colour, tip = linear(hair_table.colour("colour")), linear(hair_table.colour("tip", hair_table.colour("colour")))
        sheen = hair_table.number("sheen", 1.0, low=0, high=3)
        cut = read_scalp(hair_table)
        mask = scalp(data.vertices, cut)
        skin = read_skin(table.table("skin"), self._shape, mask, colour)
        self._creases: Creases = read_creases(
            [Table(entry, source="acting.toml", path="crease") for entry in acting()["crease"]], table.table("creases")
        )
        self._textures = paint.read_paint(table, rng)
        self._shell = self._raise_shell(mask, cut.shell)
        hair = self._grow(hair_table, mask, rng)
        hair_table.finish()
        if hair is not None:
            # The locks of a hairdo stay; a beard goes with the jaw.
            hair = replace(hair, roots=np.full_like(hair.roots, -1))
        colours = None if hair is None else _strand_colours(hair, colour, tip)
        if "beard" in table:
            beard_table = table.table("beard")
            beard = self._grow(beard_table, beard_area(data), rng)
            if beard is not None:
                own = linear(beard_table.colour("colour"))
                of_beard = _strand_colours(beard, own, linear(beard_table.colour("tip", beard_table.colour("colour"))))
                colours = of_beard if colours is None else np.concatenate([colours, of_beard])
                hair = beard if hair is None else joined([hair, beard])
        self._hair_normals = np.zeros((0, 3), dtype=np.float32) if hair is None else hair.normals
        self._hair_vertices = np.zeros((0, 3), dtype=np.float32) if hair is None else hair.vertices
        self._hair_roots = np.zeros(0, dtype=np.int32) if hair is None else hair.roots
        following = np.flatnonzero(self._hair_roots >= 0)
        self._follows = following, self._hair_roots[following]
        self._resting = self._shape.warped(self._shape.base)
        self._eyes: Eyes = read_eyes(table.table("eye"), self._shape)
        self._lighting: Lighting = read_lighting(table.table("light"), sheen)
        self._cloth = _read_cloth(table.table("cloth"))
        ground = table.table("background")
        self._background = np.stack([linear(ground.colour("top")), linear(ground.colour("bottom"))]).astype(np.float32)
        ground.finish()
        self._lips = Lips(data)
        self._lashes = np.unique(data.triangles[data.part == LASH])
        self._scene = self._assemble(skin, hair, colours)
        self._ids = feature_ids(data, skin.inner)
        # Landmarks are asked for two hundred times when a character is measured: only their vertices are posed.
        self._marked = [i for i, name in enumerate(FEATURES) if name in self._ids]
        self._marks = self._shape.part([self._ids[FEATURES[i]] for i in self._marked])
        self._center, self._half = self._framing(table)
        table.finish()

    @property
    def info(self) -> CharacterInfo:
        """Name, style and kind."""
        return self._info

    def features(self, coefficients: Coefficients) -> Points:
        """`FEATURES`, frontal: float32 (31, 3), inter-iris units, x to the subject's left, y up, z to the camera."""
        middle, unit = self._eyes.centers.mean(0), float(np.linalg.norm(self._eyes.centers[0] - self._eyes.centers[1]))
        return frozen((self._points(as_coefficients(coefficients)) - middle) / unit)

    def landmarks(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Points:
        """Where `FEATURES` are in the picture that `render` draws for the same arguments: float32 (31, 2), pixels."""
        points = _turned(self._points(as_coefficients(coefficients)), head)
        return frozen(self._project(points, size)[:, :2])

    def render(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Rgba:
        """The picture as uint8 (size, size, 4), opaque."""
        return self._draw(coefficients, size, head, self._lighting)

    def render_lit(
        self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING, light: Light
    ) -> Rgba:
        """`render` with the key light somewhere else; fill, rim and ambient light stay."""
        return self._draw(coefficients, size, head, self._lighting.keyed(light))

    def materials(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> NDArray[np.int32]:
        """What is seen where: int32 (size, size), a material of `shading`, -1 for the background."""
        vertices, _, _ = self._posed(as_coefficients(coefficients))
        depth, ids, bary = raster.buffers(size)
        raster.visible(self._screen(_turned(vertices, head), size), self._scene.triangles, depth, ids, bary)
        return np.where(ids >= 0, self._scene.kind[ids], -1).astype(np.int32)

    def mesh(self) -> Mesh:
        """The head at rest and what every coefficient does to it, for other programs to draw."""
        scene = self._scene
        return mesh_of(
            self._info,
            self._shape,
            self._eyes,
            Figure(
                scene.kind, scene.triangles, scene.rest, scene.colour, scene.extra, self._shell, self._hair_vertices,
                self._hair_normals, self._hair_roots, self._textures[0], self._cloth,
            ),
        )  # fmt: skip

    def _draw(self, coefficients: Coefficients, size: int, head: HeadPose, lighting: Lighting) -> Rgba:
        checked = as_coefficients(coefficients)
        vertices, acted, extra = self._posed(checked)
        scene = self._scene
        points = _turned(vertices, head)
        normals = np.zeros_like(points)
        raster.vertex_normals(points, scene.triangles, normals)
        self._eyes.round_normals(normals, vertices, view.rotation(head))
        # Hair is lit in the head's own frame: its normals and tangents never change.
        normals[len(normals) - len(self._hair_normals) :] = self._hair_normals
        fine = size * raster.FINE
        depth, ids, bary = raster.buffers(fine)
        raster.visible(self._screen(points, fine), scene.triangles, depth, ids, bary)
        lamp_xyz = lighting.seen(points, _LAMP_SIZE, _LAMP_SPAN)
        lamp = np.full((_LAMP_SIZE, _LAMP_SIZE), raster.FAR, dtype=np.float32)
        raster.reach(lamp_xyz, scene.casting, lamp)
        out = np.empty((size, size, 4), dtype=np.uint8)
        shading.shade(
            depth, ids, bary, scene.triangles, scene.kind, normals, scene.rest, scene.colour, extra, lamp_xyz, lamp,
            self._texture(size), self._creases.folded(acted), _FRAME, *lighting.for_head(view.rotation(head)),
            self._eyes.iris, self._cloth, self._background, shading.SRGB, out,
        )  # fmt: skip
        return out

    def _texture(self, size: int) -> F32:
        """The painting at the scale at which it is seen: a texel is at least half a pixel."""
        per_unit = 0.5 * size / self._half
        for texture in self._textures[:-1]:
            if texture.shape[1] / paint.FRAME[2] < 2.2 * per_unit:
                return texture
        return self._textures[-1]

    def _points(self, coefficients: Coefficients) -> F32:
        marks, acted = self._marks.posed(coefficients)
        out = np.zeros((len(FEATURES), 3), dtype=np.float32)
        out[self._marked] = marks
        out[[FEATURES.index("iris_left"), FEATURES.index("iris_right")]] = self._eyes.looked_at(acted)
        return out

    def _posed(self, coefficients: Coefficients) -> tuple[F32, NDArray[np.float32], F32]:
        """All vertices of the scene under coefficients, facing the camera; the coefficients after correctives; and
        the scene's extra with what lids and lips shade.
        """
        vertices, acted = self._shape.posed(coefficients)
        balls = self._eyes.turned(acted)
        extra = self._scene.extra.copy()
        n, b = len(vertices), len(balls) // 2
        for k in range(2):
            extra[n + k * b : n + (k + 1) * b, 0] = self._eyes.lidded(vertices, balls[k * b : (k + 1) * b], k)
        shade_mouth(vertices, self._lips, extra)
        hair = self._hair_vertices
        following, roots = self._follows
        if len(following):
            hair = hair.copy()
            hair[following] += (vertices - self._resting)[roots]
        return np.concatenate([vertices + self._shell, balls, hair]).astype(np.float32), acted, extra

    def _project(self, points: F32, size: int) -> F32:
        """Perspective onto a picture of size x size: float32 (n, 3), pixels and depth."""
        return view.project(points, size, self._center, self._half)

    def _screen(self, points: F32, size: int) -> F32:
        """`_project` for drawing: closed lids would half bury their lashes, so these are nearer than they are."""
        screen = self._project(points, size)
        screen[self._lashes, 2] += 0.04
        return screen

    def _raise_shell(self, mask: F32, thick: float) -> F32:
        """What lifts the scalp to the mass of the hair, (n, 3)."""
        resting = self._shape.warped(self._shape.base)
        normals = np.zeros_like(resting)
        raster.vertex_normals(resting, self._skin_triangles, normals)
        soft = np.clip((mask - 0.3) / 0.7, 0, 1)
        return np.asarray(thick * soft[:, None] * normals, dtype=np.float32)

    def _grow(self, table: Table, mask: F32, rng: np.random.Generator) -> Hair | None:
        resting = self._shape.warped(self._shape.base) + self._shell
        normals = np.zeros_like(resting)
        raster.vertex_normals(resting, self._skin_triangles, normals)
        return grow(table, Skull(resting, normals, self._skin_triangles, mask, self._shape.data.vertices), rng)

    def _framing(self, table: Table) -> tuple[float, float]:
        """Middle and half of the picture's height: crown to collar, hair included."""
        resting = self._shape.warped(self._shape.base) + self._shell
        top = float(resting[:, 1].max())
        if len(self._hair_vertices):
            top = max(top, float(np.quantile(self._hair_vertices[:, 1], 0.998)))
        chin = float(resting[self._ids["chin"], 1])
        below, margin = 0.62, 1.05
        if "frame" in table:
            frame = table.table("frame")
            below = frame.number("below", below, low=0.2, high=2.0)
            margin = frame.number("margin", margin, low=0.9, high=1.6)
            frame.finish()
        bottom = chin - below
        return (top + bottom) / 2, margin * (top - bottom) / 2

    def _assemble(self, skin: Skin, hair: Hair | None, colours: NDArray[np.float64] | None) -> _Scene:
        data = self._shape.data
        n, b = len(data.vertices), len(self._eyes.ball)
        kind = np.full(len(data.triangles), shading.TOOTH, dtype=np.int32)
        kind[data.part == SKIN] = shading.SKIN
        kind[data.part == TONGUE] = shading.MOUTH
        kind[data.part == LASH] = shading.LASH
        kind[(data.part == SKIN) & (skin.inner[data.triangles].sum(1) >= 2)] = shading.MOUTH
        white = np.ones_like(self._eyes.ball)
        ball = self._eyes.triangles
        parts: list[tuple[Any, ...]] = [
            (data.triangles, kind, data.vertices, skin.colour, skin.extra),
            *(
                (ball + n + k * b, np.full(len(ball), shading.EYE), self._eyes.ball, white, np.zeros((b, 3)))
                for k in range(2)
            ),
        ]
        casting = [data.triangles[data.part == SKIN]]
        if hair is not None:
            front_first = np.argsort(-hair.vertices[hair.triangles, 2].mean(1), kind="stable")
            hollow = np.where(hair.roots >= 0, 0.9, _hollow(hair.vertices))
            parts.append(
                (
                    hair.triangles[front_first] + n + 2 * b,
                    np.full(len(hair.triangles), shading.HAIR),
                    hair.tangents,
                    colours,
                    np.concatenate([hair.strand, hollow[:, None]], 1),
                )
            )
            # Every other triangle of hair is enough for a soft shadow.
            casting.append(hair.triangles[front_first[front_first % 2 == 0]] + n + 2 * b)
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return _Scene(
            joined[0].astype(np.int32),
            np.concatenate(casting).astype(np.int32),
            joined[1].astype(np.int32),
            *(column.astype(np.float32) for column in joined[2:]),
        )


def from_spec(spec: Mapping[str, Any], *, source: str | None = None) -> Sculpted:
    """Build a character from its file's content. source: the file, where it is not called as the character.

    Raises `BadFile` that names file and key, `ResourceMissing`.
    """
    info = CharacterInfo(
        id=spec["id"],
        name=spec["name"],
        style=spec["style"],
        kind="sculpted",
        description=spec.get("description", ""),
        tags=tuple(spec.get("tags", ())),
    )
    return Sculpted(info, spec, source=source)


def _strand_colours(hair: Hair, root: NDArray[np.float64], tip: NDArray[np.float64]) -> NDArray[np.float64]:
    along = hair.strand[:, 1:2]
    return np.asarray((root * (1 - along) + tip * along) * hair.tint[:, None])


def _hollow(vertices: F32) -> NDArray[np.float64]:
    """0..1 per vertex of hair, dark where other hair lies over it and towards the neck."""
    d = vertices.astype(np.float64) - (0.0, 0.3, -0.95)
    radius = np.linalg.norm(d, axis=1)
    azimuth = ((np.arctan2(d[:, 0], d[:, 2]) / (2 * np.pi) + 0.5) * 24).astype(int) % 24
    height = np.clip(((d[:, 1] / np.maximum(radius, 1e-9) + 1) / 2 * 14).astype(int), 0, 13)
    outer = np.zeros((24, 14))
    np.maximum.at(outer, (azimuth, height), radius)
    depth = outer[azimuth, height] - radius
    low = np.clip(0.75 + 0.4 * (vertices[:, 1] + 0.5), 0.55, 1.0)
    return np.asarray(np.clip(1.05 - 1.4 * depth, 0.35, 1.0) * low)


def _read_cloth(table: Table) -> F32:
    """Table `cloth`: colour, and the neckline as height, slope over the shoulders and depth of the vee."""
    out = np.array(
        [
            *linear(table.colour("colour")),
            table.number("neckline", -2.22, low=-4, high=-1),
            table.number("slope", 0.30, low=0, high=2),
            table.number("vee", 0.25, low=-1, high=2),
        ],
        dtype=np.float32,
    )
    table.finish()
    return out


def _turned(points: F32, head: HeadPose) -> F32:
    """Turn the head about the neck; the shoulders stay, the neck twists in between."""
    if head == _FACING:
        return points
    share = np.clip((points[:, 1] + 2.35) / 0.9, 0, 1)
    share = share * share * (3 - 2 * share)
    # The chin may hang lower than the nape: whatever is in front of the throat goes with the head.
    share = np.where((points[:, 2] > -0.2) & (points[:, 1] > -2.1), 1.0, share)[:, None]
    turned = (points - _PIVOT) @ view.rotation(head).T + _PIVOT
    return np.asarray(points * (1 - share) + turned * share, dtype=np.float32)
