"""The pictures of the documentation, all made by the program: the first minute, and a sheet per character."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from mien.core.query import Query
from mien.studio import Studio, pictures

_PAPER = (250, 249, 246)
_INK = (38, 40, 46)
_FAINT = (118, 120, 128)


def make(out: Path) -> Iterator[Path]:
    """Write every picture under `out`; the demo library must be there."""
    studio = Studio()
    first = out / "pictures" / "first-minute.png"
    pictures.save(first_minute(studio), first)
    yield first
    for info in studio.built_in():
        path = out / "cast" / f"{info.style}_{info.id}.jpg"
        pictures.save(pictures.cast_sheet(studio, [info]), path)
        yield path


def first_minute(studio: Studio) -> NDArray[np.uint8]:
    """The astronaut as read, on one character of each style, and her eight nearest expressions."""
    from skimage import data as sample_pictures

    photo = sample_pictures.astronaut()
    reading = studio.read(photo)
    overlay = studio.overlay(photo, reading)
    four = studio.map(reading.expression, "four")
    hits = studio.search(Query(expression=reading.expression), limit=10).hits
    large, small, gap = 232, 112, 8
    width = gap + 5 * (large + gap)
    sheet = Image.new("RGB", (width, 30 + large + 34 + small + 40), _PAPER)
    draw = ImageDraw.Draw(sheet)

    def put(picture: NDArray[np.uint8], x: int, y: int, side: int) -> None:
        image = Image.fromarray(np.ascontiguousarray(picture)).convert("RGB")
        sheet.paste(image.resize((side, side), Image.Resampling.LANCZOS), (x, y))

    def say(text: str, x: int, y: int, size: int = 14, ink: tuple[int, int, int] = _INK) -> None:
        draw.text((x, y), text, ink, font=ImageFont.load_default(size))

    x0, y0, x1, y1 = (int(v) for v in reading.face.box_xyxy)
    side = int(1.9 * max(x1 - x0, y1 - y0))
    cx, cy = (x0 + x1) // 2, (y0 + y1) // 2 + side // 20
    left, top = max(0, min(cx - side // 2, photo.shape[1] - side)), max(0, min(cy - side // 2, photo.shape[0] - side))
    # The overlay of a small picture is drawn enlarged.
    k = overlay.shape[0] / photo.shape[0]
    put(overlay[int(top * k) : int((top + side) * k), int(left * k) : int((left + side) * k)], gap, 28, large)
    emotion = reading.expression.emotion
    say(f"read as {emotion.top}, confidence {reading.expression.confidence:.2f}", gap, 6)
    for i, mapped in enumerate(four, start=1):
        x = gap + i * (large + gap)
        put(studio.render(mapped, 2 * large), x, 28, large)
        say(f"{mapped.character.name}, {mapped.style.name}", x, 6)
    y = 28 + large + 10
    say("closest in the library", gap, y)
    step = (width - gap) // len(hits) if hits else 0
    for i, hit in enumerate(hits):
        with Image.open(BytesIO(studio.picture(hit.asset.id))) as picture:
            put(np.asarray(picture.convert("RGB")), gap + i * step, y + 22, small)
        say(f"{hit.score:.2f}  {hit.asset.character}", gap + i * step, y + 24 + small, 11, _FAINT)
    return np.asarray(sheet)
