"""What the commands print for people: tables and bars. Progress goes to standard error, results to standard output."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from mien.core.arkit import COEFFICIENTS, REGIONS, region_indices
from mien.core.character import CharacterInfo
from mien.core.emotion import EMOTIONS
from mien.core.expression import GUESS_BELOW
from mien.core.style import Style

if TYPE_CHECKING:
    from mien.core.asset import Asset
    from mien.core.face import Reading
    from mien.library import CheckReport
    from mien.library.ingest import IngestReport
    from mien.mapping import Mapped
    from mien.resources import Status
    from mien.studio import SearchResult, Studio
    from mien.studio.acting import Acted
    from mien.studio.importing import Understood
    from mien.studio.redraw import Redrawn, Target


class _Console(Console):
    """Rich ends the program itself where a pipe is closed; `mien.cli.app` says how programs end."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


# A table that is piped or kept in a log should not be squeezed into 80 columns.
_out = _Console(highlight=False, width=None if sys.stdout.isatty() else 140)
_err = _Console(stderr=True, highlight=False)

Advance = Callable[[int, int], None]


def reading(reading: Reading, *, name: str, short: bool = False) -> None:
    """The face, its emotion as bars, and the strongest coefficients by region."""
    expression = reading.expression
    faces = "1 face" if len(reading.faces) == 1 else f"{len(reading.faces)} faces, this is number {reading.index + 1}"
    guess = "  [yellow](a guess)[/]" if expression.is_guess else ""
    size = f"{reading.width_px} x {reading.height_px}"
    _out.print(f"[bold]{name}[/]  {size}, {faces}, confidence {expression.confidence:.2f}{guess}")
    if reading.is_drawn:
        _out.print(f"[dim]A drawn face, {reading.looks_like}: read by the encoder alone.[/]")
    elif reading.agreement is not None and reading.agreement < 0.75:
        _out.print("[yellow]The two readers contradict each other about this face: look before you use it.[/]")
    if len(reading.faces) > 1:
        _out.print(f"[dim]Choose another with --face 1 .. {len(reading.faces)}, largest first.[/]")
    emotion = expression.emotion
    table = Table.grid(padding=(0, 2))
    shown = sorted(zip(EMOTIONS, emotion.probabilities, strict=True), key=lambda pair: -pair[1])
    for emotion_name, p in shown[: 3 if short else 8]:
        table.add_row(emotion_name, _bar(float(p)), f"{p:.2f}")
    _out.print(table)
    if short:
        return
    head = expression.head
    _out.print(
        f"valence {emotion.valence:+.2f}  arousal {emotion.arousal:+.2f}  intensity {emotion.intensity:.2f}   "
        f"head yaw {_degrees(head.yaw_rad)}, pitch {_degrees(head.pitch_rad)}, roll {_degrees(head.roll_rad)}"
    )
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("region", "coefficient", "", "value"):
        table.add_column(title)
    for region in REGIONS:
        indices = sorted(region_indices(region), key=lambda i: -expression.coefficients[i])
        for row, i in enumerate([i for i in indices if expression.coefficients[i] >= 0.1][:5]):
            value = float(expression.coefficients[i])
            table.add_row(region if row == 0 else "", COEFFICIENTS[i], _bar(value), f"{value:.2f}")
    _out.print(table)
    if why := reading.reasons.get(emotion.top):
        reasons = ", ".join(f"{r.what} ({r.share:+.2f})" for r in why[:4])
        _out.print(f"[dim]Why {emotion.top}: {reasons}[/]")


def mapping(results: Sequence[tuple[Mapped, Path]], redrawn: Sequence[tuple[Redrawn, float | None, Path]] = ()) -> None:
    """Where each character's picture went, how sure a redrawn one is, and what could not be carried over."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("character", "style", *(("confidence", "of it seen") if redrawn else ()), "picture"):
        table.add_column(title, overflow="fold")
    for mapped, path in results:
        table.add_row(mapped.character.name, mapped.style.name, *(("by its rig", "") if redrawn else ()), str(path))
    for drawn, seen, path in redrawn:
        share = "" if seen is None else f"{seen:.0%}"
        table.add_row(drawn.target.name, drawn.target.style.name, _confidence(drawn.confidence), share, str(path))
    _out.print(table)
    if redrawn:
        _out.print("[dim]A redrawn picture is the network's guess: look at it before you use it.[/]")
    _notes([(m.character.name, m.notes) for m, _ in results] + [(d.target.name, d.notes) for d, _, _ in redrawn])


def clip(
    acted: Acted,
    mapped: Sequence[tuple[Sequence[Mapped], Path]],
    redrawn: Sequence[tuple[Target, Sequence[Redrawn], Path]],
    *,
    name: str,
    steadied: bool,
) -> None:
    """How long a clip is, how it was steadied, and where its frames went."""
    frames, seconds = len(acted.read), float(acted.read.times_s[-1] - acted.read.times_s[0])
    sure = float(np.mean([e.confidence for e in acted.read.expressions]))
    _out.print(
        f"[bold]{name}[/]  {frames} frame{'s' * (frames != 1)}, {seconds:.1f} s, mean confidence {_confidence(sure)}"
    )
    if acted.unread:
        shown = ", ".join(map(str, acted.unread[:12])) + (", ..." if len(acted.unread) > 12 else "")
        number = f"{len(acted.unread)} frame{'s' * (len(acted.unread) != 1)}"
        _out.print(f"[yellow]No face in {number}, filled from the neighbours: {shown}[/]")
    before, after = acted.jitter
    if steadied:
        _out.print(f"Trembling {before:.4f} to {after:.4f}; {acted.peak_retention:.1%} of the peaks kept")
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("character", "style", "frames"):
        table.add_column(title, overflow="fold")
    for items, path in mapped:
        table.add_row(items[0].character.name, items[0].style.name, str(path))
    for target, _, path in redrawn:
        table.add_row(target.name, target.style.name, str(path))
    _out.print(table)
    if redrawn:
        _out.print("[dim]Redrawn frames are the network's guess: look at them before you use them.[/]")
    _notes(
        [(items[0].character.name, _said_often(items)) for items, _ in mapped]
        + [(target.name, _said_often(items)) for target, items, _ in redrawn]
    )


def _said_often(items: Sequence[Mapped | Redrawn]) -> tuple[str, ...]:
    """Notes of a clip: those of its strongest frame; each frame has numbers of its own."""
    return max(items, key=lambda item: float(item.bounded.sum())).notes


def _notes(said: Sequence[tuple[str, Sequence[str]]]) -> None:
    for note in dict.fromkeys(note for _, notes in said for note in notes):
        who = [name for name, notes in said if note in notes]
        prefix = "" if len(who) == len(said) else f"{', '.join(who)}: "
        _out.print(f"[dim]{prefix}{note}[/]")


def _confidence(value: float) -> str:
    return f"{value:.2f}" + (" [yellow](a guess)[/]" if value < GUESS_BELOW else "")


def hits(result: SearchResult, *, absent: Sequence[str] = (), offset: int = 0) -> None:
    """Ranked assets with score, words and the strongest reasons. absent: what was asked for and no asset has. offset:
    how many were passed over.
    """
    if not result.hits:
        if result.total and offset:
            matches = "1 matches" if result.total == 1 else f"{result.total} match"
            _out.print(f"Only {matches} all of that: nothing is left past --offset {offset}.")
        elif absent:
            _out.print(f"No asset here has {' or '.join(absent)}. Drop that, or see `mien library` for what there is.")
        else:
            _out.print("Nothing matches all of that. Drop a filter, or ask for less.")
        return
    table = Table(box=None, padding=(0, 1), header_style="bold")
    for title in ("", "score", "character", "style", "emotion", "what it shows", "why", "id"):
        table.add_column(title, no_wrap=True, max_width=40, overflow="ellipsis")
    for i, hit in enumerate(result.hits, start=1):
        speaking = [(name, factor) for name, factor in hit.factors.items() if factor.contribution > 0]
        reasons = sorted(speaking, key=lambda kv: -kv[1].contribution)[:2]
        table.add_row(
            str(i),
            f"{hit.score:.3f}",
            Text(hit.asset.character or Path(hit.asset.source).name or "-"),
            hit.asset.style or "-",
            hit.asset.expression.emotion.top,
            Text(hit.asset.text.split(". ")[0].rstrip(".")),
            ", ".join(f"{name} {factor.value:.2f}" for name, factor in reasons),
            hit.asset.id[:8],
        )
    _out.print(table)
    _out.print(f"[dim]{len(result.hits)} of {result.total}[/]")


def cast(infos: Sequence[CharacterInfo]) -> None:
    """Everybody in one table."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("id", "name", "style", "kind", ""):
        table.add_column(title, overflow="fold")
    for info in infos:
        table.add_row(info.id, info.name, info.style, info.kind, info.description)
    _out.print(table)


def understood(found: Understood) -> None:
    """What was made of a model: who made it, which shapes are which, what is missing."""
    info = found.character.info
    title = f", {found.title}" if found.title else ""
    _out.print(
        f"[bold]{info.name}[/]  {found.format}{title}, {found.vertices:,} vertices; eyes found by {found.eyes_by}"
    )
    for label, text in found.terms.items():
        _out.print(f"  [dim]{label}[/]  {Text(text)}")
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for heading in ("coefficients", "are", ""):
        table.add_column(heading, overflow="fold")
    named = [name for name in found.shapes if name in found.exact]
    if named:
        table.add_row(f"{len(named)} of {len(COEFFICIENTS)}", "named in the file", "")
    others: dict[str, list[str]] = {}
    for name, label in found.shapes.items():
        if name not in found.exact:
            others.setdefault(label, []).append(name)
    for label, names in others.items():
        table.add_row(", ".join(names), f"done by {label}", "")
    if found.missing:
        table.add_row(", ".join(found.missing), "missing", "shown by others where they can")
    if found.weak:
        table.add_row(", ".join(found.weak), "weak", "move a quarter of a person's, or less")
    _out.print(table)
    for note in found.notes:
        _out.print(f"[yellow]{note}[/]")


def added(info: CharacterInfo, told: Path) -> None:
    """Where a character of one's own is kept now."""
    _out.print(f"{info.name} is there as [bold]{info.id}[/]: mien map photo.jpg --to {info.id}")
    _out.print(f"[dim]{told}[/]")


def removed(files: Sequence[Path]) -> None:
    """Which files are gone."""
    for file in files:
        _out.print(f"Removed {file}")


def licence(info: CharacterInfo) -> None:
    """Who made a character that somebody brought, and who may use it."""
    if info.licence:
        _out.print(f"[dim]{info.licence}[/]")


def styles(known: Sequence[Style]) -> None:
    """The ranges of every style."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("id", *REGIONS, ""):
        table.add_column(title)
    for style in known:
        ranges = [f"{low:.2f} .. {high:.2f}" for low, high in (style.ranges[r] for r in REGIONS)]
        table.add_row(style.id, *ranges, style.description)
    _out.print(table)
    _out.print("[dim]Ranges bound the controls of a region; 0.50 is rest.[/]")


def ingest(report: IngestReport, library: Path) -> None:
    """How many expressions were added, how many pictures were there already or could not be read, and why."""
    unread = [problem for problem in report.problems if problem.path.suffix.lower() != ".csv"]
    if unread and not report.added and not report.skipped:
        what = "The only picture" if len(unread) == 1 else f"None of the {len(unread)} pictures"
        _out.print(f"{what} could {'not ' * (len(unread) == 1)}be read; nothing is added to {library}.")
    else:
        _ingested(report, library, len(unread))
    for problem in report.problems[:20]:
        _out.print(f"  [yellow]{problem.path.name}[/]: {problem.message}")
    if len(report.problems) > 20:
        _out.print(f"  ... and {len(report.problems) - 20} more; --json lists all.")


def _ingested(report: IngestReport, library: Path, unread: int) -> None:
    added = f"{report.added} expression{'s' * (report.added != 1)} added to {library}"
    there = f"{report.skipped} picture{'s' * (report.skipped != 1)} there already"
    _out.print(f"{added}; {there}, {unread} not read.")


def check(report: CheckReport) -> None:
    """What a check of the library found."""
    if report.is_sound:
        _out.print(f"The library is sound: {report.assets} assets.")
    for line in report.repaired:
        _out.print(f"  put right: {line}")
    for line in report.findings:
        _out.print(f"  [yellow]{line}[/]")
    if report.leftovers:
        _out.print(f"  [dim]{len(report.leftovers)} leftover files that nothing names; --repair removes them.[/]")


def rated(asset: Asset) -> None:
    """An asset's stars."""
    _out.print(f"{asset.id[:8]} has {asset.rating:g} stars.")


def duplicates(studio: Studio, groups: Sequence[Sequence[tuple[str, float]]]) -> None:
    """Groups of nearly the same assets."""
    if not groups:
        _out.print("No two assets of one character are nearly the same.")
    for group in groups[:50]:
        alike = dict(group)
        assets = studio.library.assets(list(alike))
        rest = ", ".join(f"{_called(a)} ({alike[a.id]:.3f})" for a in assets[1:])
        who = f"{assets[0].character}: " if assets[0].character else ""
        _out.print(f"{who}{_called(assets[0])} like {rest}", highlight=False)
    if len(groups) > 50:
        _out.print(f"  ... and {len(groups) - 50} more groups; --json lists all.")


def _called(asset: Asset) -> str:
    """An asset's short id and the file it came from."""
    return f"{asset.id[:8]} {asset.source}".strip()


def production(told: Mapping[str, Any]) -> None:
    """How a production ranks and what it learned."""
    table = Table(title=told["production"], box=None, padding=(0, 2), header_style="bold")
    for title in ("criterion", "weight", "learned"):
        table.add_column(title, justify="left" if title == "criterion" else "right")
    learned = told["learned"]
    for name, weight in told["weights"].items():
        table.add_row(name, f"{weight:.2f}", f"{learned['weights'][name]:.2f}")
    for name, gain in learned["metric"].items():
        table.add_row(f"look: {name}", "x 1.00", f"x {1 + gain:.2f}")
    _out.print(table)
    _out.print(f"[dim]Learned from {learned['signals']} signals on {learned['searches']} pages.[/]")
    if estimate := learned["estimate"]:
        low, high = estimate["low"], estimate["high"]
        _out.print(f"[dim]From the log: a hit is worth {estimate['gain']:+.3f} more ({low:+.3f} .. {high:+.3f}).[/]")
    _out.print("The ranking follows what was learned." if told["followed"] else "The ranking does not follow it.")


def library(info: dict[str, Any]) -> None:
    """What a library holds."""
    _out.print(f"[bold]{info['path']}[/]: {info['assets']} assets")
    for key in ("styles", "characters", "emotions"):
        counts = ", ".join(f"{name} {count}" for name, count in info[key].items())
        _out.print(f"  {key}: {counts}")


def resources(statuses: Sequence[Status]) -> None:
    """Every weight and mesh, whence it comes, and its licence."""
    table = Table(box=None, padding=(0, 2), header_style="bold")
    for title in ("id", "carrier", "licence", "size", "", "for"):
        table.add_column(title, overflow="fold")
    for status in statuses:
        r = status.resource
        table.add_row(r.id, r.carrier, r.licence, _size(r.size), status.state, r.purpose)
    _out.print(table)


def setup_done(statuses: Sequence[Status]) -> None:
    """One line: everything is there."""
    here = [s for s in statuses if s.state == "ready"]
    _out.print(f"{len(here)} of {len(statuses)} weights and meshes are here and checked.")


def demo_library(path: Path, made: int, *, there: int, wanted: int) -> None:
    """Whether the demo library was drawn now or was there. there: how many are in it."""
    _out.print(f"Demo library: {path} ({f'{made} expressions drawn' if made else f'{there} there already'})")
    if not made and there > wanted:
        _out.print("[dim]--count takes nothing away: name another folder with --library for a smaller one.[/]")


def serving(address: str) -> None:
    """The address, once the server answers there."""
    _out.print(f"\n  mien is at [bold]{address}[/]   (Ctrl+C stops it)\n")


def no_sheet(path: Path) -> None:
    """Why there is none; on standard error, beside results that are empty."""
    _err.print(f"No sheet was written to {path}: nothing was found.", soft_wrap=True)


def wrote(path: Path) -> None:
    """One line per file."""
    _out.print(f"Wrote {path}")


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Advance]:
    """A bar on standard error that shows itself once there is something to count."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=_err, transient=True, disable=quiet)
    task = bar.add_task(title, total=None)

    def advance(done: int, total: int) -> None:
        bar.start()
        bar.update(task, completed=done, total=total)

    try:
        yield advance
    finally:
        if bar.live.is_started:
            bar.stop()


@contextmanager
def counted(title: str, *, quiet: bool = False) -> Iterator[Callable[[int], None]]:
    """A count on standard error of what has no known end, for those who watch."""
    if quiet or not _err.is_terminal:
        yield lambda _: None
        return
    columns = (TextColumn(title), TextColumn("{task.completed}"))
    with Progress(*columns, console=_err, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def downloads(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """One bar over the weights and meshes, saying what is fetched now."""
    columns = (TextColumn("Weights and meshes"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=_err, transient=True, disable=quiet) as bar:
        task = bar.add_task("", total=None)

        def advance(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield advance


def _bar(value: float, width: int = 24) -> Text:
    filled = round(max(0.0, min(1.0, value)) * width)
    return Text("█" * filled, style="cyan") + Text("░" * (width - filled), style="dim")


def _degrees(radians: float) -> str:
    return f"{radians * 57.29578:+.0f}°"


def _size(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.0f} kB"
