"""The emotion baseline explains itself, treats both sides of a face alike, and says little of a face at rest."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mien.core.arkit import as_coefficients
from mien.core.emotion import EMOTIONS
from mien.perception import Seen
from mien.perception.emotion import BaselineReader, JointReader, PhotoNetwork
from mien.perception.encode import Encoder
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


class Says:
    """A photo network that says the same of every crop, but not of its mirror image."""

    def __init__(self, emotion, mirrored):
        self.rows = np.array([np.eye(8)[EMOTIONS.index(name)] for name in (emotion, mirrored)], dtype=np.float32)
        self.asked = 0

    def run(self, crops):
        self.asked += 1
        assert crops.dtype == np.uint8
        assert (crops[0] == crops[1][:, ::-1]).all()
        return {"emotion": self.rows, "fer": self.rows[:, :7]}


@pytest.fixture(scope="module")
def seen_by_both(seen):
    points = seen.landmarks[[33, 263, 1, 61, 291], :2]
    return replace(seen, encoded=Encoder().read(seen.picture, points))


def test_three_opinions_are_joined_and_each_counts_as_far_as_it_is_told_to(seen_by_both):
    network = Says("anger", "anger")
    weak, strong = (
        JointReader(photos=PhotoNetwork(network), weights=(0.5, 0.5, weight)).read(seen_by_both).emotion
        for weight in (0.0, 20.0)
    )
    assert weak.top == "happiness"
    assert strong.top == "anger"
    assert network.asked == 2


def test_the_photo_network_says_what_it_sees_in_both_mirrors():
    said = PhotoNetwork(Says("anger", "fear")).said(np.zeros((1, 128, 128, 3), dtype=np.uint8))
    assert said["emotion"][0][[EMOTIONS.index("anger"), EMOTIONS.index("fear")]] == pytest.approx([0.5, 0.5])


def test_a_frame_of_a_camera_does_not_wait_for_the_photo_network(seen_by_both):
    network = Says("anger", "anger")
    reader = JointReader(photos=PhotoNetwork(network))
    assert reader.feel(seen_by_both).top == "happiness"
    assert network.asked == 0


def test_where_no_encoder_was_asked_the_baseline_speaks_alone(seen):
    joint, alone = JointReader().read(seen), BaselineReader().read(seen)
    assert joint.emotion.probabilities == pytest.approx(alone.emotion.probabilities)


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
