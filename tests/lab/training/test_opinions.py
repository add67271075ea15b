"""Opinions are weighed by how well they tell the truth, and joining them is fair."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.perception.emotion import joined
from mien_lab.training.opinions import best

SHARES = st.lists(st.floats(0.01, 1), min_size=8, max_size=8).map(lambda row: np.array(row) / sum(row))
WEIGHTS = st.tuples(st.floats(0.05, 1), st.floats(0.05, 1), st.floats(0.05, 1))


@given(SHARES, WEIGHTS)
def test_opinions_that_agree_are_what_is_said(row, weights):
    assert joined([row, row, row], weights) == pytest.approx(row, abs=1e-5)


@given(SHARES, SHARES, SHARES, WEIGHTS, st.floats(0.1, 10))
def test_what_is_said_adds_up_to_one_whatever_the_scale_and_the_order(first, second, third, weights, scale):
    said = joined([first, second, third], weights)
    assert said.sum() == pytest.approx(1, abs=1e-5)
    assert joined([third, first, second], (weights[2], *weights[:2])) == pytest.approx(said, abs=1e-5)
    assert joined([first, second, third], [scale * w for w in weights]) == pytest.approx(said, abs=1e-5)


@given(SHARES, SHARES)
def test_an_opinion_without_weight_says_nothing(first, second):
    assert joined([first, second], (1, 0)) == pytest.approx(first, abs=1e-5)


def test_who_knows_gets_the_weight_and_who_guesses_gets_little():
    rng = np.random.default_rng(0)
    truth = np.eye(8)[rng.integers(0, 8, 500)] * 0.9 + 0.0125
    knows = 0.7 * truth + 0.3 / 8
    guesses = rng.dirichlet(np.ones(8), 500)
    found = best([guesses, knows], truth)
    assert found["weights"][1] > 0.9
    assert found["right_alone"][1] == 1
    assert found["cross_entropy"] <= min(found["cross_entropy_alone"])
