"""`Query`, what is asked of a library; `Context`, for which moment of a production; `Hit`, what came back and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Final

from mien.core.arkit import CONTROL_INDEX
from mien.core.asset import Asset
from mien.core.character import Response
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import Expression
from mien.errors import BadExpression, UnknownName

MODALITIES: Final[tuple[str, ...]] = ("expression", "text", "emotion", "like")
"""What a query may ask by; `Query.weights` may weigh each."""

CRITERIA: Final[Mapping[str, float]] = MappingProxyType(
    {
        "look": 0.60,
        "words": 0.40,
        "emotion": 0.45,
        "style": 0.25,
        "temporal": 0.15,
        "character": 0.10,
        "preference": 0.05,
    }
)
"""Weight of each ranking criterion: the last five are Table 8 of the paper; `look` and `words` say how well the shapes
and the description match what was asked, and together weigh as much as the context does."""


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked: any mix of expression, words, emotion and another asset, among the assets that pass the filters.

    text: "smug half smile, one brow up". emotion: a distribution. like: id of an asset to find more like it.
    expression: coefficients as read or set, not bounded by a style; each counts by its certainty, so that an
        expression with certainty on two coefficients asks about these two alone.
    but: emotion or control (`CONTROLS`) -> -1..1, added to the face that is asked for: "like this, but angrier" is
        like=ID, but={"anger": 0.4}. Needs an expression or another asset.
    weights: modality (`MODALITIES`) -> weight >= 0; 1 where not given.
    avoid: emotions that are ruled out. unlike: id of an asset that hits should not look like.
    styles, characters, productions, ids: an asset passes with any of them. tags: it needs all of them.
    exclude_tags, exclude_styles, exclude_characters: it may have none of them.
    min_rating: 0..5; unrated assets do not pass. since, until: when it was added, a day ("2026-05-31", both days
        included) or a moment (ISO 8601; UTC where no zone is given).
    variety: 0..1, how strongly near-repeats of a better hit, and crowds of one character, are pushed down; 0 is off.
    """

    text: str | None = None
    emotion: Emotion | None = None
    expression: Expression | None = None
    like: str | None = None
    but: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    avoid: tuple[str, ...] = ()
    unlike: str | None = None
    styles: tuple[str, ...] = ()
    characters: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    productions: tuple[str, ...] = ()
    exclude_tags: tuple[str, ...] = ()
    exclude_styles: tuple[str, ...] = ()
    exclude_characters: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    min_rating: float | None = None
    since: str | None = None
    until: str | None = None
    variety: float = 0.3

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", (self.text or "").strip() or None)
        object.__setattr__(self, "weights", _weights(self.weights, MODALITIES, "modality"))
        if not 0.0 <= self.variety <= 1.0:
            raise BadExpression(f"variety must lie between 0 and 1, not {self.variety:g}.")
        for name, amount in self.but.items():
            if name not in EMOTIONS and name not in CONTROL_INDEX:
                raise UnknownName.among("emotion or control", name, (*EMOTIONS, *CONTROL_INDEX))
            if not -1.0 <= amount <= 1.0:
                raise BadExpression(f"How much {name} is added must lie between -1 and 1, not {amount:g}.")
        object.__setattr__(self, "but", MappingProxyType(dict(self.but)))
        if self.but and self.expression is None and self.like is None:
            raise BadExpression("'but' changes a face: give a picture, an expression or another asset with it.")
        for name in self.avoid:
            if name not in EMOTIONS:
                raise UnknownName.among("emotion", name, EMOTIONS)
        since, until = self.added_between_s
        if since is not None and until is not None and since >= until:
            raise BadExpression(f"Nothing can be from {self.since} on and up to {self.until}: swap the two.")

    @property
    def is_open(self) -> bool:
        """Does it ask nothing but the filters?"""
        asked = (self.text, self.emotion, self.expression, self.like, self.unlike)
        return all(part is None for part in asked) and not self.avoid

    @property
    def added_between_s(self) -> tuple[float | None, float | None]:
        """`since` (included) and `until` (excluded), seconds since 1970 in UTC; None where not given."""
        since = None if self.since is None else _moment_s(self.since)
        until = None if self.until is None else _moment_s(self.until, ends=True)
        return since, until


@dataclass(frozen=True, slots=True)
class Context:
    """The moment of a production that an expression is wanted for; everything may be left out.

    character, style: for whom and in which style. production: where; its own weights and what was learned there count.
    response: how the character really moves (`mien.core.character.measure`), for what it can do of a look.
    previous, next: the expressions around the gap; after, before: in their place, the ids of assets that show them.
    position: 0..1, where in the gap (0.5 is the middle).
    user: whose past choices count.
    weights: criterion (`CRITERIA`) -> weight >= 0, in place of the usual ones; a production's own taste.
    """

    character: str = ""
    style: str = ""
    production: str = ""
    previous: Expression | None = None
    next: Expression | None = None
    after: str | None = None
    before: str | None = None
    position: float = 0.5
    user: str = ""
    weights: Mapping[str, float] = field(default_factory=dict)
    response: Response | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", checked_weights(self.weights))
        if not 0.0 <= self.position <= 1.0:
            raise BadExpression(f"position must lie between 0 and 1, not {self.position:g}.")


@dataclass(frozen=True, slots=True)
class Factor:
    """One criterion's share in a score: contribution = weight * value; value is 0..1, higher is better."""

    value: float
    weight: float
    contribution: float


@dataclass(frozen=True, slots=True)
class Hit:
    """An asset, its score (0..1, higher is better) and what the score is made of.

    factors: criterion -> `Factor`; the contributions add up to the score. Only criteria that the query and its
        context determine are there. `repetition` has a negative weight: how much of a better hit this one
        repeats.
    """

    asset: Asset
    score: float
    factors: Mapping[str, Factor] = field(default_factory=dict)


def parse_emotion(text: str) -> Emotion:
    """Read `happiness=0.7,surprise=0.3`.

    Weights below a sum of 1 leave the rest to neutral. Raises `UnknownName` with close names, or `BadExpression`.
    """
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, equals, number = part.partition("=")
        name = name.strip().lower()
        if not name:
            raise BadExpression("Write an emotion as name=number, for example happiness=0.7,surprise=0.3.")
        if name not in EMOTIONS:
            raise UnknownName.among("emotion", name, EMOTIONS)
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if not equals or not math.isfinite(value):
            raise BadExpression(f"Write an emotion as name=number, for example {name}=0.7; '{part.strip()}' is not.")
        if name in weights:
            raise BadExpression(f"{name} is there twice; give each emotion once.")
        weights[name] = value
    return Emotion.from_weights(weights)


def checked_weights(weights: Mapping[str, float]) -> Mapping[str, float]:
    """Weights of criteria, read-only. Raises `UnknownName`, or `BadExpression` for a number below 0."""
    return _weights(weights, tuple(CRITERIA), "criterion")


def _moment_s(text: str, *, ends: bool = False) -> float:
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadExpression(f"'{text}' is no date; write 2026-05-31, or 2026-05-31T18:00.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    is_day = len(text.strip()) <= len("2026-05-31")
    return (moment + timedelta(days=1) if ends and is_day else moment).timestamp()


def _weights(given: Mapping[str, float], known: tuple[str, ...], what: str) -> Mapping[str, float]:
    for name, weight in given.items():
        if name not in known:
            raise UnknownName.among(what, name, known)
        if not (math.isfinite(weight) and weight >= 0.0):
            raise BadExpression(f"The weight of {name} must be a number >= 0, not {weight:g}.")
    return MappingProxyType(dict(given))
