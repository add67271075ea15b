"""Reading real faces: what a smile is, whose left is left, and what is said when there is nothing to read."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from mien.core.arkit import COEFFICIENTS, mirror_order
from mien.core.emotion import EMOTIONS
from mien.errors import NoFaceFound, NoSuchFace
from mien.perception import Reader, draw_overlay


@pytest.fixture(scope="module")
def smile(reader, astronaut):
    return reader.read(astronaut)


def resized(picture, width):
    return cv2.resize(
        picture, (width, round(width * picture.shape[0] / picture.shape[1])), interpolation=cv2.INTER_AREA
    )


def test_the_astronaut_smiles(smile):
    expression = smile.expression
    assert expression["mouthSmileLeft"] > 0.7
    assert expression["mouthSmileRight"] > 0.7
    assert expression["mouthFrownLeft"] < 0.05
    assert expression["eyeBlinkLeft"] < 0.15
    assert expression["mouthPucker"] < 0.05
    assert expression.emotion.top == "happiness"
    assert expression.emotion.valence > 0.5
    assert expression.emotion.intensity > 0.4
    assert expression.confidence > 0.8
    assert abs(expression.head.yaw_rad) < 0.15


def test_the_box_and_the_points_lie_on_her_face(smile):
    assert smile.faces_found == 1
    assert smile.face_number == 1
    assert smile.face.box_xyxy == pytest.approx([180, 60, 271, 176], abs=6)
    right_eye, left_eye, nose, *_ = smile.face.points
    assert right_eye == pytest.approx([204, 101], abs=4)
    assert left_eye == pytest.approx([246, 104], abs=4)
    assert np.linalg.norm(smile.landmarks[1, :2] - nose) < 10
    assert (smile.width_px, smile.height_px) == (512, 512)


def test_what_cannot_be_seen_is_unknown_and_not_zero(smile):
    certainty = dict(zip(COEFFICIENTS, smile.expression.certainty, strict=True))
    assert certainty["tongueOut"] == 0
    assert certainty["cheekPuff"] == 0
    assert certainty["jawForward"] == 0
    assert 0 < certainty["noseSneerLeft"] < 0.5
    assert certainty["mouthSmileLeft"] > 0.9


def test_the_reasons_name_the_smile_and_add_up(smile):
    reasons = smile.reasons["happiness"]
    assert reasons == smile.explanation
    assert any(r.what == "mouthSmile" and r.share > 0.1 and r.value > 0.7 for r in reasons)
    assert set(smile.reasons) == set(EMOTIONS)
    for listed in smile.reasons.values():
        strengths = [abs(r.share) for r in listed]
        assert strengths == sorted(strengths, reverse=True)


def test_a_mirrored_face_reads_as_the_mirror_image(reader, astronaut, smile):
    mirrored = reader.read(np.ascontiguousarray(astronaut[:, ::-1])).expression
    straight = smile.expression
    assert np.abs(mirrored.coefficients - straight.coefficients[mirror_order()]).max() < 0.3
    assert np.abs(mirrored.coefficients - straight.coefficients[mirror_order()]).mean() < 0.04
    assert mirrored.head.yaw_rad == pytest.approx(-straight.head.yaw_rad, abs=0.04)
    assert mirrored.head.roll_rad == pytest.approx(-straight.head.roll_rad, abs=0.04)
    assert mirrored.emotion.probabilities == pytest.approx(straight.emotion.probabilities, abs=0.08)


def test_the_left_eye_is_the_subjects_left(reader, smile):
    closed = smile.landmarks.copy()
    # Upper lid onto lower lid, on the eye at the picture's right.
    for upper, lower in ((386, 374), (385, 380), (387, 373), (384, 381), (388, 390), (398, 382), (466, 249)):
        closed[upper, :2] = closed[lower, :2]
    from mien.perception.blendshapes import BlendshapeReader
    from mien.perception.calibrate import calibrate
    from mien.perception.pose import pose

    coefficients, _ = calibrate(BlendshapeReader().read(closed), pose(closed))
    values = dict(zip(COEFFICIENTS, coefficients, strict=True))
    assert values["eyeBlinkLeft"] > 0.8
    assert values["eyeBlinkRight"] < 0.15


def test_both_eyes_look_the_same_way(smile):
    e = smile.expression
    assert e["eyeLookOutLeft"] == e["eyeLookInRight"]
    assert e["eyeLookInLeft"] == e["eyeLookOutRight"]
    assert e["eyeLookUpLeft"] == e["eyeLookUpRight"]
    assert min(e["eyeLookOutLeft"], e["eyeLookInLeft"]) == 0
    assert min(e["eyeLookUpLeft"], e["eyeLookDownLeft"]) == 0


@pytest.mark.parametrize("width", [1400, 256, 128])
def test_the_size_of_the_picture_does_not_change_the_smile(reader, astronaut, smile, width):
    other = reader.read(resized(astronaut, width))
    assert np.abs(other.expression.coefficients - smile.expression.coefficients).mean() < 0.05
    assert other.expression["mouthSmileLeft"] > 0.7
    assert other.expression.emotion.top == "happiness"


def test_a_small_face_is_less_sure(reader, astronaut, smile):
    assert reader.read(resized(astronaut, 140)).expression.confidence < smile.expression.confidence


def test_grey_noise_compression_and_darkness_keep_the_smile(reader, astronaut):
    grey = np.repeat(cv2.cvtColor(astronaut, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    rng = np.random.default_rng(0)
    noisy = np.clip(astronaut + rng.normal(0, 18, astronaut.shape), 0, 255).astype(np.uint8)
    squeezed = cv2.imdecode(cv2.imencode(".jpg", astronaut, [cv2.IMWRITE_JPEG_QUALITY, 12])[1], cv2.IMREAD_COLOR)
    dark = (astronaut * 0.3).astype(np.uint8)
    for picture in (grey, noisy, squeezed, dark):
        reading = reader.read(np.ascontiguousarray(picture))
        assert min(reading.expression["mouthSmileLeft"], reading.expression["mouthSmileRight"]) > 0.7
        assert reading.expression.emotion.top == "happiness"


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_photos_that_lost_their_rotation_are_read(reader, astronaut, turns):
    reading = reader.read(np.ascontiguousarray(np.rot90(astronaut, turns)))
    assert reading.expression["mouthSmileLeft"] > 0.7
    assert abs(reading.expression.head.roll_rad) > 1.2


def test_a_face_that_fills_the_picture_is_found(reader, astronaut):
    reading = reader.read(np.ascontiguousarray(astronaut[60:185, 170:280]))
    assert reading.expression["mouthSmileLeft"] > 0.7


def test_several_faces_are_numbered_from_the_largest(reader, face_crop):
    small = resized(face_crop, 110)
    scene = np.full((260, 640, 3), 128, dtype=np.uint8)
    scene[20:200, 20:200] = face_crop
    scene[60:170, 260:370] = small[:, ::-1]
    scene[80:180, 480:580] = resized(face_crop, 100)
    faces = reader.faces(scene)
    assert [f.area_px for f in faces] == sorted((f.area_px for f in faces), reverse=True)
    assert reader.read(scene).faces_found == 3
    assert reader.read(scene).face.box_xyxy[2] < 210
    second = reader.read(scene, face=2)
    assert second.face_number == 2
    assert 250 < second.face.box_xyxy[0] < 380
    with pytest.raises(NoSuchFace, match="no face 4: the picture has 3 faces"):
        reader.read(scene, face=4)
    with pytest.raises(NoSuchFace, match="no face 0"):
        reader.read(scene, face=0)


def test_no_face_small_faces_and_cut_faces_say_what_to_do(reader, astronaut, face_crop):
    from skimage import data

    for empty in (data.coffee(), np.full((300, 300, 3), 255, np.uint8), np.zeros((1, 1, 3), np.uint8)):
        with pytest.raises(NoFaceFound, match="Use one where a face is in view"):
            reader.read(empty)
    tiny = np.full((120, 120, 3), 128, np.uint8)
    tiny[40:70, 40:70] = resized(face_crop, 30)
    with pytest.raises(NoFaceFound, match="px tall"):
        reader.read(tiny)
    for half in (astronaut[:, 226:], astronaut[:, :222], astronaut[118:], astronaut[:128]):
        with pytest.raises(NoFaceFound, match=r"cut off|No face in the picture|cannot be read"):
            reader.read(np.ascontiguousarray(half))


def test_reading_twice_gives_the_same(reader, astronaut, smile):
    again = Reader().read(astronaut)
    assert again.expression == smile.expression
    assert again.to_dict() == smile.to_dict()


def test_the_overlay_draws_on_the_face_and_nowhere_else(reader, astronaut):
    large = cv2.resize(astronaut, (1536, 1536), interpolation=cv2.INTER_CUBIC)
    reading = reader.read(large)
    drawn = draw_overlay(large, reading)
    assert drawn.shape == large.shape
    changed = (drawn != large).any(axis=2)
    left, top, right, bottom = reading.face.box_xyxy.astype(int)
    pad = 60
    outside = changed.copy()
    outside[top - pad : bottom + pad, left - pad : right + pad] = False
    assert not outside.any()
    assert 0.03 < changed[top:bottom, left:right].mean() < 0.4


def test_the_overlay_of_a_small_picture_is_enlarged(reader, astronaut, smile):
    small = resized(astronaut, 256)
    drawn = draw_overlay(small, reader.read(small))
    assert drawn.shape[0] == drawn.shape[1]
    assert 1000 < drawn.shape[0] <= 1280


def test_a_reading_is_plain_data(smile):
    import json

    data = json.loads(json.dumps(smile.to_dict()))
    assert data["schema"] == "mien.reading/1"
    assert data["face"] == 1
    assert data["expression"]["coefficients"]["mouthSmileLeft"] > 0.7
