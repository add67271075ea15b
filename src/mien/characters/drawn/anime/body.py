"""Neck and shoulders in flat colours with ink; clothes beyond the plain garment are shapes (slot `body`)."""

from __future__ import annotations

from mien.characters.drawn.anime.ink import WIDTH
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.body import Body
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, mirrored

# The picture's lower edge in face coordinates is always well above this.
_BELOW = 420.0


class AnimeBody(Body):
    """Reads `[body]` as `cartoon.body.Body` does."""

    def draw(self, canvas: Canvas, palette: Palette, chin: list[Point]) -> None:
        """chin: the head's outline, whose hard shadow falls on the neck."""
        n, y = self.neck, self.shoulder_y
        half = [(n, self.neck_top), (n * 0.94, (self.neck_top + y) / 2), (n * 1.02, y - 10), (n * 1.7, y + 16)]
        neck = Path.smooth([*mirrored(half)[::-1], (0, y + 60), *half[::-1]], tension=0.9)
        canvas.path(neck, palette["skin"], stroke=palette["line"], width=2 * WIDTH * 0.8, rim=True)
        tip = max(chin, key=lambda p: p[1])
        low = min(tip[1] + 15.0, y + 14.0)
        shadow = [(-n, self.neck_top), (-n * 0.97, low - 14), (tip[0] * 0.5 - n * 0.2, low + 4), (n * 0.5, low + 9),
                  (n * 0.99, low + 12), (n, self.neck_top)]  # fmt: skip
        canvas.path(Path.smooth(shadow, tension=0.6), palette["skin_shadow"])
        bone = [(n * 0.3, y + 17), (n * 0.75, y + 12), (n * 1.3, y + 12)]
        for side in (1.0, -1.0):
            canvas.path(Path.tapered([(side * px, py) for px, py in bone], 2.4), palette["line"], opacity=0.5)
        self._draw_cloth(canvas, palette)

    def _draw_cloth(self, canvas: Canvas, palette: Palette) -> None:
        y, s, slope = self.shoulder_y, self.shoulder, self.slope
        half, dip = self.neck * self.neckline_width, self.neckline
        cloth = Path().move((-half, y - 2))
        cloth.cubic((-half * 0.8, y + dip * 1.25), (half * 0.8, y + dip * 1.25), (half, y - 2))
        cloth.cubic((half + 18, y + 6), (s * 0.72, y + slope * 0.42), (s * 0.88, y + slope))
        cloth.cubic((s * 1.02, y + slope * 1.5), (s * 1.06, y + slope * 2.4), (s * 1.08, _BELOW))
        cloth.line((-s * 1.08, _BELOW))
        cloth.cubic((-s * 1.06, y + slope * 2.4), (-s * 1.02, y + slope * 1.5), (-s * 0.88, y + slope))
        cloth.cubic((-s * 0.72, y + slope * 0.42), (-half - 18, y + 6), (-half, y - 2)).close()
        canvas.path(cloth, palette["clothes"], stroke=palette["ink"], width=2 * WIDTH, rim=True)
        dark = Path().move((s * 0.66, y + slope * 0.36))
        dark.cubic((s * 0.74, y + slope * 1.1), (s * 0.60, y + slope * 2.0), (s * 0.72, _BELOW)).line(
            (s * 1.08, _BELOW)
        )
        dark.cubic((s * 1.06, y + slope * 2.4), (s * 1.02, y + slope * 1.5), (s * 0.88, y + slope)).close()
        canvas.path(dark, palette.paint("clothes-7"))
        for side in (1.0, -1.0):
            seam = [(side * s * 0.70, y + slope * 1.2), (side * s * 0.66, y + slope * 1.9), (side * s * 0.70, _BELOW)]
            canvas.path(Path.tapered(seam, 3.4, end=1.0), palette["ink"], opacity=0.8)
