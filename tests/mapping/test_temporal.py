"""Steady curves: no trembling, no lateness, and peaks that stay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.core.arkit import INDEX
from mien.core.expression import Clip, Expression
from mien.mapping import Steady, steadied
from mien.mapping.temporal import jitter, smoothed

TIMES = np.arange(72) / 24


def trembling(seed=0, amount=0.03):
    """A smile that comes and goes in a second and a blink of a tenth, as a trembling reader sees them."""
    truth = np.zeros((len(TIMES), 52))
    truth[:, INDEX["mouthSmileLeft"]] = 0.8 * np.exp(-(((TIMES - 1.2) / 0.35) ** 2))
    truth[:, INDEX["eyeBlinkLeft"]] = np.exp(-(((TIMES - 2.3) / 0.06) ** 2))
    noise = np.random.default_rng(seed).normal(0, amount, truth.shape)
    return truth, np.clip(truth + noise, 0, 1)


def clip_of(curves):
    return Clip(TIMES.astype(np.float32), tuple(Expression(row.astype(np.float32)) for row in curves))


def test_trembling_falls_by_more_than_half():
    _, seen = trembling()
    calm = steadied(clip_of(seen)).coefficients
    assert jitter(calm) < 0.5 * jitter(seen)


def test_peaks_stay_and_come_when_they_came():
    truth, seen = trembling()
    calm = steadied(clip_of(seen)).coefficients
    for name in ("mouthSmileLeft", "eyeBlinkLeft"):
        curve, wanted = calm[:, INDEX[name]], truth[:, INDEX[name]]
        assert curve.max() > 0.85 * wanted.max()
        assert abs(int(curve.argmax()) - int(wanted.argmax())) <= 1


def test_a_moving_curve_comes_nearer_to_the_truth():
    truth, seen = trembling()
    calm = steadied(clip_of(seen)).coefficients
    smile = INDEX["mouthSmileLeft"]
    assert np.abs(calm - truth)[:, smile].mean() < np.abs(seen - truth)[:, smile].mean()


@given(st.floats(0, 1))
def test_a_face_that_keeps_still_is_left_alone(value):
    curves = np.full((20, 2), value)
    assert smoothed(curves, np.arange(20) / 24) == pytest.approx(curves, abs=1e-9)


def test_a_clip_too_short_to_judge_comes_back_as_it_is():
    clip = Clip(np.array([0.0, 0.1], dtype=np.float32), (Expression.neutral(), Expression.neutral()))
    assert steadied(clip) is clip


def lived(curves, times=TIMES):
    """The curves as a live filter gives them."""
    state, out = Steady.starting(curves[0], times[0]), [curves[0]]
    for row, at_s in zip(curves[1:], times[1:], strict=True):
        state = state.then(row, at_s)
        out.append(state.values)
    return np.array(out)


def test_live_curves_tremble_less_and_are_hardly_late():
    truth, seen = trembling()
    live = lived(seen)
    assert jitter(live) < 0.6 * jitter(seen)
    smile = INDEX["mouthSmileLeft"]
    assert 0 <= int(live[:, smile].argmax()) - int(truth[:, smile].argmax()) <= 2
    assert live[:, smile].max() > 0.85 * truth[:, smile].max()


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_live_curve_lies_between_what_it_was_and_what_is_seen(before, after):
    state = Steady.starting(np.array([before]), 5.0).then(np.array([after]), 5.0 + 1 / 15)
    assert min(before, after) - 1e-9 <= state.values[0] <= max(before, after) + 1e-9


@pytest.mark.parametrize("at_s", [4.0, 5.0, 7.0])
def test_after_a_break_or_a_step_back_in_time_a_live_curve_starts_anew(at_s):
    state = Steady.starting(np.zeros(3), 5.0).then(np.ones(3), at_s)
    assert state.values == pytest.approx(np.ones(3))
    assert not state.speeds.any()
