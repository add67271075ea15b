"""Read a data set back: labels as arrays at once, pictures when asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb
from mien.errors import BadFile, InputError, UnknownName
from mien_lab.data.index import Index, shards
from mien_lab.data.labels import Labels
from mien_lab.data.shard import SHARD, Archive, archive, decode, labels_file, names

Rows = NDArray[np.intp]
"""int (n,): places in the data set."""


@dataclass(frozen=True, slots=True)
class Example:
    """One picture: uint8 (size, size, 3); its mask: uint8 (size, size), bits of `masks.BIT`; its labels, one row."""

    picture: Rgb
    mask: NDArray[np.uint8]
    labels: Labels


class Dataset:
    """A data set on disk, indexable by picture; light to copy to other processes.

    >>> data = Dataset(folder)                        # doctest: +SKIP
    >>> train, test = data.split("character")         # doctest: +SKIP
    >>> data[train[0]].picture.shape                  # doctest: +SKIP
    (256, 256, 3)
    """

    def __init__(self, folder: Path | str) -> None:
        """Raises `BadFile` where there is none, or only the beginning of one."""
        self.folder = Path(folder)
        self.index = Index.read(self.folder)
        if not self.index.is_whole:
            raise BadFile(f"{self.folder} is not finished. Run the command that builds it again; it goes on from here.")
        self._archives: dict[int, Archive] = {}

    def __len__(self) -> int:
        return self.index.plan.pictures

    def __getitem__(self, i: int) -> Example:
        n = self._place(i)
        return Example(self.picture(n), self.mask(n), self.labels[n : n + 1])

    def __iter__(self) -> Iterator[Example]:
        return (self[i] for i in range(len(self)))

    @cached_property
    def labels(self) -> Labels:
        """Every row, in order; about 1.2 KB a picture."""
        return Labels.joined([Labels.load(labels_file(self.folder, s)) for s in range(shards(self.index.plan))])

    def rows(self, start: int, stop: int) -> Labels:
        """The labels of pictures `start` to `stop`, read from their shards alone."""
        first = start // SHARD
        last = min((stop - 1) // SHARD + 1, shards(self.index.plan))
        parts = [Labels.load(labels_file(self.folder, s)) for s in range(first, last)]
        return Labels.joined(parts)[start - first * SHARD : stop - first * SHARD]

    def picture(self, i: int) -> Rgb:
        """uint8 (size, size, 3)."""
        return decode(self._read(i, 0))

    def mask(self, i: int) -> NDArray[np.uint8]:
        """uint8 (size, size): mouth 1, eye 2, brow 4, cheek 8; regions may overlap."""
        return decode(self._read(i, 1))

    def split(self, by: Literal["expression", "character", "style"], *, style: str = "") -> tuple[Rows, Rows]:
        """Rows to fit on, and rows to test on: expressions, one character of each style, or a whole `style` unseen.

        Raises `UnknownName` for a style that is not in the data set.
        """
        labels = self.labels
        if by == "style":
            if style not in self.index.plan.styles:
                raise UnknownName.among("style", style, self.index.plan.styles)
            held = labels.style == style
        elif by in ("expression", "character"):
            held = labels.expression_held_out if by == "expression" else labels.character_held_out
        else:
            raise UnknownName.among("split", by, ("expression", "character", "style"))
        return np.flatnonzero(~held), np.flatnonzero(held)

    def pairs(self) -> list[Rows]:
        """Rows that show the same expression, one list per pair, only pairs seen in more than one style."""
        order = np.argsort(self.labels.pair, kind="stable")
        starts = np.flatnonzero(np.diff(self.labels.pair[order])) + 1
        return [rows for rows in np.split(order, starts) if len(rows) > 1]

    def _place(self, i: int) -> int:
        n = int(i) + len(self) if i < 0 else int(i)
        if not 0 <= n < len(self):
            raise IndexError(f"The data set has {len(self)} pictures; there is no {i}.")
        return n

    def _read(self, i: int, which: int) -> bytes:
        n = self._place(i)
        shard = n // SHARD
        if shard not in self._archives:
            try:
                self._archives[shard] = Archive(archive(self.folder, shard))
            except (OSError, ValueError) as error:
                raise InputError(f"Cannot read {archive(self.folder, shard)}: {error}.") from error
        return self._archives[shard].read(names(n)[which])
