"""Find, read and build characters: one TOML file each, built when first asked for."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from threading import Lock
from typing import Any, get_args

from mien.core.character import Character, CharacterInfo, Kind
from mien.errors import BadFile, UnknownName


def _drawn(spec: Mapping[str, Any], source: str | None) -> Character:
    from mien.characters.drawn import from_spec

    return from_spec(spec, source=source)


def _sculpted(spec: Mapping[str, Any], source: str | None) -> Character:
    from mien.characters.sculpted import from_spec

    return from_spec(spec, source=source)


_BUILDERS: dict[Kind, Callable[[Mapping[str, Any], str | None], Character]] = {"drawn": _drawn, "sculpted": _sculpted}


def read_spec(text: str, *, source: str) -> dict[str, Any]:
    """Parse a character file and check the part that all kinds share. Raises `BadFile`."""
    try:
        spec = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{source} is not valid TOML: {error}.") from error
    for key in ("id", "name", "style", "kind"):
        if not isinstance(spec.get(key), str) or not spec[key]:
            raise BadFile(f'{source} needs {key} = "...".')
    if spec["kind"] not in get_args(Kind):
        raise BadFile(f"{source}: kind must be one of {', '.join(get_args(Kind))}, not {spec['kind']!r}.")
    if not isinstance(spec.get("description", ""), str):
        raise BadFile(f"{source}: description must be a text, not {spec['description']!r}.")
    tags = spec.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) for tag in tags):
        raise BadFile(f"{source}: tags must be a list of texts, not {tags!r}.")
    return spec


def info_of(spec: Mapping[str, Any]) -> CharacterInfo:
    """The shared part of a character file as data."""
    return CharacterInfo(
        id=spec["id"],
        name=spec["name"],
        style=spec["style"],
        kind=spec["kind"],
        description=spec.get("description", ""),
        tags=tuple(spec.get("tags", ())),
        licence=str(spec.get("licence", "")),
    )


def build(spec: Mapping[str, Any], *, source: str | None = None) -> Character:
    """A drawn or sculpted character from its file's content. source: the file, for errors, where it is not called as
    the character. Raises `BadFile` that names it.

    An imported one takes a rig besides: `characters.imported.from_rig`.
    """
    return _BUILDERS[spec["kind"]](spec, source)


class Cast(Mapping[str, Character]):
    """The built-in characters by id, in order of style and name. Reading the list builds none of them."""

    def __init__(self) -> None:
        folder = resources.files("mien.characters.cast")
        specs = [
            read_spec(entry.read_text(encoding="utf-8"), source=entry.name)
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        ]
        order = ("realistic", "cartoon", "anime", "stylized3d")
        specs.sort(key=lambda s: (order.index(s["style"]) if s["style"] in order else 9, s.get("order", 9), s["id"]))
        self._specs = {spec["id"]: spec for spec in specs}
        self._infos = tuple(info_of(spec) for spec in specs)
        self._built: dict[str, Character] = {}
        self._lock = Lock()

    @property
    def infos(self) -> tuple[CharacterInfo, ...]:
        """Everybody's name, style and kind."""
        return self._infos

    def __getitem__(self, character_id: str) -> Character:
        if character_id not in self._specs:
            raise UnknownName.among("character", character_id, self._specs)
        with self._lock:
            if character_id not in self._built:
                spec = self._specs[character_id]
                self._built[character_id] = build(spec)
            return self._built[character_id]

    def __contains__(self, character_id: object) -> bool:
        return character_id in self._specs

    def __iter__(self) -> Iterator[str]:
        return iter(self._specs)

    def __len__(self) -> int:
        return len(self._specs)
