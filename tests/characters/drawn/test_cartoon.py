"""What a user of the cartoon cast relies on."""

from __future__ import annotations

import copy
import re
import tomllib
from importlib import resources
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.characters.drawn import Drawn, from_spec
from mien.core.arkit import COEFFICIENTS, COUNT, as_coefficients, mirror_order
from mien.core.character import FEATURES, DrawnCharacter, measure
from mien.core.emotion import prototype, prototypes
from mien.core.expression import HeadPose
from mien.errors import BadExpression, BadFile

REST = as_coefficients(np.zeros(COUNT))
# The least share of 128 x 128 pixels that must change by more than 8 of 255 when one coefficient goes from 0 to 1.
VISIBLE = 0.0025


def _specs() -> dict[str, dict]:
    folder = resources.files("mien.characters.cast")
    files = [f for f in folder.iterdir() if f.name.startswith("cartoon_")]
    return {s["id"]: s for s in (tomllib.loads(f.read_text(encoding="utf-8")) for f in files)}


SPECS = _specs()
IDS = sorted(SPECS)


@pytest.fixture(scope="module")
def cast() -> dict[str, Drawn]:
    return {name: from_spec(spec) for name, spec in SPECS.items()}


@pytest.mark.parametrize("name", IDS)
def test_is_a_drawn_character_whose_picture_fills_the_frame(cast, name):
    character = cast[name]
    picture = character.render(REST, 64)

    assert isinstance(character, DrawnCharacter)
    assert picture.shape == (64, 64, 4)
    assert picture.dtype == np.uint8
    assert (picture[..., 3] == 255).all()


@pytest.mark.parametrize("name", IDS)
def test_the_same_request_gives_the_same_bytes(cast, name):
    smile = prototype("happiness").coefficients
    head = HeadPose(0.3, -0.2, 0.1)
    again = from_spec(SPECS[name])

    assert cast[name].svg(smile, head=head) == again.svg(smile, head=head)
    assert np.array_equal(cast[name].render(smile, 64, head=head), again.render(smile, 64, head=head))


@pytest.mark.parametrize("name", IDS)
def test_documents_stay_small_enough_to_send_often(cast, name):
    assert max(len(cast[name].svg(p.coefficients)) for p in prototypes()) < 40_000


@pytest.mark.parametrize("name", IDS)
def test_every_coefficient_is_seen(cast, name):
    character = cast[name]
    rest = character.render(REST, 128).astype(int)
    dead = []
    for shape in COEFFICIENTS:
        moved = character.render(as_coefficients({shape: 1.0}), 128).astype(int)
        share = (np.abs(moved - rest).max(axis=2) > 8).mean()
        if share < VISIBLE:
            dead.append(f"{shape} {share:.4f}")
    assert not dead


@pytest.mark.parametrize("name", IDS)
def test_every_coefficient_moves_a_feature_point(cast, name):
    response = measure(cast[name])

    dead = [shape for shape, live in zip(COEFFICIENTS, response.is_live(above=0.008), strict=True) if not live]

    assert not dead


@pytest.mark.parametrize("name", IDS)
def test_a_mirrored_expression_gives_mirrored_features(cast, name):
    mirror = [FEATURES.index(_other_side(f)) for f in FEATURES]
    for emotion in ("contempt", "fear"):
        x = prototype(emotion).coefficients
        there = cast[name].features(x[mirror_order()])[mirror] * np.array([-1.0, 1.0, 1.0])
        np.testing.assert_allclose(there, cast[name].features(x), atol=1e-5)


def _other_side(name: str) -> str:
    if "_left" in name:
        return name.replace("_left", "_right")
    return name.replace("_right", "_left")


@pytest.mark.parametrize("name", IDS)
def test_lids_meet_in_a_blink_and_nowhere_else(cast, name):
    def opening(values) -> float:
        points = dict(zip(FEATURES, cast[name].features(as_coefficients(values)), strict=True))
        return min(points[f"lid_upper_{s}"][1] - points[f"lid_lower_{s}"][1] for s in ("left", "right"))

    assert opening({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}) == pytest.approx(0.0, abs=1e-4)
    assert opening({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0, "eyeWideLeft": 1.0}) == pytest.approx(0.0, abs=1e-4)
    assert opening({"eyeSquintLeft": 1.0, "eyeSquintRight": 1.0}) > 0.05
    assert opening({}) > 0.2


@pytest.mark.parametrize("name", IDS)
def test_the_mouth_is_closed_at_rest_and_opens_with_the_jaw(cast, name):
    inside = SPECS[name]["colours"].get("mouth", "#4b0f1c")

    def gap(values) -> float:
        points = dict(zip(FEATURES, cast[name].features(as_coefficients(values)), strict=True))
        return float(points["lip_upper_inner"][1] - points["lip_lower_inner"][1])

    assert gap({}) == pytest.approx(0.0, abs=1e-5)
    assert gap({"jawOpen": 1.0, "mouthClose": 1.0}) == pytest.approx(0.0, abs=0.02)
    assert gap({"jawOpen": 1.0}) > 0.3
    # At rest nothing of the inside is painted: throat, teeth and tongue are left out of the document.
    rest, talking = (cast[name].svg(as_coefficients(x)) for x in ({}, {"jawOpen": 0.6}))
    tongue = SPECS[name]["colours"].get("tongue", "#e8677a")
    assert tongue not in rest
    assert tongue in talking
    assert inside not in rest


@pytest.mark.parametrize("name", IDS)
def test_the_jaw_and_gaze_go_where_they_are_told(cast, name):
    def point(feature, values):
        return cast[name].features(as_coefficients(values))[FEATURES.index(feature)]

    rest_chin, rest_iris = point("chin", {}), point("iris_left", {})
    assert point("chin", {"jawLeft": 1.0})[0] > rest_chin[0]
    assert point("chin", {"jawRight": 1.0})[0] < rest_chin[0]
    assert point("chin", {"jawOpen": 1.0})[1] < rest_chin[1]
    assert point("iris_left", {"eyeLookOutLeft": 1.0})[0] > rest_iris[0]
    assert point("iris_left", {"eyeLookInLeft": 1.0})[0] < rest_iris[0]
    assert point("iris_left", {"eyeLookUpLeft": 1.0})[1] > rest_iris[1]
    assert np.array_equal(point("iris_right", {"eyeLookOutLeft": 1.0}), point("iris_right", {}))


@settings(max_examples=40, deadline=None)
@given(
    name=st.sampled_from(IDS),
    values=st.lists(st.floats(0, 1, width=32), min_size=COUNT, max_size=COUNT),
    yaw=st.floats(-0.6, 0.6),
    pitch=st.floats(-0.6, 0.6),
)
def test_any_coefficients_give_a_sound_document_and_an_uncrossed_mouth(cast, name, values, yaw, pitch):
    x = as_coefficients(values)
    svg = cast[name].svg(x, head=HeadPose(yaw, pitch, 0.2))
    root = ElementTree.fromstring(svg)
    points = cast[name].features(x)
    y = {f: points[i, 1] for i, f in enumerate(FEATURES)}

    assert root.attrib["viewBox"] == "0 0 512 512"
    assert not re.search(r"nan|inf(?!o)", svg.replace("inferno", ""))
    assert len(svg) < 48_000
    assert np.isfinite(points).all()
    assert y["lip_upper_inner"] >= y["lip_lower_inner"]
    assert y["lid_upper_left"] >= y["lid_lower_left"] - 1e-5


def test_two_pictures_on_one_page_share_no_ids(cast):
    one = cast["otto"].svg(REST)
    other = cast["otto"].svg(prototype("anger").coefficients)

    assert not set(re.findall(r'id="([^"]+)"', one)) & set(re.findall(r'id="([^"]+)"', other))


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("colours", "skin", "pink"),
        ("eyes", "width", "wide"),
        ("eyes", "widht", 3),
        ("head", "outline", [[0, 1]]),
        ("brows", "points", [[1, 2]]),
        ("mouth", "gap_tooth", 1),
        ("response", "jawWide", {"gain": 1.0}),
        ("response", "jawOpen", {"gain": 0.0}),
    ],
)
def test_a_slip_in_a_file_names_the_file_and_the_key(table, key, value):
    spec = copy.deepcopy(SPECS["otto"])
    spec.setdefault(table, {})[key] = value

    with pytest.raises(BadFile, match=rf"otto\.toml.*{key}"):
        from_spec(spec)


def test_a_missing_table_or_an_unknown_part_is_named():
    spec = copy.deepcopy(SPECS["otto"])
    del spec["nose"]
    with pytest.raises(BadFile, match=r"otto\.toml needs nose"):
        from_spec(spec)

    spec = copy.deepcopy(SPECS["otto"])
    spec["shape"][0]["fill"] = "heir"
    with pytest.raises(BadFile, match=r"Did you mean hair"):
        from_spec(spec)


def test_a_picture_too_small_or_too_large_is_refused(cast):
    with pytest.raises(BadExpression, match="16 to 4096"):
        cast["otto"].render(REST, 9000)
