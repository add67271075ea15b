"""The one shape of every result of the lab: what was measured, beside what, on what, where."""

from __future__ import annotations

import json
import os
import platform
import sys
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

Figures = dict[str, float]


@dataclass(frozen=True)
class Result:
    """Printed by `mien-lab eval NAME --json` and `mien-lab bench NAME --json` as one JSON object.

    figures: ours. baselines: method -> figures of the same keys, from the same run on the same data.
    paper: the paper's claims under the same keys. data: what it was measured on. machine: where.
    """

    name: str
    figures: Figures
    baselines: dict[str, Figures] = field(default_factory=dict)
    paper: Figures = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=lambda: machine())

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2, default=_plain)


def machine() -> dict[str, Any]:
    """Processor, cores, memory and the versions that decide speed."""
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        **{name: _version(name) for name in ("mien", "numpy", "onnxruntime", "ai-edge-litert", "faiss-cpu")},
    }


def percentiles(samples_s: list[float]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    p50, p99 = np.percentile(np.asarray(samples_s) * 1000.0, [50, 99])
    return float(p50), float(p99)


def show(result: Result) -> None:
    """The result as a table: one row per figure, columns for ours, the paper and the baselines."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=result.name, box=None, padding=(0, 2), header_style="bold")
    for title in ("figure", "mien", "paper", *result.baselines):
        table.add_column(title, justify="left" if title == "figure" else "right", no_wrap=title == "figure")
    keys = [*result.figures, *(k for b in result.baselines.values() for k in b if k not in result.figures)]
    for key in dict.fromkeys(keys):
        cells = [result.figures.get(key), result.paper.get(key), *(b.get(key) for b in result.baselines.values())]
        table.add_row(key, *("" if c is None else f"{c:.4g}" for c in cells))
    # Piped or kept in a log, a table should not be squeezed into 80 columns.
    console = Console(width=None if sys.stdout.isatty() else 160)
    console.print(table)
    for title, facts in (("data", result.data), ("machine", result.machine)):
        console.print(f"[dim]{title}: {', '.join(f'{k} {v}' for k, v in facts.items())}[/]")


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(type(value).__name__)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "absent"
