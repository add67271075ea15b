"""Emotion that the shapes do not show is added to them, and nothing else is."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.core.arkit import as_coefficients
from mien.core.emotion import Emotion, emotion_of, prototypes
from mien.core.expression import Expression
from mien.mapping import complete

coefficients = hnp.arrays(np.float32, 52, elements=st.floats(0, 1, width=32))


@given(coefficients)
def test_an_expression_whose_emotion_follows_from_its_shapes_is_left_alone(x):
    expression = Expression(x)
    assert complete(expression) == (expression, "")


def test_an_angry_face_that_tracks_as_calm_gets_angry_brows_and_says_so():
    calm = Expression(as_coefficients({}), emotion=Emotion.from_weights({"anger": 0.9}))
    angry, note = complete(calm)
    assert angry["browDownLeft"] > 0.5
    assert angry["jawOpen"] == 0
    assert emotion_of(angry.coefficients).top == "anger"
    assert "anger" in note
    assert "browDown" in note
    assert angry.certainty[41] <= 0.3


def test_a_grin_that_the_picture_calls_fear_is_weakened():
    grin = {"mouthSmileLeft": 0.6, "mouthSmileRight": 0.6, "jawOpen": 0.4}
    scared, _ = complete(Expression(as_coefficients(grin), emotion=Emotion.from_weights({"fear": 0.9})))
    assert scared["mouthSmileLeft"] < 0.45
    assert scared["browInnerUp"] > 0.4
    assert scared["jawOpen"] == pytest.approx(0.4)


@given(coefficients, st.sampled_from(prototypes()), st.floats(0, 1))
def test_a_doubtful_reading_changes_less_and_nothing_leaves_its_range(x, felt, confidence):
    emotion = emotion_of(felt.coefficients)
    sure, _ = complete(Expression(x, emotion=emotion))
    unsure, _ = complete(Expression(x, emotion=emotion, confidence=confidence))
    assert np.all(np.abs(unsure.coefficients - x) <= np.abs(sure.coefficients - x) + 1e-5)
    assert sure.coefficients.max() <= 1
