"""`mien-lab bench index`: the vector index alone, and searches of a large library by kind of query.

Index: 512-d vectors as the embedder makes them, of faces between two drawn ones each, all their numbers varied; the
graph built with all cores and asked with one; then the same graph with a byte a number. Asked are vectors like those
that are there ("near", ten hits), and what searches really ask with, which lies off all of them: a face with its
certainties, a face with an emotion and a style ("mixed"), an emotion, a sentence, for as many candidates as a search
takes. Recall is of the ten best by comparing all, among the first ten and, `_of_candidates`, among all that go on to
the ranking, which compares them exactly.
Library: one pixel a picture, since searches never look at pictures; everything else as in the product, words read anew
for each search and the photo with them.
Times are of the clock (median, p99) and, `_cpu`, of the processor, which others on the machine do not lengthen.

With `--work DIR` index and library are kept there: a run that was stopped goes on, and one that is asked again measures
what is there.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.asset import EMBEDDING_SIZE, Asset
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import Expression
from mien.core.query import Context, Query
from mien.core.sampling import sample
from mien.core.style import bound
from mien.core.words import describe
from mien.library import HnswIndex, Library
from mien.resources.store import replacing
from mien.retrieval import Embedder, Search
from mien.retrieval.embed import style_place
from mien.retrieval.faces import freed
from mien.retrieval.joint import feeling_of
from mien.retrieval.search import POOL
from mien.studio import Studio
from mien_lab.result import Figures, Result, percentiles

VECTORS: Final = 1_000_000
ASSETS: Final = 100_000
PAPER: Final[Figures] = {
    "index_ms_near_float32": 10.0,
    "search_ms_visual": 42.3,
    "search_ms_text": 38.6,
    "search_ms_emotion": 25.1,
    "search_ms_style": 31.8,
    "search_ms_mixed": 57.2,
}  # Table 7, section 5.1
_SEEDS: Final = 2_000
_BARE_SEEDS: Final = 10_000
_PART: Final = 100_000
_BLOCK: Final = 50_000
_TIMES: Final = 33
_JUDGED: Final = 40
_MODEL: Final = "bench"

Vectors = NDArray[np.float32]
Rng = np.random.Generator
Report = Callable[[str], None]


def bench(
    *,
    quick: bool = False,
    vectors: int | None = None,
    assets: int | None = None,
    work: Path | None = None,
    report: Report = lambda _: None,
) -> Result:
    """vectors, assets: how many; a million and 100,000, or 8,000 and 3,000 when quick. work: where both are kept."""
    vectors = vectors or (8_000 if quick else VECTORS)
    assets = assets or (3_000 if quick else ASSETS)
    studio = Studio()
    embedder = Embedder(studio.styles_by_id)
    report("drawing faces")
    faces = list(_acted(studio, 500 if quick else _SEEDS))
    bare = [replace(a, text="") for a in _acted(studio, 1_000 if quick else _BARE_SEEDS, seed=83)]
    seeds = Seeds.of([*faces, *bare], studio, embedder)
    with _kept(work) as folder:
        figures = _index(seeds, _asked(embedder, faces), vectors, folder, report)
        figures |= _library(studio, embedder, faces, seeds, assets, folder / f"library-{assets}", report)
    load = os.getloadavg()[0]
    return Result(
        "index",
        figures,
        paper=PAPER,
        data={
            "vectors": vectors,
            "assets": assets,
            "dimensions": EMBEDDING_SIZE,
            "load_at_the_end": round(load, 2),
            "quick": quick,
        },
    )


@contextmanager
def _kept(work: Path | None) -> Iterator[Path]:
    if work is None:
        with TemporaryDirectory(prefix="mien-bench-") as folder:
            yield Path(folder)
    else:
        work.mkdir(parents=True, exist_ok=True)
        yield work


# -- the index alone ---------------------------------------------------------------------------------------------


def _index(seeds: Seeds, asked: dict[str, Vectors], count: int, folder: Path, report: Report) -> Figures:
    asked = {"near": _block(seeds, 200, 82), **asked}
    report("comparing all")
    told_by_all = iter(_exact(seeds, np.concatenate([queries[:_JUDGED] for queries in asked.values()]), count))
    exact = {kind: list(islice(told_by_all, len(queries[:_JUDGED]))) for kind, queries in asked.items()}
    path = folder / f"index-{count}.hnsw"
    index, built = _built(seeds, count, path, report)
    small = replace(index, quantise_above=0).compacted()
    small.save(folder / f"index-{count}-int8.hnsw", model=_MODEL)
    figures: Figures = {"build_s": built["clock_s"], "build_s_cpu": built["cpu_s"]}
    for name, held, file in (("float32", index, path), ("int8", small, folder / f"index-{count}-int8.hnsw")):
        report(f"asking the index, {name}")
        told = _measured(replace(held, exact_below=0), asked, exact)
        started = time.perf_counter()
        HnswIndex.load(file, model=_MODEL)
        told |= {"restart_s": time.perf_counter() - started, "file_mb": file.stat().st_size / 2**20}
        figures |= {f"{key}_{name}": value for key, value in told.items()}
    return figures


def _built(seeds: Seeds, count: int, path: Path, report: Report) -> tuple[HnswIndex, dict[str, float]]:
    """The index of `count` vectors, and the seconds it took; from what a run before left, if it did."""
    index = HnswIndex.empty(quantise_above=count + 1)
    spent = {"clock_s": 0.0, "cpu_s": 0.0}
    note = path.with_suffix(".json")
    if path.is_file() and note.is_file():
        index = replace(HnswIndex.load(path, model=_MODEL), quantise_above=count + 1)
        spent = json.loads(note.read_text(encoding="utf-8"))[str(len(index))]
    told = {str(len(index)): spent}
    while len(index) < count:
        start = len(index)
        report(f"{100 * start / count:.0f} % of the index")
        stop = min(count, start + _PART)
        vectors = np.concatenate([_part(seeds, i, stop) for i in range(start, stop, _BLOCK)])
        started, worked = time.perf_counter(), time.process_time()
        index = index.extended(np.arange(start + 1, stop + 1), vectors).compacted()
        spent = {
            "clock_s": spent["clock_s"] + time.perf_counter() - started,
            "cpu_s": spent["cpu_s"] + time.process_time() - worked,
        }
        # The note first, with both states in it: whichever of the two index files a kill leaves has its own.
        told = {str(start): told[str(start)], str(stop): spent}
        with replacing(note) as beside:
            beside.write_text(json.dumps(told), encoding="utf-8")
        index.save(path, model=_MODEL)
    return index, spent


def _measured(index: HnswIndex, asked: dict[str, Vectors], exact: dict[str, list[set[int]]]) -> Figures:
    figures: Figures = {}
    with _one_thread():
        for kind, queries in asked.items():
            times, work, found, pools = [], [], [], []
            for query in queries:
                started, worked = time.perf_counter(), time.process_time()
                positions, _ = index.search(query, 10 if kind == "near" else POOL, among=None)
                times.append(time.perf_counter() - started)
                work.append(time.process_time() - worked)
                found.append(set(positions[:10].tolist()))
                pools.append(set(positions.tolist()))
            figures[f"index_ms_{kind}"], figures[f"index_ms_{kind}_p99"] = percentiles(times)
            figures[f"index_ms_{kind}_cpu"] = percentiles(work)[0]
            figures[f"recall10_{kind}"] = _recall(exact[kind], found)
            if kind != "near":
                figures[f"recall10_{kind}_of_candidates"] = _recall(exact[kind], pools)
        some = np.random.default_rng(84).random(len(index.rows)) < 0.01
        hits = total = 0
        for query in asked["near"][:40]:
            right, _ = replace(index, exact_below=len(index.rows) + 1).search(query, 10, among=some)
            got, _ = replace(index, exact_below=20_000).search(query, 10, among=some)
            hits, total = hits + len(set(right.tolist()) & set(got.tolist())), total + len(right)
        figures["recall10_filtered"] = hits / max(total, 1)
    return figures


def _recall(exact: list[set[int]], found: list[set[int]]) -> float:
    return float(np.mean([len(a & b) / 10 for a, b in zip(exact, found, strict=False)]))


def _exact(seeds: Seeds, queries: Vectors, count: int) -> list[set[int]]:
    """The ten nearest of each, by comparing all; a block of the vectors at a time, so that little memory is enough."""
    best: Vectors = np.full((len(queries), 10), -np.inf, np.float32)
    where = np.full((len(queries), 10), -1, np.int64)
    for start in range(0, count, _BLOCK):
        products = queries @ _part(seeds, start, count).T
        values = np.concatenate([best, products], axis=1)
        places = np.concatenate(
            [where, np.broadcast_to(np.arange(start, start + products.shape[1]), products.shape)], axis=1
        )
        top = np.argpartition(-values, 9, axis=1)[:, :10]
        best, where = np.take_along_axis(values, top, axis=1), np.take_along_axis(places, top, axis=1)
    return [set(row.tolist()) for row in where]


def _part(seeds: Seeds, start: int, stop: int) -> Vectors:
    """The vectors from `start` on, up to the end of their block."""
    return _block(seeds, min(_BLOCK, stop - start), [81, start // _BLOCK])


@dataclass(frozen=True, slots=True, eq=False)
class Seeds:
    """n faces as `Embedder.laid_out` takes them."""

    x: Vectors
    felt: Vectors
    styles: Vectors
    joint: Vectors

    @classmethod
    def of(cls, faces: list[Asset], studio: Studio, embedder: Embedder) -> Seeds:
        names = sorted({face.style for face in faces})
        codes = np.array([names.index(face.style) for face in faces], dtype=np.int32)
        return cls(
            freed(np.stack([f.expression.coefficients for f in faces]), codes, names, studio.styles_by_id),
            np.stack([feeling_of(face.expression.emotion) for face in faces]),
            np.stack([style_place(face.style) for face in faces]),
            embedder.joint_of(embedder.assets(faces)),
        )

    def near(self, rows: NDArray[np.intp], others: NDArray[np.intp], share: Vectors, rng: Rng) -> Vectors:
        """float32 (k, 512): faces between two of these, `share` (k, 1) of the first, each a little different."""

        def between(part: Vectors, off: float) -> Vectors:
            mixed = share * part[rows] + (1 - share) * part[others]
            return np.asarray(mixed + off * rng.standard_normal(mixed.shape, dtype=np.float32), dtype=np.float32)

        x = np.clip(between(self.x, 0.0) * (1 + 0.1 * rng.standard_normal((len(rows), 52), dtype=np.float32)), 0.0, 1.0)
        joint = between(self.joint, 0.01)
        joint /= np.linalg.norm(joint, axis=1, keepdims=True)
        return Embedder.laid_out(x, between(self.felt, 0.01), self.styles[rows], joint)


def _block(seeds: Seeds, count: int, seed: int | list[int]) -> Vectors:
    """float32 (count, 512), unit length."""
    rng = np.random.default_rng(seed)
    n = len(seeds.x)
    share = rng.random((count, 1), dtype=np.float32)
    return seeds.near(rng.integers(0, n, count), rng.integers(0, n, count), share, rng)


def _asked(embedder: Embedder, faces: list[Asset], count: int = 30) -> dict[str, Vectors]:
    """What searches ask with, by kind, float32 (count, 512) each."""
    out: dict[str, list[Vectors]] = {"face": [], "mixed": [], "emotion": [], "words": []}
    for i, asset in enumerate(faces[:count]):
        face = (asset.expression.coefficients, asset.expression.certainty, 0.6)
        felt = (Emotion.from_weights({EMOTIONS[1 + i % (len(EMOTIONS) - 1)]: 1.0}), 0.45)
        out["face"].append(embedder.query(faces=[face]))
        out["mixed"].append(embedder.query(faces=[face], emotions=[felt], style=(asset.style, 0.25)))
        out["emotion"].append(embedder.query(emotions=[felt], style=(asset.style, 0.25)))
        out["words"].append(embedder.query(words=(embedder.text(asset.text.split(".")[0]), 0.4)))
    return {kind: np.stack(queries) for kind, queries in out.items()}


# -- a library ---------------------------------------------------------------------------------------------------


def _library(
    studio: Studio, embedder: Embedder, faces: list[Asset], seeds: Seeds, count: int, path: Path, report: Report
) -> Figures:
    from skimage import data as sample_pictures

    photo = sample_pictures.astronaut()
    reading = studio.read(photo).expression
    figures = _filled(path, faces, seeds, count, report)
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
            report(f"searching by {kind}")
            samples, work = [], []
            for i in range(_TIMES):
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


def _filled(path: Path, faces: list[Asset], seeds: Seeds, count: int, report: Report) -> Figures:
    """Make the library, or what is missing of it; assets a second, of the run that made all of it."""
    note = path.with_suffix(".json")
    is_new = not path.is_dir()
    with Library.create(path) if is_new else Library.open(path) as library:
        if len(library) < count:
            report(f"{len(library)} of {count} assets")
            started, worked = time.perf_counter(), time.process_time()
            library.add_many(_varied(faces, seeds, count, np.random.default_rng(82)), batch=1024)
            clock_s, cpu_s = time.perf_counter() - started, time.process_time() - worked
            if is_new:
                told = {"add_per_s": count / clock_s, "add_ms_cpu": 1_000 * cpu_s / count}
                note.write_text(json.dumps(told), encoding="utf-8")
            library.flush()
    return json.loads(note.read_text(encoding="utf-8")) if note.is_file() else {}


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


def _acted(studio: Studio, count: int, *, seed: int = 80) -> Iterator[Asset]:
    rng = np.random.default_rng(seed)
    cast = studio.built_in()
    for i in range(count):
        info = cast[i % len(cast)]
        expression = sample(rng).expression
        shown = Expression(bound(expression.coefficients, studio.style(info.style)), head=expression.head)
        yield Asset("", shown, character=info.id, style=info.style, text=describe(shown), production="Bench")


def _varied(faces: list[Asset], seeds: Seeds, count: int, rng: Rng) -> Iterator[tuple[Asset, bytes, Vectors]]:
    """Takes of the same faces, each a little different, one in a hundred with the tag "rare"."""
    pixel = _pixel()
    for start in range(0, count, 1024):
        rows = np.arange(start, min(count, start + 1024)) % len(faces)
        vectors = seeds.near(rows, rows, np.ones((len(rows), 1), np.float32), rng)
        for i, k, vector in zip(range(start, count), rows, vectors, strict=False):
            face = faces[int(k)]
            values = np.clip(face.expression.coefficients * (1 + rng.normal(0, 0.1, 52)), 0.0, 1.0).astype(np.float32)
            shown = Expression(values, emotion=face.expression.emotion)
            tags = ("rare",) if i % 100 == 7 else ()
            yield replace(face, expression=shown, frame=i, tags=tags), pixel, vector


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
