"""The pictures with labels that reading is measured on: FER-2013's PublicTest, and press photos."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb
from mien.core.emotion import EMOTIONS
from mien.errors import BadFile
from mien.perception import load_picture
from mien_lab.data import research
from mien_lab.evaluation.labels import fer_classes, majority, plurality
from mien_lab.evaluation.metrics import Classes

_SEED = 20131
_TRAINING, _PUBLIC_TEST = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class FerPublic:
    """PublicTest, or a sample of it: grey tiles uint8 (n, 48, 48), cut close around a face.

    fer, ferplus_majority, ferplus_plurality: int64 (n,), positions in `EMOTIONS`, -1 where there is no label.
    is_repeat: bool (n,), the same photo is among the Training pictures.
    """

    tiles: NDArray[np.uint8]
    fer: Classes
    ferplus_majority: Classes
    ferplus_plurality: Classes
    is_repeat: NDArray[np.bool_]

    def pictures(self) -> Iterator[Rgb]:
        for tile in self.tiles:
            yield np.repeat(tile[:, :, None], 3, axis=2)


@dataclass(frozen=True, slots=True, eq=False)
class Photos:
    """Press photos, or a sample of them: encoded pictures, and one annotator's labels as positions in `EMOTIONS`."""

    files: tuple[bytes, ...]
    labels: Classes

    def pictures(self) -> Iterator[Rgb]:
        for content in self.files:
            yield load_picture(content)


def fer_public(folder: Path, *, sample: int | None = None) -> FerPublic:
    """PublicTest from `fer2013_train_public.npz`. Raises `BadFile`."""
    path = research.fer(folder)
    try:
        with np.load(path, allow_pickle=False) as store:
            images, usage = store["images"], store["usage"]
            chosen = _sample(np.flatnonzero(usage == _PUBLIC_TEST), sample)
            votes, vote_names = store["ferplus_votes"][chosen], store["ferplus_names"].tolist()
            return FerPublic(
                images[chosen],
                fer_classes(store["fer_label"][chosen], store["fer_names"].tolist()),
                majority(votes, vote_names),
                plurality(votes, vote_names),
                repeats(images[chosen], images[usage == _TRAINING]),
            )
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadFile(f"{path.name} is not the FER-2013 archive that is expected: {error}.") from error


def photos(folder: Path, *, sample: int | None = None) -> Photos:
    """The photos of `photos.zip` and the labels of its `photos/labels.csv`. Raises `BadFile`."""
    path = research.photos(folder)
    try:
        with zipfile.ZipFile(path) as archive:
            rows = list(csv.DictReader(io.StringIO(archive.read("photos/labels.csv").decode("utf-8"))))
            chosen = [rows[i] for i in _sample(np.arange(len(rows)), sample)]
            files = tuple(archive.read(f"photos/{row['file']}") for row in chosen)
            return Photos(files, np.array([EMOTIONS.index(row["emotion"]) for row in chosen], dtype=np.int64))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise BadFile(f"{path.name} is not the archive of photos that is expected: {error}.") from error


def repeats(tiles: NDArray[np.uint8], others: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which of the tiles (n, 48, 48) show the same photo as one of the others (m, 48, 48): bool (n,).

    Same means that their 12 x 12 thumbnails correlate by more than .99, whatever brightness and contrast. FER-2013
    was gathered by web search: 9 % of PublicTest are in Training as well, most of them to the last bit.
    """
    ours, theirs = thumbnails(tiles), thumbnails(others)
    best = [(ours[i : i + 256] @ theirs.T).max(axis=1) for i in range(0, len(ours), 256)]
    return np.asarray(np.concatenate(best) > 0.99)


def thumbnails(tiles: NDArray[np.uint8]) -> NDArray[np.float32]:
    """12 x 12 thumbnails of tiles (n, 48, 48), of one brightness and contrast: float32 (n, 144), whose inner products
    are their correlations.
    """
    small = tiles.reshape(-1, 12, 4, 12, 4).mean(axis=(2, 4), dtype=np.float32).reshape(-1, 144)
    small = small - small.mean(axis=1, keepdims=True)
    return np.asarray(small / np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6))


def _sample(positions: NDArray[np.int64], count: int | None) -> NDArray[np.int64]:
    """All positions, or the same `count` of them every time."""
    if count is None or count >= len(positions):
        return positions
    return np.sort(np.random.default_rng(_SEED).choice(positions, count, replace=False))
