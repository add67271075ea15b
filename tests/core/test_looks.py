"""Named looks."""

import pytest

from mien.core.looks import SHEET, look, looks
from mien.errors import UnknownName


def test_everything_on_a_contact_sheet_is_a_look():
    assert set(SHEET) <= set(looks())
    assert look("wink")["eyeBlinkRight"] == 1.0
    assert look("wink")["eyeBlinkLeft"] == 0.0


def test_an_unknown_look_is_answered_with_close_ones():
    with pytest.raises(UnknownName, match="wink"):
        look("winkk")
