"""Everyday words about a face, understood: "smug half smile, one brow up, no teeth" -> coefficients and emotion.

The lexicon is data (`data/phrases.toml`). Only what the words speak of is certain; the rest of the face is open.
Words that mean one side without saying which give several readings of the same sentence. Left is the subject's left.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from itertools import product
from typing import Any, Final, Literal

import numpy as np

from mien.core.arkit import COUNT, INDEX, mirror_order
from mien.core.arrays import Coefficients, Vector, frozen
from mien.core.emotion import EMOTIONS, Emotion
from mien.errors import BadFile

Side = Literal["left", "right", "either", "both"]

SOFT: Final = 0.3
"""Certainty of what a word usually, but not always, means."""

_REACH: Final = 2
_READINGS: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """One way to take the words: float32 (52,) both, 0..1; certainty 0 where the words say nothing."""

    coefficients: Coefficients
    certainty: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """What words say about a face.

    readings: one, or more where a side is meant but not named (at most 4); each as likely as the others.
    emotion: None if no feeling is spoken of; its intensity is what the words ask for.
    emotion_certainty: 0..1; "puppy eyes" hints at a feeling, "sad" names it.
    avoided: float32 (8,), 0..1 per emotion that is ruled out.
    phrases: the patterns that were understood, in the order of the words.
    """

    readings: tuple[Reading, ...]
    emotion: Emotion | None
    emotion_certainty: float
    avoided: Vector
    phrases: tuple[str, ...]

    @property
    def is_silent(self) -> bool:
        """Do the words say nothing about coefficients or emotion?"""
        return self.emotion is None and not self.avoided.any() and not any(r.certainty.any() for r in self.readings)


@dataclass(frozen=True, slots=True)
class _Phrase:
    """`both`, `one`, `other`, `soft`: names of shapes without a side, or of shapes that have none -> value."""

    patterns: tuple[tuple[str, ...], ...]
    both: Mapping[str, float]
    one: Mapping[str, float]
    other: Mapping[str, float]
    exact: Mapping[str, float]
    soft: Mapping[str, float]
    emotion: Mapping[str, float]
    mirror: bool
    certainty: float


@dataclass(frozen=True, slots=True)
class _Lexicon:
    drop: frozenset[str]
    splits: frozenset[str]
    joins: frozenset[str]
    negations: frozenset[str]
    lacks: frozenset[str]
    sides: Mapping[str, Side]
    intensities: Mapping[str, float]
    canon: Mapping[str, str]
    phrases: tuple[_Phrase, ...]


@dataclass(slots=True)
class _Found:
    phrase: _Phrase
    pattern: tuple[str, ...]
    start: int
    stop: int
    negated: bool = False
    factor: float = 1.0
    side: Side | None = None
    place: tuple[int, int] = field(default=(0, 0))


@lru_cache(maxsize=512)
def understand(text: str) -> Spoken:
    """What the words say; words that the lexicon does not know say nothing. Never raises."""
    lexicon = _lexicon()
    found: list[_Found] = []
    for number, clause in enumerate(_clauses(text, lexicon)):
        here = _matches(clause, lexicon)
        if not here and found:
            _side_afterwards(found[-1], clause, lexicon)
        _modify(here, clause, lexicon)
        for match in here:
            match.place = (number, match.start)
        found += here
    found.sort(key=lambda match: match.place)
    emotion, certainty, avoided = _feeling(found)
    return Spoken(_readings(found), emotion, certainty, avoided, tuple(" ".join(match.pattern) for match in found))


# -- from text to phrases ----------------------------------------------------------------------------------------


def _clauses(text: str, lexicon: _Lexicon) -> list[list[str]]:
    words = re.findall(r"[a-z]+|[,;.:/\n]", text.lower().replace("'", "").replace("’", ""))
    clauses: list[list[str]] = [[]]
    for word in words:
        if word in lexicon.splits:
            clauses.append([])
        elif word not in lexicon.drop:
            clauses[-1].append(lexicon.canon.get(word, word))
    return [clause for clause in clauses if clause]


def _matches(clause: list[str], lexicon: _Lexicon) -> list[_Found]:
    """Longest patterns first, then the tightest; a word serves one pattern, or two that `and` joins."""
    candidates = []
    for phrase in lexicon.phrases:
        for pattern in phrase.patterns:
            if window := _window(clause, pattern, apart=lexicon.lacks):
                candidates.append((-len(pattern), window[1] - window[0], window[0], phrase, pattern))
    used: set[int] = set()
    out: list[_Found] = []
    for _, _, _, phrase, pattern in sorted(candidates, key=lambda c: c[:3]):
        window = _window(clause, pattern, used, apart=lexicon.lacks) or _shared_window(clause, pattern, used, lexicon)
        if window is None or any(match.phrase is phrase for match in out):
            continue
        start, stop, taken = window
        used |= taken
        out.append(_Found(phrase, pattern, start, stop))
    return out


def _window(
    clause: list[str],
    pattern: tuple[str, ...],
    used: set[int] | None = None,
    *,
    apart: frozenset[str] = frozenset(),
) -> tuple[int, int, set[int]] | None:
    """The tightest run of words that holds the pattern's words, in any order: start, stop, positions.

    apart: words that a run does not cross; "smile without teeth" holds no "smile teeth".
    """
    best: tuple[int, int, set[int]] | None = None
    for start in range(len(clause)):
        if clause[start] not in pattern or (used and start in used):
            continue
        left, taken = list(pattern), set[int]()
        for i in range(start, min(len(clause), start + len(pattern) + _REACH)):
            if clause[i] in apart and clause[i] not in pattern:
                break
            if clause[i] in left and not (used and i in used):
                left.remove(clause[i])
                taken.add(i)
                if not left:
                    if best is None or i + 1 - start < best[1] - best[0]:
                        best = (start, i + 1, taken)
                    break
    return best


def _shared_window(
    clause: list[str], pattern: tuple[str, ...], used: set[int], lexicon: _Lexicon
) -> tuple[int, int, set[int]] | None:
    """As in "mouth and eyes closed": words used already may serve again across a join, if one word is new."""
    window = _window(clause, pattern, apart=lexicon.lacks)
    if window is None or len(pattern) < 2 or window[2] <= used:
        return None
    return window if any(word in lexicon.joins for word in clause[window[0] : window[1]]) else None


def _modify(found: list[_Found], clause: list[str], lexicon: _Lexicon) -> None:
    """Give each phrase its negation, its intensity and its side."""
    in_pattern = {i for match in found for i in range(match.start, match.stop) if clause[i] in match.pattern}
    order = sorted(found, key=lambda match: match.start)
    for i, word in enumerate(clause):
        if i in in_pattern or not order:
            continue
        if word in lexicon.negations:
            later = [match for match in order if match.stop > i]
            for match in later[:1]:
                match.negated = True
                # "no teeth or tongue" rules out both.
                for follower in later[1:]:
                    if any(clause[j] in ("or", "nor") for j in range(match.stop, follower.start)):
                        follower.negated = True
        elif word in lexicon.intensities:
            nearest = min(order, key=lambda match: _gap(match, i))
            if _gap(nearest, i) <= 3:
                nearest.factor *= _factor(clause, i, lexicon)
        elif word in lexicon.sides:
            sided = [match for match in order if match.phrase.one or match.phrase.both or match.phrase.mirror]
            if sided:
                min(sided, key=lambda match: _gap(match, i)).side = lexicon.sides[word]


def _factor(clause: list[str], i: int, lexicon: _Lexicon) -> float:
    """How much the word at `i` changes what it goes with: "very" makes "faint" fainter, and nothing stronger."""
    factor = lexicon.intensities[clause[i]]
    if factor > 1.0 and i + 1 < len(clause) and lexicon.intensities.get(clause[i + 1], 1.0) < 1.0:
        return 0.8
    return factor


def _side_afterwards(match: _Found, clause: list[str], lexicon: _Lexicon) -> None:
    """A side that stands alone ("a smirk, on the left") belongs to what was said before, unless that has one."""
    for word in clause:
        if lexicon.sides.get(word) in ("left", "right") and match.side in (None, "either"):
            match.side = lexicon.sides[word]


def _gap(match: _Found, i: int) -> float:
    """Words between; a phrase that follows is nearer than one that stands before."""
    if i < match.start:
        return match.start - i
    return 0 if i < match.stop else i - match.stop + 1.5


# -- from phrases to coefficients --------------------------------------------------------------------------------


def _readings(found: list[_Found]) -> tuple[Reading, ...]:
    # Feelings speak softly and first; what names a part of the face speaks last and so prevails: what is there over
    # what is not ("mouth open, no screaming"). "Sad but not crying" denies a degree, and no part of the face.
    felt = {name for match in found if not match.negated for name in match.phrase.emotion}
    order = sorted(
        (match for match in found if not (match.negated and felt & match.phrase.emotion.keys())),
        key=lambda match: (bool(match.phrase.both or match.phrase.one or match.phrase.exact), not match.negated),
    )
    parts = [_take(match) for match in order]
    open_sides = [i for i, (_, _, open_side) in enumerate(parts) if open_side][: _READINGS.bit_length() - 1]
    readings = []
    for flips in product((False, True), repeat=len(open_sides)):
        flipped = {i for i, flip in zip(open_sides, flips, strict=True) if flip}
        coefficients, certainty = np.zeros(COUNT), np.zeros(COUNT)
        for i, (values, sure, _) in enumerate(parts):
            if i in flipped:
                values, sure = values[mirror_order()], sure[mirror_order()]
            wins = (sure > 0) & (sure >= certainty)
            coefficients[wins], certainty[wins] = values[wins], sure[wins]
        readings.append(Reading(frozen(coefficients), frozen(certainty)))
    return tuple(readings)


def _take(match: _Found) -> tuple[Any, Any, bool]:
    """Values and certainties of one phrase, one-sided ones on the left, and whether the side is open."""
    phrase, side = match.phrase, match.side
    values, certainty = np.zeros(COUNT), np.zeros(COUNT)

    def say(names: Mapping[str, float], sides: str, sure: float) -> None:
        for name, value in names.items():
            for key in (name,) if name in INDEX else tuple(f"{name}{s}" for s in sides.split()):
                spoken = 0.0 if match.negated and value > 0 else value
                if match.negated and value == 0.0:
                    continue
                values[INDEX[key]] = min(1.0, spoken * match.factor)
                certainty[INDEX[key]] = sure

    # "no teeth" rules out all that shows teeth, though "teeth" need not mean all of it.
    ruled_out = match.negated and bool(phrase.both)
    say(phrase.soft, "Left Right", phrase.certainty if ruled_out else SOFT * phrase.certainty)
    say(phrase.exact, "", phrase.certainty)
    lone = side in ("left", "right", "either") and bool(phrase.both) and not phrase.one
    if lone:
        say(phrase.both, "Left", phrase.certainty)
        resting = {name: 0.0 for name in phrase.both if name not in INDEX}
        if not match.negated:
            say(resting, "Right", 0.7 * phrase.certainty)
    else:
        say(phrase.both, "Left Right", phrase.certainty)
    if side == "both" and phrase.one:
        say(phrase.one, "Left Right", phrase.certainty)
    else:
        say(phrase.one, "Left", phrase.certainty)
        if match.negated:
            say(phrase.one, "Right", phrase.certainty)
        say(phrase.other, "Right", phrase.certainty)
    one_sided = (lone or bool(phrase.one) or phrase.mirror) and side != "both"
    if one_sided and side == "right":
        order = mirror_order()
        values, certainty = values[order], certainty[order]
    return values, certainty, one_sided and side not in ("left", "right") and not match.negated


def _feeling(found: list[_Found]) -> tuple[Emotion | None, float, Vector]:
    weights, avoided = np.zeros(len(EMOTIONS)), np.zeros(len(EMOTIONS))
    strength = 0.0
    for match in found:
        for name, weight in match.phrase.emotion.items():
            if match.negated:
                avoided[EMOTIONS.index(name)] = max(avoided[EMOTIONS.index(name)], weight)
            else:
                weights[EMOTIONS.index(name)] += weight
                strength = max(strength, min(1.0, weight * match.factor) if name != "neutral" else 0.0)
    avoided[weights > 0] = 0.0
    total = float(weights.sum())
    if total == 0.0:
        return None, 0.0, frozen(avoided)
    felt = Emotion.from_probabilities(weights / total)
    emotion = Emotion(felt.probabilities, felt.valence, felt.arousal, strength)
    return emotion, min(1.0, total), frozen(avoided)


# -- the lexicon -------------------------------------------------------------------------------------------------


@cache
def _lexicon() -> _Lexicon:
    text = resources.files("mien.core").joinpath("data/phrases.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    canon = {word: token for token, words in data["words"].items() for word in words}
    return _Lexicon(
        frozenset(data["drop"]),
        frozenset(data["splits"]),
        frozenset(data["joins"]),
        frozenset(data["negations"]),
        frozenset(data["lacks"]),
        data["sides"],
        data["intensities"],
        canon,
        tuple(_phrase(entry, canon) for entry in data["phrase"]),
    )


def _phrase(entry: Mapping[str, Any], canon: Mapping[str, str]) -> _Phrase:
    tables = {name: entry.get(name, {}) for name in ("both", "one", "other", "soft")}
    for table in tables.values():
        for name in table:
            if name not in INDEX and f"{name}Left" not in INDEX:
                raise BadFile(f"phrases.toml: '{name}' in {entry['say'][0]!r} is no coefficient.")
    return _Phrase(
        patterns=tuple(tuple(canon.get(word, word) for word in pattern.split()) for pattern in entry["say"]),
        exact=entry.get("exact", {}),
        emotion=entry.get("emotion", {}),
        mirror=entry.get("mirror", False),
        certainty=entry.get("certainty", 1.0),
        **tables,
    )
