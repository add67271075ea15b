"""Retargeting to measured characters. The rigs here are small linear ones whose every answer is known."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.core.arkit import COEFFICIENTS, CONTROLS, INDEX, as_coefficients
from mien.core.character import FEATURES, CharacterInfo, measure
from mien.core.emotion import prototype
from mien.core.expression import Expression, HeadPose
from mien.core.style import built_in_styles
from mien.mapping import limit_head, retarget

INFO = CharacterInfo("rig", "Rig", "realistic", "sculpted")


class LinearRig:
    """Every coefficient moves its own direction of feature space; `gains` and `exponents` make it lie."""

    info = INFO

    def __init__(self, gains=None, exponents=None):
        self._basis = np.random.default_rng(4).normal(0, 0.05, (52, len(FEATURES), 3)).astype(np.float32)
        self._basis[:, :, 2] = 0
        self._gains = np.ones(52) if gains is None else gains
        self._exponents = np.ones(52) if exponents is None else exponents

    def render(self, coefficients, size=256, *, head=None):
        raise NotImplementedError

    def features(self, coefficients):
        effect = self._gains * np.asarray(coefficients) ** self._exponents
        return np.tensordot(effect, self._basis, 1).astype(np.float32)

    def is_twin_of(self, i, j):
        """Let shape i look exactly like shape j at half its size."""
        self._basis[i] = self._basis[j] * 0.5


REALISTIC = built_in_styles()["realistic"]
coefficients = hnp.arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
HONEST = measure(LinearRig())


def test_rest_maps_to_rest():
    mapped = retarget(Expression.neutral(), INFO, REALISTIC, HONEST)
    assert not mapped.coefficients.any()
    assert np.all(mapped.controls == 0.5)


@given(coefficients)
def test_controls_of_the_result_lie_inside_the_styles_ranges(x):
    mapped = retarget(Expression(x), INFO, REALISTIC, HONEST)
    for control, value in zip(CONTROLS, mapped.controls, strict=True):
        low, high = REALISTIC.ranges[control.region]
        assert low - 1e-6 <= value <= high + 1e-6
    assert mapped.coefficients.min() >= 0
    assert mapped.coefficients.max() <= 1


@given(coefficients, st.integers(0, 51))
def test_more_in_never_means_less_out(x, i):
    more = x.copy()
    more[i] = min(1.0, more[i] + 0.1)
    low = retarget(Expression(x), INFO, REALISTIC, HONEST).coefficients
    high = retarget(Expression(more), INFO, REALISTIC, HONEST).coefficients
    assert np.all(high >= low - 1e-6)


def test_closed_eyes_stay_closed_in_every_style():
    asleep = Expression.from_coefficients({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0})
    for style in built_in_styles().values():
        mapped = retarget(asleep, INFO, style, HONEST)
        assert mapped.coefficients[INDEX["eyeBlinkLeft"]] == pytest.approx(1.0, abs=1e-5)
        assert mapped.bounded[INDEX["eyeBlinkLeft"]] <= style.bounds[INDEX["eyeBlinkLeft"]]


def test_a_rig_that_starts_late_is_driven_harder():
    late = LinearRig(exponents=np.full(52, 2.0))
    expression = Expression(prototype("happiness").coefficients)
    honest, driven = (retarget(expression, INFO, REALISTIC, r) for r in (HONEST, measure(late)))
    smile = INDEX["mouthSmileLeft"]
    assert driven.coefficients[smile] > honest.coefficients[smile] + 0.05
    # Both show the same face: the response is undone up to the five points it was measured at.
    np.testing.assert_allclose(late.features(driven.coefficients), LinearRig().features(honest.coefficients), atol=0.02)


def test_a_dead_shape_is_shown_by_others_that_look_alike():
    gains = np.ones(52)
    gains[INDEX["jawOpen"]] = 0.0
    dead, human = LinearRig(gains), LinearRig()
    for rig in (dead, human):
        rig.is_twin_of(INDEX["mouthFunnel"], INDEX["jawOpen"])
    dead._basis[INDEX["mouthFunnel"]] = human._basis[INDEX["mouthFunnel"]]
    mapped = retarget(
        Expression.from_coefficients({"jawOpen": 0.6}), INFO, REALISTIC, measure(dead), human=measure(human)
    )
    assert mapped.coefficients[INDEX["mouthFunnel"]] > 0.3
    assert any("jawOpen" in note and "mouthFunnel" in note for note in mapped.notes)
    plain = retarget(
        Expression.from_coefficients({"jawOpen": 0.6}), INFO, REALISTIC, measure(human), human=measure(human)
    )
    assert plain.coefficients[INDEX["mouthFunnel"]] == 0


def test_notes_say_what_was_held_back_and_what_was_not_seen():
    certainty = np.ones(52)
    certainty[INDEX["tongueOut"]] = 0
    expression = Expression(as_coefficients({"browInnerUp": 1.0}), certainty=certainty)
    notes = " ".join(retarget(expression, INFO, REALISTIC, HONEST).notes)
    assert "browInnerUp 1.00 to 0.60" in notes
    assert "Could not be seen, so left at rest: tongue out." in notes
    expression = Expression(as_coefficients({}), certainty=np.zeros(52))
    assert "Nothing is known of 52 of the 52 movements" in " ".join(retarget(expression, INFO, REALISTIC, HONEST).notes)


@given(st.floats(-1.5, 1.5), st.floats(-1.5, 1.5))
def test_the_head_stays_within_its_limit_and_keeps_order(a, b):
    one, other = limit_head(HeadPose(a), 0.44), limit_head(HeadPose(b), 0.44)
    assert abs(one.yaw_rad) <= 0.44
    assert (one.yaw_rad <= other.yaw_rad) == (a <= b) or abs(a - b) < 1e-6
    assert np.sign(one.yaw_rad) == np.sign(a) or abs(a) < 1e-300


def test_measure_reports_all_shapes_of_a_rig():
    assert HONEST.is_live().all()
    assert len(HONEST.travel) == len(COEFFICIENTS)
