"""Named looks: the emotion prototypes and everyday faces such as a wink or a pout."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from mien.core.arkit import as_coefficients
from mien.core.emotion import prototypes
from mien.core.expression import Expression
from mien.errors import UnknownName

SHEET: Final[tuple[str, ...]] = (
    "neutral", "happiness", "sadness", "anger", "surprise", "fear", "disgust", "contempt",
    "wink", "smug half smile", "pout", "laugh",
)  # fmt: skip
"""What a contact sheet of a character shows."""


@cache
def looks() -> Mapping[str, Expression]:
    """Every named look at full strength: prototypes first, then `data/looks.toml`."""
    text = resources.files("mien.core").joinpath("data/looks.toml").read_text(encoding="utf-8")
    everyday = {name: as_coefficients(values) for name, values in tomllib.loads(text)["looks"].items()}
    return {name: Expression(c) for name, c in {**{p.name: p.coefficients for p in prototypes()}, **everyday}.items()}


def look(name: str) -> Expression:
    """One look by name. Raises `UnknownName`."""
    if name not in looks():
        raise UnknownName.among("look", name, looks())
    return looks()[name]
