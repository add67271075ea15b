"""How far coefficients of drawn faces can be trusted: what is measured, and what is written of it."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.core.arkit import COEFFICIENTS, INDEX, mirror_order
from mien.errors import InputError
from mien.perception.encode import SURE_FROM, sure_of_drawn
from mien_lab.training import certainty


def faces(seed: int, n: int = 400) -> np.ndarray:
    return np.random.default_rng(seed).random((n, 52)).astype(np.float32)


@given(seed=st.integers(0, 99), noise=st.floats(0.0, 3.0))
def test_both_sides_are_trusted_alike_and_the_less_seen_the_less(seed, noise):
    truth = faces(seed)
    said = truth + noise * (faces(seed + 1000) - 0.5)
    found = np.array(list(certainty.trusted(said, truth).values()))
    assert list(certainty.trusted(said, truth)) == list(COEFFICIENTS)
    np.testing.assert_array_equal(found, found[mirror_order()])
    assert ((found == 0) | (found >= SURE_FROM)).all()
    expected = 1 / np.sqrt(1 + noise**2)
    assert abs(found[found > 0] - expected).max(initial=0) < 0.2


def test_what_says_nothing_of_the_truth_counts_as_not_seen():
    said, truth = faces(0), faces(1)
    said[:, INDEX["tongueOut"]] = 0.5
    assert set(certainty.trusted(said, truth).values()) == {0.0}


def test_too_few_bred_faces_are_refused(tmp_path):
    few = SimpleNamespace(folder=Path("faces"), labels=SimpleNamespace(character=np.array(["mika", "bred_anime_0001"])))
    with pytest.raises(InputError, match=r"faces shows 1 bred faces.*--bred-share 1"):
        certainty.fit(few, tmp_path / "drawn.toml")
    assert not (tmp_path / "drawn.toml").exists()


def test_the_table_that_ships_trusts_brows_more_than_a_jaw_that_comes_forward():
    sure = sure_of_drawn()
    assert sure.shape == (52,)
    assert sure.min() >= 0
    assert sure.max() <= 1
    assert sure[INDEX["browInnerUp"]] > 0.8 > sure[INDEX["jawForward"]]
