"""Drawn characters: pure functions from coefficients and a character file to SVG."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mien.characters.drawn.character import Drawn
from mien.errors import BadFile

__all__ = ["Drawn", "from_spec"]


def from_spec(spec: Mapping[str, Any]) -> Drawn:
    """Build a drawn character from its file's content. Raises `BadFile` that names the file and the key."""
    source = f"{spec.get('id', 'this character')}.toml"
    style = spec.get("style")
    if style == "cartoon":
        from mien.characters.drawn.cartoon import build

        return build(spec)
    if style == "anime":
        from mien.characters.drawn.anime import build as build_anime

        return build_anime(spec)
    raise BadFile(f"{source}: style must be cartoon or anime for a drawn character, not {style!r}.")
