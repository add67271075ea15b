"""The emotion baseline explains itself, treats both sides of a face alike, and says little of a face at rest."""

from __future__ import annotations

import numpy as np
import pytest

from mien.core.arkit import as_coefficients
from mien.core.emotion import EMOTIONS
from mien.core.expression import HeadPose
from mien.perception import Seen
from mien.perception.emotion import BaselineReader, RuleReader
from mien.perception.features import face_patch, features, gradients, groups, mirrored_features
from mien.perception.pose import pose


@pytest.fixture(scope="module")
def seen(reader, astronaut):
    reading = reader.read(astronaut)
    posed = pose(reading.landmarks)
    return Seen(reading.expression.coefficients, posed.frontal, posed.head, astronaut, reading.landmarks)


@pytest.fixture(scope="module")
def vector(seen):
    patch = face_patch(seen.picture, seen.landmarks)
    return features(seen.coefficients, seen.frontal, seen.head, patch)


def test_shares_add_up_to_the_log_odds_over_the_mean_face(vector):
    baseline = BaselineReader()
    mean = baseline._weights["mean"]
    rise = baseline.logits(np.stack([vector, mean]))
    wanted = (rise[0] - rise[0].mean()) - (rise[1] - rise[1].mean())
    assert baseline.contributions(vector[None])[0].sum(axis=0) == pytest.approx(wanted, abs=0.15)


def test_a_verdict_is_a_distribution_with_reasons_for_every_emotion(seen):
    verdict = BaselineReader().read(seen)
    assert verdict.emotion.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert set(verdict.reasons) == set(EMOTIONS)
    known = set(groups())
    for reasons in verdict.reasons.values():
        assert {r.what for r in reasons} <= known
        assert all(0 <= r.value <= 1 for r in reasons)


def test_a_mirrored_face_feels_the_same(seen):
    from mien.core.arkit import mirror_order
    from mien.perception.blendshapes import mirror_landmarks

    order = mirror_landmarks()
    landmarks = seen.landmarks[order] * [-1, 1, 1] + [seen.picture.shape[1] - 1, 0, 0]
    mirrored = Seen(
        seen.coefficients[mirror_order()],
        (seen.frontal[order] * [-1, 1, 1]).astype(np.float32),
        seen.head.mirrored,
        np.ascontiguousarray(seen.picture[:, ::-1]),
        landmarks.astype(np.float32),
    )
    one, other = (BaselineReader().read(s).emotion for s in (seen, mirrored))
    assert other.probabilities == pytest.approx(one.probabilities, abs=0.02)


def test_intensity_needs_a_face_that_moved(seen):
    calm = Seen(as_coefficients(np.zeros(52)), seen.frontal, seen.head, seen.picture, seen.landmarks)
    assert BaselineReader().read(calm).emotion.intensity < 0.05
    assert BaselineReader().read(seen).emotion.intensity > 0.4


def test_every_feature_has_a_name(vector):
    assert len(groups()) == len(vector) == 1325
    assert {"mouthSmile", "jawLeft", "jawOpen", "mouthSideways", "head", "shape of the eyes"} <= set(groups())
    assert not any(name.endswith(("Left", "Right")) and not name.startswith("jaw") for name in groups())


def test_gradients_ignore_brightness_and_see_direction():
    rng = np.random.default_rng(0)
    patch = rng.integers(60, 120, (48, 48)).astype(np.uint8)
    brighter = np.clip(patch.astype(float) * 1.6, 0, 255).astype(np.uint8)
    assert np.abs(gradients(patch) - gradients(brighter)).mean() < 0.03
    stripes = np.tile(np.arange(48) % 8 * 20, (48, 1)).astype(np.uint8)
    by_direction = gradients(stripes).reshape(12, 12, 8).sum(axis=(0, 1))
    turned = gradients(np.ascontiguousarray(stripes.T)).reshape(12, 12, 8).sum(axis=(0, 1))
    # Upright stripes have level gradients (between the first and the last direction), level stripes upright ones.
    assert by_direction[[0, 7]].sum() > 0.9 * by_direction.sum()
    assert turned[[3, 4]].sum() > 0.9 * turned.sum()


def test_the_patch_shows_the_face_at_any_size(seen):
    import cv2

    small = face_patch(seen.picture, seen.landmarks)
    double = cv2.resize(seen.picture, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    large = face_patch(double, (seen.landmarks + 0.5) * 4 - 0.5)
    assert small.shape == (48, 48)
    assert np.abs(small.astype(int) - large).mean() < 3


def test_mirroring_twice_is_the_vector_itself(seen, vector):
    from mien.core.arkit import mirror_order
    from mien.perception.blendshapes import mirror_landmarks

    patch = face_patch(seen.picture, seen.landmarks)
    flipped = (seen.frontal[mirror_landmarks()] * [-1, 1, 1]).astype(np.float32)
    back = mirrored_features(
        seen.coefficients[mirror_order()], flipped, seen.head.mirrored, np.ascontiguousarray(patch[:, ::-1])
    )
    assert back == pytest.approx(vector, abs=1e-5)


def test_the_rule_is_there_for_whoever_has_coefficients_only(seen):
    assert RuleReader().read(seen).emotion.top == "happiness"
    assert HeadPose().yaw_rad == 0
