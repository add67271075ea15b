"""`mien-lab bench index`: the vector index alone, and searches of a large library by kind of query.

Index: 512-d vectors as the embedder makes them (its own vectors of drawn faces, mixed and blurred), the graph built
with all cores and asked with one. The file is as large as the index in memory. Recall is against the exact answer.
Times are of the clock (median, p99) and, `_cpu`, of the processor, which others on the machine do not lengthen.
Library: one pixel a picture, since searches never look at pictures; everything else as in the product, words read anew
for each search and the photo with them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.asset import EMBEDDING_SIZE, Asset
from mien.core.emotion import Emotion
from mien.core.expression import Expression
from mien.core.query import Context, Query
from mien.core.sampling import sample
from mien.core.style import bound
from mien.core.words import describe
from mien.library import HnswIndex, Library
from mien.retrieval import Embedder, Search
from mien.studio import Studio
from mien_lab.result import Figures, Result, percentiles

VECTORS: Final = 1_000_000
ASSETS: Final = 100_000
PAPER: Final[Figures] = {
    "index_ms": 10.0,
    "search_ms_visual": 42.3,
    "search_ms_text": 38.6,
    "search_ms_emotion": 25.1,
    "search_ms_style": 31.8,
    "search_ms_mixed": 57.2,
}  # Table 7, section 5.1
_SEEDS: Final = 2_000

Vectors = NDArray[np.float32]


def bench(*, quick: bool = False, vectors: int | None = None, assets: int | None = None) -> Result:
    """vectors, assets: how many; a million and 100,000, or 8,000 and 3,000 when quick."""
    vectors = vectors or (8_000 if quick else VECTORS)
    assets = assets or (3_000 if quick else ASSETS)
    studio = Studio()
    embedder = Embedder(studio.styles_by_id)
    faces = list(_acted(studio, _SEEDS if not quick else 500))
    seeds = embedder.assets(faces)
    figures: Figures = {}
    for name, above in (("float32", vectors + 1), ("int8", 0)):
        told = _index(seeds, vectors, quantise_above=above)
        figures |= {f"{key}_{name}": value for key, value in told.items()}
    figures |= _library(studio, embedder, faces, seeds, assets)
    return Result(
        "index",
        figures,
        paper=PAPER,
        data={"vectors": vectors, "assets": assets, "dimensions": EMBEDDING_SIZE, "quick": quick},
    )


# -- the index alone ---------------------------------------------------------------------------------------------


def _index(seeds: Vectors, count: int, *, quantise_above: int) -> Figures:
    rng = np.random.default_rng(81)
    everything = _many(seeds, count, rng)
    asked = _many(seeds, 200, rng)
    truth = [set(np.argsort(-(everything @ q))[:10].tolist()) for q in asked[:50]]
    index = replace(HnswIndex.empty(exact_below=0), quantise_above=quantise_above)
    started = time.perf_counter()
    index = index.extended(np.arange(1, count + 1), everything).compacted()
    build_s = time.perf_counter() - started
    times: list[float] = []
    work: list[float] = []
    found: list[set[int]] = []
    with _one_thread():
        for query in asked:
            started, worked = time.perf_counter(), time.process_time()
            positions, _ = index.search(query, 10, among=None)
            times.append(time.perf_counter() - started)
            work.append(time.process_time() - worked)
            found.append(set(positions.tolist()))
        some = rng.random(count) < 0.01
        exact = replace(index, exact_below=count + 1)
        filtered = replace(index, exact_below=20_000)
        hits = total = 0
        for query in asked[:40]:
            right, _ = exact.search(query, 10, among=some)
            got, _ = filtered.search(query, 10, among=some)
            hits, total = hits + len(set(right.tolist()) & set(got.tolist())), total + len(right)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "index.hnsw"
        index.save(path, model="bench")
        size_mb = path.stat().st_size / 2**20
        started = time.perf_counter()
        HnswIndex.load(path, model="bench")
        restart_s = time.perf_counter() - started
    p50, p99 = percentiles(times)
    return {
        "index_ms": p50,
        "index_ms_p99": p99,
        "index_ms_cpu": percentiles(work)[0],
        "recall10": float(np.mean([len(a & b) / 10 for a, b in zip(truth, found, strict=False)])),
        "recall10_filtered": hits / max(total, 1),
        "file_mb": size_mb,
        "build_s": build_s,
        "restart_s": restart_s,
    }


def _many(seeds: Vectors, count: int, rng: np.random.Generator) -> Vectors:
    """float32 (count, 512), unit length: between two vectors of one cloud each, with a little noise."""
    out = np.empty((count, EMBEDDING_SIZE), dtype=np.float32)
    for start in range(0, count, 50_000):
        part = slice(start, min(count, start + 50_000))
        n = part.stop - start
        share = rng.random((n, 1), dtype=np.float32)
        out[part] = share * seeds[rng.integers(0, len(seeds), n)] + (1 - share) * seeds[rng.integers(0, len(seeds), n)]
        out[part] += 0.01 * rng.standard_normal((n, EMBEDDING_SIZE), dtype=np.float32)
        out[part] /= np.linalg.norm(out[part], axis=1, keepdims=True)
    return out


# -- a library ---------------------------------------------------------------------------------------------------


def _library(studio: Studio, embedder: Embedder, faces: list[Asset], seeds: Vectors, count: int) -> Figures:
    from skimage import data as sample_pictures

    photo = sample_pictures.astronaut()
    reading = studio.read(photo).expression
    rng = np.random.default_rng(82)
    figures: Figures = {}
    with TemporaryDirectory(prefix="mien-bench-") as folder:
        path = Path(folder) / "library"
        with Library.create(path) as library:
            started = time.perf_counter()
            library.add_many(_varied(faces, seeds, count, rng), batch=1024)
            figures["add_per_s"] = count / (time.perf_counter() - started)
            library.flush()
        started = time.perf_counter()
        with Library.open(path) as library:
            library.snapshot()
            figures["library_restart_s"] = time.perf_counter() - started
            search = Search(library, styles=studio.styles_by_id, embedder=embedder)
            ids = [i.decode() for i in library.snapshot().ids[:3]]
            kinds: dict[str, Callable[[int], tuple[Query, Context | None]]] = {
                "visual": lambda _: (Query(expression=studio.read(photo).expression), None),
                "face": lambda i: (Query(expression=faces[i % len(faces)].expression), None),
                "text": lambda i: (Query(text=f"{faces[i % len(faces)].text.split('.')[0]} take {i}"), None),
                "emotion": lambda i: (Query(emotion=Emotion.from_weights({"fear": 0.5 + 0.01 * (i % 40)})), None),
                "style": lambda i: (Query(expression=faces[i % len(faces)].expression, styles=("anime",)), None),
                "mixed": lambda i: (Query(expression=reading, text=f"but angrier, {i}", styles=("anime",)), None),
                "context": lambda i: (
                    Query(emotion=Emotion.from_weights({"anger": 0.8})),
                    Context(character="mika", style="anime", after=ids[0], before=ids[i % 3]),
                ),
                "one in a hundred": lambda i: (
                    Query(expression=faces[i % len(faces)].expression, tags=("rare",)),
                    None,
                ),
            }
            for kind, ask in kinds.items():
                samples, work = [], []
                for i in range(33):
                    started, worked = time.perf_counter(), time.process_time()
                    query, context = ask(i)
                    search.find(query, context=context, limit=20)
                    samples.append(time.perf_counter() - started)
                    work.append(time.process_time() - worked)
                key = f"search_ms_{kind.replace(' ', '_')}"
                figures[key], figures[f"{key}_p99"] = percentiles(samples[3:])
                figures[f"{key}_cpu"], _ = percentiles(work[3:])
            figures["filtered_recall20"] = _filtered_recall(library, embedder, faces)
    return figures


def _filtered_recall(library: Library, embedder: Embedder, faces: list[Asset]) -> float:
    """Of the 20 nearest that pass a filter of 1 %, the share that stage 1 gives."""
    snapshot = library.snapshot()
    mask = snapshot.with_tag("rare")
    vectors = library.vectors_at(snapshot, np.flatnonzero(mask))
    shares = []
    for face in faces[:20]:
        query = embedder.query(faces=[(face.expression.coefficients, face.expression.certainty, 1.0)])
        best = set(np.flatnonzero(mask)[np.argsort(-(vectors @ query))[:20]].tolist())
        _, found, _ = library.nearest(query, 20, snapshot=snapshot, among=mask.copy())
        shares.append(len(best & set(found.tolist())) / max(len(best), 1))
    return float(np.mean(shares))


def _acted(studio: Studio, count: int) -> Iterator[Asset]:
    rng = np.random.default_rng(80)
    cast = studio.built_in()
    for i in range(count):
        info = cast[i % len(cast)]
        expression = sample(rng).expression
        shown = Expression(bound(expression.coefficients, studio.style(info.style)), head=expression.head)
        yield Asset("", shown, character=info.id, style=info.style, text=describe(shown), production="Bench")


def _varied(
    faces: list[Asset], seeds: Vectors, count: int, rng: np.random.Generator
) -> Iterator[tuple[Asset, bytes, Vectors]]:
    """Takes of the same faces, each a little different, one in a hundred with the tag "rare"."""
    pixel = _pixel()
    for i in range(count):
        k = i % len(faces)
        face = faces[k]
        values = np.clip(face.expression.coefficients * (1 + rng.normal(0, 0.1, 52)), 0.0, 1.0).astype(np.float32)
        shown = Expression(values, emotion=face.expression.emotion)
        vector = seeds[k] + 0.01 * rng.standard_normal(EMBEDDING_SIZE).astype(np.float32)
        tags = ("rare",) if i % 100 == 7 else ()
        yield replace(face, expression=shown, frame=i, tags=tags), pixel, vector / np.linalg.norm(vector)


def _pixel() -> bytes:
    from io import BytesIO

    from PIL import Image

    buffer = BytesIO()
    Image.new("RGB", (1, 1)).save(buffer, "PNG")
    return buffer.getvalue()


class _one_thread:  # noqa: N801  # reads as a word
    """FAISS asks one query with one thread."""

    def __enter__(self) -> None:
        import faiss

        self._threads = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        import faiss

        faiss.omp_set_num_threads(self._threads or os.cpu_count() or 1)
