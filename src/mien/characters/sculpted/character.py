"""`Sculpted`: one head, posed, lit and drawn."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted import paint, raster
from mien.characters.sculpted.features import feature_ids
from mien.characters.sculpted.hair import Cut, Hair, grow, read_cut, scalp
from mien.characters.sculpted.head_data import F32, I32, LASH, SKIN, TONGUE, head_data
from mien.characters.sculpted.shape import Shape, read_shape
from mien.characters.sculpted.skin import linear, read_skin
from mien.core.arkit import INDEX, as_coefficients
from mien.core.arrays import Coefficients, Points, Rgba, frozen
from mien.core.character import FEATURES, CharacterInfo, Light
from mien.core.expression import HeadPose

_FACING: Final = HeadPose()
# Samples per pixel and axis.
_FINE: Final = 2
# Inter-iris units from the camera to the eyes: a portrait lens.
_DISTANCE: Final = 15.0
_PIVOT: Final = np.array([0.0, -1.5, -1.1])
# Full eyeLookOut/In and eyeLookUp/Down turn an eye by these angles.
_GAZE_RAD: Final = (0.55, 0.42)
# Key from the upper left, fill from the right, a little from below: direction, colour, wrap of red, green and blue
# (red light travels furthest under skin).
_LIGHTS: Final = np.array(
    [
        [-0.55, 0.55, 0.63, 0.95, 0.90, 0.84, 0.42, 0.26, 0.20],
        [0.80, 0.12, 0.58, 0.26, 0.28, 0.33, 0.50, 0.40, 0.35],
        [0.10, -0.60, 0.79, 0.09, 0.08, 0.07, 0.50, 0.40, 0.30],
    ],
    dtype=np.float32,
)
_AMBIENT: Final = np.array([0.24, 0.25, 0.28], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """Everything that no pose changes, for all vertices: head, two eyeballs, hair."""

    triangles: I32
    material: I32
    rest: F32
    colour: F32
    extra: F32


class Sculpted:
    """A `mien.core.character.Character` made of MakeHuman's head."""

    def __init__(self, info: CharacterInfo, spec: Mapping[str, Any]) -> None:
        source = f"{info.id}.toml"
        table = Table(spec, source=source)
        table.skip("id", "name", "style", "kind", "description", "tags", "order")
        self._info = info
        # One seed per character, from its id: hair and freckles are the same wherever it is drawn.
        rng = np.random.default_rng(zlib.crc32(info.id.encode()))
        self._shape: Shape = read_shape(table, source)
        data = head_data()
        hair_table = table.table("hair")
        hair_colour = linear(hair_table.colour("colour"))
        cut = read_cut(hair_table)
        mask = scalp(data.vertices, cut)
        skin = read_skin(table.table("skin"), self._shape.base, mask, hair_colour, cut.cap)
        self._texture = paint.read_paint(table, rng)
        self._hair = self._grow(mask, cut, rng)
        self._iris, self._ball_scale = _read_eye(table.table("eye"))
        self._cloth = _read_cloth(table.table("cloth"))
        ground = table.table("background")
        self._background = np.stack([linear(ground.colour("top")), linear(ground.colour("bottom"))]).astype(np.float32)
        ground.finish()
        self._ball, ball_triangles = _sphere()
        self._scene = self._assemble(skin.colour, skin.extra, skin.inner, hair_colour, ball_triangles)
        self._ids = feature_ids(data, skin.inner)
        self._eyes = self._shape.warped(self._shape.eyes)
        self._center, self._half = self._framing(table)
        lengths = np.linalg.norm(_LIGHTS[:, :3], axis=1, keepdims=True)
        self._lights = np.concatenate([_LIGHTS[:, :3] / lengths, _LIGHTS[:, 3:]], 1).astype(np.float32)
        table.finish()

    @property
    def info(self) -> CharacterInfo:
        """Name, style and kind."""
        return self._info

    def features(self, coefficients: Coefficients) -> Points:
        """`FEATURES`, frontal: float32 (31, 3), inter-iris units, x to the subject's left, y up, z to the camera."""
        return frozen((self._points(as_coefficients(coefficients)) - self._eyes.mean(0)) / self._unit)

    def landmarks(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Points:
        """Where `FEATURES` are in the picture that `render` draws for the same arguments: float32 (31, 2), pixels."""
        points = _turned(self._points(as_coefficients(coefficients)), head)
        return frozen(self._project(points, size)[:, :2])

    def render(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING) -> Rgba:
        """The picture as uint8 (size, size, 4), opaque."""
        return self._draw(coefficients, size, head, self._lights)

    def render_lit(
        self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = _FACING, light: Light
    ) -> Rgba:
        """`render` with the key light somewhere else; fill, bounce and ambient light stay."""
        lights = self._lights.copy()
        lights[0, :3] = light.direction
        # Warm takes blue, cool takes red, both a little green: brightness stays about the same.
        tint = np.array([1.0 + 0.18 * light.warmth, 1.0, 1.0 - 0.30 * light.warmth])
        lights[0, 3:6] *= light.strength * tint
        return self._draw(coefficients, size, head, lights)

    def _draw(self, coefficients: Coefficients, size: int, head: HeadPose, lights: F32) -> Rgba:
        vertices, normals = self._posed(as_coefficients(coefficients), head)
        scene = self._scene
        fine = size * _FINE
        depth, ids, bary = raster.buffers(fine)
        raster.visible(self._project(vertices, fine), scene.triangles, depth, ids, bary)
        light = np.empty((fine, fine, 3), dtype=np.float32)
        raster.shade(
            ids, bary, scene.triangles, scene.material, normals, scene.rest, scene.colour, scene.extra, self._texture,
            np.array(paint.FRAME, dtype=np.float32), lights, _AMBIENT, self._iris, self._cloth,
            self._background, light,
        )  # fmt: skip
        out = np.empty((size, size, 4), dtype=np.uint8)
        raster.develop(light, _FINE, out)
        return out

    @property
    def _unit(self) -> float:
        return float(np.linalg.norm(self._eyes[0] - self._eyes[1]))

    @property
    def _ball_radius(self) -> float:
        return self._shape.eye_radius * self._shape.ball_scale * self._ball_scale

    def _points(self, coefficients: Coefficients) -> F32:
        vertices, acted = self._shape.posed(coefficients)
        out = np.zeros((len(FEATURES), 3), dtype=np.float32)
        for i, name in enumerate(FEATURES):
            if name.startswith("iris"):
                eye = 0 if name.endswith("left") else 1
                out[i] = self._eyes[eye] + self._ball_radius * _gaze(acted, eye)[:, 2]
            else:
                out[i] = vertices[self._ids[name]]
        return out

    def _posed(self, coefficients: Coefficients, head: HeadPose) -> tuple[F32, F32]:
        """All vertices of the scene under coefficients and head pose, and their normals."""
        vertices, acted = self._shape.posed(coefficients)
        balls = [self._eyes[k] + self._ball_radius * (self._ball @ _gaze(acted, k).T) for k in range(2)]
        hair = [self._hair.vertices] if self._hair is not None else []
        points = _turned(np.concatenate([vertices, *balls, *hair]).astype(np.float32), head)
        normals = np.zeros_like(points)
        raster.vertex_normals(points, self._scene.triangles, normals)
        n, b = len(vertices), len(self._ball)
        eyes = _turned(self._eyes, head)
        for k in range(2):
            part = slice(n + k * b, n + (k + 1) * b)
            normals[part] = (points[part] - eyes[k]) / self._ball_radius
        if self._hair is not None:
            # Ribbons have two sides; light them by the one that looks away from the skull.
            part = slice(n + 2 * b, None)
            middle = _turned(np.array([[0.0, 0.4, -1.0]], dtype=np.float32), head)
            inward = ((points[part] - middle) * normals[part]).sum(1) < 0
            normals[part][inward] *= -1
        return points, normals

    def _project(self, points: F32, size: int) -> F32:
        """Perspective onto a picture of size x size: float32 (n, 3), pixels and depth."""
        scale = (size / 2 / self._half) * _DISTANCE / (_DISTANCE - points[:, 2])
        return np.stack(
            [size / 2 + points[:, 0] * scale, size / 2 - (points[:, 1] - self._center) * scale, points[:, 2]], 1
        ).astype(np.float32)

    def _grow(self, mask: F32, cut: Cut, rng: np.random.Generator) -> Hair | None:
        data = head_data()
        triangles = np.ascontiguousarray(data.triangles[data.part == SKIN])
        resting = self._shape.warped(self._shape.base)
        normals = np.zeros_like(resting)
        raster.vertex_normals(resting, triangles, normals)
        return grow(resting, normals, triangles, mask, cut, rng)

    def _framing(self, table: Table) -> tuple[float, float]:
        """Middle and half of the picture's height: crown to collar, hair included."""
        resting = self._shape.warped(self._shape.base)
        top = float(resting[:, 1].max())
        if self._hair is not None:
            top = max(top, float(np.quantile(self._hair.vertices[:, 1], 0.998)))
        chin = float(resting[self._ids["chin"], 1])
        below, margin = 0.85, 1.1
        if "frame" in table:
            frame = table.table("frame")
            below = frame.number("below", below, low=0.2, high=2.0)
            margin = frame.number("margin", margin, low=0.8, high=1.6)
            frame.finish()
        return (top + chin - below) / 2 + 0.02, (top - chin + below) / 2 * margin

    def _assemble(
        self, colour: F32, extra: F32, inner: NDArray[np.bool_], hair_colour: NDArray[np.float64], ball: I32
    ) -> _Scene:
        data = head_data()
        n, b = len(data.vertices), len(self._ball)
        material = np.full(len(data.triangles), raster.TEETH, dtype=np.int32)
        material[data.part == SKIN] = raster.SKIN
        material[data.part == TONGUE] = raster.MOUTH
        material[data.part == LASH] = raster.LASH
        material[(data.part == SKIN) & (inner[data.triangles].sum(1) >= 2)] = raster.MOUTH
        white = np.ones_like(self._ball)
        # The upper lid shades the ball.
        lidded = 0.42 + 0.58 * np.clip((0.62 - self._ball[:, 1]) / 0.75, 0, 1)
        of_ball = np.stack([lidded, np.zeros(b)], 1)
        parts: list[tuple[Any, ...]] = [
            (data.triangles, material, data.vertices, colour, extra),
            (ball + n, np.full(len(ball), raster.EYE), self._ball, white, of_ball),
            (ball + n + b, np.full(len(ball), raster.EYE), self._ball, white, of_ball),
        ]
        if (hair := self._hair) is not None:
            height = np.clip(0.75 + 0.35 * (hair.vertices[:, 1] + 0.4), 0.6, 1.0)
            occlusion = (0.5 + 0.5 * hair.along) * height
            parts.append(
                (
                    hair.triangles + n + 2 * b,
                    np.full(len(hair.triangles), raster.HAIR),
                    np.stack([3 * hair.tint, hair.along, occlusion], 1),
                    hair_colour[None] * hair.tint[:, None],
                    hair.strand,
                )
            )
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
        return _Scene(
            joined[0].astype(np.int32),
            joined[1].astype(np.int32),
            *(column.astype(np.float32) for column in joined[2:]),
        )


def from_spec(spec: Mapping[str, Any]) -> Sculpted:
    """Build a character from its file's content. Raises `BadFile` that names file and key, `ResourceMissing`."""
    info = CharacterInfo(
        id=spec["id"],
        name=spec["name"],
        style=spec["style"],
        kind="sculpted",
        description=spec.get("description", ""),
        tags=tuple(spec.get("tags", ())),
    )
    return Sculpted(info, spec)


def _read_eye(table: Table) -> tuple[F32, float]:
    """Table `eye`: iris radius and pupil (of the ball's), colour and inner colour; and the ball's own scale."""
    iris = np.array(
        [
            table.number("iris_size", 0.56, low=0.3, high=0.9),
            table.number("pupil", 0.22, low=0.05, high=0.6),
            *linear(table.colour("iris")),
            *linear(table.colour("inner", "#b08040")),
        ],
        dtype=np.float32,
    )
    scale = table.number("scale", 1.0, low=0.8, high=1.2)
    table.finish()
    return iris, scale


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


def _gaze(acted: NDArray[np.float32], eye: int) -> NDArray[np.float64]:
    """Rotation of an eyeball (0 left, 1 right), (3, 3); its last column is where it looks."""
    side, outward = ("Left", 1.0) if eye == 0 else ("Right", -1.0)
    out, into, up, down = (float(np.clip(acted[INDEX[f"eyeLook{n}{side}"]], 0, 1)) for n in ("Out", "In", "Up", "Down"))
    yaw, pitch = outward * (out - into) * _GAZE_RAD[0], (up - down) * _GAZE_RAD[1]
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    return np.array([[cy, -sy * sp, sy * cp], [0.0, cp, sp], [-sy, -cy * sp, cy * cp]])


def _turned(points: F32, head: HeadPose) -> F32:
    """Turn the head about the neck; the shoulders stay, the neck twists in between."""
    if head == _FACING:
        return points
    yaw, pitch, roll = head.yaw_rad, head.pitch_rad, -head.roll_rad
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    rotation = (
        np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
        @ np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        @ np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    )
    share = np.clip((points[:, 1] + 2.35) / 0.9, 0, 1)
    share = share * share * (3 - 2 * share)
    # The chin may hang lower than the nape: whatever is in front of the throat goes with the head.
    share = np.where((points[:, 2] > -0.2) & (points[:, 1] > -2.1), 1.0, share)[:, None]
    turned = (points - _PIVOT) @ rotation.T + _PIVOT
    return np.asarray(points * (1 - share) + turned * share, dtype=np.float32)


def _sphere(rings: int = 14, segments: int = 24) -> tuple[F32, I32]:
    """The front of a unit ball, its pole along +z and denser there: directions (n, 3), triangles (m, 3)."""
    rows = [np.array([[0.0, 0.0, 1.0]])]
    around = np.linspace(0, 2 * np.pi, segments, endpoint=False)
    for ring in range(1, rings + 1):
        theta = (ring / rings) ** 1.2 * np.pi * 0.62
        x, y = np.sin(theta) * np.cos(around), np.sin(theta) * np.sin(around)
        rows.append(np.stack([x, y, np.full(segments, np.cos(theta))], 1))
    triangles = [(0, 1 + k, 1 + (k + 1) % segments) for k in range(segments)]
    for ring in range(rings - 1):
        for k in range(segments):
            a, b = 1 + ring * segments + k, 1 + ring * segments + (k + 1) % segments
            triangles += [(a, a + segments, b), (b, a + segments, b + segments)]
    return np.concatenate(rows).astype(np.float32), np.array(triangles, dtype=np.int32)
