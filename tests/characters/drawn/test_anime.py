"""The anime look: everything a drawn character promises, and signs that grow with the face and can be switched off."""

import copy
import tomllib
from importlib import resources
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.characters.drawn import from_spec
from mien.core.arkit import COEFFICIENTS, INDEX, as_coefficients, mirror_order
from mien.core.character import FEATURES, DrawnCharacter, measure
from mien.core.expression import HeadPose
from mien.core.looks import look
from mien.errors import BadFile

REST = np.zeros(52, dtype=np.float32)
# The least share of 128 x 128 pixels that must change by more than 12 of 255 when one coefficient goes from 0 to 1.
VISIBLE = 0.002


def _specs():
    files = [f for f in resources.files("mien.characters.cast").iterdir() if f.name.startswith("anime_")]
    return {s["id"]: s for s in (tomllib.loads(f.read_text(encoding="utf-8")) for f in files)}


SPECS = _specs()
NAMES = sorted(SPECS)


def spec_of(name):
    return copy.deepcopy(SPECS[name])


@pytest.fixture(scope="module")
def cast():
    return {name: from_spec(spec_of(name)) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_is_a_drawn_character_and_draws_the_same_bytes_every_time(cast, name):
    character = cast[name]
    assert isinstance(character, DrawnCharacter)
    angry = look("anger").coefficients
    assert character.svg(angry) == from_spec(spec_of(name)).svg(angry)
    assert len(character.svg(angry)) < 50_000
    picture = character.render(angry, 96)
    assert picture.shape == (96, 96, 4)
    assert picture[..., 3].min() == 255


@pytest.mark.parametrize("name", NAMES)
def test_every_coefficient_is_seen(cast, name):
    character = cast[name]
    rest = character.render(REST, 128).astype(int)
    dead = []
    for i, coefficient in enumerate(COEFFICIENTS):
        pose = REST.copy()
        pose[i] = 1
        changed = (np.abs(character.render(pose, 128).astype(int) - rest).max(axis=2) > 12).mean()
        if changed < VISIBLE:
            dead.append((coefficient, round(float(changed), 4)))
    assert dead == []


@pytest.mark.parametrize("name", NAMES)
def test_every_coefficient_moves_a_feature_point(cast, name):
    live = measure(cast[name]).is_live(above=0.008)
    assert [shape for shape, moves in zip(COEFFICIENTS, live, strict=True) if not moves] == []


@pytest.mark.parametrize("name", NAMES)
def test_lids_meet_in_a_blink(cast, name):
    def gap(**values):
        points = dict(zip(FEATURES, cast[name].features(as_coefficients(values)), strict=True))
        return points["lid_upper_left"][1] - points["lid_lower_left"][1]

    assert gap() > 0.2
    assert abs(gap(eyeBlinkLeft=1.0)) < 0.02


@pytest.mark.parametrize("name", NAMES)
def test_a_mirrored_expression_has_mirrored_features(cast, name):
    swap = [FEATURES.index(f.replace("left", "?").replace("right", "left").replace("?", "right")) for f in FEATURES]
    for feeling in ("smug half smile", "contempt", "fear"):
        x = look(feeling).coefficients
        here, there = cast[name].features(x), cast[name].features(x[mirror_order()])
        np.testing.assert_allclose(there[swap] * [-1, 1, 1], here, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=12, deadline=None)
@given(
    values=hnp.arrays(np.float32, 52, elements=st.floats(0, 1, width=32)),
    yaw=st.floats(-0.45, 0.45),
    pitch=st.floats(-0.45, 0.45),
)
def test_any_coefficients_give_a_sound_document(cast, name, values, yaw, pitch):
    svg = cast[name].svg(values, head=HeadPose(yaw, pitch, 0.2))
    ElementTree.fromstring(svg)
    assert "nan" not in svg
    assert "inf" not in svg
    assert np.isfinite(cast[name].features(values)).all()


@pytest.mark.parametrize("feeling", ["anger", "sadness", "fear", "disgust", "laugh"])
def test_signs_grow_with_the_face_without_a_jump(cast, feeling):
    full = look(feeling).coefficients
    pictures = [cast["mika"].render(as_coefficients(full * k / 40), 96).astype(float) for k in range(41)]
    steps = [np.abs(b - a).mean() for a, b in pairwise(pictures)]
    assert max(steps) < 5 * np.median(steps) + 0.5


def test_laughing_eyes_close_upward_and_sleeping_ones_downward(cast):
    def lid(name, **values):
        points = cast[name].features(as_coefficients(values))
        iris = cast[name].features(REST)[FEATURES.index("iris_left")][1]
        return points[FEATURES.index("lid_upper_left")][1] - iris

    asleep = {"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}
    for name in NAMES:
        assert lid(name, **asleep) < 0 < lid(name, **asleep, mouthSmileLeft=0.9, cheekSquintLeft=0.8)


@pytest.mark.parametrize(
    ("sign", "feeling"),
    [
        ("anger", "anger"),
        ("tears", "sadness"),
        ("sweat", "fear"),
        ("gloom", "disgust"),
        ("blush", "laugh"),
        ("arcs", "laugh"),
        ("pupils", "fear"),
    ],
)
def test_every_sign_can_be_switched_off(sign, feeling):
    spec = spec_of("mika")
    strong = look(feeling).coefficients
    with_sign = from_spec(spec).svg(strong)
    without = from_spec({**spec, "signs": {sign: False}})
    assert without.svg(strong) != with_sign
    assert without.svg(REST) == from_spec(spec).svg(REST)


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("signs", "anger", "yes"),
        ("hair", "cap", [[0]]),
        ("eyes", "tall", 9),
        ("signs", "hearts", True),
        ("eyes", "iris", -3),
        ("colours", "skin", "pinkish"),
    ],
)
def test_a_slip_in_a_file_names_the_file_and_the_key(table, key, value):
    spec = spec_of("mika")
    spec[table] = {**spec.get(table, {}), key: value}
    with pytest.raises(BadFile, match=rf"mika.toml.*{key}"):
        from_spec(spec)


def test_a_lock_with_a_number_missing_is_named():
    spec = spec_of("ren")
    spec["locks"][0]["rows"] = [[0, 0, 1, 1]]
    with pytest.raises(BadFile, match=r"ren.toml.*locks.*rows"):
        from_spec(spec)


def test_gaze_goes_where_it_is_told():
    mika = from_spec(spec_of("mika"))
    left = mika.features(as_coefficients({"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0})) - mika.features(REST)
    for eye in ("iris_left", "iris_right"):
        assert left[FEATURES.index(eye)][0] > 0.05
    assert INDEX["eyeLookOutLeft"] == 3
