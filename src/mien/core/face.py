"""`Face`, found in a picture; `AlignedFace`, cut out of it; `Reading`, everything a picture told about one face."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Points, Rgb, Vector, frozen
from mien.core.character import FEATURES
from mien.core.expression import Expression

FACE_POINTS: Final[tuple[str, ...]] = ("eye_right", "eye_left", "nose_tip", "mouth_corner_right", "mouth_corner_left")
"""The five points of a detected face. Left is the subject's left, so an upright face has `eye_right` at the left."""

PHOTO: Final = "photo"
"""What a real person's face looks like, beside the styles."""

Affine = NDArray[np.float32]
"""float32 (2, 3): `to = matrix @ (x, y, 1)`, named `to_from_from`."""


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face found in a picture.

    box_xyxy: float32 (4,), pixels: left, top, right, bottom; may pass the picture's border.
    score: 0..1, how sure the detector is. points: float32 (5, 2), pixels, order `FACE_POINTS`.
    """

    box_xyxy: Vector
    score: float
    points: Points

    def __post_init__(self) -> None:
        object.__setattr__(self, "box_xyxy", frozen(self.box_xyxy))
        object.__setattr__(self, "points", frozen(self.points))
        object.__setattr__(self, "score", float(self.score))

    @property
    def width_px(self) -> float:
        """Width of the box."""
        return float(self.box_xyxy[2] - self.box_xyxy[0])

    @property
    def height_px(self) -> float:
        """Height of the box."""
        return float(self.box_xyxy[3] - self.box_xyxy[1])

    @property
    def area_px(self) -> float:
        """Area of the box."""
        return max(self.width_px, 0.0) * max(self.height_px, 0.0)

    def shares(self, width_px: int, height_px: int) -> tuple[float, float, float, float]:
        """left, top, right, bottom as shares of a picture of this size, without what passes its border."""
        left, top, right, bottom = (float(v) for v in self.box_xyxy / [width_px, height_px, width_px, height_px])
        return max(0.0, left), max(0.0, top), min(1.0, right), min(1.0, bottom)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "box_xyxy": [round(float(v), 2) for v in self.box_xyxy],
            "score": round(self.score, 4),
            "points": {n: [round(float(v), 2) for v in p] for n, p in zip(FACE_POINTS, self.points, strict=True)},
        }


@dataclass(frozen=True, slots=True, eq=False)
class AlignedFace:
    """A face cut out upright and square.

    crop: uint8 (side, side, 3). image_from_crop: float32 (2, 3), takes crop pixels to picture pixels.
    """

    crop: Rgb
    image_from_crop: Affine

    @property
    def side_px(self) -> int:
        """Width and height of the crop."""
        return int(self.crop.shape[0])

    def to_image(self, points: Points) -> Points:
        """Crop points (n, 2) or (n, 3) as picture points; depth is scaled like the plane."""
        points = np.asarray(points, dtype=np.float32)
        matrix = self.image_from_crop
        plane = points[:, :2] @ matrix[:, :2].T + matrix[:, 2]
        if points.shape[1] == 2:
            return np.asarray(plane, dtype=np.float32)
        scale = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))
        return np.column_stack([plane, points[:, 2] * scale]).astype(np.float32)

    def places(self, points: Points) -> Points:
        """Picture points (n, 2) as places in the crop, float32, -1..1 from border to border."""
        linear, shift = self.image_from_crop[:, :2], self.image_from_crop[:, 2]
        inside = (np.asarray(points, dtype=np.float32) - shift) @ np.linalg.inv(linear).T
        return np.asarray((inside + 0.5) / self.side_px * 2 - 1, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing seen in a face that speaks for (share above 0) or against (below 0) an emotion.

    what: a coefficient's name, or words such as "the mouth's look". value: how strong it was, 0..1.
    share: what it added to the emotion's log-odds.
    """

    what: str
    value: float
    share: float


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Everything a picture told about one face.

    width_px, height_px: of the picture. faces: all that were found, the largest first. index: which one was read.
    landmarks: float32 (478, 3), picture pixels; depth grows away from the camera, 0 at the head's middle. (0, 3) for
    a drawn face, which has no mesh.
    presence: 0..1, how sure the mesh is that this is a real face.
    expression: what the face says. reasons: emotion -> its strongest reasons, strongest first; none for a drawn face.
    looks_like: "photo", or the style that it looks drawn in.
    agreement: 0..1, how far the two readers of a real face, encoder and mesh, say the same; None where one was asked.
    attention: float32 (4, s, s), where the encoder looked for mouth, eye, brow and cheek, each adding up to 1 over
    the square `attention_from` (its corners in picture pixels, float32 (4, 2), clockwise); None without an encoder.
    features: float32 (31, 2), picture pixels, where it sees `core.character.FEATURES`; None without an encoder.
    """

    width_px: int
    height_px: int
    faces: tuple[Face, ...]
    index: int
    landmarks: Points
    presence: float
    expression: Expression
    reasons: Mapping[str, tuple[Reason, ...]] = field(default_factory=dict)
    looks_like: str = PHOTO
    agreement: float | None = None
    attention: NDArray[np.float32] | None = None
    attention_from: Points | None = None
    features: Points | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "landmarks", frozen(self.landmarks))

    @property
    def is_drawn(self) -> bool:
        """Was it read as a drawn or rendered face, by the encoder alone?"""
        return len(self.landmarks) == 0

    @property
    def face(self) -> Face:
        """The face that was read."""
        return self.faces[self.index]

    @property
    def face_number(self) -> int:
        """Which face was read, counted from 1."""
        return self.index + 1

    @property
    def faces_found(self) -> int:
        """How many faces the picture has."""
        return len(self.faces)

    @property
    def explanation(self) -> tuple[Reason, ...]:
        """The reasons for the likeliest emotion, strongest first."""
        return self.reasons.get(self.expression.emotion.top, ())

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON (schema `mien.reading/1`); the 478 landmarks are left out."""
        return {
            "schema": "mien.reading/1",
            "picture": {"width_px": self.width_px, "height_px": self.height_px},
            "faces": [face.to_dict() for face in self.faces],
            "face": self.face_number,
            "presence": round(self.presence, 4),
            "looks_like": self.looks_like,
            "agreement": None if self.agreement is None else round(self.agreement, 4),
            "features": None
            if self.features is None
            else {name: [round(float(v), 1) for v in xy] for name, xy in zip(FEATURES, self.features, strict=True)},
            "expression": self.expression.to_dict(),
            "reasons": {
                emotion: [{"what": r.what, "value": round(r.value, 4), "share": round(r.share, 4)} for r in reasons]
                for emotion, reasons in self.reasons.items()
            },
        }
