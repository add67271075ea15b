"""Which shapes of a rig are which coefficients: by name first, then what stands in for what is missing."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from mien.core.arkit import COEFFICIENTS, INDEX
from mien.core.rig import Rig

# Runs of letters of one case, digits, and everything that is not ASCII.
_WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\x00-\x7f]+")
_SIDES: Final = {"Left": ("left", "l"), "Right": ("right", "r")}
# These have a side in their name and are one movement of the whole mouth.
_WHOLE: Final = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")


@dataclass(frozen=True, slots=True)
class Source:
    """Where the movement of a coefficient may come from.

    label: as the file calls it. pieces: (part, index of its shape, weight). half: only the coefficient's own side of
    it. region: only the coefficient's own region. direct: the file calls it by the coefficient's name.
    """

    label: str
    pieces: tuple[tuple[int, int, float], ...]
    half: bool = False
    region: bool = False
    direct: bool = False


def sources(rig: Rig) -> dict[str, list[Source]]:
    """Coefficient -> where its movement may come from, best first; without those that nothing in the file could be."""
    pieces: dict[str, list[tuple[int, int, float]]] = {}
    for part, of_part in enumerate(rig.parts):
        for index, shape in enumerate(of_part.shapes):
            pieces.setdefault(shape.name, []).append((part, index, 1.0))
    named = {name: tuple(found) for name, found in pieces.items()}
    out: dict[str, list[Source]] = {name: [] for name in COEFFICIENTS}
    _add_direct(out, named)
    _add_direct(out, {group.name: _bound(rig, group.binds) for group in rig.groups if not group.preset})
    _add_others(out, named, _table()["stands_in"])
    presets = {group.preset: _bound(rig, group.binds) for group in rig.groups if group.preset}
    _add_presets(out, presets)
    return {name: found for name, found in out.items() if found}


def _add_direct(out: Mapping[str, list[Source]], named: Mapping[str, tuple[tuple[int, int, float], ...]]) -> None:
    whole: dict[str, Source] = {}
    parts: dict[str, list[tuple[str, tuple[tuple[int, int, float], ...], bool]]] = {}
    for name, pieces in named.items():
        if not pieces:
            continue
        for coefficient, half, is_part in _meaning(name):
            if is_part:
                parts.setdefault(coefficient, []).append((name, pieces, half))
            else:
                known = whole.get(coefficient)
                if known is None or (known.half and not half):
                    whole[coefficient] = Source(name, pieces, half=half, direct=True)
    for coefficient, source in whole.items():
        out[coefficient].append(source)
    for coefficient, found in parts.items():
        label = ", ".join(name for name, _, _ in found)
        pieces = tuple(p for _, of, _ in found for p in of)
        out[coefficient].append(Source(label, pieces, half=any(h for _, _, h in found), direct=True))


def _add_others(
    out: Mapping[str, list[Source]], named: Mapping[str, tuple[tuple[int, int, float], ...]], table: Mapping[str, Any]
) -> None:
    by_key: dict[str, str] = {}
    for name, pieces in named.items():
        if pieces:
            for key in _keys(name):
                by_key.setdefault(key, name)
    for stem, others in table.items():
        for other in others:
            for coefficient in _sided(stem):
                side = coefficient.removeprefix(stem) if coefficient != stem else ""
                wanted = [_key(other) + s for s in _SIDES.get(side, ())]
                own = next((by_key[key] for key in wanted if key in by_key), None)
                both = by_key.get(_key(other))
                if chosen := own or both:
                    out[coefficient].append(Source(chosen, named[chosen], half=bool(side) and own is None))


def _add_presets(out: Mapping[str, list[Source]], presets: Mapping[str, tuple[tuple[int, int, float], ...]]) -> None:
    table = _table()
    for stem, others in table["preset"].items():
        for preset in others:
            for coefficient in _sided(stem):
                if pieces := presets.get(preset):
                    whole = preset in table["whole_face"]["presets"]
                    sided = coefficient.endswith(("Left", "Right"))
                    out[coefficient].append(Source(f"VRM {preset}", pieces, half=sided, region=whole))


def _bound(rig: Rig, binds: tuple[tuple[int, int, float], ...]) -> tuple[tuple[int, int, float], ...]:
    """An expression's binds, which name meshes, as pieces, which name parts."""
    return tuple(
        (part, index, weight)
        for mesh, index, weight in binds
        for part, of_part in enumerate(rig.parts)
        if of_part.mesh == mesh and 0 <= index < len(of_part.shapes)
    )


def _meaning(name: str) -> list[tuple[str, bool, bool]]:
    """What a name says: (coefficient, only its half of the face, one of several that add up)."""
    known = _known()
    return next((known[key] for key in _keys(name) if key in known), [])


def words(name: str) -> list[str]:
    """The words of a name, lower case: "Head_EyeBlink.L" is head, eye, blink, l."""
    return [word.lower() for word in _WORDS.findall(name)]


def _keys(name: str) -> Iterator[str]:
    """The name without separators, then without its first word, and so on; numbers at the end do not count."""
    found = words(name)
    while len(found) > 1 and found[-1].isdigit():
        found.pop()
    for first in range(len(found)):
        yield "".join(found[first:])


def _key(name: str) -> str:
    return "".join(words(name))


def _sided(stem: str) -> tuple[str, ...]:
    """A coefficient, or both that a stem without side means."""
    return (stem,) if stem in INDEX else (f"{stem}Left", f"{stem}Right")


@cache
def _table() -> dict[str, Any]:
    text = resources.files("mien.characters.imported").joinpath("names.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _known() -> dict[str, list[tuple[str, bool, bool]]]:
    """Key of a name -> what it says."""
    out: dict[str, list[tuple[str, bool, bool]]] = {}
    stems = dict.fromkeys(
        name.removesuffix("Left").removesuffix("Right") for name in COEFFICIENTS if name not in _WHOLE
    )
    also = _table()["same"]
    for stem in stems:
        for spelled in (stem, *also.get(stem, ())):
            key = _key(spelled)
            exact = spelled == stem or not spelled.endswith(("Up", "Down"))
            if stem in INDEX:
                # Some rigs split what is one coefficient: browInnerUp_L and _R, mouthFunnelUp and mouthFunnelDown.
                out.setdefault(key, []).append((stem, False, not exact))
                for spellings in _SIDES.values():
                    for side in spellings:
                        out.setdefault(key + side, []).append((stem, False, True))
                continue
            for side, spellings in _SIDES.items():
                out.setdefault(key, []).append((stem + side, True, False))
                for word in spellings:
                    for joined in (key + word, word + key):
                        out.setdefault(joined, []).append((stem + side, False, False))
    for name in _WHOLE:
        side = "Left" if name.endswith("Left") else "Right"
        for word in _SIDES[side]:
            out[name.removesuffix(side).lower() + word] = [(name, False, False)]
    for eye, letter in (("Left", "l"), ("Right", "r")):
        # Eye_L_Look_R and the like: the eye's side first, where it looks last.
        ways = {
            "up": "Up",
            "down": "Down",
            "l": "Out" if eye == "Left" else "In",
            "r": "In" if eye == "Left" else "Out",
        }
        for word, way in ways.items():
            out.setdefault(f"eye{letter}look{word}", []).append((f"eyeLook{way}{eye}", False, False))
    return out
