"""Arithmetic on faces: "like this, but angrier"."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.core.arkit import CONTROLS
from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.core.looks import look
from mien.core.query import Query
from mien.errors import BadExpression, UnknownName
from mien.retrieval.shift import shifted, step_of, steps_in, steps_of

NAMES = [*EMOTIONS, *(control.name for control in CONTROLS)]


def share(expression, emotion):
    return float(expression.emotion.probabilities[EMOTIONS.index(emotion)])


@pytest.mark.parametrize(
    ("words", "emotion", "sign", "left"),
    [
        ("but angrier", "anger", 1, ""),
        ("much sadder", "sadness", 1, ""),
        ("more surprised, one brow up", "surprise", 1, "one brow up"),
        ("a bit less happy", "happiness", -1, ""),
        ("calmer", "neutral", 1, ""),
    ],
)
def test_comparisons_are_heard_and_the_other_words_stay(words, emotion, sign, left):
    (step,), rest = steps_in(words)
    assert (step.emotion, np.sign(step.amount), rest) == (emotion, sign, left)


@pytest.mark.parametrize("words", ["one brow up", "a corner store", "mika, laughing", "smug half smile, no teeth"])
def test_words_that_compare_nothing_are_left_alone(words):
    assert steps_in(words) == ((), words)


def test_much_is_more_than_a_bit():
    (bit,), _ = steps_in("a bit angrier")
    (plain,), _ = steps_in("angrier")
    (much,), _ = steps_in("much angrier")
    assert 0 < bit.amount < plain.amount < much.amount


def test_a_smile_that_gets_angrier_is_both():
    smile = look("gentle smile")
    angry = shifted(smile, steps_of({"anger": 0.45}))
    assert angry["browDownLeft"] > smile["browDownLeft"] + 0.2
    assert share(angry, "anger") > share(smile, "anger") + 0.3
    assert share(angry, "happiness") > 0.2


def test_less_of_a_smile_is_no_frown():
    smile = look("happiness")
    less = shifted(smile, steps_of({"happiness": -0.5}))
    assert 0.0 < less["mouthSmileLeft"] < smile["mouthSmileLeft"]
    assert less["mouthFrownLeft"] <= smile["mouthFrownLeft"]


def test_a_control_passes_through_rest():
    frown = Expression.from_coefficients({"mouthFrownLeft": 0.3})
    up = shifted(frown, (step_of("mouth_corner_left", 0.5),))
    assert up["mouthFrownLeft"] == 0.0
    assert up["mouthSmileLeft"] == pytest.approx(0.2, abs=1e-5)
    down = shifted(up, (step_of("mouth_corner_left", -0.5),))
    assert down["mouthFrownLeft"] == pytest.approx(0.3, abs=1e-5)


@given(st.sampled_from(NAMES), st.floats(-1, 1), st.sampled_from(["happiness", "anger", "wink", "neutral"]))
def test_every_step_gives_a_face(name, amount, start):
    moved = shifted(look(start), (step_of(name, amount),))
    assert moved.coefficients.min() >= 0.0
    assert moved.coefficients.max() <= 1.0
    assert moved.emotion.probabilities.sum() == pytest.approx(1.0, abs=1e-3)


def test_no_step_is_no_change():
    assert np.array_equal(shifted(look("laugh"), steps_of({"anger": 0.0})).coefficients, look("laugh").coefficients)


def test_what_cannot_be_added_says_so():
    with pytest.raises(UnknownName, match="anger"):
        Query(like="x", but={"angr": 0.3})
    with pytest.raises(BadExpression, match="between -1 and 1"):
        Query(like="x", but={"anger": 3})
    with pytest.raises(BadExpression, match="another asset"):
        Query(but={"anger": 0.3})
