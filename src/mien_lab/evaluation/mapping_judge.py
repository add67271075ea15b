"""A reader of drawn faces that took no part in any training of mien's: for the expression preservation score.

Histograms of oriented gradients and logistic regression, one for each style, fitted on the data set's training
pictures. It is a modest reader, so what it says of the rig's own truth is reported beside: nobody can be expected to
do better.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Points, Rgb
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS, Emotion
from mien.perception.align import cut, region_for_encoder
from mien_lab.data import Dataset

SIDE: Final = 64
FIVE: Final = [
    FEATURES.index(name) for name in ("iris_right", "iris_left", "nose_tip", "mouth_corner_right", "mouth_corner_left")
]
"""Places of `core.face.FACE_POINTS` among a character's landmarks."""


class Judge:
    """Fitted on `per_style` pictures of every style, none of them held out."""

    def __init__(self, data: Dataset, *, per_style: int) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
        from threadpoolctl import threadpool_limits

        labels = data.labels
        rng = np.random.default_rng(0)
        self._models: dict[str, Any] = {}
        for style in np.unique(labels.style):
            known = (labels.style == style) & ~labels.character_held_out & ~labels.expression_held_out
            rows = np.flatnonzero(known)
            rows = rng.permutation(rows)[:per_style]
            x = np.stack([_seen(data.picture(int(i)), labels.landmarks[i]) for i in rows])
            # C of .003 to .03 differ by less than a point; one thread is fastest on matrices this small.
            model = make_pipeline(StandardScaler(), LogisticRegression(C=0.003, max_iter=200))
            with threadpool_limits(1):
                self._models[str(style)] = model.fit(x, labels.top[rows])

    def read(self, picture: Rgb, landmarks: Points, style: str) -> NDArray[np.float32]:
        """float32 (10,): eight probabilities, valence and arousal of one face.

        landmarks: (31, 2), pixels, where the face lies; its resting ones will do.
        """
        model = self._models[style]
        said = model.predict_proba(_seen(picture, landmarks)[None])[0]
        probabilities = np.zeros(len(EMOTIONS))
        probabilities[model.classes_] = said
        return Emotion.from_probabilities(probabilities).vector


def cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Of the angle between two vectors."""
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-9))


def _seen(picture: Rgb, landmarks: Points) -> NDArray[np.float32]:
    from skimage.feature import hog

    crop = cut(picture, region_for_encoder(landmarks[FIVE]), SIDE, stretch_border=True).crop
    grey = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY)
    return np.asarray(hog(grey, orientations=8, pixels_per_cell=(8, 8), cells_per_block=(2, 2)), dtype=np.float32)
