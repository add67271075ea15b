"""Draw one picture of a plan with everything that is known about it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from mien.core.character import FEATURES, LitCharacter
from mien.studio import Studio
from mien_lab.data.labels import Labels, units_of
from mien_lab.data.masks import region_masks
from mien_lab.data.plan import Order, Plan
from mien_lab.data.shard import encode_mask, encode_picture

Row = dict[str, Any]
_OWN_LIGHT = (np.nan,) * 5
_IRISES = [FEATURES.index("iris_left"), FEATURES.index("iris_right")]


def draw(plan: Plan, order: Order) -> tuple[Row, bytes, bytes]:
    """Labels of one picture as `Labels.from_rows` takes them, the picture and its mask, both encoded."""
    studio = _studio()
    expression = order.shown.expression
    (mapped,) = studio.map(expression, order.character)
    character = studio.character(order.character)
    light = order.light if isinstance(character, LitCharacter) else None
    if light is not None and isinstance(character, LitCharacter):
        rendered = character.render_lit(mapped.coefficients, plan.size, head=mapped.head, light=light)
    else:
        rendered = character.render(mapped.coefficients, plan.size, head=mapped.head)
    picture = np.ascontiguousarray(rendered[..., :3])
    landmarks = character.landmarks(mapped.coefficients, plan.size, head=mapped.head)
    mask = region_masks(landmarks, order.style, size=plan.size, unit_px=_unit_px(order.character, plan.size))
    emotion = expression.emotion
    row: Row = {
        "picture": order.number,
        "pair": order.pair,
        "clip": order.shown.clip,
        "time_s": order.shown.time_s,
        "character": order.character,
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
        "landmarks": landmarks,
        "expression_held_out": order.shown.is_held_out,
        "character_held_out": plan.held_out.get(order.style) == order.character,
    }
    return row, encode_picture(picture), encode_mask(mask)


def draw_all(plan: Plan, numbers: tuple[int, ...]) -> tuple[Labels, list[tuple[bytes, bytes]]]:
    """A few pictures of a plan: what one process does at a time."""
    drawn = [draw(plan, order) for order in plan.orders(numbers)]
    return Labels.from_rows([row for row, _, _ in drawn]), [(picture, mask) for _, picture, mask in drawn]


@cache
def _studio() -> Studio:
    return Studio()


@cache
def _unit_px(character: str, size: int) -> float:
    rest = _studio().character(character).landmarks(np.zeros(52, dtype=np.float32), size)
    left, right = rest[_IRISES]
    return float(np.linalg.norm(left - right))
