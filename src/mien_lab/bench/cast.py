"""`mien-lab bench cast`: what drawing the cast costs, and whether every coefficient is seen on everybody."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mien.core.arkit import COEFFICIENTS, COUNT, as_coefficients
from mien.core.character import Character
from mien.core.looks import SHEET, look
from mien_lab.data import build
from mien_lab.data.build import plan_for
from mien_lab.data.draw import draw, studio
from mien_lab.result import Figures, Result, percentiles

VISIBLE = 0.0015
"""A coefficient is alive if at 1 it changes this share of the pixels by more than 8 of 255."""


def dead_coefficients(character: Character, *, size: int = 128) -> list[str]:
    """Coefficients that nobody would see on this character; one render each."""
    rest = character.render(as_coefficients(np.zeros(COUNT)), size).astype(np.int16)
    dead = []
    for name in COEFFICIENTS:
        moved = character.render(as_coefficients({name: 1.0}), size).astype(np.int16)
        if (np.abs(moved - rest).max(axis=2) > 8).mean() < VISIBLE:
            dead.append(name)
    return dead


class _Watch:
    """Seconds by style: on the clock, and of this process alone, which other work on the machine does not lengthen."""

    def __init__(self) -> None:
        self.clock: dict[str, list[float]] = {}
        self.own: dict[str, list[float]] = {}

    @contextmanager
    def timing(self, style: str) -> Iterator[None]:
        """Add one sample."""
        start, start_own = time.perf_counter(), time.process_time()
        yield
        self.clock.setdefault(style, []).append(time.perf_counter() - start)
        self.own.setdefault(style, []).append(time.process_time() - start_own)


def _drawing(pairs: int) -> _Watch:
    """Pictures of the data set: mapped, drawn, labelled, masked and encoded, on one core."""
    plan = plan_for(pictures=4 * pairs, seed=0)
    watch = _Watch()
    for order in plan.orders(range(plan.pictures)):
        # The first picture of a character measures how it moves.
        studio().response(order.character)
        with watch.timing(order.style):
            draw(plan, order)
    return watch


def bench(*, quick: bool = False) -> Result:
    """Milliseconds per render and per picture of the data set (draw_ms) by style, all at 256 x 256, on the clock and
    (_cpu) of the processor; the builder's pictures per second with all cores, start included (a sample: in one
    process); dead coefficients.
    """
    actors = studio()
    figures: Figures = {}
    watch = _Watch()
    dead: dict[str, list[str]] = {}
    shown = [look(name) for name in (SHEET[::4] if quick else SHEET)]
    for info in actors.built_in():
        character = actors.character(info.id)
        posed = [actors.map(expression, info.id)[0] for expression in shown]
        # The first picture of a character pays for what it keeps.
        actors.render(posed[0])
        for mapped in posed:
            with watch.timing(info.style):
                actors.render(mapped)
        if names := dead_coefficients(character, size=96 if quick else 128):
            dead[info.id] = names
    drawing = _drawing(5 if quick else 24)
    for style, samples in watch.clock.items():
        figures[f"render_ms_{style}"], figures[f"render_ms_{style}_p99"] = percentiles(samples)
        figures[f"render_ms_{style}_cpu"], _ = percentiles(watch.own[style])
        figures[f"draw_ms_{style}"], _ = percentiles(drawing.clock[style])
        figures[f"draw_ms_{style}_cpu"], _ = percentiles(drawing.own[style])
    # A sample stays in this process: two others take longer to start than it takes.
    pictures, workers = (24, 1) if quick else (300, None)
    with tempfile.TemporaryDirectory() as folder:
        start = time.perf_counter()
        build(Path(folder) / "set", pictures=pictures, seed=0, workers=workers)
        figures["build_per_s"] = pictures / (time.perf_counter() - start)
    figures["characters"] = len(actors.built_in())
    figures["dead_coefficients"] = sum(len(names) for names in dead.values())
    return Result(
        "cast",
        figures,
        data={
            "size": "256 x 256",
            "pictures_built": pictures,
            "build_processes": workers or len(os.sched_getaffinity(0)),
            "dead": dead,
            "alive": f"at 1, {VISIBLE:.2%} of the pixels change by more than 8 of 255",
            "quick": quick,
        },
    )
