"""`Library`: a folder of assets. SQLite holds the truth, pictures are files, the vector index is a cache."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sqlalchemy import Connection, func, select

from mien.core.arrays import Vector
from mien.core.asset import EMBEDDING, EMBEDDING_SIZE, Asset, content_id
from mien.errors import BadExpression, InputError, UnknownName
from mien.library import events, productions, rows
from mien.library.check import CheckReport, check_library
from mien.library.database import FILE, Database, create_database
from mien.library.duplicates import Group, duplicates
from mien.library.events import KINDS, Event
from mien.library.index import EXACT_BELOW, DamagedIndex, HnswIndex
from mien.library.lock import WriterLock
from mien.library.pictures import PICTURES, Encoded, Picture, PictureFolder, encode
from mien.library.productions import Production
from mien.library.schema import ASSETS, VECTORS
from mien.library.snapshot import Snapshot

_LOG: Final = logging.getLogger(__name__)
BATCH: Final = 256
REEMBED_BATCH: Final = 64
"""A second or two of work, so that progress is seen to move and nobody who writes waits long."""
_BYTE: Final = 0.02
"""How far a number that was kept as a byte may be off: vectors have length 1."""


@dataclass(frozen=True, slots=True)
class AddReport:
    """What became of a batch. ids: of the assets that were added, in order. skipped: how many were there already."""

    ids: tuple[str, ...]
    skipped: int

    @property
    def added(self) -> int:
        """How many are new."""
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class _State:
    """Snapshot and index of the same moment, and up to which row and tombstone they go."""

    snapshot: Snapshot
    index: HnswIndex
    row: int = 0
    tombstone: int = 0


class Library:
    """A folder of assets; safe to share between threads, and between one writing and many reading processes.

    An asset is there as soon as the method that adds it returns, and stays there whatever is killed afterwards.
    Writers that meet raise `LibraryBusy`; readers never wait.
    """

    def __init__(self, path: Path, *, model: str = EMBEDDING, exact_below: int = EXACT_BELOW) -> None:
        self.path = Path(path)
        self.model = model
        self._exact_below = exact_below
        self._database = Database(self.path)
        self._pictures = PictureFolder(self.path / PICTURES)
        self._writer = WriterLock(self.path / "write.lock")
        self._state: _State | None = None
        self._refreshing = threading.Lock()
        self._index_trouble = ""

    @classmethod
    def create(cls, path: Path, **options: object) -> Library:
        """Make an empty library in a folder (made if need be). Raises `InputError` if one is there already."""
        path = Path(path)
        if cls.exists(path):
            raise InputError(f"There is a library at {path} already.")
        if path.exists() and not path.is_dir():
            raise InputError(f"{path} is a file, and a library is a folder. Name a folder with --library.")
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"Cannot make {path}: {error.strerror or error}.") from error
        try:
            create_database(path)
        except OSError as error:
            raise InputError(f"Cannot write to {path}: {error.strerror or error}.") from error
        return cls.open(path, **options)

    @classmethod
    def open(cls, path: Path, **options: object) -> Library:
        """Open the library in a folder.

        model: name of the vectors to search by. exact_below: see `mien.library.index.EXACT_BELOW`.

        Raises `NotALibrary` if there is none, it is damaged, or a newer mien wrote it.
        """
        return cls(Path(path), **options)  # type: ignore[arg-type]

    @staticmethod
    def exists(path: Path) -> bool:
        """Is there a library in this folder?"""
        return (Path(path) / FILE).is_file()

    def close(self) -> None:
        """Close the files. What was added is safe without it."""
        self._database.close()
        self._state = None

    def __enter__(self) -> Library:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # -- what is there -------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        with self._database.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(ASSETS)).scalar_one())

    def __contains__(self, asset_id: object) -> bool:
        return isinstance(asset_id, str) and bool(self.having([asset_id]))

    def __iter__(self) -> Iterator[Asset]:
        ids = [i.decode() for i in self.snapshot().ids]
        for part in rows.chunks(ids):
            yield from self.assets(part)

    def having(self, ids: Iterable[str]) -> set[str]:
        """Which of these ids are there."""
        found: set[str] = set()
        with self._database.reading() as connection:
            for part in rows.chunks(list(ids)):
                found.update(connection.execute(select(ASSETS.c.id).where(ASSETS.c.id.in_(part))).scalars())
        return found

    def get(self, asset_id: str) -> Asset:
        """One asset. Raises `UnknownName`."""
        for asset in self.assets([asset_id]):
            return asset
        raise _no_asset(asset_id)

    def assets(self, ids: Sequence[str]) -> list[Asset]:
        """Assets in the order of their ids; ids that are not there are left out."""
        with self._database.reading() as connection:
            found = rows.by_id(connection, ids)
            tags = rows.tags_of(connection, [row["row"] for row in found.values()])
        return [rows.from_row(found[i], tags.get(found[i]["row"], ())) for i in ids if i in found]

    def full_id(self, start: str) -> str:
        """The id that begins so, at least 6 characters of it. Raises `UnknownName` for none or several."""
        found: list[str] = []
        if 6 <= len(start) <= 32 and start.isalnum():
            query = select(ASSETS.c.id).where(ASSETS.c.id >= start.lower(), ASSETS.c.id < start.lower() + "~").limit(2)
            with self._database.reading() as connection:
                found = list(connection.execute(query).scalars())
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownName(f"There are several assets whose id begins with '{start}'; give more of it.")
        raise _no_asset(start)

    def picture(self, asset_id: str) -> bytes:
        """The encoded picture (PNG, WebP or JPEG). Raises `UnknownName`, or `InputError` if the file is gone."""
        with self._database.reading() as connection:
            place = connection.execute(select(ASSETS.c.picture).where(ASSETS.c.id == asset_id)).scalar()
        if place is None:
            raise _no_asset(asset_id)
        return self._pictures.read(place)

    def vectors(self, ids: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, 512), in the order of ids. Raises `UnknownName`."""
        found: dict[str, bytes] = {}
        with self._database.reading() as connection:
            for part in rows.chunks(list(ids)):
                query = select(ASSETS.c.id, VECTORS.c.vector).join(VECTORS, VECTORS.c.row == ASSETS.c.row)
                found.update((i, v) for i, v in connection.execute(query.where(ASSETS.c.id.in_(part))))
        for asset_id in ids:
            if asset_id not in found:
                raise _no_asset(asset_id)
        return np.frombuffer(b"".join(found[i] for i in ids), "<f4").reshape(-1, EMBEDDING_SIZE).astype(np.float32)

    def sources(self) -> set[str]:
        """Every asset's `source`."""
        with self._database.reading() as connection:
            return set(connection.execute(select(ASSETS.c.source).distinct()).scalars())

    def styles(self) -> dict[str, int]:
        """Style -> number of assets, most first."""
        return self.snapshot().counts("styles")

    def characters(self) -> dict[str, int]:
        """Character -> number of assets, most first."""
        return self.snapshot().counts("characters")

    def productions(self) -> dict[str, int]:
        """Production -> number of assets, most first."""
        return self.snapshot().counts("productions")

    def tags(self) -> dict[str, int]:
        """Tag -> number of assets, most first."""
        return self.snapshot().counts("tags")

    def emotions(self) -> dict[str, int]:
        """Likeliest emotion -> number of assets, most first."""
        return self.snapshot().counts("emotions")

    # -- writing -------------------------------------------------------------------------------------------------

    def add(self, asset: Asset, picture: Picture, vector: ArrayLike) -> str:
        """Add one asset and return its id; nothing happens if it is there already. See `add_many`."""
        encoded = encode(picture)
        asset = _identified(asset, encoded)
        self.add_many([(asset, encoded.content, vector)])
        return asset.id

    def add_many(self, items: Iterable[tuple[Asset, Picture, ArrayLike]], *, batch: int = BATCH) -> AddReport:
        """Add assets with their pictures and vectors (512 numbers each), a transaction for each `batch`.

        An asset whose id is there already is skipped, so adding twice is adding once. Each batch is safe as soon as
        the next one is drawn from `items`; an error leaves the batches before it in the library.

        Raises `NotAPicture`, `BadExpression` for a vector of the wrong shape, `LibraryBusy`.
        """
        added: list[str] = []
        skipped = 0
        source = iter(items)
        with self._writer.held():
            while part := list(islice(source, batch)):
                ids = self._add_batch(part)
                added += ids
                skipped += len(part) - len(ids)
        return AddReport(tuple(added), skipped)

    def _add_batch(self, items: Sequence[tuple[Asset, Picture, ArrayLike]]) -> list[str]:
        fresh: dict[str, tuple[Asset, Encoded, Vector]] = {}
        for asset, picture, vector in items:
            encoded = encode(picture)
            asset = _identified(asset, encoded)
            fresh.setdefault(asset.id, (asset, encoded, _checked(vector)))
        there = self.having(fresh)
        chosen = [entry for asset_id, entry in fresh.items() if asset_id not in there]
        if not chosen:
            return []
        now = _now()
        placed = [
            replace(
                asset,
                picture=self._pictures.place(asset.id, encoded.suffix),
                width=encoded.width,
                height=encoded.height,
                created_at=asset.created_at or now,
            )
            for asset, encoded, _ in chosen
        ]
        # Pictures first: a row never names a picture that is not there. Without its row a picture is only rubbish.
        self._pictures.write((asset.picture, e.content) for asset, (_, e, _) in zip(placed, chosen, strict=True))
        with self._database.writing() as connection:
            rows.put(
                connection,
                [
                    rows.to_row(asset, picture_size=len(e.content), picture_sha256=e.sha256)
                    for asset, (_, e, _) in zip(placed, chosen, strict=True)
                ],
                [asset.tags for asset in placed],
                [vector for _, _, vector in chosen],
                models=[self.model] * len(placed),
            )
        return [asset.id for asset in placed]

    def update(self, asset: Asset, vector: ArrayLike | None = None) -> None:
        """Replace what is said about an asset (words, tags, rating, expression ...); its picture and place stay.

        vector: the new one; the old one stays where None. Raises `UnknownName`, `LibraryBusy`.
        """
        with self._writer.held(), self._database.writing() as connection:
            self._replace(connection, [(asset, None if vector is None else _checked(vector))])

    def reembed(
        self,
        embed: Callable[[Sequence[Asset]], NDArray[np.float32]],
        *,
        batch: int = REEMBED_BATCH,
        progress: Callable[[int, int], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> int:
        """Give every asset whose vector is of another model a new one; returns how many.

        embed: n assets -> float32 (n, 512), vectors of `self.model`. progress: told before the first batch and after
        each how many are done, of how many. stop: asked before each batch whether to leave the rest as it is.

        Others may write in between: what they changed meanwhile is embedded as it is by then. May be interrupted and
        called again. Raises `LibraryBusy`.
        """
        total, done, last = self.outdated(), 0, 0
        if progress:
            progress(0, total)
        while not (stop and stop()):
            found = self._outdated(after=last, count=batch)
            if not found and last == 0:
                break
            if found:
                old = self.assets([asset_id for _, asset_id in found])
                new = [(asset, _checked(vector)) for asset, vector in zip(old, embed(old), strict=True)]
                done += self._embedded_anew({i: row for row, i in found}, new)
                if progress:
                    progress(done, max(done, total))
            # Whatever was changed while it was embedded lies behind by now: once more from the start.
            last = found[-1][0] if found else 0
        return done

    def _embedded_anew(self, known: Mapping[str, int], changes: Sequence[tuple[Asset, Vector]]) -> int:
        """Write the vectors of those assets that are still in the row in which they were read."""
        with self._writer.held(), self._database.writing() as connection:
            now = rows.by_id(connection, list(known))
            same = [(a, v) for a, v in changes if a.id in now and now[a.id]["row"] == known[a.id]]
            self._replace(connection, same)
        return len(same)

    def outdated(self) -> int:
        """How many assets have a vector of another model, or none, so that they are not found."""
        query = select(func.count()).select_from(ASSETS.join(VECTORS, VECTORS.c.row == ASSETS.c.row, isouter=True))
        with self._database.reading() as connection:
            found = connection.execute(query.where(VECTORS.c.model.is_distinct_from(self.model)))
            return int(found.scalar_one())

    def _outdated(self, *, after: int, count: int) -> list[tuple[int, str]]:
        """Row and id of outdated assets, in the order of their rows."""
        query = select(ASSETS.c.row, ASSETS.c.id).join(VECTORS, VECTORS.c.row == ASSETS.c.row, isouter=True)
        query = query.where(ASSETS.c.row > after, VECTORS.c.model.is_distinct_from(self.model))
        with self._database.reading() as connection:
            found = connection.execute(query.order_by(ASSETS.c.row).limit(count)).all()
        return [(int(row), str(asset_id)) for row, asset_id in found]

    def _replace(self, connection: Connection, changes: Sequence[tuple[Asset, Vector | None]]) -> None:
        found = rows.by_id(connection, [asset.id for asset, _ in changes])
        new_rows, new_vectors, models = [], [], []
        for asset, vector in changes:
            if asset.id not in found:
                raise _no_asset(asset.id)
            old = found[asset.id]
            kept = replace(asset, **{name: old[name] for name in ("picture", "width", "height", "created_at")})
            new_rows.append(rows.to_row(kept, picture_size=old["picture_size"], picture_sha256=old["picture_sha256"]))
            model = self.model
            if vector is None:
                # A vector that is kept stays of the model that made it, or it would never be made anew.
                query = select(VECTORS.c.vector, VECTORS.c.model).where(VECTORS.c.row == old["row"])
                stored, model = connection.execute(query).one()
                vector = np.frombuffer(stored, "<f4").astype(np.float32)
            new_vectors.append(vector)
            models.append(model)
        rows.bury(connection, [row["row"] for row in found.values()])
        rows.put(connection, new_rows, [asset.tags for asset, _ in changes], new_vectors, models=models)

    def delete(self, ids: Iterable[str]) -> int:
        """Remove assets and their pictures; returns how many there were."""
        with self._writer.held():
            with self._database.writing() as connection:
                found = rows.by_id(connection, ids)
                rows.bury(connection, [row["row"] for row in found.values()])
            self._pictures.remove(row["picture"] for row in found.values())
        return len(found)

    def log(self, event: Event) -> None:
        """Append to the log of what users did. Does not wait for a writer of assets."""
        with self._database.writing() as connection:
            events.log(connection, event, at=event.at or _now())

    def events(
        self,
        *,
        user: str | None = None,
        production: str | None = None,
        after: int = 0,
        limit: int | None = None,
        kinds: Collection[str] = KINDS,
    ) -> list[Event]:
        """The latest events, oldest first: of one user, of one production, after an event's number, of some kinds."""
        with self._database.reading() as connection:
            return events.read(connection, user=user, production=production, after=after, limit=limit, kinds=kinds)

    def last_event(self, *, production: str | None = None, kinds: Collection[str] = KINDS) -> int:
        """The number of the latest event, 0 if there is none."""
        with self._database.reading() as connection:
            return events.last(connection, production=production, kinds=kinds)

    def production(self, name: str) -> Production:
        """The settings of a production; the usual ones where nothing was said."""
        with self._database.reading() as connection:
            return productions.read(connection, name)

    def set_production(self, name: str, settings: Production) -> None:
        """Replace the settings of a production. Does not wait for a writer of assets."""
        if not name.strip():
            raise InputError("Name the production whose settings these are.")
        with self._database.writing() as connection:
            productions.write(connection, name, settings)

    def flush(self) -> None:
        """Bring the index's graph and its cache up to date; call it after many additions. Searches need no flush."""
        with self._writer.held(), self._refreshing:
            state = self._fresh_state()
            if not len(state.index):
                return
            index = state.index
            if index.wants_compacting or not index.in_graph or self._index_trouble:
                index = index.compacted()
                index.save(self._cache, model=self.model)
                self._index_trouble = ""
                self._state = replace(state, index=index)

    def duplicates(self, *, near: float = 0.97) -> list[Group]:
        """Assets of one character that are nearly the same, in groups, the largest first.

        near: 0..1; no coefficient may differ by more than 1 - near.
        """
        return duplicates(self.snapshot(), lambda i: (self.picture(i), self.get(i).portrait_px), near=near)

    def check(self, *, repair: bool = False, deep: bool = False) -> CheckReport:
        """See whether rows, pictures, vectors and index agree.

        repair: remove pictures and unfinished files that no row names, and make the index anew where it is damaged.
        deep: read every picture and compare it with its checksum.

        Raises `LibraryBusy` with `repair` while another process writes.
        """
        if not repair:
            return self._check(repair=False, deep=deep)
        with self._writer.held():
            report = self._check(repair=True, deep=deep)
            self.flush()
            return report

    def _check(self, *, repair: bool, deep: bool) -> CheckReport:
        self.snapshot()
        with self._database.reading() as connection:
            return check_library(
                connection,
                self._pictures,
                folder=self.path,
                model=self.model,
                index_trouble=self._index_trouble,
                repair=repair,
                deep=deep,
            )

    # -- searching -----------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """The library as arrays, as of now."""
        return self._current().snapshot

    def nearest(
        self, vector: Vector, count: int, *, snapshot: Snapshot | None = None, among: NDArray[np.bool_] | None = None
    ) -> tuple[Snapshot, NDArray[np.intp], Vector]:
        """Assets whose vectors have the largest inner products with `vector` (512,).

        snapshot: as `snapshot()` gave it; needed with `among`, bool (n,), which of its assets may come back.

        Returns a snapshot, positions in it (best first, at most `count`) and the inner products.
        """
        state = self._current()
        shot = state.snapshot if snapshot is None else snapshot
        mask = None
        if among is not None:
            mask = np.zeros(len(state.index.rows), bool)
            mask[state.index.positions(shot.rows[among])] = True
        at, values = state.index.search(vector, count, among=mask)
        found = state.index.rows[at]
        if shot is not state.snapshot:
            here = np.isin(found, shot.rows)
            found, values = found[here], values[here]
        return shot, shot.positions(found), values

    def vectors_at(self, snapshot: Snapshot, positions: NDArray[np.intp]) -> NDArray[np.float32]:
        """float32 (k, 512): the vectors of assets by their positions in a snapshot; 0 where there is none."""
        return self._current().index.vectors_of(snapshot.rows[positions])

    def _current(self) -> _State:
        with self._refreshing:
            return self._fresh_state()

    def _fresh_state(self) -> _State:
        # One transaction: rows, tombstones and vectors of the same moment.
        with self._database.reading() as connection, connection.begin():
            found = connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence").fetchall()
            marks = {str(name): int(seq) for name, seq in found}
            row, tombstone = marks.get("assets", 0), marks.get("tombstones", 0)
            state = self._state
            if state is not None and (state.row, state.tombstone) == (row, tombstone):
                return state
            if state is None:
                state = _State(Snapshot.empty(), self._cached_index(connection))
            query = "SELECT row FROM tombstones WHERE seq > ?"
            buried = [n for (n,) in connection.exec_driver_sql(query, (state.tombstone,))]
            snapshot = state.snapshot.refreshed(connection, after=state.row, buried=buried)
            index = state.index.without(np.asarray(buried, np.int64))
            index = self._extended(connection, index, after=int(index.rows[-1]) if len(index.rows) else 0)
        self._state = _State(snapshot, index, row, tombstone)
        return self._state

    def _extended(self, connection: Connection, index: HnswIndex, *, after: int) -> HnswIndex:
        found = connection.exec_driver_sql(
            "SELECT row, vector FROM vectors WHERE row > ? AND model = ? ORDER BY row", (after, self.model)
        ).fetchall()
        if not found:
            return index
        numbers = np.array([n for n, _ in found], np.int64)
        return index.extended(numbers, np.frombuffer(b"".join(v for _, v in found), "<f4").reshape(-1, EMBEDDING_SIZE))

    @property
    def _cache(self) -> Path:
        return self.path / "cache" / f"{self.model.replace('/', '-')}.hnsw"

    def _cached_index(self, connection: Connection) -> HnswIndex:
        """The index as far as the cache has it; anything wrong with the cache and the rows alone are used."""
        empty = HnswIndex.empty(exact_below=self._exact_below)
        try:
            index = HnswIndex.load(self._cache, model=self.model, exact_below=self._exact_below)
        except FileNotFoundError:
            return empty
        except (DamagedIndex, OSError, ValueError, KeyError, RuntimeError) as error:
            self._index_trouble = str(error)
            _LOG.warning("The index cache of %s is not used: %s. It will be made anew.", self.path, error)
            return empty
        live = connection.exec_driver_sql("SELECT row FROM vectors WHERE model = ?", (self.model,)).fetchall()
        index = index.without(np.setdiff1d(index.rows, np.array([n for (n,) in live], np.int64)))
        if not self._matches(connection, index):
            self._index_trouble = "it does not match the rows"
            _LOG.warning("The index cache of %s is not used: %s.", self.path, self._index_trouble)
            return empty
        return index

    def _matches(self, connection: Connection, index: HnswIndex) -> bool:
        """Are a few of the index's vectors those of the rows? They are not after a restored backup, say."""
        live = np.flatnonzero(~index.dead)
        if len(live) == 0:
            return True
        some = np.unique(np.concatenate([live[:: max(1, len(live) // 32)], live[-16:]]))
        numbers = index.rows[some].tolist()
        query = select(VECTORS.c.row, VECTORS.c.vector).where(VECTORS.c.row.in_(numbers)).order_by(VECTORS.c.row)
        stored = [np.frombuffer(v, "<f4") for _, v in connection.execute(query)]
        return len(stored) == len(some) and np.allclose(
            np.stack(stored), index.of_head(some), rtol=0.0, atol=_BYTE if index.is_quantised else 0.0
        )


def _identified(asset: Asset, encoded: Encoded) -> Asset:
    if asset.id:
        return asset
    place = {n: getattr(asset, n) for n in ("character", "style", "production", "sequence", "shot", "frame")}
    return replace(asset, id=content_id(encoded.content, **place))


def _checked(vector: ArrayLike) -> Vector:
    with suppress(TypeError, ValueError):
        array = np.asarray(vector, dtype=np.float32)
        if array.shape == (EMBEDDING_SIZE,) and np.isfinite(array).all():
            return array
    raise BadExpression(f"An asset's vector must be {EMBEDDING_SIZE} finite numbers.")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _no_asset(asset_id: str) -> UnknownName:
    # Told to whoever follows an old link, too: where the library lies is not theirs to know.
    return UnknownName(f"There is no asset '{asset_id}' in the library. Search for it again, or check the id.")
