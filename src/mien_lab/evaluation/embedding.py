"""`mien-lab eval embedding`: Table 6, the four ways to fuse trained on the same data, beside rules and words alone.

1,000 faces that no training drew, asked for in wordings that no training met, with names of people, shows and tags that
are new too. Right is what `data.worded` says from the coefficients as drawn.

- text: a sentence; the library's pictures have no words at all (what a folder of renders is like)
- mixed: a sentence and a style; pictures with what they belong to. Right is only the style that was asked for
- visual: the look, 5 % off, without words
- alignment: of 1,000 looks the one that a sentence was written for comes first (`alignment_r1`), among the first ten
  (`alignment_r10`), or one as good as it (relevance .7 and more) comes first (`alignment`); with mien's own
  description, which says all that a face does, in place of the sentence, and asked both ways (`alignment_own_r1`)
- validation: what the product's searches give with this way to fuse, on the sentences to choose by
  (`validation.toml`), the mean over pictures that nobody described and pictures with mien's own descriptions
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.expression import Expression
from mien.core.query import Query
from mien.core.style import built_in_styles
from mien.core.words import describe
from mien.retrieval import Embedder, joint
from mien.retrieval.embed import Joint
from mien.retrieval.joint import Known
from mien.retrieval.rank import Candidates, rank
from mien.retrieval.text import Encoder, TextEncoder
from mien.retrieval.wish import wish_of
from mien.studio import Studio
from mien_lab.data.worded import Worded, worded
from mien_lab.evaluation.requests import judged as sentences_judged
from mien_lab.evaluation.requests import requests
from mien_lab.evaluation.takes import interval, precision_at
from mien_lab.result import Figures, Result

if TYPE_CHECKING:
    from mien_lab.networks.embedding import JointEmbedding

PAPER: Final[Figures] = {"precision": 0.91, "alignment": 0.89}
PAPER_ROWS: Final[dict[str, Figures]] = {
    "concatenation (paper)": {"precision": 0.72, "alignment": 0.56},
    "late fusion (paper)": {"precision": 0.78, "alignment": 0.64},
    "dual encoder (paper)": {"precision": 0.84, "alignment": 0.71},
}
ROWS: Final = {"concatenation": "concatenation", "late": "late fusion", "dual": "dual encoder", "cross": "cross-modal"}
_SEED: Final = 9_001

Scores = NDArray[np.floating]
Vectors = NDArray[np.float32]


def evaluate(*, data: Path, quick: bool = False, work: Path | None = None) -> Result:  # noqa: ARG001
    """What ships, the rules and the words alone; and the rows of Table 6 whose checkpoints lie in `work`."""
    faces = worded(200 if quick else 1_000, _SEED, wordings="held", sentences=1)
    encoder = TextEncoder()
    asked = 60 if quick else 300
    studio, takes = Studio(), 400 if quick else 2_000
    told = {"rules alone": _by_rules(faces, asked), "words of another": _by_words(faces, asked, encoder)}
    for fusion, row in ROWS.items():
        checkpoint = work / f"embedding_{fusion}.pt" if work else None
        if checkpoint and checkpoint.is_file():
            from mien_lab.training.embedding import loaded, vectors

            network = loaded(checkpoint)

            def embed(known: Sequence[Known], encoder: Encoder, network: JointEmbedding = network) -> Vectors:
                return np.asarray(vectors(network, list(known), encoder), dtype=np.float32)

            told[row] = judged(faces, embed, encoder, asked) | _validated(embed, studio, takes)
    ours = judged(faces, joint.embed, encoder, asked) | _validated(joint.embed, studio, takes)
    return Result(
        "embedding",
        ours,
        told | PAPER_ROWS,
        PAPER,
        data={"faces": len(faces), "queries": asked, "seed": _SEED, "quick": quick},
    )


def _validated(joint_space: Joint, studio: Studio, takes: int) -> Figures:
    embedder = Embedder(studio.styles_by_id, joint=joint_space)
    told = sentences_judged(requests("validation.toml"), studio, embedder, takes)
    return {"p10_validation": (told["bare"][""] + told["described"][""]) / 2}


def judged(faces: Worded, joint_space: Joint, encoder: Encoder, asked: int) -> Figures:
    """The figures of one way to embed."""

    def embed(known: list[Known]) -> Vectors:
        return joint_space(known, encoder)

    n = len(faces)
    everything = np.arange(n)
    rng = np.random.default_rng(_SEED)
    bare = embed([faces.known(i, look=True, graph=False) for i in range(n)])
    start = time.perf_counter()
    placed = embed([faces.known(i, look=True, graph=True) for i in range(n)])
    ms = 1_000 * (time.perf_counter() - start) / n
    spoken = embed([faces.known(i, look=False, text=faces.said[i][0], graph=False) for i in range(n)])
    both = embed([Known(None, faces.said[i][0], faces.styles[i]) for i in range(asked)])
    off = [
        Known(np.clip(faces.looks[i] * (1 + rng.normal(0, 0.05, joint.LOOK)), -1, 1).astype(np.float32))
        for i in range(asked)
    ]
    worth = faces.relevance(everything, everything).astype(np.float64)
    styles = np.array(faces.styles)
    own = embed([Known(text=said) for said in faces.own]) @ bare.T
    both_ways = [float((scores.argmax(axis=1) == everything).mean()) for scores in (own, own.T)]
    return _figures(
        text=spoken[:asked] @ bare.T,
        mixed=both @ placed.T,
        visual=embed(off) @ bare.T,
        everyone=spoken @ bare.T,
        worth=worth,
        styles=styles,
    ) | {"alignment_own_r1": float(np.mean(both_ways)), "embed_ms": ms}


def _figures(
    *, text: Scores, mixed: Scores, visual: Scores | None, everyone: Scores, worth: Scores, styles: NDArray[np.str_]
) -> Figures:
    out: Figures = {}
    for kind, scores in (("text", text), ("mixed", mixed), ("visual", visual)):
        if scores is None:
            continue
        each = []
        for i, row in enumerate(scores):
            right = worth[i].copy()
            if kind == "mixed":
                right[styles != styles[i]] = 0.0
            if kind == "visual":
                row = row.copy()
                row[i], right[i] = -np.inf, 0.0  # not itself
            each.append(precision_at(np.argsort(-row, kind="stable"), right))
        out[f"p10_{kind}"], out[f"p10_{kind}_low"], out[f"p10_{kind}_high"] = interval(np.array(each))
    found = [out[f"p10_{kind}"] for kind in ("text", "mixed", "visual") if f"p10_{kind}" in out]
    if len(found) == 3:
        out["precision"] = float(np.mean(found))
    order = np.argsort(-everyone, axis=1, kind="stable")
    own = np.arange(len(order))
    out["alignment_r1"] = float((order[:, 0] == own).mean())
    out["alignment_r10"] = float((order[:, :10] == own[:, None]).any(axis=1).mean())
    out["alignment"] = float((worth[own, order[:, 0]] >= 0.7).mean())
    return out


def _by_rules(faces: Worded, asked: int) -> Figures:
    """Stage 2 alone, as mien understood sentences before: the lexicon's coefficients and emotion against the look."""
    n, styles = len(faces), built_in_styles()
    candidates = Candidates(
        faces=faces.looks[:, :52],
        sure=np.ones((n, 52), np.float32),
        emotions=np.stack([_eleven(row) for row in faces.sources]),
        words=np.zeros((n, 384), np.float32),
        named=np.zeros(n, np.float32),
        styles=list(faces.styles),
        characters=list(faces.characters),
        ratings=np.full(n, np.nan, np.float32),
    )

    def scores(i: int, style: str = "") -> NDArray[np.float32]:
        wish = wish_of(Query(text=faces.said[i][0]))
        if not (wish.faces or wish.emotions or wish.avoided_weight > 0 or style):
            return np.random.default_rng(i).random(n).astype(np.float32)
        return rank(wish, candidates, styles=styles, style=style).scores

    everyone = np.stack([scores(i) for i in range(n)])
    return _figures(
        text=everyone[:asked],
        mixed=np.stack([scores(i, faces.styles[i]) for i in range(asked)]),
        visual=None,
        everyone=everyone,
        worth=faces.relevance(np.arange(n), np.arange(n)).astype(np.float64),
        styles=np.array(faces.styles),
    )


def _by_words(faces: Worded, asked: int, encoder: TextEncoder) -> Figures:
    """MiniLM between the sentence and mien's own description of each face, where a library has these."""
    n = len(faces)
    own = encoder.encode([describe(Expression(row)) for row in faces.sources])
    spoken = encoder.encode([said[0] for said in faces.said])
    styled = encoder.encode([f"{describe(Expression(faces.sources[i]))} {faces.styles[i]}" for i in range(n)])
    mixed = encoder.encode([f"{faces.said[i][0]}, {faces.styles[i]}" for i in range(asked)])
    return _figures(
        text=spoken[:asked] @ own.T,
        mixed=mixed @ styled.T,
        visual=None,
        everyone=spoken @ own.T,
        worth=faces.relevance(np.arange(n), np.arange(n)).astype(np.float64),
        styles=np.array(faces.styles),
    )


def _eleven(coefficients: NDArray[np.float32]) -> NDArray[np.float32]:
    emotion = Expression(coefficients).emotion
    return np.append(emotion.vector, emotion.intensity).astype(np.float32)
