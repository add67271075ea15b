"""`mien-lab fit opinions`: how far baseline, encoder and photo network are to count in the emotion of a real face.

Chosen on FER-2013's validation split, which neither network learned from. The baseline that ships did, so one that did
not is fitted here and asked in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.perception.blendshapes import BlendshapeReader
from mien.perception.emotion import BaselineReader, joined
from mien.perception.encode import SIDE, Encoder
from mien_lab.evaluation.encoder import answers, photo_answers
from mien_lab.training import emotion_baseline, fer
from mien_lab.training.faces import photos, read_crop

Array = NDArray[Any]
Report = Callable[[str], None]

_STEP: Final = 0.05
"""Between the weights that are tried; all of them add up to 1."""


def fit(data: Path, work: Path, report: Report) -> dict[str, Any]:
    """Weights of the three opinions on the votes, of the two on FER-2013's own labels, and what each is right in.

    data: the folder with FER-2013. work: where faces are kept; the fitted baseline goes there as well.
    Raises `BadFile`, `ResourceMissing`.
    """
    pool, faces = photos(data, work)
    rows = faces.of(fer.VALIDATION)
    report("the baseline, without the validation split")
    baseline = _baseline_without(faces, work / "baseline_without_validation.npz", report)
    crops = np.stack([read_crop(crop, SIDE) for crop in pool.crops[rows]])
    report("encoder and photo network")
    encoder = answers(Encoder(), crops)
    photo = photo_answers(crops)
    votes, labels = faces.votes[rows], faces.labels[rows]
    opinions = [baseline.probabilities(*_vectors(faces, rows)), encoder["emotion"], photo["emotion"]]
    known = labels >= 0
    own = [encoder["fer"][known], photo["fer"][known]]
    return {
        "faces": len(rows),
        "votes": best(opinions, votes),
        "fer": best(own, np.eye(7, dtype=np.float32)[labels[known]]),
    }


def best(opinions: Sequence[Array], truth: Array) -> dict[str, Any]:
    """The weights under which the joined opinions (n, k) each tell the truth (n, k), rows of shares, best by
    cross-entropy; and how often each alone, all alike and those weights name its largest share.
    """

    def surprise(weights: Sequence[float]) -> float:
        return float(-(truth * np.log(joined(opinions, weights))).sum(axis=1).mean())

    def right(weights: Sequence[float]) -> float:
        return float((joined(opinions, weights).argmax(axis=1) == truth.argmax(axis=1)).mean())

    count = len(opinions)
    steps = round(1 / _STEP)
    tried = [w for w in product(range(steps + 1), repeat=count) if sum(w) == steps]
    chosen = [w / steps for w in min(tried, key=surprise)]
    alone = np.eye(count).tolist()
    return {
        "weights": chosen,
        "right_alone": [right(weights) for weights in alone],
        "right_alike": right([1] * count),
        "right": right(chosen),
        "cross_entropy_alone": [surprise(weights) for weights in alone],
        "cross_entropy": surprise(chosen),
    }


def _baseline_without(faces: fer.FerFaces, file: Path, report: Report) -> BaselineReader:
    if not file.is_file():
        rows = faces.of(fer.TRAIN)
        straight, mirrored = _vectors(faces, rows)
        report("fitting")
        weights = emotion_baseline.train(straight, mirrored, faces.votes[rows], emotion_baseline.Recipe(), 1)
        emotion_baseline.store(weights, file)
    return BaselineReader(file)


def _vectors(faces: fer.FerFaces, rows: Array) -> tuple[Array, Array]:
    """What the baseline sees of these tiles and of their mirror images: float32 (n, 1325) each."""
    blendshapes = BlendshapeReader()
    pictures = (np.repeat(faces.tiles[i][:, :, None], 3, axis=2) for i in rows)
    both = [
        emotion_baseline.vectors(picture, points, blendshapes)
        for picture, points in zip(pictures, faces.landmarks[rows], strict=True)
    ]
    straight, mirrored = zip(*both, strict=True)
    return np.stack(straight), np.stack(mirrored)
