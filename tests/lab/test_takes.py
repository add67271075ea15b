"""The yardsticks of retrieval: what they say about rankings whose worth is plain."""

import numpy as np
import pytest

from mien_lab.evaluation.takes import RELEVANT, average_precision, interval, ndcg_at, precision_at

WORTH = np.array([0.9, 0.1, 0.8, 0.2, RELEVANT, 0.0, 0.69, 0.3])
BEST = np.argsort(-WORTH)
WORST = np.argsort(WORTH)


def test_the_best_ranking_gets_one_and_the_worst_much_less():
    for figure in (precision_at, average_precision, ndcg_at):
        assert figure(BEST, WORTH) == pytest.approx(1.0)
        if figure is not precision_at:
            assert figure(WORST, WORTH) < 0.7
    assert precision_at(WORST, WORTH, k=3) == 0.0


def test_precision_counts_as_many_as_could_be_right():
    assert precision_at(BEST, WORTH, k=10) == 1.0
    assert precision_at(np.array([0, 1, 3, 5]), WORTH, k=4) == pytest.approx(1 / 3)


def test_what_was_not_ranked_counts_as_missed():
    assert average_precision(BEST[:1], WORTH) == pytest.approx(1 / 3)


def test_nothing_right_is_no_figure():
    assert np.isnan(precision_at(BEST, np.zeros(8)))
    assert np.isnan(average_precision(BEST, np.zeros(8)))


def test_the_interval_holds_the_mean_and_narrows():
    rng = np.random.default_rng(0)
    few, many = rng.normal(1, 1, 30), rng.normal(1, 1, 3000)
    for values in (few, many):
        mean, low, high = interval(values)
        assert low < mean < high
    assert np.ptp(interval(many)[1:]) < np.ptp(interval(few)[1:])
    assert interval(np.array([1.0, np.nan, 3.0]))[0] == 2.0
