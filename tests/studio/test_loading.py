"""What `Studio` takes as a picture, and what it says of what is none."""

import numpy as np
import pytest
from PIL import Image

from mien.errors import NotAPicture
from mien.studio import Studio

RAMP = np.tile(np.arange(64, dtype=np.uint8)[:, None, None], (1, 40, 3))


def test_a_path_may_be_text(tmp_path):
    Image.fromarray(RAMP).save(tmp_path / "ramp.png")
    assert np.array_equal(Studio().load(str(tmp_path / "ramp.png")), RAMP)
    with pytest.raises(NotAPicture, match=r"There is no file none\.png"):
        Studio().read("none.png")
    with pytest.raises(NotAPicture, match=r"There is no file .*ramp\.png/x"):
        Studio().read(tmp_path / "ramp.png" / "x")


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (RAMP[..., 0], r"uint8 \(height, width, 3\), not uint8 \(64, 40\)"),
        (RAMP / 255, r"not float64 \(64, 40, 3\)"),
        (np.dstack([RAMP, RAMP])[..., :4], r"not uint8 \(64, 40, 4\)"),
        (RAMP[:0], r"not uint8 \(0, 40, 3\)"),
        (None, "not NoneType"),
        ([[1, 2, 3]], "not list"),
    ],
)
def test_pixels_are_three_bytes_each(picture, said):
    for take in (Studio().read, Studio().faces, Studio().target):
        with pytest.raises(NotAPicture, match=said):
            take(picture)
