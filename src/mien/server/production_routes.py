"""The routes of productions: how each ranks, what its users taught it, and whether that is followed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from mien.server import schemas
from mien.server.context import ERRORS, TheStudio, TheWorkers
from mien.studio import payload

router = APIRouter(prefix="/api/v1", responses=ERRORS)
Production = Annotated[str, Path(min_length=1, max_length=schemas.NAME_LENGTH)]


@router.get("/productions/{production}")
async def production(production: Production, studio: TheStudio, workers: TheWorkers) -> schemas.ProductionData:
    """Its weights, what was learned, from how much, and what the log says of it; any name, known or not."""
    return schemas.ProductionData(**await workers.do(payload.of_production, studio, production))


@router.patch("/productions/{production}")
async def change(
    production: Production, body: schemas.ProductionChange, studio: TheStudio, workers: TheWorkers
) -> schemas.ProductionData:
    """Set its weights, follow what was learned or not, or forget it and begin anew. What is left out stays."""

    def work() -> schemas.ProductionData:
        if body.weights is not None:
            studio.set_weights(production, body.weights)
        if body.learning is not None or body.forget:
            studio.set_learning(production, follow=body.learning, forget=body.forget)
        return schemas.ProductionData(**payload.of_production(studio, production))

    return await workers.do(work)
