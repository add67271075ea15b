"""The tools that every drawn look stands on: SVG, colours, turning, strict files, acting."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.characters.drawn import from_spec
from mien.characters.drawn.acting import read_acting
from mien.characters.drawn.canvas import Canvas, Path
from mien.characters.drawn.colour import from_oklab, mix_colours, shade, to_oklab
from mien.characters.drawn.curves import mirrored, on_curve, rotated, segments
from mien.characters.drawn.raster import rasterise
from mien.characters.drawn.spec import Table
from mien.characters.drawn.turn import Globe, Layer, Turn
from mien.core.arkit import as_coefficients
from mien.core.expression import HeadPose
from mien.errors import BadFile

GLOBE = Globe((0.0, 0.0), 100.0, 130.0, 80.0)


def turned(yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> Turn:
    return Turn(GLOBE, HeadPose(math.radians(yaw_deg), math.radians(pitch_deg)), pivot=(0.0, 100.0))


def test_a_canvas_writes_one_self_contained_document_with_its_own_ids():
    canvas = Canvas("a7")
    red = canvas.linear((0, 0), (0, 512), (0.0, "#ff0000"), (1.0, "#ff0000"))
    with canvas.group("translate(10 0)", clip=canvas.clip(Path.ellipse(256, 256, 100, 100)), name="face"):
        canvas.rect(0, 0, 512, 512, red)
    again = canvas.linear((0, 0), (0, 512), (0.0, "#ff0000"), (1.0, "#ff0000"))

    picture = rasterise(canvas.svg(), 64)
    ids = [e.attrib["id"] for e in ElementTree.fromstring(canvas.svg()).iter() if "id" in e.attrib]

    assert again == red
    assert ids == ["a7-0", "a7-1"]
    assert picture[32, 32].tolist() == [255, 0, 0, 255]
    assert picture[2, 2, 3] == 0


def test_a_ribbon_covers_its_line_by_its_width():
    canvas = Canvas("r")
    canvas.path(Path.ribbon([(100, 256), (256, 256), (412, 256)], [0, 64, 0]), "#000000")
    alpha = rasterise(canvas.svg(), 512)[..., 3] > 128

    assert alpha[:, 256].sum() == pytest.approx(64, abs=2)
    assert alpha[:, 60].sum() == 0


@given(st.lists(st.tuples(st.floats(-300, 300), st.floats(-300, 300)), min_size=2, max_size=9))
def test_smooth_curves_pass_through_their_points(points):
    curve = segments(points, closed=False)

    assert [c[0] for c in curve] == points[:-1]
    assert curve[-1][3] == points[-1]
    assert on_curve(points, 0.0) == pytest.approx(points[0])


def test_mirroring_continues_a_half_and_rotation_is_clockwise_on_screen():
    assert mirrored([(1, 0), (2, 5)]) == [(-2, 5), (-1, 0)]
    assert rotated([(1.0, 0.0)], math.pi / 2)[0] == pytest.approx((0.0, 1.0))


@given(st.integers(0, 0xFFFFFF))
def test_oklab_gives_colours_back(number):
    colour = f"#{number:06x}"

    assert from_oklab(to_oklab(colour)) == colour
    assert mix_colours(colour, "#123456", 0.0) == colour


def test_shading_changes_lightness_in_the_direction_asked():
    assert to_oklab(shade("#c68642", -0.1))[0] < to_oklab("#c68642")[0] < to_oklab(shade("#c68642", 0.1))[0]


def test_a_still_head_is_left_alone():
    turn = turned()

    assert turn.still
    assert turn.bend((30.0, -20.0), 10.0) == (30.0, -20.0)
    assert turn.matrix(Layer((30.0, 0.0))) is None
    assert turn.roll is None


def test_turning_moves_the_face_where_the_head_points_and_leaves_the_silhouette():
    left, up = turned(yaw_deg=25), turned(pitch_deg=20)

    assert left.bend((0.0, 0.0))[0] > 20
    assert left.bend((0.0, 0.0), 20.0)[0] > left.bend((0.0, 0.0))[0]
    assert up.bend((0.0, 0.0))[1] < -20
    assert left.bend((103.0, 0.0)) == pytest.approx((103.0, 0.0))
    assert left.bend((-110.0, 0.0)) == pytest.approx((-110.0, 0.0))


@given(st.floats(-30, 30), st.floats(-25, 25), st.floats(-95, 95), st.floats(-120, 120))
def test_nothing_on_the_face_leaves_the_head(yaw, pitch, x, y):
    if (x / 100) ** 2 + (y / 130) ** 2 > 0.95:
        return
    bx, by = turned(yaw, pitch).bend((x, y))

    assert (bx / 100) ** 2 + (by / 130) ** 2 < 1.06


def test_acting_applies_curves_then_correctives():
    acting = read_acting(
        Table(
            {
                "response": {"jawOpen": {"gain": 0.5, "exponent": 2.0}},
                "corrective": [
                    {"when": ["mouthSmileLeft", "mouthSmileRight"], "add": {"jawOpen": 0.4, "browInnerUp": -0.5}}
                ],
            },
            source="x.toml",
        )
    )
    values = acting.values(as_coefficients({"jawOpen": 0.5, "mouthSmileLeft": 1.0, "mouthSmileRight": 0.5}))
    alone = acting.values(as_coefficients({"mouthSmileLeft": 1.0}))

    assert values["jawOpen"] == pytest.approx(0.5 * 0.25 + 0.5 * 0.4)
    assert values["browInnerUp"] == 0.0
    assert alone["jawOpen"] == 0.0
    assert len(values) == 52


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda t: t.number("wide", low=0, high=1), r"x\.toml: eyes\.wide must be a number from 0 to 1, not 7"),
        (lambda t: t.number("tall"), r"x\.toml needs eyes\.tall"),
        (lambda t: t.colour("tint"), r"x\.toml: eyes\.tint must be a colour"),
        (lambda t: t.choice("tint", ["rose", "red"]), r"Unknown choice 'rosy'. Did you mean rose"),
        (lambda t: t.rows("wide", 2), r"a list of lists of 2 numbers"),
        (lambda t: t.finish(), r"Unknown key"),
    ],
)
def test_a_table_says_what_is_wrong_and_where(read, message):
    with pytest.raises(BadFile, match=message):
        read(Table({"eyes": {"wide": 7, "tint": "rosy"}}, source="x.toml").table("eyes"))


def test_an_unknown_style_is_refused():
    with pytest.raises(BadFile, match=r"who\.toml: style must be cartoon or anime"):
        from_spec({"id": "who", "style": "cubist"})


def test_rendering_is_straight_alpha_rgba():
    canvas = Canvas("s")
    canvas.path(Path.polygon([(0, 0), (512, 0), (512, 512), (0, 512)]), "#ff0000", opacity=0.5)
    picture = rasterise(canvas.svg(), 16)

    assert picture.dtype == np.uint8
    assert picture[8, 8, 0] >= 253
    assert picture[8, 8, 3] == pytest.approx(128, abs=1)
