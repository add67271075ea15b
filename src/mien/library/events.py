"""What users did with hits: the log that preferences are learned from. It only ever grows."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, insert, select

from mien.errors import BadExpression, UnknownName
from mien.library.schema import EVENTS

KINDS: Final[tuple[str, ...]] = ("shown", "viewed", "selected", "rated", "rejected")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a user did with an asset.

    kind: `KINDS`. value: seconds for "viewed", 0..5 stars for "rated", 1 otherwise.
    detail: plain data, such as the query and the hit's rank. at: ISO 8601 in UTC, set when it is logged.
    """

    kind: str
    asset: str
    user: str = ""
    production: str = ""
    value: float = 1.0
    detail: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise UnknownName.among("kind of event", self.kind, KINDS)
        if not math.isfinite(self.value):
            raise BadExpression(f"An event's value must be a number, not {self.value}.")


def log(connection: Connection, event: Event, *, at: str) -> None:
    """Append one event."""
    connection.execute(
        insert(EVENTS).values(
            at=at,
            user=event.user,
            production=event.production,
            kind=event.kind,
            asset=event.asset,
            value=float(event.value),
            detail=json.dumps(dict(event.detail)),
        )
    )


def read(connection: Connection, *, user: str | None, limit: int | None) -> list[Event]:
    """The latest events, oldest of them first."""
    query = select(EVENTS).order_by(EVENTS.c.seq.desc())
    if user is not None:
        query = query.where(EVENTS.c.user == user)
    if limit is not None:
        query = query.limit(limit)
    rows = connection.execute(query).mappings().all()
    names = ("kind", "asset", "user", "production", "value", "at")
    return [Event(**{n: row[n] for n in names}, detail=json.loads(row["detail"])) for row in reversed(rows)]
