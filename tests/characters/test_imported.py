"""Heads that users bring: understood whatever their file calls things, posed and drawn like everybody else."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from foreign import EYES_AT, PRESETS_0, VROID, glb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from mien.characters import Cast
from mien.characters.imported import Imported, from_rig
from mien.characters.imported.names import sources
from mien.core.arkit import COEFFICIENTS, COUNT, INDEX, as_coefficients
from mien.core.character import FEATURES, CharacterInfo, Light, LitCharacter, measure
from mien.core.emotion import prototype
from mien.core.expression import HeadPose
from mien.core.looks import look
from mien.core.mesh import Mesh, MeshCharacter
from mien.core.rig import Group, Material, Rig, RigPart, Shape
from mien.core.style import built_in_styles
from mien.errors import BadFile
from mien.formats import gltf, rig
from mien.mapping import retarget

pytestmark = pytest.mark.usefixtures("weights")

REST = as_coefficients({})
SIZE = 128
WINK = as_coefficients({"eyeBlinkLeft": 1.0})


def character(data: bytes, spec: dict | None = None) -> Imported:
    return from_rig(CharacterInfo("guest", "Guest", "stylized3d", "imported"), rig.read(data), spec or {})


def at(points, name: str):
    return points[FEATURES.index(name)]


@pytest.fixture(scope="module")
def guest(bald_head):
    """A skinned VRM 0 head, its shapes under names with prefixes."""
    return character(glb(bald_head, vrm=0, names=lambda name: f"Face.M_F00_{name}"))


def differs(one, other):
    """Where two pictures differ: the middle in pixels, and the share of pixels."""
    apart = np.abs(one[..., :3].astype(int) - other[..., :3]).max(axis=2) > 12
    y, x = np.nonzero(apart)
    return (x.mean(), y.mean()), apart.mean()


# -- names ---------------------------------------------------------------------------------------------------------


def flat(*names: str, groups=()) -> Rig:
    """A rig of nothing but named shapes."""
    none = np.zeros((1, 3), dtype=np.float32)
    shapes = tuple(Shape(name, np.zeros(1, dtype=np.int32), none) for name in names)
    part = RigPart(
        "face", 0, Material(""), none, None, np.zeros((0, 3), np.int32), None, None, shapes,
        np.zeros((1, 1), np.int32), np.ones((1, 1), np.float32),
    )  # fmt: skip
    return Rig("glTF 2.0", "", (part,), (), groups)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("jawOpen", "jawOpen"), ("JawOpen", "jawOpen"), ("jaw_open", "jawOpen"), ("JAW OPEN", "jawOpen"),
        ("blendShape1.jawOpen", "jawOpen"), ("Head_Jaw_Open.001", "jawOpen"), ("eyeBlinkLeft", "eyeBlinkLeft"),
        ("eyeBlink_L", "eyeBlinkLeft"), ("EyeBlink.R", "eyeBlinkRight"), ("leftEyeBlink", "eyeBlinkLeft"),
        ("Eye_Blink_R", "eyeBlinkRight"), ("vrc.blink_left", "eyeBlinkLeft"), ("Eye_L_Look_R", "eyeLookInLeft"),
        ("Mouth_L", "mouthLeft"), ("jawLeft", "jawLeft"), ("Brow_Drop_L", "browDownLeft"),
        ("Fcl_MTH_A", "jawOpen"), ("Fcl_EYE_Close_R", "eyeBlinkRight"), ("Fcl_BRW_Sorrow", "browInnerUp"),
        ("あ", "jawOpen"), ("viseme_U", "mouthPucker"),
    ],
)  # fmt: skip
def test_a_name_is_known_however_it_is_written(written, meant):
    assert list(sources(flat(written))) == [meant]


def test_every_coefficient_is_known_by_its_own_name_and_by_pascal_case_with_a_short_side():
    for name in COEFFICIENTS:
        assert list(sources(flat(name))) == [name]
        short = name[0].upper() + name[1:].replace("Left", "_L").replace("Right", "_R")
        assert list(sources(flat(short))) == [name]


def test_what_has_no_side_serves_both_and_halves_add_up():
    both = sources(flat("Mouth_Smile"))
    assert set(both) == {"mouthSmileLeft", "mouthSmileRight"}
    assert all(found[0].half for found in both.values())
    halves = sources(flat("browInnerUp_L", "browInnerUp_R"))
    assert list(halves) == ["browInnerUp"]
    assert len(halves["browInnerUp"][0].pieces) == 2


def test_custom_expressions_of_a_vrm_that_are_named_like_coefficients_are_these():
    (found,) = sources(flat("key 7", groups=(Group("JawOpen", "", ((0, 0, 0.8),)),)))["jawOpen"]
    assert (found.label, found.pieces, found.direct) == ("JawOpen", ((0, 0, 0.8),), True)


def test_names_that_mean_nothing_here_are_left_alone():
    assert sources(flat("breast_size", "open", "Left", "Basis", "mouth", "Fcl_ALL_Joy")) == {}


# -- heads ---------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["elena", "gus"])
def twice(request):
    """One of the cast, and the same head after it went through a file."""
    own = Cast()[request.param]
    return own, character(gltf.write(own.mesh()))


def test_a_head_of_the_cast_that_went_through_a_file_is_the_same_head(twice):
    own, again = twice
    assert again.found.missing == ()
    here, there = own.features(REST), again.features(REST)
    away = np.linalg.norm((here - there)[:, :2], axis=1)
    # Nobody said where its points are: they are found to within a tenth of the distance between the eyes.
    assert np.median(away) < 0.06
    assert away.max() < 0.25
    for values in ({"jawOpen": 1.0}, {"mouthSmileLeft": 1.0}, {"eyeBlinkRight": 1.0}, {"browInnerUp": 1.0}):
        x = as_coefficients(values)
        moved, known = again.features(x) - there, own.features(x) - here
        alike = (moved * known).sum() / (np.linalg.norm(moved) * np.linalg.norm(known))
        assert alike > 0.9, values
        assert 0.6 < np.linalg.norm(moved) / np.linalg.norm(known) < 1.5, values
    # Framed alike, to within four percent of the picture.
    for feature in ("iris_left", "iris_right", "mouth_corner_left", "chin"):
        here, there = at(own.landmarks(REST, 100), feature), at(again.landmarks(REST, 100), feature)
        np.testing.assert_allclose(there, here, atol=4.0)


def face_of(someone, x):
    """The face alone, grey: both are framed a little differently."""
    points = someone.landmarks(REST, 256)
    left, right = at(points, "iris_left"), at(points, "iris_right")
    unit, middle = np.linalg.norm(left - right), (left + right) / 2
    x0, y0, x1, y1 = -0.9, -0.5, 0.9, 1.5
    box = tuple(np.concatenate([middle + np.multiply(unit, (x0, y0)), middle + np.multiply(unit, (x1, y1))]))
    picture = Image.fromarray(someone.render(x, 256)).convert("L")
    return np.asarray(picture.resize((48, 54), Image.Resampling.BILINEAR, box=box), dtype=float)


def test_a_picture_of_it_is_close_to_that_of_the_original(twice):
    own, again = twice
    for emotion in ("neutral", "happiness", "anger"):
        x = prototype(emotion).coefficients
        one, other = face_of(own, x), face_of(again, x)
        assert np.abs(one - other).mean() < 25, emotion
        # The same parts are bright and dark.
        assert np.corrcoef(one.ravel(), other.ravel())[0, 1] > 0.8, emotion


@pytest.mark.parametrize("version", [0, 1])
def test_left_is_the_characters_own_whichever_way_the_file_looks(bald_head, version):
    someone = character(glb(bald_head, vrm=version))
    points = someone.landmarks(REST, SIZE)
    assert at(points, "iris_left")[0] > SIZE / 2 > at(points, "iris_right")[0]
    (x, y), _ = differs(someone.render(REST, SIZE), someone.render(WINK, SIZE))
    np.testing.assert_allclose((x, y), at(points, "iris_left"), atol=0.05 * SIZE)


@pytest.mark.parametrize(
    "turn",
    [
        np.diag([-1.0, 1.0, -1.0]),
        np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
        np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    ],
    ids=["looks back", "looks aside", "lies on its back"],
)  # fmt: skip
def test_a_head_is_turned_to_the_camera(bald_head, turn):
    someone = character(glb(bald_head, turn=turn))
    upright = character(glb(bald_head))
    np.testing.assert_allclose(someone.features(WINK), upright.features(WINK), atol=0.02)


def test_names_that_mean_the_viewers_left_are_noticed(bald_head):
    someone = character(glb(bald_head, mirrored_names=True))
    assert "viewer" in " ".join(someone.found.notes)
    moved = np.linalg.norm(someone.features(WINK) - someone.features(REST), axis=1)
    assert moved[FEATURES.index("lid_upper_left")] > 5 * moved[FEATURES.index("lid_upper_right")]


def test_a_vrm_without_arkit_names_acts_by_its_expressions(bald_head):
    number = {name: f"shape {k}" for k, name in enumerate(COEFFICIENTS)}
    someone = character(glb(bald_head, vrm=1, names=number.get, toon=True))
    by = someone.found.by
    assert by["jawOpen"] == "VRM aa"
    assert by["mouthSmileLeft"] == "VRM happy"
    assert "cheekPuff" in someone.found.missing
    assert not someone.found.direct
    # Of a smile that squints and lifts the brows, the mouth's part is a mouth's.
    moved = np.linalg.norm(someone.features(as_coefficients({"mouthSmileLeft": 1.0})) - someone.features(REST), axis=1)
    assert moved[FEATURES.index("mouth_corner_left")] > 0.05
    assert moved[FEATURES.index("brow_mid_left")] < 0.01
    assert moved[FEATURES.index("mouth_corner_right")] < 0.2 * moved[FEATURES.index("mouth_corner_left")]


def test_a_shape_that_is_there_in_name_only_gives_way_to_one_that_moves(bald_head):
    """As on public VRoid heads: all 52 names, and a jawOpen that hardly opens anything."""
    names = {**{name: name for name in COEFFICIENTS}, "mouthPucker": "Fcl_MTH_U"}
    parts = []
    for part in bald_head.parts:
        moves = part.moves.copy()
        moves[INDEX["mouthFunnel"]] = moves[INDEX["jawOpen"]]
        moves[INDEX["jawOpen"]] *= 0.02
        parts.append(
            type(part)(part.surface, part.positions, part.normals, part.triangles, part.colours, part.places, moves)
        )
    names["mouthFunnel"] = "Fcl_MTH_A"
    someone = character(glb(Mesh("x", "X", "anime", tuple(parts)), names=names.get))
    assert someone.found.by["jawOpen"] == "Fcl_MTH_A"
    assert someone.found.by["mouthPucker"] == "Fcl_MTH_U"
    chin = someone.features(as_coefficients({"jawOpen": 1.0})) - someone.features(REST)
    assert at(chin, "chin")[1] < -0.2


def test_what_is_missing_is_said_and_shown_by_others(bald_head):
    someone = character(glb(bald_head, skeleton=True, names=lambda n: None if n.startswith("mouthSmile") else n))
    assert someone.found.missing == ("mouthSmileLeft", "mouthSmileRight")
    human = measure(Cast()["elena"])
    smile = look("happiness")
    mapped = retarget(smile, someone.info, built_in_styles()["stylized3d"], measure(someone), human=human)
    assert any("mouthSmileLeft" in note and "shown by" in note for note in mapped.notes)
    rise = someone.features(mapped.coefficients) - someone.features(REST)
    assert at(rise, "mouth_corner_left")[0] > 0.02


def test_eyes_without_shapes_are_turned_by_their_bones(guest):
    assert guest.eyes_by == "bone"
    look = as_coefficients({"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0})
    moved = guest.features(look) - guest.features(REST)
    assert at(moved, "iris_left")[0] > 0.05
    assert at(moved, "iris_right")[0] > 0.05
    assert (
        abs(at(guest.features(as_coefficients({"eyeLookUpLeft": 1.0})) - guest.features(REST), "iris_left")[1]) > 0.05
    )


def test_a_jaw_without_a_shape_is_opened_by_its_bone(bald_head, monkeypatch):
    import foreign

    bones = {**foreign.BONES, "jaw": ("head", (0.0, 1.46, 0.0))}
    monkeypatch.setattr(foreign, "BONES", bones)

    def carrier(part):
        names = list(bones)
        x, y, z = part.positions.T
        below = (y < -1.1) & (y > -1.9) & (z > -0.1)
        eye = np.where(x > 0, names.index("leftEye"), names.index("rightEye"))
        return eye if part.surface.name == "eyes" else np.where(below, names.index("jaw"), names.index("head"))

    monkeypatch.setattr(foreign, "_carrier", carrier)
    someone = character(glb(bald_head, skeleton=True, names=lambda n: None if n == "jawOpen" else n))
    assert someone.found.by["jawOpen"] == "jaw bone"
    moved = someone.features(as_coefficients({"jawOpen": 1.0})) - someone.features(REST)
    assert at(moved, "chin")[1] < -0.15


def test_lips_that_close_over_an_open_jaw_do_not_cross_without_one(guest):
    closed, both = as_coefficients({"mouthClose": 1.0}), as_coefficients({"mouthClose": 0.8, "jawOpen": 0.8})
    for x in (REST, closed, both):
        points = guest.features(x)
        assert at(points, "lip_upper")[1] > at(points, "lip_lower")[1]


def test_every_coefficient_that_is_there_changes_the_picture(bald_head):
    someone = character(glb(bald_head))
    rest = someone.render(REST, 96).astype(int)
    dead = []
    for name in COEFFICIENTS:
        moved = someone.render(as_coefficients({name: 1.0, **({"jawOpen": 1.0} if name == "mouthClose" else {})}), 96)
        if (np.abs(moved - rest).max(axis=2) > 8).mean() < 0.001:
            dead.append(name)
    assert not dead


# -- what everybody relies on --------------------------------------------------------------------------------------


def test_it_is_a_character_with_a_mesh_whose_light_can_be_moved(guest):
    assert isinstance(guest, LitCharacter)
    assert isinstance(guest, MeshCharacter)
    points = guest.landmarks(REST, SIZE)

    def brightness(cheek: str, light: Light) -> float:
        x, y = at(points, cheek).astype(int)
        return float(guest.render_lit(REST, SIZE, light=light)[y - 2 : y + 3, x - 2 : x + 3, :3].mean())

    assert brightness("cheek_left", Light(1.1, 0.3)) > brightness("cheek_left", Light(-1.1, 0.3))
    assert brightness("cheek_right", Light(1.1, 0.3)) < brightness("cheek_right", Light(-1.1, 0.3))


def test_the_same_arguments_give_the_same_bytes(guest, bald_head):
    fear, head = prototype("fear").coefficients, HeadPose(0.3, -0.15, 0.1)
    picture = guest.render(fear, SIZE, head=head)
    assert picture.shape == (SIZE, SIZE, 4)
    assert (picture[..., 3] == 255).all()
    assert np.array_equal(picture, guest.render(fear, SIZE, head=head))
    again = character(glb(bald_head, vrm=0, names=lambda name: f"Face.M_F00_{name}"))
    assert np.array_equal(picture, again.render(fear, SIZE, head=head))


@pytest.mark.parametrize("head", [HeadPose(), HeadPose(0.3, 0.1, 0.15), HeadPose(-0.3, -0.2, -0.15)], ids=str)
def test_landmarks_lie_in_the_picture_scale_with_it_and_turn_with_the_head(guest, head):
    for emotion in ("neutral", "surprise"):
        x = prototype(emotion).coefficients
        points = guest.landmarks(x, SIZE, head=head)
        assert points.shape == (len(FEATURES), 2)
        assert points.dtype == np.float32
        assert ((points >= 0) & (points < SIZE)).all()
        np.testing.assert_allclose(guest.landmarks(x, 2 * SIZE, head=head), 2 * points, atol=0.05)
    tip = at(guest.landmarks(REST, SIZE, head=head), "nose_tip") - at(guest.landmarks(REST, SIZE), "nose_tip")
    assert np.sign(round(float(tip[0]), 3)) == np.sign(head.yaw_rad)


def test_shoulders_stay_while_a_head_on_a_skeleton_turns(guest):
    still, turned = guest.render(REST, SIZE), guest.render(REST, SIZE, head=HeadPose(0.4, 0.0, 0.0))
    assert np.abs(still[-3:].astype(int) - turned[-3:]).max() < 40
    assert differs(still, turned)[1] > 0.1


def test_it_leaves_as_one_of_our_own_files_with_everything_it_can_do(guest):
    own = gltf.read(gltf.write(guest.mesh()))
    assert own.terms["author"] == "A. Nobody"
    assert own.frame is not None
    assert own.frame[0] < -1.5 < 1.0 < own.frame[1]
    moving = [part for part in own.parts if part.moves is not None]
    jaw = min(part.moves[INDEX["jawOpen"], :, 1].min() for part in moving)
    assert jaw < -0.3
    eyes = next(part for part in own.parts if part.surface.name == "eyes")
    assert np.abs(eyes.moves[INDEX["eyeLookOutLeft"], :, 0]).max() > 0.05
    # A mouth is darker inside than a cheek is: what hollows keep of the light goes along.
    inside = next(part for part in own.parts if part.surface.name == "mouth")
    assert inside.colours.mean() < 0.6 * own.parts[0].colours.mean()
    again = character(gltf.write(guest.mesh()))
    np.testing.assert_allclose(
        again.features(as_coefficients({"jawOpen": 0.7})), guest.features(as_coefficients({"jawOpen": 0.7})), atol=0.12
    )


def test_a_toon_is_drawn_in_its_own_colours_and_leaves_unlit(bald_head):
    someone = character(glb(bald_head, vrm=1, toon=True))
    assert not any(part.surface.is_lit for part in someone.mesh().parts)
    x, y = at(someone.landmarks(REST, SIZE), "cheek_left").astype(int)
    one, other = (someone.render_lit(REST, SIZE, light=Light(a, 0.3))[y, x, :3] for a in (0.5, -0.5))
    assert np.abs(one.astype(int) - other).max() < 90
    assert one.min() > 60


def test_see_through_surfaces_let_through_what_lies_behind(bald_head):
    """A pane before the face: with holes, half there, not there."""
    pane = np.array([[-2, -3, 1.5], [2, -3, 1.5], [2, 2, 1.5], [-2, 2, 1.5]], dtype=np.float32)
    bare = character(glb(bald_head)).render(REST, SIZE)

    found = rig.read(glb(bald_head))

    def behind(alpha: str, opacity: float):
        material = Material("pane", colour=(0.0, 0.0, 1.0, opacity), look="flat", alpha=alpha, cutoff=0.5)
        part = RigPart(
            "pane", 99, material, pane * 0.063 + EYES_AT.astype(np.float32), None,
            np.array([[0, 1, 2], [0, 2, 3]], np.int32), None, None, (), np.zeros((4, 1), np.int32),
            np.ones((4, 1), np.float32),
        )  # fmt: skip
        whole = Rig(found.format, "", (*found.parts, part), found.bones)
        info = CharacterInfo("guest", "Guest", "stylized3d", "imported")
        return from_rig(info, whole, {}).render(REST, SIZE)[SIZE // 2, SIZE // 2]

    middle = bare[SIZE // 2, SIZE // 2].astype(int)
    assert behind("opaque", 1.0)[:3].tolist() == [0, 0, 255]
    half = behind("blend", 0.5)
    assert half[2] > middle[2]
    assert 0 < half[0] < middle[0]
    assert np.abs(behind("mask", 0.4).astype(int) - middle).max() < 12
    assert behind("mask", 0.6)[:3].tolist() == [0, 0, 255]


def test_a_picture_that_repeats_is_laid_out_as_often_as_it_is_seen(bald_head):
    found = rig.read(glb(bald_head))
    halves = np.zeros((8, 8, 3), dtype=np.uint8)
    halves[:, :4, 0], halves[:, 4:, 2] = 255, 255
    buffer = BytesIO()
    Image.fromarray(halves).save(buffer, "PNG")
    square = np.array([[-3, -3, -3], [3, -3, -3], [3, 3, -3], [-3, 3, -3]], dtype=np.float32)
    places = np.array([[0, 1], [3, 1], [3, 0], [0, 0]], dtype=np.float32)
    at_wall = square * 0.063 + EYES_AT.astype(np.float32)
    wall = RigPart(
        "wall", 99, Material("wall", picture=buffer.getvalue(), look="flat"), at_wall, None,
        np.array([[0, 1, 2], [0, 2, 3]], np.int32), None, places, (), np.zeros((4, 1), np.int32),
        np.ones((4, 1), np.float32),
    )  # fmt: skip
    info = CharacterInfo("guest", "Guest", "stylized3d", "imported")
    someone = from_rig(info, Rig(found.format, "", (*found.parts, wall), found.bones), {})
    row = someone.render(REST, SIZE)[4, :, :3].astype(int)
    stripes = np.flatnonzero(np.diff(np.sign(row[:, 0] - row[:, 2])))
    assert 4 <= len(stripes) <= 6
    part = next(p for p in someone.mesh().parts if p.surface.name == "wall")
    assert part.surface.colour.shape == (8, 24, 3)
    assert part.places.max() == 1.0


# -- what its file may say -----------------------------------------------------------------------------------------


def test_a_file_says_which_shape_is_which_and_where_points_are(bald_head):
    names = {name: f"s{k}" for k, name in enumerate(COEFFICIENTS)}
    shapes = {n: names[n] for n in ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "browInnerUp")}
    data = glb(bald_head, names=names.get)
    someone = character(data, {"shapes": shapes})
    assert set(someone.found.direct) == set(shapes)

    place = (0.0, 1.47, 0.09)
    told = character(data, {"shapes": shapes, "features": {"nose_tip": list(place)}})
    np.testing.assert_allclose(told.places()["nose_tip"], place, atol=0.006)
    irises = {"iris_left": [0.032, 1.5, 0.075], "iris_right": [-0.032, 1.5, 0.075]}
    moved = character(data, {"shapes": shapes, "features": irises})
    assert moved.eyes_by == "its file"
    np.testing.assert_allclose(moved.places()["iris_left"], irises["iris_left"], atol=1e-5)


@pytest.mark.parametrize(
    ("spec", "error", "message"),
    [
        ({"shapes": {"jawOpn": "jawOpen"}}, BadFile, "jawOpen"),
        ({"shapes": {"jawOpen": "nothing like it"}}, BadFile, r"\.toml: shapes.jawOpen: Unknown shape of this model"),
        ({"features": {"nose": [0, 0, 0]}}, BadFile, "nose"),
        ({"features": {"nose_tip": [0, 0]}}, BadFile, "3 numbers"),
        ({"features": {"iris_left": [0.03, 1.5, 0.07]}}, BadFile, "together"),
        ({"features": {"iris_left": [-1, 1, 0], "iris_right": [1, 1, 0]}}, BadFile, "wrong way round"),
        ({"frame": {"below": 9}}, BadFile, "frame.below"),
        ({"colour": "red"}, BadFile, "colour"),
    ],
)
def test_a_slip_in_the_file_is_told_with_its_key(bald_head, spec, error, message):
    with pytest.raises(error, match=message):
        character(glb(bald_head), spec)


def test_what_is_no_face_is_refused_in_a_sentence(bald_head):
    still = Mesh(
        "x",
        "X",
        "x",
        tuple(type(p)(p.surface, p.positions, p.normals, p.triangles, p.colours) for p in bald_head.parts),
    )
    with pytest.raises(BadFile, match="no morph targets"):
        character(glb(still))
    with pytest.raises(BadFile, match="named like one of a face"):
        character(glb(bald_head, names=lambda name: f"key {INDEX[name]}"))
    with pytest.raises(BadFile, match="moves the mouth"):
        character(glb(bald_head, names=lambda name: name if name.startswith("eye") else None))
    with pytest.raises(BadFile, match="moves eyes"):
        character(glb(bald_head, names=lambda name: name if name.startswith("mouth") else None))
    writer_of_nothing = glb(Mesh("x", "X", "x", ()))
    with pytest.raises(BadFile, match="no surfaces"):
        character(writer_of_nothing)


def test_vroid_names_and_vrm_presets_are_tables_that_name_coefficients():
    assert set(VROID) <= set(COEFFICIENTS)
    assert all(set(shapes) <= set(COEFFICIENTS) for shapes in PRESETS_0.values())


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    kept=st.sets(st.sampled_from(COEFFICIENTS), min_size=1, max_size=6),
    scale=st.sampled_from([1e-4, 1.0, 1e4]),
    flatten=st.booleans(),
)
def test_any_rig_is_understood_or_refused(bald_head, kept, scale, flatten):
    """Few shapes, odd sizes, everything in one plane: a head, or a sentence why not."""
    squash = np.array([1, 1, 0 if flatten else 1]) * scale
    parts = tuple(
        type(p)(p.surface, (p.positions * squash).astype(np.float32), p.normals, p.triangles, p.colours, p.places,
                (p.moves * squash).astype(np.float32))
        for p in bald_head.parts
    )  # fmt: skip
    try:
        someone = character(glb(Mesh("x", "X", "x", parts), names=lambda name: name if name in kept else None))
    except BadFile:
        return
    picture = someone.render(as_coefficients(np.full(COUNT, 0.5)), 64)
    assert picture.shape == (64, 64, 4)
    assert np.isfinite(someone.features(REST)).all()
