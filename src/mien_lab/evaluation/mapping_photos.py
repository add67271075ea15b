"""Sixteen photos on eight characters: the sheet of docs/mapping, on which no photo is to be seen.

The people on press photos agreed to no such thing, so what is committed shows the characters alone; the whole sheet
goes where a user says.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from mien.core.arrays import Rgb
from mien.core.emotion import EMOTIONS
from mien.core.face import Reading
from mien.errors import NoFaceFound
from mien.mapping import complete
from mien.perception import load_picture
from mien.studio import Studio, pictures
from mien_lab.evaluation.labelled import photos
from mien_lab.evaluation.mapping_pictures import TARGETS, on_rigs
from mien_lab.evaluation.mapping_sheet import table

PER_LABEL: Final = 2
SMALLEST_PX: Final = 160
"""Of a photo's shorter side: smaller ones are thumbnails."""

_SEED: Final = 16


def draw(out: Path, data: Path, *, whole: Path | None = None) -> list[Path]:
    """Write `photos.jpg` to a folder: the characters alone, with what was read.

    data: the folder of `photos.zip`. whole: where the same with the photos goes. Returns the paths. Raises `BadFile`.
    """
    studio = Studio()
    chosen = choose(studio, data)
    # As `mien map` draws them: completed, the head turned as in the photo.
    drawn = [on_rigs(studio, complete(reading.expression)[0], size=240) for _, _, reading in chosen]
    labels = [_label(annotated, reading) for annotated, _, reading in chosen]
    names = [studio.character(t).info.name for t in TARGETS]
    written = [out / "photos.jpg"]
    pictures.save(np.asarray(table(drawn, columns=names, labels=labels, cell=112)), written[0])
    if whole is not None:
        rows = [[square(photo), *row] for (_, photo, _), row in zip(chosen, drawn, strict=True)]
        pictures.save(np.asarray(table(rows, columns=["photo", *names], labels=labels, cell=112)), whole)
        written.append(whole)
    return written


def choose(studio: Studio, data: Path) -> list[tuple[str, Rgb, Reading]]:
    """Two photos for each of one annotator's labels, drawn by lot with a fixed seed before any is read.

    Passed over are thumbnails and photos in which no face can be read. Returns the label, the photo and its reading.
    """
    known = photos(data)
    out: list[tuple[str, Rgb, Reading]] = []
    for k, emotion in enumerate(EMOTIONS):
        lot = np.random.default_rng([_SEED, k]).permutation(np.flatnonzero(known.labels == k))
        there = 0
        for row in lot:
            photo = load_picture(known.files[row])
            if min(photo.shape[:2]) < SMALLEST_PX:
                continue
            try:
                reading = studio.read(photo)
            except NoFaceFound:
                continue
            out.append((emotion, photo, reading))
            there += 1
            if there == PER_LABEL:
                break
    return out


def square(photo: Rgb) -> Rgb:
    """The middle of a photo."""
    side = min(photo.shape[:2])
    y, x = (photo.shape[0] - side) // 2, (photo.shape[1] - side) // 2
    return photo[y : y + side, x : x + side]


def _label(annotated: str, reading: Reading) -> str:
    read = reading.expression
    return f"{read.emotion.top}\nconfidence {read.confidence:.2f}\nlabelled {annotated}"
