"""From MakeHuman's head to somebody's: origin, age, sex, detail targets; and the smooth warp of a stylised head."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.characters.drawn.spec import Table
from mien.characters.sculpted.head_data import AGES, F32, LASH, ORIGINS, SKIN, TONGUE, HeadData, head_data
from mien.core.arkit import COUNT, INDEX

# Skin between the brows gives way to them by this share of its distance from the middle, and no further: strong frowns
# folded one half of the forehead over the other.
_ROOM: Final = 0.55
_KNITTING: Final = ("browDownLeft", "browDownRight", "noseSneerLeft", "noseSneerRight")
_WARPS: Final = ("eyes", "nose", "chin", "short", "cheeks", "skull", "neck")


@dataclass(frozen=True, slots=True, eq=False)
class Corrective:
    """When all of `when` act, `add` (coefficient index, amount) is added, scaled by the least of them."""

    when: tuple[int, ...]
    add: tuple[tuple[int, float], ...]


@cache
def acting() -> dict[str, Any]:
    """Gains and correctives that all sculpted heads share (`acting.toml`)."""
    text = resources.files("mien.characters.sculpted").joinpath("acting.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A head's geometry. data: the head it was made from. base (n, 3), shapes (52, n, 3), eyes (2, 3): inter-iris
    units, unwarped.

    warp: strengths of the caricature, empty for a realistic head.
    """

    data: HeadData
    base: F32
    shapes: F32
    eyes: F32
    eye_radius: float
    correctives: tuple[Corrective, ...]
    warp: dict[str, float]

    def posed(self, coefficients: NDArray[np.float32]) -> tuple[F32, NDArray[np.float32]]:
        """Vertices under coefficients, and the coefficients after correctives."""
        c = coefficients.astype(np.float32).copy()
        for corrective in self.correctives:
            amount = min(float(coefficients[i]) for i in corrective.when)
            if amount > 0:
                for i, add in corrective.add:
                    c[i] += amount * add
        on = np.flatnonzero(np.abs(c) > 1e-4)
        vertices = _apart(self.base + np.tensordot(c[on], self.shapes[on], 1), self.base) if len(on) else self.base
        return self.warped(vertices), c

    def part(self, ids: list[int]) -> Shape:
        """The same head, only these vertices of it."""
        return replace(self, base=self.base[ids], shapes=np.ascontiguousarray(self.shapes[:, ids]))

    def warped(self, points: F32) -> F32:
        """Caricature points (n, 3); a realistic head returns them as they are."""
        return _caricature(points, self.warp) if self.warp else points

    @property
    def ball_scale(self) -> float:
        """How much larger the warp makes an eyeball."""
        return 1.0 + 0.85 * self.warp.get("eyes", 0.0)


def read_shape(spec: Table, source: str) -> Shape:
    """Shape the head that a file describes: tables `body`, `shape`, `gain` and `warp`. Raises `BadFile`."""
    data = head_data()
    weights = _macro(spec.table("body"))
    if "shape" in spec:
        table = spec.table("shape")
        for name, _ in table.items():
            value = table.number(name, low=-1.5, high=1.5)
            pair = [name] if name in data.names else [f"l-{name}", f"r-{name}"]
            if pair[0] not in data.names:
                raise table.fail(name, "the name of a MakeHuman target")
            for full in pair:
                weights[full] = weights.get(full, 0.0) + value
        table.finish()
    base, eyes = data.vertices.copy(), data.eyes.copy()
    for name, weight in weights.items():
        if weight:
            k = data.names.index(name)
            base += weight * data.targets[k].astype(np.float32)
            eyes += weight * data.eye_shifts[k]
    unit, middle = float(np.linalg.norm(eyes[0] - eyes[1])), eyes.mean(0)
    base, eyes = (base - middle) / unit, (eyes - middle) / unit
    shapes = data.shapes / unit * _gains(spec)[:, None, None]
    # Knit brows draw the skin between them together, not the whole forehead: it had a ridge up to the hair.
    high = np.clip((base[:, 1] - 0.4) / 0.35, 0, 1)
    for name in _KNITTING:
        shapes[INDEX[name], :, 0] *= 1 - high * high * (3 - 2 * high)
    # MakeHuman's tongue stays high in an open mouth and hides its depth: it falls with the jaw and flattens.
    tongue = np.unique(data.triangles[data.part == TONGUE])
    _, y, z = data.vertices[tongue].T
    falls = 0.12 + 0.6 * np.clip(y + 1.2, 0, 1) + 0.25 * np.clip(-0.1 - z, 0, 0.5)
    shapes[INDEX["jawOpen"], tongue, 1] -= falls
    shapes[INDEX["jawOpen"], tongue, 2] -= 0.06
    # Out, it lies on the lower lip, whatever the jaw does.
    shapes[INDEX["tongueOut"], tongue] += np.stack([0 * y, 0.75 * falls, np.full_like(y, 0.08)], 1)
    # The folds of old cheeks are deeper than the mouth's lining is far: without this it comes through them.
    lining = (data.lining > 0.5) & (data.lips < 0.5)
    lining[np.unique(data.triangles[data.part != SKIN])] = False
    base[lining, 2] -= 0.14 * np.clip((np.abs(data.vertices[lining, 0]) - 0.15) / 0.2, 0, 1)
    # Lashes of another length: each vertex moves along its hair.
    hairs = np.unique(data.triangles[data.part == LASH])
    roots, length = data.roots[hairs], spec.table("eye").number("lashes", 1.0, low=0.0, high=2.5)
    base[hairs] = base[roots] + length * (base[hairs] - base[roots])
    shapes[:, hairs] = shapes[:, roots] + length * (shapes[:, hairs] - shapes[:, roots])
    return Shape(
        data=data,
        base=base.astype(np.float32),
        shapes=shapes.astype(np.float32),
        eyes=eyes.astype(np.float32),
        eye_radius=data.eye_radius / unit,
        correctives=_correctives(spec, source),
        warp=_warp(spec),
    )


def _apart(moved: F32, rest: F32) -> F32:
    """Vertices above the nose's bridge, those that moved towards the middle held on their side of it."""
    x, y = rest[:, 0], rest[:, 1]
    above = np.clip((y + 0.1) / 0.15, 0, 1)
    inward = np.maximum((x - moved[:, 0]) * np.sign(x), 0) * above
    room = _ROOM * np.abs(x) + 1e-6
    moved[:, 0] += np.sign(x) * (inward - room * np.tanh(inward / room))
    return moved


def _macro(body: Table) -> dict[str, float]:
    """Weights of MakeHuman's macro targets for an age, a sex, an origin and a weight."""
    male = body.number("male", low=0, high=1)
    heavy = body.number("heavy", 0.0, low=0, high=1)
    shares: dict[str, dict[str, float]] = {}
    for key, names in (("age", AGES), ("origin", ORIGINS)):
        table = body.table(key)
        given = {name: table.number(name, 0.0, low=0, high=1) for name in names}
        table.finish()
        total = sum(given.values())
        if total <= 0:
            raise body.fail(key, f"shares of {', '.join(names)}")
        shares[key] = {name: value / total for name, value in given.items()}
    body.finish()
    out: dict[str, float] = {}
    for sex, of_sex in (("female", 1 - male), ("male", male)):
        for age, of_age in shares["age"].items():
            for origin, of_origin in shares["origin"].items():
                out[f"{origin}-{sex}-{age}"] = of_sex * of_age * of_origin
            for build, of_build in (("averageweight", 1 - heavy), ("maxweight", heavy)):
                out[f"universal-{sex}-{age}-averagemuscle-{build}"] = of_sex * of_age * of_build
    return out


def _both(name: str) -> tuple[str, ...]:
    return (name,) if name in INDEX else (f"{name}Left", f"{name}Right")


def _gains(spec: Table) -> F32:
    gains = np.ones(COUNT, dtype=np.float32)
    for name, value in acting()["gain"].items():
        for full in _both(name):
            gains[INDEX[full]] = value
    if "gain" in spec:
        table = spec.table("gain")
        for name, _ in table.items():
            value = table.number(name, low=0.1, high=4.0)
            for full in _both(name):
                if full not in INDEX:
                    raise table.fail(name, "the name of a coefficient")
                gains[INDEX[full]] *= value
        table.finish()
    return gains


def _correctives(spec: Table, source: str) -> tuple[Corrective, ...]:
    shared = [Table(entry, source=source, path="acting.corrective") for entry in acting()["corrective"]]
    out = []
    for table in [*shared, *(spec.tables("corrective") if "corrective" in spec else [])]:
        when = table.texts("when")
        add = table.table("add")
        amounts = {name: add.number(name, low=-2, high=2) for name, _ in add.items()}
        add.finish()
        table.finish()
        for name in (*when, *amounts):
            if name not in INDEX:
                raise table.fail("when", f"names of coefficients; {name} is none")
        out.append(Corrective(tuple(INDEX[n] for n in when), tuple((INDEX[n], a) for n, a in amounts.items())))
    return tuple(out)


def _warp(spec: Table) -> dict[str, float]:
    if "warp" not in spec:
        return {}
    table = spec.table("warp")
    out = {name: table.number(name, 0.0, low=-0.5, high=1.0) for name in _WARPS}
    table.finish()
    return out


def _caricature(points: F32, warp: dict[str, float]) -> F32:
    """Larger eyes, smaller nose and chin, shorter face, fuller cheeks, rounder skull, thinner neck.

    A smooth map of space, applied after the shapes have moved the vertices: coefficients stay exact.
    """
    p = points.astype(np.float32).copy()
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    front = np.clip((z + 0.7) / 0.6, 0, 1)
    for side in (0.5, -0.5):
        dx = x - side
        near = warp["eyes"] * np.exp(-((dx / 0.46) ** 2) - (y / 0.42) ** 2) * front
        p[:, 0] += 0.92 * dx * near
        p[:, 1] += 1.15 * y * near
        # Lids bulge with the larger ball, or they could not close over it.
        p[:, 2] += 0.85 * warp["eyes"] * z * np.exp(-((dx / 0.36) ** 2) - (y / 0.27) ** 2) * (z > 0)
    dy = y + 0.58
    near = warp["nose"] * np.exp(-((x / 0.30) ** 2) - (dy / 0.30) ** 2) * front
    p[:, 0] -= 0.6 * x * near
    p[:, 1] -= 0.55 * (dy - 0.12) * near
    p[:, 2] -= 0.45 * (z - 0.42) * near
    # What is left of a small nose is round.
    tip = max(warp["nose"], 0.0) * np.exp(-((x / 0.13) ** 2) - ((dy - 0.03) / 0.11) ** 2) * front
    p[:, 2] += 0.14 * tip
    p[:, 1] += 0.05 * tip
    down = np.clip((-0.45 - y) / 1.3, 0, 1)
    down = down * down * (3 - 2 * down) * np.clip((y + 2.1) / 0.5, 0, 1) * np.clip((z + 1.6) / 0.9, 0, 1)
    p[:, 0] *= 1 - warp["chin"] * down
    p[:, 1] += warp["short"] * np.clip(-0.25 - y, 0, 1.75)
    cheek = warp["cheeks"] * np.exp(-(((np.abs(x) - 0.85) / 0.4) ** 2) - ((y + 0.7) / 0.4) ** 2) * front
    p[:, 0] += np.sign(x) * cheek
    p[:, 2] += 0.6 * cheek
    up = np.clip((y - 0.35) / 1.2, 0, 1)
    p[:, 1] += 1.2 * warp["skull"] * up
    p[:, 0] *= 1 + 0.8 * warp["skull"] * up
    neck = warp["neck"] * np.clip((-1.55 - y) / 0.4, 0, 1) * np.clip(z + 2.6, 0, 1)
    p[:, 0] *= 1 - neck
    p[:, 2] = (p[:, 2] + 0.9) * (1 - 0.7 * neck) - 0.9
    return p
