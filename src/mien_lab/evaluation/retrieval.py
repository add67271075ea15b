"""`mien-lab eval retrieval`: are the first ten hits right? By kind of query, as in Table 7.

- visual: a picture of a character that is not in the library, read by mien, then searched for
- face: the same face as a rig's curves, 5 % off: what a visual query could be with a perfect reader
- text: feelings in words held out from mien's descriptions and lexicon (`wordings`)
  (`p10_text_bare`: the same words, asked of pictures that nobody described)
- emotion: a category
- style: a category in one style
- mixed: the picture, the feeling in words, and a style

Right is what `takes` says from the coefficients as drawn; for words, emotions and styles it is the share of that
emotion, half and more, by the rule of `mien.core.emotion` (a search by emotion compares with the same rule after the
style has bounded the face). Raw pixels (nearest neighbour of 32 x 32 grey faces) answer the same pictures, the words
alone (MiniLM against the takes' descriptions) the same words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT
from mien.core.character import CharacterInfo
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import Expression
from mien.core.query import Context, Query
from mien.core.style import bound
from mien.core.words import describe
from mien.errors import NoFaceFound
from mien.retrieval.text import TextEncoder
from mien.studio import Studio
from mien_lab.evaluation.takes import (
    HELD_OUT,
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
from mien_lab.evaluation.wordings import FEELINGS
from mien_lab.result import Figures, Result

Order = NDArray[np.intp]
KINDS: Final = ("visual", "face", "text", "emotion", "style", "mixed")
PAPER: Final[Figures] = {
    "p10_visual": 0.93,
    "p10_text": 0.83,
    "p10_emotion": 0.89,
    "p10_style": 0.85,
    "p10_mixed": 0.90,
    "map": 0.847,
    "ndcg20": 0.894,
}  # Tables 7 and 10, section 5.2
_DEEP: Final = 300
_THUMB: Final = 32
_ASKER: Final = HELD_OUT[0]


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """One query, its picture (or None), and the worth of every take, float64 (n,)."""

    kind: str
    query: Query
    context: Context | None
    worth: Floats
    picture: NDArray[np.uint8] | None = None


def evaluate(*, data: Path, quick: bool = False) -> Result:  # noqa: ARG001  # every evaluation is called alike
    """P@10 by kind, MAP and nDCG@20 over all kinds, beside raw pixels, words alone and chance."""
    takes, count = (400, 12) if quick else (2_000, 60)
    studio = Studio()
    thumbs: list[Floats] = []

    def draw(info: CharacterInfo, shown: Expression) -> NDArray[np.uint8]:
        picture = _drawn(studio, info.id, shown)
        thumbs.append(_grey(picture))
        return np.zeros((1, 1, 3), np.uint8) + np.array([len(thumbs) % 256, len(thumbs) // 256, 0], np.uint8)

    rows: dict[str, dict[str, list[Figures]]] = defaultdict(lambda: defaultdict(list))
    with corpus(studio, takes, worded=True, picture=draw) as library:
        frames = {asset.id: int(asset.frame or 0) for asset in library.library}
        pixels = np.stack([thumbs[frames[i]] for i in library.ids])
        sentences = TextEncoder()
        assets = {asset.id: asset for asset in library.library}
        words = sentences.encode([describe(assets[i].expression) for i in library.ids])
        rng = np.random.default_rng(72)
        found = 0
        for question in _questions(studio, library, count):
            hits, _ = library.search.find(question.query, context=question.context, limit=_DEEP)
            order = library.positions([hit.asset.id for hit in hits])
            rows["mien"][question.kind].append(_measure(order, question.worth))
            rows["random"][question.kind].append(_measure(rng.permutation(len(library.ids)), question.worth))
            if question.picture is not None:
                near = np.argsort(-(pixels @ _grey(question.picture)), kind="stable")
                rows["raw pixels"][question.kind].append(_measure(near, question.worth))
            if question.query.text is not None:
                said = words @ sentences.encode([question.query.text])[0]
                rows["words alone"][question.kind].append(_measure(np.argsort(-said, kind="stable"), question.worth))
            found += question.kind == "visual" and question.query.expression is not None
        size = len(library.ids)
    told = {name: _figures(by_kind) for name, by_kind in rows.items()}
    ours = told.pop("mien") | _undescribed(studio, takes, count)
    return Result(
        "retrieval",
        ours,
        told,
        PAPER,
        data={
            "takes": size,
            "queries_a_kind": count,
            "asker": _ASKER,
            "held_out": ", ".join(HELD_OUT),
            "right_from": RELEVANT,
            "faces_found": found / count,
            "quick": quick,
        },
    )


def _undescribed(studio: Studio, takes: int, count: int) -> Figures:
    """The same sentences asked of the same pictures without descriptions or tags: a folder of renders."""
    with corpus(studio, takes) as library:
        values = []
        for question in _questions(studio, library, count):
            if question.kind == "text":
                hits, _ = library.search.find(question.query, limit=20)
                values.append(precision_at(library.positions([hit.asset.id for hit in hits]), question.worth))
    low_high = interval(np.array(values))
    return dict(zip(("p10_text_bare", "p10_text_bare_low", "p10_text_bare_high"), low_high, strict=True))


def _questions(studio: Studio, library: Corpus, count: int) -> Iterator[_Question]:
    rng = np.random.default_rng(71)
    styles = np.array(library.styles)
    for _ in range(count):
        target = wanted(rng)
        while target.emotion.top == EMOTIONS[0]:
            target = wanted(rng)
        emotion = target.emotion.top
        style = sorted(set(library.styles))[int(rng.integers(len(set(library.styles))))]
        worth = library.relevance(target)
        category = np.minimum(1.0, RELEVANT / 0.5 * library.emotions[:, EMOTIONS.index(emotion)].astype(np.float64))
        words = FEELINGS[emotion][int(rng.integers(len(FEELINGS[emotion])))]
        picture = _drawn(studio, _ASKER, Expression(bound(target.coefficients, studio.style("realistic"))), size=384)
        read = _read(studio, picture)
        curves = Expression(np.clip(target.coefficients * (1 + rng.normal(0, 0.05, COUNT)), 0.0, 1.0))
        inside = np.where(styles == style, 1.0, 0.5)
        yield _Question("visual", Query(expression=read), None, worth, picture)
        yield _Question("face", Query(expression=curves), None, worth)
        yield _Question("text", Query(text=words), None, category)
        yield _Question("emotion", Query(emotion=Emotion.from_weights({emotion: 1.0})), None, category)
        yield _Question(
            "style",
            Query(emotion=Emotion.from_weights({emotion: 1.0})),
            Context(style=style),
            category * inside,
        )
        mixed = Query(expression=read, text=words, styles=(style,))
        yield _Question("mixed", mixed, None, np.where(styles == style, np.maximum(worth, category), 0.0), picture)


def _read(studio: Studio, picture: NDArray[np.uint8]) -> Expression | None:
    try:
        return studio.read(picture).expression
    except NoFaceFound:
        return None


def _drawn(studio: Studio, character: str, shown: Expression, *, size: int = 96) -> NDArray[np.uint8]:
    return np.ascontiguousarray(studio.character(character).render(shown.coefficients, size, head=shown.head)[..., :3])


def _grey(picture: NDArray[np.uint8]) -> Floats:
    """float64 (1024,), mean 0, length 1."""
    small = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), (_THUMB, _THUMB), interpolation=cv2.INTER_AREA)
    values = small.astype(np.float64).ravel()
    values -= values.mean()
    return np.asarray(values / max(float(np.linalg.norm(values)), 1e-9))


def _measure(order: Order, worth: Floats) -> Figures:
    return {
        "p10": precision_at(order, worth),
        "map": average_precision(order[:_DEEP], worth),
        "ndcg20": ndcg_at(order, worth),
    }


def _figures(by_kind: dict[str, list[Figures]]) -> Figures:
    out: Figures = {}
    for kind in KINDS:
        if kind not in by_kind:
            continue
        values = np.array([row["p10"] for row in by_kind[kind]])
        out[f"p10_{kind}"], out[f"p10_{kind}_low"], out[f"p10_{kind}_high"] = interval(values)
    for key in ("map", "ndcg20"):
        per_kind = {kind: float(np.nanmean([row[key] for row in rows])) for kind, rows in by_kind.items()}
        out |= {f"{key}_{kind}": value for kind, value in per_kind.items()}
        # The face as curves is an upper bound and no kind of its own.
        out[key] = float(np.mean([value for kind, value in per_kind.items() if kind != "face"]))
    return out
