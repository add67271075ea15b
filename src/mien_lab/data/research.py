"""What others gathered and the lab learns from or is measured on: files that are no part of mien (docs/lab.md)."""

from __future__ import annotations

from pathlib import Path

from mien.errors import BadFile


def fer(folder: Path) -> Path:
    """FER-2013 with FER+'s votes. Raises `BadFile` where it is not there."""
    return _there(folder, "fer2013_train_public.npz")


def photos(folder: Path) -> Path:
    """The press photos with one annotator's labels. Raises `BadFile` where they are not there."""
    return _there(folder, "photos.zip")


def _there(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise BadFile(f"There is no {name} in {folder}. Name its folder with --data; whence it comes: docs/lab.md.")
    return path
