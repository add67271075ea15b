"""`Reader`: a picture in, a `Reading` out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from mien.core.arrays import Coefficients, Points, Rgb
from mien.core.emotion import Emotion
from mien.core.expression import Expression, HeadPose
from mien.core.face import Face, Reading
from mien.errors import NoFaceFound, NoSuchFace
from mien.perception.align import Region, five_points, region_from_landmarks
from mien.perception.blendshapes import BlendshapeReader
from mien.perception.calibrate import calibrate
from mien.perception.detect import Detector
from mien.perception.emotion import EmotionReader, Seen, default_emotion_reader, felt
from mien.perception.encode import LOOKS_LIKE, SIDE, Encoded, Encoder, sure_of_drawn
from mien.perception.landmarks import LandmarkReader, Mesh
from mien.perception.pose import held, pose

MIN_FACE_PX: Final = 24
"""Smallest height of a face that is read."""

_DRAWN: Final = 0.7
"""Share of cartoon, anime and stylised 3-D above which the encoder is believed that a face is drawn, whatever the mesh
sees in it."""

_RENDERED: Final = 0.98
"""The same with realistic renders among them, which are photos' likeness: of 160 press photos 2 lie above (8 above .7),
of unseen renders all."""

_SOME_STYLE: Final = 0.5
"""The same where the mesh sees no face at all."""

_PRESENCE: Final = 0.05
"""Below this the mesh saw no face; on press photos 1 % of true faces, in profile or behind hands, lie below."""

_STILL_THERE: Final = 0.5
"""Above this the mesh is believed that the face is still where the last frame had it."""

_ASKED_EVERY: Final = 3
"""What is felt is told anew in every third frame of a camera: telling takes as long as all else that reads a frame, and
feelings change more slowly than faces move."""

# Corners of the eyes and of the mouth, nose tip and chin: without these there is no expression to read.
_VITAL: Final = np.array([33, 133, 362, 263, 61, 291, 1, 13, 14, 152])


@dataclass(frozen=True, slots=True)
class Near:
    """What a frame of a camera leaves to the next: where the face is, and what was felt when that was last told.

    agreement: as in a `Reading`, of then. frames: how many frames ago, 0 for this one.
    """

    region: Region
    emotion: Emotion
    agreement: float | None
    frames: int = 0


class Reader:
    """Reads faces. Make one and keep it: the networks are loaded with the first picture.

    Every part can be replaced by another that keeps its interface. mesh_only: read without the encoder, which then
    reads real faces only.
    """

    def __init__(
        self,
        *,
        detector: Detector | None = None,
        landmarks: LandmarkReader | None = None,
        blendshapes: BlendshapeReader | None = None,
        emotion: EmotionReader | None = None,
        encoder: Encoder | None = None,
        mesh_only: bool = False,
    ) -> None:
        self._detector = detector or Detector()
        self._landmarks = landmarks or LandmarkReader()
        self._blendshapes = blendshapes or BlendshapeReader()
        self._emotion = emotion or default_emotion_reader()
        self._encoder = None if mesh_only else encoder or Encoder()

    def faces(self, picture: Rgb) -> list[Face]:
        """All faces of a picture, the largest first; an empty list if there is none.

        Drawn faces that the detector is unsure of are among them if nothing else is found.
        """
        found = self._detector.detect(picture)
        if found or self._encoder is None:
            return found
        return [f for f in self._detector.detect_drawn(picture) if self._looks_drawn(picture, f)]

    def _looks_drawn(self, picture: Rgb, face: Face) -> bool:
        assert self._encoder is not None
        return _is_drawn(self._encoder.read(picture, face.points))

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
                return self._one(picture, found, index)
            except NoFaceFound as problem:
                problems.append(problem)
        raise problems[0]

    def follow(self, picture: Rgb, near: Near | None = None) -> tuple[Reading, Near | None]:
        """Read one frame of a camera, and say where the face of the next one is to be looked for.

        near: what the frame before gave. There one look of each network is enough: nothing is searched, no second look
        is taken, reasons and attention are left out; the encoder is asked in every third frame alone, and sees no
        mirror image: a quarter of the work of `read`. Without it, and where the face has left the place, the frame is
        read whole; so is every frame of a drawn face, which gives None.

        Raises as `read` does.
        """
        if near is not None and (glimpse := self._glance(picture, near)) is not None:
            return glimpse
        reading = self.read(picture)
        return reading, None if reading.is_drawn else _near(reading)

    def _glance(self, picture: Rgb, near: Near) -> tuple[Reading, Near] | None:
        """One look at where a real face was; None if it is not there any more."""
        mesh = self._landmarks.look(picture, near.region)
        if mesh.presence < _STILL_THERE:
            return None
        plane = mesh.landmarks[:, :2]
        box = np.concatenate([plane.min(axis=0), plane.max(axis=0)])
        # The mesh's word takes the detector's place.
        face = Face(box, mesh.presence, five_points(mesh.landmarks))
        if face.height_px < MIN_FACE_PX or _is_cut_off(picture, face, mesh):
            return None
        frames = (near.frames + 1) % _ASKED_EVERY
        encoded = None
        if self._encoder is not None and frames == 0:
            encoded = self._encoder.glance(picture, face.points)
            if _is_drawn(encoded):
                return None
        posed = pose(mesh.landmarks)
        coefficients, certainty = calibrate(self._blendshapes.read(mesh.landmarks), posed)
        emotion, agreement = near.emotion, near.agreement
        if frames == 0:
            seen = Seen(coefficients, posed.frontal, posed.head, picture, mesh.landmarks, encoded)
            emotion = self._emotion.feel(seen)
            agreement = None if encoded is None else _agreement(coefficients, encoded.coefficients)
        confidence = _confidence(face, mesh, held(posed.head)) * (1.0 if agreement is None else agreement)
        reading = Reading(
            width_px=picture.shape[1],
            height_px=picture.shape[0],
            faces=(face,),
            index=0,
            landmarks=mesh.landmarks,
            presence=mesh.presence,
            expression=Expression(
                coefficients,
                head=held(posed.head),
                emotion=emotion,
                confidence=confidence,
                certainty=certainty,
            ),
            agreement=agreement,
        )
        return reading, _near(reading, frames)

    def _one(self, picture: Rgb, found: list[Face], index: int) -> Reading:
        face = found[index]
        if face.height_px < MIN_FACE_PX:
            raise NoFaceFound(
                f"The face is only {face.height_px:.0f} px tall. Use a picture where it has at least {MIN_FACE_PX} px."
            )
        mesh = self._landmarks.read(picture, face)
        if self._encoder is None:
            self._check(picture, face, mesh)
            return self._real(picture, found, index, mesh, None)
        # The mesh's points are steadier on a real face; a face that may be drawn has the detector's own alone.
        sure = mesh.presence > 0.5
        encoded = self._encoder.read(picture, five_points(mesh.landmarks) if sure else face.points)
        some_style = mesh.presence < _PRESENCE and float(encoded.style[:-1].sum()) > _SOME_STYLE
        if _is_drawn(encoded) or some_style:
            if sure and encoded.looks_like == "realistic":
                # The mesh sees a render as well as a photo, and whether it is cut off.
                self._check(picture, face, mesh)
            return _drawn(picture, found, index, mesh, self._encoder.read(picture, face.points) if sure else encoded)
        self._check(picture, face, mesh)
        if not sure:
            encoded = self._encoder.read(picture, five_points(mesh.landmarks))
        return self._real(picture, found, index, mesh, encoded)

    def _check(self, picture: Rgb, face: Face, mesh: Mesh) -> None:
        if _is_cut_off(picture, face, mesh):
            raise NoFaceFound("The face is cut off by the picture's border. Use a picture that shows all of it.")
        if mesh.presence < _PRESENCE:
            raise NoFaceFound(
                "Something like a face was found, but it cannot be read. Use a picture that shows it from the front, "
                "uncovered and sharp."
            )

    def _real(self, picture: Rgb, found: list[Face], index: int, mesh: Mesh, encoded: Encoded | None) -> Reading:
        posed = pose(mesh.landmarks)
        coefficients, certainty = calibrate(self._blendshapes.read(mesh.landmarks), posed)
        confidence = _confidence(found[index], mesh, held(posed.head))
        verdict = self._emotion.read(Seen(coefficients, posed.frontal, posed.head, picture, mesh.landmarks, encoded))
        agreement = None
        if encoded is not None:
            agreement = _agreement(coefficients, encoded.coefficients)
            confidence *= agreement
        return Reading(
            width_px=picture.shape[1],
            height_px=picture.shape[0],
            faces=tuple(found),
            index=index,
            landmarks=mesh.landmarks,
            presence=mesh.presence,
            expression=Expression(
                coefficients,
                head=held(posed.head),
                emotion=verdict.emotion,
                confidence=confidence,
                certainty=certainty,
                latent=None if encoded is None else encoded.latent,
            ),
            reasons=verdict.reasons,
            agreement=agreement,
            attention=None if encoded is None else encoded.attention,
            attention_from=None if encoded is None else _corners(encoded),
            features=None if encoded is None else encoded.landmarks,
        )


def _near(reading: Reading, frames: int = 0) -> Near:
    return Near(region_from_landmarks(reading.landmarks), reading.expression.emotion, reading.agreement, frames)


def _is_drawn(encoded: Encoded) -> bool:
    return float(encoded.style[1:-1].sum()) > _DRAWN or float(encoded.style[:-1].sum()) > _RENDERED


def _drawn(picture: Rgb, found: list[Face], index: int, mesh: Mesh, encoded: Encoded) -> Reading:
    """A drawn or rendered face: everything that is said of it comes from the encoder."""
    face = found[index]
    certainty = sure_of_drawn()
    coefficients = np.where(certainty > 0, encoded.coefficients, 0.0)
    size = min(1.0, math.sqrt(face.height_px / 100))
    # A network that hesitates between emotions or styles has seen little like this.
    sure = float(encoded.emotion.max() * encoded.style[:-1].sum())
    return Reading(
        width_px=picture.shape[1],
        height_px=picture.shape[0],
        faces=tuple(found),
        index=index,
        landmarks=np.empty((0, 3), dtype=np.float32),
        presence=mesh.presence,
        expression=Expression(
            coefficients,
            head=encoded.head,
            emotion=felt(encoded.emotion, coefficients),
            confidence=float(np.clip(face.score * size * math.sqrt(sure), 0.0, 1.0)),
            certainty=certainty,
            latent=encoded.latent,
        ),
        looks_like=LOOKS_LIKE[int(encoded.style[:-1].argmax())],
        attention=encoded.attention,
        attention_from=_corners(encoded),
        features=encoded.landmarks,
    )


def _corners(encoded: Encoded) -> Points:
    """Corners of the crop in the picture, clockwise from the upper left: float32 (4, 2)."""
    low, high = -0.5, SIDE - 0.5
    return encoded.aligned.to_image(np.array([[low, low], [high, low], [high, high], [low, high]], dtype=np.float32))


_USUAL_GAP: Final = 0.25
_WIDE_GAP: Final = 0.5
"""Mean difference of the coefficients that either reader calls raised: usual on photos, and where one must be wrong."""


def _agreement(mesh: Coefficients, encoder: Coefficients) -> float:
    """1 where both readers say the same, .5 where they contradict each other: a doubt, no verdict on who is right."""
    raised = (mesh > 0.15) | (encoder > 0.15)
    if not raised.any():
        return 1.0
    gap = float(np.abs(mesh - encoder)[raised].mean())
    return 1.0 - 0.5 * min(1.0, max(0.0, (gap - _USUAL_GAP) / (_WIDE_GAP - _USUAL_GAP)))


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
