"""`Wish`: what a query comes to once its words are understood and its parts are weighed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT
from mien.core.arrays import Vector, frozen
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import Expression
from mien.core.phrases import Reading, understand
from mien.core.query import MODALITIES, Query
from mien.retrieval.shift import shifted, steps_in, steps_of

_OWN_FEELING: Final = 0.6
"""Weight of the feeling of a face that is asked for: its look says most of it already."""


_CERTAIN: Final = 0.99
_AT_REST: Final = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face that is asked for. readings: one, or several of which the best counts. weight: >= 0. is_spoken: in words,
    so that what is certainly at rest in it was denied and must not be there.
    """

    readings: tuple[Reading, ...]
    weight: float
    is_spoken: bool = False

    def denied(self, reading: Reading) -> NDArray[np.bool_]:
        """bool (52,): the shapes that must not be there, by one of the readings."""
        return (reading.certainty >= _CERTAIN) & (reading.coefficients <= _AT_REST) & self.is_spoken


@dataclass(frozen=True, slots=True, eq=False)
class Wish:
    """What is asked. faces, emotions: targets with weights; text: the words, with their weight.

    avoided: float32 (8,), 0..1 per emotion that is ruled out, with `avoided_weight`. unlike: a face that hits should
    not look like. spoken_emotion: the one of the emotions that came from words. changes: what was added to the faces or
    taken away, as it was said.
    """

    faces: tuple[Face, ...] = ()
    emotions: tuple[tuple[Emotion, float], ...] = ()
    text: str | None = None
    text_weight: float = 0.0
    avoided: Vector = field(default_factory=lambda: frozen(np.zeros(len(EMOTIONS))))
    avoided_weight: float = 0.0
    unlike: Expression | None = None
    spoken_emotion: Emotion | None = None
    changes: tuple[str, ...] = ()


def wish_of(query: Query, *, like: Expression | None = None, unlike: Expression | None = None) -> Wish:
    """Understand a query.

    like, unlike: the expressions of the assets that the query names, freed from their styles.
    """
    faces: list[Face] = []
    emotions: list[tuple[Emotion, float]] = []
    weight = {name: query.weights.get(name, 1.0) for name in MODALITIES}
    text = query.text if weight["text"] > 0 else None
    steps = steps_of(query.but)
    if text is not None and (query.expression is not None or like is not None):
        compared, text = steps_in(text)
        steps, text = (*steps, *compared), text or None
    spoken = understand(text) if text is not None else None
    said = np.max([r.certainty for r in spoken.readings], axis=0) if spoken else np.zeros(COUNT, np.float32)
    for expression, name in ((query.expression, "expression"), (like, "like")):
        if expression is not None and weight[name] > 0:
            expression = shifted(expression, steps) if steps else expression
            # "Like this, but one brow up": words prevail over a face on what they speak of.
            certainty = expression.certainty * (1.0 - said * min(1.0, weight["text"] / weight[name]))
            faces.append(Face((Reading(expression.coefficients, certainty),), weight[name]))
            # Two sliders say nothing about the feeling of a whole face.
            whole = float(expression.certainty.sum()) / COUNT
            if whole > 0.5:
                emotions.append((expression.emotion, _OWN_FEELING * whole * weight[name]))
    avoided, avoided_weight = np.zeros(len(EMOTIONS), dtype=np.float32), 0.0
    if spoken is not None:
        sure = float(said.max())
        if sure > 0:
            faces.append(Face(spoken.readings, sure * weight["text"], is_spoken=True))
        if spoken.emotion is not None:
            emotions.append((spoken.emotion, spoken.emotion_certainty * weight["text"]))
        if spoken.avoided.any():
            avoided, avoided_weight = spoken.avoided, weight["text"]
    if query.emotion is not None and weight["emotion"] > 0:
        emotions.append((query.emotion, weight["emotion"]))
    if query.avoid:
        avoided = avoided.copy()
        avoided[[EMOTIONS.index(name) for name in query.avoid]] = 1.0
        avoided_weight = 1.0
    heard = spoken.emotion if spoken is not None else None
    changes = tuple(step.say for step in steps)
    return Wish(tuple(faces), tuple(emotions), text, weight["text"], avoided, avoided_weight, unlike, heard, changes)
