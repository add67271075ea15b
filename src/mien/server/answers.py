"""The one place where errors become statuses, and the one shape of every refusal."""

from __future__ import annotations

import logging
from typing import Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from mien.errors import InputError, LibraryBusy, MienError, NotALibrary, NotAPicture, ResourceError, UnknownName

_LOG: Final = logging.getLogger(__name__)

_STATUS: Final[tuple[tuple[type[MienError], int], ...]] = (
    (NotAPicture, 415),
    (UnknownName, 404),
    (LibraryBusy, 409),
    (NotALibrary, 503),
    (InputError, 422),
    (ResourceError, 503),
)

_NO_LIBRARY: Final = "There is no library here yet. Make one with 'mien demo' or 'mien add', and start again with it."
_BROKEN: Final = "Something broke in mien. The log of the service says where."


class Refused(Exception):
    """The service itself says no: too large, too busy, not allowed."""

    def __init__(self, status: int, kind: str, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.status = status
        self.kind = kind
        self.retry_after_s = retry_after_s


def refusal(status: int, kind: str, message: str, *, retry_after_s: int = 1) -> JSONResponse:
    """`{"error": {"kind", "message"}}` with one sentence that says what to do; with 429, when to come back."""
    headers = {"retry-after": str(retry_after_s)} if status == 429 else None
    body = {"error": {"kind": kind, "message": " ".join(message.split())}}
    return JSONResponse(body, status_code=status, headers=headers)


def answer_to(error: Exception) -> JSONResponse:
    """What the caller is told about any error; what only we can mend is logged and not shown."""
    # The framework hides what went wrong while a body was read behind an error of its own.
    if isinstance(error, HTTPException) and isinstance(error.__cause__, Refused):
        error = error.__cause__
    match error:
        case Refused():
            return refusal(error.status, error.kind, str(error), retry_after_s=error.retry_after_s)
        case NotALibrary():
            # Its own message names a folder, which is nobody's business on the other side.
            return refusal(503, "NotALibrary", _NO_LIBRARY)
        case MienError():
            status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
            return refusal(status, type(error).__name__, str(error))
        case RequestValidationError():
            return refusal(422, "BadRequest", _first_problem(error))
        case HTTPException(status_code=404):
            return refusal(404, "NotFound", "There is nothing at this address.")
        case HTTPException(status_code=405):
            return refusal(405, "NotAllowed", "This address does not take this method.")
        case HTTPException():
            return refusal(error.status_code, "BadRequest", str(error.detail))
        case _:
            _LOG.error("A request broke.", exc_info=error)
            return refusal(500, "Broken", _BROKEN)


def install(app: FastAPI) -> None:
    """Send every error of the routes through `answer_to`."""

    async def answer(_: Request, error: Exception) -> JSONResponse:
        return answer_to(error)

    for kind in (Refused, MienError, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def _first_problem(error: RequestValidationError) -> str:
    problem = error.errors()[0]
    where = ".".join(str(part) for part in problem.get("loc", ()) if part not in {"body", "query", "path"})
    what = str(problem.get("msg", "is not valid")).rstrip(".")
    if problem.get("type") == "json_invalid":
        return "The body is not valid JSON."
    # The name of an unknown field comes from the caller: shown, but not at any length.
    return f"{where[:80]}: {what}." if where else f"{what}."
