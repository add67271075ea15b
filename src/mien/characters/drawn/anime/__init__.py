"""The anime look: the cartoon's engine with large eyes, ink lines, hard shadows, and signs of its own."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from mien.characters.drawn.acting import Acting, read_acting
from mien.characters.drawn.anime.figure import AnimeFigure
from mien.characters.drawn.character import Drawn
from mien.characters.drawn.spec import Table
from mien.core.character import CharacterInfo

__all__ = ["build"]


def build(spec: Mapping[str, Any]) -> Drawn:
    """Build an anime character from its file's content. Raises `BadFile` that names the file and the key."""
    source = f"{spec.get('id', 'this character')}.toml"
    table = Table(spec, source=source)
    info = CharacterInfo(
        id=table.text("id"),
        name=table.text("name"),
        style=table.text("style"),
        kind="drawn",
        description=str(spec.get("description", "")),
        tags=table.texts("tags", ()),
    )
    return Drawn(info, AnimeFigure(spec, source), _style().then(read_acting(Table(spec, source=source))))


@cache
def _style() -> Acting:
    text = resources.files("mien.characters.drawn.anime").joinpath("acting.toml").read_text(encoding="utf-8")
    return read_acting(Table(tomllib.loads(text), source="acting.toml"))
