"""The application: routes and page around one studio, behind one guard."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Thread
from typing import Final

from fastapi import FastAPI

from mien import __version__
from mien.core.looks import look
from mien.core.query import Query
from mien.errors import MienError
from mien.server import answers, page
from mien.server.job_routes import catch_up
from mien.server.job_routes import router as job_router
from mien.server.jobs import Jobs
from mien.server.library_routes import router as library_router
from mien.server.live_routes import router as live_router
from mien.server.production_routes import router as production_router
from mien.server.quota import Quota
from mien.server.redraw_routes import router as redraw_router
from mien.server.routes import router
from mien.server.security import LOOPBACK, Guard
from mien.server.workers import MAX_WAITING, Workers
from mien.studio import Studio

_LOG: Final = logging.getLogger(__name__)


def create_app(
    studio: Studio,
    *,
    hosts: frozenset[str] | None = LOOPBACK,
    token: str | None = None,
    max_waiting: int = MAX_WAITING,
    quota: Quota | None = None,
    warm_up: bool = False,
) -> FastAPI:
    """The service around one studio, as an ASGI application.

    hosts: names it may be called by; None accepts any. token: asked of every request when set.
    max_waiting: requests that may wait for a thread before others get 429. quota: how often one client may ask.
    warm_up: build the characters, open the library, and embed it anew if another version did, while the first visitor
        still looks for a photo.
    """
    # Nobody who searches waits minutes for that: it is a job that is seen.
    studio.embed_later()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.jobs = Jobs()
        if warm_up:
            catch_up(app.state.jobs, studio)
            Thread(target=_warm_up, args=(studio,), name="mien-warm-up", daemon=True).start()
        yield
        app.state.jobs.close()

    app = FastAPI(
        title="mien",
        version=__version__,
        description="Read the expression on a face, re-stage it on other characters, find it again in a library.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.studio = studio
    app.state.workers = Workers(max_waiting=max_waiting)
    app.state.jobs = Jobs()
    app.include_router(router)
    app.include_router(library_router)
    app.include_router(production_router)
    app.include_router(job_router)
    app.include_router(live_router)
    app.include_router(redraw_router)
    answers.install(app)
    page.install(app)
    app.add_middleware(Guard, hosts=hosts, token=token, quota=quota)
    return app


def _warm_up(studio: Studio) -> None:
    try:
        for mapped in studio.map(look("happiness"), "four"):
            studio.render(mapped, 64)
        studio.search(Query(text="smile"), limit=1)
    except MienError as error:
        # Whoever asks for what is missing is told then.
        _LOG.info("Not warmed up: %s", error)
