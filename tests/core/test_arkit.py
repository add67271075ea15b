"""The table everything else is named by."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.core.arkit import (
    COEFFICIENTS,
    CONTROLS,
    REGION_OF,
    REGIONS,
    as_coefficients,
    from_controls,
    mirror_order,
    named,
    region_indices,
    to_controls,
)
from mien.errors import BadExpression, UnknownName

coefficients = hnp.arrays(np.float32, 52, elements=st.floats(0, 1, width=32))


def test_there_are_52_distinct_names_and_each_belongs_to_one_region_and_one_side_of_one_control():
    assert len(COEFFICIENTS) == len(set(COEFFICIENTS)) == 52
    shapes = [s for c in CONTROLS for s in (c.high, c.low) if s]
    assert sorted(shapes) == sorted(COEFFICIENTS)
    assert sorted(int(i) for r in REGIONS for i in region_indices(r)) == list(range(52))
    assert REGION_OF["jawOpen"] == "mouth"
    assert REGION_OF["noseSneerLeft"] == "cheek"
    assert REGION_OF["tongueOut"] == "mouth"


def test_mirror_swaps_left_and_right_by_name():
    mirrored = as_coefficients({"mouthSmileLeft": 0.7, "jawRight": 0.2, "jawOpen": 0.5})[mirror_order()]
    assert named(mirrored) == {"jawLeft": 0.2, "jawOpen": 0.5, "mouthSmileRight": 0.7}


@given(coefficients)
def test_mirror_twice_is_identity(x):
    assert np.array_equal(x[mirror_order()][mirror_order()], x)


@given(coefficients)
def test_controls_rest_at_half_and_survive_a_round_trip(x):
    controls = to_controls(x)
    assert controls.min() >= 0
    assert controls.max() <= 1
    again = to_controls(from_controls(controls))
    np.testing.assert_allclose(again, controls, atol=1e-6)
    assert np.all(to_controls(np.zeros(52, dtype=np.float32)) == 0.5)


def test_names_that_do_not_exist_are_answered_with_close_ones():
    with pytest.raises(UnknownName, match="mouthSmileLeft"):
        as_coefficients({"mouthSmilLeft": 1.0})


@pytest.mark.parametrize("values", [np.zeros(51), np.full(52, 1.5), np.full(52, np.nan), "smile", np.zeros((52, 1))])
def test_anything_but_52_numbers_between_0_and_1_is_refused(values):
    with pytest.raises(BadExpression):
        as_coefficients(values)


def test_coefficients_cannot_be_changed_behind_ones_back():
    source = np.zeros(52, dtype=np.float32)
    checked = as_coefficients(source)
    source[0] = 1
    assert checked[0] == 0
    with pytest.raises(ValueError, match="read-only"):
        checked[0] = 1
