"""What every training shares: a budget of minutes, checkpoints that survive, an average of the weights, curves."""

from __future__ import annotations

import copy
import json
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import nn

from mien.errors import InputError
from mien.resources.store import replacing


def device(name: str) -> torch.device:
    """`auto`: the GPU if there is one. Raises `InputError`."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(name)
    except RuntimeError as error:
        raise InputError(f"There is no device {name}. Use auto, cpu or cuda.") from error
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise InputError("There is no GPU that PyTorch can use. Use --device cpu.")
    return chosen


@dataclass
class Clock:
    """How far a training is: by steps or by minutes, whichever is further, counted over every resumption."""

    steps: int
    minutes: float
    step: int = 0
    spent_s: float = 0.0
    _started: float = field(default_factory=time.monotonic)

    @property
    def elapsed_s(self) -> float:
        """Seconds of training so far."""
        return self.spent_s + time.monotonic() - self._started

    @property
    def progress(self) -> float:
        """0..1."""
        return min(1.0, max(self.step / self.steps, self.elapsed_s / 60 / self.minutes))


def rate(progress: float, *, warm: float = 0.03) -> float:
    """Share of the learning rate: up in a straight line, down along half a cosine."""
    if progress < warm:
        return progress / warm + 0.01
    return 0.5 * (1 + math.cos(math.pi * (progress - warm) / (1 - warm))) + 0.002


class Average:
    """The moving average of a module's weights, which generalises better than where they happen to be last."""

    def __init__(self, module: nn.Module, decay: float) -> None:
        self.module = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = decay
        self.seen = 0

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move a little towards `module`."""
        self.seen += 1
        decay = min(self.decay, (1 + self.seen) / (10 + self.seen))
        both = list(zip(self.module.state_dict().values(), module.state_dict().values(), strict=True))
        moving = [pair for pair in both if pair[0].dtype.is_floating_point]
        torch._foreach_lerp_([own for own, _ in moving], [other for _, other in moving], 1 - decay)
        for own, other in both:
            if not own.dtype.is_floating_point:
                own.copy_(other)


class Recent:
    """Running means of what a training reports, kept on its device: asking for each number would make it wait."""

    def __init__(self, keep: float) -> None:
        self.keep = keep
        self._means: dict[str, torch.Tensor] = {}

    def add(self, figures: dict[str, torch.Tensor]) -> None:
        """Move every mean a little."""
        for name, value in figures.items():
            self._means[name] = torch.lerp(value, self._means[name], self.keep) if name in self._means else value

    def values(self) -> dict[str, float]:
        """The means so far."""
        return {name: float(value) for name, value in self._means.items()}


def save(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint beside its place and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as beside:
        torch.save(content, beside)


def load(path: Path, where: torch.device) -> dict[str, Any]:
    """A checkpoint. Raises `InputError` where there is none."""
    if not path.is_file():
        raise InputError(f"There is no checkpoint {path}. Train first, or name its folder with --work.")
    content: dict[str, Any] = torch.load(path, map_location=where, weights_only=True)
    return content


def is_complete(path: Path, *, steps: int, minutes: float) -> bool:
    """Has the training of this checkpoint, if there is one, been as long as it was to be?"""
    if not path.is_file():
        return False
    kept = load(path, torch.device("cpu"))
    return bool(kept["spent_s"] >= 60 * minutes * 0.999 or kept["step"] >= steps)


class Curves:
    """What was measured while training, one line of JSON each; a picture of it on demand."""

    def __init__(self, path: Path, *, resume: bool) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        if not resume:
            path.unlink(missing_ok=True)

    def add(self, **figures: float) -> None:
        """Append a line."""
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(figures) + "\n")

    def rows(self) -> list[dict[str, float]]:
        """Every line so far."""
        if not self.path.is_file():
            return []
        return [json.loads(line) for line in self.path.read_text(encoding="utf-8").splitlines()]

    def draw(self, out: Path) -> None:
        """One panel a figure, over minutes."""
        import matplotlib as mpl

        mpl.use("Agg")
        import matplotlib.pyplot as plt

        rows = self.rows()
        names = sorted({name for row in rows for name in row} - {"step", "minutes"})
        if not names:
            return
        wide = 4
        high = math.ceil(len(names) / wide)
        figure, axes = plt.subplots(high, wide, figsize=(3.2 * wide, 2.2 * high), squeeze=False)
        for axis in axes.flat[len(names) :]:
            axis.axis("off")
        for axis, name in zip(axes.flat, names, strict=False):
            points = [(row["minutes"], row[name]) for row in rows if name in row]
            axis.plot(*zip(*points, strict=True), linewidth=1)
            axis.set_title(name, fontsize=9)
            axis.tick_params(labelsize=7)
        figure.tight_layout()
        figure.savefig(out, dpi=80)
        plt.close(figure)


def run(
    step: Callable[[], dict[str, torch.Tensor]],
    pause: Callable[[], None],
    clock: Clock,
    curves: Curves | None,
    *,
    keep: float,
    every_s: float,
    report: Callable[[str], None],
) -> None:
    """Step until the clock is over, and tell how it goes.

    step: moves the clock on and returns what it found. pause: called every `every_s` seconds, to save and to measure.
    curves: where the means of what was found are added. keep: as in `Recent`.
    """
    paused = time.monotonic()
    recent = Recent(keep)
    while clock.progress < 1:
        recent.add(step())
        if clock.step % 20 == 0:
            pace = clock.elapsed_s / max(1, clock.step)
            words = " ".join(f"{name} {value:.3f}" for name, value in recent.values().items())
            report(f"{100 * clock.progress:.1f} % step {clock.step} {pace * 1000:.0f} ms: {words}")
        if curves and clock.step % 100 == 0:
            curves.add(step=clock.step, minutes=clock.elapsed_s / 60, **recent.values())
        if time.monotonic() - paused > every_s:
            pause()
            paused = time.monotonic()


def descend(
    loss: torch.Tensor, module: nn.Module, optimiser: torch.optim.Optimizer, average: Average, *, most: float = 5.0
) -> None:
    """One step of `optimiser` down `loss`, gradients cut to the length `most`, and of the average after it."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(module.parameters(), most)
    optimiser.step()
    average.update(module)
