"""True pairs for the mapping network: one face under one light from one side, showing several expressions.

A scene is a character, a pose and a light; its pictures differ in nothing but the expression, so any two of them are a
pair. Beside the cast act faces bred from it: the hair and head of one, the eyes, brows, nose and mouth of others of the
same style, in other colours. The characters that the data set holds out act in no scene and are no parents.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Coefficients, Rgb
from mien.core.character import FEATURES, Character, Light, LitCharacter, measure
from mien.core.expression import Expression, HeadPose
from mien.core.sampling import sample
from mien.core.style import built_in_styles
from mien.errors import BadFile
from mien.mapping import retarget
from mien.perception.align import cut, region_for_encoder, wider
from mien.perception.encode import MARGIN
from mien.resources.store import replacing
from mien_lab.data.breed import bred, built, parents
from mien_lab.data.plan import HELD_OUT

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

_BRED: Final = 0.8

_SPEECH: Final = 0.3
"""How often a picture shows speech: most emotions keep their mouths nearly shut."""


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """n pictures of a number of scenes.

    crops: uint8 (n, KEPT, KEPT, 3). scene: int64 (n,), pictures of one scene are pairs. bounded: float32 (n, 52), the
    expression inside the style's ranges. landmarks: float32 (n, 31, 2), `FEATURES`, -1..1 over the crop. style: text
    (n,). character: text (n,), "a+b" where bred.
    """

    crops: NDArray[np.uint8]
    scene: NDArray[np.int64]
    bounded: NDArray[np.float32]
    landmarks: NDArray[np.float32]
    style: NDArray[np.str_]
    character: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.crops)

    @classmethod
    def load(cls, folder: Path) -> Pairs:
        """Every file that is there; scenes are numbered through.

        Raises `FileNotFoundError` where there is none, `BadFile` where one is of an earlier version.
        """
        parts = []
        for file in sorted(folder.glob("[0-9]*.npz")):
            with np.load(file, allow_pickle=False) as arrays:
                if missing := [f.name for f in fields(cls) if f.name not in arrays]:
                    raise BadFile(f"{file} has no {missing[0]}. Delete it and draw it with `mien-lab data pairs`.")
                parts.append(cls(**{f.name: arrays[f.name] for f in fields(cls)}))
        if not parts:
            raise FileNotFoundError(folder)
        return cls(**{f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)})


def build(
    folder: Path, *, scenes: int, seed: int = 0, unseen: bool = False, report: Callable[[int, int], None] | None = None
) -> None:
    """Draw scenes into a folder on every core, some 0.4 s each; files that are there are kept.

    unseen: of the characters that trainings must not see, to look at results by.
    """
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        folder / f"{n:05d}.npz": range(n * _SCENES, min((n + 1) * _SCENES, scenes))
        for n in range(-(-scenes // _SCENES))
    }
    todo = {file: numbers for file, numbers in files.items() if not file.is_file()}
    done = scenes - sum(len(numbers) for numbers in todo.values())
    workers = min(len(os.sched_getaffinity(0)), len(todo))
    if workers < 2:
        for file, numbers in todo.items():
            _write(file, numbers, seed, unseen)
        return
    # Spawned, not forked: numba and the vector renderer start threads of their own.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for count in pool.map(_write, todo, todo.values(), [seed] * len(todo), [unseen] * len(todo)):
            done += count
            if report:
                report(done, scenes)


def _write(file: Path, numbers: range, seed: int, unseen: bool) -> int:
    """Draw the scenes of one file; how many."""
    parts = [scene(number, seed=seed, unseen=unseen) for number in numbers]
    arrays: dict[str, Any] = {f.name: np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Pairs)}
    with replacing(file) as beside, beside.open("wb") as stream:
        np.savez(stream, **arrays)
    return len(numbers)


def scene(number: int, *, seed: int = 0, unseen: bool = False) -> Pairs:
    """Draw one scene. The same number, seed and choice, the same bytes."""
    rng = np.random.default_rng([seed, number])
    style = list(HELD_OUT)[number % len(HELD_OUT)]
    breeds = rng.random() < _BRED and not unseen
    of_style = parents(style, unseen=unseen)
    spec = bred(style, rng) if breeds else of_style[rng.integers(len(of_style))]
    who = built(spec)
    response = measure(who)
    # Half of all references look straight at us, the others a little past.
    turn = rng.normal(0.0, [0.2, 0.1, 0.07]) * (rng.random() < 0.5)
    head = HeadPose(*np.clip(turn, -0.45, 0.45))
    light = None
    if isinstance(who, LitCharacter) and rng.random() < 0.6:
        light = Light(rng.uniform(-1.2, 1.2), rng.uniform(-0.2, 1.0), rng.uniform(0.7, 1.25), 0.0)
    rest = rng.random() < _LIKE_REST
    shown = [_shown(rng) for _ in range(PER_SCENE)]
    if rest:
        shown[0] = np.zeros(52, dtype=np.float32)
    crops, bounded, landmarks = [], [], []
    square = None
    for coefficients in shown:
        mapped = retarget(Expression(coefficients, head=head), who.info, built_in_styles()[style], response)
        picture = _picture(who, mapped.coefficients, mapped.head, light)
        points = who.landmarks(mapped.coefficients, _SIZE, head=mapped.head)
        if square is None:
            square = wider(region_for_encoder(points[_FIVE]), SQUARE * MARGIN)
        aligned = cut(picture, square, KEPT, stretch_border=True)
        crops.append(aligned.crop)
        bounded.append(mapped.bounded)
        # A character counts from a pixel's corner, a crop from its centre.
        landmarks.append(aligned.places(points - 0.5))
    return Pairs(
        crops=np.stack(crops),
        scene=np.full(len(crops), number, dtype=np.int64),
        bounded=np.stack(bounded).astype(np.float32),
        landmarks=np.stack(landmarks).astype(np.float32),
        style=np.full(len(crops), style, dtype="<U16"),
        character=np.full(len(crops), spec["id"], dtype="<U32"),
    )


def _shown(rng: np.random.Generator) -> Coefficients:
    return sample(rng, recipe="speech" if rng.random() < _SPEECH else None).expression.coefficients


_FIVE: Final = [
    FEATURES.index(name) for name in ("iris_right", "iris_left", "nose_tip", "mouth_corner_right", "mouth_corner_left")
]


def _picture(who: Character, rig: Coefficients, head: HeadPose, light: Light | None) -> Rgb:
    if light is not None and isinstance(who, LitCharacter):
        return np.ascontiguousarray(who.render_lit(rig, _SIZE, head=head, light=light)[..., :3])
    return np.ascontiguousarray(who.render(rig, _SIZE, head=head)[..., :3])
