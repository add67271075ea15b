"""What mien and the baselines answer to a row of pictures, and how long they take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb, Vector
from mien.core.emotion import Emotion
from mien.core.face import Face
from mien.errors import NoFaceFound
from mien.perception import Detector, Reader
from mien_lab.baselines import EmotionNetwork

OURS: Final = "mien"


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """One method's answers to n pictures.

    probabilities: float32 (n, 8), order `EMOTIONS`; where no face was found, all on neutral.
    found: bool (n,). ms: float64 (n,), for a picture in memory.
    """

    probabilities: NDArray[np.float32]
    found: NDArray[np.bool_]
    ms: NDArray[np.float64]


def of_crops(pictures: Iterable[Rgb], networks: Sequence[EmotionNetwork]) -> dict[str, Answers]:
    """Pictures that are faces cut out already: the baselines take them whole, mien must find the face in them."""
    return _answer(pictures, networks, lambda picture, _face: picture)


def of_photos(pictures: Iterable[Rgb], networks: Sequence[EmotionNetwork]) -> dict[str, Answers]:
    """Pictures with a face somewhere: the baselines are given the face that mien's detector found."""
    return _answer(pictures, networks, lambda picture, face: None if face is None else cut_square(picture, face))


def cut_square(picture: Rgb, face: Face) -> Rgb:
    """The square around a face that FER-2013's tiles show, the border's pixels repeated past the picture's edge.

    Its side is the height of the detector's box: on Training tiles the two agree within 3 % of size and of place.
    """
    side = max(1, round(face.height_px))
    left, top = (round(float(face.box_xyxy[i] + face.box_xyxy[i + 2] - side) / 2) for i in (0, 1))
    height, width = picture.shape[:2]
    pad = max(0, -left, -top, left + side - width, top + side - height)
    padded = np.asarray(cv2.copyMakeBorder(picture, pad, pad, pad, pad, cv2.BORDER_REPLICATE), dtype=np.uint8)
    return padded[top + pad : top + pad + side, left + pad : left + pad + side]


class _Remembering(Detector):
    """A detector whose last find can be asked for, so that one search serves every method."""

    found: Sequence[Face] = ()

    def detect(self, picture: Rgb) -> list[Face]:
        faces = super().detect(picture)
        self.found = faces
        return faces


_Row = tuple[Vector | None, float]


def _answer(
    pictures: Iterable[Rgb], networks: Sequence[EmotionNetwork], crop_of: Callable[[Rgb, Face | None], Rgb | None]
) -> dict[str, Answers]:
    detector = _Remembering()
    reader = Reader(detector=detector)
    rows: dict[str, list[_Row]] = {name: [] for name in (OURS, *(network.name for network in networks))}
    for picture in pictures:
        row, face = _read(reader, detector, picture)
        rows[OURS].append(row)
        for network in networks:
            start = time.perf_counter()
            crop = crop_of(picture, face)
            probabilities = None if crop is None else network.probabilities(crop)
            rows[network.name].append((probabilities, time.perf_counter() - start))
    return {name: _stack(answered) for name, answered in rows.items()}


def _read(reader: Reader, detector: _Remembering, picture: Rgb) -> tuple[_Row, Face | None]:
    """Mien's row, and the face it read or else the largest that was found."""
    detector.found = ()
    start = time.perf_counter()
    try:
        reading = reader.read(picture)
    except NoFaceFound:
        return (None, time.perf_counter() - start), next(iter(detector.found), None)
    return (reading.expression.emotion.probabilities, time.perf_counter() - start), reading.face


def _stack(rows: Sequence[_Row]) -> Answers:
    nothing = Emotion.neutral().probabilities
    return Answers(
        np.array([nothing if p is None else p for p, _ in rows], dtype=np.float32),
        np.array([p is not None for p, _ in rows]),
        np.array([seconds * 1000 for _, seconds in rows]),
    )
