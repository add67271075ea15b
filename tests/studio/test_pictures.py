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


def test_nothing_that_is_read_is_written_over(tmp_path):
    photo = tmp_path / "photo.png"
    pictures.save(RAMP, photo)
    (tmp_path / "link.png").symlink_to(photo)
    for name in ("photo.png", "link.png", "../" + tmp_path.name + "/photo.png"):
        with pytest.raises(InputError, match="would be lost"):
            pictures.check_target(tmp_path / name, inputs=(tmp_path / "none.png", photo))
    pictures.check_target(tmp_path / "other.png", inputs=(photo,))


def test_a_shorter_take_is_not_written_into_a_longer_one(tmp_path):
    def write(count):
        writer = pictures.FrameWriter(tmp_path / "mika", stem="take", times_s=np.arange(count, dtype=np.float32))
        for _ in range(count):
            writer.write(np.zeros((8, 8, 3), np.uint8))
        return writer.close()

    write(3)
    write(3)
    (tmp_path / "mika" / "other.0003.png").write_bytes(b"")
    with pytest.raises(InputError, match=r"take\.0003\.png and on would follow"):
        write(2)
    assert len(list(write(4).iterdir())) == 5


def test_an_empty_sheet_is_refused():
    with pytest.raises(InputError, match="no asset"):
        pictures.contact_sheet(None, [])
