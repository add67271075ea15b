"""`mien map`: an expression, or a clip of them, on characters by their rigs and on pictures of characters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mien.cli.commands import (
    CharacterFile,
    Face,
    Json,
    StyleFile,
    open_studio,
    piped,
    print_json,
    reading_or_expression,
    saved_look,
)
from mien.errors import InputError, NotAPicture, UnknownName

if TYPE_CHECKING:
    from mien.core.expression import Expression
    from mien.core.face import Reading
    from mien.mapping import Mapped
    from mien.studio import Studio
    from mien.studio.redraw import Redrawn, Target

_FILES = frozenset({".png", ".jpg", ".jpeg", ".svg", ".mp4"})
# What looks like a file and is none that is written: nobody means a folder of that name.
_OTHER_FILES = frozenset(
    {".webp", ".gif", ".tif", ".tiff", ".bmp", ".avif", ".heic", ".jp2", ".exr", ".psd", ".pdf", ".json"}
    | {".mov", ".mkv", ".avi", ".webm", ".m4v"}
)


def map_(
    photo: Annotated[
        Path,
        typer.Argument(
            metavar="PHOTO",
            help="A picture of a face or an expression saved as .json (- reads one from standard input), or a clip: a "
            "video, or a folder of frames.",
            show_default=False,
        ),
    ],
    to: Annotated[
        list[str] | None,
        typer.Option(
            "--to",
            help="A character, a style, 'four' (one of each style), 'all', or a picture of a character that has no rig "
            "(repeatable). [default: four]",
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="A .png, .jpg or .svg (of a clip .mp4) for one target, else a folder.")
    ] = Path("mien-out"),
    face: Face = None,
    target_face: Annotated[
        int | None, typer.Option("--target-face", min=1, help="Which face of a target picture that shows several.")
    ] = None,
    style: Annotated[str | None, typer.Option("--style", help="Bound by this style, not the targets' own.")] = None,
    exact: Annotated[
        bool, typer.Option("--exact", help="Only what the face's points show, nothing added from the emotion.")
    ] = False,
    size: Annotated[
        int, typer.Option("--size", min=64, max=2048, help="Pixels per side of characters; pictures keep their own.")
    ] = 512,
    heatmap: Annotated[
        Path | None, typer.Option("--heatmap", metavar="OUT.png", help="Show where in a target picture was looked.")
    ] = None,
    fps: Annotated[float, typer.Option("--fps", min=1, max=240, help="Of a clip that is a folder of frames.")] = 24.0,
    unsteadied: Annotated[
        bool, typer.Option("--unsteadied", help="Of a clip, every frame as read by itself, trembling and all.")
    ] = False,
    style_file: StyleFile = None,
    character_file: CharacterFile = None,
    as_json: Json = False,
) -> None:
    """Re-stage the expression of a photo, of a saved expression or of a clip on characters, or on pictures of them.

    A character is drawn by its rig, exactly; a picture is redrawn by the mapping network, at its own size and untouched
    where nothing moves.
    """
    from mien.perception import is_clip
    from mien.studio import pictures

    photo = piped(photo)
    studio = open_studio(styles=style_file, characters=character_file)
    # Cheap refusals first: the photo may take seconds.
    named = [_named(studio, name, style) for name in to or ["four"]]
    rigs = [rig for one in named for rig in one.rigs]
    files = [one.file for one in named if one.file is not None]
    count = len(rigs) + len(files)
    moves = is_clip(photo)
    if heatmap:
        pictures.check_target(heatmap, inputs=(photo, *files))
    if out.suffix.lower() in _OTHER_FILES and not out.is_dir():
        wanted = ".mp4, or be a folder" if moves else ".png, .jpg or .svg"
        raise InputError(f"{out.name} should end in {wanted}.")
    single = out.suffix.lower() in _FILES
    if single and count > 1:
        raise InputError(f"'{', '.join(to or ['four'])}' means {count} targets: name a folder with -o, not {out.name}.")
    if single and moves != (out.suffix.lower() == ".mp4"):
        wanted = "a folder or an .mp4" if moves else "a folder or a .png"
        raise InputError(f"{photo.name} is {'a clip' if moves else 'no clip'}: name {wanted} with -o, not {out.name}.")
    if out.suffix.lower() == ".svg" and files:
        raise InputError(f"{files[0].name} is redrawn in pixels: choose a .png for the picture.")
    if heatmap and (len(files) != 1 or moves):
        raise InputError(
            "--heatmap shows where the network looked in one target picture, for one expression: give one with --to."
        )
    if style:
        studio.style(style)
    if single and not moves:
        pictures.check_target(out, inputs=(photo, *files))
    plan = _Plan(
        studio, photo, tuple(rigs), tuple(studio.target(f, face=target_face, style=style) for f in files), tuple(files),
        out, single, size, exact,
    )  # fmt: skip
    if moves:
        _clip(plan, face=face, fps=fps, unsteadied=unsteadied, as_json=as_json)
    else:
        _still(plan, face=face, heatmap=heatmap, as_json=as_json)


@dataclass(frozen=True)
class _Named:
    """What one --to means: characters, each with the style that bounds it, or a picture."""

    rigs: tuple[tuple[str, str | None], ...] = ()
    file: Path | None = None


@dataclass(frozen=True)
class _Plan:
    """Everything that a run of the command was asked for."""

    studio: Studio
    photo: Path
    rigs: tuple[tuple[str, str | None], ...]
    targets: tuple[Target, ...]
    files: tuple[Path, ...]
    out: Path
    single: bool
    size: int
    exact: bool

    def named(self) -> Iterator[str]:
        """A name for what is written of every target, characters first; two files of one name are told apart."""
        taken: dict[str, int] = {}
        for name in (*(rig for rig, _ in self.rigs), *(file.stem for file in self.files)):
            taken[name] = taken.get(name, 0) + 1
            yield name if taken[name] == 1 else f"{name}-{taken[name]}"

    def mapped(self, expression: Expression) -> list[Mapped]:
        return [self.studio.map(expression, rig, style=bounds, exact=self.exact)[0] for rig, bounds in self.rigs]

    def redrawn(self, expression: Expression) -> list[Redrawn]:
        return [self.studio.redraw(expression, target, exact=self.exact) for target in self.targets]


def _named(studio: Studio, name: str, style: str | None) -> _Named:
    if not name.strip():
        raise UnknownName("--to names nobody. Name a character, a style or a picture of a character.")
    try:
        infos = studio.targets(name)
    except UnknownName as error:
        file = Path(name)
        if file.is_file():
            return _Named(file=file)
        if file.is_dir():
            raise NotAPicture(f"{name} is a folder. Name one picture of a character in it.") from error
        if file.suffix or len(file.parts) > 1:
            raise NotAPicture(f"There is no file {name}. Name a picture of a character, or a character.") from error
        raise UnknownName(f"{error} Nor is there a picture file of that name.") from error
    bounds = style or (name if name in studio.styles_by_id else None)
    return _Named(rigs=tuple((info.id, bounds) for info, _ in infos))


def _still(plan: _Plan, *, face: int | None, heatmap: Path | None, as_json: bool) -> None:
    from mien.cli import show
    from mien.studio import payload, pictures

    studio, photo = plan.studio, plan.photo
    reading, expression, plan = _source(plan, face)
    paths = [plan.out if plan.single else plan.out / f"{photo.stem}-{name}.png" for name in plan.named()]
    for path in paths:
        pictures.check_kept(path, (photo, *plan.files))
    mapped, redrawn = plan.mapped(expression), plan.redrawn(expression)
    for item, path in zip(mapped, paths, strict=False):
        if path.suffix.lower() == ".svg":
            svg = studio.svg(item)
            if svg is None:
                raise InputError(
                    f"{item.character.name} is {item.character.kind}, not drawn: choose a .png for the picture."
                )
            pictures.save_text(svg, path)
        else:
            pictures.save(studio.render(item, plan.size), path)
    for drawn, path in zip(redrawn, paths[len(mapped) :], strict=True):
        pictures.save(drawn.picture, path)
    if heatmap:
        pictures.save(studio.heatmap(redrawn[0]), heatmap)
    by_rig = list(zip(mapped, paths, strict=False))
    by_network = [(d, studio.seen(d), path) for d, path in zip(redrawn, paths[len(mapped) :], strict=True)]
    if as_json:
        print_json(payload.of_mapping(reading, expression, by_rig, by_network, heatmap=heatmap))
        return
    if reading:
        show.reading(reading, name=photo.name, short=True)
    show.mapping(by_rig, by_network)
    if heatmap:
        show.wrote(heatmap)


def _source(plan: _Plan, face: int | None) -> tuple[Reading | None, Expression, _Plan]:
    """The reading of a photo, the expression behind it or behind what was saved, and how it is to be mapped.

    What the encoder reads of a drawn face is mapped as it is: its shapes lack nothing that its emotion could give back.
    """
    reading, expression = reading_or_expression(plan.studio, plan.photo, face)
    looks_like = reading.looks_like if reading else saved_look(plan.photo)
    if looks_like in plan.studio.styles_by_id:
        plan = replace(plan, exact=True)
    return reading, plan.studio.freed(expression, looks_like), plan


def _clip(plan: _Plan, *, face: int | None, fps: float, unsteadied: bool, as_json: bool) -> None:
    from mien.cli import show
    from mien.studio import payload, pictures

    studio, photo = plan.studio, plan.photo
    with show.counted("Reading frames", quiet=as_json) as advance:
        acted = studio.act(photo, fps=fps, face=face, exact=plan.exact, progress=advance)
    clip = acted.read if unsteadied else acted.steady
    # What the emotion had to add was added before the curves were steadied.
    plan = replace(plan, exact=True)
    outs = [plan.out if plan.single else plan.out / name for name in plan.named()]
    for out in outs:
        pictures.check_kept(out, (photo, *plan.files))
    writers = [pictures.FrameWriter(out, stem=photo.stem, times_s=clip.times_s) for out in outs]
    mapped: list[list[Mapped]] = [[] for _ in plan.rigs]
    redrawn: list[list[Redrawn]] = [[] for _ in plan.targets]
    with show.progress("Drawing frames", quiet=as_json) as step:
        for i, expression in enumerate(clip.expressions):
            for k, item in enumerate(plan.mapped(expression)):
                writers[k].write(studio.render(item, plan.size))
                mapped[k].append(item)
            for k, drawn in enumerate(plan.redrawn(expression)):
                writers[len(mapped) + k].write(drawn.picture)
                redrawn[k].append(drawn.without_pixels())
            step(i + 1, len(clip))
    paths = [writer.close() for writer in writers]
    by_rig = list(zip(mapped, paths, strict=False))
    by_network = list(zip(plan.targets, redrawn, paths[len(mapped) :], strict=True))
    if as_json:
        print_json(payload.of_clip(acted, by_rig, by_network, steadied=not unsteadied))
    else:
        show.clip(acted, by_rig, by_network, name=photo.name, steadied=not unsteadied)
