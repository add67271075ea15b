"""What a sculpted face does when a coefficient moves, on everybody."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.characters import Cast
from mien.characters.sculpted import shading
from mien.characters.sculpted.head_data import TONGUE, head_data
from mien.core.arkit import COEFFICIENTS, COUNT, as_coefficients
from mien.core.character import FEATURES, measure
from mien.core.expression import HeadPose
from mien.core.looks import look

pytestmark = pytest.mark.usefixtures("weights")

CAST = Cast()
IDS = [info.id for info in CAST.infos if info.kind == "sculpted"]
REST = as_coefficients(np.zeros(COUNT))
# Everything that moves must move by this share of the distance between the eyes, summed over the feature points.
LIVE = 0.02


def _at(feature: str) -> int:
    return FEATURES.index(feature)


def _features(name: str, **values: float):
    return CAST[name].features(as_coefficients(values))


@pytest.mark.parametrize("name", IDS)
def test_every_coefficient_moves_feature_points(name):
    response = measure(CAST[name])
    dead = [shape for shape, live in zip(COEFFICIENTS, response.is_live(above=LIVE), strict=True) if not live]
    assert not dead


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("side", ["Left", "Right"])
def test_lids_meet_in_a_blink(name, side):
    upper, lower = _at(f"lid_upper_{side.lower()}"), _at(f"lid_lower_{side.lower()}")
    rest, shut = _features(name), _features(name, **{f"eyeBlink{side}": 1.0})

    open_by = rest[upper, 1] - rest[lower, 1]
    assert open_by > 0.1
    assert shut[upper, 1] - shut[lower, 1] < 0.35 * open_by


@pytest.mark.parametrize("name", IDS)
def test_no_eyeball_shows_through_a_blink(name):
    """A wide-eyed picture shows eyes; the same face with lids shut shows next to none."""
    seen = [_share(name, shading.EYE, eyeBlinkLeft=v, eyeBlinkRight=v) for v in (0.0, 1.0)]
    assert seen[0] > 0.002
    assert seen[1] < 0.12 * seen[0]


@pytest.mark.parametrize("name", IDS)
def test_both_irises_turn_the_same_way_when_the_face_looks_aside(name):
    rest = _features(name)
    left = _features(name, eyeLookOutLeft=1.0, eyeLookInRight=1.0)
    for iris in ("iris_left", "iris_right"):
        assert left[_at(iris), 0] - rest[_at(iris), 0] > 0.05
    up = _features(name, eyeLookUpLeft=1.0, eyeLookUpRight=1.0)
    assert (up[[_at("iris_left"), _at("iris_right")], 1] > 0.03).all()


@pytest.mark.parametrize("name", IDS)
def test_lids_follow_a_lowered_gaze(name):
    rest, down = _features(name), _features(name, eyeLookDownLeft=1.0)
    assert down[_at("lid_upper_left"), 1] < rest[_at("lid_upper_left"), 1] - 0.02


@pytest.mark.parametrize("name", IDS)
def test_one_side_acts_alone(name):
    smile = _features(name, mouthSmileLeft=1.0) - _features(name)
    assert np.linalg.norm(smile[_at("mouth_corner_left")]) > 4 * np.linalg.norm(smile[_at("mouth_corner_right")])
    brow = _features(name, browDownRight=1.0) - _features(name)
    assert np.linalg.norm(brow[_at("brow_mid_right")]) > 4 * np.linalg.norm(brow[_at("brow_mid_left")])


@pytest.mark.parametrize("name", IDS)
def test_teeth_show_in_a_laugh_and_not_at_rest(name):
    assert _share(name, shading.TOOTH) < 3e-4
    assert _share(name, shading.TOOTH, **_named("laugh")) > 4e-4


@pytest.mark.parametrize("name", IDS)
def test_a_tongue_that_is_out_is_in_front_of_the_lip(name):
    out = _features(name, tongueOut=1.0)
    assert out[_at("tongue_tip"), 2] > _features(name)[_at("tongue_tip"), 2] + 0.15
    assert out[_at("tongue_tip"), 2] > out[_at("lip_lower_inner"), 2] - 0.08


def test_the_lower_teeth_and_the_tongue_go_with_the_jaw():
    data = head_data()
    falls = data.shapes[COEFFICIENTS.index("jawOpen")]
    tongue = np.unique(data.triangles[data.part == TONGUE])
    assert falls[tongue, 1].mean() < -0.2


@pytest.mark.parametrize("name", IDS)
def test_cheeks_puff_and_lips_pucker(name):
    puffed, rest = _features(name, cheekPuff=1.0), _features(name)
    assert puffed[_at("cheek_left"), 0] > rest[_at("cheek_left"), 0] + 0.01
    pucker = _features(name, mouthPucker=1.0)
    width = [f[_at("mouth_corner_left"), 0] - f[_at("mouth_corner_right"), 0] for f in (rest, pucker)]
    assert width[1] < 0.9 * width[0]


@settings(max_examples=25, deadline=None)
@given(
    coefficients=hnp.arrays(np.float32, COUNT, elements=st.floats(0, 1, width=32)),
    angles=st.tuples(*[st.floats(-0.7, 0.7)] * 3),
    name=st.sampled_from(IDS),
)
def test_any_pose_gives_an_opaque_picture_and_finite_points(coefficients, angles, name):
    character, head = CAST[name], HeadPose(*angles)
    picture = character.render(coefficients, 64, head=head)

    assert (picture[..., 3] == 255).all()
    assert picture[..., :3].std() > 5
    assert np.isfinite(character.features(coefficients)).all()
    assert np.isfinite(character.landmarks(coefficients, 64, head=head)).all()


def _named(name: str) -> dict[str, float]:
    return dict(zip(COEFFICIENTS, look(name).coefficients.tolist(), strict=True))


def _share(name: str, kind: int, **values: float) -> float:
    """Share of the samples in which a material is seen."""
    return float((CAST[name].materials(as_coefficients(values), 200) == kind).mean())


def _corners(name: str, expression: str) -> np.ndarray:
    """How far the corners of the mouth rise, left and right."""
    moved = CAST[name].features(look(expression).coefficients) - _features(name)
    return moved[[_at("mouth_corner_left"), _at("mouth_corner_right")], 1]


@pytest.mark.parametrize("name", IDS)
def test_contempt_is_no_half_smile(name):
    """Contempt acts on the right, the half smile on the left; the idle corner is what parts them."""
    contempt, smug = _corners(name, "contempt"), _corners(name, "smug half smile")
    assert smug[0] > 0.08
    assert contempt[0] < smug[1] - 0.03
    brow = [CAST[name].features(look(e).coefficients)[_at("brow_mid_left"), 1] for e in ("contempt", "smug half smile")]
    assert brow[0] < brow[1] - 0.05


@pytest.mark.parametrize("name", IDS)
def test_an_angry_mouth_does_not_smile(name):
    assert (_corners(name, "anger") < -0.02).all()
    assert (_corners(name, "sadness") < -0.02).all()
    assert (_corners(name, "happiness") > 0.05).all()
