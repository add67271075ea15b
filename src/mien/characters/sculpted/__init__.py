"""Sculpted characters: the CC0 MakeHuman head, shaped, painted, combed, and drawn on the CPU."""

from mien.characters.sculpted.character import Sculpted, from_spec

__all__ = ["Sculpted", "from_spec"]
