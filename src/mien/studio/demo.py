"""The demo library: the whole cast acting, drawn on the machine that asks for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import TYPE_CHECKING, Final

import numpy as np

from mien.core.asset import Asset
from mien.core.expression import Expression, mirror, scale
from mien.core.looks import looks
from mien.core.sampling import sample
from mien.core.words import describe
from mien.studio.pictures import png

if TYPE_CHECKING:
    from mien.studio.studio import Studio

SEED: Final = 20_26
PICTURE: Final = 256
_STRENGTHS: Final = (0.75, 0.5)
_SHOWS: Final = {
    "realistic": "Harbour Lights",
    "cartoon": "The Paper Orchestra",
    "anime": "Night Bus",
    "stylized3d": "Small Gods of Winter",
}


def plan(character_ids: Sequence[str], count: int) -> list[tuple[str, str, Expression]]:
    """Who shows what: about `count` triples of character, name of the look ("" if none) and expression.

    Half of everybody's takes are named looks (at full strength, then mirrored, then weaker), the rest are drawn at
    random; the same for the same input.
    """
    rng = np.random.default_rng(SEED)
    full = [(name, expression) for name, expression in looks().items()]
    mirrored = [(name, mirror(e)) for name, e in full if not np.array_equal(mirror(e).coefficients, e.coefficients)]
    weaker = [(name, scale(e, strength)) for strength in _STRENGTHS for name, e in full if name != "neutral"]
    named = full + mirrored + weaker
    share = -(-count // len(character_ids))
    out = []
    for character_id in character_ids:
        takes = named[: share // 2]
        out += [(character_id, name, expression) for name, expression in takes]
        for _ in range(share - len(takes)):
            drawn = sample(rng)
            out.append((character_id, drawn.sources[0] if drawn.recipe == "prototype" else "", drawn.expression))
    return out


def evened(studio: Studio, count: int) -> int:
    """How many expressions a demo library of `count` has: everybody built in shows as many."""
    people = len(studio.built_in())
    return -(-count // people) * people


def build_demo_library(
    studio: Studio,
    *,
    count: int = 2100,
    characters: Sequence[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Draw the demo library at the studio's library path, unless it is there; returns how many were drawn.

    characters: who acts, everybody built in by default. Interrupted, it goes on where it stopped: what is there
    already is not drawn again.
    """
    from mien.library import Library
    from mien.retrieval import Embedder

    path = studio.library_path
    library = Library.open(path) if Library.exists(path) else Library.create(path)
    with library:
        have = library.sources()
        todo = [
            (f"demo/{SEED}/{i}", *entry)
            for i, entry in enumerate(plan(characters or [info.id for info in studio.built_in()], count))
        ]
        todo = [entry for entry in todo if entry[0] not in have]
        if not todo:
            return 0
        embedder = Embedder(studio.styles_by_id)
        done = 0
        batch: list[tuple[Asset, bytes]] = []
        for item in _drawn(todo):
            batch.append(item)
            done += 1
            if len(batch) == 64 or done == len(todo):
                vectors = embedder.assets([asset for asset, _ in batch])
                library.add_many(
                    (asset, picture, vector) for (asset, picture), vector in zip(batch, vectors, strict=True)
                )
                batch = []
            if progress:
                progress(done, len(todo))
        library.flush()
    return done


def _drawn(todo: list[tuple[str, str, str, Expression]]) -> Iterator[tuple[Asset, bytes]]:
    workers = min(os.cpu_count() or 1, 8, -(-len(todo) // 50))
    if workers == 1:
        yield from map(_draw, todo)
        return
    # Spawned, not forked: numba and the vector renderer start threads of their own.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_draw, todo, chunksize=8)


@cache
def _studio() -> Studio:
    from mien.studio.studio import Studio

    return Studio()


def _draw(entry: tuple[str, str, str, Expression]) -> tuple[Asset, bytes]:
    source, character_id, name, expression = entry
    studio = _studio()
    (mapped,) = studio.map(expression, character_id)
    picture = png(studio.render(mapped, PICTURE))
    number = int(source.rsplit("/", 1)[1])
    info = mapped.character
    asset = Asset(
        id="",
        expression=mapped.expression,
        character=info.id,
        style=info.style,
        text=describe(expression),
        tags=tuple(dict.fromkeys([*([name] if name else []), expression.emotion.top, *info.tags])),
        production=_SHOWS.get(info.style, "Shorts"),
        sequence=f"sq{10 * (1 + number % 9):03d}",
        shot=f"sh{10 * (1 + number // 9 % 12):03d}",
        frame=1001 + number % 240,
        source=source,
    )
    return asset, picture
