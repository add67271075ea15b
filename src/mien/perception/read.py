"""`Reader`: a picture in, a `Reading` out."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from mien.core.arrays import Rgb
from mien.core.expression import Expression, HeadPose
from mien.core.face import Face, Reading
from mien.errors import NoFaceFound, NoSuchFace
from mien.perception.blendshapes import BlendshapeReader
from mien.perception.calibrate import calibrate
from mien.perception.detect import Detector
from mien.perception.emotion import EmotionReader, Seen, default_emotion_reader
from mien.perception.landmarks import LandmarkReader, Mesh
from mien.perception.pose import pose

MIN_FACE_PX: Final = 24
"""Smallest height of a face that is read."""

_PRESENCE: Final = 0.05
"""Below this the mesh saw no face; on press photos 1 % of true faces, in profile or behind hands, lie below."""

# Corners of the eyes and of the mouth, nose tip and chin: without these there is no expression to read.
_VITAL: Final = np.array([33, 133, 362, 263, 61, 291, 1, 13, 14, 152])


class Reader:
    """Reads faces. Make one and keep it: the networks are loaded with the first picture.

    Every part can be replaced by another that keeps its interface.
    """

    def __init__(
        self,
        *,
        detector: Detector | None = None,
        landmarks: LandmarkReader | None = None,
        blendshapes: BlendshapeReader | None = None,
        emotion: EmotionReader | None = None,
    ) -> None:
        self._detector = detector or Detector()
        self._landmarks = landmarks or LandmarkReader()
        self._blendshapes = blendshapes or BlendshapeReader()
        self._emotion = emotion or default_emotion_reader()

    def faces(self, picture: Rgb) -> list[Face]:
        """All faces of a picture, the largest first; an empty list if there is none."""
        return self._detector.detect(picture)

    def read(self, picture: Rgb, *, face: int | None = None) -> Reading:
        """Read one face of a picture.

        picture: uint8 (height, width, 3). face: which one, counted from 1, the largest first; None takes the largest
        that can be read.

        Raises `NoFaceFound` if there is none, or it is too small or cut off; `NoSuchFace`.
        """
        found = self.faces(picture)
        if not found:
            raise NoFaceFound(
                f"No face in the picture. Use one where a face is in view and at least {MIN_FACE_PX} px tall."
            )
        if face is not None and not 1 <= face <= len(found):
            faces = "one face" if len(found) == 1 else f"{len(found)} faces, numbered from the largest"
            raise NoSuchFace(f"There is no face {face}: the picture has {faces}.")
        order = range(len(found)) if face is None else [face - 1]
        problems: list[NoFaceFound] = []
        for index in order:
            try:
                mesh = self._mesh(picture, found[index])
            except NoFaceFound as problem:
                problems.append(problem)
            else:
                return self._reading(picture, found, index, mesh)
        raise problems[0]

    def _mesh(self, picture: Rgb, face: Face) -> Mesh:
        if face.height_px < MIN_FACE_PX:
            raise NoFaceFound(
                f"The face is only {face.height_px:.0f} px tall. Use a picture where it has at least {MIN_FACE_PX} px."
            )
        mesh = self._landmarks.read(picture, face)
        if _is_cut_off(picture, face, mesh):
            raise NoFaceFound("The face is cut off by the picture's border. Use a picture that shows all of it.")
        if mesh.presence < _PRESENCE:
            raise NoFaceFound(
                "Something like a face was found, but it cannot be read. Use a picture that shows it from the front, "
                "uncovered and sharp."
            )
        return mesh

    def _reading(self, picture: Rgb, found: list[Face], index: int, mesh: Mesh) -> Reading:
        posed = pose(mesh.landmarks)
        coefficients, certainty = calibrate(self._blendshapes.read(mesh.landmarks), posed)
        confidence = _confidence(found[index], mesh, posed.head)
        verdict = self._emotion.read(Seen(coefficients, posed.frontal, posed.head, picture, mesh.landmarks))
        return Reading(
            width_px=picture.shape[1],
            height_px=picture.shape[0],
            faces=tuple(found),
            index=index,
            landmarks=mesh.landmarks,
            presence=mesh.presence,
            expression=Expression(
                coefficients,
                head=posed.head,
                emotion=verdict.emotion,
                confidence=confidence,
                certainty=certainty,
            ),
            reasons=verdict.reasons,
        )


def _is_cut_off(picture: Rgb, face: Face, mesh: Mesh) -> bool:
    """Do parts lie outside without which there is no expression? A missing forehead or ear does no harm."""
    limit = np.array([picture.shape[1], picture.shape[0]]) - 1.0
    slack = 0.04 * face.height_px
    vital = mesh.landmarks[_VITAL, :2]
    outside = ((vital < -slack) | (vital > limit + slack)).any(axis=1).sum() > 1
    low, high = face.box_xyxy[:2], face.box_xyxy[2:]
    at_border = bool((low < slack).any() or (high > limit - slack).any())
    return bool(outside or (at_border and mesh.presence < _PRESENCE))


def _confidence(face: Face, mesh: Mesh, head: HeadPose) -> float:
    """How far a reading can be trusted, 0..1: the product of five doubts.

    Detector and mesh each say whether it is a face; below 100 px, past 20 degrees of yaw and without detail in the
    crop the coefficients drift.
    """
    size = min(1.0, math.sqrt(face.height_px / 100))
    turned = max(abs(head.yaw_rad), 0.8 * abs(head.pitch_rad))
    frontal = 1.0 - 0.8 * min(1.0, max(0.0, (turned - 0.35) / 0.85))
    grey = cv2.cvtColor(mesh.aligned.crop, cv2.COLOR_RGB2GRAY)[64:192, 64:192]
    # Contrast of the finest detail: 20 and more on sharp press photos, below 3 on faces of 30 px.
    detail = float(cv2.Laplacian(grey, cv2.CV_32F).std())
    sharp = min(1.0, 0.5 + detail / 16)
    return float(np.clip(face.score * mesh.presence * size * frontal * sharp, 0.0, 1.0))
