"""A clip as its frames: a video file, or a folder of numbered pictures as renderers write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from mien.core.arrays import Rgb
from mien.errors import InputError, NotAPicture
from mien.perception.picture import load_picture
from mien.resources.network import quiet

VIDEO: Final = frozenset({".mp4", ".m4v", ".mov", ".mkv", ".webm", ".avi"})
"""Suffixes that mean a video."""

_PICTURES: Final = frozenset({".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"})

FPS: Final = 24.0
"""Of a folder, which does not say."""


def is_clip(source: Path) -> bool:
    """Is it a folder, or named like a video?"""
    return source.suffix.lower() in VIDEO or source.is_dir()


def frames(source: Path, *, fps: float = FPS) -> Iterator[tuple[float, Rgb]]:
    """Every frame with its time in seconds, times rising, pictures RGB uint8 (height, width, 3).

    fps: of a folder of pictures; a video has its own. Raises `NotAPicture` where there is no such clip, where it holds
    no frame, or where one of a folder cannot be read.
    """
    return _of_folder(source, fps) if source.is_dir() else _of_video(source)


def _of_folder(folder: Path, fps: float) -> Iterator[tuple[float, Rgb]]:
    files = sorted((f for f in folder.iterdir() if f.suffix.lower() in _PICTURES), key=_numbered)
    if not files:
        raise NotAPicture(f"The folder {folder} holds no pictures. Name one with the frames of a clip.")
    for i, file in enumerate(files):
        try:
            yield i / fps, load_picture(file)
        except InputError as error:
            raise NotAPicture(f"Frame {i + 1} of the folder {folder.name} cannot be read. {error}") from error


def _numbered(file: Path) -> tuple[list[int | str], str]:
    """A key by which shot.9.png comes before shot.10.png."""
    parts = re.split(r"(\d+)", file.name.lower())
    return [int(part) if part.isdigit() else part for part in parts], file.name


def _of_video(file: Path) -> Iterator[tuple[float, Rgb]]:
    if not file.is_file():
        raise NotAPicture(f"There is no file {file}. Check the path.")
    # FFmpeg speaks to standard error, past Python.
    with quiet():
        video = cv2.VideoCapture(str(file))
        opened = video.isOpened()
    if not opened:
        raise NotAPicture(f"{file.name} is no video that can be read. Use an MP4, MOV, MKV, WebM or AVI file.")
    try:
        last = -1.0
        step = 1.0 / (video.get(cv2.CAP_PROP_FPS) or FPS)
        while True:
            with quiet():
                there, frame = video.read()
            if not there:
                break
            # Some containers give the same time twice, or none.
            time_s = max(video.get(cv2.CAP_PROP_POS_MSEC) / 1000, last + 0.25 * step if last >= 0 else 0.0)
            last = time_s
            yield time_s, np.ascontiguousarray(frame[..., ::-1])
        if last < 0:
            raise NotAPicture(f"{file.name} holds no frame that can be read. Export it again.")
    finally:
        video.release()
