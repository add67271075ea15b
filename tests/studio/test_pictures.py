"""Pictures are written whole or not at all, and the same picture gives the same bytes."""

import numpy as np
import pytest
from PIL import Image

from mien.errors import InputError
from mien.studio import pictures

RAMP = np.tile(np.arange(256, dtype=np.uint8)[:, None, None], (1, 40, 3))


def test_a_saved_picture_comes_back_as_it_was(tmp_path):
    path = tmp_path / "new" / "folder" / "ramp.png"
    pictures.save(RAMP, path)
    with Image.open(path) as picture:
        assert np.array_equal(np.asarray(picture), RAMP)
    assert pictures.png(RAMP) == path.read_bytes()


def test_a_picture_that_cannot_be_written_leaves_nothing_and_says_where(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(InputError, match="Cannot write"):
        pictures.save(RAMP, blocked / "ramp.png")
    assert list(tmp_path.iterdir()) == [blocked]


def test_a_failed_write_keeps_the_old_picture(tmp_path, monkeypatch):
    path = tmp_path / "ramp.png"
    pictures.save(RAMP, path)
    before = path.read_bytes()

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    with pytest.raises(InputError, match="No space left"):
        pictures.save(RAMP[:10], path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["ramp.png"]


@pytest.mark.parametrize("name", ["sheet.webp", "sheet", "folder.png"])
def test_a_target_that_cannot_hold_a_picture_is_refused_before_any_work(tmp_path, name):
    (tmp_path / "folder.png").mkdir()
    with pytest.raises(InputError):
        pictures.check_target(tmp_path / name)


def test_an_empty_sheet_is_refused():
    with pytest.raises(InputError, match="no asset"):
        pictures.contact_sheet(None, [])
