"""Smaller pictures for lists: a grid of hundreds should not carry every pixel of every render."""

from __future__ import annotations

from io import BytesIO

from PIL import Image


def thumbnail(data: bytes, size: int) -> bytes:
    """A picture of the library with at most `size` pixels a side, as WebP; the bytes as they are where that is near."""
    with Image.open(BytesIO(data)) as image:
        if max(image.size) <= 1.6 * size:
            return data
        image.thumbnail((size, size))
        buffer = BytesIO()
        image.save(buffer, format="WEBP", quality=86, method=2)
        return buffer.getvalue()
