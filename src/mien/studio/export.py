"""Characters as files for other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mien.core.mesh import MeshCharacter
from mien.errors import InputError
from mien.formats import gltf

if TYPE_CHECKING:
    from mien.studio.studio import Studio

GLB: Final = gltf.MEDIA_TYPE


def glb(studio: Studio, character_id: str) -> bytes:
    """A sculpted character as a binary glTF file with 52 morph targets; the same bytes every time.

    Raises `UnknownName`, and `InputError` for a drawn character.
    """
    character = studio.character(character_id)
    if not isinstance(character, MeshCharacter):
        sculpted = [info.id for info in studio.cast() if info.kind == "sculpted"]
        raise InputError(
            f"{character.info.name} is drawn and has no mesh to export. Choose a sculpted character: "
            f"{', '.join(sculpted)}."
        )
    return gltf.write(character.mesh())
