"""The routes of long work: add a batch of pictures, embed the library anew; watch it as events, stop it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse

from mien.errors import MienError
from mien.server import schemas
from mien.server.context import ERRORS, TheStudio, TheWorkers
from mien.server.jobs import Job, Jobs
from mien.server.uploads import BATCH_FORM, Batch, batch
from mien.studio import Studio

_LOOK_S: Final = 0.15
_HEARTBEAT_S: Final = 10.0
_STREAM: Final = {200: {"content": {"text/event-stream": {}}, "description": "`JobData` as events, until it is over."}}

router = APIRouter(prefix="/api/v1", responses=ERRORS)


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


TheJobs = Annotated[Jobs, Depends(_jobs)]


@router.post("/ingest", openapi_extra=BATCH_FORM, status_code=202)
async def ingest(form: Annotated[Batch, Depends(batch)], studio: TheStudio, jobs: TheJobs) -> schemas.JobData:
    """Read and add pictures in the background; those that are there already are skipped."""

    def add(data: bytes, name: str) -> int:
        return _add(studio, data, name, form.tags)

    return _told(jobs.add(form.pictures, add))


@router.post("/embedding", status_code=202)
async def embedding(studio: TheStudio, workers: TheWorkers, jobs: TheJobs) -> schemas.JobData:
    """Embed anew, in the background, what another version of mien embedded; searches find it from then on."""
    return _told(embed(jobs, studio, await workers.do(studio.outdated)))


@router.get("/jobs")
async def overview(jobs: TheJobs) -> list[schemas.JobData]:
    """Long work of this service, the latest last: what a reloaded page goes on watching."""
    return [_told(job) for job in jobs.all()]


@router.get("/jobs/{job_id}")
async def look(job_id: str, jobs: TheJobs) -> schemas.JobData:
    """How far one job is."""
    return _told(jobs.get(job_id))


@router.get("/jobs/{job_id}/events", response_class=StreamingResponse, responses=_STREAM)  # type: ignore[arg-type]
async def watch(job_id: str, jobs: TheJobs) -> StreamingResponse:
    """How far one job is, told whenever it changes, as server-sent events."""
    return StreamingResponse(_events(jobs.get(job_id)), media_type="text/event-stream")


@router.delete("/jobs/{job_id}")
async def stop(job_id: str, jobs: TheJobs) -> schemas.JobData:
    """Stop after what is under way; what was added or embedded stays."""
    job = jobs.get(job_id)
    job.stop.set()
    return _told(job)


def embed(jobs: Jobs, studio: Studio, outdated: int) -> Job:
    """Start, or find, the job that embeds a studio's library anew."""
    return jobs.embed(outdated, lambda progress, stop: studio.reembed(progress=progress, stop=stop))


def catch_up(jobs: Jobs, studio: Studio) -> None:
    """Embed anew if anything is outdated, as a service does when it starts."""
    try:
        if outdated := studio.outdated():
            embed(jobs, studio, outdated)
    except MienError:
        # Without a library there is nothing to do; whoever searches is told.
        return


def _add(studio: Studio, data: bytes, name: str, tags: tuple[str, ...]) -> int:
    before = len(studio.library)
    studio.add_picture(studio.load(data), tags=tags, source=name, everybody=True)
    return max(0, len(studio.library) - before)


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


def _told(job: Job) -> schemas.JobData:
    return schemas.JobData(
        id=job.id,
        kind=job.kind,
        state=job.state,
        total=job.total,
        done=job.done,
        added=job.added,
        skipped=job.skipped,
        problems=[schemas.JobProblem(name=name, message=message) for name, message in list(job.problems)],
    )
