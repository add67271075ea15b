"""Emotions and the rule that labels synthetic faces."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.core.arkit import as_coefficients, mirror_order
from mien.core.emotion import EMOTIONS, Emotion, emotion_of, prototype, prototypes
from mien.errors import BadExpression, UnknownName


@pytest.mark.parametrize("entry", prototypes(), ids=lambda p: p.name)
@pytest.mark.parametrize("amount", [0.5, 0.75, 1.0])
def test_every_prototype_is_labelled_as_itself(entry, amount):
    assert emotion_of(as_coefficients(entry.coefficients * amount)).top == entry.emotion


def test_every_emotion_has_a_prototype_and_can_be_looked_up_by_name():
    assert {p.emotion for p in prototypes()} == set(EMOTIONS)
    assert prototype("sadness").name == "sadness"
    with pytest.raises(UnknownName, match="laugh"):
        prototype("laughs")


@given(hnp.arrays(np.float32, 52, elements=st.floats(0, 1, width=32)))
def test_labels_are_distributions_and_do_not_depend_on_the_side(x):
    emotion = emotion_of(x)
    assert emotion.probabilities.sum() == pytest.approx(1, abs=1e-4)
    assert -1 <= emotion.valence <= 1
    assert -1 <= emotion.arousal <= 1
    mirrored = emotion_of(x[mirror_order()])
    np.testing.assert_allclose(mirrored.probabilities, emotion.probabilities, atol=1e-4)


def test_a_happy_face_is_pleasant_and_a_sad_one_is_not():
    assert emotion_of(prototype("happiness").coefficients).valence > 0.5
    sad = emotion_of(prototype("sadness").coefficients)
    assert sad.valence < -0.3
    assert sad.arousal < 0


def test_named_weights_leave_the_rest_to_neutral():
    emotion = Emotion.from_weights({"happiness": 0.3, "surprise": 0.2})
    assert emotion.probabilities[0] == pytest.approx(0.5)
    assert Emotion.from_weights({"happiness": 1.0, "surprise": 1.0}).probabilities[1] == pytest.approx(0.5)
    with pytest.raises(UnknownName, match="happiness"):
        Emotion.from_weights({"hapiness": 1})
    with pytest.raises(BadExpression):
        Emotion.from_weights({"fear": 2})


def test_json_round_trip_is_exact():
    emotion = emotion_of(prototype("worry").coefficients)
    assert Emotion.from_dict(emotion.to_dict()) == emotion
