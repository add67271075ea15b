"""Which vectors lie nearest: exact where that is quick, FAISS HNSW (M = 16) where it is not.

The rows of the database are the truth; what is here is made from them, and the file is a cache of the slow part, the
graph. Correct answers never need the graph: vectors that it does not hold yet are compared one by one, and so is
everything when few candidates pass the filters, so filters cost no recall.
"""

from __future__ import annotations

import json
import os
import struct
import tempfile
import zlib
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mien.core.asset import EMBEDDING_SIZE

Matrix = NDArray[np.float32]
Rows = NDArray[np.int64]

M: Final = 16  # paper, Section 4.1
EF_CONSTRUCTION: Final = 200
EF_SEARCH: Final = 512  # .995 of the exact search's page for words on 20,000 described faces; 128 gave .85
EF_MOST: Final = 4096
EXACT_BELOW: Final = 20_000
"""Up to so many candidates are compared one by one: about 5 ms, and no neighbour is missed."""
QUANTISE_ABOVE: Final = 500_000
"""Graphs over more vectors keep them as bytes: .66 GB a million in place of 2.2 (docs/figures.md), and no slower."""
DEAD_SHARE: Final = 0.2
TAIL_SHARE: Final = 0.05

_QUANTISER: Final = 0  # faiss.ScalarQuantizer.QT_8bit: a byte a number, its range learned for each of the 512
_TRAINED_ON: Final = 65_536
_FORMAT: Final = 1
_FOOTER: Final = struct.Struct("<QQI8s")
_MAGIC: Final = b"mienidx1"


class Index(Protocol):
    """Nearest vectors by inner product. Immutable: `extended` and `without` give a new index."""

    @property
    def rows(self) -> Rows:
        """int64 (n,), rising: the row number of each position, dead ones included."""
        ...

    def search(self, query: Matrix, count: int, *, among: NDArray[np.bool_] | None) -> tuple[Rows, Matrix]:
        """Up to `count` positions and their inner products with `query` (512,), best first.

        among: bool (n,), which positions may come back; None for all that live.
        """
        ...


@dataclass(frozen=True, slots=True, eq=False)
class HnswIndex:
    """A graph over the first vectors, and the rest as they are.

    rows: int64 (n,), rising. dead: bool (n,). tail: float32 (n - m, 512), the vectors that the graph lacks.
    graph: `faiss.IndexHNSWFlat` (or `IndexHNSWSQ`, bytes) over the first m, or None.
    exact_below, quantise_above: see `EXACT_BELOW`, `QUANTISE_ABOVE`.
    """

    rows: Rows
    dead: NDArray[np.bool_]
    tail: Matrix
    graph: Any = None
    exact_below: int = EXACT_BELOW
    quantise_above: int = QUANTISE_ABOVE

    @classmethod
    def empty(cls, *, exact_below: int = EXACT_BELOW, quantise_above: int = QUANTISE_ABOVE) -> HnswIndex:
        """An index of nothing."""
        nothing = np.zeros((0, EMBEDDING_SIZE), dtype=np.float32)
        return cls(np.zeros(0, np.int64), np.zeros(0, bool), nothing, None, exact_below, quantise_above)

    def __len__(self) -> int:
        """How many vectors live."""
        return int(len(self.rows) - np.count_nonzero(self.dead))

    @property
    def in_graph(self) -> int:
        """How many positions the graph covers."""
        return 0 if self.graph is None else int(self.graph.ntotal)

    @property
    def is_quantised(self) -> bool:
        """Does the graph keep its vectors as bytes?"""
        return self.graph is not None and not hasattr(_faiss().downcast_index(self.graph.storage), "get_xb")

    def of_head(self, positions: Rows) -> Matrix:
        """float32 (k, 512): the graph's own vectors at these positions, as exactly as it keeps them."""
        if not self.is_quantised:
            return np.asarray(self.head[positions], dtype=np.float32)
        storage = _faiss().downcast_index(self.graph.storage)
        return np.asarray(storage.reconstruct_batch(np.ascontiguousarray(positions, np.int64)), dtype=np.float32)

    @property
    def head(self) -> Matrix:
        """float32 (m, 512): the graph's own vectors; not a copy unless it is quantised."""
        if self.graph is None:
            return self.tail[:0]
        faiss = _faiss()
        storage = faiss.downcast_index(self.graph.storage)
        if self.is_quantised:
            return np.asarray(storage.reconstruct_n(0, self.in_graph), dtype=np.float32)
        return np.asarray(faiss.rev_swig_ptr(storage.get_xb(), self.in_graph * EMBEDDING_SIZE)).reshape(
            -1, EMBEDDING_SIZE
        )

    @property
    def vectors(self) -> Matrix:
        """float32 (n, 512), a copy unless there is no graph."""
        return self.tail if self.graph is None else np.concatenate([self.head, self.tail])

    def vectors_of(self, rows: Rows) -> Matrix:
        """float32 (k, 512): the vectors of rows; 0 for rows that are not here."""
        out = np.zeros((len(rows), EMBEDDING_SIZE), dtype=np.float32)
        at, here = self._places(rows)
        m = self.in_graph
        old, new = here & (at < m), here & (at >= m)
        if old.any():
            out[old] = self.of_head(at[old])
        out[new] = self.tail[at[new] - m]
        return out

    def positions(self, rows: Rows) -> Rows:
        """int64 (k,): where rows are; those that are not here are left out."""
        at, here = self._places(rows)
        return np.asarray(at[here], dtype=np.int64)

    def _places(self, rows: Rows) -> tuple[Rows, NDArray[np.bool_]]:
        at = np.searchsorted(self.rows, rows)
        here = at < len(self.rows)
        here[here] = self.rows[at[here]] == rows[here]
        return at, here

    def extended(self, rows: Rows, vectors: Matrix) -> HnswIndex:
        """With further rows, all after those that are here."""
        if len(rows) == 0:
            return self
        return replace(
            self,
            rows=np.concatenate([self.rows, rows]),
            dead=np.concatenate([self.dead, np.zeros(len(rows), bool)]),
            tail=np.concatenate([self.tail, np.asarray(vectors, dtype=np.float32)]),
        )

    def without(self, rows: Rows) -> HnswIndex:
        """With these rows buried."""
        if len(rows) == 0:
            return self
        return replace(self, dead=self.dead | np.isin(self.rows, rows))

    # -- search --------------------------------------------------------------------------------------------------

    def search(self, query: Matrix, count: int, *, among: NDArray[np.bool_] | None) -> tuple[Rows, Matrix]:
        """See `Index.search`."""
        query = np.ascontiguousarray(query, dtype=np.float32)
        if among is None and self.dead.any():
            among = ~self.dead
        elif among is not None:
            among = among & ~self.dead
        candidates = len(self.rows) if among is None else int(np.count_nonzero(among))
        if candidates == 0 or count <= 0:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        m = self.in_graph
        if m == 0 or candidates <= self.exact_below:
            return self._exact(query, count, among, 0)
        found = self._graph_search(query, count, among, candidates)
        if len(self.tail):
            extra = self._exact(query, count, among, m)
            found = _best(np.concatenate([found[0], extra[0]]), np.concatenate([found[1], extra[1]]), count)
        return found

    def _exact(self, query: Matrix, count: int, among: NDArray[np.bool_] | None, start: int) -> tuple[Rows, Matrix]:
        m = self.in_graph
        positions, values = [], []
        parts = [(self.tail, m)]
        if start == 0 and m:
            if among is not None and self.is_quantised:
                # Only what passes the filters is made into numbers again.
                here = np.flatnonzero(among[:m])
                positions.append(here)
                values.append(self.of_head(here) @ query)
            else:
                parts.insert(0, (self.head, 0))
        for vectors, offset in parts:
            if among is None:
                chosen = np.arange(offset, offset + len(vectors))
                values.append(vectors @ query)
            else:
                here = np.flatnonzero(among[offset : offset + len(vectors)])
                # Gathering rows costs more than multiplying those that nobody asked for.
                products = vectors @ query if 3 * len(here) > len(vectors) else None
                values.append(products[here] if products is not None else vectors[here] @ query)
                chosen = here + offset
            positions.append(chosen)
        return _best(np.concatenate(positions), np.concatenate(values), count)

    def _graph_search(
        self, query: Matrix, count: int, among: NDArray[np.bool_] | None, candidates: int
    ) -> tuple[Rows, Matrix]:
        faiss = _faiss()
        ef = max(EF_SEARCH, 2 * count)
        if among is None:
            parameters = faiss.SearchParametersHNSW(efSearch=ef)
        else:
            # The graph is walked through what does not pass the filters as well: look further the rarer what passes.
            ef = min(EF_MOST, int(ef * len(self.rows) / candidates))
            bits = np.packbits(among[: self.in_graph], bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)
            parameters = faiss.SearchParametersHNSW(efSearch=ef, sel=selector)
        values, positions = self.graph.search(query[None], count, params=parameters)
        real = positions[0] >= 0
        return positions[0][real].astype(np.int64), values[0][real]

    # -- the graph and its cache ---------------------------------------------------------------------------------

    @property
    def wants_compacting(self) -> bool:
        """Has the graph too many dead, or does it lack too many?"""
        dead = np.count_nonzero(self.dead[: self.in_graph])
        return bool(len(self.tail) > max(256, TAIL_SHARE * self.in_graph) or dead > DEAD_SHARE * max(self.in_graph, 1))

    def compacted(self) -> HnswIndex:
        """With everything in the graph, and the dead gone if they were many. Slow: about 2,000 vectors a second."""
        faiss = _faiss()
        if self.graph is not None and np.count_nonzero(self.dead) <= DEAD_SHARE * len(self.rows):
            # Others may be searching the graph that is here, so a copy grows.
            graph, rows, dead, new = faiss.clone_index(self.graph), self.rows, self.dead, self.tail
        else:
            rows, dead, new = self.rows[~self.dead], np.zeros(len(self), bool), self.vectors[~self.dead]
            graph = faiss.IndexHNSWFlat(EMBEDDING_SIZE, M, faiss.METRIC_INNER_PRODUCT)
            graph.hnsw.efConstruction = EF_CONSTRUCTION
        if len(new):
            graph.add(np.ascontiguousarray(new))
        if graph.ntotal > self.quantise_above:
            graph = _quantised(graph)
        return replace(self, rows=rows, dead=dead, tail=self.tail[:0], graph=graph if graph.ntotal else None)

    def save(self, path: Path, *, model: str) -> None:
        """Write the graph and its rows, whole or not at all."""
        faiss = _faiss()
        m = self.in_graph
        if m == 0:
            path.unlink(missing_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
        try:
            faiss.write_index(self.graph, name)
            header = json.dumps({"format": _FORMAT, "model": model, "count": m}).encode()
            with Path(name).open("ab") as file:
                file.write(self.rows[:m].astype("<i8").tobytes())
                file.write(header)
            checksum = _checksum(Path(name))
            with Path(name).open("ab") as file:
                file.write(_FOOTER.pack(8 * m, len(header), checksum, _MAGIC))
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o644)
            Path(name).replace(path)
        finally:
            with suppress(OSError):
                Path(name).unlink(missing_ok=True)

    @classmethod
    def load(cls, path: Path, *, model: str, exact_below: int = EXACT_BELOW) -> HnswIndex:
        """Read what `save` wrote. Raises `FileNotFoundError`, `DamagedIndex`."""
        faiss = _faiss()
        size = path.stat().st_size
        if size < _FOOTER.size:
            raise DamagedIndex("it is cut short")
        with path.open("rb") as file:
            file.seek(-_FOOTER.size, os.SEEK_END)
            rows_size, header_size, checksum, magic = _FOOTER.unpack(file.read())
            if magic != _MAGIC or rows_size + header_size + _FOOTER.size > size:
                raise DamagedIndex("it is cut short")
            if _checksum(path, size - _FOOTER.size) != checksum:
                raise DamagedIndex("its checksum is wrong")
            file.seek(-_FOOTER.size - header_size - rows_size, os.SEEK_END)
            rows = np.frombuffer(file.read(rows_size), "<i8").astype(np.int64)
            header = json.loads(file.read(header_size))
        if header["model"] != model or header["format"] != _FORMAT:
            raise DamagedIndex(f"it holds vectors of {header['model']}")
        graph = faiss.read_index(str(path))
        if graph.ntotal != len(rows) or graph.d != EMBEDDING_SIZE:
            raise DamagedIndex("its parts disagree")
        nothing = np.zeros((0, EMBEDDING_SIZE), dtype=np.float32)
        return cls(rows, np.zeros(len(rows), bool), nothing, graph, exact_below)


class DamagedIndex(Exception):
    """The cache cannot be used; never leaves the library, which goes back to the rows."""


def _faiss() -> Any:
    """Imported when first needed (it takes a fifth of a second), and untyped: its stubs lack what we use."""
    import faiss

    return faiss


def _quantised(graph: Any) -> Any:
    """The same graph over the same vectors, a byte a number; the links stay, so this takes seconds and not a build."""
    faiss = _faiss()
    storage = faiss.downcast_index(graph.storage)
    if not hasattr(storage, "get_xb"):
        return graph
    small = faiss.IndexHNSWSQ(EMBEDDING_SIZE, _QUANTISER, M, faiss.METRIC_INNER_PRODUCT)
    vectors = faiss.rev_swig_ptr(storage.get_xb(), graph.ntotal * EMBEDDING_SIZE).reshape(-1, EMBEDDING_SIZE)
    bytes_only = faiss.downcast_index(small.storage)
    bytes_only.train(np.ascontiguousarray(vectors[:: max(1, len(vectors) // _TRAINED_ON)]))
    for start in range(0, len(vectors), _TRAINED_ON):
        bytes_only.add(vectors[start : start + _TRAINED_ON])
    small.hnsw = graph.hnsw
    small.ntotal = graph.ntotal
    small.is_trained = True
    return small


def _best(positions: Rows, values: Matrix, count: int) -> tuple[Rows, Matrix]:
    if len(values) > count:
        part = np.argpartition(-values, count - 1)[:count]
        positions, values = positions[part], values[part]
    # Equal values come in the order of their rows, so that the same search gives the same page.
    order = np.lexsort((positions, -values))
    return positions[order].astype(np.int64), values[order]


def _checksum(path: Path, length: int | None = None) -> int:
    total, left = 0, length if length is not None else path.stat().st_size
    with path.open("rb") as file:
        while left > 0 and (block := file.read(min(left, 1 << 22))):
            total = zlib.crc32(block, total)
            left -= len(block)
    return total
