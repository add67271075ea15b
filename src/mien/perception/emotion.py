"""The door through which a face becomes an `Emotion`; and the readers that come with mien."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.core.arkit import COEFFICIENTS
from mien.core.arrays import Coefficients, Points, Rgb, Vector
from mien.core.emotion import AROUSAL, EMOTIONS, VALENCE, Emotion
from mien.core.expression import HeadPose
from mien.core.face import Reason
from mien.perception.encode import Encoded
from mien.perception.features import face_patch, features, groups, mirrored_features

WEIGHTS: Final = (0.15, 0.3, 0.55)
"""How far baseline, encoder and photo network count in the emotion of a real face: `mien-lab fit opinions`."""

TOP_REASONS: Final = 8
"""How many reasons are given for each emotion."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What an emotion may be read from.

    coefficients: float32 (52,), 0..1, ARKit order, calibrated. frontal: float32 (478, 3), cm, and head: see
    `pose.PosedHead`. picture: uint8 (height, width, 3). landmarks: float32 (478, 3), picture pixels. encoded: what the
    encoder says of the same face, where it was asked.
    """

    coefficients: Coefficients
    frontal: Points
    head: HeadPose
    picture: Rgb
    landmarks: Points
    encoded: Encoded | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """An emotion, and for each of the eight what spoke for and against it, strongest first."""

    emotion: Emotion
    reasons: Mapping[str, tuple[Reason, ...]]


class EmotionReader(Protocol):
    """Anything that tells an emotion from a face."""

    def read(self, seen: Seen) -> Verdict:
        """Judge one face."""
        ...

    def feel(self, seen: Seen) -> Emotion:
        """The emotion alone, by what is quick: for frames of a camera."""
        ...


class BaselineReader:
    """A small network over `features`, fitted on FER-2013 with FER+ votes (docs/models/emotion_baseline.md).

    file: an npz with mean, scale (1325,), hidden (1325, h), hidden_bias, out (h, 8), out_bias; the one of the
    manifest when None. It looks at the face and at its mirror image, so that both are judged alike.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file = file

    @cached_property
    def _weights(self) -> dict[str, NDArray[np.float32]]:
        with np.load(self._file or resources.path("emotion_baseline")) as file:
            return {name: file[name].astype(np.float32) for name in file.files}

    def logits(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        """float32 (n, 8) from feature vectors (n, 1325)."""
        w = self._weights
        hidden = np.maximum(_product(self._standard(vectors), w["hidden"]) + w["hidden_bias"], 0)
        return np.asarray(hidden @ w["out"] + w["out_bias"], dtype=np.float32)

    def probabilities(self, vectors: NDArray[Any], mirrored: NDArray[Any]) -> NDArray[np.float32]:
        """float32 (n, 8): the mean over faces and their mirror images, rows adding up to 1."""
        both = (_softmax(self.logits(vectors)) + _softmax(self.logits(mirrored))) / 2
        return np.asarray(both, dtype=np.float32)

    def read(self, seen: Seen) -> Verdict:
        """Judge one face."""
        vectors = _both_sides(seen)
        probabilities = self.probabilities(vectors[:1], vectors[1:])[0]
        shares = self.contributions(vectors).mean(axis=0)
        return Verdict(felt(probabilities, seen.coefficients), _reasons(shares, seen.coefficients))

    def feel(self, seen: Seen) -> Emotion:
        """The emotion alone: a quarter of the work."""
        vectors = _both_sides(seen)
        return felt(self.probabilities(vectors[:1], vectors[1:])[0], seen.coefficients)

    def contributions(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        """What each feature adds to each emotion's logit: float32 (n, 1325, 8) for vectors (n, 1325).

        Integrated gradients (Sundararajan et al. 2017) along the straight line from the mean face: a feature's shares
        add up to the logit's rise from the mean face, minus the mean over emotions, since only differences count.
        """
        w = self._weights
        z = self._standard(vectors)
        steps = ((np.arange(_STEPS) + 0.5) / _STEPS).astype(np.float32)
        # Along the line the hidden layer's input is linear in the step: one product serves all of them.
        rise = _product(z, w["hidden"])
        open_share = (steps[:, None, None] * rise + w["hidden_bias"] > 0).mean(axis=0, dtype=np.float32)
        out = w["out"] - w["out"].mean(axis=1, keepdims=True)
        # (h, n, 8) as one matrix, so that the large one is read once.
        slope = (open_share.T[:, :, None] * out[:, None, :]).reshape(len(out), -1)
        share = _product(slope.T, w["hidden"].T).reshape(len(z), -1, z.shape[1])
        return np.asarray(z[:, :, None] * share.transpose(0, 2, 1))

    def _standard(self, vectors: NDArray[Any]) -> NDArray[np.float32]:
        # Beyond 5 deviations a feature is broken rather than strong.
        standard = np.clip((vectors - self._weights["mean"]) * self._weights["scale"], -5, 5)
        return np.asarray(standard, dtype=np.float32)


class PhotoNetwork:
    """What is felt, told from the crop of a photo by a network that learned nothing else (docs/models/emotion.md)."""

    def __init__(self, network: resources.Network | None = None) -> None:
        self._network = network or resources.session("emotion_photos")

    def said(self, crops: NDArray[np.uint8]) -> dict[str, NDArray[np.float32]]:
        """`emotion` (n, 8) and `fer` (n, 7), probabilities, of crops uint8 (n, SIDE, SIDE, 3) as the encoder sees them:
        the mean over faces and their mirror images.
        """
        given = self._network.run(crops=np.concatenate([crops, crops[:, :, ::-1]]))
        n = len(crops)
        return {name: np.asarray((rows[:n] + rows[n:]) / 2, dtype=np.float32) for name, rows in given.items()}


class JointReader:
    """Baseline, encoder and photo network together: a weighted geometric mean of what they say. The reasons are the
    baseline's.

    weights: of the three, chosen on FER-2013's validation split (docs/models/emotion.md).
    """

    def __init__(
        self,
        baseline: BaselineReader | None = None,
        photos: PhotoNetwork | None = None,
        *,
        weights: tuple[float, float, float] = WEIGHTS,
    ) -> None:
        self._baseline = baseline or BaselineReader()
        self._photos = photos or PhotoNetwork()
        self._weights = weights

    def read(self, seen: Seen) -> Verdict:
        """Judge one face; by the baseline alone where no encoder was asked."""
        verdict = self._baseline.read(seen)
        if seen.encoded is None:
            return verdict
        photos = self._photos.said(seen.encoded.aligned.crop[None])["emotion"][0]
        opinions = [verdict.emotion.probabilities, seen.encoded.emotion, photos]
        return Verdict(felt(joined(opinions, self._weights), seen.coefficients), verdict.reasons)

    def feel(self, seen: Seen) -> Emotion:
        """The emotion alone, without asking the photo network: a frame of a camera has no time for it."""
        emotion = self._baseline.feel(seen)
        if seen.encoded is None:
            return emotion
        both = joined([emotion.probabilities, seen.encoded.emotion], self._weights[:2])
        return felt(both, seen.coefficients)


def _both_sides(seen: Seen) -> NDArray[np.float32]:
    """Features of a face and of its mirror image: float32 (2, 1325)."""
    arguments = seen.coefficients, seen.frontal, seen.head, face_patch(seen.picture, seen.landmarks)
    return np.stack([features(*arguments), mirrored_features(*arguments)])


def joined(opinions: Sequence[NDArray[Any]], weights: Sequence[float]) -> NDArray[np.float32]:
    """Geometric mean of rows of probabilities (..., k), each counted by its weight (0 or more), adding up to 1."""
    shares = np.asarray(weights) / np.sum(weights)
    logs = sum(share * np.log(np.maximum(rows, 1e-6)) for share, rows in zip(shares, opinions, strict=True))
    raised = np.exp(logs - logs.max(axis=-1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=-1, keepdims=True), dtype=np.float32)


_STEPS: Final = 32
_ONE_THREAD: Final = 262_144
"""Multiplications up to which OpenBLAS stays on one thread."""


def _product(few: NDArray[np.float32], many: NDArray[np.float32]) -> NDArray[np.float32]:
    """few (n, k) @ many (k, m) for small n, in pieces that stay on one thread.

    BLAS's own threads spin while they wait; on two cores shared with another busy process they made a whole reading
    take 110 ms instead of 25.
    """
    if len(few) > 64:  # many faces at once are worth the threads
        return np.asarray(few @ many)
    width = max(1, _ONE_THREAD // max(1, len(few) * few.shape[1]))
    pieces = [few @ many[:, start : start + width] for start in range(0, many.shape[1], width)]
    return np.concatenate(pieces, axis=1)


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


def felt(probabilities: Vector, coefficients: Coefficients) -> Emotion:
    """An `Emotion` from probabilities float (8,) and the coefficients of the same face.

    Valence and arousal are expectations over the classes; intensity says how far the face is from rest.
    A face at rest that "is" sad with p = .6 is not intensely sad: both must speak for it.
    """
    p = probabilities / probabilities.sum()
    speaking = np.array([not name.startswith("eyeLook") for name in COEFFICIENTS])
    moved = min(1.0, float(np.linalg.norm(coefficients[speaking])) / _FULL_SIZE)
    intensity = float(np.sqrt((1.0 - p[0]) * moved))
    return Emotion(p, float(p @ VALENCE), float(p @ AROUSAL), min(1.0, intensity))


_FULL_SIZE: Final = 1.8
"""Norm of the coefficients of a face at full intensity: the broadest tenth of smiles in press photos."""


def _reasons(shares: NDArray[np.float32], coefficients: Coefficients) -> dict[str, tuple[Reason, ...]]:
    names = groups()
    words = tuple(dict.fromkeys(names))
    index = np.array([words.index(name) for name in names])
    total = np.zeros((len(words), len(EMOTIONS)))
    np.add.at(total, index, shares)
    value = np.zeros(len(words))
    np.maximum.at(value, index[: len(COEFFICIENTS)], coefficients)
    loudest = np.abs(total).max()
    for i, word in enumerate(words):
        if i not in index[: len(COEFFICIENTS)]:
            # Shape and look have no value of their own: how much they matter among all reasons.
            value[i] = np.abs(total[words.index(word)]).max() / max(loudest, 1e-9)
    return {
        emotion: tuple(
            Reason(words[i], float(value[i]), float(total[i, k]))
            for i in np.argsort(-np.abs(total[:, k]))[:TOP_REASONS]
            if abs(total[i, k]) > 0.01
        )
        for k, emotion in enumerate(EMOTIONS)
    }


def default_emotion_reader() -> EmotionReader:
    """The best reader that comes with this version."""
    return JointReader()
