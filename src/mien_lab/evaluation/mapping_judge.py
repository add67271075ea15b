"""A reader of drawn faces that took no part in any training of mien's: for the expression preservation score.

A small network of its own kind, fitted on true renders of the data set's training split (`mien-lab fit judge`) and kept
beside this file, so that everybody judges alike. What it says of the rig's own truth is reported beside everything that
it says: nobody can be expected to do better.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Points, Rgb
from mien.core.character import FEATURES
from mien.perception.align import cut, region_for_encoder
from mien.resources.catalogue import Resource, parse_manifest
from mien.resources.network import Network, load

SIDE: Final = 64
FIVE: Final = [
    FEATURES.index(name) for name in ("iris_right", "iris_left", "nose_tip", "mouth_corner_right", "mouth_corner_left")
]
"""Places of `core.face.FACE_POINTS` among a character's landmarks."""


def contract() -> Resource:
    """What the judge's file must be."""
    (entry,) = parse_manifest(files("mien_lab.evaluation").joinpath("judge.toml").read_text(encoding="utf-8"))
    return entry


@cache
def _network() -> Network:
    entry = contract()
    with as_file(files("mien_lab.evaluation").joinpath(entry.file)) as file:
        return load(entry, file, threads=2)


class Judge:
    """Reads any style; a face and its mirror image alike."""

    def __init__(self, network: Network | None = None) -> None:
        self._network = network or _network()

    def read(self, picture: Rgb, landmarks: Points) -> NDArray[np.float32]:
        """float32 (10,): eight probabilities, valence and arousal of one face.

        landmarks: (31, 2), pixels, where the face lies; its resting ones will do.
        """
        crop = cut(picture, region_for_encoder(landmarks[FIVE]), SIDE, stretch_border=True).crop
        (vector,) = self.read_crops(crop[None])
        return np.asarray(vector, dtype=np.float32)

    def read_crops(self, crops: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The same of squares that are cut out already: uint8 (n, SIDE, SIDE, 3) -> float32 (n, 10)."""
        return np.asarray(self._network.run(crops=crops)["vectors"], dtype=np.float32)


def cosine(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Of the angle between two vectors."""
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-9))
