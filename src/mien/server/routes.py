"""The routes of version 1. Each parses, calls `Studio` in a worker thread, and answers."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Query, Request, Response

from mien import __version__
from mien.core.emotion import Emotion
from mien.core.expression import Expression
from mien.core.query import Query as LibraryQuery
from mien.errors import InputError
from mien.mapping import Mapped
from mien.server import schemas
from mien.server.pose import decode_pose, encode_pose
from mien.server.uploads import FORM, Upload, upload
from mien.server.workers import Workers
from mien.studio import Studio, payload, pictures

MAX_TARGETS: Final = 16
_DRAWING_CSP: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_IMAGE: Final[dict[int | str, dict[str, Any]]] = {200: {"content": {"image/*": {}}, "description": "The picture."}}
_ERRORS: Final[dict[int | str, dict[str, Any]]] = {
    code: {"model": schemas.ErrorData} for code in (401, 403, 404, 409, 413, 415, 421, 422, 429, 500, 503)
}

router = APIRouter(prefix="/api/v1", responses=_ERRORS)
Form = Annotated[Upload, Depends(upload)]


def _studio(request: Request) -> Studio:
    studio: Studio = request.app.state.studio
    return studio


def _workers(request: Request) -> Workers:
    workers: Workers = request.app.state.workers
    return workers


TheStudio = Annotated[Studio, Depends(_studio)]
TheWorkers = Annotated[Workers, Depends(_workers)]


@router.get("/health")
async def health() -> schemas.Health:
    """Is the service up, and which version is it?"""
    return schemas.Health(version=__version__)


@router.get("/styles")
async def styles(studio: TheStudio) -> list[schemas.StyleData]:
    """Every style and its ranges."""
    return [schemas.StyleData(**payload.of_style(style)) for style in studio.styles()]


@router.get("/characters")
async def characters(studio: TheStudio) -> list[schemas.CharacterData]:
    """Everybody who can be posed."""
    return [schemas.CharacterData(**payload.of_character(info)) for info in studio.cast()]


@router.get("/library")
async def library(studio: TheStudio, workers: TheWorkers) -> schemas.LibraryData:
    """What the library holds."""
    return schemas.LibraryData(**await workers.do(payload.of_library, studio))


@router.post("/read", openapi_extra=FORM)
async def read(form: Form, studio: TheStudio, workers: TheWorkers) -> schemas.Read:
    """Read the expression of one face. The picture is decoded in memory and forgotten."""
    return await workers.do(_read, studio, form)


@router.post("/restage", openapi_extra=FORM)
async def restage(form: Form, studio: TheStudio, workers: TheWorkers) -> schemas.Restaging:
    """Read a photo, put its expression on characters, and find the closest expressions of the library."""

    def work() -> schemas.Restaging:
        reading = studio.read(form.picture, face=form.face)
        mapped = _map(studio, reading.expression, form.to or "four", None)
        found = payload.of_search(studio.search(LibraryQuery(expression=reading.expression), limit=24))
        return schemas.Restaging(
            reading=schemas.ReadingData(**reading.to_dict()),
            contours=studio.contours(reading),
            characters=mapped,
            found=schemas.Hits(**found),
        )

    return await workers.do(work)


@router.post("/map")
async def map_(body: schemas.MapRequest, studio: TheStudio, workers: TheWorkers) -> schemas.Mapping:
    """Put an expression on characters; the answer holds the addresses of their pictures."""
    expression = _expression(body.expression)
    return schemas.Mapping(characters=await workers.do(_map, studio, expression, body.to, body.style))


@router.get("/characters/{character_id}/picture", response_class=Response, responses=_IMAGE)
async def picture(
    character_id: str,
    studio: TheStudio,
    workers: TheWorkers,
    pose: Annotated[str, Query(max_length=200, description="As /map and /restage give it; at rest if left out.")] = "",
    size: Annotated[int, Query(ge=32, le=1024, description="Pixels per side; drawings in SVG have none.")] = 320,
    form: Annotated[Literal["png", "svg"], Query(description="svg for drawn characters only.")] = "png",
) -> Response:
    """A character in a pose. The same address always gives the same bytes."""
    coefficients, head = decode_pose(pose)
    headers = {"cache-control": "private, max-age=86400"}

    def draw() -> Response:
        character = studio.character(character_id)
        if form == "png":
            rendered = character.render(coefficients, size, head=head)
            return Response(pictures.png(rendered), media_type="image/png", headers=headers)
        svg = studio.draw_svg(character.info.id, coefficients, head)
        if svg is None:
            raise InputError(f"{character.info.name} is sculpted, not drawn: ask for form=png.")
        # Opened on its own, a drawing may do nothing but be looked at.
        return Response(svg, media_type="image/svg+xml", headers={**headers, "content-security-policy": _DRAWING_CSP})

    return await workers.do(draw)


@router.post("/search")
async def search(body: schemas.SearchRequest, studio: TheStudio, workers: TheWorkers) -> schemas.Hits:
    """Find expressions in the library."""
    query = LibraryQuery(
        text=body.text,
        emotion=Emotion.from_weights(body.emotion) if body.emotion else None,
        expression=_expression(body.expression) if body.expression else None,
        like=body.like,
        styles=tuple(body.styles),
        characters=tuple(body.characters),
        tags=tuple(body.tags),
        exclude_tags=tuple(body.exclude_tags),
        productions=tuple(body.productions),
        min_rating=body.min_rating,
        variety=body.variety,
    )
    result = await workers.do(studio.search, query, limit=body.limit, offset=body.offset)
    return schemas.Hits(**payload.of_search(result))


@router.get("/assets/{asset_id}")
async def asset(asset_id: str, studio: TheStudio, workers: TheWorkers) -> schemas.AssetData:
    """One expression of the library."""
    return schemas.AssetData(**payload.of_asset(await workers.do(studio.asset, asset_id)))


@router.get("/assets/{asset_id}/picture", response_class=Response, responses=_IMAGE)
async def asset_picture(asset_id: str, studio: TheStudio, workers: TheWorkers) -> Response:
    """Its picture."""
    data = await workers.do(studio.picture, asset_id)
    kind = "image/webp" if data[8:12] == b"WEBP" else "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
    return Response(data, media_type=kind, headers={"cache-control": "private, max-age=86400, immutable"})


def _read(studio: Studio, form: Upload) -> schemas.Read:
    reading = studio.read(form.picture, face=form.face)
    return schemas.Read(reading=schemas.ReadingData(**reading.to_dict()), contours=studio.contours(reading))


def _expression(data: schemas.ExpressionGiven) -> Expression:
    return Expression.from_dict(schemas.plain(data))


def _map(studio: Studio, expression: Expression, to: str, style: str | None) -> list[schemas.MappedData]:
    names = list(dict.fromkeys(name for part in to.split(",") if (name := part.strip())))
    if not 1 <= len(names) <= MAX_TARGETS:
        raise InputError(f"Name 1 to {MAX_TARGETS} characters or styles in 'to', with commas between them.")
    return [_mapped(item) for name in names for item in studio.map(expression, name, style=style)]


def _mapped(mapped: Mapped) -> schemas.MappedData:
    where = f"/api/v1/characters/{mapped.character.id}/picture?pose={encode_pose(mapped.coefficients, mapped.head)}"
    svg = f"{where}&form=svg" if mapped.character.kind == "drawn" else None
    return schemas.MappedData(**payload.of_mapped(mapped, picture=where), svg=svg)
