"""The commands: each parses its arguments, calls `Studio`, and hands the result to `show` or prints it as JSON."""

from __future__ import annotations

import atexit
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mien.errors import BadFile, InputError

if TYPE_CHECKING:
    from mien.core.expression import Expression
    from mien.core.face import Reading
    from mien.core.query import Query
    from mien.studio import Studio

Json = Annotated[bool, typer.Option("--json", help="Print JSON (docs/json.md) instead of tables.")]
Face = Annotated[int | None, typer.Option("--face", min=1, help="Which face, 1 is the largest. [default: the largest]")]
Photo = Annotated[
    Path,
    typer.Argument(metavar="PHOTO", help="A picture of a face; - reads it from standard input.", show_default=False),
]
LibraryFolder = Annotated[
    Path | None, typer.Option("--library", "-l", help="The library's folder. [default: the demo]")
]
StyleFile = Annotated[list[Path] | None, typer.Option("--style-file", help="A TOML file with styles of your own.")]
CharacterFile = Annotated[
    list[Path] | None, typer.Option("--character-file", help="A character of your own: TOML, .glb or .vrm.")
]


def read(
    photo: Photo,
    face: Face = None,
    overlay: Annotated[
        Path | None, typer.Option("--overlay", metavar="OUT.png", help="Draw what was read over the photo.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Read the expression on a face."""
    from mien.cli import show
    from mien.studio import pictures

    if overlay:
        pictures.check_target(overlay, inputs=(photo,))
    photo = piped(photo)
    studio = open_studio()
    picture = studio.load(photo)
    reading = studio.read(picture, face=face)
    if overlay:
        pictures.save(studio.overlay(picture, reading), overlay)
    if as_json:
        print_json(reading.to_dict())
    else:
        show.reading(reading, name=photo.name)
        if overlay:
            show.wrote(overlay)


def search(
    image: Annotated[Path | None, typer.Option("--image", help="Find what looks like this face.")] = None,
    text: Annotated[str | None, typer.Option("--text", "-t", help='Words, such as "smug half smile".')] = None,
    emotion: Annotated[
        str | None, typer.Option("--emotion", "-e", help="Weights, such as happiness=0.7,surprise=0.3.")
    ] = None,
    coefficients: Annotated[
        str | None, typer.Option("--coefficients", "-c", help="Values, such as jawOpen=0.4,browInnerUp=1.")
    ] = None,
    like: Annotated[str | None, typer.Option("--like", help="Id of an asset to find more like it.")] = None,
    but: Annotated[
        str | None, typer.Option("--but", help="Added to that face, such as anger=0.4,brow_inner=-0.3.")
    ] = None,
    unlike: Annotated[
        str | None, typer.Option("--unlike", help="Id of an asset that hits should not look like.")
    ] = None,
    not_emotion: Annotated[list[str] | None, typer.Option("--not-emotion", help="Not this (repeatable).")] = None,
    weight: Annotated[
        list[str] | None, typer.Option("--weight", help="expression, text, emotion or like=NUMBER (repeatable).")
    ] = None,
    style: Annotated[list[str] | None, typer.Option("--style", "-s", help="Only this style (repeatable).")] = None,
    character: Annotated[
        list[str] | None, typer.Option("--character", help="Only this character (repeatable).")
    ] = None,
    tag: Annotated[list[str] | None, typer.Option("--tag", help="Only assets with this tag (repeatable).")] = None,
    source: Annotated[list[str] | None, typer.Option("--from", help="Only from this production (repeatable).")] = None,
    not_style: Annotated[list[str] | None, typer.Option("--not-style", help="Not in this style (repeatable).")] = None,
    not_character: Annotated[
        list[str] | None, typer.Option("--not-character", help="Not this character (repeatable).")
    ] = None,
    not_tag: Annotated[list[str] | None, typer.Option("--not-tag", help="Not with this tag (repeatable).")] = None,
    min_rating: Annotated[
        float | None, typer.Option("--min-rating", min=0, max=5, help="At least so many stars.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Added on this day (2026-05-31) or later.")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Added on this day or earlier.")] = None,
    for_: Annotated[str | None, typer.Option("--for", help="The character it is wanted for.")] = None,
    for_style: Annotated[str | None, typer.Option("--for-style", help="The style it is wanted for.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Id of the asset that comes before the gap.")] = None,
    before: Annotated[str | None, typer.Option("--before", help="Id of the asset that comes after the gap.")] = None,
    position: Annotated[float, typer.Option("--position", min=0, max=1, help="Where in the gap; 0.5 is midway.")] = 0.5,
    production: Annotated[
        str | None, typer.Option("--production", help="The production at work: its weights and what it learned.")
    ] = None,
    user: Annotated[str | None, typer.Option("--user", help="Who asks; past choices count a little.")] = None,
    criterion: Annotated[
        list[str] | None, typer.Option("--criterion", help="A criterion's weight, such as temporal=0.4 (repeatable).")
    ] = None,
    variety: Annotated[float, typer.Option("--variety", min=0, max=1, help="How little hits may repeat.")] = 0.3,
    limit: Annotated[int, typer.Option("-k", "--limit", min=1, max=1000, help="How many hits.")] = 10,
    offset: Annotated[int, typer.Option("--offset", min=0, help="How many hits to pass over.")] = 0,
    ask: Annotated[
        int | None, typer.Option("--ask", min=1, max=20, help="Show the hits whose rating would teach most instead.")
    ] = None,
    face: Face = None,
    library: LibraryFolder = None,
    sheet: Annotated[
        Path | None, typer.Option("--sheet", metavar="OUT.png", help="Write the hits as a contact sheet.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Find expressions in a library by picture, words, emotion, coefficients, filters, or any mix of them."""
    from mien.cli import parse, show
    from mien.core.query import Context, Query, parse_emotion
    from mien.studio import payload, pictures

    if sheet:
        pictures.check_target(sheet, inputs=(image,) if image else ())
    image = piped(image) if image else None
    studio = open_studio(library=library)
    expression = reading_or_expression(studio, image, face)[1] if image else None
    if coefficients:
        expression = parse.coefficients(coefficients, base=expression)
    query = Query(
        text=text,
        emotion=parse_emotion(emotion) if emotion else None,
        expression=expression,
        like=like,
        but=parse.amounts(but or "", example="anger=0.4"),
        weights=parse.amounts(weight or (), example="text=0.5"),
        avoid=tuple(not_emotion or ()),
        unlike=unlike,
        styles=tuple(style or ()),
        characters=tuple(character or ()),
        tags=tuple(tag or ()),
        productions=tuple(source or ()),
        exclude_styles=tuple(not_style or ()),
        exclude_characters=tuple(not_character or ()),
        exclude_tags=tuple(not_tag or ()),
        min_rating=min_rating,
        since=since,
        until=until,
        variety=variety,
    )
    context = Context(
        character=for_ or "",
        style=for_style or "",
        production=production or "",
        after=after,
        before=before,
        position=position,
        user=user or "",
        weights=parse.amounts(criterion or (), example="temporal=0.4"),
    )
    narrowed = (style, character, tag, source, not_style, not_character, not_tag, min_rating, since, until)
    if query.is_open and not any((*narrowed, for_, for_style, after, before)):
        raise InputError(
            "Say what to find: --image, --text, --emotion, --coefficients, --like, a filter, or what it is --for."
        )
    if ask:
        result = studio.ask(query, context=context, count=ask)
    else:
        result = studio.search(query, limit=limit, offset=offset, context=context)
    if sheet and result.hits:
        pictures.save(pictures.contact_sheet(studio, result.hits), sheet)
    if as_json:
        print_json(payload.of_search(result))
    else:
        show.hits(result, absent=_absent(studio, query), offset=offset)
        if sheet and result.hits:
            show.wrote(sheet)
    if sheet and not result.hits:
        show.no_sheet(sheet)


def rate(
    asset: Annotated[str, typer.Argument(metavar="ASSET", help="Its id, or how that begins.", show_default=False)],
    stars: Annotated[float, typer.Argument(metavar="STARS", min=0, max=5, help="0 to 5.", show_default=False)],
    user: Annotated[str, typer.Option("--user", help="Who says so.")] = "",
    production: Annotated[str, typer.Option("--production", help="The production whose ranking may learn.")] = "",
    page: Annotated[str, typer.Option("--search", help="Id of the search that showed it (in its --json).")] = "",
    library: LibraryFolder = None,
    as_json: Json = False,
) -> None:
    """Give an expression stars."""
    from mien.cli import show
    from mien.studio import payload

    rated = open_studio(library=library).rate(asset, stars, user=user, production=production, search=page)
    if as_json:
        print_json({"schema": "mien.asset/1", **payload.of_asset(rated)})
    else:
        show.rated(rated)


def add(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Pictures to add.", show_default=False)],
    library: Annotated[Path, typer.Option("--library", "-l", help="The library; made if it does not exist.")],
    as_json: Json = False,
) -> None:
    """Add a folder of pictures to a library; safe to stop and to run again."""
    from mien.cli import show
    from mien.studio import payload

    studio = open_studio(library=library)
    with show.progress("Reading pictures", quiet=as_json) as advance:
        report = studio.add_folder(folder, progress=advance)
    if as_json:
        print_json(payload.of_ingest(report))
    else:
        show.ingest(report, library)


def cast(
    style: Annotated[str | None, typer.Option("--style", "-s", help="Only this style.")] = None,
    sheet: Annotated[
        Path | None,
        typer.Option("--sheet", metavar="OUT.png|OUT.jpg", help="Draw everybody with twelve expressions."),
    ] = None,
    character: Annotated[str | None, typer.Option("--character", help="Only this character.")] = None,
    as_json: Json = False,
) -> None:
    """List the characters, or draw them."""
    from mien.cli import show
    from mien.studio import payload, pictures

    studio = open_studio()
    infos = [info for info, _ in studio.targets(character or style or "all")]
    if sheet:
        pictures.check_target(sheet)
        with show.progress("Drawing", quiet=as_json) as advance:
            pictures.save(pictures.cast_sheet(studio, infos, progress=advance), sheet)
    if as_json:
        print_json({"schema": "mien.cast/1", "characters": [payload.of_character(info) for info in infos]})
    else:
        show.cast(infos)
        if sheet:
            show.wrote(sheet)


def export(
    character: Annotated[
        str, typer.Argument(metavar="CHARACTER", help="A sculpted or imported character.", show_default=False)
    ],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="OUT.glb", help="The file to write.", show_default=False)],
    character_file: CharacterFile = None,
    as_json: Json = False,
) -> None:
    """Write a character that has a mesh as glTF with 52 morph targets, for three.js, Blender, Unity or Unreal."""
    from mien.cli import show
    from mien.studio import export as exports
    from mien.studio import pictures

    pictures.check_kept(out, character_file or ())
    studio = open_studio(characters=character_file)
    size = exports.save(studio, character, out)
    if as_json:
        print_json({"schema": "mien.export/1", "character": character, "path": str(out), "bytes": size})
    else:
        show.wrote(out)
        show.licence(studio.character(character).info)


def styles(style_file: StyleFile = None, as_json: Json = False) -> None:
    """List the styles and how far each lets a face go."""
    from mien.cli import show
    from mien.studio import payload

    known = open_studio(styles=style_file).styles()
    if as_json:
        print_json({"schema": "mien.styles/1", "styles": [payload.of_style(style) for style in known]})
    else:
        show.styles(known)


def _absent(studio: Studio, query: Query) -> list[str]:
    """Tags and productions of a query's filters that no asset has."""
    there = {"tag": studio.library.tags(), "production": studio.library.productions()}
    asked = {"tag": query.tags, "production": query.productions}
    return [f"the {kind} '{name}'" for kind, names in asked.items() for name in names if name not in there[kind]]


def library(
    action: Annotated[
        str, typer.Argument(metavar="info|check|duplicates|weights|learned", help="What to do.")
    ] = "info",
    folder: LibraryFolder = None,
    repair: Annotated[bool, typer.Option("--repair", help="With check: put right what can be.")] = False,
    deep: Annotated[bool, typer.Option("--deep", help="With check: read every picture.")] = False,
    near: Annotated[
        float, typer.Option("--near", min=0.5, max=1, help="With duplicates: alike from here on, 1 is the same.")
    ] = 0.97,
    production: Annotated[str, typer.Option("--production", help="With weights and learned: whose.")] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="With weights: criterion=NUMBER (repeatable); '' for the usual.")
    ] = None,
    follow: Annotated[
        str | None, typer.Option("--follow", metavar="auto|off", help="With learned: whether the ranking follows it.")
    ] = None,
    forget: Annotated[bool, typer.Option("--forget", help="With learned: begin anew from here.")] = False,
    as_json: Json = False,
) -> None:
    """Say what a library holds, check it, find its duplicates, or see and set how a production ranks."""
    from mien.cli import parse, show
    from mien.studio import payload

    actions = ("info", "check", "duplicates", "weights", "learned")
    if action not in actions:
        known = f"{', '.join(actions[:-1])} or {actions[-1]}"
        raise InputError(f"'{action}' is not something a library can do. Say {known}.")
    studio = open_studio(library=folder)
    if action == "check":
        report = studio.library.check(repair=repair, deep=deep)
        if as_json:
            print_json(payload.of_check(report))
        else:
            show.check(report)
        if not report.is_sound:
            raise typer.Exit(1)
        return
    if action == "duplicates":
        groups = studio.library.duplicates(near=near)
        if as_json:
            print_json(payload.of_duplicates(studio, groups))
        else:
            show.duplicates(studio, groups)
        return
    if action in {"weights", "learned"}:
        if not production:
            raise InputError(f"Say whose {action}: --production NAME.")
        if set_ is not None:
            studio.set_weights(production, parse.amounts(set_, example="temporal=0.4"))
        if follow is not None or forget:
            studio.set_learning(production, follow=follow, forget=forget)
        told = payload.of_production(studio, production)
        if as_json:
            print_json(told)
        else:
            show.production(told)
        return
    info = payload.of_library(studio)
    if as_json:
        print_json(info)
    else:
        show.library(info)


def setup(
    list_: Annotated[bool, typer.Option("--list", help="Show what is fetched, whence, and its licence.")] = False,
    as_json: Json = False,
) -> None:
    """Fetch and check the weights and meshes."""
    from mien import resources
    from mien.cli import show
    from mien.studio import payload

    if not list_:
        with show.downloads(quiet=as_json) as advance:
            resources.setup(progress=advance)
    if as_json:
        print_json(payload.of_resources(resources.status()))
    elif list_:
        show.resources(resources.status())
    else:
        show.setup_done(resources.status())


def demo(
    port: Annotated[int, typer.Option("--port", min=0, max=65535)] = 8765,
    count: Annotated[
        int,
        typer.Option(
            "--count",
            min=50,
            max=100_000,
            help="Expressions in a new demo library; some more where not everybody would show as many.",
        ),
    ] = 2100,
    library: LibraryFolder = None,
    build_only: Annotated[bool, typer.Option("--build-only", help="Build the library and stop.")] = False,
) -> None:
    """Build the demo library if it is not there yet, and serve the page."""
    from mien import resources
    from mien.cli import show
    from mien.studio.demo import build_demo_library, evened

    with show.downloads() as download:
        resources.setup(progress=download)
    studio = open_studio(library=library)
    with show.progress("Drawing the demo library") as advance:
        made = build_demo_library(studio, count=count, progress=advance)
    show.demo_library(studio.library_path, made, there=len(studio.library), wanted=evened(studio, count))
    if not build_only:
        _serve(studio, "127.0.0.1", port, None, None)


def serve(
    library: LibraryFolder = None,
    host: Annotated[str, typer.Option("--host", help="Address to listen on; anything but loopback needs --token.")] = (
        "127.0.0.1"
    ),
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="0 takes a free one.")] = 8765,
    token: Annotated[
        str | None, typer.Option("--token", help="Ask every caller for this token. [default: $MIEN_TOKEN]")
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            "--rate",
            min=0,
            help="Requests a second that one client may make, 0 for any number. [default: 60; any number on loopback]",
        ),
    ] = None,
    style_file: StyleFile = None,
    character_file: CharacterFile = None,
) -> None:
    """Serve the page and the HTTP interface."""
    studio = open_studio(library=library, styles=style_file, characters=character_file)
    if library is not None:
        # Whoever names one means one that is there; without the demo the page still reads and maps.
        _ = studio.library
    _serve(studio, host, port, token, rate)


def _serve(studio: Studio, host: str, port: int, token: str | None, rate: float | None) -> None:
    from mien import server
    from mien.cli import show

    server.serve(studio, host=host, port=port, token=token, rate=rate, ready=show.serving)


def open_studio(
    *, library: Path | None = None, styles: list[Path] | None = None, characters: list[Path] | None = None
) -> Studio:
    """The product, with files of one's own."""
    from mien.studio import Studio

    return Studio(library=library, styles=styles or (), characters=characters or ())


def piped(source: Path) -> Path:
    """The file that is meant: where that is -, one with what comes on standard input, until the program ends."""
    if str(source) != "-" or source.exists():
        return source
    if sys.stdin.isatty():
        raise InputError("- means standard input, and nothing is piped into it. Name a file, or pipe one in.")
    folder = tempfile.TemporaryDirectory(prefix="mien-")
    atexit.register(folder.cleanup)
    data = sys.stdin.buffer.read()
    file = Path(folder.name) / ("stdin.json" if data.lstrip()[:1] == b"{" else "stdin")
    file.write_bytes(data)
    return file


def reading_or_expression(studio: Studio, source: Path, face: int | None) -> tuple[Reading | None, Expression]:
    """A photo is read; a .json holds an expression (or a reading) that was saved before."""
    if source.suffix.lower() == ".json":
        from mien.core.expression import Expression

        data = _saved(source)
        try:
            return None, Expression.from_dict(data.get("expression", data))
        except InputError as error:
            raise BadFile(f"{source}: {error}") from error
    reading = studio.read(source, face=face)
    return reading, reading.expression


def saved_look(source: Path) -> str:
    """What the face of a saved reading looks like; "" for a saved expression, which belongs to no face."""
    return str(_saved(source).get("looks_like", ""))


def _saved(source: Path) -> dict[str, Any]:
    try:
        data = json.loads(source.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadFile(f"There is no file {source}.") from error
    except IsADirectoryError as error:
        raise BadFile(f"{source} is a folder. Name one file in it.") from error
    except UnicodeDecodeError as error:
        raise BadFile(f"{source} is not JSON: it is not text in UTF-8.") from error
    except OSError as error:
        raise BadFile(f"Cannot read {source}: {error.strerror or error}.") from error
    except json.JSONDecodeError as error:
        raise BadFile(f"{source} is not JSON: {error}.") from error
    return data if isinstance(data, dict) else {}


def print_json(data: dict[str, Any]) -> None:
    """One object on standard output."""
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
