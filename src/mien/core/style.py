"""`Style`: how far and how each region of a face may move in one way of drawing faces (paper, Table 5).

A style is data. The four built-in ones are in `data/styles.toml`; `load_styles` reads files of your own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from mien.core.arkit import COEFFICIENTS, CONTROLS, INDEX, REGION_OF, REGIONS, Region
from mien.core.arrays import Coefficients, Vector, frozen
from mien.errors import BadFile, UnknownName


@dataclass(frozen=True, slots=True)
class Corrective:
    """When every coefficient in `when` is on, `add` is added, scaled by the least of them.

    when: names of coefficients. add: name -> amount, -1..1.
    """

    when: tuple[str, ...]
    add: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Style:
    """One way of drawing faces.

    ranges: region -> (low, high) bounds of its controls, 0 <= low < 0.5 < high <= 1 (0.5 is rest).
    contact: coefficients that mean two parts touch (closed lids, pressed lips). The range bounds how hard they
        act, but at its bound the parts do touch: a face that may not blink is broken, not subtle.
    exponents: coefficient -> exponent of the response curve after the range (1 is straight; below 1 acts earlier).
    correctives: applied after the range.
    cast: id of the style whose characters act in this one; a style of your own borrows a cast so.
    """

    id: str
    name: str
    description: str
    ranges: Mapping[Region, tuple[float, float]]
    contact: tuple[str, ...] = (
        "eyeBlinkLeft",
        "eyeBlinkRight",
        "mouthClose",
        "mouthPressLeft",
        "mouthPressRight",
    )
    exponents: Mapping[str, float] | None = None
    correctives: tuple[Corrective, ...] = ()
    cast: str = ""

    def __post_init__(self) -> None:
        if not self.cast:
            object.__setattr__(self, "cast", self.id)

    @property
    def bounds(self) -> Vector:
        """float32 (52,): the greatest value each coefficient may take, from its control's range."""
        bounds = np.empty(len(COEFFICIENTS), dtype=np.float32)
        for control in CONTROLS:
            low, high = self.ranges[control.region]
            bounds[INDEX[control.high]] = 2.0 * high - 1.0
            if control.low:
                bounds[INDEX[control.low]] = 1.0 - 2.0 * low
        return frozen(bounds)


def bound(coefficients: Coefficients, style: Style) -> Coefficients:
    """Bring coefficients into a style's ranges by a smooth squash.

    f(x) = b (1 - (1 - x)^(1/b)) for a bound b: f(0) = 0, f'(0) = 1, f(1) = b, strictly rising and smooth, so rest
    stays rest, small movements stay as they are, and two different intensities never become the same. A floor at
    the range's lower end (Table 5 read literally) would make a face pop; see docs/decisions/0002-controls.md.
    """
    b = style.bounds.astype(np.float64)
    x = np.clip(np.asarray(coefficients, dtype=np.float64), 0.0, 1.0)
    return frozen(np.minimum(b * (1.0 - (1.0 - x) ** (1.0 / b)), b))


def unbound(coefficients: Coefficients, style: Style) -> Coefficients:
    """Inverse of `bound` for values inside the style's ranges; values past a bound come back as 1."""
    b = style.bounds.astype(np.float64)
    y = np.clip(np.asarray(coefficients, dtype=np.float64) / b, 0.0, 1.0)
    return frozen(1.0 - (1.0 - y) ** b)


def parse_styles(text: str, *, source: str) -> tuple[Style, ...]:
    """Read styles from TOML text; `source` names it in errors. Raises `BadFile` with what to change."""
    try:
        entries = tomllib.loads(text).get("style")
    except tomllib.TOMLDecodeError as error:
        raise BadFile(f"{source} is not valid TOML: {error}.") from error
    if not isinstance(entries, list) or not entries:
        raise BadFile(f"{source} holds no [[style]] table.")
    return tuple(_style(entry, source) for entry in entries)


def _style(entry: Mapping[str, Any], source: str) -> Style:
    style_id = entry.get("id")
    if not isinstance(style_id, str) or not style_id.replace("_", "").replace("-", "").isalnum():
        raise BadFile(f"{source}: a style needs an id of letters, digits, - and _.")
    known = {"id", "name", "description", "ranges", "contact", "exponents", "corrective", "cast"}
    for key in entry:
        if key not in known:
            raise BadFile(f"{source}: style {style_id} has an unknown key '{key}'. Known: {', '.join(sorted(known))}.")
    ranges: dict[Region, tuple[float, float]] = {}
    for region in REGIONS:
        pair = entry.get("ranges", {}).get(region)
        numbers = isinstance(pair, list) and len(pair) == 2 and all(isinstance(v, int | float) for v in pair)
        if not numbers or not 0.0 <= pair[0] < 0.5 < pair[1] <= 1.0:
            raise BadFile(
                f"{source}: style {style_id} needs ranges.{region} = [low, high] with 0 <= low < 0.5 < high <= 1."
            )
        ranges[region] = (float(pair[0]), float(pair[1]))
    default = Style(style_id, str(entry.get("name", style_id)), str(entry.get("description", "")), ranges)
    correctives = tuple(
        Corrective(
            tuple(_shape(name, source) for name in item.get("when", [])),
            {_shape(name, source): float(amount) for name, amount in item.get("add", {}).items()},
        )
        for item in entry.get("corrective", [])
    )
    if any(not c.when or not c.add for c in correctives):
        raise BadFile(f"{source}: a corrective of style {style_id} needs `when` and `add`.")
    exponents = {_shape(name, source): float(value) for name, value in entry.get("exponents", {}).items()}
    if any(not 0.2 <= value <= 5.0 for value in exponents.values()):
        raise BadFile(f"{source}: exponents of style {style_id} must lie between 0.2 and 5.")
    contact = tuple(_shape(name, source) for name in entry.get("contact", default.contact))
    return Style(
        style_id,
        default.name,
        default.description,
        ranges,
        contact,
        exponents or None,
        correctives,
        str(entry.get("cast", "")),
    )


def _shape(name: str, source: str) -> str:
    if name not in REGION_OF:
        raise BadFile(f"{source}: {UnknownName.among('coefficient', str(name), COEFFICIENTS)}")
    return name


@cache
def built_in_styles() -> Mapping[str, Style]:
    """The paper's four styles by id."""
    text = resources.files("mien.core").joinpath("data/styles.toml").read_text(encoding="utf-8")
    return {style.id: style for style in parse_styles(text, source="styles.toml")}


def load_styles(paths: Iterable[Path]) -> dict[str, Style]:
    """The built-in styles and those of the given TOML files; a later one replaces an earlier one of the same id."""
    styles = dict(built_in_styles())
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadFile(f"Cannot read the style file {path.name}: {error}.") from error
        styles.update({style.id: style for style in parse_styles(text, source=path.name)})
    return styles
