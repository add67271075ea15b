"""Clips as animators have them: numbered frames in order, videos in time, and one sentence for what is neither."""

import cv2
import numpy as np
import pytest
from PIL import Image

from mien.errors import NotAPicture
from mien.perception import frames, is_clip


def grey(level):
    return np.full((48, 64, 3), level, np.uint8)


def test_a_folder_s_frames_come_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 9, 100):
        Image.fromarray(grey(number)).save(tmp_path / f"shot.{number}.png")
    (tmp_path / "notes.txt").write_text("no frame")
    found = list(frames(tmp_path, fps=12))
    assert [picture[0, 0, 0] for _, picture in found] == [9, 10, 100]
    assert [time_s for time_s, _ in found] == pytest.approx([0, 1 / 12, 2 / 12])
    assert is_clip(tmp_path)


def test_a_video_s_frames_come_with_rising_times(tmp_path):
    path = tmp_path / "take.mp4"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 25, (64, 48))
    for level in (20, 90, 160, 230):
        video.write(grey(level))
    video.release()
    found = list(frames(path))
    assert [int(picture.mean()) for _, picture in found] == pytest.approx([20, 90, 160, 230], abs=6)
    assert np.diff([time_s for time_s, _ in found]) == pytest.approx(1 / 25, abs=0.005)


@pytest.mark.parametrize("name", ["empty", "text.mp4", "none.mp4", "broken"])
def test_what_is_no_clip_gets_one_sentence_and_no_chatter(tmp_path, name, capfd):
    path = tmp_path / name
    if name in {"empty", "broken"}:
        path.mkdir()
    if name == "broken":
        Image.fromarray(grey(9)).save(path / "a.1.png")
        (path / "a.2.png").write_bytes(b"no picture")
    if name == "text.mp4":
        path.write_text("Dear diary")
    with pytest.raises(NotAPicture, match=r"holds no pictures|no video|no file|Frame 2 of the folder broken"):
        list(frames(path))
    assert capfd.readouterr().err == ""
