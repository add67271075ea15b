"""Pictures of a library as files: written beside, made durable, then renamed; the row that names one comes after."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

from mien.core.arrays import Rgb, Rgba
from mien.errors import InputError, NotAPicture

Picture = bytes | Rgb | Rgba
"""An encoded PNG, WebP or JPEG, or pixels: uint8 (height, width, 3 or 4)."""

PICTURES: Final = "pictures"
"""The folder of a library that holds them."""

_SUFFIXES: Final = {"PNG": ".png", "WEBP": ".webp", "JPEG": ".jpg"}
_BESIDE: Final = ".writing-"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as it will lie on disk; sha256: of `content`, 32 bytes; width, height in pixels."""

    content: bytes
    suffix: str
    width: int
    height: int
    sha256: bytes


def is_place(name: str) -> bool:
    """Is a folder called as those are that `PictureFolder` sorts pictures into?"""
    return re.fullmatch("[0-9a-f]{2}", name) is not None


def encode(picture: Picture) -> Encoded:
    """Keep a PNG, WebP or JPEG as it is; pixels become PNG. Raises `NotAPicture`."""
    if not isinstance(picture, bytes):
        array = np.ascontiguousarray(picture)
        if array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] not in (3, 4) or 0 in array.shape:
            raise NotAPicture("A picture in memory must be uint8 (height, width, 3 or 4).")
        buffer = BytesIO()
        Image.fromarray(array).save(buffer, format="PNG", compress_level=4)
        content, kind, (height, width) = buffer.getvalue(), "PNG", array.shape[:2]
    else:
        content = picture
        try:
            with Image.open(BytesIO(content)) as opened:
                kind, (width, height) = opened.format or "", opened.size
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            raise NotAPicture("These bytes are no picture.") from error
        if kind not in _SUFFIXES:
            raise NotAPicture(f"A library keeps PNG, WebP or JPEG, not {kind}. Convert the picture first.")
    return Encoded(content, _SUFFIXES[kind], width, height, hashlib.sha256(content).digest())


class PictureFolder:
    """The folder of pictures. Paths are relative to it, in 256 folders by the first two digits of the id."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def place(self, asset_id: str, suffix: str) -> str:
        """Where a picture belongs, relative to the folder."""
        return f"{asset_id[:2]}/{asset_id}{suffix}"

    def read(self, place: str) -> bytes:
        """The encoded picture. Raises `InputError` if it is gone."""
        try:
            return (self.path / place).read_bytes()
        except OSError as error:
            raise InputError(
                f"The picture {place} cannot be read: {error.strerror or error}. Run `mien library check --repair`."
            ) from error

    def write(self, pictures: Iterable[tuple[str, bytes]]) -> None:
        """Write (place, content) pairs; when this returns they survive a power cut."""
        # fsync waits for the disk, not for us: side by side they share its journal's commits.
        with ThreadPoolExecutor(8) as pool:
            folders = set(pool.map(self._write_one, pictures))
            list(pool.map(_sync_folder, folders))

    def _write_one(self, item: tuple[str, bytes]) -> Path:
        place, content = item
        target = self.path / place
        target.parent.mkdir(parents=True, exist_ok=True)
        beside = target.with_name(f"{_BESIDE}{os.getpid()}-{target.name}")
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(target)
        except OSError as error:
            with suppress(OSError):
                beside.unlink(missing_ok=True)
            raise InputError(f"Cannot write {target}: {error.strerror or error}.") from error
        return target.parent

    def remove(self, places: Iterable[str]) -> None:
        """Delete pictures; those that are gone already do not matter."""
        for place in places:
            with suppress(OSError):
                (self.path / place).unlink(missing_ok=True)

    def size(self, place: str) -> int | None:
        """Bytes on disk, or None where there is no such file."""
        try:
            return (self.path / place).stat().st_size
        except OSError:
            return None

    def places(self) -> Iterator[str]:
        """Every file in the folder, unfinished ones included, relative to it."""
        for folder in sorted(self.path.iterdir()) if self.path.is_dir() else ():
            if folder.is_dir():
                for file in sorted(folder.iterdir()):
                    yield f"{folder.name}/{file.name}"


def _sync_folder(folder: Path) -> None:
    """Make a rename durable; not every system lets a folder be opened."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
