"""Action units and coefficients say the same thing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.core.arkit import COEFFICIENTS, INDEX, named
from mien.core.emotion import prototype
from mien.core.facs import ACTION_UNITS, UNIT, from_units, to_units
from mien.errors import BadExpression, UnknownName


def test_every_coefficient_belongs_to_exactly_one_unit_and_every_unit_to_coefficients():
    shown = [name for unit in ACTION_UNITS for name in unit.coefficients]
    twins = [n.removesuffix("Left") + "Right" for u in ACTION_UNITS if u.sided for n in u.coefficients]
    assert sorted(shown + twins) == sorted(COEFFICIENTS)


@given(st.dictionaries(st.sampled_from(sorted(UNIT)), st.floats(0.01, 1), max_size=8))
def test_units_survive_the_way_to_coefficients_and_back(units):
    assert to_units(from_units(units)) == pytest.approx(units, abs=1e-4)


def test_a_smile_of_one_side_is_reported_by_side():
    assert to_units(from_units({"L12": 0.8})) == {"L12": 0.8}
    assert named(from_units({"R12": 0.5})) == {"mouthSmileRight": 0.5}


def test_happiness_is_a_duchenne_smile():
    units = to_units(prototype("happiness").coefficients, above=0.3)
    assert {"AU6", "AU12"} <= set(units)
    assert from_units({"AU1": 1})[INDEX["browInnerUp"]] == 1


def test_mistakes_are_named():
    with pytest.raises(UnknownName, match="AU12"):
        from_units({"AU122": 1})
    with pytest.raises(BadExpression, match="no sides"):
        from_units({"L26": 1})
    with pytest.raises(BadExpression):
        from_units({"AU12": 3})
