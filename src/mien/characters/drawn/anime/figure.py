"""A whole anime figure: the drawn engine's parts with ink, flat shadows, locks of hair and signs of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mien.characters.drawn.acting import Values
from mien.characters.drawn.anime.body import AnimeBody
from mien.characters.drawn.anime.brows import AnimeBrows
from mien.characters.drawn.anime.eyes import AnimeEyes
from mien.characters.drawn.anime.folds import AnimeFolds
from mien.characters.drawn.anime.hair import Hair
from mien.characters.drawn.anime.ink import WIDTH, Inked, weighted
from mien.characters.drawn.anime.mouth import AnimeMouth, draw_mouth
from mien.characters.drawn.anime.nose import AnimeNose
from mien.characters.drawn.anime.signs import Signs
from mien.characters.drawn.canvas import VIEW, Canvas, Path
from mien.characters.drawn.cartoon.figure import Figure, crescent
from mien.characters.drawn.cartoon.head import Head, Skull
from mien.characters.drawn.cartoon.mouth import MouthPose
from mien.characters.drawn.cartoon.palette import Palette, read_palette
from mien.characters.drawn.cartoon.shapes import read_shapes
from mien.characters.drawn.colour import shade
from mien.characters.drawn.curves import Point, moved
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Layer, Turn
from mien.core.expression import HeadPose

_LIGHT: Final = (0.93, 0.30)


class AnimeFigure(Figure):
    """An artist (`drawn.character.Artist`): a cartoon figure's file, and `[hair]`, `[[locks]]` and `[signs]`."""

    def __init__(self, spec: Mapping[str, Any], source: str) -> None:
        table = Table(spec, source=source)
        table.skip("id", "name", "style", "kind", "description", "tags", "order", "response", "corrective")
        palette = read_palette(table.table("colours"), source)
        colours = dict(palette.colours)
        colours.setdefault("ink", shade(colours["hair"], -0.24, chroma=0.8))
        self.palette: Palette = Palette(colours, source)
        place = table.table("place")
        self.origin = (place.number("x", VIEW / 2), place.number("y", 250.0))
        self.scale = place.number("scale", 1.0, low=0.3, high=2.0)
        place.finish()
        self.signs = Signs(table.table("signs"))
        self._mouth = AnimeMouth(table.table("mouth"))
        self.mouth = self._mouth
        self.folds = AnimeFolds(table.table("cheeks"))
        self.head = Head(table.table("head"), mouth_y=self.mouth.y, cheek_y=self.folds.y)
        on = self.signs.on
        self._eyes = AnimeEyes(table.table("eyes"), arcs=on["arcs"], shrinks=on["pupils"])
        self.eyes = self._eyes
        self._brows = AnimeBrows(table.table("brows"))
        self.brows = self._brows
        self.nose = AnimeNose(table.table("nose"))
        self.body = AnimeBody(table.table("body"))
        self.hair = Hair(table.table("hair"), table.tables("locks"), self.palette)
        shapes = read_shapes(table.tables("shape"), self.palette)
        self.shapes = {slot: [Inked.of(shape) for shape in some] for slot, some in shapes.items()}
        table.finish()

    def draw(self, canvas: Canvas, values: Values, head: HeadPose) -> None:
        """Paint the whole picture, background included."""
        turn = self._turn(head)
        skull, mouth = self.head.pose(values), self.mouth.pose(values)
        outline = skull.turned(turn)
        amounts = self.signs.amounts(values)
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
                self.hair.draw(canvas, turn, "back")
            with canvas.group(name="body"):
                self.body.draw(canvas, self.palette, outline)
                paint("body")
            with canvas.group(turn.roll, name="head"):
                self.hair.draw(canvas, turn, "behind")
                paint("behind")
                self._draw_ears(canvas, turn)
                self._draw_face(canvas, values, turn, skull, mouth, outline)
                self.hair.draw(canvas, turn, "fringe")
                paint("front")
                for side in (1.0, -1.0):
                    self.brows.draw(canvas, self.palette, turn, self.brows.pose(values, side))
                self.hair.draw(canvas, turn, "side")
                self.signs.draw_gloom_lines(canvas, turn, amounts, self._eyes, self.head.half_width)
                self.signs.draw_tears(canvas, turn, amounts, values, self._eyes)
                paint("over")
                self.signs.draw_above(canvas, turn, amounts, self._eyes, self.head.half_width)

    def _draw_background(self, canvas: Canvas) -> None:
        # Two flat colours: a wash and a slanted band of light.
        ground = self.palette["background"]
        canvas.rect(0, 0, VIEW, VIEW, ground)
        canvas.path(Path.polygon([(0, 330), (VIEW, 60), (VIEW, 300), (0, VIEW)]), shade(ground, 0.035))

    def _draw_ears(self, canvas: Canvas, turn: Turn) -> None:
        w, h = self.head.ear_size
        if w <= 0:
            return
        line, skin = self.palette["line"], self.palette["skin"]
        for side in (1.0, -1.0):
            x, y = side * self.head.ear_at[0], self.head.ear_at[1]
            shape = [(-0.6, -0.7), (0.2, -1.05), (0.85, -0.75), (0.95, -0.1), (0.5, 0.6), (-0.05, 1.0), (-0.6, 0.7)]
            fold = [(0.0, -0.62), (0.5, -0.7), (0.66, -0.2), (0.3, 0.25)]
            with canvas.group(turn.matrix(Layer((x, y), -0.12 * turn.globe.rz, flat=True)), name="ear"):
                path = Path.smooth([(x + side * ex * w, y + ey * h) for ex, ey in shape])
                canvas.path(path, skin, stroke=line, width=2 * WIDTH * 0.8, rim=True)
                inner = Path.smooth([(x + side * (ex * w * 0.8), y + ey * h * 0.8) for ex, ey in shape[1:]])
                canvas.path(inner, self.palette["skin_shadow"])
                canvas.path(Path.tapered([(x + side * ex * w, y + ey * h) for ex, ey in fold], 2.6), line)

    def _draw_face(
        self, canvas: Canvas, values: Values, turn: Turn, skull: Skull, mouth: MouthPose, outline: list[Point]
    ) -> None:
        palette, face = self.palette, Path.smooth(outline)
        nose, amounts = self.nose.pose(values), self.signs.amounts(values)
        canvas.path(Path.smooth(weighted(outline, thin=1.2, thick=3.2)), palette["line"])
        canvas.path(face, palette["skin"])
        with canvas.group(clip=canvas.clip(face), name="skin"):
            canvas.path(crescent(outline, _LIGHT, 0.11 * self.head.half_width), palette["skin_shadow"])
            self.folds.draw_cheeks(canvas, palette, turn, values)
            self.signs.draw_blush(canvas, palette, turn, amounts, self._eyes)
            for shape in self.shapes["skin"]:
                shape.draw(canvas, palette, shape.moved(skull, self.mouth, mouth, turn))
            self.hair.draw_shadow(canvas, turn)
            for shape in self.shapes["front"]:
                if shape.shadow is not None:
                    points = shape.moved(skull, self.mouth, mouth, turn)
                    canvas.path(shape.path(moved(points, *shape.shadow)), palette["skin_shadow"])
            self.signs.draw_gloom(canvas, turn, amounts, self._eyes, self.head.half_width)
            self.folds.draw_folds(canvas, palette, turn, values, mouth, nose, self.eyes)
            self.brows.draw_lines(canvas, palette, turn, values)
        for shape in self.shapes["beard"]:
            shape.draw(canvas, palette, shape.moved(skull, self.mouth, mouth, turn))
        for side in (1.0, -1.0):
            self._brows.draw_on_skin(canvas, palette, turn, self.brows.pose(values, side))
        for side in (1.0, -1.0):
            self.eyes.draw(canvas, palette, turn, self.eyes.pose(values, side))
        with canvas.group(turn.matrix(self._mouth_layer), name="mouth"):
            draw_mouth(canvas, palette, self._mouth, mouth)
        for shape in self.shapes["lip"]:
            shape.draw(canvas, palette, shape.moved(skull, self.mouth, mouth, turn))
        self.nose.draw(canvas, palette, turn, nose)
