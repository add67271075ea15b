"""A picture from a form, in memory from the first byte to the last: uploads never touch the disk."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any, Final

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from mien.core.expression import Expression
from mien.core.face import PHOTO
from mien.errors import InputError, NotAPicture
from mien.server import schemas
from mien.server.security import MAX_BODY
from mien.server.trail import LONGEST, decode_trail
from mien.studio.live import Trail

_FIELDS: Final = ("picture", "face", "to", "nearest", "text", "tags")
_FRAME_FIELDS: Final = ("picture", "to", "trail", "at_ms", "draw")
_REDRAW_FIELDS: Final = ("picture", "face", "expression", "looks_like", "asset", "exact", "size")
_LATEST_MS: Final = 10**14
_LONGEST_FIELD: Final = 4096
_LONGEST_EXPRESSION: Final = 16_384

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

REDRAW_FORM: Final = _form(
    face={
        "type": "integer",
        "minimum": 1,
        "maximum": 1000,
        "description": "Which face is redrawn, 1 is the largest; needed where it is open who is meant.",
    },
    expression={
        "type": "string",
        "maxLength": _LONGEST_EXPRESSION,
        "description": "mien.expression/1 as JSON. Without it, and without asset, the picture is only read and judged.",
    },
    looks_like={
        "type": "string",
        "maxLength": 64,
        "description": "As the reading said it that the expression is from: photo (if left out), or a style.",
    },
    asset={"type": "string", "maxLength": 64, "description": "In place of expression: what this asset shows."},
    exact={"type": "boolean", "description": "As given, without what the emotion says the shapes lack."},
    size={
        "type": "integer",
        "minimum": 64,
        "maximum": 4096,
        "description": "Pixels of the answer's longer side, at most; as large as the picture if left out.",
    },
)
"""The form of a picture of a character that is redrawn, as OpenAPI."""

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
class Redraw:
    """A picture of a character, and what to draw on it: an expression, what an asset shows, or nothing.

    looks_like: of the face that the expression was read from. size_px: None for the picture's own.
    """

    picture: bytes
    face: int | None
    expression: Expression | None
    looks_like: str
    asset: str
    is_exact: bool
    size_px: int | None


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


async def redraw(request: Request) -> Redraw:
    """Read the form of a picture that is redrawn (a dependency of routes). Raises `InputError`, `NotAPicture`."""
    form = await _parsed(request, files=1, fields=_REDRAW_FIELDS, longest=_LONGEST_EXPRESSION)
    asset = _text(form.get("asset"), "asset", most=64)
    expression = _expression(_text(form.get("expression"), "expression", most=_LONGEST_EXPRESSION))
    exact = _text(form.get("exact"), "exact")
    if exact not in {"", "true", "false"}:
        raise InputError("'exact' must be true or false.")
    if asset and expression:
        raise InputError("Send 'expression' or 'asset', not both.")
    return Redraw(
        await _picture(form),
        _number(form.get("face"), 1, 1000, "'face' must be a whole number from 1 to 1000; 1 is the largest face."),
        expression,
        _text(form.get("looks_like"), "looks_like", most=64) or PHOTO,
        asset,
        exact == "true",
        _number(form.get("size"), 64, 4096, "'size' must be a whole number from 64 to 4096."),
    )


def _expression(text: str) -> Expression | None:
    if not text:
        return None
    try:
        given = schemas.ExpressionGiven.model_validate_json(text)
    except ValidationError as error:
        # Told as a wrong JSON body would be.
        raise RequestValidationError(
            [{**one, "loc": ("body", "expression", *one["loc"])} for one in error.errors()]
        ) from error
    return Expression.from_dict(schemas.plain(given))


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


async def _parsed(request: Request, *, files: int, fields: tuple[str, ...], longest: int = _LONGEST_FIELD) -> FormData:
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise InputError(f"Send multipart/form-data, with the picture in a field named '{fields[0]}'.")
    parser = MultiPartParser(request.headers, request.stream(), max_files=files, max_fields=6, max_part_size=longest)
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
