"""The routes of the library: find, look closer, rate, annotate, add, and the map of it all."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from mien.core.emotion import Emotion
from mien.core.expression import Expression
from mien.core.query import Context
from mien.core.query import Query as LibraryQuery
from mien.errors import InputError
from mien.server import schemas
from mien.server.context import ERRORS, IMAGE, TheStudio, TheWorkers
from mien.server.staging import behind, mapped_on, told_of
from mien.server.thumbnails import thumbnail
from mien.server.uploads import KEPT_FORM, Upload, upload
from mien.studio import Studio, payload

router = APIRouter(prefix="/api/v1", responses=ERRORS)
Form = Annotated[Upload, Depends(upload)]


@router.get("/library")
async def library(studio: TheStudio, workers: TheWorkers) -> schemas.LibraryData:
    """What the library holds."""
    return schemas.LibraryData(**await workers.do(payload.of_library, studio))


@router.post("/search")
async def search(body: schemas.SearchRequest, studio: TheStudio, workers: TheWorkers) -> schemas.Hits:
    """Find expressions in the library."""
    result = await workers.do(
        studio.search, _query(studio, body), limit=body.limit, offset=body.offset, context=_context(body.context)
    )
    return schemas.Hits(**payload.of_search(result))


@router.post("/ask")
async def ask(body: schemas.Question, studio: TheStudio, workers: TheWorkers) -> schemas.Hits:
    """The hits between which a choice would teach the ranking of the context's production most.

    What is chosen is told by /events as "selected", with the answer's `search` in `detail`.
    """
    context = _context(body.context)
    if context is None or not context.production:
        raise InputError("Name the production that is to learn from the answer: context.production.")
    result = await workers.do(studio.ask, _query(studio, body), context=context, count=body.count)
    return schemas.Hits(**payload.of_search(result))


@router.get("/space")
async def space(studio: TheStudio, workers: TheWorkers) -> schemas.SpaceData:
    """The library as a map: a point for each expression, alike ones near each other."""
    return schemas.SpaceData(**payload.of_space(await workers.do(studio.space)))


@router.get("/assets/{asset_id}")
async def asset(asset_id: str, studio: TheStudio, workers: TheWorkers) -> schemas.AssetData:
    """One expression of the library."""
    return schemas.AssetData(**payload.of_asset(await workers.do(studio.asset, asset_id)))


@router.get("/assets/{asset_id}/picture", response_class=Response, responses=IMAGE)
async def asset_picture(
    asset_id: str,
    studio: TheStudio,
    workers: TheWorkers,
    size: Annotated[int | None, Query(ge=32, le=1024, description="Pixels of the longer side, at most.")] = None,
    face: Annotated[bool, Query(description="With `size`: the square around the face, where one is known.")] = False,
) -> Response:
    """Its picture, or a smaller one."""

    def work() -> bytes:
        data = studio.picture(asset_id)
        if size is None:
            return data
        return thumbnail(data, size, studio.asset(asset_id).portrait_px if face else None)

    data = await workers.do(work)
    kind = "image/webp" if data[8:12] == b"WEBP" else "image/jpeg" if data[:2] == b"\xff\xd8" else "image/png"
    return Response(data, media_type=kind, headers={"cache-control": "private, max-age=86400, immutable"})


@router.get("/assets/{asset_id}/read")
async def asset_read(asset_id: str, studio: TheStudio, workers: TheWorkers) -> schemas.Read:
    """Its picture read anew: what the reader sees in it, and where it looked."""

    def work() -> schemas.Read:
        return schemas.Read(**told_of(studio, studio.read_asset(asset_id)))

    return await workers.do(work)


@router.get("/assets/{asset_id}/staged")
async def staged(
    asset_id: str,
    studio: TheStudio,
    workers: TheWorkers,
    to: Annotated[str, Query(max_length=400, description="As in /map.")] = "four",
) -> schemas.Mapping:
    """The same expression on other characters, each as far as its own style goes."""

    def work() -> list[schemas.MappedData]:
        return mapped_on(lambda name: studio.staged(asset_id, name), to)

    return schemas.Mapping(characters=await workers.do(work))


@router.post("/assets", openapi_extra=KEPT_FORM, status_code=201)
async def keep(form: Form, studio: TheStudio, workers: TheWorkers) -> schemas.AssetData:
    """Read one picture and keep it in the library; the same picture twice is there once."""

    def work() -> schemas.AssetData:
        kept = studio.add_picture(studio.load(form.picture), text=form.text, tags=form.tags)
        return schemas.AssetData(**payload.of_asset(kept))

    return await workers.do(work)


@router.patch("/assets/{asset_id}")
async def annotate(
    asset_id: str, body: schemas.Annotation, studio: TheStudio, workers: TheWorkers
) -> schemas.AssetData:
    """Change the words or tags of an expression; it is found by them from now on."""
    if body.text is None and body.tags is None:
        raise InputError("Say what to change: 'text', 'tags' or both.")
    changed = await workers.do(studio.annotate, asset_id, text=body.text, tags=body.tags)
    return schemas.AssetData(**payload.of_asset(changed))


@router.put("/assets/{asset_id}/rating")
async def rate(asset_id: str, body: schemas.Rating, studio: TheStudio, workers: TheWorkers) -> schemas.AssetData:
    """Give an expression 0 to 5 stars; the answer holds the mean of everybody's."""
    rated = await workers.do(
        studio.rate, asset_id, body.stars, user=body.user, production=body.production, search=body.search
    )
    return schemas.AssetData(**payload.of_asset(rated))


@router.get("/ratings")
async def ratings(
    studio: TheStudio, workers: TheWorkers, user: Annotated[str, Query(max_length=120)] = ""
) -> dict[str, float]:
    """A user's stars, by asset."""
    return await workers.do(studio.ratings, user)


@router.get("/refusals")
async def refusals(
    studio: TheStudio, workers: TheWorkers, user: Annotated[str, Query(max_length=120)] = ""
) -> list[str]:
    """The expressions that a user turned down and did not take back."""
    return await workers.do(studio.refusals, user)


@router.post("/events", status_code=204)
async def log(body: schemas.EventGiven, studio: TheStudio, workers: TheWorkers) -> Response:
    """Tell what a user did with an expression; rankings for that user learn from it."""
    from mien.library.events import Event

    event = Event(
        body.kind, body.asset, user=body.user, production=body.production, value=body.value, detail=body.detail
    )
    await workers.do(studio.log, event)
    return Response(status_code=204)


def _query(studio: Studio, body: schemas.SearchRequest) -> LibraryQuery:
    expression = Expression.from_dict(schemas.plain(body.expression)) if body.expression else None
    if expression is not None:
        expression, _ = behind(studio, expression, body.looks_like)
    return LibraryQuery(
        text=body.text,
        emotion=Emotion.from_weights(body.emotion) if body.emotion else None,
        expression=expression,
        like=body.like,
        unlike=body.unlike,
        but=body.but,
        avoid=tuple(body.avoid),
        weights=body.weights,
        styles=tuple(body.styles),
        characters=tuple(body.characters),
        tags=tuple(body.tags),
        exclude_tags=tuple(body.exclude_tags),
        exclude_styles=tuple(body.exclude_styles),
        exclude_characters=tuple(body.exclude_characters),
        since=body.since,
        until=body.until,
        productions=tuple(body.productions),
        ids=tuple(body.ids),
        min_rating=body.min_rating,
        variety=body.variety,
    )


def _context(body: schemas.ContextGiven | None) -> Context | None:
    if body is None:
        return None
    return Context(
        character=body.character,
        style=body.style,
        production=body.production,
        previous=Expression.from_dict(schemas.plain(body.previous)) if body.previous else None,
        next=Expression.from_dict(schemas.plain(body.next)) if body.next else None,
        after=body.after,
        before=body.before,
        position=body.position,
        user=body.user,
        weights=body.weights,
    )
