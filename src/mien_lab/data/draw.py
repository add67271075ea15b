"""Draw one picture of a plan with everything that is known about it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from mien.characters.sculpted.character import Sculpted
from mien.core.arrays import Points, Rgb
from mien.core.character import FEATURES, Character, Light, LitCharacter, Response, measure
from mien.core.style import built_in_styles
from mien.errors import InputError
from mien.mapping import Mapped, retarget
from mien.studio import Studio
from mien_lab.data.breed import bred_face
from mien_lab.data.labels import Labels, units_of
from mien_lab.data.masks import region_masks
from mien_lab.data.plan import AT_ONCE, BRED, CAST, SCAN, Order, Plan
from mien_lab.data.scans import person, photograph, read_head, unit_px
from mien_lab.data.shard import encode_mask, encode_picture

Row = dict[str, Any]
# Scanned people that a process keeps: those who act, and one of the next.
_KEPT = AT_ONCE + 1
_OWN_LIGHT = (np.nan,) * 5
_IRISES = [FEATURES.index("iris_left"), FEATURES.index("iris_right")]


@dataclass(frozen=True, slots=True)
class _Seen:
    """One picture and how it came about. unit_px: distance of the resting irises."""

    picture: Rgb
    landmarks: Points
    mapped: Mapped
    light: Light | None
    unit_px: float


def draw(plan: Plan, order: Order) -> tuple[Row, bytes, bytes]:
    """Labels of one picture as `Labels.from_rows` takes them, the picture and its mask, both encoded."""
    expression = order.shown.expression
    seen = {BRED: _bred_face, SCAN: _scanned_person, CAST: _cast_member}[order.origin](plan, order)
    mapped, light = seen.mapped, seen.light
    mask = region_masks(seen.landmarks, order.style, size=plan.size, unit_px=seen.unit_px)
    emotion = expression.emotion
    row: Row = {
        "picture": order.number,
        "pair": order.pair,
        "clip": order.shown.clip,
        "time_s": order.shown.time_s,
        "character": order.character,
        "origin": order.origin,
        "style": order.style,
        "recipe": order.shown.recipe,
        "sources": " + ".join(order.shown.sources),
        "source": expression.coefficients,
        "bounded": mapped.bounded,
        "rig": mapped.coefficients,
        "units": units_of(mapped.bounded),
        "emotion": emotion.probabilities,
        "valence": emotion.valence,
        "arousal": emotion.arousal,
        "intensity": emotion.intensity,
        "head": (mapped.head.yaw_rad, mapped.head.pitch_rad, mapped.head.roll_rad),
        "light": _OWN_LIGHT if light is None else (*light.direction, light.strength, light.warmth),
        "landmarks": seen.landmarks,
        "expression_held_out": order.shown.is_held_out,
        "character_held_out": order.is_unknown,
    }
    return row, encode_picture(seen.picture), encode_mask(mask)


def draw_all(plan: Plan, numbers: tuple[int, ...]) -> tuple[Labels, list[tuple[bytes, bytes]]]:
    """A few pictures of a plan: what one process does at a time."""
    drawn = [draw(plan, order) for order in plan.orders(numbers)]
    return Labels.from_rows([row for row, _, _ in drawn]), [(picture, mask) for _, picture, mask in drawn]


def _cast_member(plan: Plan, order: Order) -> _Seen:
    actors = studio()
    # As it was drawn: an expression's emotion follows from its shapes here, so nothing is missing.
    (mapped,) = actors.map(order.shown.expression, order.character, exact=True)
    character = actors.character(order.character)
    return _seen(character, mapped, order.light, plan.size, _unit_px(order.character, plan.size))


def _bred_face(plan: Plan, order: Order) -> _Seen:
    who, response = bred_face(order.style, order.child, plan.seed)
    mapped = retarget(order.shown.expression, who.info, built_in_styles()[order.style], response)
    return _seen(who, mapped, order.light, plan.size, _irises_px(who, plan.size))


def _seen(character: Character, mapped: Mapped, light: Light | None, size: int, unit_px: float) -> _Seen:
    if light is not None and isinstance(character, LitCharacter):
        rendered = character.render_lit(mapped.coefficients, size, head=mapped.head, light=light)
    else:
        light = None
        rendered = character.render(mapped.coefficients, size, head=mapped.head)
    return _Seen(
        picture=np.ascontiguousarray(rendered[..., :3]),
        landmarks=character.landmarks(mapped.coefficients, size, head=mapped.head),
        mapped=mapped,
        light=light,
        unit_px=unit_px,
    )


def _scanned_person(plan: Plan, order: Order) -> _Seen:
    if plan.scans is None or plan.scans.path is None:
        raise InputError("This data set holds scanned people; name the file they are made from.")
    who, response = _person(plan.scans.path, order.person, plan.seed)
    mapped = retarget(order.shown.expression, who.info, built_in_styles()[order.style], response)
    shot = plan.shot(order)
    picture, landmarks = photograph(who, mapped.coefficients, plan.size, head=mapped.head, shot=shot)
    return _Seen(picture, landmarks, mapped, shot.light, unit_px(who, plan.size, shot))


@lru_cache(maxsize=_KEPT)
def _person(path: Path, number: int, seed: int) -> tuple[Sculpted, Response]:
    who = person(read_head(path), number, seed)
    return who, measure(who)


@cache
def studio() -> Studio:
    """The cast of this process."""
    return Studio()


@cache
def _unit_px(character: str, size: int) -> float:
    return _irises_px(studio().character(character), size)


def _irises_px(character: Character, size: int) -> float:
    left, right = character.landmarks(np.zeros(52, dtype=np.float32), size)[_IRISES]
    return float(np.linalg.norm(left - right))
