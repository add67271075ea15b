"""What anyone who poses the built-in cast relies on, whoever acts."""

from __future__ import annotations

import numpy as np
import pytest

from mien.characters import Cast
from mien.core.arkit import COEFFICIENTS, COUNT, as_coefficients
from mien.core.character import FEATURES, Light, LitCharacter
from mien.core.emotion import prototype
from mien.core.expression import HeadPose
from mien.core.style import built_in_styles
from mien.errors import BadExpression

CAST = Cast()
IDS = list(CAST)
REST = as_coefficients(np.zeros(COUNT))
SIZE = 96
# At 1 a coefficient changes at least this share of the pixels by more than 8 of 255: some 14 pixels of 96 x 96. An eye
# of a realistic head is that small, and its gaze moves half of it.
VISIBLE = 0.0015


def test_everybody_has_a_name_and_an_id_of_their_own_and_a_known_style():
    infos = CAST.infos
    assert len({info.id for info in infos}) == len(infos)
    assert len({info.name for info in infos}) == len(infos)
    assert {info.style for info in infos} <= set(built_in_styles())
    assert all(CAST[info.id].info == info for info in infos)


@pytest.mark.parametrize("name", IDS)
def test_every_coefficient_changes_the_picture(name):
    character = CAST[name]
    rest = character.render(REST, SIZE).astype(np.int16)
    dead = []
    for shape in COEFFICIENTS:
        moved = character.render(as_coefficients({shape: 1.0}), SIZE).astype(np.int16)
        share = (np.abs(moved - rest).max(axis=2) > 8).mean()
        if share < VISIBLE:
            dead.append(f"{shape} {share:.4f}")
    assert not dead


@pytest.mark.parametrize("name", IDS)
def test_the_same_arguments_give_the_same_bytes(name):
    fear, head = prototype("fear").coefficients, HeadPose(0.3, -0.15, 0.1)
    picture = CAST[name].render(fear, SIZE, head=head)

    assert picture.shape == (SIZE, SIZE, 4)
    assert (picture[..., 3] == 255).all()
    assert np.array_equal(picture, CAST[name].render(fear, SIZE, head=head))


@pytest.mark.parametrize("style", sorted({info.style for info in CAST.infos}))
def test_a_character_built_again_is_the_same_one(style):
    name = next(info.id for info in CAST.infos if info.style == style)
    anger = prototype("anger").coefficients
    again = Cast()[name]

    assert np.array_equal(CAST[name].render(anger, SIZE), again.render(anger, SIZE))
    assert np.array_equal(CAST[name].landmarks(anger, SIZE), again.landmarks(anger, SIZE))


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("head", [HeadPose(), HeadPose(0.3, 0.1, 0.15), HeadPose(-0.3, -0.2, -0.15)], ids=str)
def test_landmarks_lie_in_the_picture_and_scale_with_it(name, head):
    for emotion in ("neutral", "surprise", "anger"):
        x = prototype(emotion).coefficients
        points = CAST[name].landmarks(x, SIZE, head=head)

        assert points.shape == (len(FEATURES), 2)
        assert points.dtype == np.float32
        assert ((points >= 0) & (points < SIZE)).all()
        np.testing.assert_allclose(CAST[name].landmarks(x, 2 * SIZE, head=head), 2 * points, atol=0.05)


@pytest.mark.parametrize("name", IDS)
def test_facing_the_camera_the_landmarks_are_the_features(name):
    character = CAST[name]
    rest = character.features(REST)[:, :2] * [1, -1]
    points = character.landmarks(REST, SIZE)
    # A drawing is flat; a sculpted head is seen in perspective.
    allowed = 1e-3 if character.info.kind == "drawn" else 0.12

    unit = np.linalg.norm(points[_at("iris_left")] - points[_at("iris_right")])
    middle = (points[_at("iris_left")] + points[_at("iris_right")]) / 2
    np.testing.assert_allclose((points - middle) / unit, rest, atol=allowed)


@pytest.mark.parametrize("name", IDS)
def test_landmarks_follow_the_parts(name):
    character = CAST[name]

    def at(feature, values, head=HeadPose()):  # noqa: B008
        return character.landmarks(as_coefficients(values), SIZE, head=head)[_at(feature)]

    smile = {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0}
    assert at("mouth_corner_left", smile)[1] < at("mouth_corner_left", {})[1]
    assert at("mouth_corner_left", smile)[0] > at("mouth_corner_left", {})[0]
    assert at("chin", {"jawOpen": 1.0})[1] > at("chin", {})[1]
    # The subject's left is the right of the picture; looking up moves the face up, a tilt turns the eye line.
    assert at("nose_tip", {}, HeadPose(yaw_rad=0.3))[0] > at("nose_tip", {})[0]
    assert at("nose_tip", {}, HeadPose(pitch_rad=0.3))[1] < at("nose_tip", {})[1]
    tipped = HeadPose(roll_rad=0.2)
    assert at("iris_left", {}, tipped)[1] > at("iris_right", {}, tipped)[1]


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize("head", [HeadPose(), HeadPose(0.25, 0.1, 0.2), HeadPose(-0.25, -0.1, -0.2)], ids=str)
def test_the_pixels_of_a_moving_iris_are_found_at_its_landmark(name, head):
    """What differs between two gazes lies round the two places the landmark says the iris was at."""
    character, size = CAST[name], 128
    looks = [as_coefficients({"eyeLookOutLeft": a, "eyeLookInLeft": 1 - a}) for a in (0.0, 1.0)]
    one, other = (character.render(x, size, head=head).astype(np.int16) for x in looks)
    places = [character.landmarks(x, size, head=head)[_at("iris_left")] for x in looks]

    weight = np.abs(one - other).max(axis=2).astype(float)
    y, x = np.mgrid[:size, :size] + 0.5
    middle = np.array([(weight * x).sum(), (weight * y).sum()]) / weight.sum()
    apart = np.linalg.norm(places[0] - places[1])
    assert apart > 0.5
    np.testing.assert_allclose(middle, np.mean(places, axis=0), atol=0.025 * size)


def _at(feature: str) -> int:
    return FEATURES.index(feature)


@pytest.mark.parametrize("name", [info.id for info in CAST.infos if info.kind == "sculpted"])
def test_a_light_from_one_side_brightens_that_side_of_a_sculpted_face(name):
    character = CAST[name]
    assert isinstance(character, LitCharacter)
    points = character.landmarks(REST, SIZE)

    def brightness(cheek: str, light: Light) -> float:
        x, y = points[_at(cheek)].astype(int)
        return float(character.render_lit(REST, SIZE, light=light)[y - 2 : y + 3, x - 2 : x + 3, :3].mean())

    right_of_picture, left_of_picture = Light(1.1, 0.3), Light(-1.1, 0.3)
    assert brightness("cheek_left", right_of_picture) > brightness("cheek_left", left_of_picture)
    assert brightness("cheek_right", right_of_picture) < brightness("cheek_right", left_of_picture)
    with pytest.raises(BadExpression, match="strength"):
        Light(0.0, 0.0, strength=-1.0)
