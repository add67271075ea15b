"""A whole cartoon figure: the parts of one character, put together in painting order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from mien.characters.drawn.acting import Values
from mien.characters.drawn.canvas import VIEW, Canvas, Path
from mien.characters.drawn.cartoon.body import Body
from mien.characters.drawn.cartoon.brows import Brows
from mien.characters.drawn.cartoon.eyes import Eyes
from mien.characters.drawn.cartoon.folds import Folds
from mien.characters.drawn.cartoon.head import Head, Skull
from mien.characters.drawn.cartoon.lips import draw_mouth
from mien.characters.drawn.cartoon.mouth import Mouth, MouthPose
from mien.characters.drawn.cartoon.nose import Nose
from mien.characters.drawn.cartoon.palette import Palette, read_palette
from mien.characters.drawn.cartoon.shapes import read_shapes
from mien.characters.drawn.colour import shade
from mien.characters.drawn.curves import Point, moved
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Layer, Turn
from mien.core.expression import HeadPose


class Figure:
    """An artist (`drawn.character.Artist`): everything one cartoon character's file says, ready to draw.

    Face coordinates have their origin between the resting eyes, x to the subject's left, y down.
    """

    # Other looks draw these their own way.
    eyes_of: type[Eyes] = Eyes
    nose_of: type[Nose] = Nose

    def __init__(self, spec: Mapping[str, Any], source: str) -> None:
        table = Table(spec, source=source)
        table.skip("id", "name", "style", "kind", "description", "tags", "order", "response", "corrective")
        self.palette: Palette = read_palette(table.table("colours"), source)
        place = table.table("place")
        self.origin = (place.number("x", VIEW / 2), place.number("y", 250.0))
        self.scale = place.number("scale", 1.0, low=0.3, high=2.0)
        place.finish()
        self.mouth = Mouth(table.table("mouth"))
        self.folds = Folds(table.table("cheeks"))
        self.head = Head(table.table("head"), mouth_y=self.mouth.y, cheek_y=self.folds.y)
        self.eyes = self.eyes_of(table.table("eyes"))
        self.brows = Brows(table.table("brows"))
        self.nose = self.nose_of(table.table("nose"))
        self.body = Body(table.table("body"))
        self.shapes = read_shapes(table.tables("shape"), self.palette)
        table.finish()

    def points(self, values: Values) -> dict[str, Point]:
        """`FEATURES` of the frontal drawing in viewBox units."""
        return {name: self._placed(p) for name, p in self._features(values).items()}

    def posed(self, values: Values, head: HeadPose) -> dict[str, Point]:
        """`FEATURES` where `draw` puts them, in viewBox units: each part bends as it is drawn."""
        turn = self._turn(head)
        skull = self.head.pose(values)

        def bent(name: str, p: Point) -> Point:
            part, _, rest = name.partition("_")
            if part in ("lid", "iris"):
                side = 1.0 if rest.endswith("left") else -1.0
                return turn.carry(Layer(self.eyes.pose(values, side).center), p)
            if part == "nose":
                return turn.carry(self.nose.layer, p)
            if part in ("mouth", "lip", "tongue"):
                return turn.carry(self._mouth_layer, p)
            if part in ("chin", "jaw"):
                return skull.slid(p, turn)
            return turn.bend(p, 3.0 if part == "brow" else 0.0)

        return {name: self._placed(turn.rolled(bent(name, p))) for name, p in self._features(values).items()}

    def _placed(self, p: Point) -> Point:
        return (self.origin[0] + self.scale * p[0], self.origin[1] + self.scale * p[1])

    def _turn(self, head: HeadPose) -> Turn:
        return Turn(self.head.globe, head, pivot=(0.0, self.head.chin_y * 0.82))

    @property
    def _mouth_layer(self) -> Layer:
        return Layer((0.0, self.mouth.y), 4.0)

    def _features(self, values: Values) -> dict[str, Point]:
        """`FEATURES` of the frontal drawing in face coordinates."""
        skull = self.head.pose(values)
        mouth = self.mouth.pose(values)
        nose = self.nose.pose(values)
        head = self.head
        jaw_x, jaw_y = head.jaw
        return {
            **self.brows.features(values),
            **self.eyes.points(values),
            **self.mouth.points(mouth),
            "nose_tip": nose.tip,
            "nose_wing_left": nose.wing_left,
            "nose_wing_right": nose.wing_right,
            "cheek_left": self.folds.center(values, 1.0),
            "cheek_right": self.folds.center(values, -1.0),
            "chin": skull.warp((0.0, head.chin_y)),
            "jaw_left": skull.warp((jaw_x, jaw_y)),
            "jaw_right": skull.warp((-jaw_x, jaw_y)),
        }

    def draw(self, canvas: Canvas, values: Values, head: HeadPose) -> None:
        """Paint the whole picture, background included."""
        turn = self._turn(head)
        skull = self.head.pose(values)
        mouth = self.mouth.pose(values)
        outline = skull.turned(turn)
        self._draw_background(canvas)
        place = f"translate({self.origin[0]:.1f} {self.origin[1]:.1f})"
        if self.scale != 1.0:
            place += f" scale({self.scale:g})"

        def paint(slot: str) -> None:
            for shape in self.shapes[slot]:
                shape.draw(canvas, self.palette, shape.moved(skull, self.mouth, mouth, turn))

        with canvas.group(place):
            with canvas.group(turn.roll, name="hair-back"):
                paint("back")
            with canvas.group(name="body"):
                self.body.draw(canvas, self.palette, outline)
                paint("body")
            with canvas.group(turn.roll, name="head"):
                paint("behind")
                self.head.draw_ears(canvas, self.palette, turn)
                self._draw_face(canvas, values, turn, skull, mouth, outline)
                paint("front")
                for side in (1.0, -1.0):
                    self.brows.draw(canvas, self.palette, turn, self.brows.pose(values, side))
                paint("over")
                self._draw_signs(canvas, values, turn)

    def _draw_signs(self, canvas: Canvas, values: Values, turn: Turn) -> None:
        """What a look draws above everything else; a cartoon draws nothing."""

    def _draw_background(self, canvas: Canvas) -> None:
        # Flat colours and one linear gradient: radial ones over the whole picture cost more than the whole face.
        ground = self.palette["background"]
        canvas.rect(0, 0, VIEW, VIEW, ground)
        disc = canvas.linear((0, 20), (0, VIEW), (0.0, shade(ground, 0.075)), (1.0, shade(ground, 0.015)))
        canvas.ellipse((VIEW / 2, 250), 226, 226, disc)

    def _draw_face(
        self, canvas: Canvas, values: Values, turn: Turn, skull: Skull, mouth: MouthPose, outline: list[Point]
    ) -> None:
        palette, head = self.palette, self.head
        face = Path.smooth(outline)
        nose = self.nose.pose(values)
        w = head.half_width
        canvas.path(face, canvas.linear((-w, head.top_y), (0.5 * w, head.chin_y), (0.0, palette["skin_light"]),
                                        (0.55, palette["skin"]), (1.0, palette["skin"])))  # fmt: skip
        self._draw_shading(canvas, outline)
        with canvas.group(clip=canvas.clip(face), name="skin"):
            self.folds.draw_cheeks(canvas, palette, turn, values)
            for shape in self.shapes["skin"]:
                shape.draw(canvas, palette, shape.moved(skull, self.mouth, mouth, turn))
            for shape in self.shapes["front"]:
                if shape.shadow is not None:
                    points = shape.moved(skull, self.mouth, mouth, turn)
                    canvas.path(shape.path(moved(points, *shape.shadow)), palette["skin_deep"], opacity=0.42)
            self.folds.draw_folds(canvas, palette, turn, values, mouth, nose, self.eyes)
            self.brows.draw_lines(canvas, palette, turn, values)
        for shape in self.shapes["beard"]:
            shape.draw(canvas, palette, shape.moved(skull, self.mouth, mouth, turn))
        for side in (1.0, -1.0):
            self.eyes.draw(canvas, palette, turn, self.eyes.pose(values, side))
        with canvas.group(turn.matrix(self._mouth_layer), name="mouth"):
            draw_mouth(canvas, palette, self.mouth, mouth)
        for shape in self.shapes["lip"]:
            shape.draw(canvas, palette, shape.moved(skull, self.mouth, mouth, turn))
        self.nose.draw(canvas, palette, turn, nose)

    def _draw_shading(self, canvas: Canvas, outline: list[Point]) -> None:
        """A two-tone shadow on the right and below, and a rim of light on the left: crescents along the outline."""
        palette, w = self.palette, self.head.half_width
        for light_x, light_y, depth, paint, opacity in (
            (0.86, 0.5, 0.17 * w, palette["skin_shadow"], 0.8),
            (-0.9, -0.42, 0.045 * w, palette["skin_light"], 0.85),
        ):
            canvas.path(crescent(outline, (light_x, light_y), depth), paint, opacity=opacity)


def crescent(outline: list[Point], towards: Point, depth: float) -> Path:
    """The band inside a clockwise outline where it faces a direction, `depth` thick where it faces it squarely."""
    n = len(outline)
    facing = []
    for i in range(n):
        (ax, ay), (bx, by) = outline[i - 1], outline[(i + 1) % n]
        dx, dy = bx - ax, by - ay
        length = math.hypot(dx, dy) or 1.0
        facing.append((dy * towards[0] - dx * towards[1]) / length)
    start = next(i for i in range(n) if facing[i - 1] <= 0.0 < facing[i])
    edge, inner = [outline[start - 1]], [outline[start - 1]]
    for k in range(n):
        i = (start + k) % n
        x, y = outline[i]
        if facing[i] <= 0.0:
            edge.append((x, y))
            inner.append((x, y))
            break
        by_ = depth * facing[i]
        edge.append((x, y))
        inner.append((x - by_ * towards[0], y - by_ * towards[1]))
    return Path.between(edge, inner)
