"""Pictures the program writes: single ones, contact sheets of hits, sheets of the cast. Beside, then renamed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from mien.core.arkit import as_coefficients
from mien.core.arrays import Rgb, Rgba, Vector
from mien.core.character import Character, CharacterInfo
from mien.core.emotion import EMOTIONS
from mien.core.expression import HeadPose
from mien.core.looks import SHEET, look
from mien.core.query import Hit
from mien.errors import InputError

if TYPE_CHECKING:
    from mien.studio.studio import Studio

_PAPER: Final = (250, 249, 246)
_INK: Final = (38, 40, 46)
_FAINT: Final = (118, 120, 128)
_GAP: Final = 10


def png(picture: Rgb | Rgba) -> bytes:
    """Encode a picture as PNG; same picture, same bytes."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, format="PNG", compress_level=4)
    return buffer.getvalue()


def jpeg(picture: Rgb | Rgba) -> bytes:
    """Encode a picture as JPEG, for sheets of faces: a fifth of a PNG's size."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).convert("RGB").save(buffer, format="JPEG", quality=88)
    return buffer.getvalue()


def within(picture: Rgb | Rgba, size: int) -> Rgb | Rgba:
    """A picture with at most `size` pixels a side; the same where it is no larger."""
    height, width = picture.shape[:2]
    scale = size / max(height, width)
    if scale >= 1:
        return picture
    smaller = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(Image.fromarray(np.ascontiguousarray(picture)).resize(smaller, Image.Resampling.LANCZOS))


def check_target(path: Path, *, inputs: Sequence[Path] = ()) -> None:
    """Refuse early what could not be written late, and what would be lost. Raises `InputError`.

    inputs: the files that are read; no picture is written over one.
    """
    if path.suffix.lower() not in {".png", ".jpg", ".svg"}:
        raise InputError(f"{path.name} should end in .png or .jpg.")
    if path.is_dir():
        raise InputError(f"{path} is a folder; name a file in it.")
    check_kept(path, inputs)


def check_kept(path: Path, inputs: Sequence[Path]) -> None:
    """Raises `InputError` where writing a file would lose one that is read."""
    for file in inputs:
        if path.exists() and file.exists() and path.samefile(file):
            raise InputError(f"{path} is what is read and would be lost. Choose another name for what is written.")


def save(picture: Rgb | Rgba, path: Path) -> None:
    """Write a PNG (JPEG where the name says .jpg), whole or not at all; makes the folder. Raises `InputError` where it
    may not be written.
    """
    save_bytes(jpeg(picture) if path.suffix.lower() == ".jpg" else png(picture), path)


def save_text(text: str, path: Path) -> None:
    """Write a text file, whole or not at all."""
    save_bytes(text.encode(), path)


def save_bytes(data: bytes, path: Path) -> None:
    """Write any file, whole or not at all; makes the folder. Raises `InputError` where it may not be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
            Path(name).chmod(0o644)
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(f"Cannot write {path}: {error.strerror or error}. Choose another place for it.") from error


def contact_sheet(studio: Studio, hits: Sequence[Hit], *, columns: int = 5, cell: int = 224) -> Rgb:
    """The pictures of hits in reading order, each with its rank, score, character and words."""
    if not hits:
        raise InputError("There is nothing to put on a sheet: no asset matched.")
    columns = min(columns, len(hits))
    rows = -(-len(hits) // columns)
    caption = 52
    sheet = Image.new("RGB", (columns * (cell + _GAP) + _GAP, rows * (cell + caption + _GAP) + _GAP), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, hit in enumerate(hits):
        x = _GAP + (i % columns) * (cell + _GAP)
        y = _GAP + (i // columns) * (cell + caption + _GAP)
        with Image.open(BytesIO(studio.picture(hit.asset.id))) as picture:
            seen = picture.convert("RGB").crop(hit.asset.portrait_px or (0, 0, *picture.size))
            sheet.paste(ImageOps.fit(seen, (cell, cell), Image.Resampling.LANCZOS), (x, y))
        # Pictures of one's own have neither: their file says which it is.
        who = ", ".join(filter(None, (hit.asset.character, hit.asset.style)))
        title = _cut(draw, f"{i + 1}. {who or Path(hit.asset.source).name or 'unknown'}", cell - 40, 13)
        draw.text((x + 2, y + cell + 3), title, _INK, font=_font(13))
        draw.text((x + cell - 2, y + cell + 3), f"{hit.score:.2f}", _FAINT, font=_font(13), anchor="ra")
        for j, line in enumerate(_wrapped(draw, hit.asset.text, cell - 4, 2, 11)):
            draw.text((x + 2, y + cell + 20 + 14 * j), line, _FAINT, font=_font(11))
    return np.asarray(sheet)


def cast_sheet(
    studio: Studio,
    infos: Sequence[CharacterInfo],
    *,
    names: Sequence[str] = SHEET,
    cell: int = 192,
    progress: Callable[[int, int], None] | None = None,
) -> Rgb:
    """Characters down, named looks across, each inside what the character's style allows; one character alone fills
    rows of six.
    """
    if len(infos) == 1:
        return _portraits(studio, infos[0], names, cell, progress)
    left, top = 118, 30
    sheet = Image.new("RGB", (left + len(names) * (cell + 4) + 6, top + len(infos) * (cell + 4) + 6), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for column, name in enumerate(names):
        draw.text((left + column * (cell + 4) + cell // 2, 8), name, _INK, font=_font(14), anchor="ma")
    done = 0
    for row, info in enumerate(infos):
        y = top + row * (cell + 4)
        draw.text((10, y + cell // 2 - 18), info.name, _INK, font=_font(16))
        draw.text((10, y + cell // 2 + 4), studio.style(info.style).name, _FAINT, font=_font(12))
        for column, name in enumerate(names):
            (mapped,) = studio.map(look(name), info.id)
            picture = Image.fromarray(studio.render(mapped, cell)).convert("RGB")
            sheet.paste(picture, (left + column * (cell + 4), y))
            done += 1
            if progress:
                progress(done, len(infos) * len(names))
    return np.asarray(sheet)


def _portraits(
    studio: Studio,
    info: CharacterInfo,
    names: Sequence[str],
    cell: int,
    progress: Callable[[int, int], None] | None,
) -> Rgb:
    columns, caption = min(6, len(names)), 22
    rows = -(-len(names) // columns)
    sheet = Image.new("RGB", (columns * (cell + 4) + 4, rows * (cell + caption) + 4), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for i, name in enumerate(names):
        x, y = 4 + i % columns * (cell + 4), 4 + i // columns * (cell + caption)
        (mapped,) = studio.map(look(name), info.id)
        sheet.paste(Image.fromarray(studio.render(mapped, cell)).convert("RGB"), (x, y))
        draw.text((x + cell // 2, y + cell + 2), name, _INK, font=_font(13), anchor="ma")
        if progress:
            progress(i + 1, len(names))
    return np.asarray(sheet)


_TESTS: Final[tuple[tuple[str, dict[str, float], HeadPose], ...]] = (
    ("left eye closed", {"eyeBlinkLeft": 1.0}, HeadPose()),
    ("left corner up", {"mouthSmileLeft": 1.0}, HeadPose()),
    ("jaw open", {"jawOpen": 1.0}, HeadPose()),
    ("looks to its left", {"eyeLookOutLeft": 1.0, "eyeLookInRight": 1.0}, HeadPose()),
    ("looks up", {"eyeLookUpLeft": 1.0, "eyeLookUpRight": 1.0}, HeadPose()),
    ("brows up", {"browInnerUp": 1.0, "browOuterUpLeft": 1.0, "browOuterUpRight": 1.0}, HeadPose()),
    ("turned to its left", {}, HeadPose(yaw_rad=0.5)),
)
"""What a technical director looks at first: single shapes, by their effect. Left is the character's own."""


def check_sheet(studio: Studio, character: Character, *, cell: int = 192) -> Rgb:
    """A character that somebody brought, to be judged: eight emotions inside its style, the same on the first of the
    cast in that style, and single shapes beside the feature points that were found.
    """
    info = character.info
    style = studio.style(info.style)
    like = next((i for i in studio.built_in() if i.style == style.cast), studio.built_in()[0])
    rows = [
        [(name, studio.try_on(look(name), character)) for name in EMOTIONS],
        [(name, studio.map(look(name), like.id)[0]) for name in EMOTIONS],
    ]
    left, top, step = 118, 30, cell + 22
    sheet = Image.new("RGB", (left + len(EMOTIONS) * (cell + 4) + 6, top + 3 * step + 6), _PAPER)
    draw = ImageDraw.Draw(sheet)
    titles = ((info.name, style.name), (like.name, "of the cast"), (info.name, "single shapes"))
    for row, (title, words) in enumerate(titles):
        draw.text((10, top + row * step + cell // 2 - 18), title, _INK, font=_font(16))
        draw.text((10, top + row * step + cell // 2 + 4), words, _FAINT, font=_font(12))
    drawn = [
        [
            (name, (character if row == 0 else studio.character(like.id)).render(m.coefficients, cell))
            for name, m in looks
        ]
        for row, looks in enumerate(rows)
    ]
    rest = as_coefficients({})
    marked = Image.fromarray(character.render(rest, cell)).convert("RGB")
    dots = ImageDraw.Draw(marked)
    for x, y in character.landmarks(rest, cell):
        dots.ellipse((x - 2, y - 2, x + 2, y + 2), fill=(220, 30, 60), outline=(255, 255, 255))
    single = [(name, character.render(as_coefficients(values), cell, head=head)) for name, values, head in _TESTS]
    drawn.append([("points found", np.asarray(marked)), *single])
    for row, entries in enumerate(drawn):
        for column, (name, picture) in enumerate(entries):
            x, y = left + column * (cell + 4), top + row * step
            sheet.paste(Image.fromarray(picture).convert("RGB"), (x, y))
            draw.text((x + cell // 2, y + cell + 2), name, _INK, font=_font(13), anchor="ma")
    return np.asarray(sheet)


def _font(size: int) -> Any:
    return ImageFont.load_default(size)


def _cut(draw: ImageDraw.ImageDraw, text: str, width: int, size: int) -> str:
    """One line that fits, its end left out where it does not."""
    kept = len(text)
    while kept and draw.textlength(text[:kept] + "..." * (kept < len(text)), font=_font(size)) > width:
        kept -= 1
    return text if kept == len(text) else text[:kept] + "..."


def _wrapped(draw: ImageDraw.ImageDraw, text: str, width: int, lines: int, size: int) -> list[str]:
    out: list[str] = []
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if draw.textlength(longer, font=_font(size)) <= width:
            line = longer
            continue
        out.append(line)
        line = word
        if len(out) == lines:
            out[-1] = out[-1].rstrip(",.;") + " ..."
            return out
    return [*out, line]


class FrameWriter:
    """Writes the frames of a clip: numbered pictures in a folder, or one .mp4, which appears when it is whole.

    Raises `InputError` for a folder with frames past the clip's end: played, they would follow it.
    """

    def __init__(self, out: Path, *, stem: str, times_s: Vector) -> None:
        self._out = out
        self._stem = stem
        if self._frame(len(times_s) + 1).is_file():
            stale = self._frame(len(times_s) + 1)
            raise InputError(
                f"{out} holds a longer take: {stale.name} and on would follow this one's last frame. "
                "Remove them, or choose another folder with -o."
            )
        span = float(times_s[-1] - times_s[0]) if len(times_s) > 1 else 0.0
        self._fps = (len(times_s) - 1) / span if span > 0 else 24.0
        self._video: Any = None
        self._beside = out.with_name(f".{out.stem}.part.mp4")
        self._written = 0

    def write(self, picture: Rgb | Rgba) -> None:
        """The next frame. Raises `InputError` where it may not be written."""
        self._written += 1
        if self._out.suffix.lower() != ".mp4":
            save(picture, self._frame(self._written))
            return
        import cv2

        # The codec takes even sides only.
        high, wide = picture.shape[0] & ~1, picture.shape[1] & ~1
        if self._video is None:
            try:
                self._out.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise InputError(f"Cannot write {self._out}: {error.strerror}. Choose another place for it.") from error
            code = cv2.VideoWriter.fourcc(*"mp4v")
            self._video = cv2.VideoWriter(str(self._beside), code, self._fps, (wide, high))
            if not self._video.isOpened():
                raise InputError(f"Cannot write {self._out}. Choose another place, or a folder, with -o.")
        self._video.write(np.ascontiguousarray(picture[:high, :wide, 2::-1]))

    def _frame(self, number: int) -> Path:
        return self._out / f"{self._stem}.{number:04d}.png"

    def close(self) -> Path:
        """Everything is written; returns where."""
        if self._video is not None:
            self._video.release()
            self._beside.replace(self._out)
        return self._out
