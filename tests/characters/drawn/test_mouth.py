"""The cartoon mouth: one shape that never crosses itself, whatever the coefficients."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.characters.drawn.cartoon.mouth import MIDDLE, Mouth, T
from mien.characters.drawn.spec import Table
from mien.core.arkit import COEFFICIENTS, INDEX, mirror_order

MOUTH = Mouth(Table({"y": 90, "width": 40}, source="x.toml"))
LIPS = [n for n in COEFFICIENTS if n.startswith(("mouth", "jaw", "tongue", "cheek", "nose"))]


def pose(**values):
    return MOUTH.pose({**dict.fromkeys(COEFFICIENTS, 0.0), **values})


@given(st.dictionaries(st.sampled_from(LIPS), st.floats(0, 1.5)))
def test_lips_may_touch_but_never_cross(values):
    mouth = pose(**values)
    uppers = [x for x, _ in mouth.upper]

    assert uppers == sorted(uppers)
    assert all(u[1] <= l[1] + 1e-9 for u, l in zip(mouth.upper, mouth.lower, strict=True))
    assert all(o[1] <= u[1] for o, u in zip(mouth.upper_outer, mouth.upper, strict=True))
    assert all(l[1] <= o[1] for o, l in zip(mouth.lower_outer, mouth.lower, strict=True))
    assert mouth.upper[0] == pytest.approx(mouth.lower[0])
    assert mouth.upper[-1] == pytest.approx(mouth.lower[-1])


@given(st.dictionaries(st.sampled_from(LIPS), st.floats(0, 1)))
def test_a_mirrored_pull_gives_the_mirrored_mouth(values):
    twin = {name: values.get(COEFFICIENTS[mirror_order()[INDEX[name]]], 0.0) for name in COEFFICIENTS}

    there, here = pose(**twin), pose(**values)

    assert [(-x, y) for x, y in reversed(there.lower)] == [pytest.approx(p) for p in here.lower]


def test_expressions_have_their_shapes():
    rest, smile, frown = pose(), pose(mouthSmileLeft=1, mouthSmileRight=1), pose(mouthFrownLeft=1, mouthFrownRight=1)
    smirk, funnel, stretch = pose(mouthSmileLeft=1), pose(mouthFunnel=1), pose(mouthStretchLeft=1, mouthStretchRight=1)

    assert rest.gap_max == 0.0
    assert smile.corner_left[1] < rest.corner_left[1] < frown.corner_left[1]
    assert smile.upper[MIDDLE][1] > smile.corner_left[1]
    assert frown.upper[MIDDLE][1] < frown.corner_left[1]
    assert smirk.corner_left[1] < rest.corner_left[1] - 10
    assert smirk.corner_right[1] == pytest.approx(rest.corner_right[1], abs=1.0)
    assert funnel.corner_left[0] < 0.75 * rest.corner_left[0]
    assert funnel.gap > 5
    assert stretch.corner_left[0] > 1.2 * rest.corner_left[0]


def test_bared_teeth_jaw_and_tongue():
    snarl = pose(mouthUpperUpLeft=1)
    side = [i for i, t in enumerate(T) if t > 0.3]
    gaps = [l[1] - u[1] for u, l in zip(snarl.upper, snarl.lower, strict=True)]

    assert max(gaps[i] for i in side) > 3 * gaps[2]
    assert pose(jawOpen=1).gap > 40
    assert pose(jawOpen=1, mouthClose=1).gap_max == 0.0
    assert pose(tongueOut=1).gap > 10
    assert pose(tongueOut=1).tongue_tip[1] > pose(tongueOut=1).lower[MIDDLE][1] + 20
