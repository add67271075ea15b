"""Steady curves: no trembling, no lateness, and peaks that stay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.core.arkit import INDEX
from mien.core.expression import Clip, Expression
from mien.mapping import steadied
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
