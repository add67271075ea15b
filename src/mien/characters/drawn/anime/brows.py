"""Anime brows: sharp strokes, drawn on the skin and once more, faintly, over the fringe."""

from __future__ import annotations

from mien.characters.drawn.acting import Values
from mien.characters.drawn.anime.ink import stroke
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.brows import BrowPose, Brows
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import on_curve, smoothstep
from mien.characters.drawn.turn import Turn

# How clearly a brow shows through the hair.
_THROUGH = 0.7
_TAPER = ((0.0, 0.15), (0.06, 0.75), (0.2, 1.0), (0.4, 1.0), (0.6, 0.85), (0.8, 0.55), (1.0, 0.0))


class AnimeBrows(Brows):
    """Reads `[brows]` as `cartoon.brows.Brows` does."""

    def draw(self, canvas: Canvas, palette: Palette, turn: Turn, pose: BrowPose) -> None:
        """One brow over the hair, faintly."""
        # A rim of skin keeps them apart from hair of their own colour; on the skin it does not show.
        canvas.path(
            self._path(turn, pose), palette["brow"], opacity=_THROUGH, stroke=palette["skin"], width=2.6, rim=True
        )

    def draw_on_skin(self, canvas: Canvas, palette: Palette, turn: Turn, pose: BrowPose) -> None:
        """One brow on the forehead."""
        canvas.path(self._path(turn, pose), palette["brow"])

    def _path(self, turn: Turn, pose: BrowPose) -> Path:
        points = [turn.bend(on_curve(pose.points, t), 3.0) for t, _ in _TAPER]
        thick = max(pose.widths)
        return Path.ribbon(points, [thick * f for _, f in _TAPER])

    def draw_lines(self, canvas: Canvas, palette: Palette, turn: Turn, v: Values) -> None:
        """Two short strokes between knit brows."""
        for side, s in ((1.0, "Left"), (-1.0, "Right")):
            amount = self.knit_lines * smoothstep(0.25, 1.0, v[f"browDown{s}"] + 0.4 * v[f"noseSneer{s}"])
            if amount > 0.02:
                x, y = self.pose(v, side).points[0]
                a, b = turn.bend((0.42 * x, y - 7.0)), turn.bend((0.34 * x, y + 8.0))
                canvas.path(stroke(a, b, 3.0, bow=-1.5 * side), palette["line"], opacity=0.8 * amount)
