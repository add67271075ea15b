"""Faces bred from the cast: the same for the same number, nobody's who is held out, and really drawn."""

import numpy as np
import pytest

from mien.core.arkit import INDEX
from mien.core.style import built_in_styles
from mien_lab.data.breed import bred, bred_face
from mien_lab.data.build import plan_for
from mien_lab.data.plan import BRED, CAST, HELD_OUT, Plan

STYLES = tuple(built_in_styles())


@pytest.mark.parametrize("style", STYLES)
def test_a_bred_face_is_somebody_new_who_acts(style):
    (who, response), (other, _) = bred_face(style, 3, 0), bred_face(style, 4, 0)
    still = np.zeros(52, dtype=np.float32)
    picture = who.render(still, 96)
    assert who.info.style == style
    assert np.abs(picture.astype(int) - other.render(still, 96)).mean() > 2
    jaw = still.copy()
    jaw[INDEX["jawOpen"]] = 1
    assert np.abs(picture.astype(int) - who.render(jaw, 96)).max() > 40
    assert response.is_live().all()


def test_the_same_number_and_seed_is_the_same_face():
    specs = [bred("anime", np.random.default_rng([0, 7])) for _ in range(2)]
    assert specs[0] == specs[1]
    assert specs[0] != bred("anime", np.random.default_rng([0, 8]))


@pytest.mark.parametrize("style", STYLES)
def test_who_is_held_out_is_nobodys_parent(style):
    parents = {name for k in range(40) for name in bred(style, np.random.default_rng(k))["id"].split("+")}
    assert not parents & set(HELD_OUT[style])
    assert len(parents) > 2


def test_a_plan_shows_bred_faces_beside_the_cast_and_never_tests_on_them():
    plain = plan_for(pictures=2000, seed=5)
    mixed = Plan(plain.seed, plain.pictures, plain.size, plain.cast, bred=0.6)
    alone, both = plain.orders(range(2000)), mixed.orders(range(2000))
    children = [order for order in both if order.origin == BRED]
    assert 0.5 < len(children) / 2000 < 0.7
    assert not any(order.is_unknown for order in children)
    # The others are those of a data set without them: same pictures, same numbers.
    assert all(a == b for a, b in zip(alone, both, strict=True) if b.origin == CAST)
    for a, b in zip(alone, both, strict=True):
        assert np.array_equal(a.shown.expression.coefficients, b.shown.expression.coefficients)


def test_a_share_of_single_expressions_speaks_and_the_others_stay_what_they_were():
    plain = plan_for(pictures=2000, seed=5)
    spoken = Plan(plain.seed, plain.pictures, plain.size, plain.cast, speech=0.5)
    pairs = list(zip(plain.orders(range(2000)), spoken.orders(range(2000)), strict=True))
    speaking = [b for _, b in pairs if b.shown.recipe == "speech"]
    stills = [b for _, b in pairs if b.shown.clip < 0]
    assert 0.4 < len(speaking) / len(stills) < 0.6
    assert all(a == b for a, b in pairs if b.shown.recipe != "speech")
