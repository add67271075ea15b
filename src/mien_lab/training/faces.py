"""What the encoder learns from: faces cut out as at run time, with everything that is known of each.

Two pools: photos (FER-2013, with FER+ votes and with coefficients distilled from FaceLandmarker) and the cast (drawn,
with exact labels). Crops are kept a little wider than the encoder looks, so that it can be made to look elsewhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Points, Rgb
from mien.core.character import FEATURES
from mien.core.emotion import AROUSAL, VALENCE
from mien.core.face import AlignedFace
from mien.errors import BadFile
from mien.perception.align import cut, five_points, region_for_encoder, wider
from mien.perception.blendshapes import BlendshapeReader
from mien.perception.calibrate import calibrate
from mien.perception.detect import Detector
from mien.perception.encode import LOOKS_LIKE, MARGIN, SMALL_SIDE, seen_by_encoder
from mien.perception.pose import pose
from mien.resources.store import replacing
from mien_lab.data import Dataset
from mien_lab.training import fer

Array = NDArray[Any]
Progress = Callable[[int, int], None]

PHOTO_SIDE: Final = SMALL_SIDE
CAST_SIDE: Final = 160
"""Sides of the kept crops, `MARGIN` wider than what the encoder sees; a face of FER-2013 is some 45 px wide."""

_AT_ONCE: Final = 250
"""Pictures of a data set that one process cuts out at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """n faces of one origin.

    crops: uint8 (n, side, side, 1 or 3). masks: uint8 (n, 40, 40), bits of `mien_lab.data.masks.BIT`, or (0, 40, 40)
    where unknown. emotion: float32 (n, 8), soft. fer: int64 (n,), position in `FER_CLASSES`, -1 unknown.
    affect: float32 (n, 2), valence and arousal. coefficients: float32 (n, 52). trust: float32 (n,), 0..1, how far the
    coefficients count. head: float32 (n, 3), radians. identity: int64 (n,), position in `identities`, -1 unknown.
    style: int64 (n,), position in `LOOKS_LIKE`. landmarks: float32 (n, 31, 2), order `core.character.FEATURES`, -1..1
    over the kept crop, NaN where unknown. pair: int64 (n,), same number, same expression; -1 none.
    rows: int64 (n,), place in the data that it came from.
    """

    crops: NDArray[np.uint8]
    masks: NDArray[np.uint8]
    emotion: NDArray[np.float32]
    fer: NDArray[np.int64]
    affect: NDArray[np.float32]
    coefficients: NDArray[np.float32]
    trust: NDArray[np.float32]
    head: NDArray[np.float32]
    identity: NDArray[np.int64]
    style: NDArray[np.int64]
    pair: NDArray[np.int64]
    landmarks: NDArray[np.float32]
    rows: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.crops)

    def __getitem__(self, places: Array) -> Pool:
        """Some of the faces."""
        return Pool(**{f.name: v[places] if len(v := getattr(self, f.name)) else v for f in fields(self)})


def photos(folder: Path, work: Path, *, progress: Progress | None = None) -> tuple[Pool, fer.FerFaces]:
    """Every tile of FER-2013 as a face, in the order of the file; `FerFaces.split` says who is held out.

    work: a folder for the landmarks, the crops and the coefficients, which take 8 minutes to find. Raises `BadFile`.
    """
    faces = fer.load(folder, work / "fer_landmarks.npy", progress=progress)
    count = len(faces.tiles)
    kept = work / "fer_crops.npz"
    if not kept.is_file():
        crops = np.empty((count, PHOTO_SIDE, PHOTO_SIDE, 1), dtype=np.uint8)
        landmarks = np.full((count, len(FEATURES), 2), np.nan, dtype=np.float32)
        for i in range(count):
            tile = np.repeat(faces.tiles[i][:, :, None], 3, axis=2)
            seen = kept_crop(tile, five_points(faces.landmarks[i]), PHOTO_SIDE)
            crops[i] = seen.crop[:, :, :1]
            landmarks[i, list(_OF_MESH)] = seen.places(faces.landmarks[i, list(_OF_MESH.values()), :2])
        with replacing(kept) as beside, beside.open("wb") as stream:
            np.savez(stream, crops=crops, landmarks=landmarks)
    with np.load(kept, allow_pickle=False) as file:
        if len(file["crops"]) != count:
            raise BadFile(f"{kept} belongs to other pictures. Delete it and try again.")
        crops, landmarks = file["crops"], file["landmarks"]
    coefficients, head = _distilled(faces.landmarks, work / "fer_coefficients.npz")
    affect = np.stack([faces.votes @ VALENCE, faces.votes @ AROUSAL], axis=1)
    pool = Pool(
        crops=crops,
        masks=np.empty((0, 40, 40), dtype=np.uint8),
        emotion=faces.votes,
        # FER-2013 has no contempt, the last of our emotions, and otherwise our order.
        fer=faces.labels.astype(np.int64),
        affect=affect.astype(np.float32),
        coefficients=coefficients,
        # The mesh sees little on 48 px: its answer is a hint.
        trust=np.full(count, 0.3, dtype=np.float32),
        head=head,
        identity=np.full(count, -1, dtype=np.int64),
        style=np.full(count, LOOKS_LIKE.index("photo"), dtype=np.int64),
        pair=np.full(count, -1, dtype=np.int64),
        landmarks=landmarks,
        rows=np.arange(count),
    )
    return pool, faces


def cast(folder: Path, work: Path, *, progress: Progress | None = None) -> tuple[Pool, tuple[str, ...]]:
    """Every picture of a built data set as a face, and the names of `Pool.identity`.

    A face that the detector misses is cut out by its known landmarks. Raises `BadFile`.
    """
    data = Dataset(folder)
    labels = data.labels
    names = tuple(sorted(set(labels.character.tolist())))
    kept = work / f"cast_{_stamp(folder)}.npz"
    if not kept.is_file():
        parts = []
        for done, part in enumerate(_cut_all(folder, len(data)), start=1):
            parts.append(part)
            if progress:
                progress(min(done * _AT_ONCE, len(data)), len(data))
        arrays: dict[str, Any] = {name: np.concatenate([p[name] for p in parts]) for name in parts[0]}
        with replacing(kept) as beside, beside.open("wb") as stream:
            np.savez(stream, **arrays)
    with np.load(kept, allow_pickle=False) as file:
        if "landmarks" not in file:
            raise BadFile(f"{kept} was made by an older version. Delete it and try again.")
        crops, masks, landmarks = file["crops"], file["masks"], file["landmarks"]
    pool = Pool(
        crops=crops,
        masks=masks,
        emotion=labels.emotion,
        fer=np.full(len(data), -1, dtype=np.int64),
        affect=np.stack([labels.valence, labels.arousal], axis=1),
        coefficients=labels.bounded,
        trust=np.ones(len(data), dtype=np.float32),
        head=labels.head,
        identity=np.array([names.index(name) for name in labels.character.tolist()], dtype=np.int64),
        style=np.array([LOOKS_LIKE.index(style) for style in labels.style.tolist()], dtype=np.int64),
        pair=labels.pair.astype(np.int64),
        landmarks=landmarks,
        rows=np.arange(len(data)),
    )
    return pool, names


def _cut_all(folder: Path, count: int) -> Iterator[dict[str, Array]]:
    """Faces of a data set in its order, some at a time, on every core."""
    starts = range(0, count, _AT_ONCE)
    workers = min(len(os.sched_getaffinity(0)), len(starts))
    if workers < 2:
        yield from (_cut_some(folder, start) for start in starts)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_cut_some, [folder] * len(starts), starts)


def _cut_some(folder: Path, start: int) -> dict[str, Array]:
    """The faces of `_AT_ONCE` pictures from `start` on: crops, masks and landmarks as in `Pool`."""
    detector, data = Detector(), Dataset(folder)
    stop = min(start + _AT_ONCE, len(data))
    # Only these rows: the labels of a whole data set are some 50 MB.
    known = data.rows(start, stop)
    crops, masks, landmarks = [], [], []
    for i in range(start, stop):
        picture = data.picture(i)
        points = drawn_points(detector, picture, known.landmarks[i - start])
        seen = kept_crop(picture, points, CAST_SIDE)
        crops.append(seen.crop)
        # Labels count from a pixel's corner.
        landmarks.append(seen.places(known.landmarks[i - start] - 0.5))
        region = wider(region_for_encoder(points), MARGIN)
        # Bits cannot be averaged: one plane each.
        planes = np.unpackbits(data.mask(i)[:, :, None], axis=2, bitorder="little")[:, :, :4] * np.uint8(255)
        views = [cut(np.repeat(planes[:, :, k : k + 1], 3, axis=2), region, 40).crop[:, :, 0] for k in range(4)]
        masks.append(np.packbits(np.stack(views, axis=2) > 127, axis=2, bitorder="little")[:, :, 0])
    return {"crops": np.stack(crops), "masks": np.stack(masks), "landmarks": np.stack(landmarks)}


def kept_crop(picture: Rgb, points: Points, side_px: int) -> AlignedFace:
    """The encoder's square, `MARGIN` wider on every side: its crop is uint8 (side_px, side_px, 3)."""
    return cut(picture, wider(region_for_encoder(points), MARGIN), side_px, stretch_border=True)


def drawn_points(detector: Detector, picture: Rgb, landmarks: Points) -> Points:
    """The detector's five points, or where the character's own landmarks (31, 2) say they are."""
    known = np.stack([landmarks[FEATURES.index(name)] for name in _FIVE])
    size = float(np.linalg.norm(known[0] - known[1]))
    for face in detector.detect(picture):
        # Some hair has a face of its own.
        if np.linalg.norm(face.points - known, axis=1).mean() < 0.5 * size:
            return face.points
    return known


def drawn_view(detector: Detector, picture: Rgb, landmarks: Points) -> AlignedFace:
    """What the encoder sees of a drawn face whose landmarks (31, 2) are known."""
    return seen_by_encoder(picture, region_for_encoder(drawn_points(detector, picture, landmarks)))


_MESH: Final = {
    "brow_inner_left": 336, "brow_mid_left": 334, "brow_outer_left": 300, "brow_inner_right": 107,
    "brow_mid_right": 105, "brow_outer_right": 70, "lid_upper_left": 386, "lid_lower_left": 374,
    "lid_upper_right": 159, "lid_lower_right": 145, "iris_left": 473, "iris_right": 468, "nose_tip": 4,
    "mouth_corner_left": 291, "mouth_corner_right": 61, "lip_upper": 0, "lip_lower": 17, "lip_upper_inner": 13,
    "lip_lower_inner": 14, "chin": 152,
}  # fmt: skip
"""MediaPipe's landmarks that are the same place of a face as one of ours."""

_OF_MESH: Final = {FEATURES.index(name): point for name, point in _MESH.items()}

_FIVE: Final = ("iris_right", "iris_left", "nose_tip", "mouth_corner_right", "mouth_corner_left")


def _distilled(landmarks: NDArray[np.float32], kept: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """FaceLandmarker's coefficients, calibrated as at run time, float32 (n, 52); and the head, float32 (n, 3)."""
    if not kept.is_file():
        reader = BlendshapeReader()
        coefficients, heads = [], []
        for points in landmarks:
            posed = pose(points)
            coefficients.append(calibrate(reader.read(points), posed)[0])
            heads.append([posed.head.yaw_rad, posed.head.pitch_rad, posed.head.roll_rad])
        with replacing(kept) as beside, beside.open("wb") as stream:
            np.savez(stream, coefficients=np.array(coefficients, np.float32), heads=np.array(heads, np.float32))
    with np.load(kept, allow_pickle=False) as file:
        if len(file["heads"]) != len(landmarks):
            raise BadFile(f"{kept} belongs to other pictures. Delete it and try again.")
        return file["coefficients"], file["heads"]


def _stamp(folder: Path) -> str:
    return hashlib.sha256((folder / "dataset.json").read_bytes()).hexdigest()[:12]


def read_crop(crop: NDArray[np.uint8], side_px: int) -> Rgb:
    """What the encoder sees of a kept crop when nothing is shifted: uint8 (side_px, side_px, 3)."""
    side = crop.shape[0]
    half = side / 2 / MARGIN
    matrix = np.array([[2 * half / side_px, 0, 0], [0, 2 * half / side_px, 0]])
    matrix[:, 2] = (side - 1) / 2 - (side_px - 1) / 2 * matrix[0, 0]
    view = cv2.warpAffine(crop, matrix, (side_px, side_px), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    return np.repeat(view[:, :, None], 3, axis=2) if view.ndim == 2 else np.asarray(view, dtype=np.uint8)
