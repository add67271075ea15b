"""`Style`: how far and how each region of a face may move in one way of drawing faces (paper, Table 5).

A style is data. The four built-in ones are in `data/styles.toml`; `load_styles` reads files of your own.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
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


def _style(entry: Any, source: str) -> Style:
    style_id = entry.get("id") if isinstance(entry, Mapping) else None
    if not isinstance(style_id, str) or not style_id.replace("_", "").replace("-", "").isalnum():
        raise BadFile(f"{source}: a style needs an id of letters, digits, - and _.")
    where = f"{source}: style {style_id}"
    known = {"id", "name", "description", "ranges", "contact", "exponents", "corrective", "cast"}
    for key in entry:
        if key not in known:
            raise BadFile(f"{where} has an unknown key '{key}'. Known: {', '.join(sorted(known))}.")
    name, description, cast = (_text(entry.get(key, ""), f"{where}: {key}") for key in ("name", "description", "cast"))
    bounds = _table(entry.get("ranges", {}), f"{where}: ranges")
    ranges: dict[Region, tuple[float, float]] = {}
    for region in REGIONS:
        pair: Any = bounds.get(region)
        if not _is_range(pair):
            raise BadFile(f"{where} needs ranges.{region} = [low, high] with 0 <= low < 0.5 < high <= 1.")
        ranges[region] = (float(pair[0]), float(pair[1]))
    correctives = entry.get("corrective", [])
    if not isinstance(correctives, list):
        raise BadFile(f"{where}: corrective must be [[style.corrective]] tables, not {correctives!r}.")
    exponents = _amounts(entry.get("exponents", {}), f"{where}: exponents")
    for shape, value in exponents.items():
        if not 0.2 <= value <= 5.0:
            raise BadFile(f"{where}: exponents.{shape} must lie between 0.2 and 5, not {value:g}.")
    default = Style(style_id, name or style_id, description, ranges, cast=cast)
    return replace(
        default,
        contact=_shapes(entry["contact"], f"{where}: contact") if "contact" in entry else default.contact,
        exponents=exponents or None,
        correctives=tuple(_corrective(item, where) for item in correctives),
    )


def _corrective(item: Any, where: str) -> Corrective:
    told = _table(item, f"{where}: corrective")
    when = _shapes(told.get("when", []), f"{where}: corrective.when")
    add = _amounts(told.get("add", {}), f"{where}: corrective.add")
    if not when or not add:
        raise BadFile(f"{where}: a corrective needs `when` and `add`.")
    return Corrective(when, add)


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise BadFile(f"{where} must be a text, not {value!r}.")
    return value


def _table(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise BadFile(f"{where} must be a table, not {value!r}.")
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_range(value: Any) -> bool:
    is_pair = isinstance(value, list) and len(value) == 2 and all(_is_number(v) for v in value)
    return is_pair and 0.0 <= value[0] < 0.5 < value[1] <= 1.0


def _amounts(value: Any, where: str) -> dict[str, float]:
    """A table of coefficients and numbers."""
    out = {}
    for name, amount in _table(value, where).items():
        if not _is_number(amount):
            raise BadFile(f"{where}.{name} must be a number, not {amount!r}.")
        out[_shape(name, where)] = float(amount)
    return out


def _shapes(value: Any, where: str) -> tuple[str, ...]:
    """A list of coefficients."""
    if not isinstance(value, list):
        raise BadFile(f"{where} must be a list of coefficients, not {value!r}.")
    return tuple(_shape(name, where) for name in value)


def _shape(name: Any, where: str) -> str:
    if not isinstance(name, str) or name not in REGION_OF:
        raise BadFile(f"{where}: {UnknownName.among('coefficient', str(name), COEFFICIENTS)}")
    return name


@cache
def built_in_styles() -> Mapping[str, Style]:
    """The paper's four styles by id."""
    text = resources.files("mien.core").joinpath("data/styles.toml").read_text(encoding="utf-8")
    return {style.id: style for style in parse_styles(text, source="styles.toml")}


def load_styles(paths: Iterable[Path], *, taken: Collection[str] = ()) -> dict[str, Style]:
    """The built-in styles and those of the given TOML files; a later file replaces what an earlier one says of a style.

    taken: names that mean something else where a style is named.

    Raises `BadFile` that names the file, also for a style called as a built-in one: those stay as they are.
    """
    built_in = built_in_styles()
    styles = dict(built_in)
    for path in paths:
        for style in parse_styles(read_text(path, what="style"), source=str(path)):
            if style.id in built_in:
                raise BadFile(f"{path}: the style '{style.id}' comes with mien; choose another id.")
            if style.id in taken:
                raise BadFile(f"{path}: '{style.id}' means characters already; choose another id for the style.")
            styles[style.id] = style
    return styles


def read_text(path: Path, *, what: str) -> str:
    """The text of a file of one's own. what: it is to hold, for errors. Raises `BadFile` that names it."""
    try:
        return path.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadFile(f"There is no {what} file {path}. Check the path.") from error
    except IsADirectoryError as error:
        raise BadFile(f"{path} is a folder. Name one {what} file in it.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{path} is no {what} file: it is not text in UTF-8.") from error
    except OSError as error:
        raise BadFile(f"Cannot read the {what} file {path}: {error.strerror or error}.") from error
