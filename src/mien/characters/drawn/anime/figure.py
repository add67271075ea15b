"""A whole anime figure: the cartoon's parts in the cartoon's order, drawn with ink and hard shadows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mien.characters.drawn.acting import Values
from mien.characters.drawn.anime.eyes import AnimeEyes
from mien.characters.drawn.anime.nose import AnimeNose
from mien.characters.drawn.anime.signs import Signs
from mien.characters.drawn.canvas import VIEW, Canvas, Path
from mien.characters.drawn.cartoon.figure import Figure, crescent
from mien.characters.drawn.cartoon.head import Skull
from mien.characters.drawn.cartoon.mouth import MouthPose
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.cartoon.shapes import Shape
from mien.characters.drawn.colour import shade
from mien.characters.drawn.curves import Point
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Turn

_INK = 2.4


@dataclass(frozen=True)
class Inked(Shape):
    """A shape with an ink line round it; ribbons are ink or shine themselves."""

    def draw(self, canvas: Canvas, palette: Palette, points: list[Point]) -> Path:
        """Paint it; returns the path, for a cast shadow."""
        path = super().draw(canvas, palette, points)
        if self.kind != "ribbon" and self.opacity > 0.9:
            canvas.path(path, stroke=palette["ink"], width=_INK)
        return path


class AnimeFigure(Figure):
    """An artist (`drawn.character.Artist`). Reads what `cartoon.figure.Figure` reads, and `[signs]`."""

    eyes_of = AnimeEyes
    nose_of = AnimeNose

    def __init__(self, spec: Mapping[str, Any], source: str) -> None:
        signs = Table(spec, source=source).table("signs") if "signs" in spec else None
        self.signs = Signs(signs)
        super().__init__({key: value for key, value in spec.items() if key != "signs"}, source)
        colours = dict(self.palette.colours)
        colours.setdefault("ink", shade(colours["hair"], -0.22, chroma=0.7))
        self.palette = Palette(colours, source)
        self.shapes = {
            slot: [Inked(**{name: getattr(s, name) for name in s.__dataclass_fields__}) for s in shapes]
            for slot, shapes in self.shapes.items()
        }

    def _draw_background(self, canvas: Canvas) -> None:
        ground = self.palette["background"]
        canvas.rect(
            0, 0, VIEW, VIEW, canvas.linear((0, 0), (0, VIEW), (0.0, shade(ground, 0.06)), (1.0, shade(ground, -0.05)))
        )

    def _draw_face(
        self, canvas: Canvas, values: Values, turn: Turn, skull: Skull, mouth: MouthPose, outline: list[Point]
    ) -> None:
        super()._draw_face(canvas, values, turn, skull, mouth, outline)
        amounts = self.signs.amounts(values)
        face = Path.smooth(outline)
        if amounts.on_skin:
            with canvas.group(clip=canvas.clip(face)):
                self.signs.draw_on_skin(canvas, self.palette, turn, amounts, self.eyes, self.head.half_width)
        canvas.path(face, stroke=self.palette["line"], width=_INK)

    def _draw_signs(self, canvas: Canvas, values: Values, turn: Turn) -> None:
        self.signs.draw_above(canvas, turn, self.signs.amounts(values), self.eyes, self.head.half_width)

    def _draw_shading(self, canvas: Canvas, outline: list[Point]) -> None:
        """One hard shadow down the right side of the face."""
        band = crescent(outline, (0.9, 0.35), 0.13 * self.head.half_width)
        canvas.path(band, self.palette["skin_shadow"], opacity=0.9)
