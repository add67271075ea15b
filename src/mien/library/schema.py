"""The tables of a library, their version, and how an older library becomes a newer one.

Rows of `assets` never change: an update writes a new row under the same id and buries the old one. A row number is
never used twice, so whoever has seen everything up to a row and a tombstone needs only what came after.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

from mien.errors import NotALibrary

VERSION: Final = 2
APPLICATION_ID: Final = 0x6D69656E
"""ASCII "mien" in the header of the database file."""

METADATA: Final = MetaData()

META: Final = Table("meta", METADATA, Column("key", String, primary_key=True), Column("value", String, nullable=False))

ASSETS: Final = Table(
    "assets",
    METADATA,
    Column("row", Integer, primary_key=True),
    Column("id", String, nullable=False),
    Column("character", String, nullable=False),
    Column("style", String, nullable=False),
    Column("text", String, nullable=False),
    Column("production", String, nullable=False),
    Column("sequence", String, nullable=False),
    Column("shot", String, nullable=False),
    Column("frame", Integer),
    Column("source", String, nullable=False),
    Column("rating", Float),
    Column("created_at", String, nullable=False),
    Column("picture", String, nullable=False),
    Column("picture_size", Integer, nullable=False),
    Column("picture_sha256", LargeBinary, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    # Little-endian float32 unless said otherwise.
    Column("coefficients", LargeBinary, nullable=False),
    Column("certainty", LargeBinary, nullable=False),
    Column("head", LargeBinary, nullable=False),  # 3 float64
    Column("emotion", LargeBinary, nullable=False),
    Column("feeling", LargeBinary, nullable=False),  # valence, arousal, intensity: 3 float64
    Column("confidence", Float, nullable=False),
    Column("latent", LargeBinary),
    Column("face", LargeBinary),  # left, top, right, bottom: 4 float64, shares of the picture
    UniqueConstraint("id", name="one_row_an_id"),
    sqlite_autoincrement=True,
)

TAGS: Final = Table(
    "tags",
    METADATA,
    Column("row", Integer, ForeignKey("assets.row", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("tag", String, nullable=False),
)

VECTORS: Final = Table(
    "vectors",
    METADATA,
    Column("row", Integer, ForeignKey("assets.row", ondelete="CASCADE"), primary_key=True),
    Column("model", String, nullable=False),
    Column("vector", LargeBinary, nullable=False),
)

TOMBSTONES: Final = Table(
    "tombstones",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("row", Integer, nullable=False),
    sqlite_autoincrement=True,
)

EVENTS: Final = Table(
    "events",
    METADATA,
    Column("seq", Integer, primary_key=True),
    Column("at", String, nullable=False),
    Column("user", String, nullable=False),
    Column("production", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("asset", String, nullable=False),
    Column("value", Float, nullable=False),
    Column("detail", String, nullable=False),  # JSON
    Index("events_by_user", "user", "seq"),
    sqlite_autoincrement=True,
)


def _faces(connection: Connection) -> None:
    connection.execute(text("ALTER TABLE assets ADD COLUMN face BLOB"))


MIGRATIONS: Final[Mapping[int, Callable[[Connection], None]]] = {1: _faces}
"""Version -> what turns a library of that version into one of the next."""


def build(connection: Connection) -> None:
    """Make the tables of a new library."""
    METADATA.create_all(connection)
    connection.execute(text(f"PRAGMA application_id = {APPLICATION_ID}"))
    connection.execute(text(f"PRAGMA user_version = {VERSION}"))


def version_of(connection: Connection, *, where: str) -> int:
    """The schema version of a library. Raises `NotALibrary` for another program's database."""
    application = connection.execute(text("PRAGMA application_id")).scalar_one()
    if application != APPLICATION_ID:
        raise NotALibrary(f"{where} holds no mien library. Make one with `mien add FOLDER --library {where}`.")
    return int(connection.execute(text("PRAGMA user_version")).scalar_one())


def migrate(
    connection: Connection,
    *,
    where: str,
    version: int = VERSION,
    migrations: Mapping[int, Callable[[Connection], None]] = MIGRATIONS,
) -> None:
    """Bring a library to `version`, all steps in the caller's one transaction.

    Raises `NotALibrary` if a newer mien wrote it.
    """
    found = version_of(connection, where=where)
    if found > version:
        raise NotALibrary(f"{where} was written by a newer mien (version {found}, this one reads {version}). Update.")
    for step in range(found, version):
        migrations[step](connection)
        connection.execute(text(f"PRAGMA user_version = {step + 1}"))
