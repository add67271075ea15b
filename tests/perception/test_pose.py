"""Signs of the head's pose: left is the subject's left, up is up."""

from __future__ import annotations

import numpy as np
import pytest

from mien.core.expression import HeadPose
from mien.perception.blendshapes import mirror_landmarks
from mien.perception.overlay import head_axes
from mien.perception.pose import pose, rigid_points


def landmarks_of(head: HeadPose) -> np.ndarray:
    """The canonical head in a picture, posed; points that the fit does not use lie at its middle."""
    index, _, canonical = rigid_points()
    axes = {}
    for name, value in (("y", head.yaw_rad), ("x", -head.pitch_rad), ("z", -head.roll_rad)):
        c, s = np.cos(value), np.sin(value)
        axes[name] = {
            "x": np.array([[1, 0, 0], [0, c, -s], [0, s, c]]),
            "y": np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]]),
            "z": np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]),
        }[name]
    points = np.zeros((478, 3))
    points[index] = canonical @ (axes["y"] @ axes["x"] @ axes["z"]).T * 7
    return points * [1, -1, -1] + [200, 150, 0]


@pytest.mark.parametrize("angles", [(0, 0, 0), (0.5, 0, 0), (0, 0.4, 0), (0, 0, 0.6), (-0.7, 0.3, -0.2)])
def test_a_posed_head_gives_its_pose_back(angles):
    found = pose(landmarks_of(HeadPose(*angles)))
    assert (found.head.yaw_rad, found.head.pitch_rad, found.head.roll_rad) == pytest.approx(angles, abs=1e-3)
    index, _, canonical = rigid_points()
    assert np.abs(found.frontal[index] - canonical).max() < 1e-2


def test_signs_are_those_of_the_subject():
    rest = landmarks_of(HeadPose())
    nose, top, left_eye, right_eye = 4, 10, 263, 33
    # The subject's left is at the picture's right.
    assert rest[left_eye, 0] > rest[right_eye, 0]
    turned_left = landmarks_of(HeadPose(yaw_rad=0.4))
    assert turned_left[nose, 0] > rest[nose, 0] + 5
    looking_up = landmarks_of(HeadPose(pitch_rad=0.4))
    assert looking_up[nose, 1] < rest[nose, 1] - 5
    tipped_left = landmarks_of(HeadPose(roll_rad=0.4))
    assert tipped_left[left_eye, 1] > tipped_left[right_eye, 1] + 5
    del top


def test_axes_for_drawing_agree_with_the_signs():
    left, up, forward = head_axes(HeadPose())
    assert left == pytest.approx([1, 0])
    assert up == pytest.approx([0, -1])
    assert forward == pytest.approx([0, 0])
    assert head_axes(HeadPose(yaw_rad=0.4))[2, 0] > 0.3
    assert head_axes(HeadPose(pitch_rad=0.4))[2, 1] < -0.3
    assert head_axes(HeadPose(roll_rad=0.4))[1, 0] > 0.3


def test_the_mirror_swaps_sides_and_comes_back():
    order = mirror_landmarks()
    assert np.array_equal(order[order], np.arange(478))
    assert order[33] == 263
    assert order[61] == 291
    assert order[468] == 473
    assert order[1] == 1
