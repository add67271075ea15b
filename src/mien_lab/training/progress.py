"""What a training says while it runs: a bar that people watch, or lines that a log keeps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn


@contextmanager
def watched(title: str) -> Iterator[Callable[[str], None]]:
    """A function to report to: words that begin with "12.3 %" move the bar, whatever they say stands behind it."""
    if not sys.stderr.isatty():
        yield lambda words: print(words, file=sys.stderr, flush=True)
        return
    columns = (TextColumn(title), BarColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("", total=100)

        def report(words: str) -> None:
            share, percent, rest = words.partition(" % ")
            done = float(share) if percent else 0.0
            bar.update(task, completed=done, description=rest or words)

        yield report
