"""The route of characters without a rig: a picture in, the same picture with another expression out."""

from __future__ import annotations

import base64
from typing import Annotated

from fastapi import APIRouter, Depends

from mien.core.expression import Expression
from mien.server import schemas
from mien.server.context import ERRORS, TheStudio, TheWorkers
from mien.server.staging import behind
from mien.server.uploads import REDRAW_FORM, Redraw, redraw
from mien.studio import Studio, payload, pictures
from mien.studio.redraw import Target

router = APIRouter(prefix="/api/v1", responses=ERRORS)
Form = Annotated[Redraw, Depends(redraw)]


@router.post("/redraw", openapi_extra=REDRAW_FORM)
async def redraw_(form: Form, studio: TheStudio, workers: TheWorkers) -> schemas.Redrawing:
    """Draw a picture of a character with another expression, by the mapping network: a guess, with its confidence.

    Photos of real people are refused, and faces that are tiny or cut off. The picture comes with every request and is
    forgotten after it; without `expression` and `asset` it is only read and judged.
    """
    return await workers.do(_redraw, studio, form)


def _redraw(studio: Studio, form: Redraw) -> schemas.Redrawing:
    source = _source(studio, form)
    target = studio.target(form.picture, face=form.face)
    return schemas.Redrawing(
        target=schemas.TargetData(**payload.of_target(target)),
        style=target.style.id,
        drawn=None if source is None else _drawn(studio, target, *source, form.size_px),
    )


def _source(studio: Studio, form: Redraw) -> tuple[Expression, bool] | None:
    """What is drawn, and whether as it is."""
    if form.asset:
        asset = studio.asset(form.asset)
        return studio.freed(asset.expression, asset.style), True
    if form.expression is None:
        return None
    expression, is_drawn = behind(studio, form.expression, form.looks_like)
    return expression, form.is_exact or is_drawn


def _drawn(
    studio: Studio, target: Target, expression: Expression, is_exact: bool, size_px: int | None
) -> schemas.RedrawnData:
    redrawn = studio.redraw(expression, target, exact=is_exact)
    picture = redrawn.picture if size_px is None else pictures.within(redrawn.picture, size_px)
    address = f"data:image/png;base64,{base64.b64encode(pictures.png(picture)).decode()}"
    told = payload.of_redrawn(redrawn, seen=studio.seen(redrawn), picture=address)
    return schemas.RedrawnData(**told, attention=schemas.AttentionData(**payload.of_network_attention(redrawn)))
