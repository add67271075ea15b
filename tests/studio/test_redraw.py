"""Redrawing a picture: as large as it was, changed in the face alone, real people refused."""

from dataclasses import replace

import numpy as np
import pytest

from mien.core.expression import Expression
from mien.core.face import PHOTO, Face, Reading
from mien.core.style import built_in_styles
from mien.errors import NoFaceFound
from mien.mapping.translate import SIDE, Translator
from mien.studio.redraw import heatmap, redraw

POINTS = np.array([[170, 200], [230, 200], [200, 235], [178, 262], [222, 262]], dtype=np.float32)


class Reddens:
    """Paints everything red and looks at one place."""

    def run(self, **_):
        attention = np.zeros((1, 24, 24), dtype=np.float32)
        attention[0, 12, 12] = 1
        return {
            "flow": np.zeros((1, SIDE, SIDE, 2), dtype=np.float32),
            "mask": np.ones((1, SIDE, SIDE, 1), dtype=np.float32),
            "paint": np.broadcast_to(np.float32([1, 0, 0]), (1, SIDE, SIDE, 3)).copy(),
            "attention": attention,
        }


@pytest.fixture
def picture():
    return np.full((420, 400, 3), 90, dtype=np.uint8)


@pytest.fixture
def reading(picture):
    face = Face(np.array([140, 150, 260, 300], dtype=np.float32), 0.9, POINTS)
    return Reading(400, 420, (face,), 0, np.empty((0, 3), np.float32), 0.0, Expression.neutral(), looks_like="anime")


def redrawn(picture, reading):
    smile = Expression.from_coefficients({"mouthSmileLeft": 1.0, "jawOpen": 1.0})
    return redraw(smile, picture, reading, built_in_styles()["anime"], Translator(Reddens()))


def test_the_face_changes_and_the_corners_do_not(picture, reading):
    out = redrawn(picture, reading)
    assert out.picture.shape == picture.shape
    assert out.picture[230, 200, 0] > 240
    for corner in (out.picture[:60, :60], out.picture[-40:, -40:]):
        assert (corner == 90).all()


def test_what_is_asked_for_lies_inside_the_style_s_ranges(picture, reading):
    out = redrawn(picture, reading)
    assert (out.bounded <= built_in_styles()["anime"].bounds + 1e-6).all()


def test_a_photo_of_a_person_is_refused_with_what_to_do(picture, reading):
    with pytest.raises(NoFaceFound, match="rendered character"):
        redrawn(picture, replace(reading, looks_like=PHOTO))


def test_the_heat_map_is_warm_where_the_network_looked(picture, reading):
    shown = heatmap(redrawn(picture, reading)).astype(int)
    assert np.abs(shown[-30:, -30:] - 90).max() <= 2
    assert shown.shape == picture.shape
