"""`mien character`: bring a character that another program made, judge what was understood of it, take it away."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mien.cli.commands import Json, open_studio, print_json

app = typer.Typer(no_args_is_help=True, help="Bring characters of your own as .glb or .vrm files.")

Model = Annotated[Path, typer.Argument(metavar="FILE", help="A .glb or .vrm file.", show_default=False)]


@app.command("add")
def add(
    file: Model,
    name: Annotated[str | None, typer.Option("--name", help="What it is called. [default: as the file is]")] = None,
    style: Annotated[
        str | None,
        typer.Option(
            "--style",
            "-s",
            help="The style that bounds its face; see `mien styles`. [default: anime for .vrm, stylized3d for .glb]",
        ),
    ] = None,
    identity: Annotated[
        str | None, typer.Option("--id", help="What commands call it. [default: from the name]")
    ] = None,
    as_json: Json = False,
) -> None:
    """Make a character of a model: it is copied to your configuration folder and is everywhere from then on."""
    from mien.cli import show
    from mien.studio import importing, payload

    understood, told = importing.add(open_studio(), file, name=name, style=style, character_id=identity)
    if as_json:
        print_json(payload.of_understood(understood))
    else:
        show.understood(understood)
        show.added(understood.character.info, told)


@app.command("check")
def check(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="A .glb, a .vrm, or the TOML file of a character.", show_default=False),
    ],
    style: Annotated[str | None, typer.Option("--style", "-s", help="Bound by this style on the sheet.")] = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="OUT.png", help="Draw emotions, single shapes and points found.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what is found in a model and what is missing, without keeping it."""
    from mien.cli import show
    from mien.studio import importing, payload, pictures

    if sheet:
        pictures.check_target(sheet)
    studio = open_studio()
    understood = importing.understand(studio, file, style=style)
    if sheet:
        pictures.save(pictures.check_sheet(studio, understood.character), sheet)
    if as_json:
        print_json(payload.of_understood(understood))
    else:
        show.understood(understood)
        if sheet:
            show.wrote(sheet)


@app.command("remove")
def remove(
    identity: Annotated[str, typer.Argument(metavar="ID", help="A character of your own.", show_default=False)],
    as_json: Json = False,
) -> None:
    """Take a character of your own away; expressions of it in libraries stay."""
    from mien.cli import show
    from mien.studio import importing

    files = importing.remove(open_studio(), identity)
    if as_json:
        print_json({"schema": "mien.removed/1", "character": identity, "files": [str(file) for file in files]})
    else:
        show.removed(files)
