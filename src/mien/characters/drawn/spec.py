"""Read a character file's tables strictly: every miss or slip becomes a `BadFile` that names file and key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mien.characters.drawn.colour import is_colour
from mien.errors import BadFile, UnknownName


class Table:
    """One table of a character file. Each key is read once; `finish` refuses keys nobody asked for."""

    def __init__(self, data: Mapping[str, Any], *, source: str, path: str = "") -> None:
        """source: the file's name, for errors. path: the dotted name of this table inside it."""
        self._data = data
        self._source = source
        self._path = path
        self._seen: set[str] = set()

    def fail(self, key: str, wanted: str) -> BadFile:
        """The error for a key that does not say what it should."""
        return BadFile(f"{self._source}: {self._name(key)} must be {wanted}, not {self._data.get(key)!r}.")

    @property
    def where(self) -> str:
        """File and table, for errors."""
        return f"{self._source}: {self._path}" if self._path else self._source

    def __contains__(self, key: str) -> bool:
        return key in self._data

    def number(self, key: str, default: float | None = None, *, low: float = -1e4, high: float = 1e4) -> float:
        """A number between two bounds."""
        value = self._get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise self.fail(key, f"a number from {low:g} to {high:g}")
        return float(value)

    def flag(self, key: str, default: bool | None = None) -> bool:
        """true or false."""
        value = self._get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, "true or false")
        return value

    def text(self, key: str, default: str | None = None) -> str:
        """A non-empty string."""
        value = self._get(key, default)
        if not isinstance(value, str) or not value:
            raise self.fail(key, "a text")
        return value

    def choice(self, key: str, among: Iterable[str], default: str | None = None) -> str:
        """One of the named parts."""
        value = self.text(key, default)
        known = sorted(among)
        if value not in known:
            raise BadFile(f"{self._source}: {self._name(key)}: {UnknownName.among('choice', value, known)}")
        return value

    def colour(self, key: str, default: str | None = None) -> str:
        """`#rrggbb`."""
        value = self._get(key, default)
        if not is_colour(value):
            raise self.fail(key, 'a colour such as "#c68642"')
        return str(value)

    def numbers(self, key: str, default: tuple[float, ...] | None = None, *, count: int | None = None) -> list[float]:
        """A list of numbers, `count` of them if given."""
        value = self._get(key, default)
        good = isinstance(value, list | tuple) and all(
            isinstance(v, int | float) and not isinstance(v, bool) for v in value
        )
        if not good or (count is not None and len(value) != count):
            raise self.fail(key, f"a list of {count if count is not None else 'some'} numbers")
        return [float(v) for v in value]

    def rows(self, key: str, width: int, default: tuple[tuple[float, ...], ...] | None = None) -> list[list[float]]:
        """A list of lists of `width` numbers, such as points."""
        value = self._get(key, default)
        if not isinstance(value, list | tuple) or not all(
            isinstance(row, list | tuple)
            and len(row) == width
            and all(isinstance(v, int | float) and not isinstance(v, bool) for v in row)
            for row in value
        ):
            raise self.fail(key, f"a list of lists of {width} numbers")
        return [[float(v) for v in row] for row in value]

    def texts(self, key: str, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        value = self._get(key, default)
        if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
            raise self.fail(key, "a list of texts")
        return tuple(value)

    def table(self, key: str) -> Table:
        """A table inside this one; empty if left out."""
        value = self._get(key, {})
        if not isinstance(value, Mapping):
            raise self.fail(key, "a table")
        return Table(value, source=self._source, path=self._name(key))

    def tables(self, key: str) -> list[Table]:
        """An array of tables; empty if left out."""
        value = self._get(key, [])
        if not isinstance(value, list | tuple) or not all(isinstance(v, Mapping) for v in value):
            raise self.fail(key, "an array of tables")
        return [Table(entry, source=self._source, path=f"{self._name(key)}[{i}]") for i, entry in enumerate(value)]

    def items(self) -> list[tuple[str, Any]]:
        """All keys and values, for tables whose keys are data."""
        self._seen.update(self._data)
        return list(self._data.items())

    def skip(self, *keys: str) -> None:
        """Keys that somebody else reads."""
        self._seen.update(keys)

    def finish(self) -> None:
        """Refuse keys that nobody asked for: a typo must not be ignored."""
        for key in self._data:
            if key not in self._seen:
                known = sorted(self._seen)
                raise BadFile(f"{self._source}: {self._name(key)}: {UnknownName.among('key', key, known)}")

    def _name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _get(self, key: str, default: Any) -> Any:
        self._seen.add(key)
        value = self._data.get(key, default)
        if value is None:
            raise BadFile(f"{self._source} needs {self._name(key)}.")
        return value
