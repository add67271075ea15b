"""Drawn characters: pure functions from coefficients and a character file to SVG."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final

from mien.characters.drawn.acting import Acting, read_acting
from mien.characters.drawn.character import Artist, Drawn
from mien.characters.drawn.spec import Table
from mien.core.character import CharacterInfo
from mien.errors import BadFile

__all__ = ["Drawn", "from_spec"]

_STYLES: Final = ("cartoon", "anime")


def from_spec(spec: Mapping[str, Any], *, source: str | None = None) -> Drawn:
    """Build a drawn character from its file's content. source: the file, where it is not called as the character.

    Raises `BadFile` that names the file and the key.
    """
    source = source or f"{spec.get('id', 'this character')}.toml"
    style = spec.get("style")
    if style not in _STYLES:
        raise BadFile(f"{source}: style must be cartoon or anime for a drawn character, not {style!r}.")
    table = Table(spec, source=source)
    info = CharacterInfo(
        id=table.text("id"),
        name=table.text("name"),
        style=style,
        kind="drawn",
        description=str(spec.get("description", "")),
        tags=table.texts("tags", ()),
    )
    return Drawn(info, _artist(style)(spec, source), _acting(style).then(read_acting(table)))


def _artist(style: str) -> Callable[[Mapping[str, Any], str], Artist]:
    if style == "cartoon":
        from mien.characters.drawn.cartoon.figure import Figure

        return Figure
    from mien.characters.drawn.anime.figure import AnimeFigure

    return AnimeFigure


@cache
def _acting(style: str) -> Acting:
    """How everybody of a style acts."""
    text = resources.files(f"mien.characters.drawn.{style}").joinpath("acting.toml").read_text(encoding="utf-8")
    return read_acting(Table(tomllib.loads(text), source="acting.toml"))
