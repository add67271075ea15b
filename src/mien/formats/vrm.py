"""What VRM 0 and VRM 1 add to a glTF file: expressions, human bones, gaze, and who may use the model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mien.core.rig import Group
from mien.formats.glb import Document

# VRM 0's presets under VRM 1's names.
_PRESETS: Final[Mapping[str, str]] = {
    "neutral": "neutral", "a": "aa", "i": "ih", "u": "ou", "e": "ee", "o": "oh", "blink": "blink",
    "blink_l": "blinkLeft", "blink_r": "blinkRight", "joy": "happy", "angry": "angry", "sorrow": "sad",
    "fun": "relaxed",
    "lookup": "lookUp", "lookdown": "lookDown", "lookleft": "lookLeft", "lookright": "lookRight",
}  # fmt: skip
_TERMS_0: Final[Mapping[str, str]] = {
    "author": "author", "title": "title", "version": "version", "contact": "contactInformation",
    "reference": "reference", "may be used by": "allowedUserName", "commercial use": "commercialUssageName",
    "violence": "violentUssageName",
    "sexual acts": "sexualUssageName", "licence": "licenseName", "licence at": "otherLicenseUrl",
    "other permissions": "otherPermissionUrl",
}  # fmt: skip
_TERMS_1: Final[Mapping[str, str]] = {
    "author": "authors", "title": "name", "version": "version", "copyright": "copyrightInformation",
    "contact": "contactInformation", "may be used by": "avatarPermission", "commercial use": "commercialUsage",
    "credit": "creditNotation", "redistribution": "allowRedistribution", "modification": "modification",
    "licence": "licenseUrl", "licence at": "otherLicenseUrl",
}  # fmt: skip
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Told:
    """What a file's extension says; all empty for plain glTF."""

    format: str = "glTF 2.0"
    title: str = ""
    groups: tuple[Group, ...] = ()
    roles: Mapping[str, int] = field(default_factory=dict)
    gaze_rad: tuple[float, float, float, float] | None = None
    terms: Mapping[str, str] = field(default_factory=dict)


def read(document: Document, nodes: int) -> Told:
    """The extension of either version. nodes: how many there are. Raises one of `glb.MALFORMED`."""
    extensions = document.get("extensions", {})
    if "VRMC_vrm" in extensions:
        return _one(document, extensions["VRMC_vrm"], nodes)
    if "VRM" in extensions:
        return _zero(extensions["VRM"], nodes)
    return Told()


_WAYS: Final = ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")
"""Of a gaze, in the order of `_gaze`, as both versions spell them."""


def _one(document: Document, told: Document, nodes: int) -> Told:
    groups = []
    expressions = told.get("expressions", {})
    for kind in ("preset", "custom"):
        for name, entry in expressions.get(kind, {}).items():
            binds = []
            for bind in entry.get("morphTargetBinds", ()):
                mesh = document["nodes"][bind["node"]].get("mesh")
                if mesh is not None:
                    binds.append((int(mesh), int(bind["index"]), float(bind.get("weight", 1.0))))
            groups.append(Group(str(name), str(name) if kind == "preset" else "", tuple(binds)))
    bones = told.get("humanoid", {}).get("humanBones", {})
    roles = {str(role): int(entry["node"]) for role, entry in bones.items()}
    meta, gaze = told.get("meta", {}), told.get("lookAt", {})
    ranges = [gaze.get(f"rangeMap{way}", {}).get("outputScale") for way in _WAYS]
    by_bone = gaze.get("type", "bone") == "bone"
    return Told(
        "VRM 1", str(meta.get("name", "")), tuple(groups), _inside(roles, nodes), _gaze(ranges if by_bone else ()),
        _terms(meta, _TERMS_1),
    )  # fmt: skip


def _zero(told: Document, nodes: int) -> Told:
    groups = []
    for entry in told.get("blendShapeMaster", {}).get("blendShapeGroups", ()):
        binds = tuple(
            (int(b["mesh"]), int(b["index"]), float(b.get("weight", 100.0)) / 100.0) for b in entry.get("binds") or ()
        )
        preset = _PRESETS.get(str(entry.get("presetName", "")).lower(), "")
        groups.append(Group(str(entry.get("name", "")), preset, binds))
    bones = told.get("humanoid", {}).get("humanBones", ())
    roles = {str(entry["bone"]): int(entry["node"]) for entry in bones}
    meta, gaze = told.get("meta", {}), told.get("firstPerson", {})
    ranges = [gaze.get(f"lookAt{way}", {}).get("yRange") for way in _WAYS]
    by_bone = gaze.get("lookAtTypeName", "Bone") == "Bone"
    return Told(
        "VRM 0", str(meta.get("title", "")), tuple(groups), _inside(roles, nodes), _gaze(ranges if by_bone else ()),
        _terms(meta, _TERMS_0),
    )  # fmt: skip


def _inside(roles: Mapping[str, int], nodes: int) -> dict[str, int]:
    return {role: node for role, node in roles.items() if 0 <= node < nodes}


def _gaze(degrees: Any) -> tuple[float, float, float, float] | None:
    if len(degrees) != 4 or any(d is None or not 1.0 <= float(d) <= 60.0 for d in degrees):
        return None
    inner, outer, down, up = (math.radians(float(d)) for d in degrees)
    return inner, outer, down, up


def _terms(meta: Document, wanted: Mapping[str, str]) -> dict[str, str]:
    """What is said, in words: lists joined, yes and no spelt out, nothing left empty."""
    out = {}
    for label, key in wanted.items():
        value = meta.get(key)
        if isinstance(value, list | tuple):
            value = ", ".join(str(v) for v in value)
        if isinstance(value, bool):
            value = "yes" if value else "no"
        if text := " ".join(str(value).split())[:_LONGEST] if value not in (None, "") else "":
            out[label] = text
    return out
