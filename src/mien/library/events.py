"""What users did with hits: the log that preferences are learned from. It only ever grows."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select

from mien.errors import BadExpression, UnknownName
from mien.library.schema import EVENTS

KINDS: Final[tuple[str, ...]] = ("searched", "shown", "viewed", "selected", "rated", "rejected")


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that a user did with an asset.

    kind: `KINDS`; "searched" stands for a whole page of hits and has no asset (`mien.retrieval.learn.Slate`).
    value: seconds for "viewed", 0..5 stars for "rated", 1 otherwise; 0 takes a user's "rejected" back (`standing`).
    detail: plain data; "search" is the id of the page that the asset was on.
    at: ISO 8601 in UTC, seq: its number, rising; both set when it is logged.
    """

    kind: str
    asset: str
    user: str = ""
    production: str = ""
    value: float = 1.0
    detail: Mapping[str, Any] = field(default_factory=dict)
    at: str = ""
    seq: int = 0

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


def read(
    connection: Connection,
    *,
    user: str | None = None,
    production: str | None = None,
    after: int = 0,
    limit: int | None = None,
    kinds: Collection[str] = KINDS,
) -> list[Event]:
    """The latest events after number `after`, oldest of them first."""
    query = select(EVENTS).where(EVENTS.c.seq > after, EVENTS.c.kind.in_(kinds)).order_by(EVENTS.c.seq.desc())
    if user is not None:
        query = query.where(EVENTS.c.user == user)
    if production is not None:
        query = query.where(EVENTS.c.production == production)
    if limit is not None:
        query = query.limit(limit)
    rows = connection.execute(query).mappings().all()
    names = ("kind", "asset", "user", "production", "value", "at", "seq")
    return [Event(**{n: row[n] for n in names}, detail=json.loads(row["detail"])) for row in reversed(rows)]


def standing(events: Sequence[Event]) -> list[Event]:
    """Events, oldest first, without the refusals that their users took back later, and without the taking back."""
    back = {(e.user, e.asset): i for i, e in enumerate(events) if e.kind == "rejected" and e.value == 0.0}
    return [e for i, e in enumerate(events) if e.kind != "rejected" or i > back.get((e.user, e.asset), -1)]


def last(connection: Connection, *, production: str | None = None, kinds: Collection[str] = KINDS) -> int:
    """The number of the latest event, 0 if there is none."""
    query = select(func.max(EVENTS.c.seq)).where(EVENTS.c.kind.in_(kinds))
    if production is not None:
        query = query.where(EVENTS.c.production == production)
    return int(connection.execute(query).scalar() or 0)
