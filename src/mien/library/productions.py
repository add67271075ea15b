"""What a library keeps about a production: its own ranking weights, and whether it may learn from its users."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from sqlalchemy import Connection, delete, insert, select

from mien.core.query import checked_weights
from mien.errors import UnknownName
from mien.library.schema import META

Learning = Literal["auto", "off"]
LEARNING: Final[tuple[Learning, ...]] = ("auto", "off")
_KEY: Final = "production/"


@dataclass(frozen=True, slots=True)
class Production:
    """One production's settings.

    weights: criterion -> weight >= 0, in place of the usual ones. learning: "auto" follows what was learned once the
    evidence is enough, "off" never does. learn_after: events up to this number are forgotten.
    """

    weights: Mapping[str, float] = field(default_factory=dict)
    learning: Learning = "auto"
    learn_after: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", MappingProxyType(dict(checked_weights(self.weights))))
        if self.learning not in LEARNING:
            raise UnknownName.among("way of learning", self.learning, LEARNING)


def read(connection: Connection, name: str) -> Production:
    """The settings of a production; the usual ones where nothing was said."""
    found = connection.execute(select(META.c.value).where(META.c.key == _KEY + name)).scalar()
    return Production(**json.loads(found)) if found else Production()


def write(connection: Connection, name: str, production: Production) -> None:
    """Replace the settings of a production."""
    connection.execute(delete(META).where(META.c.key == _KEY + name))
    data = {
        "weights": dict(production.weights),
        "learning": production.learning,
        "learn_after": production.learn_after,
    }
    connection.execute(insert(META).values(key=_KEY + name, value=json.dumps(data)))


def names(connection: Connection) -> list[str]:
    """Productions that have settings of their own."""
    found = connection.execute(select(META.c.key).where(META.c.key.startswith(_KEY)).order_by(META.c.key)).scalars()
    return [key.removeprefix(_KEY) for key in found]
