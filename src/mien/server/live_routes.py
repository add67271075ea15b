"""The route of a camera: one frame in, the characters that follow it out, in one answer without further requests."""

from __future__ import annotations

import base64
import time
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse

from mien.core.arkit import named
from mien.errors import NoFaceFound
from mien.mapping import Mapped, complete
from mien.server import schemas
from mien.server.context import ERRORS, TheStudio, TheWorkers
from mien.server.staging import behind, mapped_by
from mien.server.trail import encode_trail
from mien.server.uploads import FRAME_FORM, Frame, frame
from mien.studio import Studio, pictures

router = APIRouter(prefix="/api/v1", responses=ERRORS)
Form = Annotated[Frame, Depends(frame)]


@router.post("/live", openapi_extra=FRAME_FORM, response_model=schemas.LiveFrameData)
async def live(form: Form, studio: TheStudio, workers: TheWorkers) -> JSONResponse:
    """Read one frame of a camera and put it on characters: quick, and steadied from frame to frame.

    Send `trail` of the answer before with every frame but the first. Nothing is kept here in between. A frame without a
    face is answered all the same: `expression` is null, nobody follows, and `problem` says why.
    """
    # The shape is checked by a test; checking 52 numbers five times for every frame is time that a camera has not got.
    return JSONResponse(await workers.do(_follow, studio, form))


def _follow(studio: Studio, form: Frame) -> dict[str, Any]:
    begun = time.perf_counter()
    try:
        reading, trail = studio.follow(form.picture, form.trail, at_s=form.at_s)
    except NoFaceFound as error:
        return _faceless(studio, form, error, begun)
    read = time.perf_counter()
    source, is_drawn = behind(studio, reading.expression, reading.looks_like)
    if not is_drawn:
        source, _ = complete(source)  # once, not for every character
    mapped = mapped_by(lambda name: studio.map(source, name, exact=True), form.to or "four")
    characters = [_drawn(studio, item, form.draw_px) for item in mapped]
    return {
        "picture": {"width_px": reading.width_px, "height_px": reading.height_px},
        "looks_like": reading.looks_like,
        "expression": reading.expression.to_dict(),
        "problem": None,
        "contours": studio.contours(reading),
        "characters": characters,
        "trail": encode_trail(trail),
        "read_ms": round(1000 * (read - begun), 2),
        "draw_ms": round(1000 * (time.perf_counter() - read), 2),
    }


def _faceless(studio: Studio, form: Frame, error: NoFaceFound, begun: float) -> dict[str, Any]:
    """Who leans out of a camera's view did nothing wrong: no refusal, which a browser would log for every frame."""
    height, width, _ = studio.load(form.picture).shape
    return {
        "picture": {"width_px": width, "height_px": height},
        "looks_like": "",
        "expression": None,
        "problem": {"kind": type(error).__name__, "message": str(error)},
        "contours": [],
        "characters": [],
        "trail": "",
        "read_ms": round(1000 * (time.perf_counter() - begun), 2),
        "draw_ms": 0.0,
    }


def _drawn(studio: Studio, mapped: Mapped, size: int) -> dict[str, Any]:
    info, head = mapped.character, mapped.head
    picture = None
    if size and info.kind != "drawn":
        jpeg = pictures.jpeg(studio.render(mapped, max(32, size)))
        picture = f"data:image/jpeg;base64,{base64.b64encode(jpeg).decode()}"
    return {
        "id": info.id,
        "kind": info.kind,
        "coefficients": named(mapped.coefficients),
        "head": {"yaw_rad": head.yaw_rad, "pitch_rad": head.pitch_rad, "roll_rad": head.roll_rad},
        "svg": studio.svg(mapped),
        "picture": picture,
    }
