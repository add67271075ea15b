"""Characters as files for other programs."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from mien.core.mesh import MeshCharacter
from mien.errors import InputError
from mien.formats import gltf
from mien.studio import pictures

if TYPE_CHECKING:
    from mien.studio.studio import Studio

GLB: Final = gltf.MEDIA_TYPE
# A head takes a second to make and the page asks again: some 2 MB for each that was asked for.
_MADE: Final[WeakKeyDictionary[MeshCharacter, bytes]] = WeakKeyDictionary()
_LOCK: Final = Lock()


def glb(studio: Studio, character_id: str) -> bytes:
    """A sculpted or imported character as a binary glTF file with 52 morph targets; the same bytes every time.

    Raises `UnknownName`, and `InputError` for a drawn character.
    """
    character = studio.character(character_id)
    if not isinstance(character, MeshCharacter):
        meshes = ", ".join(info.id for info in studio.cast() if info.kind != "drawn")
        raise InputError(f"{character.info.name} is drawn and has no mesh to export. Choose one that has: {meshes}.")
    with _LOCK:
        if character not in _MADE:
            _MADE[character] = gltf.write(character.mesh())
        return _MADE[character]


def save(studio: Studio, character_id: str, path: Path) -> int:
    """Write a character that has a mesh to a .glb file, whole or not at all; the size in bytes. Raises as `glb` does,
    and `InputError`.
    """
    if path.suffix.lower() != ".glb" or path.is_dir():
        raise InputError(f"{path.name} should be the name of a file that ends in .glb.")
    data = glb(studio, character_id)
    pictures.save_bytes(data, path)
    return len(data)
