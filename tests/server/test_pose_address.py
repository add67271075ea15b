"""A pose survives the way through an address."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.core.arkit import COUNT
from mien.core.expression import HeadPose
from mien.errors import BadExpression
from mien.server.pose import decode_pose, encode_pose

ANGLE = st.floats(-3.1, 3.1)


@given(st.lists(st.floats(0, 1), min_size=COUNT, max_size=COUNT), ANGLE, ANGLE, ANGLE)
def test_there_and_back(values, yaw, pitch, roll):
    text = encode_pose(np.array(values, dtype=np.float32), HeadPose(yaw, pitch, roll))
    assert text.replace("-", "").replace("_", "").isalnum()
    coefficients, head = decode_pose(text)
    assert np.allclose(coefficients, values, atol=1 / 65535)
    assert np.allclose([head.yaw_rad, head.pitch_rad, head.roll_rad], [yaw, pitch, roll], atol=1e-4)


def test_no_pose_is_rest():
    coefficients, head = decode_pose("")
    assert not coefficients.any()
    assert head == HeadPose()


@pytest.mark.parametrize("text", ["abc", "é" * 147, "A" * 146, "A" * 148, "=" * 147, "AA==" * 40])
def test_anything_else_is_refused(text):
    with pytest.raises(BadExpression, match="no pose"):
        decode_pose(text)
