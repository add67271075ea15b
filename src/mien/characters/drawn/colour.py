"""Colours for drawing: shading and mixing in OKLab, where equal steps look equal (Ottosson 2020)."""

from __future__ import annotations

import math
import re
from functools import cache, lru_cache
from typing import Final

_HEX: Final = re.compile(r"#[0-9a-fA-F]{6}")
Lab = tuple[float, float, float]


def is_colour(text: object) -> bool:
    """Is this `#rrggbb`?"""
    return isinstance(text, str) and _HEX.fullmatch(text) is not None


@cache
def to_oklab(colour: str) -> Lab:
    """`#rrggbb` -> (L 0..1, a, b)."""
    r, g, b = (_linear(int(colour[i : i + 2], 16) / 255.0) for i in (1, 3, 5))
    l = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    m = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    s = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
        1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
        0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s,
    )


def from_oklab(lab: Lab) -> str:
    """(L, a, b) -> the nearest `#rrggbb`."""
    lightness, a, b = lab
    l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    s = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    channels = (
        4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
        -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
        -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s,
    )
    return "#" + "".join(f"{round(255 * _gamma(min(max(c, 0.0), 1.0))):02x}" for c in channels)


@lru_cache(maxsize=4096)
def shade(colour: str, lightness: float = 0.0, *, chroma: float = 1.0, hue_deg: float = 0.0) -> str:
    """A colour made lighter or darker (`lightness` is added to OKLab L), stronger or greyer, turned in hue.

    Shadows of skin look alive when darker, stronger and redder: shade(skin, -0.1, chroma=1.15, hue_deg=-12).
    """
    l, a, b = to_oklab(colour)
    turn = math.radians(hue_deg)
    c, s = math.cos(turn) * chroma, math.sin(turn) * chroma
    return from_oklab((min(max(l + lightness, 0.0), 1.0), a * c - b * s, a * s + b * c))


@lru_cache(maxsize=4096)
def mix_colours(one: str, other: str, t: float) -> str:
    """`one` at t = 0, `other` at t = 1, by way of OKLab."""
    a, b = to_oklab(one), to_oklab(other)
    return from_oklab((a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t, a[2] + (b[2] - a[2]) * t))


def _linear(v: float) -> float:
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def _gamma(v: float) -> float:
    return 12.92 * v if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055
