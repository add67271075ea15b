"""Smaller pictures for lists: a grid of hundreds should not carry every pixel of every render."""

from __future__ import annotations

from io import BytesIO

from PIL import Image


def thumbnail(data: bytes, size: int, part: tuple[int, int, int, int] | None = None) -> bytes:
    """A picture of the library with at most `size` pixels a side, as WebP; the bytes as they are where that is near.

    part: left, top, right, bottom in pixels, where not all of it is wanted.
    """
    with Image.open(BytesIO(data)) as image:
        whole = (0, 0, *image.size)
        if max(image.size) <= 1.6 * size and part in {None, whole}:
            return data
        small = image.crop(part or whole)
        small.thumbnail((size, size))
        buffer = BytesIO()
        small.save(buffer, format="WEBP", quality=86, method=2)
        return buffer.getvalue()
