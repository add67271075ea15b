"""Faces bred from the cast: one character's head and hair with the eyes, brows, nose and mouth of others of its style.

Thirty characters are few to learn faces from; their children are as many as one likes, and the characters that a split
by character holds out are nobody's parents.
"""

from __future__ import annotations

import colorsys
import tomllib
from copy import deepcopy
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final

import numpy as np

from mien.core.character import Character, Response, measure
from mien_lab.data.plan import HELD_OUT

Spec = dict[str, Any]

_TOGETHER: Final = {"drawn": (("eyes", "brows"), ("nose",), ("mouth",), ("cheeks",)),
                    "sculpted": (("eye",), ("brow",), ("body", "warp", "shape", "gain"), ("creases",))}  # fmt: skip
"""Tables of a character's file that are inherited together, or eyes would meet brows."""

_KEEP: Final = {"nose": ("y",), "mouth": ("y",)}
"""Where a feature sits belongs to the head."""

_DRAWN: Final = {
    "eyes": {"x": 0.05, "width": 0.1, "upper": 0.12, "lower": 0.12, "round": 0.12, "cant": 0.6, "iris": 0.08,
             "tall": 0.06},
    "nose": {"tip": 0.15, "height": 0.15, "wing": 0.12},
    "mouth": {"width": 0.13, "upper_lip": 0.2, "lower_lip": 0.2, "line": 0.15, "open": 0.08},
    "cheeks": {"size": 0.15, "blush": 0.3},
}  # fmt: skip
"""By how much of itself a number of a drawn face varies, a standard deviation."""

_SHIFTED: Final = {"eyes": ("y", 3.0), "nose": ("y", 4.0), "mouth": ("y", 4.0)}
"""What is moved up or down, and by how much, of a face some 260 high."""

_KEPT: Final = 8
"""Faces that a process remembers; those of one style come one after the other."""


@lru_cache(maxsize=_KEPT)
def bred_face(style: str, number: int, seed: int) -> tuple[Character, Response]:
    """A child of some characters of a style, and its measured response; the same for the same number and seed."""
    who = built(bred(style, np.random.default_rng([seed, number, *style.encode()])))
    return who, measure(who)


def built(spec: Spec) -> Character:
    """The character of a file's content."""
    # Drawing compiles kernels; plans and labels, which share this package, need none.
    from mien.characters.drawn import from_spec as drawn
    from mien.characters.sculpted import from_spec as sculpted

    return (drawn if spec["kind"] == "drawn" else sculpted)(deepcopy(spec))


@cache
def parents(style: str, *, unseen: bool = False) -> tuple[Spec, ...]:
    """The files of a style's characters that may be learned from, or of the others."""
    folder = resources.files("mien.characters.cast")
    files = sorted(entry.name for entry in folder.iterdir() if entry.name.startswith(f"{style}_"))
    specs = [tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")) for name in files]
    return tuple(spec for spec in specs if (spec["id"] in HELD_OUT[style]) == unseen)


def bred(style: str, rng: np.random.Generator) -> Spec:
    """A new face: one parent's head and hair, features and colours of others."""
    of_style = parents(style)
    first = of_style[rng.integers(len(of_style))]
    child = deepcopy(first)
    others = {first["id"]}
    for tables in _TOGETHER[child["kind"]]:
        donor = of_style[rng.integers(len(of_style))]
        if rng.random() < 0.6 and all((name in donor) == (name in child) for name in tables):
            for name in tables:
                if name in child:
                    kept = {key: child[name][key] for key in _KEEP.get(name, ()) if key in child[name]}
                    child[name] = deepcopy(donor[name]) | kept
            others.add(donor["id"])
    child["id"] = "+".join(sorted(others))[:32]
    if child["kind"] == "drawn":
        donor = of_style[rng.integers(len(of_style))]
        skin = rng.random() < 0.5
        for name in child["colours"]:
            if (name.startswith(("skin", "blush", "lips")) and skin) or rng.random() < 0.4:
                child["colours"][name] = donor["colours"].get(name, child["colours"][name])
    (_redraw if child["kind"] == "drawn" else _resculpt)(child, rng)
    _repaint(child, rng)
    return child


def _redraw(child: Spec, rng: np.random.Generator) -> None:
    """Other proportions: every number that says how large a feature is or where it sits, a little off."""
    for table, keys in _DRAWN.items():
        for key, spread in keys.items():
            if key in child.get(table, {}):
                child[table][key] = round(child[table][key] * (1 + spread * _draw(rng)), 3)
    if "round" in child["eyes"]:
        child["eyes"]["round"] = min(child["eyes"]["round"], 1.0)
    for table, (key, spread) in _SHIFTED.items():
        child[table][key] = round(child[table].get(key, 0) + spread * _draw(rng), 2)
    up, tilt, thick = 4.0 * _draw(rng), 0.06 * _draw(rng), 1 + 0.2 * _draw(rng)
    points = child["brows"]["points"]
    middle = sum(x for x, _ in points) / len(points)
    child["brows"]["points"] = [[x, round(y + up + tilt * (x - middle), 2)] for x, y in points]
    child["brows"]["widths"] = [round(w * thick, 2) for w in child["brows"]["widths"]]


def _resculpt(child: Spec, rng: np.random.Generator) -> None:
    """Other proportions: the body's mixture, and some of the shapes that anybody of the style has."""
    body = child["body"]
    body["male"] = float(np.clip(body["male"] + 0.12 * _draw(rng), 0, 1))
    for mixture in ("age", "origin"):
        weights = {name: value * float(np.exp(0.4 * _draw(rng))) for name, value in body.get(mixture, {}).items()}
        if weights:
            body[mixture] = {name: value / sum(weights.values()) for name, value in weights.items()}
    for table in ("warp", "gain"):
        child[table] = {key: value * (1 + 0.12 * _draw(rng)) for key, value in child.get(table, {}).items()}
    known = sorted({key for spec in parents(child["style"]) for key in spec.get("shape", {})})
    shape = child.setdefault("shape", {})
    for key in rng.permutation(known)[:3].tolist():
        shape[key] = float(rng.uniform(0.0, 0.6))


def _draw(rng: np.random.Generator) -> float:
    """A normal number that is never far out."""
    return float(np.clip(rng.normal(), -2, 2))


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
