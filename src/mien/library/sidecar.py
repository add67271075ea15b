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
from collections.abc import Mapping
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
        try:
            for key, value in said.items():
                if key == "frame":
                    out[key] = int(value)
                elif key == "rating":
                    out[key] = float(value)
                    if not 0.0 <= out[key] <= BEST_RATING:
                        raise ValueError("rating must lie between 0 and 5")
                elif key == "tags":
                    parts = value.replace(";", ",").split(",") if isinstance(value, str) else value
                    out[key] = tuple(str(tag).strip() for tag in parts if str(tag).strip())
                elif key == "coefficients":
                    out[key] = as_coefficients(json.loads(value) if isinstance(value, str) else value)
                else:
                    out[key] = str(value)
        except (TypeError, ValueError, AttributeError, MienError) as error:
            raise BadFile(f"{source}: {error}.".replace("..", ".")) from error
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


class Sidecars:
    """Finds the notes for pictures; reads each CSV once."""

    def __init__(self) -> None:
        self._tables: dict[Path, dict[str, Notes]] = {}
        self._takes: dict[Path, tuple[int, list[Coefficients]]] = {}

    def notes(self, picture: Path) -> Notes:
        """What is known about a picture. Raises `BadFile`."""
        notes = self._of_take(picture).under(self._table(picture.parent).get(picture.name, Notes()))
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

    def _table(self, folder: Path) -> dict[str, Notes]:
        if folder not in self._tables:
            path = folder / CSV
            self._tables[folder] = _read_csv(path) if path.is_file() else {}
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
        raise BadFile(f"{path.name} cannot be read as CSV: {error}.") from error


def _shapes(row: Mapping[str, Any], source: str) -> Coefficients | None:
    """The coefficients among the columns of a row (written in any case); None if there are none."""
    found = {_SHAPES[k.strip().lower()]: v for k, v in row.items() if k and k.strip().lower() in _SHAPES and v}
    if not found:
        return None
    try:
        # Capture overshoots by a little; more than that is another unit.
        values = {name: float(value) for name, value in found.items()}
        return as_coefficients({n: min(max(v, 0.0), 1.0) if -0.05 <= v <= 1.05 else v for n, v in values.items()})
    except (ValueError, MienError) as error:
        raise BadFile(f"{source}: {error}.".replace("..", ".")) from error


def _read_json(path: Path) -> Notes:
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise BadFile(f"{path.name} is not valid JSON: {error}.") from error
    if not isinstance(data, Mapping):
        raise BadFile(f"{path.name} must hold one JSON object.")
    return Notes.from_dict(data, source=path.name)


def _read_csv(path: Path) -> dict[str, Notes]:
    out: dict[str, Notes] = {}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "file" not in (reader.fieldnames or ()):
                raise BadFile(f"{path.name} needs a column 'file' with the pictures' names.")
            for row in reader:
                name = row.pop("file")
                if None in row:
                    raise BadFile(f"{path.name}, line {reader.line_num}: more fields than columns.")
                source = f"{path.name}, line {reader.line_num}"
                shapes = _shapes(row, source)
                said = {k: v for k, v in row.items() if k.strip().lower() not in _SHAPES}
                notes = Notes.from_dict(said, source=source)
                out[name] = notes if shapes is None else Notes(coefficients=shapes).under(notes)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path.name} cannot be read as CSV: {error}.") from error
    return out
