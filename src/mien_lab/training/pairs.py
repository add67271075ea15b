"""True pairs for the mapping network: one face under one light from one side, showing several expressions.

A scene is a character, a pose and a light; its pictures differ in nothing but the expression, so any two of them are a
pair. Beside the cast act faces bred from it: the hair and head of one, the eyes, brows, nose and mouth of others of the
same style, in other colours. The characters that the data set holds out act in no scene and are no parents.
"""

from __future__ import annotations

import colorsys
import tomllib
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn import from_spec as drawn
from mien.characters.sculpted import from_spec as sculpted
from mien.core.arrays import Coefficients, Rgb
from mien.core.character import FEATURES, Character, Light, LitCharacter, measure
from mien.core.expression import Expression, HeadPose
from mien.core.sampling import sample
from mien.core.style import built_in_styles
from mien.mapping import retarget
from mien.perception.align import cut, region_for_encoder, wider
from mien.resources.store import replacing
from mien_lab.data.plan import HELD_OUT
from mien_lab.training.faces import MARGIN

Spec = dict[str, Any]

SQUARE: Final = 1.2
"""Side of the mapper's square over the encoder's: chins of open mouths and raised brows keep a border."""

_SIZE: Final = 256
KEPT: Final = 240
"""Side of the kept crops, which are `MARGIN` wider than the mapper's square: as fine as pictures of 256 px are."""

PER_SCENE: Final = 6
_SCENES: Final = 20
"""Scenes in a file; the building of a file takes some seconds, and a file is whole or not there."""

_LIKE_REST: Final = 0.7
"""How often a scene's first picture is a face at rest, which most references are."""

_BRED: Final = 0.65
_TOGETHER: Final = {"drawn": (("eyes", "brows"), ("nose",), ("mouth",), ("cheeks",)),
                    "sculpted": (("eye",), ("brow",), ("body", "warp", "shape", "gain"), ("creases",))}  # fmt: skip
"""Tables of a character's file that are inherited together, or eyes would meet brows."""

_KEEP: Final = {"nose": ("y",), "mouth": ("y",)}
"""Where a feature sits belongs to the head."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """n pictures of a number of scenes.

    crops: uint8 (n, KEPT, KEPT, 3). scene: int64 (n,), pictures of one scene are pairs. bounded: float32 (n, 52), the
    expression inside the style's ranges. style: text (n,). character: text (n,), "a+b" where bred.
    """

    crops: NDArray[np.uint8]
    scene: NDArray[np.int64]
    bounded: NDArray[np.float32]
    style: NDArray[np.str_]
    character: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.crops)

    @classmethod
    def load(cls, folder: Path) -> Pairs:
        """Every file that is there; scenes are numbered through. Raises `FileNotFoundError` where there is none."""
        parts = []
        for file in sorted(folder.glob("[0-9]*.npz")):
            with np.load(file, allow_pickle=False) as arrays:
                parts.append(cls(**{f.name: arrays[f.name] for f in fields(cls)}))
        if not parts:
            raise FileNotFoundError(folder)
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


def build(
    folder: Path, *, scenes: int, seed: int = 0, unseen: bool = False, report: Callable[[int, int], None] | None = None
) -> None:
    """Draw scenes into a folder, some 0.4 s each on a free core; files that are there are kept.

    unseen: of the characters that trainings must not see, to look at results by.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(-(-scenes // _SCENES)):
        file = folder / f"{number:05d}.npz"
        if not file.is_file():
            drawn_here = [
                scene(number * _SCENES + k, seed=seed, unseen=unseen)
                for k in range(min(_SCENES, scenes - number * _SCENES))
            ]
            arrays: dict[str, Any] = {
                f.name: np.concatenate([getattr(part, f.name) for part in drawn_here]) for f in fields(Pairs)
            }
            with replacing(file) as beside, beside.open("wb") as stream:
                np.savez(stream, **arrays)
        if report:
            report(min((number + 1) * _SCENES, scenes), scenes)


def scene(number: int, *, seed: int = 0, unseen: bool = False) -> Pairs:
    """Draw one scene. The same number, seed and choice, the same bytes."""
    rng = np.random.default_rng([seed, number])
    style = list(HELD_OUT)[number % len(HELD_OUT)]
    breeds = rng.random() < _BRED and not unseen
    parents = _parents(style, unseen=unseen)
    spec = _bred(style, rng) if breeds else deepcopy(parents[rng.integers(len(parents))])
    who = _built(spec)
    response = measure(who)
    # Half of all references look straight at us, the others a little past.
    turn = rng.normal(0.0, [0.2, 0.1, 0.07]) * (rng.random() < 0.5)
    head = HeadPose(*np.clip(turn, -0.45, 0.45))
    light = None
    if isinstance(who, LitCharacter) and rng.random() < 0.6:
        light = Light(rng.uniform(-1.2, 1.2), rng.uniform(-0.2, 1.0), rng.uniform(0.7, 1.25), 0.0)
    rest = rng.random() < _LIKE_REST
    shown = [np.zeros(52, dtype=np.float32) if rest else sample(rng).expression.coefficients]
    shown += [sample(rng).expression.coefficients for _ in range(PER_SCENE - 1)]
    crops, bounded = [], []
    square = None
    for coefficients in shown:
        mapped = retarget(Expression(coefficients, head=head), who.info, built_in_styles()[style], response)
        picture = _picture(who, mapped.coefficients, mapped.head, light)
        if square is None:
            points = who.landmarks(mapped.coefficients, _SIZE, head=mapped.head)[_FIVE]
            square = wider(region_for_encoder(points), SQUARE * MARGIN)
        crops.append(cut(picture, square, KEPT, stretch_border=True).crop)
        bounded.append(mapped.bounded)
    return Pairs(
        crops=np.stack(crops),
        scene=np.full(len(crops), number, dtype=np.int64),
        bounded=np.stack(bounded).astype(np.float32),
        style=np.full(len(crops), style, dtype="<U16"),
        character=np.full(len(crops), spec["id"], dtype="<U32"),
    )


_FIVE: Final = [
    FEATURES.index(name) for name in ("iris_right", "iris_left", "nose_tip", "mouth_corner_right", "mouth_corner_left")
]


def _picture(who: Character, rig: Coefficients, head: HeadPose, light: Light | None) -> Rgb:
    if light is not None and isinstance(who, LitCharacter):
        return np.ascontiguousarray(who.render_lit(rig, _SIZE, head=head, light=light)[..., :3])
    return np.ascontiguousarray(who.render(rig, _SIZE, head=head)[..., :3])


def _built(spec: Spec) -> Character:
    return drawn(spec) if spec["kind"] == "drawn" else sculpted(spec)


@cache
def _parents(style: str, *, unseen: bool = False) -> tuple[Spec, ...]:
    """The files of a style's characters that may be learned from, or of the others."""
    folder = resources.files("mien.characters.cast")
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(f"{style}_"))
    specs = [tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")) for name in files]
    return tuple(spec for spec in specs if (spec["id"] in HELD_OUT[style]) == unseen)


def _bred(style: str, rng: np.random.Generator) -> Spec:
    """A new face: one parent's head and hair, features and colours of others."""
    parents = _parents(style)
    first = parents[rng.integers(len(parents))]
    child = deepcopy(first)
    others = {first["id"]}
    for tables in _TOGETHER[child["kind"]]:
        donor = parents[rng.integers(len(parents))]
        if rng.random() < 0.6 and all((name in donor) == (name in child) for name in tables):
            for name in tables:
                if name in child:
                    kept = {key: child[name][key] for key in _KEEP.get(name, ()) if key in child[name]}
                    child[name] = deepcopy(donor[name]) | kept
            others.add(donor["id"])
    child["id"] = "+".join(sorted(others))[:32]
    if child["kind"] == "drawn":
        donor = parents[rng.integers(len(parents))]
        skin = rng.random() < 0.5
        for name in child["colours"]:
            if (name.startswith(("skin", "blush", "lips")) and skin) or rng.random() < 0.4:
                child["colours"][name] = donor["colours"].get(name, child["colours"][name])
    _repaint(child, rng)
    return child


def _repaint(spec: Spec, rng: np.random.Generator) -> None:
    """Shift the hue and lightness of everything: a little for skin, widely for hair, eyes, cloth and background."""
    shifts: dict[str, tuple[float, float]] = {}

    def shifted(name: str, colour: str) -> str:
        group = name.split("_")[0].split(".")[0]
        near = group in {"skin", "lips", "blush", "mouth", "tongue", "line"}
        if group not in shifts:
            shifts[group] = (rng.normal(0.0, 0.012 if near else 0.2), rng.normal(1.0, 0.06 if near else 0.2))
        turn, lightness = shifts[group]
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        hue, light, vivid = colorsys.rgb_to_hls(red, green, blue)
        rgb = colorsys.hls_to_rgb((hue + turn) % 1.0, min(max(light * lightness, 0.0), 0.97), vivid)
        return "#" + "".join(f"{round(255 * v):02x}" for v in rgb)

    if spec["kind"] == "drawn":
        spec["colours"] = {name: shifted(name, value) for name, value in spec["colours"].items()}
        return
    for table in ("skin", "eye", "brow", "hair", "beard", "cloth", "background"):
        for key, value in spec.get(table, {}).items():
            if isinstance(value, str) and value.startswith("#"):
                # The lips are part of the skin's table, the brow goes with the hair.
                group = "skin" if table == "skin" else {"brow": "hair", "beard": "hair"}.get(table, table)
                spec[table][key] = shifted(group, value)
