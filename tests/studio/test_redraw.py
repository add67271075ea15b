"""Redrawing a picture: as large as it was, changed in the face alone, and refused where it must be."""

from dataclasses import replace
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage import data as sample_pictures

from mien.core.expression import Expression, HeadPose
from mien.core.looks import look
from mien.core.style import built_in_styles
from mien.errors import NoFaceFound, NoSuchFace, SeveralFaces
from mien.studio import Studio, payload, pictures
from mien.studio.heatmap import changed_in_square
from mien.studio.redraw import seen

pytestmark = [pytest.mark.usefixtures("weights"), pytest.mark.xdist_group("library")]

GRIN = Expression.from_coefficients({"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "jawOpen": 1.0})


@pytest.fixture
def studio(reddens):
    return Studio(mapper=reddens)


@pytest.fixture(scope="module")
def yuki():
    """An anime character at rest as nothing but a picture."""
    studio = Studio()
    (mapped,) = studio.map(Expression.neutral(), "yuki", exact=True)
    return np.ascontiguousarray(studio.render(mapped, 360)[..., :3])


@pytest.fixture(scope="module")
def target(yuki):
    return Studio().target(yuki)


def test_the_face_changes_and_every_other_pixel_is_the_target_s_own(studio, yuki, target):
    drawn = studio.redraw(GRIN, target)
    assert drawn.picture.shape == yuki.shape
    x, y = target.reading.face.points.mean(axis=0).astype(int)
    assert drawn.picture[y, x, 0] > 240
    assert drawn.picture[y, x, 1] < 20
    untouched = drawn.changed == 0
    assert 0.5 < untouched.mean() < 0.98
    assert np.array_equal(drawn.picture[untouched], yuki[untouched])


def test_the_network_hears_nothing_outside_the_style_s_ranges(studio, reddens, target):
    styles = built_in_styles()
    drawn = studio.redraw(GRIN, target, exact=True)
    assert target.style.id == "anime"
    assert (drawn.bounded <= styles["anime"].bounds + 1e-6).all()
    assert np.allclose(reddens.asked[-1]["wanted"][0], drawn.bounded)
    narrow = studio.redraw(GRIN, studio.target(target.picture, style="realistic"), exact=True)
    assert (narrow.bounded <= styles["realistic"].bounds + 1e-6).all()
    assert narrow.bounded.sum() < drawn.bounded.sum()
    assert any("Held back" in note for note in narrow.notes)


def test_the_heat_map_tells_where_was_looked_and_where_was_painted(studio, target):
    drawn = studio.redraw(GRIN, target)
    changed = changed_in_square(drawn, 24)
    # The network of these tests paints the middle third.
    assert changed[10:14, 10:14].min() > 0.95
    assert changed[:6].max() == 0
    told = payload.of_network_attention(drawn)
    looked = np.reshape(told["maps"]["looked"], (24, 24))
    assert looked[10:14, 10:14].min() == 255
    assert looked.sum() == 16 * 255
    assert np.reshape(told["maps"]["changed"], (24, 24))[12, 12] > 240


def test_a_picture_is_made_smaller_but_never_larger():
    picture = np.zeros((30, 60, 4), np.uint8)
    assert pictures.within(picture, 20).shape == (10, 20, 4)
    assert pictures.within(picture, 60) is picture


def test_a_result_is_no_surer_than_either_reading(studio, target):
    own = target.reading.expression.confidence
    assert studio.redraw(GRIN, target).confidence == pytest.approx(own)
    unsure = Expression(GRIN.coefficients, confidence=0.1)
    drawn = studio.redraw(unsure, target)
    assert drawn.confidence == pytest.approx(0.1)
    assert drawn.is_guess


def test_what_is_read_back_says_whether_the_drawing_shows_what_was_asked(studio, target):
    class Shows:
        def __init__(self, share):
            self.share = share

        def read(self, picture, *, face=None):
            own = target.reading.expression.coefficients
            return replace(
                target.reading, expression=Expression(np.clip(own + self.share * (drawn.bounded - own), 0, 1))
            )

    drawn = studio.redraw(GRIN, target)
    assert seen(drawn, Shows(0.0)) == pytest.approx(0, abs=1e-3)
    assert seen(drawn, Shows(0.6)) == pytest.approx(0.6, abs=1e-3)
    assert seen(drawn, Shows(1.0)) == pytest.approx(1, abs=1e-3)
    # Red paint is no grin.
    assert studio.seen(drawn) < 0.6
    assert studio.seen(studio.redraw(target.reading.expression, target)) is None


def test_a_head_that_the_source_turns_is_said_to_stay(studio, target):
    turned = Expression(GRIN.coefficients, head=HeadPose(0.6, 0.0, 0.0))
    assert any("head stays" in note for note in studio.redraw(turned, target).notes)
    assert not any("head stays" in note for note in studio.redraw(GRIN, target).notes)


def test_a_cut_out_keeps_its_transparency_and_what_lies_under_it(studio, yuki):
    opacity = np.full(yuki.shape[:2], 255, np.uint8)
    opacity[:, :40] = 0
    opacity[:, 40:60] = 128
    file = BytesIO()
    Image.fromarray(np.dstack([yuki, opacity])).save(file, "PNG")
    drawn = studio.redraw(GRIN, studio.target(file.getvalue()))
    assert drawn.picture.shape == (*yuki.shape[:2], 4)
    assert np.array_equal(drawn.picture[..., 3], opacity)
    untouched = drawn.changed == 0
    assert untouched[opacity == 0].all()
    assert np.array_equal(drawn.picture[untouched][:, :3], yuki[untouched])


def refusals(yuki):
    small = np.asarray(Image.fromarray(yuki).resize((72, 72)))
    return {
        "green": (np.full((300, 300, 3), (90, 140, 90), np.uint8), NoFaceFound, "No face"),
        "photo": (sample_pictures.astronaut(), NoFaceFound, "real person"),
        "tiny": (small, NoFaceFound, "px tall"),
        "cut off": (np.ascontiguousarray(yuki[: int(0.7 * len(yuki))]), NoFaceFound, "border cuts off|No face"),
        "two": (np.concatenate([yuki, yuki[:, ::-1]], axis=1), SeveralFaces, "2 faces.*--target-face"),
    }


@pytest.mark.parametrize("name", ["green", "photo", "tiny", "cut off", "two"])
def test_what_cannot_be_redrawn_is_refused_in_words_that_help(studio, yuki, name):
    picture, kind, says = refusals(yuki)[name]
    with pytest.raises(kind, match=says) as refused:
        studio.target(picture)
    assert str(refused.value).startswith("The target picture")


def test_of_several_faces_one_can_be_named(studio, yuki):
    both = np.concatenate([yuki, yuki[:, ::-1]], axis=1)
    first, second = (studio.target(both, face=k).reading.face.points.mean(axis=0)[0] for k in (1, 2))
    assert abs(first - second) > yuki.shape[1] / 2
    with pytest.raises(NoSuchFace, match="no face 3"):
        studio.target(both, face=3)


def test_the_heat_map_is_warm_where_the_network_looked_and_has_a_legend(studio, target, tmp_path):
    drawn = studio.redraw(look("surprise"), target)
    shown = studio.heatmap(drawn)
    pictures.save(shown, tmp_path / "heat.png")
    wide = (shown.shape[1] - 3 * 12) // 2
    left, right = shown[30:450, 12 : 12 + wide].astype(int), shown[30:450, 24 + wide : 24 + 2 * wide].astype(int)
    # Warm on the left, red on the right, and elsewhere the same picture twice.
    assert np.abs(left[40:80, 40:80] - right[40:80, 40:80]).max() <= 3
    assert np.abs(left - right).max() > 100
    assert len(np.unique(shown[462:470].reshape(-1, 3), axis=0)) > 100
