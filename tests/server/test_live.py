"""A camera's frames: one answer holds all that is shown, and what the page hands back is checked."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest
from fake_studio import picture_bytes
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from mien.core.emotion import Emotion
from mien.errors import InputError
from mien.mapping import Steady
from mien.perception import Near, Region
from mien.server import schemas
from mien.server.trail import LONGEST, decode_trail, encode_trail
from mien.studio.live import CURVES, Trail

LIVE = "/api/v1/live"
BYTES = 40 + 2 * 11 + 4 * CURVES
CURVE = st.lists(st.floats(-3, 3), min_size=CURVES, max_size=CURVES)


def packed(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def frame(client, **fields):
    return client.post(LIVE, files={"picture": ("frame.jpg", picture_bytes(kind="JPEG"), "image/jpeg")}, data=fields)


def test_one_answer_holds_reading_characters_and_what_the_next_frame_needs(client):
    told = frame(client, to="anna,mika", at_ms="1000", draw="64").json()
    assert schemas.LiveFrameData(**told).expression.emotion.probabilities["happiness"] > 0.5
    anna, mika = told["characters"]
    assert (anna["id"], anna["svg"], mika["picture"]) == ("anna", None, None)
    assert mika["svg"].startswith("<svg")
    kind, _, data = anna["picture"].partition(",")
    assert kind == "data:image/jpeg;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as picture:
        assert picture.size == (64, 64)
    again = frame(client, to="anna", trail=told["trail"], at_ms="1066")
    assert again.status_code == 200
    assert decode_trail(again.json()["trail"]).steady.at_s == pytest.approx(1.066)


def test_a_frame_without_a_face_is_answered_and_says_why(client):
    def empty(**fields):
        picture = ("frame.jpg", picture_bytes(20, kind="JPEG"), "image/jpeg")
        return client.post(LIVE, files={"picture": picture}, data=fields)

    answer = empty(to="anna", at_ms="0")
    assert answer.status_code == 200
    told = schemas.LiveFrameData(**answer.json())
    assert (told.expression, told.characters, told.contours, told.trail) == (None, [], [], "")
    assert (told.picture.width_px, told.problem.kind) == (20, "NoFaceFound")
    assert frame(client, to="anna", at_ms="33", trail=told.trail).json()["problem"] is None


def test_whoever_draws_the_heads_gets_no_pictures(client):
    (anna,) = frame(client, to="anna", at_ms="0").json()["characters"]
    assert anna["picture"] is None
    assert anna["coefficients"]


@given(CURVE, CURVE, st.floats(0, 1e10), st.none() | st.floats(0, 1), st.integers(0, 9))
def test_a_trail_comes_back_as_it_went(values, speeds, at_s, agreement, frames):
    near = Near(Region(0.5, 0.4, 0.6, 0.1), Emotion.from_weights({"surprise": 0.6}), agreement, frames)
    trail = Trail(near, Steady(at_s, np.array(values), np.array(speeds)))
    text = encode_trail(trail)
    assert len(text) <= LONGEST
    back = decode_trail(text)
    assert (back.near.region, back.near.frames) == (near.region, frames)
    assert np.allclose(back.near.emotion.probabilities, near.emotion.probabilities, atol=1e-3)
    assert back.near.emotion.intensity == pytest.approx(near.emotion.intensity, abs=1e-3)
    assert (back.near.agreement is None) == (agreement is None)
    assert agreement is None or back.near.agreement == pytest.approx(agreement, abs=1e-3)
    assert back.steady.at_s == at_s
    assert np.allclose(back.steady.values, values, atol=1e-4)
    assert np.allclose(back.steady.speeds, speeds, rtol=1e-3, atol=1e-3)


def test_no_trail_is_a_beginning_and_no_place_is_a_search():
    assert decode_trail("") is None
    assert decode_trail(encode_trail(Trail(None, Steady.starting(np.zeros(CURVES), 0.0)))).near is None


@pytest.mark.parametrize("text", ["abc", "A" * 384, "é" * 10, packed(b"\xff" * BYTES)])
def test_any_other_trail_is_refused(client, text):
    with pytest.raises(InputError, match="no trail"):
        decode_trail(text)
    answer = frame(client, to="anna", trail=text, at_ms="0")
    assert (answer.status_code, answer.json()["error"]["kind"]) == (422, "InputError")


def test_a_place_that_no_face_could_be_in_is_no_place():
    assert decode_trail(packed(bytes(BYTES))).near is None


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"at_ms": "soon"}, "milliseconds"),
        ({"draw": "5000"}, "from 0 to 512"),
        ({"trail": "A" * 600}, "512 characters at most"),
        ({"to": "nobody"}, "nobody"),
        ({"face": "1"}, "unknown field 'face'"),
    ],
)
def test_what_is_wrong_with_a_frame_is_said(client, fields, says):
    answer = frame(client, **{"to": "anna", **fields})
    assert answer.status_code in {404, 422}
    assert says in answer.json()["error"]["message"]
