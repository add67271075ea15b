"""What people wrote down about pictures: a JSON file beside a picture, or one CSV for a folder.

`smile.png` may have `smile.json` or `smile.png.json`; a folder may have `metadata.csv` with a column `file`. Both say
the same things (`Notes`); where both do, the JSON file wins. Coefficients may also come as face capture writes them,
one column for each ARKit shape: in `metadata.csv`, in `smile.csv` with one row, or in `arkit.csv` for a numbered
sequence, whose first row belongs to the lowest number in the folder.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from mien.core.arkit import COEFFICIENTS, as_coefficients
from mien.core.arrays import Coefficients
from mien.core.asset import BEST_RATING
from mien.errors import BadFile, MienError

CSV: Final = "metadata.csv"
TAKE: Final = "arkit.csv"
_SHAPES: Final = {name.lower(): name for name in COEFFICIENTS}
_NUMBER: Final = re.compile(r"(\d+)$")


@dataclass(frozen=True, slots=True, eq=False)
class Notes:
    """What is known about a picture beforehand; None or () where nothing is said.

    Fields mean what they do in `Asset`. coefficients: float32 (52,), from the rig that made the picture: better than
    anything that could be read from it.
    """

    character: str | None = None
    style: str | None = None
    text: str | None = None
    production: str | None = None
    sequence: str | None = None
    shot: str | None = None
    frame: int | None = None
    rating: float | None = None
    tags: tuple[str, ...] = ()
    coefficients: Coefficients | None = None

    @property
    def place(self) -> dict[str, Any]:
        """What counts for an asset's id besides its picture (`content_id`)."""
        words = {n: getattr(self, n) or "" for n in ("character", "style", "production", "sequence", "shot")}
        return {**words, "frame": self.frame}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], *, source: str) -> Notes:
        """Read plain data; empty text counts as nothing said. Raises `BadFile` that names `source`."""
        known = [f.name for f in fields(cls)]
        for key in data:
            if key not in known:
                raise BadFile(f"{source}: unknown field '{key}'. Known: {', '.join(known)}.")
        said = {key: value for key, value in data.items() if value not in (None, "", [], {})}
        out: dict[str, Any] = {}
        for key, value in said.items():
            read: Callable[[Any], Any] = _READ.get(key, _text)
            try:
                out[key] = read(value)
            except _Wanted as error:
                raise BadFile(f"{source}: {key} must be {error}, not {value!r}.") from error
            except MienError as error:
                raise BadFile(f"{source}: {error}") from error
        return cls(**out)

    def under(self, other: Notes) -> Notes:
        """These notes, with what `other` says in place of what it has an opinion on."""
        opinions = {f.name: getattr(other, f.name) for f in fields(self)}
        said = {
            name: value
            for name, value in opinions.items()
            if not (value is None or (isinstance(value, tuple) and not value))
        }
        return replace(self, **said)


class _Wanted(ValueError):
    """What a field should have been."""


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _Wanted("a text")
    return str(value)


def _whole(value: Any) -> int:
    try:
        number = float(value)
        if isinstance(value, bool) or number != int(number):
            raise ValueError
    except (TypeError, ValueError, OverflowError) as error:
        raise _Wanted("a whole number") from error
    return int(number)


def _stars(value: Any) -> float:
    try:
        stars = float(value)
        if isinstance(value, bool) or not 0.0 <= stars <= BEST_RATING:
            raise ValueError
    except (TypeError, ValueError) as error:
        raise _Wanted(f"a number between 0 and {BEST_RATING:g}") from error
    return stars


def _tags(value: Any) -> tuple[str, ...]:
    parts = value.replace(";", ",").split(",") if isinstance(value, str) else value
    if not isinstance(parts, Sequence):
        raise _Wanted("words with commas or semicolons between them")
    return tuple(word for tag in parts if (word := _text(tag).strip()))


def _coefficients(value: Any) -> Coefficients:
    try:
        return as_coefficients(json.loads(value) if isinstance(value, str) else value)
    except json.JSONDecodeError as error:
        raise _Wanted('an object such as {"jawOpen": 0.4}') from error


_READ: Final[Mapping[str, Callable[[Any], Any]]] = {
    "frame": _whole, "rating": _stars, "tags": _tags, "coefficients": _coefficients,
}  # fmt: skip
"""How the fields of `Notes` that are no texts are read."""


class Sidecars:
    """Finds the notes for pictures; reads each CSV once.

    strays: of the tables read until now, those rows that name a picture which is not there: the file, and a sentence.
    """

    def __init__(self) -> None:
        self.strays: list[tuple[Path, str]] = []
        self._tables: dict[Path, dict[str, Notes | BadFile]] = {}
        self._takes: dict[Path, tuple[int, list[Coefficients]]] = {}

    def notes(self, picture: Path) -> Notes:
        """What is known about a picture. Raises `BadFile`."""
        row = self._table(picture.parent).get(picture.name, Notes())
        if isinstance(row, BadFile):
            raise row
        notes = self._of_take(picture).under(row)
        if (own := picture.with_suffix(".csv")).is_file():
            rows = _read_shapes(own)
            if len(rows) != 1:
                raise BadFile(f"{own.name} must hold one row of coefficients, not {len(rows)}; see {TAKE} for takes.")
            notes = notes.under(Notes(coefficients=rows[0]))
        for path in (picture.with_suffix(".json"), picture.with_name(f"{picture.name}.json")):
            if path.is_file():
                notes = notes.under(_read_json(path))
        return notes

    def _of_take(self, picture: Path) -> Notes:
        """The row of the folder's take that belongs to a numbered picture."""
        path = picture.with_name(TAKE)
        number = _NUMBER.search(picture.stem)
        if number is None or not path.is_file():
            return Notes()
        if path not in self._takes:
            beside = picture.parent.glob(f"*{picture.suffix}")
            numbers = [int(found.group()) for p in beside if (found := _NUMBER.search(p.stem))]
            self._takes[path] = (min(numbers), _read_shapes(path))
        first, rows = self._takes[path]
        place = int(number.group()) - first
        return Notes(coefficients=rows[place]) if place < len(rows) else Notes()

    def _table(self, folder: Path) -> dict[str, Notes | BadFile]:
        if folder not in self._tables:
            path = folder / CSV
            rows = _read_csv(path) if path.is_file() else {}
            self._tables[folder] = {name: notes for name, (_, notes) in rows.items()}
            for name, (line, _) in rows.items():
                if not (folder / name).exists():
                    self.strays.append((path, f"{path.name}, line {line}: there is no picture {name} beside it."))
        return self._tables[folder]


def _read_shapes(path: Path) -> list[Coefficients]:
    """The rows of a table with a column for each shape, whatever else it holds. Raises `BadFile`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if not any(column and column.strip().lower() in _SHAPES for column in reader.fieldnames or ()):
                raise BadFile(f"{path.name} has no column that is a coefficient, such as jawOpen.")
            return [c for row in reader if (c := _shapes(row, f"{path.name}, line {reader.line_num}")) is not None]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _no_csv(path, error) from error


def _no_csv(path: Path, error: Exception) -> BadFile:
    if isinstance(error, UnicodeDecodeError):
        return BadFile(f"{path.name} is not text in UTF-8. Save it as CSV in UTF-8.")
    why = error.strerror or error if isinstance(error, OSError) else error
    return BadFile(f"{path.name} cannot be read as CSV: {why}.")


def _shapes(row: Mapping[str, Any], source: str) -> Coefficients | None:
    """The coefficients among the columns of a row (written in any case); None if there are none."""
    found = {_SHAPES[k.strip().lower()]: v for k, v in row.items() if k and k.strip().lower() in _SHAPES and v}
    if not found:
        return None
    values = {}
    for name, value in found.items():
        try:
            number = float(value)
        except (TypeError, ValueError) as error:
            raise BadFile(f"{source}: {name} must be a number between 0 and 1, not {value!r}.") from error
        # Capture overshoots by a little; more than that is another unit.
        values[name] = min(max(number, 0.0), 1.0) if -0.05 <= number <= 1.05 else number
    try:
        return as_coefficients(values)
    except MienError as error:
        raise BadFile(f"{source}: {error}") from error


def _read_json(path: Path) -> Notes:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise BadFile(f"{path.name} is not text in UTF-8. Save it as JSON in UTF-8.") from error
    except (OSError, ValueError) as error:
        raise BadFile(f"{path.name} is not valid JSON: {error}.") from error
    if not isinstance(data, Mapping):
        raise BadFile(f"{path.name} must hold one JSON object.")
    return Notes.from_dict(data, source=path.name)


def _read_csv(path: Path) -> dict[str, tuple[int, Notes | BadFile]]:
    """Line and notes by the picture's name; where a row is wrong, what is wrong with it: the others still count."""
    out: dict[str, tuple[int, Notes | BadFile]] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "file" not in (reader.fieldnames or ()):
                raise BadFile(f"{path.name} needs a column 'file' with the pictures' names.")
            for row in reader:
                name = row.pop("file")
                if not name:
                    continue
                try:
                    out[name] = reader.line_num, _of_row(row, f"{path.name}, line {reader.line_num}")
                except BadFile as error:
                    out[name] = reader.line_num, error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise _no_csv(path, error) from error
    return out


def _of_row(row: dict[str, Any], source: str) -> Notes:
    if None in row:
        raise BadFile(f"{source}: more fields than columns.")
    shapes = _shapes(row, source)
    notes = Notes.from_dict({k: v for k, v in row.items() if k.strip().lower() not in _SHAPES}, source=source)
    return notes if shapes is None else Notes(coefficients=shapes).under(notes)
