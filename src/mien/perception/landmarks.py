"""478 landmarks of a real face by MediaPipe's mesh network, in passes: each finds where the next one looks."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from mien.core.arrays import Points, Rgb
from mien.core.face import AlignedFace, Face
from mien.perception.align import Region, cut, region_from_box, region_from_face, region_from_landmarks
from mien.resources import Network, session


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """What the mesh network saw.

    landmarks: float32 (478, 3), picture pixels, depth on the same scale. presence: 0..1, is it a face at all?
    aligned: the crop that was looked at.
    """

    landmarks: Points
    presence: float
    region: Region
    aligned: AlignedFace


_MOST_PASSES: Final = 4
_SETTLED_RAD: Final = 0.2
"""A pass that turned the square by more than this is followed by another one."""
_DOUBTFUL: Final = 0.5


class LandmarkReader:
    """Reads landmarks.

    network: `face_landmarks` of the manifest; the process's own one when None.
    """

    def __init__(self, network: Network | None = None) -> None:
        self._network = network or session("face_landmarks")

    def read(self, picture: Rgb, face: Face) -> Mesh:
        """Landmarks of a detected face.

        The second pass looks at the square that the first one's landmarks span; it moves them by 1 % of the face
        on average and makes the result nearly independent of the detector's jitter. Faces that lie on their side or
        upside down, where the detector's points cannot be trusted, are looked at in all four quarter turns.
        """
        best = self._refined(picture, region_from_face(face))
        if best.presence < _DOUBTFUL:
            upright = region_from_box(face)
            turned = [replace(upright, angle_rad=quarter * math.pi / 2) for quarter in range(4)]
            likely = max((self.look(picture, region) for region in turned), key=lambda mesh: mesh.presence)
            if likely.presence > best.presence:
                again = self._refined(picture, region_from_landmarks(likely.landmarks))
                best = max(best, likely, again, key=lambda mesh: mesh.presence)
        return best

    def _refined(self, picture: Rgb, region: Region) -> Mesh:
        mesh = self.look(picture, region)
        for _ in range(_MOST_PASSES - 1):
            better = region_from_landmarks(mesh.landmarks)
            turned = abs(math.remainder(better.angle_rad - mesh.region.angle_rad, 2 * math.pi))
            following = self.look(picture, better)
            # Where the refined square loses the face, as it may at the picture's border, the one before stays.
            if following.presence < 0.5 * mesh.presence:
                return mesh
            mesh = following
            if turned < _SETTLED_RAD:
                break
        return mesh

    def look(self, picture: Rgb, region: Region) -> Mesh:
        """One pass over one region."""
        aligned = cut(picture, region)
        out = self._network.run(crop=(aligned.crop[None] / np.float32(255)).astype(np.float32, copy=False))
        points = out["landmarks"].reshape(478, 3)
        logit = float(out["presence"].reshape(()))
        presence = 1 / (1 + math.exp(-max(-60.0, min(60.0, logit))))
        return Mesh(aligned.to_image(points), presence, region, aligned)
