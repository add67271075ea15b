"""A clip is read frame by frame, one face is followed, gaps are filled, and steadying keeps the peaks."""

import numpy as np
import pytest

from mien.core.arkit import INDEX
from mien.core.expression import Expression
from mien.core.face import Face, Reading
from mien.errors import NoFaceFound
from mien.studio.acting import act

JAW = INDEX["jawOpen"]


def face(x):
    box = np.array([x - 40, 60, x + 40, 140], np.float32)
    return Face(box, 0.9, np.array([[x - 15, 90], [x + 15, 90], [x, 105], [x - 12, 120], [x + 12, 120]], np.float32))


class Reads:
    """A reader of pictures whose first pixel says how far the jaw is open; 255 shows no face."""

    def __init__(self, places=(100,)):
        self.places = places

    def read(self, picture, *, face=None):
        level = int(picture[0, 0, 0])
        if level == 255:
            raise NoFaceFound("No face in the picture.")
        which = (face or 1) - 1
        values = np.zeros(52, np.float32)
        values[JAW] = level / 250 if which == 0 else 0.9
        return Reading(300, 200, tuple(faces(self.places)), which, np.empty((0, 3), np.float32), 0.0,
                       Expression(values), looks_like="anime")  # fmt: skip


def faces(places):
    return [face(x) for x in places]


def clip(levels):
    return [(i / 24, np.full((4, 4, 3), level, np.uint8)) for i, level in enumerate(levels)]


def acted(levels, **more):
    return act(clip(levels), Reads(), lambda reading: reading.expression, **more)


def test_a_gap_takes_what_lies_between_its_neighbours_and_is_trusted_not_at_all():
    found = acted([0, 50, 255, 255, 200])
    assert found.unread == (3, 4)
    assert found.read.coefficients[:, JAW] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8], abs=1e-3)
    assert [e.confidence for e in found.read.expressions] == [1, 1, 0, 0, 1]


def test_steadying_calms_and_keeps_the_peak():
    rng = np.random.default_rng(0)
    wave = 200 * np.sin(np.linspace(0, np.pi, 48)) ** 2
    found = acted(np.clip(wave + rng.normal(0, 8, 48), 0, 250).astype(int))
    before, after = found.jitter
    assert after < 0.7 * before
    assert found.peak_retention > 0.95


def test_the_face_of_the_first_frame_is_followed_when_another_grows_larger():
    class Swaps(Reads):
        def read(self, picture, *, face=None):
            self.places = (100, 220) if picture[0, 0, 0] < 100 else (220, 100)
            return super().read(picture, face=face)

    found = act(clip([50, 50, 150]), Swaps(), lambda reading: reading.expression)
    # In the last frame the face at 100 is the second one, whose jaw is open to .9.
    assert found.read.coefficients[:, JAW] == pytest.approx([0.2, 0.2, 0.9], abs=1e-3)


def test_a_clip_without_any_face_is_refused_with_the_first_reason():
    with pytest.raises(NoFaceFound, match=r"None of the 2 frames.*No face in the picture"):
        acted([255, 255])
