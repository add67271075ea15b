"""What people wrote down about pictures: a JSON file beside a picture, or one CSV for a folder.

`smile.png` may have `smile.json` or `smile.png.json`; a folder may have `metadata.csv` with a column `file`. Both say
the same things (`Notes`); where both do, the JSON file wins.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from mien.core.arkit import as_coefficients
from mien.core.arrays import Coefficients
from mien.core.asset import BEST_RATING
from mien.errors import BadFile, MienError

CSV: Final = "metadata.csv"


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

    def notes(self, picture: Path) -> Notes:
        """What is known about a picture. Raises `BadFile`."""
        notes = self._table(picture.parent).get(picture.name, Notes())
        for path in (picture.with_suffix(".json"), picture.with_name(f"{picture.name}.json")):
            if path.is_file():
                notes = notes.under(_read_json(path))
        return notes

    def _table(self, folder: Path) -> dict[str, Notes]:
        if folder not in self._tables:
            path = folder / CSV
            self._tables[folder] = _read_csv(path) if path.is_file() else {}
        return self._tables[folder]


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
                out[name] = Notes.from_dict(row, source=f"{path.name}, line {reader.line_num}")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path.name} cannot be read as CSV: {error}.") from error
    return out
