"""Stage 2: R(q, e, c) = sum w_i phi_i(q, e, c) over the criteria that query and context determine (paper, 4.2).

docs/ranking.md has every phi as a formula.

Weights are those of Table 8 plus `look` and `words` (`mien.core.query.CRITERIA`); those of criteria that nothing was
said about are left out and the others are scaled to add up to 1. Each phi is 0..1, 1 is best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Vector
from mien.core.asset import BEST_RATING
from mien.core.character import Response
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import blend
from mien.core.query import CRITERIA, Context
from mien.core.style import Style, bound
from mien.retrieval.faces import AXES, Faces, Metric, likeness, slopes, visibility
from mien.retrieval.wish import Wish

_PATH: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
_SEEN_TRAVEL: Final = 0.1
_HALF: Final = 0.4
_STEEP: Final = 0.15
_UNSEEN: Final = 0.12
_PLAIN: Final = 0.45
"""What words deny is not seen up to .12, and plain to see .45 beyond."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """k assets to be ranked.

    faces, sure: float32 (k, 52), freed from their styles, and certainties. emotions: float32 (k, 11).
    words: float32 (k, 384), in the joint space, unit length. named: float32 (k,), 0..1, how much of the text names
    their tags.
    styles, characters: their ids. ratings: float32 (k,), NaN where unrated.
    """

    faces: Faces
    sure: Faces
    emotions: NDArray[np.float32]
    words: NDArray[np.float32]
    named: Vector
    styles: Sequence[str]
    characters: Sequence[str]
    ratings: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """Faces that a user liked (value up to 1) or refused (down to -1). faces: float32 (m, 52). values: float32 (m,)."""

    faces: Faces
    values: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """criteria: name -> (phi of each candidate float32 (k,), weight); weights add up to 1. scores: float32 (k,)."""

    criteria: Mapping[str, tuple[Vector, float]]
    scores: Vector


def rank(
    wish: Wish,
    candidates: Candidates,
    *,
    text: Vector | None = None,
    context: Context | None = None,
    styles: Mapping[str, Style],
    style: str = "",
    taste: Taste | None = None,
    metric: Metric | None = None,
) -> Ranking:
    """Score candidates.

    text: the query's words in the joint space (384,). style: the id of the style that is wanted, "" if none is.
    metric: how a production compares looks, where that was learned.
    """
    context = context or Context()
    values: dict[str, Vector] = {}
    sureness: dict[str, float] = {}

    if wish.faces or wish.unlike is not None:
        values["look"], sureness["look"] = _look(wish, candidates, metric)
    if text is not None:
        values["words"], sureness["words"] = _words(text, candidates), wish.text_weight
    if wish.emotions or wish.avoided_weight > 0:
        values["emotion"], sureness["emotion"] = _emotion(wish, candidates)
    if style:
        near = {name: style_similarity(style, name, styles) for name in set(candidates.styles)}
        values["style"] = np.array([near[name] for name in candidates.styles], dtype=np.float32)
    if context.previous is not None or context.next is not None:
        values["temporal"] = _temporal(context, candidates)
    if context.character:
        values["character"] = _character(context, style, styles, candidates)
    if taste is not None and len(taste.values):
        values["preference"] = _preference(taste, candidates)

    # "Not sad" with a sad face means the face without that: what is ruled out spoils all that is asked.
    left = _without_denied(wish, candidates)
    if wish.avoided_weight > 0:
        left = left * np.clip(1.0 - candidates.emotions[:, : len(EMOTIONS)] @ wish.avoided, 0.0, 1.0)
    if left.min(initial=1.0) < 1.0:
        for name in {"look", "words", "emotion"} & values.keys():
            values[name] = np.asarray(values[name] * left, dtype=np.float32)

    weights = {name: context.weights.get(name, CRITERIA[name]) * sureness.get(name, 1.0) for name in values}
    total = sum(weights.values())
    if total <= 0:
        # Nothing but filters: what people rated well comes first.
        rated = np.nan_to_num(candidates.ratings / BEST_RATING, nan=0.5).astype(np.float32)
        return Ranking({"rating": (rated, 1.0)}, rated)
    criteria = {name: (values[name], weight / total) for name, weight in weights.items() if weight > 0}
    scores = np.zeros(len(candidates.faces), dtype=np.float32)
    for phi, weight in criteria.values():
        scores += weight * phi
    return Ranking(criteria, scores)


def _look(wish: Wish, candidates: Candidates, metric: Metric | None) -> tuple[Vector, float]:
    """Mean over the faces asked for of `faces.likeness`, of several readings of the same words the best; times what
    is left by the likeness to a face that hits should not look like.
    """
    total = np.zeros(len(candidates.faces), dtype=np.float32)
    for face in wish.faces:
        readings = [
            likeness(candidates.faces, candidates.sure, r.coefficients, r.certainty, metric=metric)
            for r in face.readings
        ]
        total += face.weight * np.max(readings, axis=0)
    weight = sum(face.weight for face in wish.faces)
    phi = total / weight if weight > 0 else np.ones(len(total), dtype=np.float32)
    if wish.unlike is not None:
        unwanted = wish.unlike
        near = likeness(candidates.faces, candidates.sure, unwanted.coefficients, unwanted.certainty, metric=metric)
        phi = phi * (1.0 - near)
    return np.asarray(phi, dtype=np.float32), weight or 1.0


def _without_denied(wish: Wish, candidates: Candidates) -> Vector:
    """float32 (k,), 0..1: 1 without the shapes that the words deny ("mouth closed", "no teeth"), less the more the
    strongest of them is there; of several readings of the words the best.
    """
    left = np.ones(len(candidates.faces), dtype=np.float32)
    for face in wish.faces:
        denied = [face.denied(reading) for reading in face.readings]
        if not any(mask.any() for mask in denied):
            continue
        there = candidates.sure * np.clip((candidates.faces - _UNSEEN) / _PLAIN, 0.0, 1.0)
        left = left * (1.0 - np.min([there[:, mask].max(axis=1, initial=0.0) for mask in denied], axis=0))
    return np.asarray(left, dtype=np.float32)


def metric_slopes(wish: Wish, candidates: Candidates) -> NDArray[np.float32]:
    """float32 (k, 8): how `look` changes with each gain of a `Metric`; 0 where no face is asked for."""
    total = np.zeros((len(candidates.faces), len(AXES)), dtype=np.float32)
    for face in wish.faces:
        first = face.readings[0]
        total += face.weight * slopes(candidates.faces, candidates.sure, first.coefficients, first.certainty)
    return total / max(sum(face.weight for face in wish.faces), 1e-6)


def _words(text: Vector, candidates: Candidates) -> Vector:
    """1 / (1 + exp(-(cosine - .4) / .15)) in the joint space: .12 for the .1 of faces that the words do not mean, .88
    for the .7 of those they were said of; tags and names that the text spells out close up to 60 % of the gap to 1.
    """
    cosine = candidates.words @ text
    phi = 1.0 / (1.0 + np.exp(-(cosine - _HALF) / _STEEP))
    return np.asarray(1.0 - (1.0 - phi) * (1.0 - 0.6 * candidates.named), dtype=np.float32)


def _emotion(wish: Wish, candidates: Candidates) -> tuple[Vector, float]:
    """Mean of `emotional_similarity` over the emotions asked for; 1 where only some are ruled out."""
    total = np.zeros(len(candidates.faces), dtype=np.float32)
    weight = sum(share for _, share in wish.emotions)
    for emotion, share in wish.emotions:
        total += share * emotional_similarity(emotion, candidates.emotions, intensity=emotion is wish.spoken_emotion)
    phi = total / weight if weight > 0 else np.ones(len(total), dtype=np.float32)
    return np.asarray(phi, dtype=np.float32), max(weight, wish.avoided_weight)


def emotional_similarity(emotion: Emotion, emotions: NDArray[np.float32], *, intensity: bool = False) -> Vector:
    """cos^2 of (8 probabilities, valence, arousal), less up to a third for another intensity: float32 (k,), 0..1.

    emotions: float32 (k, 11), intensity last. intensity: count it, as for words ("furious", "a bit sad"). Elsewhere it
    says nothing that the neutral share and the look do not say: without it context ranking gains .1 of MAP.
    """
    target = emotion.vector
    lengths = np.linalg.norm(emotions[:, :10], axis=1) * max(float(np.linalg.norm(target)), 1e-6)
    cosine = np.clip(emotions[:, :10] @ target / np.maximum(lengths, 1e-6), 0.0, 1.0)
    lost = np.abs(emotions[:, 10] - emotion.intensity) / 3.0 if intensity else 0.0
    return np.asarray(cosine**2 * (1.0 - lost), dtype=np.float32)


def style_similarity(one: str, other: str, styles: Mapping[str, Style]) -> float:
    """1 for the same style; otherwise .5 exp(-mean difference of their bounds / .1), 0 for one that is not known."""
    if one == other:
        return 1.0
    if one not in styles or other not in styles:
        return 0.0
    return 0.5 * float(np.exp(-np.abs(styles[one].bounds - styles[other].bounds).mean() / 0.1))


def _temporal(context: Context, candidates: Candidates) -> Vector:
    """Likeness to the path from the expression before to the one after, most where `position` is.

    phi = max over t of likeness(x, path(t)) (1 - |t - position|): what lies on the way fits wherever it lies, and
    fits best at its time. With one neighbour, the likeness to that one.
    """
    before, after = context.previous, context.next
    if before is None or after is None:
        alone = before or after
        if alone is None:
            return np.ones(len(candidates.faces), dtype=np.float32)
        return likeness(candidates.faces, candidates.sure, alone.coefficients, alone.certainty)
    best = np.zeros(len(candidates.faces), dtype=np.float32)
    for t in {*_PATH, context.position}:
        between = blend([before, after], [1.0 - t, t])
        near = likeness(candidates.faces, candidates.sure, between.coefficients, between.certainty)
        best = np.maximum(best, near * np.float32(1.0 - abs(t - context.position)))
    return best


def _character(context: Context, style: str, styles: Mapping[str, Style], candidates: Candidates) -> Vector:
    """1 for the character's own; others .8 times the share of their look that the character can show."""
    share = suitability(candidates.faces, styles.get(style), context.response)
    own = np.array([name == context.character for name in candidates.characters])
    return np.where(own, np.float32(1.0), np.float32(0.8) * share).astype(np.float32)


def suitability(faces: Faces, style: Style | None, response: Response | None) -> Vector:
    """float32 (n,), 0..1: how much of each look is left once a style has bounded it and a character has shown it.

    1 - |v (x - shown)| / (|v x| + .1) with v the visibility of each shape; shown = bound(x) min(1, travel / .1): a
    shape that moves nothing by a tenth of the distance between the eyes is not seen in full. faces: float32 (n, 52).
    """
    shown = bound(faces, style) if style is not None else faces
    if response is not None:
        shown = shown * np.minimum(1.0, response.travel / _SEEN_TRAVEL)
    seen = np.sqrt(visibility())
    lost = np.linalg.norm(seen * (faces - shown), axis=1)
    return np.asarray(1.0 - lost / (np.linalg.norm(seen * faces, axis=1) + 0.1), dtype=np.float32)


def _preference(taste: Taste, candidates: Candidates) -> Vector:
    """(1 + mean value of past choices, by likeness) / 2; .5 where the user has not met anything like it."""
    everything = np.ones(candidates.faces.shape[1], dtype=np.float32)
    near = np.stack([likeness(candidates.faces, candidates.sure, face, everything) for face in taste.faces], axis=1)
    near = near**2
    return np.asarray(0.5 + 0.5 * (near @ taste.values) / (near.sum(axis=1) + 0.5), dtype=np.float32)
