"""Neck and shoulders. Clothes beyond the plain garment are shapes of the character's file (slot `body`)."""

from __future__ import annotations

from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.colour import shade
from mien.characters.drawn.curves import Point, mirrored
from mien.characters.drawn.spec import Table

# The picture's lower edge in face coordinates is always well above this.
_BELOW = 420.0


class Body:
    """Reads `[body]`.

    neck: half its width, from neck_top down. shoulder_y, shoulder, slope: where the garment begins, half its width,
    and how far the shoulders fall. neckline, neckline_width: depth, and width in necks.
    """

    def __init__(self, table: Table) -> None:
        self.neck = table.number("neck", low=5.0, high=150.0)
        self.neck_top = table.number("neck_top", 70.0)
        self.shoulder_y = table.number("shoulder_y")
        self.shoulder = table.number("shoulder", low=20.0, high=300.0)
        self.slope = table.number("slope", 34.0)
        self.neckline = table.number("neckline", 22.0)
        self.neckline_width = table.number("neckline_width", 1.25, low=0.5, high=4.0)
        table.finish()

    def draw(self, canvas: Canvas, palette: Palette, chin: list[Point]) -> None:
        """chin: the head's outline, whose shadow falls on the neck."""
        n, y = self.neck, self.shoulder_y
        half = [(n, self.neck_top), (n * 0.96, (self.neck_top + y) / 2), (n * 1.12, y - 4), (n * 1.9, y + 22)]
        neck = Path.smooth([*mirrored(half)[::-1], (0, y + 60), *half[::-1]], tension=0.9)
        skin, shadow = palette["skin"], palette["skin_shadow"]
        canvas.path(neck, canvas.linear((-n, 0), (n, 0), (0.0, skin), (0.5, skin), (1.0, shadow)))
        # The chin's shadow, as deep as the chin is low.
        low = max(y_ for _, y_ in chin)
        edge = min(low + 10.0, y + 4.0)
        shadow_on_neck = [(-n, self.neck_top), (-n * 0.98, edge - 6), (-n * 0.5, edge + 7), (0, edge + 11),
                          (n * 0.5, edge + 9), (n * 0.98, edge), (n, self.neck_top)]  # fmt: skip
        canvas.path(Path.smooth(shadow_on_neck, tension=0.8), palette["skin_deep"], opacity=0.8)
        self._draw_garment(canvas, palette)

    def _draw_garment(self, canvas: Canvas, palette: Palette) -> None:
        y, s, slope = self.shoulder_y, self.shoulder, self.slope
        half = self.neck * self.neckline_width
        cloth = palette["clothes"]
        outline = Path().move((-half, y - 2))
        outline.cubic((-half * 0.8, y + self.neckline * 1.25), (half * 0.8, y + self.neckline * 1.25), (half, y - 2))
        outline.cubic((half + 18, y + 6), (s * 0.72, y + slope * 0.42), (s * 0.88, y + slope))
        outline.cubic((s * 1.02, y + slope * 1.5), (s * 1.06, y + slope * 2.4), (s * 1.08, _BELOW))
        outline.line((-s * 1.08, _BELOW))
        outline.cubic((-s * 1.06, y + slope * 2.4), (-s * 1.02, y + slope * 1.5), (-s * 0.88, y + slope))
        outline.cubic((-s * 0.72, y + slope * 0.42), (-half - 18, y + 6), (-half, y - 2)).close()
        lit = canvas.linear((-s, y), (s, y + 60), (0.0, shade(cloth, 0.03)), (0.55, cloth), (1.0, shade(cloth, -0.07)))
        canvas.path(outline, lit)
        collar = Path().move((-half, y - 2))
        collar.cubic((-half * 0.8, y + self.neckline * 1.25), (half * 0.8, y + self.neckline * 1.25), (half, y - 2))
        canvas.path(collar, stroke=shade(cloth, -0.10), width=4.0)
