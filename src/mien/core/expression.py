"""`Expression`, what a face says whoever's face it is; its algebra; and `Clip`, expressions in time."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from mien.core.arkit import COEFFICIENTS, COUNT, INDEX, as_coefficients, mirror_order, named
from mien.core.arrays import Coefficients, Vector, frozen, vector
from mien.core.emotion import Emotion, emotion_of
from mien.errors import BadExpression, UnknownName

LATENT: Final = 256
GUESS_BELOW: Final = 0.3
"""Below this confidence an expression is shown as a guess."""

_SCHEMA: Final = "mien.expression/1"


@dataclass(frozen=True, slots=True)
class HeadPose:
    """Where the head points, in radians; all zero faces the camera.

    yaw_rad: positive turns to the subject's left. pitch_rad: positive looks up.
    roll_rad: positive tips towards the subject's left shoulder.
    """

    yaw_rad: float = 0.0
    pitch_rad: float = 0.0
    roll_rad: float = 0.0

    def __post_init__(self) -> None:
        for name in ("yaw_rad", "pitch_rad", "roll_rad"):
            value = float(getattr(self, name))
            if not abs(value) <= math.pi:
                raise BadExpression(f"Head {name} must lie between -pi and pi, not {value:g}.")
            object.__setattr__(self, name, value)

    @property
    def mirrored(self) -> HeadPose:
        """The pose in a mirror."""
        return HeadPose(-self.yaw_rad, self.pitch_rad, -self.roll_rad)


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """What a face says, whoever's face it is.

    coefficients: float32 (52,), 0..1, ARKit order.
    head: the pose of the head.
    emotion: `Emotion`; by rule from the coefficients when not given.
    confidence: 0..1, of the whole reading; below 0.3 show it as a guess.
    certainty: float32 (52,), 0..1, per coefficient; 0 where the source cannot see it at all (a reader without
        tongueOut, say): such a coefficient is unknown, not measured as 0.
    latent: float32 (256,) or None: identity 64, expression 128, style 48, auxiliary 16 (paper, Table 2).
    """

    coefficients: Coefficients
    head: HeadPose = field(default_factory=HeadPose)
    emotion: Emotion = None  # type: ignore[assignment]  # filled in below, so that readers never meet None
    confidence: float = 1.0
    certainty: Vector = None  # type: ignore[assignment]
    latent: Vector | None = None

    def __post_init__(self) -> None:
        set_ = object.__setattr__
        set_(self, "coefficients", as_coefficients(self.coefficients))
        if self.emotion is None:
            set_(self, "emotion", emotion_of(self.coefficients))
        certainty = np.ones(COUNT) if self.certainty is None else self.certainty
        set_(self, "certainty", vector(certainty, COUNT, what="Certainty", low=0.0, high=1.0, names=COEFFICIENTS))
        try:
            confidence = float(self.confidence)
        except (TypeError, ValueError) as error:
            raise BadExpression(f"Confidence must be a number between 0 and 1, not {self.confidence!r}.") from error
        if not 0.0 <= confidence <= 1.0:
            raise BadExpression(f"Confidence must lie between 0 and 1, not {confidence:g}.")
        set_(self, "confidence", confidence)
        if self.latent is not None:
            try:
                latent = frozen(self.latent)
            except (TypeError, ValueError) as error:
                raise BadExpression(f"A latent must be {LATENT} finite numbers.") from error
            if latent.shape != (LATENT,) or not np.isfinite(latent).all():
                raise BadExpression(f"A latent must be {LATENT} finite numbers.")
            set_(self, "latent", latent)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Expression):
            return NotImplemented
        same_latent = (self.latent is None) == (other.latent is None) and (
            self.latent is None or other.latent is None or np.array_equal(self.latent, other.latent)
        )
        return (
            same_latent
            and np.array_equal(self.coefficients, other.coefficients)
            and np.array_equal(self.certainty, other.certainty)
            and (self.head, self.emotion, self.confidence) == (other.head, other.emotion, other.confidence)
        )

    def __hash__(self) -> int:
        return hash((self.coefficients.tobytes(), self.head, self.confidence))

    def __getitem__(self, name: str) -> float:
        """The value of one coefficient by name. Raises `UnknownName`."""
        if name not in INDEX:
            raise UnknownName.among("coefficient", str(name), COEFFICIENTS)
        return float(self.coefficients[INDEX[name]])

    @property
    def is_guess(self) -> bool:
        """Is the reading too unsure to be shown as a fact?"""
        return self.confidence < GUESS_BELOW

    @classmethod
    def neutral(cls) -> Expression:
        """A resting face."""
        return cls(as_coefficients(np.zeros(COUNT)))

    @classmethod
    def from_coefficients(cls, values: Mapping[str, float] | Sequence[float]) -> Expression:
        """From named or ordered coefficients; the emotion follows by rule. Raises `BadExpression`, `UnknownName`."""
        return cls(as_coefficients(values))

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON (schema `mien.expression/1`, docs/formats.md). Coefficients keep full float32."""
        return {
            "schema": _SCHEMA,
            "coefficients": {n: float(v) for n, v in zip(COEFFICIENTS, self.coefficients, strict=True)},
            "certainty": {n: float(v) for n, v in zip(COEFFICIENTS, self.certainty, strict=True)},
            "head": {
                "yaw_rad": self.head.yaw_rad,
                "pitch_rad": self.head.pitch_rad,
                "roll_rad": self.head.roll_rad,
            },
            "emotion": self.emotion.to_dict(),
            "confidence": self.confidence,
            "latent": None if self.latent is None else [float(v) for v in self.latent],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Expression:
        """Inverse of `to_dict`. Only `coefficients` is required; raises `BadExpression` or `UnknownName`."""
        if not isinstance(data, Mapping) or not isinstance(data.get("coefficients"), Mapping):
            raise BadExpression('An expression needs "coefficients": an object of name: 0..1.')
        if data.get("schema", _SCHEMA) != _SCHEMA:
            raise BadExpression(f"This is {data['schema']!r}; this version reads {_SCHEMA!r}.")
        head = data.get("head") or {}
        try:
            pose = HeadPose(**{key: float(value) for key, value in head.items()})
        except (TypeError, ValueError, AttributeError) as error:
            raise BadExpression('"head" needs yaw_rad, pitch_rad and roll_rad.') from error
        certainty = data.get("certainty")
        if certainty is not None:
            if not isinstance(certainty, Mapping):
                raise BadExpression(f'"certainty" must be an object of name: 0..1, not {certainty!r}.')
            certainty = as_coefficients({**dict.fromkeys(COEFFICIENTS, 1.0), **certainty})
        latent = data.get("latent")
        emotion = data.get("emotion")
        if emotion is not None and not isinstance(emotion, Mapping):
            raise BadExpression(f'"emotion" must be an object with "probabilities", not {emotion!r}.')
        return cls(
            as_coefficients(data["coefficients"]),
            head=pose,
            emotion=Emotion.from_dict(emotion) if emotion else None,  # type: ignore[arg-type]
            confidence=data.get("confidence", 1.0),
            certainty=certainty,  # type: ignore[arg-type]
            latent=latent,
        )

    def to_json(self, *, indent: int | None = None) -> str:
        """`to_dict` as text."""
        return json.dumps(self.to_dict(), indent=indent)

    @classmethod
    def from_json(cls, text: str) -> Expression:
        """Inverse of `to_json`."""
        try:
            data = json.loads(text)
        except json.JSONDecodeError as error:
            raise BadExpression(f"This is not JSON: {error}.") from error
        return cls.from_dict(data)

    def __repr__(self) -> str:
        strongest = sorted(named(self.coefficients, above=0.05).items(), key=lambda kv: -kv[1])[:4]
        shapes = ", ".join(f"{name} {value:.2f}" for name, value in strongest) or "at rest"
        return f"<Expression {self.emotion.top}: {shapes}; confidence {self.confidence:.2f}>"


def blend(expressions: Sequence[Expression], weights: Sequence[float]) -> Expression:
    """Weighted mean of coefficients, pose and certainty; weights must be >= 0 and are made to add up to 1."""
    w = np.asarray(weights, dtype=np.float64)
    if len(expressions) == 0 or w.shape != (len(expressions),) or (w < 0).any() or w.sum() <= 0:
        raise BadExpression("A blend needs as many weights >= 0 as expressions, at least one of them above 0.")
    w = w / w.sum()
    heads = np.array([[e.head.yaw_rad, e.head.pitch_rad, e.head.roll_rad] for e in expressions])
    return Expression(
        w @ np.stack([e.coefficients for e in expressions]),
        head=HeadPose(*(w @ heads)),
        confidence=float(w @ [e.confidence for e in expressions]),
        certainty=(w @ np.stack([e.certainty for e in expressions])).astype(np.float32),
    )


def scale(expression: Expression, factor: float) -> Expression:
    """Stronger (factor above 1) or weaker; shapes stop at 1. The emotion is read anew by rule."""
    if not math.isfinite(factor) or factor < 0:
        raise BadExpression(f"An expression is scaled by a factor >= 0, not {factor:g}.")
    return Expression(
        np.clip(expression.coefficients * factor, 0.0, 1.0),
        head=expression.head,
        confidence=expression.confidence,
        certainty=expression.certainty,
    )


def mirror(expression: Expression) -> Expression:
    """The expression in a mirror; twice is the expression itself."""
    order = mirror_order()
    return replace(
        expression,
        coefficients=expression.coefficients[order],
        certainty=expression.certainty[order],
        head=expression.head.mirrored,
        latent=None,
    )


def difference(one: Expression, other: Expression) -> Vector:
    """one - other per coefficient: float32 (52,), -1..1."""
    return np.asarray(one.coefficients - other.coefficients, dtype=np.float32)


def distance(one: Expression, other: Expression) -> float:
    """Root of the mean squared difference over the coefficients that both are sure of: 0 (same) .. 1.

    Each coefficient counts by the product of its two certainties.
    """
    weights = one.certainty * other.certainty
    total = float(weights.sum())
    if total <= 0:
        return 0.0
    return float(np.sqrt((weights * difference(one, other) ** 2).sum() / total))


@dataclass(frozen=True, slots=True)
class Clip:
    """Expressions in time.

    times_s: float32 (n,), rising, seconds. expressions: n of them.
    """

    times_s: Vector
    expressions: tuple[Expression, ...]

    def __post_init__(self) -> None:
        times = frozen(self.times_s)
        if times.shape != (len(self.expressions),) or not np.isfinite(times).all():
            raise BadExpression("A clip needs one finite time for each expression.")
        if (np.diff(times) <= 0).any():
            raise BadExpression("The times of a clip must rise.")
        object.__setattr__(self, "times_s", times)
        object.__setattr__(self, "expressions", tuple(self.expressions))

    def __len__(self) -> int:
        return len(self.expressions)

    @property
    def coefficients(self) -> np.ndarray[Any, np.dtype[np.float32]]:
        """float32 (n, 52)."""
        if not self.expressions:
            return np.zeros((0, COUNT), dtype=np.float32)
        return np.stack([e.coefficients for e in self.expressions])
