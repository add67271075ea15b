"""Bring a character, look at what was understood of it, and take it away again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mien.characters import info_of
from mien.core.arkit import COEFFICIENTS, INDEX
from mien.core.character import Character, CharacterInfo, measure
from mien.errors import InputError, UnknownName
from mien.studio import own, pictures, settings
from mien.studio.own import WORDS

if TYPE_CHECKING:
    from mien.characters.imported import Imported
    from mien.core.rig import Rig
    from mien.studio.studio import Studio

# Below this share of a person's travel a shape is called weak: it is there, and shows little.
_WEAK: Final = 0.25
_SHOWN: Final = (
    "author", "copyright", "may be used by", "commercial use", "credit", "redistribution", "modification", "licence",
    "licence at",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Understood:
    """What was made of a model.

    format: "glTF 2.0", "VRM 0" or "VRM 1". terms: who made it and who may use it. vertices, triangles: of the whole
    file, and of the head and shoulders that are drawn. eyes_by: what the eyes were found by. shapes: coefficient ->
    what the file calls it; exact: those under their own names. weak: those that move the face little; missing: those
    that nothing in the file moves. places: feature -> where it is in the file's own space.
    """

    character: Character
    format: str
    title: str
    terms: Mapping[str, str]
    vertices: int
    triangles: int
    eyes_by: str
    shapes: Mapping[str, str]
    exact: frozenset[str]
    weak: tuple[str, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]
    places: Mapping[str, tuple[float, float, float]]


def understand(studio: Studio, path: Path, *, style: str | None = None) -> Understood:
    """Open a .glb or .vrm file, or the TOML file of an imported character, and say what was found.

    style: of the character; where it is not said, as that of a model without a TOML file.

    Raises `BadFile` where it is no face that can be understood, and `UnknownName` for a style.
    """
    found = own.find([path]).get(path)
    if found is None or found.model is None:
        raise InputError(f"{path} is no imported character. Name a .glb, a .vrm, or the TOML file of one.")
    if style is None:
        own.check_style(found, studio.styles_by_id)
    else:
        studio.style(style)
    rig = own.read_model(found.model)
    info = replace(found.info, style=style or found.info.style)
    return _understood(studio, rig, info, found.spec, path, str(found.model))


def _understood(
    studio: Studio, rig: Rig, info: CharacterInfo, spec: Mapping[str, Any], file: Path, name: str
) -> Understood:
    character: Imported = own.imported(info, rig, spec, file=file, name=name)  # type: ignore[assignment]
    response, person = measure(character), studio.person()
    share = response.travel / np.maximum(person.travel, 1e-6)
    shapes = character.found.by
    return Understood(
        character=character,
        format=rig.format,
        title=rig.title,
        terms=rig.terms,
        vertices=sum(len(part.positions) for part in rig.parts),
        triangles=character.triangles,
        eyes_by=character.eyes_by,
        shapes={name: shapes[name] for name in COEFFICIENTS if name in shapes},
        exact=character.found.direct,
        weak=tuple(n for n in COEFFICIENTS if n in shapes and n != "mouthClose" and share[INDEX[n]] < _WEAK),
        missing=character.found.missing,
        notes=character.found.notes,
        places=character.places(),
    )


def add(
    studio: Studio, path: Path, *, name: str | None = None, style: str | None = None, character_id: str | None = None
) -> tuple[Understood, Path]:
    """Make a character of one's own out of a .glb or .vrm file: it is copied into the configuration folder with a TOML
    file beside it, which is returned. A `Studio` opened from then on knows it.

    name, style: as those of a model without a TOML file where they are not said.

    Raises `BadFile` where the file is no face that can be understood, `UnknownName` for a style, `InputError` where the
    id is taken or nothing can be written.
    """
    name = " ".join((path.stem if name is None else name).split())
    style = style or own.usual_style(path)
    if not name:
        raise InputError("A character needs a name: --name NAME.")
    identity = own.slug(name) if character_id is None else character_id
    if identity != own.slug(identity):
        raise InputError(f"An id is made of lower case letters, digits and _: for example {own.slug(identity)}.")
    if identity in WORDS:
        raise InputError(f"'{identity}' means several characters at once; choose another --id.")
    if any(info.id == identity for info in studio.cast()) or identity in studio.styles_by_id:
        raise InputError(f"There is '{identity}' already; choose another --id, or remove that one first.")
    studio.style(style)
    rig = own.read_model(path)
    folder = settings.config_folder() / "characters"
    model = path if path.parent.resolve() == folder.resolve() else folder / f"{identity}{path.suffix.lower()}"
    spec: dict[str, Any] = {"id": identity, "name": name, "style": style, "kind": "imported", "file": model.name}
    # Lists say who is who; a better sentence is written into the TOML file.
    spec["description"] = f"From {path.name}."
    if licence := in_words(rig.terms):
        spec["licence"] = licence
    understood = _understood(studio, rig, info_of(spec), spec, path, str(path))
    text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in spec.items())
    told = folder / f"{identity}.toml"
    try:
        if model != path:
            pictures.save_bytes(path.read_bytes(), model)
        pictures.save_text(text, told)
    except (OSError, InputError) as error:
        raise InputError(
            "Nothing can be written to the folder of characters. Make it writable, or set MIEN_CONFIG to another one."
        ) from error
    return understood, told


def remove(studio: Studio, character_id: str) -> tuple[Path, ...]:
    """Take a character of one's own away: its files in the configuration folder, which are returned.

    Raises `UnknownName`, and `InputError` for characters that come with mien.
    """
    found = {o.info.id: o for o in own.find(settings.own_files("characters", own.SUFFIXES)).values()}
    if character_id not in found:
        if any(info.id == character_id for info in studio.built_in()):
            raise InputError(f"'{character_id}' comes with mien and stays.")
        raise UnknownName.among("character of your own", character_id, found)
    gone = found[character_id]
    others = {o.model for o in found.values() if o is not gone}
    files = [gone.file]
    if gone.model is not None and gone.model != gone.file and gone.model not in others:
        files.append(gone.model)
    try:
        for file in files:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"Cannot remove {files[0].name}: {error.strerror or error}.") from error
    return tuple(files)


def in_words(terms: Mapping[str, str]) -> str:
    """Who made a model and who may use it, as one line; "" where its file does not say."""
    return "; ".join(f"{label}: {terms[label]}" for label in _SHOWN if label in terms)
