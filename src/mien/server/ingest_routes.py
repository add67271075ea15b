"""The routes of adding many pictures: send a batch, watch it as server-sent events, stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from mien.server import schemas
from mien.server.context import ERRORS, TheStudio
from mien.server.ingest import Job, Jobs
from mien.server.uploads import BATCH_FORM, Batch, batch
from mien.studio import Studio

_LOOK_S: Final = 0.15
_HEARTBEAT_S: Final = 10.0
_STREAM: Final = {
    200: {"content": {"text/event-stream": {}}, "description": "`IngestData` as events, until it is over."}
}

router = APIRouter(prefix="/api/v1/ingest", responses=ERRORS)


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


TheJobs = Annotated[Jobs, Depends(_jobs)]


@router.post("", openapi_extra=BATCH_FORM, status_code=202)
async def start(form: Annotated[Batch, Depends(batch)], studio: TheStudio, jobs: TheJobs) -> schemas.IngestData:
    """Read and add pictures in the background; those that are there already are skipped."""

    def add(data: bytes, name: str) -> bool:
        return _add(studio, data, name, form.tags)

    return _told(jobs.start(form.pictures, add))


@router.get("")
async def overview(jobs: TheJobs) -> list[schemas.IngestData]:
    """Batches of this service, the latest last: what a reloaded page goes on watching."""
    return [_told(job) for job in jobs.all()]


@router.get("/{job_id}")
async def look(job_id: str, jobs: TheJobs) -> schemas.IngestData:
    """How far one batch is."""
    return _told(jobs.get(job_id))


@router.get("/{job_id}/events", response_class=StreamingResponse, responses=_STREAM)  # type: ignore[arg-type]
async def watch(job_id: str, jobs: TheJobs) -> StreamingResponse:
    """How far one batch is, told whenever it changes, as server-sent events."""
    return StreamingResponse(_events(jobs.get(job_id)), media_type="text/event-stream")


@router.delete("/{job_id}")
async def stop(job_id: str, jobs: TheJobs) -> schemas.IngestData:
    """Stop after the picture that is being read; what was added stays."""
    job = jobs.get(job_id)
    job.stop.set()
    return _told(job)


def _add(studio: Studio, data: bytes, name: str, tags: tuple[str, ...]) -> bool:
    before = len(studio.library)
    studio.add_picture(studio.load(data), tags=tags, source=name)
    return len(studio.library) > before


async def _events(job: Job) -> AsyncIterator[str]:
    last, quiet = "", 0.0
    while True:
        is_over = job.is_over
        now = _told(job).model_dump_json()
        if now != last:
            yield f"data: {now}\n\n"
            last, quiet = now, 0.0
        elif quiet >= _HEARTBEAT_S:
            # Proxies close what is silent for long.
            yield ": still here\n\n"
            quiet = 0.0
        if is_over:
            return
        await asyncio.sleep(_LOOK_S)
        quiet += _LOOK_S


def _told(job: Job) -> schemas.IngestData:
    return schemas.IngestData(
        id=job.id,
        state=job.state,
        total=job.total,
        done=job.done,
        added=job.added,
        skipped=job.skipped,
        problems=[schemas.IngestProblem(name=name, message=message) for name, message in list(job.problems)],
    )
