"""A picture from a form, in memory from the first byte to the last: uploads never touch the disk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from mien.errors import InputError, NotAPicture
from mien.server.security import MAX_BODY

_FIELDS: Final = ("picture", "face", "to")

FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["picture"],
                    "properties": {
                        "picture": {
                            "type": "string",
                            "format": "binary",
                            "description": f"A picture of a face, at most {MAX_BODY // 2**20} MB.",
                        },
                        "face": {
                            "type": "integer",
                            "minimum": 1,
                            "maximum": 1000,
                            "description": "Which face, 1 is the largest; the largest if left out.",
                        },
                        "to": {
                            "type": "string",
                            "maxLength": 400,
                            "description": "Where a route maps: a character, a style, four, all, or ids with commas.",
                        },
                    },
                }
            }
        },
    }
}
"""The form as OpenAPI."""


@dataclass(frozen=True, slots=True)
class Upload:
    """What the form held. picture: the bytes as sent. face: 1 is the largest, None the largest. to: "" if not given."""

    picture: bytes
    face: int | None
    to: str


async def upload(request: Request) -> Upload:
    """Read the form of a request (a dependency of routes).

    Raises `InputError` for a form that lacks what it needs, `NotAPicture` for an empty picture.
    """
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise InputError("Send the picture as multipart/form-data, in a field named 'picture'.")
    parser = MultiPartParser(request.headers, request.stream(), max_files=1, max_fields=4, max_part_size=4096)
    # The parser would move a file past 1 MB to the disk; the body as a whole is bounded by `security.MAX_BODY`.
    parser.spool_max_size = MAX_BODY + 1
    try:
        form = await parser.parse()
    except (MultiPartException, KeyError, UnicodeDecodeError) as error:
        raise InputError("This form cannot be read. Send one file in 'picture'.") from error
    try:
        if unknown := [name for name in form if name not in _FIELDS]:
            raise InputError(f"The form has an unknown field '{unknown[0][:40]}'. Known: {', '.join(_FIELDS)}.")
        picture = form.get("picture")
        if not isinstance(picture, UploadFile):
            raise InputError("The form holds no picture. Send one file in 'picture'.")
        data = await picture.read()
    finally:
        await form.close()
    if not data:
        raise NotAPicture("The picture is empty. Choose a JPEG, PNG or WebP file.")
    return Upload(data, _face(form.get("face")), _text(form.get("to")))


def _face(value: object) -> int | None:
    if value is None or value == "":
        return None
    text = str(value)
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 1000):
        raise InputError("'face' must be a whole number from 1 to 1000; 1 is the largest face.")
    return int(text)


def _text(value: object) -> str:
    text = str(value or "").strip()
    if len(text) > 400:
        raise InputError("'to' is too long. Name a character, a style, four, all, or ids with commas.")
    return text
