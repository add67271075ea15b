"""Materials of glTF files: metal and roughness, unlit, and VRM's MToon of both versions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from mien.core.mesh import Alpha
from mien.core.rig import F32, Look, Material
from mien.errors import BadFile
from mien.formats.glb import Document, Opened

_MOST_PICTURE_BYTES: Final = 64 * 2**20
_REPEAT: Final = 10497
# Unity's render queues, by which VRM 0 says what shaders say elsewhere.
_BLEND_MODES: Final[dict[int, Alpha]] = {0: "opaque", 1: "mask", 2: "blend", 3: "blend"}


@dataclass(frozen=True, slots=True)
class Channel:
    """Which of a surface's places a picture is laid on by, and how they are moved (KHR_texture_transform)."""

    index: int = 0
    offset: tuple[float, float] = (0.0, 0.0)
    scale: tuple[float, float] = (1.0, 1.0)
    turn_rad: float = 0.0

    def moved(self, places: F32) -> F32:
        """Places (n, 2) as the picture sees them."""
        c, s = np.cos(self.turn_rad), np.sin(self.turn_rad)
        turn = np.array([[c, -s], [s, c]])
        return np.asarray((places * self.scale) @ turn + self.offset, dtype=np.float32)


class Materials:
    """A document's materials, each read once."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._document = opened.document
        self._read: dict[int, tuple[Material, Channel]] = {}
        told = self._document.get("extensions", {}).get("VRM", {}).get("materialProperties", ())
        self._vrm0: list[Document] = list(told)

    def material(self, index: int | None) -> tuple[Material, Channel]:
        """A material by its index; a plain white one where there is none."""
        if index is None:
            return Material(""), Channel()
        if index not in self._read:
            self._read[index] = self._material(index)
        return self._read[index]

    def _material(self, index: int) -> tuple[Material, Channel]:
        entry = self._document["materials"][index]
        pbr, extensions = entry.get("pbrMetallicRoughness", {}), entry.get("extensions", {})
        colour = _numbers(pbr.get("baseColorFactor", (1, 1, 1, 1)), 4)
        texture = pbr.get("baseColorTexture")
        roughness = float(pbr.get("roughnessFactor", 1.0))
        if old := extensions.get("KHR_materials_pbrSpecularGlossiness"):
            colour, texture = _numbers(old.get("diffuseFactor", (1, 1, 1, 1)), 4), old.get("diffuseTexture")
            roughness = 1.0 - float(old.get("glossinessFactor", 1.0))
        look: Look = "flat" if "KHR_materials_unlit" in extensions else "lit"
        alpha = _alpha(entry.get("alphaMode", "OPAQUE"))
        cutoff, two_sided = float(entry.get("alphaCutoff", 0.5)), bool(entry.get("doubleSided", False))
        shade: tuple[float, ...] = (1.0, 1.0, 1.0)
        toony, shift = 0.9, 0.0
        glow = _numbers(entry.get("emissiveFactor", (0, 0, 0)), 3)
        if look == "lit" and max(colour[:3]) < 0.02 and max(glow) > 0.2 and "emissiveTexture" in entry:
            # Black that glows is how some programs say "as it is".
            look, colour, texture = "flat", (*glow, colour[3]), entry["emissiveTexture"]
        if toon := extensions.get("VRMC_materials_mtoon"):
            look = "toon"
            shade = _numbers(toon.get("shadeColorFactor", (0, 0, 0)), 3)
            toony, shift = float(toon.get("shadingToonyFactor", 0.9)), float(toon.get("shadingShiftFactor", 0.0))
        elif index < len(self._vrm0) and "MToon" in str(self._vrm0[index].get("shader", "")):
            own = self._vrm0[index]
            numbers, vectors = own.get("floatProperties", {}), own.get("vectorProperties", {})
            look, alpha = "toon", _BLEND_MODES.get(int(numbers.get("_BlendMode", 0)), "opaque")
            cutoff, two_sided = float(numbers.get("_Cutoff", cutoff)), int(numbers.get("_CullMode", 2)) != 2
            lit = _numbers(vectors.get("_Color", (1, 1, 1, 1)), 4)
            colour = (*_linear(lit[:3]), lit[3])
            shade = _linear(_numbers(vectors.get("_ShadeColor", (0.97, 0.81, 0.86, 1)), 4)[:3])
            toony, shift = _tones(float(numbers.get("_ShadeToony", 0.9)), float(numbers.get("_ShadeShift", 0.0)))
            main = own.get("textureProperties", {}).get("_MainTex")
            texture = {"index": main} if main is not None else texture
        picture, repeats, channel = self._texture(texture) if texture is not None else (None, True, Channel())
        # MToon gives the dark tone as a colour of its own; here it is a share of the bright one.
        dark = tuple(min(1.0, s / c) if c > 1e-3 else 1.0 for s, c in zip(shade, colour, strict=False))
        material = Material(
            name=str(entry.get("name", "")),
            picture=picture,
            colour=tuple(min(max(c, 0.0), 1.0) for c in colour),  # type: ignore[arg-type]
            repeats=repeats,
            look=look,
            alpha=alpha,
            cutoff=min(max(cutoff, 0.0), 1.0),
            two_sided=two_sided,
            roughness=min(max(roughness, 0.0), 1.0),
            shade=dark if look == "toon" else (1.0, 1.0, 1.0),  # type: ignore[arg-type]
            toony=min(max(toony, 0.0), 1.0),
            shift=min(max(shift, -1.0), 1.0),
        )
        return material, channel

    def _texture(self, texture: Document) -> tuple[bytes | None, bool, Channel]:
        moved = texture.get("extensions", {}).get("KHR_texture_transform", {})
        channel = Channel(
            int(moved.get("texCoord", texture.get("texCoord", 0))),
            _numbers(moved.get("offset", (0, 0)), 2),  # type: ignore[arg-type]
            _numbers(moved.get("scale", (1, 1)), 2),  # type: ignore[arg-type]
            float(moved.get("rotation", 0.0)),
        )
        entry = self._document["textures"][texture["index"]]
        source = entry.get("source", entry.get("extensions", {}).get("EXT_texture_webp", {}).get("source"))
        if source is None:
            return None, True, channel
        image = self._document["images"][source]
        if image.get("uri"):
            raise BadFile("This file keeps its pictures in other files; export it with them inside.")
        data = self._opened.view(image["bufferView"])
        if len(data) > _MOST_PICTURE_BYTES:
            raise BadFile("A picture in this file is larger than 64 MB; make it smaller.")
        samplers = self._document.get("samplers", ())
        wrap = samplers[entry["sampler"]].get("wrapS", _REPEAT) if "sampler" in entry else _REPEAT
        return data, wrap == _REPEAT, channel


def _tones(toony: float, shift: float) -> tuple[float, float]:
    """MToon 0's border between the two tones, from `shift` to somewhere below full light, as MToon 1 says it."""
    low, high = shift, 1.0 + (shift - 1.0) * toony
    return (2.0 - (high - low)) / 2, -(high + low) / 2


def _alpha(mode: Any) -> Alpha:
    return {"MASK": "mask", "BLEND": "blend"}.get(str(mode), "opaque")  # type: ignore[return-value]


def _numbers(values: Any, count: int) -> tuple[float, ...]:
    out = tuple(float(v) for v in values)[:count]
    if len(out) < count or not np.isfinite(out).all():
        raise ValueError(f"{count} numbers")
    return out


def _linear(values: tuple[float, ...]) -> tuple[float, float, float]:
    """sRGB to linear light."""
    v = np.clip(np.array(values[:3]), 0, 1)
    out = np.where(v <= 0.04045, v / 12.92, ((v + 0.055) / 1.055) ** 2.4)
    return float(out[0]), float(out[1]), float(out[2])
