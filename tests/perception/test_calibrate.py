"""What coefficients mean: rest is 0, winks stay winks, turned heads do not wink."""

from __future__ import annotations

import numpy as np
import pytest

from mien.core.arkit import COEFFICIENTS, INDEX, mirror_order
from mien.core.expression import HeadPose
from mien.perception.blendshapes import mirror_landmarks
from mien.perception.calibrate import calibrate
from mien.perception.pose import PosedHead, pose

REST = {
    "eyeBlink": 0.12, "eyeSquint": 0.32, "browDown": 0.10, "eyeLookUp": 0.08, "eyeLookDown": 0.08, "mouthPress": 0.04,
    "eyeWide": 0.01, "mouthPucker": 0.08,
}  # fmt: skip
"""What the network says of a calm face."""


@pytest.fixture(scope="module")
def calm_face():
    """A frontal face with closed lips whose corners lie level, from the landmarks that `calibrate` looks at."""
    frontal = np.zeros((478, 3), dtype=np.float32)
    frontal[[13, 14], 1] = [-4.45, -4.55]
    frontal[[61, 291]] = [[-2.5, -4.5, 0], [2.5, -4.5, 0]]
    frontal[[129, 64, 358, 294], 1] = -1.29
    return frontal


def read(raw: dict[str, float], frontal: np.ndarray, *, yaw: float = 0.0) -> dict[str, float]:
    values = np.zeros(52, dtype=np.float32)
    for name in COEFFICIENTS:
        base = name.removesuffix("Left").removesuffix("Right")
        values[INDEX[name]] = raw.get(name, raw.get(base, REST.get(base, 0.0)))
    coefficients, certainty = calibrate(values, PosedHead(HeadPose(yaw_rad=yaw), frontal))
    assert coefficients.dtype == certainty.dtype == np.float32
    return dict(zip(COEFFICIENTS, coefficients.astype(float), strict=True))


def test_a_calm_face_is_at_rest(calm_face):
    assert max(read({}, calm_face).values()) < 0.05


def test_closed_eyes_are_closed_and_wide_eyes_wide(calm_face):
    assert read({"eyeBlink": 0.8}, calm_face)["eyeBlinkLeft"] == 1
    assert read({"eyeWide": 0.3}, calm_face)["eyeWideRight"] > 0.8
    both = read({"eyeWide": 0.3, "eyeBlink": 0.8}, calm_face)
    assert both["eyeWideLeft"] == 0


def test_a_wink_stays_and_a_hair_of_difference_goes(calm_face):
    wink = read({"eyeBlinkLeft": 0.8, "eyeBlinkRight": 0.12}, calm_face)
    assert wink["eyeBlinkLeft"] > 0.85
    assert wink["eyeBlinkRight"] < 0.12
    half = read({"eyeBlinkLeft": 0.48, "eyeBlinkRight": 0.12}, calm_face)
    assert half["eyeBlinkLeft"] - half["eyeBlinkRight"] < 0.2
    hair = read({"eyeBlinkLeft": 0.32, "eyeBlinkRight": 0.28}, calm_face)
    assert abs(hair["eyeBlinkLeft"] - hair["eyeBlinkRight"]) < 0.03


@pytest.mark.parametrize(("yaw", "far"), [(0.7, "Left"), (-0.7, "Right")])
def test_the_hidden_eye_follows_the_seen_one(calm_face, yaw, far):
    turned = read({f"eyeBlink{far}": 0.6}, calm_face, yaw=yaw)
    assert turned[f"eyeBlink{far}"] < 0.05


def test_a_turned_head_is_less_sure_of_its_hidden_side(calm_face):
    raw = np.zeros(52, np.float32)
    _, straight = calibrate(raw, PosedHead(HeadPose(), calm_face))
    _, turned = calibrate(raw, PosedHead(HeadPose(yaw_rad=0.9), calm_face))
    assert turned[INDEX["mouthSmileLeft"]] < 0.5 * straight[INDEX["mouthSmileLeft"]]
    assert turned[INDEX["mouthSmileRight"]] == straight[INDEX["mouthSmileRight"]]


def test_eyes_never_point_apart(calm_face):
    apart = read(
        {"eyeLookOutLeft": 0.6, "eyeLookOutRight": 0.4, "eyeLookUpLeft": 0.5, "eyeLookDownRight": 0.3}, calm_face
    )
    assert apart["eyeLookOutLeft"] == apart["eyeLookInRight"] < 0.2
    assert apart["eyeLookOutRight"] == apart["eyeLookInLeft"] == 0
    assert apart["eyeLookUpLeft"] == apart["eyeLookUpRight"]


def test_hanging_corners_are_a_frown_only_while_the_lips_are_together(calm_face):
    sad = calm_face.copy()
    sad[[61, 291], 1] -= 0.5
    assert read({}, sad)["mouthFrownLeft"] > 0.7
    assert read({"mouthSmile": 0.9}, sad)["mouthFrownLeft"] < 0.1
    shouting = sad.copy()
    shouting[14, 1] -= 1.5
    assert read({}, shouting)["mouthFrownLeft"] == 0


def test_raised_nostrils_are_a_sneer_and_a_smile_explains_some_of_it(calm_face):
    sneering = calm_face.copy()
    sneering[[129, 64, 358, 294], 1] += 0.33
    assert read({}, sneering)["noseSneerLeft"] > 0.5
    assert read({"mouthSmile": 0.95}, sneering)["noseSneerLeft"] < 0.1


def test_only_a_narrow_mouth_is_puckered(calm_face):
    assert read({"mouthPucker": 0.6}, calm_face)["mouthPucker"] < 0.05
    narrow = calm_face.copy()
    narrow[[61, 291], 0] = [-1.95, 1.95]
    assert read({"mouthPucker": 0.95}, narrow)["mouthPucker"] > 0.9


def test_cheeks_rise_with_smiles_that_reach_the_eyes(calm_face):
    polite = read({"mouthSmile": 0.8}, calm_face)["cheekSquintLeft"]
    heartfelt = read({"mouthSmile": 0.8, "eyeSquint": 0.8}, calm_face)["cheekSquintLeft"]
    assert polite < 0.25
    assert heartfelt > 0.6


def test_a_mirrored_face_gives_mirrored_coefficients(calm_face):
    rng = np.random.default_rng(3)
    raw = rng.random(52).astype(np.float32) ** 2
    frontal = (calm_face + rng.normal(0, 0.1, calm_face.shape)).astype(np.float32)
    one, sure = calibrate(raw, PosedHead(HeadPose(yaw_rad=0.4), frontal))
    order = mirror_order()
    flipped = (frontal[mirror_landmarks()] * [-1, 1, 1]).astype(np.float32)
    other, sure_too = calibrate(raw[order], PosedHead(HeadPose(yaw_rad=-0.4), flipped))
    assert other[order] == pytest.approx(one, abs=1e-5)
    assert sure_too[order] == pytest.approx(sure, abs=1e-6)


def test_everything_stays_within_bounds_on_any_input():
    rng = np.random.default_rng(4)
    for _ in range(50):
        landmarks = rng.normal(100, 40, (478, 3)).astype(np.float32)
        coefficients, certainty = calibrate(rng.random(52).astype(np.float32), pose(landmarks))
        assert ((coefficients >= 0) & (coefficients <= 1)).all()
        assert ((certainty >= 0) & (certainty <= 1)).all()
