"""The routes of version 1. Each parses, calls `Studio` in a worker thread, and answers."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query, Response

from mien import __version__
from mien.core.expression import Expression
from mien.core.query import Query as LibraryQuery
from mien.errors import InputError
from mien.server import schemas
from mien.server.context import ERRORS, IMAGE, MESH, TheStudio, TheWorkers
from mien.server.pose import decode_pose
from mien.server.staging import behind, mapped_on, told_of
from mien.server.uploads import FORM, Upload, upload
from mien.studio import Studio, export, payload, pictures

_DRAWING_CSP: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_NEAREST: Final = 24

router = APIRouter(prefix="/api/v1", responses=ERRORS)
Form = Annotated[Upload, Depends(upload)]


@router.get("/health")
async def health() -> schemas.Health:
    """Is the service up, and which version is it?"""
    return schemas.Health(version=__version__)


@router.get("/styles")
async def styles(studio: TheStudio) -> list[schemas.StyleData]:
    """Every style and its ranges."""
    return [schemas.StyleData(**payload.of_style(style)) for style in studio.styles()]


@router.get("/vocabulary")
async def vocabulary() -> schemas.Vocabulary:
    """What can be asked by: controls, emotions with their places on the circumplex, criteria with their weights."""
    return schemas.Vocabulary(**payload.of_vocabulary())


@router.get("/characters")
async def characters(studio: TheStudio) -> list[schemas.CharacterData]:
    """Everybody who can be posed."""
    return [schemas.CharacterData(**payload.of_character(info)) for info in studio.cast()]


@router.post("/read", openapi_extra=FORM)
async def read(form: Form, studio: TheStudio, workers: TheWorkers) -> schemas.Read:
    """Read the expression of one face. The picture is decoded in memory and forgotten."""
    return await workers.do(_read, studio, form)


@router.post("/restage", openapi_extra=FORM)
async def restage(form: Form, studio: TheStudio, workers: TheWorkers) -> schemas.Restaging:
    """Read a photo, put its expression on characters, and find the closest expressions of the library.

    With `nearest=0` nothing is looked for: quick enough for one frame of a camera after another.
    """

    def work() -> schemas.Restaging:
        reading = studio.read(form.picture, face=form.face)
        source, is_drawn = behind(studio, reading.expression, reading.looks_like)
        limit = _NEAREST if form.nearest is None else form.nearest
        found = payload.of_search(studio.search(LibraryQuery(expression=source), limit=limit)) if limit else None
        return schemas.Restaging(
            **told_of(studio, reading),
            characters=_map(studio, source, form.to or "four", None, exact=is_drawn),
            found=schemas.Hits(**found) if found else None,
        )

    return await workers.do(work)


@router.post("/map")
async def map_(body: schemas.MapRequest, studio: TheStudio, workers: TheWorkers) -> schemas.Mapping:
    """Put an expression on characters; the answer holds the addresses of their pictures."""
    expression, is_drawn = behind(studio, _expression(body.expression), body.looks_like)
    exact = body.exact or is_drawn
    return schemas.Mapping(characters=await workers.do(_map, studio, expression, body.to, body.style, exact=exact))


@router.get("/characters/{character_id}/picture", response_class=Response, responses=IMAGE)
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
            raise InputError(f"{character.info.name} is {character.info.kind}, not drawn: ask for form=png.")
        # Opened on its own, a drawing may do nothing but be looked at.
        return Response(svg, media_type="image/svg+xml", headers={**headers, "content-security-policy": _DRAWING_CSP})

    return await workers.do(draw)


@router.get("/characters/{character_id}/mesh.glb", response_class=Response, responses=MESH)
async def mesh(character_id: str, studio: TheStudio, workers: TheWorkers) -> Response:
    """A sculpted or imported character as binary glTF with 52 morph targets; the first time takes a second or two."""
    data = await workers.do(export.glb, studio, character_id)
    return Response(data, media_type=export.GLB, headers={"cache-control": "private, max-age=86400"})


def _read(studio: Studio, form: Upload) -> schemas.Read:
    return schemas.Read(**told_of(studio, studio.read(form.picture, face=form.face)))


def _expression(data: schemas.ExpressionGiven) -> Expression:
    return Expression.from_dict(schemas.plain(data))


def _map(
    studio: Studio, expression: Expression, to: str, style: str | None, *, exact: bool = False
) -> list[schemas.MappedData]:
    return mapped_on(lambda name: studio.map(expression, name, style=style, exact=exact), to)
