"""Imported characters: heads that users bring, as glTF or VRM files."""

from mien.characters.imported.character import Imported, from_rig

__all__ = ["Imported", "from_rig"]
