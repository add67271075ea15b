"""Which expression every picture shows, on whom: a pure function of the seed and the picture's number.

Pictures come pair by pair: one drawn expression on one random character of every style. Pairs come in blocks of 40:
32 single expressions, then one transition of 8 frames on the same characters. So the data set of a seed is a prefix
of every larger one, and any part of it can be drawn on its own, by any process.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from mien.core.character import Light
from mien.core.emotion import EMOTIONS, prototypes
from mien.core.expression import Expression, HeadPose, blend, scale
from mien.core.looks import looks
from mien.core.sampling import RECIPES, sample
from mien_lab.data.scans.people import name_of
from mien_lab.data.scans.photograph import Shot, shot

BLOCK: Final = 40
FRAMES: Final = 8
"""Frames of a transition; the last ones of each block of pairs."""

HELD_OUT_SHARE: Final = 0.1
UNKNOWN_SHARE: Final = 0.2
"""Of the scanned people."""

AT_ONCE: Final = 3
ENCORE: Final = 160
"""Scanned people come `AT_ONCE` for `ENCORE` pairs each, then new ones: a process keeps few of them at a time."""

HELD_OUT: Final = {
    "realistic": ("marcus", "priya"),
    "cartoon": ("leila", "otto"),
    "anime": ("ren", "yuki"),
    "stylized3d": ("suna", "gus"),
}
"""The characters of each style that a split by character leaves for testing: the first always, the second where a
style has `TWO_FROM` or more. A style not named here holds out its last by id."""

TWO_FROM: Final = 7

SCANNED_STYLE: Final = "realistic"
CAST, SCAN, BRED = "cast", "scan", "bred"
"""Where a picture's head comes from."""

STILL: Final = -1
"""Clip number of pictures that belong to no transition."""

# Streams of random numbers that never touch: what is shown, on whom, what is held out, which pictures show scanned
# people, which of those are held out, how they are photographed, which pictures show bred faces, and which speak.
_SHOWN, _WHO, _HELD, _SCANNED, _UNKNOWN, _SHOT, _BRED, _SPOKEN = range(8)
_TRIES: Final = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """What one pair shows. recipe: of `core.sampling`, "neutral" or "transition"; sources: looks or prototypes."""

    expression: Expression
    recipe: str
    sources: tuple[str, ...]
    clip: int
    time_s: float
    is_held_out: bool


@dataclass(frozen=True, slots=True)
class Order:
    """One picture to draw. light: None for the character's own; only some characters can be lit otherwise.

    person: number of a scanned person, child: of a bred face (`data.breed`), both -1 where one of the cast acts.
    is_unknown: a split by character tests on them.
    """

    number: int
    pair: int
    character: str
    style: str
    shown: Shown
    light: Light | None
    person: int
    child: int
    is_unknown: bool

    @property
    def origin(self) -> str:
        """`CAST`, `SCAN` or `BRED`."""
        if self.child >= 0:
            return BRED
        return CAST if self.person < 0 else SCAN


@dataclass(frozen=True, slots=True)
class Scans:
    """Which part of the realistic pictures shows scanned people.

    share: of the realistic pictures, 0..1. digest: SHA-256 of the file they are made from. path: where it lies on this
    machine, None where it does not; the pictures depend on the digest alone.
    """

    share: float
    digest: str
    path: Path | None = field(default=None, compare=False)


@dataclass(frozen=True)
class Plan:
    """Everything about a data set that can be known before anything is drawn.

    cast: style -> ids of its characters, sorted; styles in the order of the pictures of a pair. scans: None where
    only the cast acts. bred: share of the other pictures that show faces bred from the cast, 0..1, another one of each
    style for every block of pairs. speech: share of the single expressions that are drawn by the recipe "speech"
    whatever they feel, 0..1.
    """

    seed: int
    pictures: int
    size: int
    cast: dict[str, tuple[str, ...]]
    scans: Scans | None = None
    bred: float = 0.0
    speech: float = 0.0

    @property
    def styles(self) -> tuple[str, ...]:
        return tuple(self.cast)

    @property
    def held_out(self) -> dict[str, tuple[str, ...]]:
        """Style -> the characters that a split by character leaves for testing; scanned people are apart."""
        out = {}
        for style, ids in self.cast.items():
            named = [name for name in HELD_OUT.get(style, ()) if name in ids] or [ids[-1]]
            if len(ids) > 1:
                out[style] = tuple(named[: 2 if len(ids) >= TWO_FROM else 1])
        return out

    def orders(self, numbers: Sequence[int]) -> list[Order]:
        """What to draw for these pictures."""
        out = []
        held = self.held_out
        for number in numbers:
            pair, k = divmod(number, len(self.styles))
            style = self.styles[k]
            rng = _stream(self.seed, _WHO, _group(pair), zlib.crc32(style.encode()))
            ids = self.cast[style]
            character = ids[int(rng.integers(len(ids)))]
            light = _light(rng)
            person = self._scanned(pair) if style == SCANNED_STYLE else -1
            unknown = character in held.get(style, ())
            if person >= 0:
                character = name_of(person)
                unknown = bool(_stream(self.seed, _UNKNOWN, person).random() < UNKNOWN_SHARE)
            child = self._child(pair, style) if person < 0 else -1
            if child >= 0:
                character, unknown = bred_name(style, child), False
            out.append(Order(number, pair, character, style, self.shown(pair), light, person, child, unknown))
        return out

    def shot(self, order: Order) -> Shot:
        """How a scanned person is photographed; all frames of a transition by one camera."""
        return shot(_stream(self.seed, _SHOT, _group(order.pair)), order.light)

    def shown(self, pair: int) -> Shown:
        """What a pair shows."""
        spoken = pair % BLOCK < BLOCK - FRAMES and _stream(self.seed, _SPOKEN, pair).random() < self.speech
        return shown(self.seed, pair, spoken=spoken)

    def _child(self, pair: int, style: str) -> int:
        """The bred face that acts a pair in a style, -1 for none."""
        rng = _stream(self.seed, _BRED, _group(pair), zlib.crc32(style.encode()))
        return pair // BLOCK if rng.random() < self.bred else -1

    def _scanned(self, pair: int) -> int:
        """The scanned person who acts a pair, -1 for none."""
        if self.scans is None:
            return -1
        rng = _stream(self.seed, _SCANNED, _group(pair))
        if rng.random() >= self.scans.share:
            return -1
        return _group(pair) // ENCORE * AT_ONCE + int(rng.integers(AT_ONCE))


def bred_name(style: str, number: int) -> str:
    """The id of a bred face."""
    return f"bred_{style}_{number:04d}"


@lru_cache(maxsize=256)
def shown(seed: int, pair: int, *, spoken: bool = False) -> Shown:
    """The expression of a pair; the emotions take turns, so that they are balanced. spoken: by the recipe "speech"."""
    group = _group(pair)
    held = bool(_stream(seed, _HELD, group).random() < HELD_OUT_SHARE)
    rng = _stream(seed, _SHOWN, group)
    if pair % BLOCK >= BLOCK - FRAMES:
        clip, frame = pair // BLOCK, pair % BLOCK - (BLOCK - FRAMES)
        expression, sources, time_s = _transition(rng, clip, frame)
        return Shown(expression, "transition", sources, clip, time_s, held)
    if spoken:
        drawn = sample(rng, recipe="speech")
        return Shown(drawn.expression, drawn.recipe, drawn.sources, STILL, 0.0, held)
    expression, recipe, sources = _still(rng, EMOTIONS[pair % len(EMOTIONS)])
    return Shown(expression, recipe, sources, STILL, 0.0, held)


def _light(rng: np.random.Generator) -> Light | None:
    """A quarter keep their own light; the others are lit from anywhere in front, never from far below."""
    if rng.random() < 0.25:
        return None
    return Light(
        azimuth_rad=float(rng.uniform(-1.2, 1.2)),
        elevation_rad=float(rng.uniform(-0.2, 1.0)),
        strength=float(rng.uniform(0.7, 1.25)),
        warmth=float(np.clip(rng.normal(0.0, 0.4), -1.0, 1.0)),
    )


def _stream(seed: int, *path: int) -> np.random.Generator:
    return np.random.default_rng([seed, *path])


def _group(pair: int) -> int:
    """Pairs that belong together: all frames of a transition count as its first."""
    first = pair // BLOCK * BLOCK + BLOCK - FRAMES
    return min(pair, first) if pair >= first else pair


def _still(rng: np.random.Generator, emotion: str) -> tuple[Expression, str, tuple[str, ...]]:
    """Draw until the label rule calls it `emotion`: the expression, its recipe and its sources."""
    if emotion == "neutral":
        # Rest is never quite still: a trace of something, with a gaze and a pose.
        drawn = sample(rng)
        expression = scale(drawn.expression, rng.uniform(0.0, 0.25))
        while expression.emotion.top != "neutral":
            expression = scale(expression, 0.5)
        return expression, "neutral", drawn.sources
    names = list(RECIPES)
    recipe = names[int(rng.choice(len(names), p=list(RECIPES.values())))]
    for attempt in range(_TRIES):
        # Sparse draws seldom look like some emotions; after a while any recipe will do.
        drawn = sample(rng, recipe=recipe if attempt < _TRIES // 2 else "prototype")
        if drawn.expression.emotion.top == emotion:
            return drawn.expression, drawn.recipe, drawn.sources
    variants = [p for p in prototypes() if p.emotion == emotion]
    chosen = variants[int(rng.integers(len(variants)))]
    head = HeadPose(*rng.normal(0.0, [0.15, 0.09, 0.075]))
    return Expression(chosen.coefficients * rng.uniform(0.5, 1.0), head=head), "prototype", (chosen.name,)


def _transition(rng: np.random.Generator, clip: int, frame: int) -> tuple[Expression, tuple[str, ...], float]:
    """A frame between two named looks: slow out of the first, slow into the second, the head turning along."""
    felt = EMOTIONS[1 + clip % (len(EMOTIONS) - 1)]
    targets = [p.name for p in prototypes() if p.emotion == felt]
    end = targets[int(rng.integers(len(targets)))]
    others = [name for name in looks() if name != end]
    start = "neutral" if rng.random() < 0.4 else others[int(rng.integers(len(others)))]
    heads = [HeadPose(*np.clip(rng.normal(0.0, [0.15, 0.09, 0.075]), -0.6, 0.6)) for _ in range(2)]
    strengths = 1.0, float(rng.uniform(0.7, 1.0))
    takes = [
        Expression(looks()[name].coefficients * strength, head=head)
        for name, strength, head in zip((start, end), strengths, heads, strict=True)
    ]
    duration_s = float(rng.uniform(0.25, 0.9))
    t = frame / (FRAMES - 1)
    eased = t * t * (3.0 - 2.0 * t)
    return blend(takes, [1.0 - eased, eased]), (start, end), t * duration_s
