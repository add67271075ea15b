"""The 31 feature points of a head that nobody labelled.

Where shapes move most says what is where: a blink finds lids, an open jaw parts the lips and takes the chin with it, a
smile pulls corners. Where shapes say nothing, points lie as on MakeHuman's head, stretched to this one's eyes and
mouth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.imported.head import Head
from mien.characters.imported.names import words
from mien.characters.sculpted import raster
from mien.core.arkit import INDEX
from mien.core.character import FEATURES
from mien.core.rig import F32

Bools = NDArray[np.bool_]
Values = NDArray[np.float64]

# Where points lie on MakeHuman's head, for the left side where there are two; its mouth is at _MOUTH.
_TYPICAL: Final[Mapping[str, tuple[float, float, float]]] = {
    "brow_inner": (0.27, 0.31, 0.50), "brow_mid": (0.55, 0.41, 0.40), "brow_outer": (0.90, 0.26, 0.08),
    "nose_wing": (0.24, -0.66, 0.37), "cheek": (0.73, -0.67, 0.20), "mouth_corner": (0.39, -1.05, 0.25),
    "jaw": (0.94, -1.18, -0.41),
}  # fmt: skip
_MOUTH: Final = -1.08
_CORNER: Final = 0.39
_LIP: Final = 0.09
_VIEW: Final = 420
_SHAPES_OF_CORNERS: Final = ("mouthSmile", "mouthFrown", "mouthStretch", "mouthDimple")
_GROUPS: Final = (
    ("jawOpen", "mouthSmileLeft", "mouthSmileRight", "mouthPucker", "mouthFunnel"),
    ("eyeBlinkLeft", "eyeBlinkRight"),
    ("browDownLeft", "browInnerUp", "browOuterUpLeft"),
)
_NOT_SKIN: Final = frozenset(
    {"eye", "eyes", "iris", "irises", "pupil", "cornea", "sclera", "eyeball", "lash", "lashes", "eyelash", "eyelashes",
     "eyeline", "brow", "brows", "eyebrow", "eyebrows", "teeth", "tooth", "tongue", "gum", "gums", "hair", "lacrimal",
     "occlusion", "tear", "highlight", "beard", "moustache", "fur", "hat", "glasses", "mouth", "facemouth"}
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Feature points as means of vertices. rest: float32 (31, 3). moves: float32 (52, 31, 3)."""

    rest: F32
    moves: F32

    def posed(self, acted: NDArray[np.float32]) -> F32:
        """The points under coefficients that correctives were added to, (31, 3)."""
        return np.asarray(self.rest + np.tensordot(acted, self.moves, 1), dtype=np.float32)


def marks_of(head: Head, told: Mapping[str, tuple[float, float, float]]) -> Marks:
    """Find all points. told: where some are, in the head's own units; the nearest vertex of the skin is taken."""
    finder = _Finder(head)
    points = finder.points()
    for name, place in told.items():
        if not name.startswith("iris"):
            points[name] = finder.nearest(place, finder.skin)
    rest = np.zeros((len(FEATURES), 3), dtype=np.float32)
    moves = np.zeros((len(head.moves), len(FEATURES), 3), dtype=np.float32)
    where = np.full(len(head.positions), -1)
    where[head.moving] = np.arange(len(head.moving))
    for k, name in enumerate(FEATURES):
        ids, offset = points[name]
        rest[k] = (head.positions[ids].mean(0) if len(ids) else 0.0) + offset
        moving = where[ids[where[ids] >= 0]]
        if len(moving):
            moves[:, k] = head.moves[:, moving].sum(1) / len(ids)
    return Marks(rest, moves)


Point = tuple[NDArray[np.int64], Values]
"""Vertices whose mean a point goes with, and where it is from there."""


class _Finder:
    def __init__(self, head: Head) -> None:
        self.head = head
        self.place = head.positions.astype(np.float64)
        self.skin = _skin(head)
        self.front = self.skin & _seen(head, self.skin)
        if self.front.sum() < 30:
            self.front = self.skin
        self._length = {name: np.linalg.norm(head.move(name), axis=1) for name in head.found.by if name in INDEX}

    def points(self) -> dict[str, Point]:
        out: dict[str, Point] = {}
        for side, word in ((1, "left"), (-1, "right")):
            out[f"iris_{word}"] = self._iris(side)
            out[f"lid_upper_{word}"], out[f"lid_lower_{word}"] = self._lids(side)
        mouth, corners = self._corners()
        out["mouth_corner_left"], out["mouth_corner_right"] = corners
        wide = max(abs(self.at(corners[0])[0] - self.at(corners[1])[0]) / 2, 0.08)
        jaw = self._down("jawOpen")
        for x, word in ((0.0, ""), (0.55, "_left"), (-0.55, "_right")):
            upper, lower, upper_inner, lower_inner = self._lips(x * wide, mouth, wide, jaw)
            out[f"lip_upper{word}"], out[f"lip_lower{word}"] = upper, lower
            if not word:
                out["lip_upper_inner"], out["lip_lower_inner"] = upper_inner, lower_inner
        out["nose_tip"] = self._tip(mouth)
        out["chin"] = self._chin(self.at(out["lip_lower"]), jaw)
        for side, word in ((1, "left"), (-1, "right")):
            lid = float(self.at(out[f"lid_upper_{word}"])[1])
            for name, found in self._brow(side, lid).items():
                out[f"{name}_{word}"] = found
            out[f"nose_wing_{word}"] = self._wing(side, self.at(out["nose_tip"]))
            out[f"cheek_{word}"] = self.nearest(self._typical("cheek", side, mouth), self.front)
            out[f"jaw_{word}"] = self._jaw(side, mouth)
        out["tongue_tip"] = self._tongue(out["lip_lower_inner"])
        return out

    def at(self, point: Point) -> Values:
        """Where a point rests, (3,)."""
        ids, offset = point
        return np.asarray((self.place[ids].mean(0) if len(ids) else 0.0) + offset)

    def nearest(self, place: tuple[float, float, float] | Values, among: Bools, *, flat: bool = False) -> Point:
        """The vertex nearest to a place. flat: as the camera sees it."""
        away = self.place - np.asarray(place)
        if flat:
            away = away * (1.0, 1.0, 0.15)
        return _one(int(np.where(among, (away**2).sum(1), np.inf).argmin()))

    def _typical(self, name: str, side: int, mouth: float) -> Values:
        x, y, z = _TYPICAL[name]
        return np.array([side * x, y * (mouth / _MOUTH if y < 0 else 1.0), z])

    def _down(self, name: str) -> Values:
        """How far a shape moves each vertex down, (n,)."""
        return np.asarray(-self.head.move(name)[:, 1], dtype=np.float64)

    def _score(self, names: tuple[str, ...]) -> Values:
        """What several shapes move, each at most 1, (n,)."""
        total = np.zeros(len(self.place))
        for name in names:
            if name in self._length:
                length = self._length[name]
                total += length / max(float(length[self.front].max(initial=0.0)), 1e-6)
        return total

    def _iris(self, side: int) -> Point:
        eye = self.head.eyes[0 if side == 1 else 1]
        own = eye.share[self.head.kept] > 0.5
        flat = np.hypot(*(self.place[:, :2] - eye.iris[:2]).T)
        if not own.any():
            look = self._length.get("eyeLookOutLeft" if side == 1 else "eyeLookOutRight")
            if look is not None:
                own = (look > 0.6 * max(float(look.max()), 1e-6)) & (flat < 0.4)
        if not own.any():
            # Painted on the face, or nothing but a picture: it stays where it is.
            return np.zeros(0, dtype=np.int64), eye.iris
        radius = max(0.08, float(np.sort(flat[own])[:6][-1]))
        ids = np.flatnonzero(own & (flat <= radius))
        # A ball has a back.
        ids = ids[self.place[ids, 2] > self.place[ids, 2].max() - 0.2]
        return ids, np.asarray(eye.iris - self.place[ids].mean(0))

    def _lids(self, side: int) -> tuple[Point, Point]:
        word = "Left" if side == 1 else "Right"
        eye = self.head.eyes[0 if side == 1 else 1].iris
        away = self.place - eye
        around = self.front & (np.abs(away[:, 0]) < 0.45) & (np.abs(away[:, 1]) < 0.6)
        down = self._down(f"eyeBlink{word}")
        if f"eyeBlink{word}" not in self.head.found.by or not (around & (down > 0.02)).any():
            return (
                self.nearest(eye + np.array((0.0, 0.10, 0.0)), around if around.any() else self.front, flat=True),
                self.nearest(eye - (0.0, 0.12, 0.0), around if around.any() else self.front, flat=True),
            )
        # The upper edge over the middle of the eye is what falls furthest.
        score = np.where(around, down * np.exp(-((away[:, 0] / 0.14) ** 2)), -np.inf)
        upper = int(score.argmax())
        landing = self.place[upper] + self.head.move(f"eyeBlink{word}")[upper]
        still = around & (down < 0.35 * down[upper]) & (self.place[:, 1] < self.place[upper, 1] - 0.25 * down[upper])
        return _one(upper), self.nearest(landing, still if still.any() else around, flat=True)

    def _corners(self) -> tuple[float, tuple[Point, Point]]:
        """The height of the mouth, and its corners."""
        jaw = self._score(("jawOpen", "mouthFunnel", "mouthPucker"))
        low = self.front & (self.place[:, 1] < -0.25) & (np.abs(self.place[:, 0]) < 0.9)
        # A jaw takes the chin with it; what puckers or pulls is the mouth.
        found, line = [], []
        for side, word in ((1, "Left"), (-1, "Right")):
            names = tuple(f"{shape}{word}" for shape in _SHAPES_OF_CORNERS)
            score = self._score(names)
            if not score.any():
                score = self._score(("mouthPucker", "mouthFunnel", "mouthStretchLeft", "mouthStretchRight")) + jaw
            own = low & (side * self.place[:, 0] > 0.04)
            if not own.any():
                own = self.front & (side * self.place[:, 0] > 0)
            # What moves nearly most lies round the corner.
            best = own & (score >= 0.93 * max(float(score[own].max(initial=0.0)), 1e-6))
            corner = self.place[best].mean(0) if best.any() else self._typical("mouth_corner", side, _MOUTH)
            found.append(self.nearest(self._parted(side, corner), own if own.any() else self.front, flat=True))
            line.append(float(self.at(found[-1])[1]))
        return float(np.mean(line)), (found[0], found[1])

    def _parted(self, side: int, corner: Values) -> Values:
        """Where lips stop to part when the jaw opens, near a corner, (3,); the corner itself if that is not seen."""
        jaw = self._down("jawOpen")
        near = self.front & (side * self.place[:, 0] > 0) & (side * self.place[:, 0] < abs(corner[0]) + 0.15)
        near &= np.abs(self.place[:, 1] - corner[1]) < 0.22
        ids = np.flatnonzero(near)
        if len(ids) < 8:
            return corner
        # Every two of them are compared: a dense mesh has enough in the neighbourhood.
        ids = ids[np.argsort(np.abs(self.place[ids] - corner).sum(1), kind="stable")[:1500]]
        most = float(jaw[ids].max(initial=0.0))
        apart = np.hypot(*(self.place[ids, None, :2] - self.place[None, ids, :2]).transpose(2, 0, 1))
        split = (apart < 0.06) & (jaw[ids, None] - jaw[None, ids] > 0.2 * most) & (most > 0.05)
        if split.sum() < 4:
            return corner
        pairs = (self.place[ids][np.nonzero(split)[0]] + self.place[ids][np.nonzero(split)[1]]) / 2
        out = side * pairs[:, 0]
        return np.asarray(pairs[out >= np.quantile(out, 0.97)].mean(0) + np.array((side * 0.02, 0.0, 0.0)))

    def _lips(self, x: float, mouth: float, wide: float, jaw: Values) -> tuple[Point, Point, Point, Point]:
        """Middle of the upper and the lower lip in one column, and where they meet."""
        lip = _LIP * float(np.clip(wide / _CORNER, 0.5, 1.3))
        column = self.front & (np.abs(self.place[:, 0] - x) < max(0.2 * wide, 0.05))
        column &= np.abs(self.place[:, 1] - mouth) < 0.35
        most = float(jaw[column].max(initial=0.0))
        upper, lower = column & (jaw < 0.35 * most), column & (jaw > 0.65 * most)
        if most < 0.03 or not upper.any() or not lower.any():
            flat = [self.nearest((x, mouth + up * lip, 1.0), self.front, flat=True) for up in (1.0, -1.0, 0.1, -0.1)]
            return flat[0], flat[1], flat[2], flat[3]
        # What falls with the jaw is below what does not: between them the lips meet.
        edge = self.place[lower, 1].max()
        above = upper & (self.place[:, 1] > edge - 0.06)
        low = float(self.place[above if above.any() else upper, 1].min())
        inner_upper = self._at_height(x, low, above if above.any() else upper)
        inner_lower = self._at_height(x, float(edge), lower)
        return (
            self._at_height(x, low + 0.8 * lip, upper),
            self._at_height(x, float(edge) - 1.3 * lip, lower),
            inner_upper,
            inner_lower,
        )

    def _at_height(self, x: float, y: float, among: Bools) -> Point:
        away = np.hypot(0.6 * (self.place[:, 0] - x), self.place[:, 1] - y)
        return _one(int(np.where(among, away, np.inf).argmin()))

    def _tip(self, mouth: float) -> Point:
        middle = self.front & (np.abs(self.place[:, 0]) < 0.14)
        middle &= (self.place[:, 1] < 0.15 * mouth) & (self.place[:, 1] > 0.85 * mouth)
        if not middle.any():
            return self.nearest((0.0, 0.5 * mouth, 1.0), self.front, flat=True)
        depth = self.place[:, 2] - 0.6 * np.abs(self.place[:, 0])
        return _one(int(np.where(middle, depth, -np.inf).argmax()))

    def _wing(self, side: int, tip: Values) -> Point:
        typical = tip + np.array((side * 0.24, -0.12, -0.40))
        near = self.front & (np.hypot(*(self.place[:, :2] - typical[:2]).T) < 0.25)
        if not near.any():
            return self.nearest(typical, self.front)
        sneer = self._score((f"noseSneer{'Left' if side == 1 else 'Right'}",))
        away = ((self.place - typical) * (1.0, 1.0, 0.4)) ** 2
        score = (0.4 + sneer) * np.exp(-away.sum(1) / 0.02)
        return _one(int(np.where(near, score, -np.inf).argmax()))

    def _chin(self, lip: Values, jaw: Values) -> Point:
        below = self.skin & (np.abs(self.place[:, 0]) < 0.16) & (self.place[:, 1] < lip[1] - 0.12)
        below &= self.place[:, 1] > lip[1] - 1.1
        moved = below & (jaw > 0.5 * max(float(jaw[below].max(initial=0.0)), 1e-6))
        among = moved if moved.any() else below
        if not among.any():
            return self.nearest(lip - (0.0, 0.4, 0.1), self.front)
        return _one(int(np.where(among, 0.6 * self.place[:, 2] - 0.8 * self.place[:, 1], -np.inf).argmax()))

    def _jaw(self, side: int, mouth: float) -> Point:
        level = self.skin & (np.abs(self.place[:, 1] - (mouth - 0.2)) < 0.14)
        level &= (self.place[:, 2] > -1.0) & (self.place[:, 2] < -0.05) & (side * self.place[:, 0] > 0.2)
        if not level.any():
            return self.nearest(self._typical("jaw", side, mouth), self.skin)
        # The side of the face, not of an ear or of a neck.
        out = side * self.place[:, 0] - 0.8 * np.abs(self.place[:, 2] + 0.4)
        return _one(int(np.where(level, out, -np.inf).argmax()))

    def _brow(self, side: int, lid: float) -> dict[str, Point]:
        word = "Left" if side == 1 else "Right"
        hairs = _named(self.head, frozenset({"brow", "brows", "eyebrow", "eyebrows", "facebrow"}))
        own = hairs & (side * self.place[:, 0] > 0.02) & (self.place[:, 1] > -0.1)
        if own.sum() >= 6:
            x = side * self.place[:, 0]
            low, high = np.quantile(x[own], 0.03), np.quantile(x[own], 0.97)
            out = {}
            for name, share in (("brow_inner", 0.08), ("brow_mid", 0.5), ("brow_outer", 0.95)):
                at = low + share * (high - low)
                near = own & (np.abs(x - at) <= max(0.07 * (high - low), float(np.abs(x[own] - at).min()) + 1e-6))
                out[name] = (np.flatnonzero(near), np.zeros(3))
            return out
        out = {}
        # Above lids that lie higher or lower than usual, brows do as well.
        lift = (lid - 0.09) * 0.8
        for name, shapes in (
            ("brow_inner", ("browInnerUp", f"browDown{word}")),
            ("brow_mid", (f"browDown{word}", f"browOuterUp{word}", "browInnerUp")),
            ("brow_outer", (f"browOuterUp{word}",)),
        ):
            typical = np.array(_TYPICAL[name]) * (side, 1.0, 1.0) + (0.0, lift, 0.0)
            away = ((self.place - typical) * (1.0, 1.0, 0.15)) ** 2
            score = (0.25 + self._score(shapes)) * np.exp(-away.sum(1) / (2 * 0.09**2))
            near = self.front & (side * self.place[:, 0] > 0) & (score > 1e-6)
            out[name] = (
                _one(int(np.where(near, score, -np.inf).argmax()))
                if near.any()
                else self.nearest(typical, self.front, flat=True)
            )
        return out

    def _tongue(self, lip: Point) -> Point:
        own = _named(self.head, frozenset({"tongue"}))
        length = self._length.get("tongueOut")
        if not own.any() and length is not None:
            own = length > 0.7 * max(float(length.max()), 1e-6)
        if own.any():
            ids = np.flatnonzero(own)
            depth = self.place[ids, 2]
            return ids[depth >= np.quantile(depth, 0.97)], np.zeros(3)
        return lip[0], lip[1] - (0.0, 0.0, 0.2)


def _one(vertex: int) -> Point:
    return np.array([vertex], dtype=np.int64), np.zeros(3)


def _skin(head: Head) -> Bools:
    """The vertices of the face's skin: of the surfaces that several of mouth, lids and brows move, or of what is not
    called something else.
    """
    of = _parts(head)
    acted = [np.zeros(len(head.positions), dtype=bool) for _ in _GROUPS]
    for group, names in zip(acted, _GROUPS, strict=True):
        for name in names:
            if name in head.found.by:
                length = np.linalg.norm(head.move(name), axis=1)
                group |= length > 0.08 * max(float(length.max()), 1e-6)
    skin = np.zeros(len(head.positions), dtype=bool)
    for k in range(len(head.materials)):
        own = of == k
        moved = sum(int((own & group).sum() > 12) for group in acted)
        if moved >= 2:
            skin |= own
    if not skin.any():
        for k in range(len(head.materials)):
            if not set(_called(head, k)) & _NOT_SKIN:
                skin |= of == k
    return skin if skin.any() else np.ones_like(skin)


def _named(head: Head, wanted: frozenset[str]) -> Bools:
    of = _parts(head)
    out = np.zeros(len(head.positions), dtype=bool)
    for k in range(len(head.materials)):
        if set(_called(head, k)) & wanted:
            out |= of == k
    return out


def _called(head: Head, part: int) -> list[str]:
    """The words of a surface's own name; of its mesh where it has none."""
    own = words(head.materials[part].name)
    return own or words(head.names[part])


def _parts(head: Head) -> NDArray[np.int64]:
    """The part of each vertex, (n,)."""
    out = np.zeros(len(head.positions), dtype=np.int64)
    for k in range(3):
        out[head.triangles[:, k]] = head.of_triangle
    return out


def _seen(head: Head, among: Bools) -> Bools:
    """Which vertices a viewer in front of some surfaces sees, (n,)."""
    triangles = np.ascontiguousarray(head.triangles[among[head.triangles].all(1)])
    depth, ids, bary = raster.buffers(_VIEW)
    scale = _VIEW / 4.4
    screen = np.stack(
        [
            _VIEW / 2 + head.positions[:, 0] * scale,
            _VIEW / 2 - (head.positions[:, 1] + 0.6) * scale,
            head.positions[:, 2],
        ],
        1,
    ).astype(np.float32)
    raster.visible(screen, triangles, depth, ids, bary)
    x, y = (np.clip(screen[:, k].astype(int), 0, _VIEW - 1) for k in range(2))
    inside = (screen[:, :2] > 0).all(1) & (screen[:, :2] < _VIEW).all(1)
    return np.asarray(inside & (head.positions[:, 2] > depth[y, x] - 0.05))
