import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mien.core.asset import Asset, content_id
from mien.core.expression import Expression
from mien.core.looks import look
from mien.errors import BadExpression


def test_an_asset_survives_json():
    asset = Asset(
        "ab" * 16,
        look("wink"),
        character="mika",
        style="anime",
        tags=("Wink", "  happy  day", "wink"),
        text="A wink.",
        production="Night Bus",
        sequence="sq010",
        shot="sh020",
        frame=1012,
        source="takes/1.png",
        rating=4,
        created_at="2026-11-23T16:00:00.000Z",
        picture="ab/ab.png",
        width=256,
        height=128,
        face=(0.25, 0.125, 0.5, 0.75),
    )
    assert asset.tags == ("wink", "happy day")
    assert Asset.from_dict(asset.to_dict()) == asset


@pytest.mark.parametrize(
    "wrong",
    [
        {"rating": 6},
        {"rating": -1},
        {"rating": float("nan")},
        {"tags": "one"},
        {"text": None},
        {"style": 3},
        {"face": (0.5, 0.1, 0.2, 0.3)},
        {"face": (0.1, 0.2, 0.3)},
        {"face": (0.1, 0.1, float("nan"), 1.0)},
    ],
)
def test_what_is_no_asset_is_refused_in_one_sentence(wrong):
    with pytest.raises(BadExpression) as caught:
        Asset("", Expression.neutral(), **wrong)
    assert str(caught.value).count("\n") == 0


@pytest.mark.parametrize("data", [{}, {"expression": {"coefficients": {}}, "frame": "x"}, [], {"schema": "other/1"}])
def test_json_that_is_no_asset_is_refused(data):
    with pytest.raises(BadExpression):
        Asset.from_dict(data)


@given(st.binary(max_size=64), st.text(max_size=8), st.integers(0, 5))
def test_an_id_depends_on_picture_and_place_alone(content, shot, frame):
    one = content_id(content, shot=shot, frame=frame)
    assert one == content_id(content, shot=shot, frame=frame)
    assert len(one) == 32
    assert one != content_id(content, shot=shot, frame=frame + 1)
    assert one != content_id(content + b"x", shot=shot, frame=frame)
    assert one != content_id(content, sequence=shot or "s", shot="", frame=frame)


SHARE = st.floats(0.0, 1.0)


@given(st.integers(16, 4000), st.integers(16, 4000), st.tuples(SHARE, SHARE), st.tuples(SHARE, SHARE))
def test_a_portrait_is_a_square_inside_the_picture_that_shows_the_middle_of_the_face(width, height, across, down):
    (left, right), (top, bottom) = sorted(across), sorted(down)
    assume(right - left > 0.01 and bottom - top > 0.01)
    asset = Asset("", Expression.neutral(), width=width, height=height, face=(left, top, right, bottom))
    x0, y0, x1, y1 = asset.portrait_px
    assert 0 <= x0 < x1 <= width
    assert 0 <= y0 < y1 <= height
    assert abs((x1 - x0) - (y1 - y0)) <= 1
    assert x0 - 1 <= (left + right) / 2 * width <= x1 + 1
    assert y0 - 1 <= (top + bottom) / 2 * height <= y1 + 1


def test_where_nobody_looked_for_a_face_there_is_no_portrait():
    assert Asset("", Expression.neutral(), width=640, height=480).portrait_px is None
