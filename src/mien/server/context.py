"""What every route may ask for: the studio, the worker threads; and how every route may refuse."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Request

from mien.server import schemas
from mien.server.workers import Workers
from mien.studio import Studio

IMAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/*": {}}, "description": "The picture."}}
MESH: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"model/gltf-binary": {}}, "description": "The head."},
}
ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    code: {"model": schemas.ErrorData} for code in (401, 403, 404, 409, 413, 415, 421, 422, 429, 500, 503)
}


def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


def _workers(request: Request) -> Workers:
    workers: Workers = request.app.state.workers
    return workers


TheStudio = Annotated[Studio, Depends(_studio)]
TheWorkers = Annotated[Workers, Depends(_workers)]
