"""An anime nose: a tick and a touch of shadow; it moves and wrinkles like any other."""

from __future__ import annotations

from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.nose import Nose, NosePose
from mien.characters.drawn.cartoon.palette import Palette


class AnimeNose(Nose):
    """Reads `[nose]` as `cartoon.nose.Nose` does."""

    def _draw_ball(self, canvas: Canvas, palette: Palette, pose: NosePose) -> None:
        tx, ty = pose.tip
        h, line = self.height, palette["line"]
        shadow = [(tx + 1.0, ty - h), (tx + self.tip, ty + h * 0.35), (tx - 1.5, ty + h * 0.55)]
        canvas.path(Path.polygon(shadow), palette["skin_shadow"], opacity=0.9)
        tick = [
            (tx + self.tip * 0.7, ty - h * 0.1),
            (tx + self.tip * 0.45, ty + h * 0.5),
            (tx - self.tip * 0.5, ty + h * 0.62),
        ]
        canvas.path(Path.tapered(tick, 3.0), line, opacity=0.9)
        for side, (wx, wy), sneer in (
            (1.0, pose.wing_left, pose.sneer_left),
            (-1.0, pose.wing_right, pose.sneer_right),
        ):
            amount = min(1.0, 1.4 * sneer)
            curl = [(wx, wy - h * 0.5), (wx + side * 3.0, wy), (wx - side * 1.0, wy + h * 0.5)]
            canvas.path(Path.tapered(curl, 3.2), line, opacity=amount)
