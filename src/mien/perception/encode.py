"""The encoder: one network for real and drawn faces, from the aligned face to expression, style and latent.

Trained by `mien_lab.training.encoder` (docs/models/encoder.md). It sees a square that five points place, so it needs no
mesh of landmarks, which real faces only have.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.core.arkit import COEFFICIENTS, mirror_order
from mien.core.arrays import Coefficients, Points, Rgb, Vector, frozen
from mien.core.character import mirrored_features
from mien.core.expression import HeadPose
from mien.core.face import AlignedFace
from mien.perception.align import Region, cut, region_for_encoder, sample, wider

SIDE: Final = 128
"""Width and height of what the encoder sees, pixels."""

SMALL_SIDE: Final = 64
MARGIN: Final = 1.25
"""Photos of small faces are kept for training as crops of `SMALL_SIDE`, `MARGIN` wider than what the encoder sees."""

SURE_FROM: Final = 0.25
"""Correlation with the truth under which a coefficient of a drawn face counts as not seen."""

LOOKS_LIKE: Final = ("realistic", "cartoon", "anime", "stylized3d", "photo")
"""What a face may look like to it: the four styles, or a photo of a real person."""


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """What the encoder says of one face.

    coefficients: float32 (52,), 0..1, ARKit order. emotion: float32 (8,), adds up to 1. valence, arousal: -1..1.
    head: yaw and pitch as the network sees them; roll is that of the five points.
    style: float32 (5,), adds up to 1, order `LOOKS_LIKE`. latent: float32 (256,): identity 64, expression 128, style
    48, auxiliary 16. attention: float32 (4, s, s), for mouth, eye, brow and cheek where it looked, each adding up to 1
    over the crop. landmarks: float32 (31, 2), picture pixels, order `core.character.FEATURES`. aligned: the crop and
    where it lies in the picture.
    """

    coefficients: Coefficients
    emotion: Vector
    valence: float
    arousal: float
    head: HeadPose
    style: Vector
    latent: Vector
    attention: NDArray[np.float32]
    landmarks: Points
    aligned: AlignedFace

    @property
    def looks_like(self) -> str:
        """The likeliest of `LOOKS_LIKE`."""
        return LOOKS_LIKE[int(self.style.argmax())]


class Encoder:
    """Loads its network with the first face.

    It looks at the face and at its mirror image, and says what both agree on, so that left and right are judged alike.
    """

    def __init__(self, network: resources.Network | None = None) -> None:
        self._network = network or resources.session("encoder")
        # Frames of a camera are read several at a time: a core each costs a quarter less than both for one.
        self._of_frames = network or resources.session("encoder", threads=1)

    def read(self, picture: Rgb, points: Points) -> Encoded:
        """Encode one face.

        picture: uint8 (height, width, 3). points: float (5, 2), pixels, order `core.face.FACE_POINTS`.
        """
        return self._encoded(picture, points, self.said)

    def glance(self, picture: Rgb, points: Points) -> Encoded:
        """As `read`, without the mirror image: half the work, and left and right are not judged alike."""
        return self._encoded(picture, points, lambda crops: self._of_frames.run(crops=crops))

    def _encoded(self, picture: Rgb, points: Points, ask: Callable[[NDArray[np.uint8]], dict[str, Any]]) -> Encoded:
        region = region_for_encoder(points)
        aligned = seen_by_encoder(picture, region)
        said = {name: values[0] for name, values in ask(aligned.crop[None]).items()}
        yaw, pitch = (float(angle) for angle in said["head"])
        return Encoded(
            coefficients=said["coefficients"],
            emotion=said["emotion"],
            valence=float(said["affect"][0]),
            arousal=float(said["affect"][1]),
            head=HeadPose(yaw, pitch, region.angle_rad),
            style=said["style"],
            latent=said["latent"],
            attention=said["attention"],
            landmarks=aligned.to_image((said["landmarks"] + 1) / 2 * SIDE - 0.5),
            aligned=aligned,
        )

    def said(self, crops: NDArray[np.uint8]) -> dict[str, NDArray[Any]]:
        """Every output for crops uint8 (n, SIDE, SIDE, 3), the mirror image's opinion included."""
        given = self._network.run(crops=np.concatenate([crops, crops[:, :, ::-1]]))
        ours, theirs = ({name: values[part] for name, values in given.items()} for part in _halves(len(crops)))
        theirs = theirs | {
            "coefficients": theirs["coefficients"][:, mirror_order()],
            "head": theirs["head"] * np.array([-1, 1], dtype=np.float32),
            "attention": theirs["attention"][..., ::-1],
            "landmarks": theirs["landmarks"][:, mirrored_features()] * np.array([-1, 1], dtype=np.float32),
            # A latent has no known mirror image.
            "latent": ours["latent"],
        }
        return {name: (values + theirs[name]) / 2 for name, values in ours.items()}


@cache
def sure_of_drawn() -> Vector:
    """How far each coefficient that the encoder reads off a drawn face can be trusted: float32 (52,), 0 (unseen) .. 1.

    Measured on faces that no training saw (`mien-lab fit certainty`).
    """
    table = tomllib.loads(files("mien.perception").joinpath("data/drawn.toml").read_text(encoding="utf-8"))
    return frozen([table[name] for name in COEFFICIENTS])


def seen_by_encoder(picture: Rgb, region: Region) -> AlignedFace:
    """The crop of a face, uint8 (SIDE, SIDE, 3).

    A face smaller than `SMALL_SIDE` is cut as trainings keep such faces: sharper ones than the network knows cost it 2
    points of FER+ (.827 for .849).
    """
    aligned = cut(picture, region, SIDE, stretch_border=True)
    if region.side > SMALL_SIDE:
        return aligned
    small = cut(picture, wider(region, MARGIN), SMALL_SIDE, stretch_border=True)
    step = SMALL_SIDE / MARGIN / SIDE
    shift = (SMALL_SIDE - 1) / 2 - step * (SIDE - 1) / 2
    crop = sample(small.crop, np.array([[step, 0.0, shift], [0.0, step, shift]]), SIDE)
    return AlignedFace(crop, aligned.image_from_crop)


def _halves(n: int) -> tuple[slice, slice]:
    return slice(0, n), slice(n, 2 * n)
