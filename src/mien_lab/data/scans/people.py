"""Somebody new on every call: a face from the basis of identities, dressed like one of the cast in other colours."""

from __future__ import annotations

import tomllib
from copy import deepcopy
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from mien.characters.sculpted.shape import Corrective, Shape
from mien.core.arkit import INDEX
from mien.core.character import CharacterInfo
from mien_lab.data.scans.file import ScannedHead

if TYPE_CHECKING:
    from mien.characters.sculpted.character import Sculpted

# Skins from light to dark with the lips that go with them; in between is mixed.
_SKINS: Final = (
    ("#f0cdb8", "#c0736f"),
    ("#dfae8c", "#b0645c"),
    ("#b98259", "#985048"),
    ("#7d533b", "#7c473f"),
    ("#573725", "#643a34"),
)
_HAIRS: Final = ("#15100d", "#2a1c14", "#4a3020", "#6b4a2c", "#a07a48", "#7c3f22", "#8d8780", "#d0ccc4")
_IRISES: Final = (
    ("#4a2f1b", "#6a4522"),
    ("#5a3a1e", "#8a6130"),
    ("#6b7f4f", "#a5803f"),
    ("#5f86a3", "#9db6bd"),
    ("#6d7480", "#a3a8a8"),
)
_CLOTHS: Final = ("#3d5a73", "#7b3b2c", "#384238", "#8a8578", "#23262d", "#6d4a6b", "#b3a488", "#2f5d5a")
# Beyond this many standard deviations a component makes a mask, not a person.
_SPREAD: Final = 0.8
_LIMIT: Final = 2.0


def person(head: ScannedHead, number: int, seed: int) -> Sculpted:
    """The same person for the same head, number and seed."""
    # Drawing compiles kernels; plans and labels, which share this package, need none.
    from mien.characters.sculpted.character import Sculpted

    rng = np.random.default_rng([seed, number])
    info = CharacterInfo(
        id=name_of(number), name=f"Person {number}", style="realistic", kind="sculpted", tags=("scanned head",)
    )
    return Sculpted(info, _dressed(rng), shape=_shaped(head, rng))


def name_of(number: int) -> str:
    """The id of a person."""
    return f"scan_{number:03d}"


def _shaped(head: ScannedHead, rng: np.random.Generator) -> Shape:
    weights = np.clip(rng.normal(0.0, _SPREAD, len(head.identities)), -_LIMIT, _LIMIT).astype(np.float32)
    data = head.data
    base = head.vertices + np.tensordot(weights, head.identities.astype(np.float32), 1)
    eyes = data.eyes + np.tensordot(weights, head.eye_shifts, 1)
    middle = eyes.mean(0)
    return Shape(
        data=data,
        base=(base - middle).astype(np.float32),
        shapes=data.shapes,
        eyes=(eyes - middle).astype(np.float32),
        eye_radius=data.eye_radius,
        correctives=_correctives(),
        warp={},
    )


@cache
def _correctives() -> tuple[Corrective, ...]:
    """Lids that are lowered twice meet once; lips close over an open jaw only; a tongue needs an open mouth."""
    out = [
        Corrective((INDEX[f"eyeBlink{side}"], INDEX[f"{other}{side}"]), ((INDEX[f"{change}{side}"], -0.85),))
        for side in ("Left", "Right")
        for other, change in (("eyeLookDown", "eyeBlink"), ("eyeSquint", "eyeSquint"))
    ]
    close, jaw, tongue = INDEX["mouthClose"], INDEX["jawOpen"], INDEX["tongueOut"]
    presses = tuple(INDEX[f"mouthPress{side}"] for side in ("Left", "Right"))
    out += [
        Corrective((close,), ((close, -0.95), *((p, 0.3) for p in presses))),
        Corrective((close, jaw), ((close, 0.95), *((p, -0.3) for p in presses))),
        Corrective((tongue,), ((jaw, 0.35),)),
    ]
    return tuple(out)


def _dressed(rng: np.random.Generator) -> dict[str, Any]:
    """Hair, brows and beard of one of the cast, the colours somebody else's."""
    model = _wardrobe()[int(rng.integers(len(_wardrobe())))]
    spec: dict[str, Any] = {
        key: deepcopy(model[key]) for key in ("skin", "creases", "eye", "brow", "hair", "beard") if key in model
    }
    tone, tint = rng.uniform(0, len(_SKINS) - 1), rng.normal(1.0, 0.02, 3)
    skin, lips = (_mixed([pair[k] for pair in _SKINS], tone, tint) for k in range(2))
    # Light eyes and hair are rare on dark skin.
    fair = 1.0 - tone / (len(_SKINS) - 1)
    hair = _HAIRS[int(rng.integers(len(_HAIRS) if rng.random() < fair else 2))]
    iris, inner = _IRISES[int(rng.integers(len(_IRISES) if rng.random() < fair else 2))]
    spec["skin"] |= {
        "colour": skin,
        "lips": lips,
        "lip_amount": float(rng.uniform(0.45, 0.8)),
        "gloss": float(rng.uniform(0.7, 1.6)),
        "blush": _mixed([skin, "#c04a3a"], 0.6),
        "blush_amount": float(rng.uniform(0.0, 0.35)),
    }
    spec["eye"] |= {"iris": iris, "inner": inner}
    spec["hair"] |= {"colour": hair, "tip": _mixed([hair, "#a58a6a"], rng.uniform(0, 0.25))}
    dark = _mixed([hair, "#120d0a"], rng.uniform(0.2, 0.7))
    spec["brow"]["colour"] = dark
    if "beard" in spec:
        spec["beard"] |= {"colour": dark, "tip": dark}
    spec["cloth"] = {"colour": _CLOTHS[int(rng.integers(len(_CLOTHS)))], "vee": float(rng.uniform(0.0, 0.4))}
    spec["background"] = {"top": "#808080", "bottom": "#808080"}
    return spec


@cache
def _wardrobe() -> tuple[dict[str, Any], ...]:
    """The files of the realistic cast."""
    folder = resources.files("mien.characters").joinpath("cast")
    files = sorted(f.name for f in folder.iterdir() if f.name.startswith("realistic_"))
    return tuple(tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")) for name in files)


def _mixed(colours: list[str], at: float, tint: Any = 1.0) -> str:
    """A colour between neighbours of a row of `#rrggbb`."""
    row = np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in colours], dtype=np.float64)
    mixed = [np.interp(at, np.arange(len(row)), row[:, k]) for k in range(3)] * np.asarray(tint)
    return "#" + "".join(f"{int(v):02x}" for v in np.clip(np.round(mixed), 0, 255))
