"""What else moves on an anime face: a few ink ticks and flat shadows instead of folds."""

from __future__ import annotations

from mien.characters.drawn.acting import Values
from mien.characters.drawn.anime.ink import stroke
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.eyes import Eyes
from mien.characters.drawn.cartoon.folds import Folds
from mien.characters.drawn.cartoon.mouth import MIDDLE, MouthPose
from mien.characters.drawn.cartoon.nose import NosePose
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, clamp, smoothstep
from mien.characters.drawn.turn import Turn


class AnimeFolds(Folds):
    """Reads `[cheeks]` as `cartoon.folds.Folds` does; nasolabial: the lines of age beside the mouth."""

    def draw_cheeks(self, canvas: Canvas, palette: Palette, turn: Turn, v: Values) -> None:
        """A flat spot of red, and the round of puffed cheeks."""
        puff = v["cheekPuff"]
        for side, s in ((1.0, "Left"), (-1.0, "Right")):
            x, y = self.center(v, side)
            size = self.size * (1.0 + 0.25 * puff)
            red = self.blush * (0.7 + 0.5 * v[f"mouthSmile{s}"]) + 0.5 * puff
            canvas.ellipse(turn.bend((x, y)), size, size * 0.5, palette["blush"], opacity=clamp(0.5 * red))
            if puff > 0.02:
                arc = [(-0.85, -0.35), (-0.95, 0.2), (-0.5, 0.75), (0.2, 0.85)]
                round_ = [turn.bend((x + side * size * u, y + size * w)) for u, w in arc]
                canvas.path(Path.tapered(round_, 4.0), palette["line"], opacity=0.8 * clamp(puff))

    def draw_folds(
        self, canvas: Canvas, palette: Palette, turn: Turn, v: Values, mouth: MouthPose, nose: NosePose, eyes: Eyes
    ) -> None:
        """Ticks at the corners of the mouth, lines under raised cheeks, the chin's shadow."""
        line, shadow = palette["line"], palette["skin_shadow"]
        for side, (x, y), (wx, wy) in (
            (1.0, mouth.corner_left, nose.wing_left),
            (-1.0, mouth.corner_right, nose.wing_right),
        ):
            s = "Left" if side > 0 else "Right"

            def ink(a: Point, b: Point, width: float, bow: float, amount: float, side: float = side) -> None:
                if amount > 0.03:
                    canvas.path(
                        stroke(turn.bend(a), turn.bend(b), width, bow=bow * side), line, opacity=min(amount, 1.0)
                    )

            smile, stretch, frown = v[f"mouthSmile{s}"], v[f"mouthStretch{s}"], v[f"mouthFrown{s}"]
            tick = 0.55 * smile + 0.5 * v[f"mouthPress{s}"] + 0.9 * stretch
            ink((x + side * 3, y - 6), (x + side * 2, y + 6), 3.4, 2.5, 0.85 * clamp(tick))
            ink((x + side * 9, y - 13), (x + side * 9, y + 9), 5.2, 5.0, 0.9 * clamp(0.8 * v[f"mouthDimple{s}"]))
            ink((x + side * 4, y + 3), (x + side * 8, y + 12), 3.6, 1.5, 0.7 * smoothstep(0.1, 1.0, frown))
            ink((x + side * 12, y - 13), (x + side * 11, y + 13), 4.6, 4.5, 0.8 * smoothstep(0.2, 1.1, stretch))
            sneer = smoothstep(0.2, 1.0, v[f"noseSneer{s}"])
            fold = self.nasolabial + self.depth * (0.6 * sneer + 0.35 * v[f"mouthUpperUp{s}"])
            ink((wx + side * 6, wy - 2), (x + side * 9, y - 6), 3.0, -4.0, 0.7 * clamp(fold))
            raised = smoothstep(0.1, 1.0, v[f"cheekSquint{s}"])
            ex, ey = eyes.x, eyes.y + eyes.lower
            ink((side * (ex - 0.6 * eyes.width), ey + 11), (side * (ex + 0.7 * eyes.width), ey + 6), 3.2, -5.0,
                0.6 * raised)  # fmt: skip
            if self.crows_feet > 0:
                cx = eyes.x + eyes.width * 1.22
                for rise in (-8.0, 1.0, 9.0):
                    a, b = (side * cx, eyes.y + rise * 0.4 + 6), (side * (cx + 10), eyes.y + rise * 1.2 + 6)
                    ink(a, b, 2.4, 0.0, self.crows_feet * (0.5 + 0.5 * raised))
            # Lips held together over an open jaw press a dent into either cheek.
            held = smoothstep(0.05, 1.0, v["mouthClose"])
            ink((x + side * 5, y - 7), (x + side * 5, y + 8), 4.0, 2.0, 0.8 * held)
        x, y = mouth.lower_outer[MIDDLE]
        chin = smoothstep(0.08, 1.0, v["mouthShrugLower"])
        for amount, half, low, width, paint in (
            (chin, 11.0, 13.0, 4.0, line),
            (smoothstep(0.05, 1.0, v["jawForward"]), 20.0, 11.0, 7.0, shadow),
        ):
            if amount > 0.01:
                a, b = turn.bend((x - half, y + low), 6.0), turn.bend((x + half, y + low), 6.0)
                canvas.path(stroke(a, b, width, bow=3.0 if paint == line else -4.0), paint, opacity=0.85 * amount)
        shrug = smoothstep(0.08, 1.0, v["mouthShrugUpper"])
        if shrug > 0.01:
            ux, uy = mouth.upper_outer[MIDDLE]
            a, b = turn.bend((ux - 9, uy - 6), 6.0), turn.bend((ux + 9, uy - 6), 6.0)
            canvas.path(stroke(a, b, 4.4, bow=3.0), line, opacity=0.7 * shrug)
