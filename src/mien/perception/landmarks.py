"""478 landmarks of a real face by MediaPipe's mesh network, in two passes: the first finds where to look."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mien.core.arrays import Points, Rgb
from mien.core.face import AlignedFace, Face
from mien.perception.align import Region, cut, region_from_face, region_from_landmarks
from mien.resources import Network, session


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """What the mesh network saw.

    landmarks: float32 (478, 3), picture pixels, depth on the same scale. presence: 0..1, is it a face at all?
    aligned: the crop that was looked at.
    """

    landmarks: Points
    presence: float
    aligned: AlignedFace


class LandmarkReader:
    """Reads landmarks.

    network: `face_landmarks` of the manifest; the process's own one when None.
    """

    def __init__(self, network: Network | None = None) -> None:
        self._network = network or session("face_landmarks")

    def read(self, picture: Rgb, face: Face) -> Mesh:
        """Landmarks of a detected face.

        The second pass looks at the square that the first one's landmarks span; it moves them by 1 % of the face
        on average and makes the result nearly independent of the detector's jitter.
        """
        first = self.look(picture, region_from_face(face))
        second = self.look(picture, region_from_landmarks(first.landmarks))
        # Where the refined square lost the face, as on faces at the border, the first one stays.
        return second if second.presence >= 0.5 * first.presence else first

    def look(self, picture: Rgb, region: Region) -> Mesh:
        """One pass over one region."""
        aligned = cut(picture, region)
        out = self._network.run(crop=(aligned.crop[None] / np.float32(255)).astype(np.float32, copy=False))
        points = out["landmarks"].reshape(478, 3)
        logit = float(out["presence"].reshape(()))
        presence = 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))
        return Mesh(aligned.to_image(points), presence, aligned)
