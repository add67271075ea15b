"""The sheets of docs/mapping: expressions read from pictures, on characters that no training saw."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from PIL import ImageDraw

from mien.core.arrays import Rgb
from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression, HeadPose
from mien.core.face import Reading
from mien.core.looks import look
from mien.errors import NoFaceFound
from mien.mapping import complete
from mien.studio import Studio, pictures
from mien.studio.heatmap import attention_over, legend, warmed
from mien.studio.redraw import Target
from mien_lab.data import Dataset
from mien_lab.data.plan import CAST, HELD_OUT
from mien_lab.evaluation.mapping_net import precision
from mien_lab.evaluation.mapping_sheet import table

TARGETS: Final = tuple(name for names in zip(*HELD_OUT.values(), strict=True) for name in names)
"""Characters that no training saw, styles in turn."""

_SIZE: Final = 300
_LEGEND: Final = 74


def draw(out: Path, cast: Path) -> list[Path]:
    """Write the sheets to a folder, from a built data set. Returns their paths."""
    studio = Studio()
    found = [(picture, studio.read(picture)) for picture in _sources(studio, Dataset(cast))]
    targets = {name: at_rest(studio, name) for name in TARGETS}
    sheets = {
        "rig.jpg": rig_sheet(studio, found),
        "network.jpg": network_sheet(studio, found, targets),
        "attention.jpg": attention_sheet(studio, targets),
    }
    for name, sheet in sheets.items():
        pictures.save(sheet, out / name)
    return [out / name for name in sheets]


def at_rest(studio: Studio, character: str) -> Target | None:
    """A character at rest as nothing but a picture; None where no face is found in it."""
    (mapped,) = studio.map(Expression.neutral(), character, exact=True)
    try:
        return studio.target(np.ascontiguousarray(studio.render(mapped, _SIZE)[..., :3]))
    except NoFaceFound:
        return None


def rig_sheet(studio: Studio, found: list[tuple[Rgb, Reading]]) -> Rgb:
    """Sources down, targets across, drawn by their rigs."""
    rows = [[picture, *on_rigs(studio, shown_by(studio, reading))] for picture, reading in found]
    return np.asarray(table(rows, columns=("source", *(_name(studio, t) for t in TARGETS))))


def network_sheet(studio: Studio, found: list[tuple[Rgb, Reading]], targets: dict[str, Target | None]) -> Rgb:
    """The same by the network, from the pictures of the first row and nothing else."""
    rows: list[list[Rgb | None]] = [[None, *(t.picture if t else None for t in targets.values())]]
    for picture, reading in found:
        expression = shown_by(studio, reading)
        drawn = [studio.redraw(expression, t, exact=True).picture if t else None for t in targets.values()]
        rows.append([picture, *drawn])
    return np.asarray(table(rows, columns=("source", *(_name(studio, t) for t in targets))))


def attention_sheet(studio: Studio, targets: dict[str, Target | None]) -> Rgb:
    """Figure 3: where the network looks, emotions down, the first character of each style across.

    Beside each emotion is the attention precision of Table 4: the share that lies where the target's own rig moves,
    the mean over every target.
    """
    shown = [names[0] for names in HELD_OUT.values()]
    rows: list[list[Rgb | None]] = []
    labels = []
    for emotion in EMOTIONS:
        expression = look(emotion) if emotion != "neutral" else Expression.neutral()
        cells: dict[str, Rgb] = {}
        found = []
        for name, target in targets.items():
            if target is None:
                continue
            drawn = studio.redraw(expression, target, exact=True)
            high, wide = target.picture.shape[:2]
            (mapped,) = studio.map(Expression(expression.coefficients), name, exact=True)
            truth = np.ascontiguousarray(studio.render(mapped, _SIZE)[..., :3])
            found.append(precision(drawn, truth, target.picture))
            cells[name] = warmed(target.picture, attention_over(drawn.attention, drawn.attention_from, wide, high))
        rows.append([cells.get(name) for name in shown])
        labels.append(
            f"{emotion}\nprecision {np.mean(found):.2f}" if emotion != "neutral" else "neutral\nnothing moves"
        )
    styles = [studio.style(style).name for style in HELD_OUT]
    sheet = table(rows, columns=styles, labels=labels, cell=190, foot=_LEGEND)
    legend(sheet, ImageDraw.Draw(sheet), 142, sheet.height - _LEGEND + 6, 480)
    return np.asarray(sheet)


def on_rigs(studio: Studio, expression: Expression, *, size: int = _SIZE) -> list[Rgb]:
    """An expression on every one of `TARGETS`."""
    out = []
    for target in TARGETS:
        (mapped,) = studio.map(expression, target, exact=True)
        out.append(np.ascontiguousarray(studio.render(mapped, size)[..., :3]))
    return out


def shown_by(studio: Studio, reading: Reading) -> Expression:
    """What a source says, its head at rest: a drawn face freed of its style's bounds, a photo completed."""
    if reading.is_drawn:
        shown = studio.freed(reading.expression, reading.looks_like)
    else:
        shown = complete(reading.expression)[0]
    return Expression(shown.coefficients, head=HeadPose(), confidence=reading.expression.confidence)


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


def _name(studio: Studio, character: str) -> str:
    return studio.character(character).info.name
