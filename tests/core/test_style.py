"""Table 5 as data, and the squash that keeps a face inside it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.core.arkit import COEFFICIENTS, CONTROLS, INDEX, to_controls
from mien.core.style import bound, built_in_styles, load_styles, parse_styles, unbound
from mien.errors import BadFile

coefficients = hnp.arrays(np.float32, 52, elements=st.floats(0, 1, width=32))
styles = st.sampled_from(list(built_in_styles().values()))


def test_the_four_styles_hold_the_ranges_of_table_5():
    table = {
        "realistic": [(0.15, 0.85), (0.10, 0.90), (0.20, 0.80), (0.25, 0.75)],
        "cartoon": [(0.05, 0.95), (0.01, 0.99), (0.10, 0.90), (0.15, 0.85)],
        "anime": [(0.10, 0.90), (0.05, 0.95), (0.15, 0.85), (0.20, 0.80)],
        "stylized3d": [(0.12, 0.88), (0.08, 0.92), (0.18, 0.82), (0.22, 0.78)],
    }
    assert {k: [s.ranges[r] for r in ("mouth", "eye", "brow", "cheek")] for k, s in built_in_styles().items()} == table


@given(coefficients, styles)
def test_every_control_ends_inside_its_range(x, style):
    controls = to_controls(bound(x, style))
    for control, value in zip(CONTROLS, controls, strict=True):
        low, high = style.ranges[control.region]
        assert low - 1e-6 <= value <= high + 1e-6


@given(coefficients, coefficients, styles)
def test_the_squash_keeps_order_and_never_makes_two_intensities_one(x, y, style):
    fx, fy = bound(x, style), bound(y, style)
    assert np.all((fx <= fy) | (x > y))
    apart = (x - y > 0.02) & (x < 0.98)
    assert np.all(fx[apart] > fy[apart])


@given(coefficients, styles)
def test_rest_stays_rest_small_stays_small_and_the_way_back_exists(x, style):
    assert np.all(bound(np.zeros(52, dtype=np.float32), style) == 0)
    small = bound(x * 0.01, style)
    np.testing.assert_allclose(small, x * 0.01, atol=2e-4)
    below = np.minimum(x, 0.98)
    np.testing.assert_allclose(unbound(bound(below, style), style), below, atol=2e-3)


NOIR = """
[[style]]
id = "noir"
name = "Noir"
cast = "cartoon"
exponents = { jawOpen = 1.5 }
[style.ranges]
mouth = [0.3, 0.7]
eye = [0.05, 0.6]
brow = [0.1, 0.9]
cheek = [0.3, 0.7]
[[style.corrective]]
when = ["mouthSmileLeft", "mouthSmileRight"]
add = { eyeSquintLeft = 0.3, eyeSquintRight = 0.3 }
"""


def test_a_style_of_ones_own_is_a_file(tmp_path):
    path = tmp_path / "noir.toml"
    path.write_text(NOIR)
    noir = load_styles([path])["noir"]
    assert noir.cast == "cartoon"
    # An uneven range bounds the two directions of a control differently.
    assert noir.bounds[INDEX["eyeWideLeft"]] == pytest.approx(0.2)
    assert noir.bounds[INDEX["eyeBlinkLeft"]] == pytest.approx(0.9)
    assert len(load_styles([path])) == 5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ('id = "noir"', "needs an id"),
        ("mouth = [0.3, 0.7]", "ranges.mouth"),
        ("eye = [0.05, 0.6]", "ranges.eye"),
    ],
)
def test_a_style_file_that_lacks_something_says_what(change, message):
    with pytest.raises(BadFile, match=message):
        parse_styles(NOIR.replace(change, ""), source="noir.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("eye = [0.05, 0.6]", "eye = [0.6, 0.9]", "ranges.eye"),
        ("eyeSquintLeft", "eyeSqintLeft", "eyeSquintLeft"),
        ("exponents", "exponent", "unknown key 'exponent'"),
        ("jawOpen = 1.5", "jawOpen = 99", "exponents"),
        ("[[style]]", "[[style", "not valid TOML"),
        ('when = ["mouthSmileLeft", "mouthSmileRight"]', "when = []", "corrective"),
        ("jawOpen = 1.5", 'jawOpen = "x"', "^noir.toml: style noir: exponents.jawOpen must be a number, not 'x'.$"),
        ("{ jawOpen = 1.5 }", "5", "^noir.toml: style noir: exponents must be a table, not 5.$"),
        ("eyeSquintLeft = 0.3", 'eyeSquintLeft = "a"', "corrective.add.eyeSquintLeft must be a number, not 'a'"),
        ('when = ["mouthSmileLeft", "mouthSmileRight"]', 'when = "jawOpen"', "corrective.when must be a list"),
        ('name = "Noir"', "contact = 5", "contact must be a list of coefficients, not 5"),
        ('name = "Noir"', "contact = [5]", "contact: Unknown coefficient '5'"),
        ('name = "Noir"', "name = 3", "^noir.toml: style noir: name must be a text, not 3.$"),
        ("mouth = [0.3, 0.7]", "mouth = [true, 0.7]", "ranges.mouth"),
        (NOIR, "style = [3]", "needs an id"),
    ],
)
def test_a_style_file_with_a_mistake_says_where(old, new, message):
    with pytest.raises(BadFile, match=message):
        parse_styles(NOIR.replace(old, new, 1), source="noir.toml")


def test_a_style_that_comes_with_mien_is_not_replaced(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(NOIR.replace('id = "noir"', 'id = "anime"'))
    with pytest.raises(BadFile, match=rf"^{path}: the style 'anime' comes with mien; choose another id\.$"):
        load_styles([path])


def test_a_style_file_that_cannot_be_read_says_why_in_plain_words(tmp_path):
    (tmp_path / "photo.png").write_bytes(b"\x89PNG")
    for path, says in (
        (tmp_path / "nothere.toml", "There is no style file .*nothere.toml"),
        (tmp_path, "is a folder"),
        (tmp_path / "photo.png", "photo.png is no style file: it is not text"),
    ):
        with pytest.raises(BadFile, match=says) as told:
            load_styles([path])
        assert "Errno" not in str(told.value)
        assert "codec" not in str(told.value)


def test_bounds_cover_all_coefficients():
    for style in built_in_styles().values():
        assert style.bounds.shape == (len(COEFFICIENTS),)
        assert style.bounds.min() > 0
