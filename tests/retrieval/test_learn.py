"""Learning from the log: simulated users with tastes of their own, and what must never happen."""

import numpy as np
import pytest

from mien.core.query import CRITERIA
from mien.library import Event
from mien.retrieval.faces import AXES
from mien.retrieval.learn import (
    FEATURES,
    Posterior,
    Slate,
    ask,
    bounded,
    examined,
    learn,
    propensities,
    slates_of,
)

USUAL = np.append(list(CRITERIA.values()), np.zeros(len(AXES)))


def a_user(seed=0):
    """Cares three times as much for what fits in time, a third as much for the look."""
    theta = USUAL.copy()
    theta[FEATURES.index("temporal")] *= 3
    theta[FEATURES.index("look")] /= 3
    return theta, np.random.default_rng(seed)


def a_page(rng, number, theta=USUAL, hits=12):
    features = rng.random((hits, len(FEATURES)))
    features[:, len(CRITERIA) :] *= -0.2
    features = features[np.argsort(-(features @ USUAL))]
    slate = Slate.shown(str(number), [f"{number}-{i}" for i in range(hits)], features, examined(np.arange(1, hits + 1)))
    return slate, features @ theta


def a_log(theta, rng, pages, kind="rated"):
    events = []
    for number in range(pages):
        slate, worth = a_page(rng, number, theta)
        events.append(Event("searched", "", detail=slate.to_detail()))
        about = {"search": slate.search}
        if kind == "rated":
            stars = np.clip(np.round(5 * (worth - worth.min()) / np.ptp(worth)), 0, 5)
            events += [Event("rated", slate.assets[i], value=stars[i], detail=about) for i in rng.choice(12, 4, False)]
        else:
            events.append(Event("selected", slate.assets[int(np.argmax(worth))], detail=about))
    return events


def agreement(learned, theta, rng, pages=40):
    """Share of pages whose best hit is found first."""
    right = 0
    for number in range(pages):
        slate, worth = a_page(rng, number, theta)
        right += int(np.argmax(learned.scores(slate.features)) == np.argmax(worth))
    return right / pages


@pytest.mark.parametrize("kind", ["rated", "selected"])
def test_a_taste_is_learned_from_stars_and_from_choices(kind):
    theta, rng = a_user()
    learned = learn(a_log(theta, rng, 120, kind))
    assert learned.weights["temporal"] > 1.4 * CRITERIA["temporal"]
    assert learned.weights["look"] < 0.85 * CRITERIA["look"]
    before = learn([])
    assert (
        agreement(learned, theta, np.random.default_rng(9)) > agreement(before, theta, np.random.default_rng(9)) + 0.1
    )


def test_the_log_says_whether_it_helps():
    theta, rng = a_user()
    better = learn(a_log(theta, rng, 120))
    assert better.is_ready
    assert better.estimate.gain > 0
    same = learn(a_log(USUAL, np.random.default_rng(1), 120))
    assert same.estimate.gain < better.estimate.gain


def test_nothing_is_followed_before_there_is_evidence():
    theta, rng = a_user()
    assert not learn([]).is_ready
    few = learn(a_log(theta, rng, 6))
    assert not few.is_ready
    assert few.estimate is None
    assert dict(learn([]).weights) == pytest.approx(dict(CRITERIA))
    assert set(learn([]).gains.values()) == {0.0}


def test_it_is_a_pure_function_of_the_log():
    theta, rng = a_user()
    log = a_log(theta, rng, 30)
    one, other = learn(log), learn(log)
    assert dict(one.weights) == dict(other.weights)
    assert one.estimate == other.estimate


def test_whatever_users_say_the_ranking_stays_within_bounds():
    rng = np.random.default_rng(3)
    mad = np.zeros(len(FEATURES))
    mad[FEATURES.index("words")] = 50.0
    learned = learn(a_log(mad, rng, 200))
    for name, usual in CRITERIA.items():
        # Scaled to the same sum after the bounds, hence a little slack.
        assert usual / 4 <= learned.weights[name] <= usual * 4
    assert sum(learned.weights.values()) == pytest.approx(sum(CRITERIA.values()), abs=1e-3)
    assert all(-0.75 <= gain <= 3.0 for gain in learned.gains.values())
    weights, gains = bounded(np.full(len(FEATURES), -1e9), CRITERIA)
    assert min(weights.values()) >= 0
    assert min(gains.values()) >= -0.75


def test_stars_and_choices_are_not_compared_with_each_other():
    slate, _ = a_page(np.random.default_rng(4), 0)
    about = {"search": slate.search}
    page = Event("searched", "", detail=slate.to_detail())
    rated = Event("rated", slate.assets[7], value=1.0, detail=about)
    chosen = Event("selected", slate.assets[0], detail=about)
    (told,) = slates_of([page, rated, chosen])
    assert np.isnan(told.stars[0])
    assert np.isnan(told.choices[7])
    assert dict(learn([page, rated, chosen]).weights) == pytest.approx(dict(CRITERIA), abs=1e-4)


def test_what_was_passed_over_counts_less_than_what_was_refused():
    slate, _ = a_page(np.random.default_rng(5), 0)
    about = {"search": slate.search}
    log = [
        Event("searched", "", detail=slate.to_detail()),
        Event("selected", slate.assets[4], detail=about),
        Event("rejected", slate.assets[1], detail=about),
    ]
    (told,) = slates_of(log)
    assert told.choices[1] < told.choices[0] < told.choices[4]
    assert told.sure[0] < told.sure[1]
    assert not told.sure[5:].any()
    assert told.signals == 2


def test_a_refusal_that_was_taken_back_says_nothing_whatever_page_it_was_taken_back_on():
    slate, _ = a_page(np.random.default_rng(5), 0)
    log = [
        Event("searched", "", detail=slate.to_detail()),
        Event("selected", slate.assets[4], user="ada", detail={"search": slate.search}),
        Event("rejected", slate.assets[1], user="ada", detail={"search": slate.search}),
    ]
    (without,) = slates_of(log[:2])
    (taken_back,) = slates_of([*log, Event("rejected", slate.assets[1], user="ada", value=0.0)])
    np.testing.assert_array_equal(taken_back.choices, without.choices)
    np.testing.assert_array_equal(taken_back.sure, without.sure)
    # Nobody takes back what another said.
    (stands,) = slates_of([*log, Event("rejected", slate.assets[1], user="bo", value=0.0)])
    assert stands.sure[1] > without.sure[1]


def test_events_about_pages_that_are_not_in_the_log_say_nothing():
    assert slates_of([Event("selected", "a", detail={"search": "gone"}), Event("rated", "b", value=5)]) == []


def test_it_asks_about_what_it_knows_least():
    rng = np.random.default_rng(6)
    features = rng.random((40, len(FEATURES))) * 0.1
    features[7, FEATURES.index("look")] = 5.0
    chosen = ask(features, Posterior.before(CRITERIA), 3)
    assert len(set(chosen)) == 3
    assert 7 in chosen


def test_a_certain_ranking_is_looked_at_from_the_top_and_a_drawn_one_less_surely():
    slate, _ = a_page(np.random.default_rng(7), 0)
    plain = propensities(slate.features, None)
    assert plain[0] == 1.0
    assert (np.diff(plain) < 0).all()
    theta, rng = a_user()
    drawn = propensities(slate.features, learn(a_log(theta, rng, 20)), seed=1)
    assert 0 < drawn.min() <= drawn.max() <= 1.0
    assert drawn.sum() == pytest.approx(plain.sum())


def test_a_page_survives_the_log():
    slate, _ = a_page(np.random.default_rng(8), 3)
    log = [Event("searched", "", detail=slate.to_detail()), Event("rated", "3-2", value=4, detail={"search": "3"})]
    (back,) = slates_of(log)
    assert back.assets == slate.assets
    assert np.allclose(back.features, slate.features, atol=1e-5)
    assert back.stars[2] == pytest.approx(0.8)
