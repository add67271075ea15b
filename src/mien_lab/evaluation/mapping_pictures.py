"""The sheets of docs/mapping: expressions read from pictures, on characters that no training saw."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mien.core.arrays import Rgb
from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.core.face import Reading
from mien.core.style import unbound
from mien.errors import NoFaceFound
from mien.mapping import complete
from mien.studio import Studio, pictures
from mien_lab.data import Dataset
from mien_lab.data.plan import CAST, HELD_OUT

_PAPER: Final = (250, 249, 246)
_INK: Final = (38, 40, 46)
_TARGETS: Final = tuple(name for names in zip(*HELD_OUT.values(), strict=True) for name in names)


def draw(out: Path, cast: Path) -> list[Path]:
    """Write the sheets to a folder, from a built data set. Returns their paths."""
    studio = Studio()
    found = [(picture, studio.read(picture)) for picture in _sources(studio, Dataset(cast))]
    path = out / "rig.jpg"
    pictures.save(_sheet(studio, found), path)
    return [path]


def _sources(studio: Studio, data: Dataset) -> list[Rgb]:
    """A photo, and one picture for each emotion of characters that no training saw, styles in turn."""
    from skimage import data as sample_pictures

    labels = data.labels
    out: list[Rgb] = [sample_pictures.astronaut()[:300, 90:390]]
    styles = list(HELD_OUT)
    for k, emotion in enumerate(EMOTIONS[1:]):
        shows = labels.character_held_out & (labels.origin == CAST) & (labels.style == styles[k % len(styles)])
        rows = np.flatnonzero(shows & (labels.top == EMOTIONS.index(emotion)))
        # The clearest ones first: a sheet shows what is read, not what nobody could see.
        for row in rows[np.argsort(-labels.intensity[rows], kind="stable")]:
            picture = data.picture(int(row))
            try:
                studio.read(picture)
            except NoFaceFound:
                continue
            out.append(picture)
            break
    return out


def _sheet(studio: Studio, found: list[tuple[Rgb, Reading]], *, cell: int = 150) -> NDArray[np.uint8]:
    """Sources down, targets across, drawn by their rigs."""
    top, gap = 24, 4
    sheet = Image.new("RGB", ((len(_TARGETS) + 1) * (cell + gap) + gap, len(found) * (cell + gap) + top), _PAPER)
    pen = ImageDraw.Draw(sheet)

    def put(picture: Rgb, row: int, column: int) -> None:
        image = Image.fromarray(np.ascontiguousarray(picture)).resize((cell, cell), Image.Resampling.LANCZOS)
        sheet.paste(image, (gap + column * (cell + gap), top + row * (cell + gap)))

    for column, name in enumerate(("source", *(studio.character(t).info.name for t in _TARGETS))):
        pen.text((gap + column * (cell + gap) + cell // 2, 5), name, _INK, font=ImageFont.load_default(13), anchor="ma")
    for row, (picture, reading) in enumerate(found):
        put(picture, row, 0)
        expression = shown_by(studio, reading)
        for column, target in enumerate(_TARGETS, start=1):
            (mapped,) = studio.map(expression, target, exact=True)
            put(studio.render(mapped, 2 * cell)[..., :3], row, column)
    return np.asarray(sheet)


def shown_by(studio: Studio, reading: Reading) -> Expression:
    """What a source says, its head at rest: a drawn face freed of its style's bounds, a photo completed."""
    style = studio.styles_by_id.get(reading.looks_like)
    if style is None:
        return Expression(complete(reading.expression)[0].coefficients)
    return Expression(unbound(reading.expression.coefficients, style))
