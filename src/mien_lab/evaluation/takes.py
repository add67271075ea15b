"""A library to find things in, whose truth is known: the cast acting, and how relevant each take is to a wish.

Relevance never asks mien's own space. It compares the coefficients *as drawn* (before any style bounded them) by their
plain distance, and the emotions that the rule of `mien.core.emotion` gives those coefficients.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mien.core.asset import Asset
from mien.core.character import CharacterInfo
from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.core.sampling import sample
from mien.core.style import bound
from mien.core.words import describe
from mien.library import Library
from mien.retrieval import Embedder, Search
from mien.studio import Studio
from mien.studio.demo import plan
from mien_lab.data.relevance import relevance

HELD_OUT: Final = ("marcus", "leila", "ren", "suna")
"""Characters that ask and are not in the library, the data set's own choice."""

RELEVANT: Final = 0.7
"""Relevance from which a take counts as right for P@10 and MAP."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Corpus:
    """n takes. source: float32 (n, 52), coefficients as drawn. emotions: float32 (n, 10) of the source, by rule.
    ids, characters, styles: n texts.
    """

    search: Search
    library: Library
    ids: tuple[str, ...]
    characters: tuple[str, ...]
    styles: tuple[str, ...]
    source: NDArray[np.float32]
    emotions: NDArray[np.float32]

    def relevance(self, wanted: Expression) -> Floats:
        """float64 (n,), 0..1, to a face: see `data.relevance`."""
        worth: Floats = relevance([wanted.coefficients], [wanted.emotion.vector], self.source, self.emotions)[0]
        return worth

    def positions(self, ids: Sequence[str]) -> NDArray[np.intp]:
        """Where these ids are."""
        place = {asset_id: i for i, asset_id in enumerate(self.ids)}
        return np.array([place[i] for i in ids], dtype=np.intp)


@contextmanager
def corpus(
    studio: Studio,
    takes: int,
    *,
    worded: bool = False,
    picture: Callable[[CharacterInfo, Expression], NDArray[np.uint8]] | None = None,
    embedder: Embedder | None = None,
) -> Iterator[Corpus]:
    """A library in a temporary folder: everybody but `HELD_OUT`, about `takes` in all.

    worded: describe the takes in words, as `mien add` does. picture: draws a take; a single pixel where None, for
    searches never look at it. embedder: the product's own by default.
    """
    infos = {info.id: info for info in studio.built_in() if info.id not in HELD_OUT}
    acted = plan(list(infos), takes)
    assets, pictures, sources = [], [], []
    for number, (character_id, _, expression) in enumerate(acted):
        info = infos[character_id]
        source = Expression(expression.coefficients, head=expression.head)
        shown = Expression(bound(source.coefficients, studio.style(info.style)), head=source.head)
        assets.append(
            Asset(
                "",
                shown,
                character=info.id,
                style=info.style,
                text=describe(shown) if worded else "",
                frame=number,
            )
        )
        pictures.append(_png(picture(info, shown)) if picture else _dot(number))
        sources.append(source)
    with TemporaryDirectory(prefix="mien-eval-") as folder, Library.create(Path(folder) / "library") as library:
        embedder = embedder or Embedder(studio.styles_by_id)
        vectors = embedder.assets(assets)
        added = library.add_many(zip(assets, pictures, vectors, strict=True))
        library.flush()
        there = {asset.id: asset for asset in library}
        order = [there[i] for i in added.ids]
        kept = [int(asset.frame or 0) for asset in order]
        yield Corpus(
            Search(library, styles=studio.styles_by_id, embedder=embedder),
            library,
            tuple(asset.id for asset in order),
            tuple(asset.character for asset in order),
            tuple(asset.style for asset in order),
            np.stack([sources[i].coefficients for i in kept]),
            np.stack([sources[i].emotion.vector for i in kept]),
        )


def wanted(rng: np.random.Generator) -> Expression:
    """A face to ask for, drawn as the library's were and never one of them."""
    while True:
        drawn = sample(rng, head_rad=0.04)
        expression = Expression(drawn.expression.coefficients, head=drawn.expression.head)
        # Who asks for a face that feels nothing asks for rest: a few of these are enough.
        if expression.emotion.top != EMOTIONS[0] or rng.random() < 0.3:
            return expression


# -- figures of one ranking --------------------------------------------------------------------------------------


def precision_at(order: NDArray[np.intp], relevance: Floats, k: int = 10) -> float:
    """Share of the first k that are right, of as many as could be."""
    possible = min(k, int((relevance >= RELEVANT).sum()))
    return float((relevance[order[:k]] >= RELEVANT).sum() / possible) if possible else float("nan")


def average_precision(order: NDArray[np.intp], relevance: Floats) -> float:
    """Mean of the precision at each right take, over the whole ranking."""
    right = relevance[order] >= RELEVANT
    total = int((relevance >= RELEVANT).sum())
    if not total:
        return float("nan")
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return float(precision[right].sum() / total)


def ndcg_at(order: NDArray[np.intp], relevance: Floats, k: int = 20) -> float:
    """Normalised discounted gain with gains 2^(3 relevance) - 1."""
    gains = 2.0 ** (3.0 * relevance) - 1.0
    discount = 1.0 / np.log2(np.arange(2, k + 2))
    best = np.sort(gains)[::-1][:k]
    ideal = float((best * discount[: len(best)]).sum())
    found = gains[order[:k]]
    return float((found * discount[: len(found)]).sum() / ideal) if ideal > 0 else float("nan")


def interval(values: Floats, *, draws: int = 1000, seed: int = 0) -> tuple[float, float, float]:
    """Mean and its 95 % interval by bootstrap; NaN are left out."""
    values = values[np.isfinite(values)]
    rng = np.random.default_rng(seed)
    means = values[rng.integers(0, len(values), (draws, len(values)))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(values.mean()), float(low), float(high)


def _dot(number: int) -> bytes:
    return _png(np.array([[[number % 256, number // 256 % 256, number // 65536]]], dtype=np.uint8))


def _png(pixels: NDArray[np.uint8]) -> bytes:
    buffer = BytesIO()
    Image.fromarray(pixels[..., :3]).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
