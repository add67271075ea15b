"""Characters of one's own: TOML files, and models of other programs with or without one beside them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from mien.characters import build, info_of, read_spec
from mien.core.character import Character, CharacterInfo
from mien.core.style import read_text
from mien.errors import BadFile, MienError, UnknownName

if TYPE_CHECKING:
    from mien.core.rig import Rig

ALL: Final = "all"
FOUR: Final = "four"
"""One character of each of the paper's styles."""
WORDS: Final = (ALL, FOUR)
"""What names several characters where one is named; nothing may be called so."""

MODELS: Final = (".glb", ".vrm")
SUFFIXES: Final = (".toml", *MODELS)
# What a model looks like whose file does not say so: those of chat rooms are mostly anime.
_STYLES: Final = {".vrm": "anime", ".glb": "stylized3d"}


@dataclass(frozen=True, slots=True)
class Own:
    """A character of one's own that is not built yet. file: what was named; model: the mesh of an imported one."""

    info: CharacterInfo
    file: Path
    model: Path | None = None
    spec: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def build(self) -> Character:
        """Raises `BadFile` that names the file."""
        if self.model is None:
            return build(self.spec, source=str(self.file))
        return imported(self.info, read_model(self.model), self.spec, file=self.file, name=str(self.model))


def find(paths: Iterable[Path]) -> dict[Path, Own]:
    """The characters of some files, by the file that says so. A model that a TOML file speaks for is not one by itself.

    Raises `BadFile` where a file cannot be read or says what it should not; models are not looked into.
    """
    files = list(dict.fromkeys(paths))
    told = {path: _told(path) for path in files if path.suffix.lower() not in MODELS}
    spoken_for = {own.model.resolve() for own in told.values() if own.model is not None}
    bare = {path: _bare(path) for path in files if path.suffix.lower() in MODELS and path.resolve() not in spoken_for}
    return {path: (told | bare)[path] for path in files if path in told or path in bare}


def check_style(own: Own, styles: Collection[str]) -> None:
    """Raises `BadFile` that names the file where the style of a character is none of `styles`."""
    if own.info.style not in styles:
        raise BadFile(f"{own.file}: style: {UnknownName.among('style', own.info.style, styles)}")


def _told(path: Path) -> Own:
    spec = read_spec(read_text(path, what="character"), source=str(path))
    if spec["kind"] != "imported":
        return Own(info_of(spec), path, None, spec)
    name = spec.get("file")
    if not isinstance(name, str) or Path(name).name != name or Path(name).suffix.lower() not in MODELS:
        raise BadFile(f'{path} needs file = "..." with the name of a .glb or .vrm file beside it.')
    return Own(info_of(spec), path, path.with_name(name), spec)


def usual_style(path: Path) -> str:
    """What bounds the face of a model where nobody says what does."""
    return _STYLES.get(path.suffix.lower(), "stylized3d")


def _bare(path: Path) -> Own:
    spec = {"id": slug(path.stem), "name": path.stem, "style": usual_style(path), "kind": "imported"}
    return Own(info_of(spec), path, path, spec)


def slug(name: str) -> str:
    """An id made of a name: lower case letters, digits and underscores. Raises `BadFile` where none is left."""
    out = re.sub(r"[^a-z0-9]+", "_", name.lower()).strip("_")
    if not out:
        raise BadFile(f"'{name}' holds no letters for an id; give one with --id, or rename the file.")
    return out


def read_model(path: Path) -> Rig:
    """What is in a .glb or .vrm file. Raises `BadFile` that names it."""
    from mien.formats import rig

    if path.suffix.lower() not in MODELS:
        raise BadFile(f"{path} is no .glb or .vrm file. Export the character as binary glTF (.glb) or VRM.")
    try:
        if path.stat().st_size > rig.MOST_BYTES:
            raise BadFile(f"This file is larger than {rig.MOST_BYTES // 2**20} MB; export the head alone.")
        return rig.read(path.read_bytes())
    except OSError as error:
        raise BadFile(f"Cannot read {path}: {error.strerror or error}.") from error
    except BadFile as error:
        raise BadFile(f"{path}: {error}") from error


def imported(info: CharacterInfo, rig: Rig, spec: Mapping[str, Any], *, file: Path, name: str) -> Character:
    """A character of a rig. file: whose content `spec` is; name: of the rig's file; for errors. Raises `BadFile`."""
    from mien.characters.imported import from_rig

    try:
        return from_rig(info, rig, spec, source=str(file))
    except BadFile as error:
        raise error if str(error).startswith(f"{file}:") else BadFile(f"{name}: {error}") from error
    except MienError as error:
        raise BadFile(f"{name}: {error}") from error
