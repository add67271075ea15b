"""A camera's frames: followed from one to the next as well as each alone would be read."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from mien.characters import Cast
from mien.core.emotion import Emotion
from mien.core.looks import look
from mien.errors import NoFaceFound
from mien.studio.live import CURVES, Trail, follow


@pytest.fixture(scope="module")
def frames(astronaut):
    """She drifts to the right by a quarter of her face, coming a little closer: eight frames of 400 x 300."""
    out = []
    for i in range(8):
        zoom = 1.0 + 0.02 * i
        matrix = np.array([[zoom, 0, -60 + 4.0 * i], [0, zoom, 20]], dtype=np.float32)
        out.append(cv2.warpAffine(astronaut, matrix, (400, 300), borderMode=cv2.BORDER_REPLICATE))
    return out


def test_a_followed_face_says_what_it_says_alone(reader, frames):
    near = None
    for frame in frames:
        followed, near = reader.follow(frame, near)
        alone = reader.read(frame)
        assert np.abs(followed.expression.coefficients - alone.expression.coefficients).mean() < 0.02
        assert followed.expression.emotion.top == alone.expression.emotion.top == "happiness"
        assert abs(followed.expression.head.yaw_rad - alone.expression.head.yaw_rad) < 0.05
        assert abs(followed.expression.confidence - alone.expression.confidence) < 0.1
        assert near is not None


def test_what_is_felt_is_told_anew_in_every_third_frame(reader, frames):
    _, near = reader.follow(frames[0])
    feared = replace(near, emotion=Emotion.from_weights({"fear": 1.0}))
    told = []
    for frame in frames[1:4]:
        followed, feared = reader.follow(frame, feared)
        told.append(followed.expression.emotion.top)
        assert followed.agreement is not None
    assert told == ["fear", "fear", "happiness"]
    assert feared.frames == 0


def test_a_face_that_leaves_its_place_is_found_again(reader, frames, astronaut):
    _, near = reader.follow(frames[0])
    elsewhere = np.ascontiguousarray(np.roll(frames[0], 180, axis=1))
    followed, _ = reader.follow(elsewhere, near)
    middle = followed.landmarks[:, 0].mean()
    assert middle == pytest.approx(reader.read(elsewhere).landmarks[:, 0].mean(), abs=3)


def test_where_nobody_is_any_more_nobody_is_made_up(reader, frames):
    _, near = reader.follow(frames[0])
    with pytest.raises(NoFaceFound):
        reader.follow(np.full_like(frames[0], 128), near)


def test_a_drawn_face_is_read_whole_each_time(reader):
    picture = np.ascontiguousarray(Cast()["leila"].render(look("happiness").coefficients, 256)[..., :3])
    reading, near = reader.follow(picture)
    assert reading.is_drawn
    assert reading.expression.emotion.top == "happiness"
    assert near is None


def test_the_curves_of_a_followed_face_are_calmer_than_those_read_alone(reader, frames):
    rng = np.random.default_rng(3)
    noisy = [np.clip(frames[0] + rng.normal(0, 12, frames[0].shape), 0, 255).astype(np.uint8) for _ in range(8)]
    trail: Trail | None = None
    steady, raw = [], []
    for i, frame in enumerate(noisy):
        reading, trail = follow(reader, frame, trail, at_s=i / 15)
        steady.append(reading.expression.coefficients)
        raw.append(reader.follow(frame)[0].expression.coefficients)
        assert reading.expression.emotion.probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert trail.steady.values.shape == (CURVES,)
    assert np.abs(np.diff(steady, axis=0)).mean() < 0.7 * np.abs(np.diff(raw, axis=0)).mean()


def test_the_next_frame_may_be_of_another_size(reader, frames):
    _, trail = follow(reader, frames[0], None, at_s=0.0)
    larger = cv2.resize(frames[0], None, fx=1.5, fy=1.5)
    reading, again = follow(reader, larger, trail, at_s=0.1)
    assert again.near.region.centre_x == pytest.approx(trail.near.region.centre_x, abs=0.01)
    assert reading.expression.emotion.top == "happiness"
