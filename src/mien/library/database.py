"""The SQLite file of a library: how it is opened, and what its errors mean to a person."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError

from mien.errors import InputError, LibraryBusy, NotALibrary
from mien.library import schema

FILE: Final = "mien-library.db"
BUSY_S: Final = 5.0


def create_database(folder: Path) -> None:
    """Make the file: under another name first, so that a library is there whole or not at all."""
    target = folder / FILE
    beside = folder / f".{FILE}.{os.getpid()}"
    beside.unlink(missing_ok=True)
    engine = _engine(beside, journal="DELETE")
    try:
        with engine.begin() as connection:
            schema.build(connection)
        engine.dispose()
        # Unlike a rename, a link refuses to replace a library that someone else has made meanwhile.
        try:
            os.link(beside, target)
        except FileExistsError:
            raise InputError(f"There is a library at {folder} already.") from None
        except OSError:
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


class Database:
    """Connections to a library's file; safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        path = folder / FILE
        if not path.is_file():
            hint = f"Make one with `mien add FOLDER --library {folder}`, or the demo with `mien demo`."
            raise NotALibrary(f"{folder} holds no mien library. {hint}")
        self._engine = _engine(path, journal="WAL")
        try:
            with self.reading() as connection:
                version = schema.version_of(connection, where=str(folder))
            if version != schema.VERSION:
                with self.writing() as connection:
                    schema.migrate(connection, where=str(folder))
        except BaseException:
            self._engine.dispose()
            raise

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the library."""
        with _in_words(self._folder), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: durable when the block ends well, undone when it does not."""
        with (
            _in_words(self._folder),
            self._engine.connect().execution_options(mien_writes=True) as connection,
            connection.begin(),
        ):
            yield connection

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def _engine(path: Path, *, journal: str) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_S, "check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver would open transactions behind our back; we say BEGIN ourselves.
        connection.isolation_level = None
        # A folder that may not be written to can still be searched.
        with suppress(sqlite3.OperationalError):
            connection.execute(f"PRAGMA journal_mode = {journal}")
        # FULL: what was acknowledged survives a power cut, not only a killed process.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("mien_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OperationalError as error:
        text = str(error.orig)
        if "locked" in text or "busy" in text:
            raise LibraryBusy(f"{folder} is being written to by another process. Try again when it is done.") from error
        if "full" in text:
            raise InputError(f"No space left in {folder}. Free some and try again; nothing is lost.") from error
        if "readonly" in text:
            raise InputError(f"{folder} may not be written to. Change its permissions and try again.") from error
        raise NotALibrary(f"The library at {folder} cannot be used: {text}.") from error
    except DatabaseError as error:
        raise NotALibrary(f"{folder} holds no sound mien library: {error.orig}. Restore it from a backup.") from error
