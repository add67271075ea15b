"""`mien-lab eval requests`: sentences as people type them, kept apart from all that was written or chosen before.

The sentences and what is right for each are data (`requests.toml`), written once, after the networks, the lexicon and
every constant that they judge; nothing is ever chosen by them. P@10 by kind of sentence, on pictures that nobody
described ("bare": a folder of renders) and on pictures with mien's own descriptions.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from mien.core.arkit import INDEX
from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.core.query import Query
from mien.core.words import describe
from mien.retrieval import Embedder
from mien.retrieval.text import TextEncoder
from mien.studio import Studio
from mien_lab.evaluation.takes import Corpus, Floats, corpus, interval, precision_at
from mien_lab.result import Figures, Result

KINDS: Final = ("short", "long", "colloquial", "production", "denial", "side", "degree")
_FEWEST: Final = 3
"""A sentence with fewer right takes in the library is not asked."""

_NEAR: Final = 0.25


@dataclass(frozen=True, slots=True)
class Request:
    """A sentence, and what is right: alternatives of (quantity -> lowest, highest), of a style or character or any."""

    kind: str
    text: str
    right: tuple[Mapping[str, tuple[float, float]], ...]
    style: str = ""
    character: str = ""


def requests(file: str = "requests.toml") -> tuple[Request, ...]:
    """All of a file, in its order: "requests.toml", held out, or "validation.toml", to choose by."""
    data: dict[str, Any] = tomllib.loads(
        resources.files("mien_lab.evaluation").joinpath(file).read_text(encoding="utf-8")
    )
    return tuple(
        Request(kind, each["text"], tuple(each["right"]), each.get("style", ""), each.get("character", ""))
        for kind in KINDS
        for each in data[kind]
    )


def worth(request: Request, library: Corpus) -> Floats:
    """float64 (n,), 0..1: 1 where all quantities of an alternative lie in their ranges; less than right elsewhere."""
    best = np.zeros(len(library.ids))
    for conditions in request.right:
        off = np.zeros(len(library.ids))
        for name, (low, high) in conditions.items():
            value = _quantity(name, library)
            off = np.maximum(off, np.maximum(low - value, value - high))
        best = np.maximum(best, np.where(off <= 0, 1.0, np.clip(0.65 * (1.0 - off / _NEAR), 0.0, 0.65)))
    for wanted, has in ((request.style, library.styles), (request.character, library.characters)):
        if wanted:
            best = np.where(np.array(has) == wanted, best, 0.0)
    return best


def _quantity(name: str, library: Corpus) -> Floats:
    """float64 (n,): an emotion's share, a coefficient, the mean of both sides, or a difference of two of these."""
    if "-" in name:
        first, second = name.split("-")
        return _quantity(first, library) - _quantity(second, library)
    if name in EMOTIONS:
        return library.emotions[:, EMOTIONS.index(name)].astype(np.float64)
    sides = [name] if name in INDEX else [f"{name}Left", f"{name}Right"]
    return np.asarray(library.source[:, [INDEX[side] for side in sides]].mean(axis=1), dtype=np.float64)


def evaluate(*, data: Path, quick: bool = False) -> Result:  # noqa: ARG001  # every evaluation is called alike
    """P@10 by kind of sentence, beside MiniLM on mien's descriptions, and chance."""
    takes = 500 if quick else 2_000
    studio = Studio()
    embedder = Embedder(studio.styles_by_id)
    told = judged(requests(), studio, embedder, takes)
    bare, described = told.pop("bare"), told.pop("described")
    ours = {f"p10_bare{key}": value for key, value in bare.items()}
    ours |= {f"p10_described{key}": value for key, value in described.items()}
    to_choose_by = judged(requests("validation.toml"), studio, embedder, takes)["bare"]
    ours["p10_validation"] = to_choose_by[""]
    told = {name: {f"p10_bare{key}": value for key, value in figures.items()} for name, figures in told.items()}
    return Result(
        "requests",
        ours,
        told,
        {"p10_bare": 0.83, "p10_described": 0.83},
        data={"takes": takes, "sentences": len(requests()), "quick": quick},
    )


def judged(
    asked: Sequence[Request],
    studio: Studio,
    embedder: Embedder,
    takes: int,
    *,
    report: Callable[[str, float], None] | None = None,
) -> dict[str, Figures]:
    """Figures by kind, "" for all kinds: of mien on bare pictures and on described ones, of words alone, of chance.

    report: told each sentence and its P@10 on bare pictures.
    """
    sentences = TextEncoder()
    rows: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    for name, worded in (("bare", False), ("described", True)):
        with corpus(studio, takes, worded=worded, embedder=embedder) as library:
            rng = np.random.default_rng(74)
            said = sentences.encode([describe(Expression(row)) for row in library.source])
            for request in asked:
                value = worth(request, library)
                if (value >= 1.0).sum() < _FEWEST:
                    continue
                hits, _ = library.search.find(Query(text=request.text), limit=10)
                found = precision_at(library.positions([hit.asset.id for hit in hits]), value)
                rows[name][request.kind].append(found)
                if name == "bare":
                    alone = np.argsort(-(said @ sentences.encode([request.text])[0]), kind="stable")
                    rows["words alone"][request.kind].append(precision_at(alone, value))
                    rows["random"][request.kind].append(precision_at(rng.permutation(len(value)), value))
                    if report is not None:
                        report(request.text, found)
    return {name: _figures(by_kind) for name, by_kind in rows.items()}


def _figures(by_kind: dict[str, list[float]]) -> Figures:
    out: Figures = {}
    everything = np.array([value for values in by_kind.values() for value in values])
    out[""], out["_low"], out["_high"] = interval(everything)
    for kind, values in by_kind.items():
        out[f"_{kind}"] = float(np.mean(values))
    return out
