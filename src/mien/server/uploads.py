"""A picture from a form, in memory from the first byte to the last: uploads never touch the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from mien.errors import InputError, NotAPicture
from mien.server.security import MAX_BODY
from mien.server.trail import LONGEST, decode_trail
from mien.studio.live import Trail

_FIELDS: Final = ("picture", "face", "to", "nearest", "text", "tags")
_FRAME_FIELDS: Final = ("picture", "to", "trail", "at_ms", "draw")
_LATEST_MS: Final = 10**14

_PICTURE: Final = {
    "type": "string",
    "format": "binary",
    "description": f"A picture of a face, at most {MAX_BODY // 2**20} MB.",
}


def _form(**fields: dict[str, Any]) -> dict[str, Any]:
    schema = {"type": "object", "required": ["picture"], "properties": {"picture": _PICTURE, **fields}}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


FORM: Final = _form(
    face={
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "description": "Which face, 1 is the largest; the largest if left out.",
    },
    to={
        "type": "string",
        "maxLength": 400,
        "description": "Where a route maps: a character, a style, four, all, or ids with commas.",
    },
    nearest={
        "type": "integer",
        "minimum": 0,
        "maximum": 200,
        "description": "Where a route searches: how many of the closest; 24 if left out.",
    },
)
"""The form of a picture that is read, as OpenAPI."""

KEPT_FORM: Final = _form(
    text={"type": "string", "maxLength": 400, "description": "What it shows, in words; described if left out."},
    tags={"type": "string", "maxLength": 400, "description": "Tags with commas between them."},
)
"""The form of a picture that is kept, as OpenAPI."""

FRAME_FORM: Final = _form(
    to={
        "type": "string",
        "maxLength": 400,
        "description": "Who follows: a character, a style, four (if left out), or ids with commas.",
    },
    trail={"type": "string", "maxLength": LONGEST, "description": "As the answer before gave it; left out at first."},
    at_ms={"type": "integer", "minimum": 0, "description": "When the frame was taken, on the camera's own clock."},
    draw={
        "type": "integer",
        "minimum": 0,
        "maximum": 512,
        "description": "Pixels a side of the pictures of sculpted characters, 32 at least; 0 for none, if you draw.",
    },
)
"""The form of a camera's frame, as OpenAPI."""

MAX_BATCH: Final = 256
BATCH_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["pictures"],
                    "properties": {
                        "pictures": {
                            "type": "array",
                            "minItems": 1,
                            "maxItems": MAX_BATCH,
                            "items": {"type": "string", "format": "binary"},
                            "description": f"At most {MAX_BODY // 2**20} MB together.",
                        },
                        "tags": {"type": "string", "maxLength": 400, "description": "Tags with commas between them."},
                    },
                }
            }
        },
    }
}
"""The form of many pictures, as OpenAPI."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What the form held. picture: the bytes as sent. face: 1 is the largest, None the largest. nearest: None if not
    given. to, text: "" if not given.
    """

    picture: bytes
    face: int | None
    to: str
    nearest: int | None
    text: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame of a camera. trail: what the frame before left, None for the first. draw_px: 0 where nothing is drawn."""

    picture: bytes
    to: str
    trail: Trail | None
    at_s: float
    draw_px: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Several pictures: the name and the bytes of each, as sent, and the tags they get."""

    pictures: tuple[tuple[str, bytes], ...]
    tags: tuple[str, ...]


async def upload(request: Request) -> Upload:
    """Read the form of a request (a dependency of routes).

    Raises `InputError` for a form that lacks what it needs, `NotAPicture` for an empty picture.
    """
    form = await _parsed(request, files=1, fields=_FIELDS)
    return Upload(
        await _picture(form),
        _number(form.get("face"), 1, 1000, "'face' must be a whole number from 1 to 1000; 1 is the largest face."),
        _text(form.get("to"), "to"),
        _number(form.get("nearest"), 0, 200, "'nearest' must be a whole number from 0 to 200."),
        _text(form.get("text"), "text"),
        _tags(form.get("tags")),
    )


async def frame(request: Request) -> Frame:
    """Read the form of a camera's frame (a dependency of routes). Raises `InputError`, `NotAPicture`."""
    form = await _parsed(request, files=1, fields=_FRAME_FIELDS)
    return Frame(
        await _picture(form),
        _text(form.get("to"), "to"),
        decode_trail(_text(form.get("trail"), "trail", most=LONGEST)),
        (_number(form.get("at_ms"), 0, _LATEST_MS, "'at_ms' must be a whole number of milliseconds.") or 0) / 1000,
        _number(form.get("draw"), 0, 512, "'draw' must be a whole number from 0 to 512.") or 0,
    )


async def _picture(form: FormData) -> bytes:
    try:
        picture = form.get("picture")
        if not isinstance(picture, UploadFile):
            raise InputError("The form holds no picture. Send one file in 'picture'.")
        data = await picture.read()
    finally:
        await form.close()
    if not data:
        raise NotAPicture("The picture is empty. Choose a JPEG, PNG or WebP file.")
    return data


async def batch(request: Request) -> Batch:
    """Read the form of many pictures (a dependency of routes). Raises `InputError`."""
    form = await _parsed(request, files=MAX_BATCH, fields=("pictures", "tags"))
    try:
        pictures = [
            (PurePath(part.filename or "picture").name[:120], await part.read())
            for part in form.getlist("pictures")
            if isinstance(part, UploadFile)
        ]
    finally:
        await form.close()
    if not pictures:
        raise InputError("The form holds no picture. Send files in 'pictures'.")
    return Batch(tuple(pictures), _tags(form.get("tags")))


async def _parsed(request: Request, *, files: int, fields: tuple[str, ...]) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise InputError(f"Send multipart/form-data, with the picture in a field named '{fields[0]}'.")
    parser = MultiPartParser(request.headers, request.stream(), max_files=files, max_fields=6, max_part_size=4096)
    # The parser would move a file past 1 MB to the disk; the body as a whole is bounded by `security.MAX_BODY`.
    parser.spool_max_size = MAX_BODY + 1
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        many = "one file" if files == 1 else f"up to {files} files"
        raise InputError(f"This form cannot be read. Send {many} in '{fields[0]}'.") from error
    if unknown := [name for name in form if name not in fields]:
        await form.close()
        raise InputError(f"The form has an unknown field '{unknown[0][:40]}'. Known: {', '.join(fields)}.")
    return form


def _tags(value: object) -> tuple[str, ...]:
    return tuple(tag for part in _text(value, "tags").split(",") if (tag := part.strip()))


def _number(value: object, low: int, high: int, message: str) -> int | None:
    if value is None or value == "":
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(high)) and low <= int(text) <= high):
        raise InputError(message)
    return int(text)


def _text(value: object, name: str, *, most: int = 400) -> str:
    text = str(value or "").strip()
    if len(text) > most:
        raise InputError(f"'{name}' is too long: {most} characters at most.")
    return text
