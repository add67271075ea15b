"""`mien-lab eval cast`: can the emotion be told from a character's picture by one who knows the others of its style?

A reader of real faces cannot judge drawings, so readability is measured two ways. (a) A small classifier (histograms
of oriented gradients, logistic regression) learns from all but one character of a style and
answers for that one; everybody is left out once. Chance is 1 in 8. (b) How far apart the pictures of two
emotions are, in steps of intensity: the distance between two prototypes over the distance between neighbouring
strengths of one prototype (60 and 80 %, 80 and 100 %). Below 1, two emotions look more alike than two shades of one.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS, prototype, prototypes
from mien.core.expression import Expression, HeadPose, scale
from mien.studio import Studio
from mien_lab.evaluation.metrics import accuracy, macro_f1, recalls
from mien_lab.result import Figures, Result

SIDE: Final = 64
_SEED: Final = 7
_IRISES: Final = [FEATURES.index("iris_left"), FEATURES.index("iris_right")]

"""uint8 (n, SIDE, SIDE): grey faces, the eyes of the resting face always at the same place."""


def evaluate(*, data: Path, quick: bool = False) -> Result:  # noqa: ARG001  # every evaluation is called alike
    """Accuracy and recall per style by leaving one character out; separation of the prototypes per style."""
    studio = Studio()
    faces = Faces(studio)
    per_emotion = 4 if quick else 12
    figures: Figures = {}
    confused: dict[str, str] = {}
    closest: dict[str, str] = {}
    told: list[NDArray[np.bool_]] = []
    for style in studio.styles():
        ids = [info.id for info in studio.built_in() if info.style == style.id]
        if not ids:
            continue
        if len(ids) > 1:
            truth, answers, whose = _left_out(faces, ids, per_emotion)
            told.append(truth == answers)
            figures[f"accuracy_{style.id}"] = accuracy(truth, answers)
            figures[f"macro_f1_{style.id}"] = macro_f1(truth, answers)
            for emotion, recall in recalls(truth, answers).items():
                figures[f"recall_{style.id}_{EMOTIONS[emotion]}"] = recall
            for i, character in enumerate(ids):
                figures[f"accuracy_{style.id}_{character}"] = accuracy(truth[whose == i], answers[whose == i])
            confused[style.id] = _worst_confusion(truth, answers)
        apart = [separations(faces, character) for character in ids]
        figures[f"separation_{style.id}"] = float(np.median([v for one in apart for v in one.values()]))
        least, character, pair = min(
            (value, character, pair) for one, character in zip(apart, ids, strict=True) for pair, value in one.items()
        )
        figures[f"separation_least_{style.id}"] = least
        closest[style.id] = f"{pair[0]} and {pair[1]} on {character}"
    if told:
        figures["accuracy"] = float(np.concatenate(told).mean())
    return Result(
        "cast",
        figures,
        data={
            "pictures_per_character": per_emotion * len(EMOTIONS),
            "seed": _SEED,
            "chance": 1 / len(EMOTIONS),
            "most_confused": confused,
            "closest_emotions": closest,
            "quick": quick,
        },
    )


class Faces:
    """Draws characters as grey squares cut round the face, placed by the irises of the resting face."""

    def __init__(self, studio: Studio) -> None:
        self._studio = studio
        self._frames: dict[str, NDArray[np.float32]] = {}

    def draw(self, character: str, expression: Expression) -> NDArray[np.uint8]:
        """uint8 (SIDE, SIDE)."""
        (mapped,) = self._studio.map(expression, character)
        picture = cv2.cvtColor(self._studio.render(mapped, 2 * SIDE)[..., :3], cv2.COLOR_RGB2GRAY)
        frame = self._frame(character)
        return np.asarray(
            cv2.warpAffine(picture, frame, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
        )

    def _frame(self, character: str) -> NDArray[np.float32]:
        """The affine map that brings the eyes to two fifths of the height, the irises a third of the width apart."""
        if character not in self._frames:
            rest = self._studio.character(character).landmarks(np.zeros(52, dtype=np.float32), 2 * SIDE)
            left, right = rest[_IRISES]
            middle, apart = (left + right) / 2, float(np.linalg.norm(left - right))
            chin = float(rest[FEATURES.index("chin")][1] - middle[1])
            # Anime chins are near, cartoon eyes are close: both axes are brought to one measure of the face.
            sx, sy = 0.36 * SIDE / apart, 0.50 * SIDE / chin
            self._frames[character] = np.array(
                [[sx, 0, SIDE / 2 - sx * middle[0]], [0, sy, 0.36 * SIDE - sy * middle[1]]], dtype=np.float32
            )
        return self._frames[character]


def separations(faces: Faces, character: str) -> dict[tuple[str, str], float]:
    """Pair of emotions -> distance of their pictures over the mean distance between neighbouring intensities."""
    full = {name: _blurred(faces.draw(character, Expression(prototype(name).coefficients))) for name in EMOTIONS}
    steps = []
    for name in EMOTIONS[1:]:
        shades = [
            *(_blurred(faces.draw(character, scale(Expression(prototype(name).coefficients), s))) for s in (0.6, 0.8)),
            full[name],
        ]
        steps += [_apart(a, b) for a, b in itertools.pairwise(shades)]
    step = max(float(np.mean(steps)), 1e-6)
    return {(a, b): _apart(full[a], full[b]) / step for a, b in itertools.combinations(EMOTIONS, 2)}


def _blurred(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    # A line that moves by its own width is a small change, not a whole one.
    return np.asarray(cv2.GaussianBlur(image.astype(np.float32), (0, 0), 1.0))


def _apart(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.sqrt(((one - other) ** 2).mean()))


def _left_out(
    faces: Faces, ids: list[str], per_emotion: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Truth, answers and place of the character in `ids`, everybody answered for by a classifier of the others."""
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    features, truth, whose = [], [], []
    for i, character in enumerate(ids):
        rng = np.random.default_rng([_SEED, i])
        for emotion, name in enumerate(EMOTIONS):
            for _ in range(per_emotion):
                features.append(_gradients(faces.draw(character, acted(rng, name))))
                truth.append(emotion)
                whose.append(i)
    x, y, who = np.stack(features), np.array(truth), np.array(whose)
    answers = np.zeros_like(y)
    # One thread: on these small matrices several wait for each other longer than they work.
    with threadpool_limits(1):
        for i in range(len(ids)):
            # C of 0.1 to 3 differ by less than 2 points.
            model = LogisticRegression(C=0.3, max_iter=300).fit(x[who != i], y[who != i])
            answers[who == i] = model.predict(x[who == i])
    return y, answers, who


def acted(rng: np.random.Generator, emotion: str) -> Expression:
    """An emotion as an actor would show it: a variant at 65 to 100 %, no shape quite as written, the head turned.

    Neutral is a trace (up to 15 %) of any other.
    """
    variants = [p for p in prototypes() if (p.emotion == emotion) != (emotion == "neutral")]
    low, high = (0.0, 0.15) if emotion == "neutral" else (0.65, 1.0)
    chosen = variants[int(rng.integers(len(variants)))]
    values = chosen.coefficients * rng.uniform(low, high) * rng.normal(1.0, 0.1, COUNT)
    return Expression(np.clip(values, 0.0, 1.0), head=HeadPose(*rng.normal(0.0, [0.1, 0.06, 0.05])))


def _gradients(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    from skimage.feature import hog

    return np.asarray(hog(image, orientations=8, pixels_per_cell=(8, 8), cells_per_block=(2, 2)), dtype=np.float32)


def _worst_confusion(truth: NDArray[np.int64], answers: NDArray[np.int64]) -> str:
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)))
    np.add.at(counts, (truth, answers), 1)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    np.fill_diagonal(shares, 0)
    i, j = np.unravel_index(int(shares.argmax()), shares.shape)
    return f"{EMOTIONS[i]} taken for {EMOTIONS[j]} ({shares[i, j]:.0%})"
