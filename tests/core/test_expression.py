"""The type that travels between all rooms, and its algebra."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.core.emotion import prototype
from mien.core.expression import Clip, Expression, HeadPose, blend, difference, distance, mirror, scale
from mien.errors import BadExpression, UnknownName

unit = st.floats(0, 1, width=32)
angles = st.floats(-1.5, 1.5)
expressions = st.builds(
    Expression,
    hnp.arrays(np.float32, 52, elements=unit),
    head=st.builds(HeadPose, angles, angles, angles),
    confidence=st.floats(0, 1),
    certainty=hnp.arrays(np.float32, 52, elements=unit),
    latent=st.none() | hnp.arrays(np.float32, 256, elements=st.floats(-9, 9, width=32)),
)


@given(expressions)
def test_json_round_trip_is_exact(expression):
    assert Expression.from_json(expression.to_json()) == expression


@given(expressions)
def test_mirror_twice_is_identity(expression):
    again = mirror(mirror(expression))
    assert np.array_equal(again.coefficients, expression.coefficients)
    assert np.array_equal(again.certainty, expression.certainty)
    assert again.head == expression.head


@given(expressions, expressions)
def test_distance_is_symmetric_zero_for_itself_and_at_most_one(one, other):
    assert distance(one, one) == 0
    assert distance(one, other) == pytest.approx(distance(other, one), abs=1e-6)
    assert 0 <= distance(one, other) <= 1 + 1e-6
    np.testing.assert_allclose(difference(one, other), -difference(other, one))


@given(expressions, expressions, st.floats(0.01, 0.99))
def test_a_blend_lies_between_its_parts(one, other, share):
    mixed = blend([one, other], [share, 1 - share]).coefficients
    low, high = np.minimum(one.coefficients, other.coefficients), np.maximum(one.coefficients, other.coefficients)
    assert np.all(mixed >= low - 1e-5)
    assert np.all(mixed <= high + 1e-5)


@given(expressions)
def test_scaling_by_one_changes_nothing_and_by_zero_rests(expression):
    assert np.array_equal(scale(expression, 1.0).coefficients, expression.coefficients)
    assert not scale(expression, 0.0).coefficients.any()


def test_an_expression_cannot_be_changed():
    smile = Expression(prototype("happiness").coefficients)
    with pytest.raises(dataclasses.FrozenInstanceError):
        smile.confidence = 0.5
    with pytest.raises(ValueError, match="read-only"):
        smile.coefficients[3] = 0
    assert smile["mouthSmileLeft"] == pytest.approx(0.9)
    assert smile.emotion.top == "happiness"
    assert {smile, Expression(prototype("happiness").coefficients)} == {smile}


def test_what_a_reader_cannot_see_does_not_count_as_different():
    blind = np.ones(52)
    blind[51] = 0
    seen = Expression(np.zeros(52), certainty=blind)
    tongue = Expression.from_coefficients({"tongueOut": 1.0})
    assert distance(seen, tongue) == 0


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "{}", '{"coefficients": 3}', '{"coefficients": {"jawOpen": 7}}', '{"schema": "x", "coefficients": {}}',
     '{"coefficients": {}, "head": {"tilt": 1}}', '{"coefficients": {}, "latent": [1, 2]}',
     '{"coefficients": {}, "confidence": 2}', '{"coefficients": {}, "emotion": {"probabilities": 1}}'],
)  # fmt: skip
def test_bad_json_is_refused_with_a_sentence(text):
    with pytest.raises(BadExpression):
        Expression.from_json(text)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"coefficients": {"jawOpen": "a"}}', "jawOpen must be a number between 0 and 1, not 'a'"),
        ('{"coefficients": {"jawOpen": 2}}', "jawOpen is 2"),
        ('{"coefficients": {}, "certainty": 5}', '"certainty" must be an object'),
        ('{"coefficients": {}, "certainty": {"jawOpen": "x"}}', "jawOpen must be a number"),
        ('{"coefficients": {}, "confidence": "x"}', "Confidence must be a number between 0 and 1, not 'x'"),
        ('{"coefficients": {}, "confidence": null}', "Confidence must be a number"),
        ('{"coefficients": {}, "emotion": 5}', '"emotion" must be an object'),
        ('{"coefficients": {}, "latent": "x"}', "256 finite numbers"),
        ('{"coefficients": {}, "latent": {"x": 1}}', "256 finite numbers"),
    ],
)
def test_bad_json_is_refused_by_the_name_of_what_is_wrong(text, says):
    with pytest.raises(BadExpression, match=says):
        Expression.from_json(text)


def test_coefficients_are_asked_for_by_their_names():
    with pytest.raises(BadExpression, match="jawOpen must be a number"):
        Expression.from_coefficients({"jawOpen": "a"})
    with pytest.raises(UnknownName, match="Did you mean jawOpen"):
        Expression.neutral()["jawOpn"]


def test_unknown_coefficients_in_json_are_named():
    with pytest.raises(UnknownName, match="jawOpen"):
        Expression.from_json('{"coefficients": {"jawOpn": 1}}')


def test_blends_and_scales_refuse_nonsense():
    rest = Expression.neutral()
    for weights in ([], [1.0], [-1.0, 2.0], [0.0, 0.0]):
        with pytest.raises(BadExpression):
            blend([rest, rest], weights)
    with pytest.raises(BadExpression):
        scale(rest, -1)


def test_a_clip_needs_rising_times():
    rest = Expression.neutral()
    assert Clip(np.array([0.0, 0.5]), (rest, rest)).coefficients.shape == (2, 52)
    with pytest.raises(BadExpression):
        Clip(np.array([0.5, 0.5]), (rest, rest))
    with pytest.raises(BadExpression):
        Clip(np.array([0.5]), (rest, rest))
