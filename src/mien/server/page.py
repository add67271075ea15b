"""The page: the client as `web/build.py` built it, and nothing else of the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.responses import FileResponse, Response
from fastapi.staticfiles import StaticFiles

from mien.server.answers import refusal

STATIC: Final = Path(__file__).with_name("static")
_FOREVER: Final = "public, max-age=31536000, immutable"


class _Hashed(StaticFiles):
    """Files with their content's hash in the name: they never change."""

    def file_response(self, *args: object, **kwargs: object) -> Response:
        answer = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        answer.headers["cache-control"] = _FOREVER
        return answer


def install(app: FastAPI, folder: Path = STATIC) -> None:
    """Serve the built client at /; without one, / says how to build it."""
    if not (folder / "index.html").is_file():

        @app.get("/", include_in_schema=False)
        def unbuilt() -> Response:
            return refusal(503, "PageNotBuilt", "The page is not built yet. Run 'make web' and start again.")

        return

    app.mount("/assets", _Hashed(directory=folder / "assets"), name="assets")
    # Listed once: an address can name one of these files and never a path.
    files = {file.name: file for file in folder.iterdir() if file.is_file()}

    @app.get("/", include_in_schema=False)
    def page() -> Response:
        return FileResponse(files["index.html"], headers={"cache-control": "no-cache"})

    @app.get("/{name}", include_in_schema=False)
    def beside_the_page(name: str) -> Response:
        if name not in files:
            return refusal(404, "NotFound", "There is nothing at this address.")
        return FileResponse(files[name], headers={"cache-control": "no-cache"})
