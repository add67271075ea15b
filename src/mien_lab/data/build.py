"""Build a data set: shard by shard, on every core, from where an earlier run stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from mien.characters import Cast
from mien.core.style import built_in_styles
from mien.errors import InputError
from mien_lab.data import card
from mien_lab.data.draw import draw_all
from mien_lab.data.index import NAME, Index, check_same, digests_of, made_from, numbers_of, shards
from mien_lab.data.labels import Labels
from mien_lab.data.plan import Plan, Scans
from mien_lab.data.shard import archive, digest, labels_file, write

_CHUNK = 50
SCAN_SHARE: Final = 0.15


def build(
    folder: Path,
    *,
    pictures: int,
    seed: int,
    size: int = 256,
    workers: int | None = None,
    scans: Path | None = None,
    scan_share: float = SCAN_SHARE,
    bred_share: float = 0.0,
    speech_share: float = 0.0,
    progress: Callable[[int, int], None] | None = None,
) -> Index:
    """Draw the data set of `seed` into `folder`; shards that are whole are kept.

    The bytes depend on pictures, seed, size, the cast and the scans, never on workers (all cores by default).
    scans: `ict_facekit.npz`, of which `scan_share` of the realistic pictures are made; where there is no such file, the
    cast acts alone and the card says so.
    bred_share: of the pictures without scans, how many show faces bred from the cast.
    speech_share: of the single expressions, how many are drawn by the recipe "speech" (`core.sampling`).
    progress: told how many pictures are done, and of how many.

    Raises `InputError` where the folder holds something else.
    """
    shares = (scan_share, bred_share, speech_share)
    if pictures < 1 or not 32 <= size <= 2048 or seed < 0 or not all(0 <= share <= 1 for share in shares):
        raise InputError(
            "A data set needs 1 picture or more, a size of 32 to 2048 pixels, a seed of 0 or more and shares of scans, "
            "bred faces and speech from 0 to 1."
        )
    plan = replace(
        plan_for(pictures=pictures, seed=seed, size=size),
        scans=scans_from(scans, scan_share),
        bred=bred_share,
        speech=speech_share,
    )
    made = made_from()
    _prepare(folder, plan, made)
    todo = [shard for shard in range(shards(plan)) if not _is_whole(folder, plan, shard)]
    done = pictures - sum(len(numbers_of(plan, shard)) for shard in todo)
    chunks = [
        tuple(numbers[i : i + _CHUNK])
        for numbers in (numbers_of(plan, shard) for shard in todo)
        for i in range(0, len(numbers), _CHUNK)
    ]
    drawn = _drawn(plan, chunks, workers or len(os.sched_getaffinity(0)))
    for shard in todo:
        labels: list[Labels] = []
        files: list[tuple[bytes, bytes]] = []
        for part, encoded in islice(drawn, -(-len(numbers_of(plan, shard)) // _CHUNK)):
            labels.append(part)
            files += encoded
            done += len(part)
            if progress:
                progress(done, pictures)
        write(folder, shard, Labels.joined(labels), files)
    index = Index(plan, tuple(digests_of(folder, shard) for shard in range(shards(plan))), made)
    index.write(folder)
    card.write(folder, index)
    return index


def plan_for(*, pictures: int, seed: int, size: int = 256) -> Plan:
    """The plan on the built-in cast, styles in their usual order."""
    infos = Cast().infos
    cast = {s: tuple(sorted(i.id for i in infos if i.style == s)) for s in built_in_styles()}
    return Plan(seed, pictures, size, {style: ids for style, ids in cast.items() if ids})


def scans_from(path: Path | None, share: float = SCAN_SHARE) -> Scans | None:
    """Scanned people of a file, None where it is absent."""
    if path is None or not path.is_file() or share == 0:
        return None
    return Scans(share, digest(path), path)


def _prepare(folder: Path, plan: Plan, made: dict[str, str]) -> None:
    if (folder / NAME).exists():
        check_same(Index.read(folder), plan, made, folder)
    elif folder.is_dir() and any(folder.iterdir()):
        raise InputError(f"{folder} is not empty and holds no data set; name a new folder.")
    try:
        (folder / "shards").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Cannot make {folder}: {error.strerror or error}. Name another folder.") from error
    for left in (folder / "shards").glob("*.part"):
        left.unlink()
    Index(plan, (), made).write(folder)


def _is_whole(folder: Path, plan: Plan, shard: int) -> bool:
    if not archive(folder, shard).is_file() or not labels_file(folder, shard).is_file():
        return False
    # The last shard of a smaller data set is drawn anew when it grows.
    return len(Labels.load(labels_file(folder, shard))) == len(numbers_of(plan, shard))


def _drawn(
    plan: Plan, chunks: list[tuple[int, ...]], workers: int
) -> Iterator[tuple[Labels, list[tuple[bytes, bytes]]]]:
    if workers == 1 or len(chunks) < 2:
        yield from (draw_all(plan, chunk) for chunk in chunks)
        return
    # Spawned, not forked: numba and the vector renderer start threads of their own.
    with ProcessPoolExecutor(min(workers, len(chunks)), mp_context=get_context("spawn")) as pool:
        try:
            yield from pool.map(draw_all, [plan] * len(chunks), chunks)
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
