"""`mien-lab eval ranking`: does the context help? Rankings of the same takes for the same moments (Figure 5).

A moment: a character has a look before and a look after a gap, and somebody asks for what belongs between, by emotion
or by a blurred reading of a face. The truth is known: the face on the way between the two looks, in the character's
style. A take is worth its relevance to that face (`takes.Corpus.relevance`, true coefficients and emotion), in full if
the character shows it, nine tenths in the character's style, half elsewhere, for it would have to be re-staged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import Expression, blend
from mien.core.query import Context, Query
from mien.retrieval import Embedder
from mien.retrieval.rank import emotional_similarity
from mien.studio import Studio
from mien_lab.evaluation.takes import (
    RELEVANT,
    Corpus,
    Floats,
    average_precision,
    corpus,
    interval,
    ndcg_at,
    precision_at,
    wanted,
)
from mien_lab.result import Figures, Result

Order = NDArray[np.intp]

_OWN, _STYLE, _ELSEWHERE = 1.0, 0.9, 0.5
_DEEP: Final = 300
"""How far down rankings are compared; a moment has about a dozen right takes."""

_BLUR: Final = 0.08
LEVELS: Final = tuple(round(0.1 * i, 1) for i in range(1, 11))
PAPER: Final[Figures] = {"map": 0.847, "ndcg20": 0.894, "p10": 0.91}  # section 5.2


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """query, context: what is asked. worth: float64 (n,), 0..1, of every take of the corpus."""

    query: Query
    context: Context
    worth: Floats


def evaluate(*, data: Path, quick: bool = False) -> Result:  # noqa: ARG001  # every evaluation is called alike
    """MAP, P@10, nDCG@20 and precision at ten levels of recall, with 95 % intervals of the advantage by bootstrap."""
    takes, count = (1_200, 40) if quick else (4_000, 200)
    studio = Studio()
    with corpus(studio, takes) as library:
        methods = _methods(library, studio)
        moments = list(_moments(library, studio, count))
        rows = {name: [_measure(order(m), m.worth) for m in moments] for name, order in methods.items()}
        styles = np.array([m.context.style for m in moments])
    told = {name: _figures([dict(row) for row in measured], styles) for name, measured in rows.items()}
    ours = told.pop("context-aware")
    for name in told:
        for key in ("map", "p10"):
            gain = np.array([a[key] - b[key] for a, b in zip(rows["context-aware"], rows[name], strict=True)])
            mean, low, high = interval(gain)
            told[name] |= {f"advantage_{key}": mean, f"advantage_{key}_low": low, f"advantage_{key}_high": high}
    ours["least_advantage_map_low"] = min(figures["advantage_map_low"] for figures in told.values())
    return Result(
        "ranking",
        ours,
        told,
        PAPER,
        data={
            "takes": len(library.ids),
            "moments": count,
            "right_from": RELEVANT,
            "right_takes_a_moment": float(np.mean([(m.worth >= RELEVANT).sum() for m in moments])),
            "quick": quick,
        },
    )


def _moments(library: Corpus, studio: Studio, count: int) -> Iterator[Moment]:
    rng = np.random.default_rng(611)
    made = 0
    while made < count:
        before, after = wanted(rng), wanted(rng)
        position = float(rng.uniform(0.2, 0.8))
        between = blend([before, after], [1.0 - position, position])
        truth = Expression(between.coefficients)
        someone = int(rng.integers(len(library.ids)))
        character, style = library.characters[someone], library.styles[someone]
        own = np.array([c == character for c in library.characters])
        same = np.array([s == style for s in library.styles])
        worth = library.relevance(truth) * np.where(own, _OWN, np.where(same, _STYLE, _ELSEWHERE))
        if (worth >= RELEVANT).sum() < 3:
            continue  # nothing in the library fits: no ranking could be told from another
        made += 1
        yield Moment(
            _asked(truth, rng),
            Context(
                character=character,
                style=style,
                previous=before,
                next=after,
                position=position,
                response=studio.response(character),
            ),
            worth,
        )


def _asked(truth: Expression, rng: np.random.Generator) -> Query:
    """Half of the time an emotion, else a face as a careless reading would give it."""
    if rng.random() < 0.5:
        felt = np.clip(truth.emotion.probabilities + rng.normal(0, 0.05, len(EMOTIONS)), 0.0, 1.0)
        return Query(emotion=Emotion.from_probabilities(felt), variety=0.0)
    blurred = np.clip(truth.coefficients + rng.normal(0, _BLUR, COUNT) * (rng.random(COUNT) < 0.5), 0.0, 1.0).astype(
        np.float32
    )
    return Query(expression=Expression(blurred), variety=0.0)


def _methods(library: Corpus, studio: Studio) -> dict[str, Callable[[Moment], Order]]:
    embedder = Embedder(studio.styles_by_id)
    vectors = library.library.vectors(library.ids)
    snapshot = library.library.snapshot()
    emotions = snapshot.emotions[[int(p) for i in library.ids if (p := snapshot.position(i)) is not None]]
    styles = np.array(library.styles)
    rng = np.random.default_rng(62)

    def query_vector(moment: Moment, *, style: bool = False) -> NDArray[np.float32]:
        asked = moment.query
        faces = [(asked.expression.coefficients, asked.expression.certainty, 0.6)] if asked.expression else []
        if style:
            faces += [(e.coefficients, e.certainty, 0.075) for e in (moment.context.previous, moment.context.next) if e]
        return embedder.query(
            faces=faces,
            emotions=[(_emotion(moment), 0.45)],
            style=(moment.context.style, 0.25) if style else None,
        )

    def context_aware(moment: Moment) -> Order:
        hits, _ = library.search.find(moment.query, context=moment.context, limit=_DEEP)
        return library.positions([hit.asset.id for hit in hits])

    def embedding_only(moment: Moment) -> Order:
        return np.argsort(-(vectors @ query_vector(moment)), kind="stable")

    def embedding_with_context(moment: Moment) -> Order:
        return np.argsort(-(vectors @ query_vector(moment, style=True)), kind="stable")

    def emotion_first(moment: Moment) -> Order:
        return np.argsort(-emotional_similarity(_emotion(moment), emotions), kind="stable")

    def style_first(moment: Moment) -> Order:
        near = vectors @ query_vector(moment)
        return np.lexsort((-near, styles != moment.context.style))

    def at_random(_: Moment) -> Order:
        return rng.permutation(len(library.ids))

    return {
        "context-aware": context_aware,
        "embedding-only": embedding_only,
        "embedding with context": embedding_with_context,
        "emotion-first": emotion_first,
        "style-first": style_first,
        "random": at_random,
    }


def _emotion(moment: Moment) -> Emotion:
    asked = moment.query
    return asked.emotion or (asked.expression or Expression(np.zeros(COUNT, np.float32))).emotion


def _measure(order: Order, worth: Floats) -> Figures:
    order = order[:_DEEP]
    right = worth[order] >= RELEVANT
    found = np.cumsum(right)
    precision = found / np.arange(1, len(right) + 1)
    recall = found / max(int((worth >= RELEVANT).sum()), 1)
    # Interpolated as is usual: the best precision at this recall or beyond.
    levels = {
        f"precision_at_recall_{level:g}": float(precision[recall >= level - 1e-9].max(initial=0.0)) for level in LEVELS
    }
    return {
        "map": average_precision(order, worth),
        "p10": precision_at(order, worth),
        "ndcg20": ndcg_at(order, worth),
        **levels,
    }


def _figures(rows: list[Figures], styles: NDArray[np.str_]) -> Figures:
    out = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    values = np.array([row["map"] for row in rows])
    _, out["map_low"], out["map_high"] = interval(values)
    for style in sorted(set(styles.tolist())):
        out[f"map_{style}"] = float(values[styles == style].mean())
    return out
