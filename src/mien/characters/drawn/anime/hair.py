"""Hair: a cap on the skull and tapered locks, each a leaf of flat colour with its own shadow and ink.

```toml
[hair]
cap = [[0, -140], ...]          # the hair on the skull, face coordinates, clockwise from the crown
[hair.shine]                    # broken light round the crown
from = [-70, -84]
to = [40, -100]
arch = 14
height = 13
teeth = 9

[[locks]]                       # painted in file order within their slot
slot = "fringe"                 # back (behind the body), behind (behind the head), fringe, side
rows = [[10, -128, 30, -24, 34, 6, -4]]   # root x y, tip x y, width, bend, sway
```
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from mien.characters.drawn.anime.ink import WIDTH, weighted
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.cartoon.palette import Palette
from mien.characters.drawn.curves import Point, mix, moved
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Globe, Turn
from mien.core.expression import HeadPose

SLOTS: Final = ("back", "behind", "fringe", "side")
# Heights of the pieces of light, so that no two neighbours are equal.
_SHINE: Final = (0.55, 1.0, 0.4, 0.85, 1.15, 0.35, 0.7, 1.0, 0.5)


@dataclass(frozen=True)
class Lock:
    """One lock. fill, ink, shade: the control points of its three outlines (two cubics and a root each)."""

    fill: tuple[Point, ...]
    ink: tuple[Point, ...]
    shade: tuple[Point, ...]
    lift: float
    colour: str
    dark: str
    card: bool
    casts: bool

    def painted(self, palette: Palette, turn: Turn) -> list[tuple[Path, str]]:
        """Outlines and colours, in painting order."""
        return [
            (_leaf(self._turned(self.ink, turn)), palette["ink"]),
            (_leaf(self._turned(self.fill, turn)), palette.paint(self.colour)),
            (_leaf(self._turned(self.shade, turn)), palette.paint(self.dark)),
        ]

    def _turned(self, points: tuple[Point, ...], turn: Turn) -> list[Point]:
        if turn.still:
            return list(points)
        if self.card:
            return [turn.slide(p, self.lift) for p in points]
        return [turn.bend(p, self.lift) for p in points]

    def shadow(self, turn: Turn, dx: float, dy: float) -> Path:
        """Its outline, moved to where its shadow falls."""
        return _leaf(moved(self._turned(self.fill, turn), dx, dy))


class Hair:
    """Reads `[hair]` and `[[locks]]`."""

    def __init__(self, table: Table, locks: list[Table], palette: Palette) -> None:
        self._palette = palette
        self.cap = [(x, y) for x, y in table.rows("cap", 2)] if "cap" in table else []
        self.cap_colour = table.text("fill", "hair")
        palette.paint(self.cap_colour)
        self.shadow = table.numbers("shadow", (4.0, 13.0), count=2)
        shine = table.table("shine")
        self.shine = _shine(shine) if "from" in shine else []
        self.shine_colour = shine.text("fill", "hair+14")
        palette.paint(self.shine_colour)
        shine.finish()
        table.finish()
        self.locks: dict[str, list[Lock]] = {slot: [] for slot in SLOTS}
        for entry in locks:
            slot, made = _read(entry, palette)
            self.locks[slot].extend(made)

    def draw(self, canvas: Canvas, turn: Turn, slot: str) -> None:
        """All locks of a slot; the cap and the light on it belong to the fringe."""
        for path, fill in self._still[slot] if turn.still else self._painted(slot, turn):
            canvas.path(path, fill)

    def draw_shadow(self, canvas: Canvas, turn: Turn) -> None:
        """What fringe and side locks throw on the face, as one flat shape."""
        canvas.path(self._still_shadow if turn.still else self._cast(turn), self._palette["skin_shadow"])

    @cached_property
    def _still(self) -> dict[str, list[tuple[Path, str]]]:
        return {slot: self._painted(slot, _STILL) for slot in SLOTS}

    @cached_property
    def _still_shadow(self) -> Path:
        return self._cast(_STILL)

    def _cast(self, turn: Turn) -> Path:
        path = Path()
        for slot in ("fringe", "side"):
            for lock in self.locks[slot]:
                if lock.casts:
                    path.add(lock.shadow(turn, *self.shadow))
        return path

    def _painted(self, slot: str, turn: Turn) -> list[tuple[Path, str]]:
        out: list[tuple[Path, str]] = []
        if slot == "fringe" and self.cap:
            cap = [turn.bend(p, 5.0) for p in self.cap]
            out.append((Path.smooth(weighted(cap, thin=WIDTH * 0.8, thick=WIDTH)), self._palette["ink"]))
            out.append((Path.smooth(cap), self._palette.paint(self.cap_colour)))
        for lock in self.locks[slot]:
            out.extend(lock.painted(self._palette, turn))
        if slot == "fringe" and self.shine:
            light = Path()
            for piece in self.shine:
                light.add(Path.smooth([turn.bend(p, 8.0) for p in piece], tension=0.55))
            out.append((light, self._palette.paint(self.shine_colour)))
        return out


def _read(table: Table, palette: Palette) -> tuple[str, list[Lock]]:
    slot = table.choice("slot", SLOTS)
    colour, dark = table.text("fill", "hair"), table.text("shade", "") if "shade" in table else ""
    dark = dark or (f"{colour}-9" if colour in palette.colours else colour)
    for name in (colour, dark):
        palette.paint(name)
    root = table.number("root", 0.55, low=0.0, high=2.5)
    belly = table.number("belly", 0.5, low=0.1, high=1.2)
    lift = table.number("lift", {"back": -34.0, "behind": -14.0, "fringe": 8.0, "side": 6.0}[slot])
    card = slot in ("back", "behind")
    casts = table.flag("shadow", slot in ("fringe", "side"))
    ink = table.number("ink", 1.0, low=0.0, high=2.0)
    mirror = table.flag("mirror", False)
    out: list[Lock] = []
    for row in table.rows("rows", 7):
        flips = (1.0, -1.0) if mirror else (1.0,)
        out.extend(_lock(row, flip, root, belly, ink, lift, colour, dark, card, casts) for flip in flips)
    table.finish()
    return slot, out


def _lock(
    row: list[float], flip: float, root: float, belly: float, ink: float,
    lift: float, colour: str, dark: str, card: bool, casts: bool,
) -> Lock:  # fmt: skip
    x0, y0, x1, y1, width, bend, sway = row
    x0, x1, bend, sway = flip * x0, flip * x1, flip * bend, flip * sway
    dx, dy = x1 - x0, y1 - y0
    length = math.hypot(dx, dy) or 1.0
    ux, uy = dx / length, dy / length
    # Right of travel: towards the picture's left for a lock that hangs.
    nx, ny = -uy, ux

    def spot(along: float, aside: float) -> Point:
        return (x0 + dx * along + nx * aside, y0 + dy * along + ny * aside)

    # Bends are to the picture's right for hanging locks, whatever the slant.
    b1, b2 = -bend, -bend * 0.6 - sway
    w0, w1, w2 = width * root * 0.5, width * belly * 1.15, width * belly * 0.72
    tip = (x1, y1)
    left = [spot(0, -w0), spot(0.34, b1 - w1), spot(0.74, b2 - w2)]
    right = [spot(0, w0), spot(0.34, b1 + w1), spot(0.74, b2 + w2)]
    i = WIDTH * ink
    inked = (
        spot(0, -w0 - 0.2 * i), spot(0.34, b1 - w1 - 0.9 * i), spot(0.74, b2 - w2 - 1.6 * i),
        spot(1 + 2.2 * i / length, 0),
        spot(0.74, b2 + w2 + 1.6 * i), spot(0.34, b1 + w1 + 0.9 * i), spot(0, w0 + 0.2 * i),
    )  # fmt: skip
    # The side away from the light (from the upper left) lies in shadow.
    away = left if nx * 0.7 + ny * 0.7 < 0 else right
    spine = [spot(0.10, 0), spot(0.36, b1), spot(0.74, b2)]
    inner = [mix(s, a, 0.18) for s, a in zip(spine, away, strict=True)]
    shade = (mix(away[0], spine[0], 0.5), inner[1], inner[2], tip, away[2], away[1], away[0])
    return Lock(
        (*left, tip, right[2], right[1], right[0]), inked, shade, lift, colour, dark, card, casts
    )  # fmt: skip


def _leaf(points: list[Point]) -> Path:
    a, b, c, tip, d, e, f = points
    return Path().move(a).cubic(b, c, tip).cubic(d, e, f).close()


def _shine(table: Table) -> list[list[Point]]:
    (ax, ay), (bx, by) = table.numbers("from", count=2), table.numbers("to", count=2)
    arch, height = table.number("arch", 12.0), table.number("height", 12.0, low=1.0, high=60.0)
    n = int(table.number("teeth", 9, low=2, high=30))
    out: list[list[Point]] = []
    for i in range(n):
        t = (i + 0.5) / n
        if _SHINE[i % 9] < 0.45 and n > 4:
            continue
        x, y = ax + (bx - ax) * t, ay + (by - ay) * t - arch * 4 * t * (1 - t)
        half, tall = (bx - ax) / n * 0.56, height * _SHINE[i % 9]
        lean = (t - 0.5) * 0.5 * tall
        out.append([(x - half, y - 0.1 * tall), (x - lean * 0.6, y - tall), (x + half, y), (x + lean, y + tall)])
    return out


_STILL: Final = Turn(Globe((0.0, 0.0), 1.0, 1.0, 1.0), HeadPose(), pivot=(0.0, 0.0))
