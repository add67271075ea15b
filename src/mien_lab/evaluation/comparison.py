"""Table 1 rebuilt, and each style left out in turn: every row trained by one recipe for the same minutes.

Rows are trained when they are missing, gone on with when they were cut short, and only measured when they are complete.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from mien.errors import InputError
from mien.perception.encode import LOOKS_LIKE
from mien_lab.data import Dataset
from mien_lab.evaluation.encoder import coefficient_figures, emotion_figures
from mien_lab.evaluation.labelled import fer_public
from mien_lab.evaluation.metrics import accuracy
from mien_lab.networks.encoder import CONFIGS, Encoder, parameters_m
from mien_lab.result import Figures, Result
from mien_lab.training import fer, loop
from mien_lab.training.augment import Loader
from mien_lab.training.encoder import Recipe, Report, Trainer, recipe_for, sources, trained

ROWS: Final = {"single stream": "single", "transformer": "transformer", "LSTM-CNN hybrid": "hybrid",
               "dual stream": "compact"}  # fmt: skip
"""Table 1's rows and the configurations that stand for them."""

OURS: Final = "dual stream"

STYLES: Final = tuple(style for style in LOOKS_LIKE if style != "photo")

PAPER: Final[Figures] = {"loso_degradation": 0.087, "cross_domain": 0.84}


@dataclass(frozen=True, slots=True)
class _Faces:
    """What every row is measured on. `held`: rows of characters that no training sees; `style`: of every cast row."""

    photos: Loader
    cast: Loader
    public: NDArray[np.int64]
    held: NDArray[np.int64]
    style: NDArray[np.str_]
    top: NDArray[np.int64]


def compare(
    data: Path,
    cast: Path,
    work: Path,
    *,
    minutes: float,
    steps: int,
    styles: Sequence[str],
    device: str,
    report: Report,
) -> Result:
    """Train what is missing for `minutes` each, or `steps` if they end first, and measure all on the same faces.

    styles: which ones are left out in turn. The figures are those of our own row; the others stand beside it.
    Raises `InputError`, `BadFile`.
    """
    if unknown := set(styles) - set(STYLES):
        raise InputError(f"There is no style {min(unknown)} to leave out. Use some of {', '.join(STYLES)}.")
    where = loop.device(device)
    work.mkdir(parents=True, exist_ok=True)
    rows: dict[str, Figures] = {}
    faces: _Faces | None = None
    told: dict[str, NDArray[np.int64]] = {}
    asked = [(name, config, "") for name, config in ROWS.items()]
    asked += [(f"without {style}", ROWS[OURS], style) for style in styles]
    for name, config, left_out in asked:
        recipe = recipe_for(config, device=device, seed=0, minutes=minutes, steps=steps, leave_out=left_out)
        faces = _ready(name, recipe, data, cast, work, where, report, faces)
        encoder = trained(work / recipe.file)
        rows[name], told[name] = _measure(encoder.to(where), faces, fer_public(data))
    assert faces is not None
    figures = dict(rows.pop(OURS))
    if styles:
        figures |= _left_out(told, faces, styles)
    return Result(
        name="comparison",
        figures=figures,
        baselines=rows,
        paper=PAPER,
        data={
            "minutes": minutes,
            "steps": steps,
            "device": str(where),
            "fer_public": len(faces.public),
            "cast_pictures": len(faces.held),
            "held_out": "PublicTest and two characters of each style took part in no training",
            "loso_degradation": "emotion accuracy on unseen characters of a style, trained with the style less trained "
            "without it, mean over styles; cross_domain: the second over the first",
        },
    )


def _ready(
    name: str, recipe: Recipe, data: Path, cast: Path, work: Path, where: torch.device, report: Report,
    faces: _Faces | None,
) -> _Faces:  # fmt: skip
    """Train a row unless it is complete; the faces to measure it on come from the same pools."""
    kept = work / recipe.file
    resume = kept.is_file()
    complete = resume and loop.is_complete(kept, steps=recipe.steps, minutes=recipe.minutes)
    if complete and faces is not None:
        return faces
    given = sources(recipe, data, cast, work, where, report)
    if not complete:
        report(f"{name}: {recipe.minutes:g} minutes or {recipe.steps} steps")
        Trainer(recipe, given, work, where, resume=resume).run(report)
    given.photos.side = given.cast.side = CONFIGS[recipe.config].side
    labels = Dataset(cast).labels
    return _Faces(
        photos=given.photos,
        cast=given.cast,
        public=np.flatnonzero(given.votes.split == fer.PUBLIC),
        held=np.flatnonzero(labels.character_held_out),
        style=labels.style,
        top=labels.top,
    )


@torch.no_grad()
def _measure(encoder: Encoder, faces: _Faces, public: Any) -> tuple[Figures, NDArray[np.int64]]:
    """Figures of a row, and the emotion it saw on every held-out picture: int64 (held,)."""
    seven, eight = [], []
    for part in np.array_split(faces.public, max(1, len(faces.public) // 64)):
        answers = encoder(faces.photos.plain(part).pictures)[1]
        seven.append(answers.fer.softmax(dim=1).cpu().numpy())
        eight.append(answers.emotion.softmax(dim=1).cpu().numpy())
    figures = emotion_figures(np.concatenate(seven), np.concatenate(eight), public)
    figures = {name: figures[name] for name in ("fer_public_acc", "ferplus_public_acc")}
    said, truth, felt = [], [], []
    for part in np.array_split(faces.held, max(1, len(faces.held) // 64)):
        batch = faces.cast.plain(part)
        answers = encoder(batch.pictures)[1]
        said.append(torch.sigmoid(answers.coefficients).cpu().numpy())
        truth.append(batch.coefficients.cpu().numpy())
        felt.append(answers.emotion.argmax(dim=1).cpu().numpy())
    told = np.concatenate(felt)
    figures |= coefficient_figures("cast", np.concatenate(said), np.concatenate(truth))
    figures["emotion_acc_cast"] = accuracy(faces.top[faces.held], told)
    # The decoder helps to train and never ships.
    figures["params_m"] = parameters_m(encoder.body) + parameters_m(encoder.heads)
    return figures, told


def _left_out(told: dict[str, NDArray[np.int64]], faces: _Faces, styles: Sequence[str]) -> Figures:
    figures: Figures = {}
    lost, kept = [], []
    for style in styles:
        rows = faces.style[faces.held] == style
        truth = faces.top[faces.held][rows]
        within, without = (accuracy(truth, told[name][rows]) for name in (OURS, f"without {style}"))
        figures[f"in_domain_{style}"], figures[f"left_out_{style}"] = within, without
        lost.append(within - without)
        kept.append(without / within if within else 0.0)
    return figures | {"loso_degradation": float(np.mean(lost)), "cross_domain": float(np.mean(kept))}
