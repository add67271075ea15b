"""`mien-lab train embedding`: looks, words and style graph into one space, by telling right pairs from wrong ones.

Each step takes two views of the same faces, one as a query knows it (mostly words), one as a library does (the look,
often with words and what it belongs to), and asks which belongs to which (InfoNCE). The target is no single pair but
how relevant each face of the batch is to each other one, by their true coefficients: two faces alike are no mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as fn

from mien.errors import UnknownName
from mien.retrieval.joint import Batch, Known, batch_of
from mien.retrieval.text import Encoder, TextEncoder
from mien_lab.data.worded import Worded, worded
from mien_lab.networks.embedding import FUSIONS, Fusion, JointEmbedding
from mien_lab.training import loop

_TARGET: Final = 0.06
_MISSED: Final = 0.25
_NOISE: Final = 0.05
_SENTENCES: Final = 500_000
"""All sentences of a training are kept once MiniLM has seen them: .8 GB at most."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the training depends on. faces: how many are drawn. batch: how many are told apart at once."""

    fusion: Fusion = "cross"
    seed: int = 0
    minutes: float = 10.0
    steps: int = 2_500
    faces: int = 10_000
    batch: int = 192
    rate: float = 1e-3

    @property
    def file(self) -> str:
        """Name of the checkpoint."""
        return f"embedding_{self.fusion}.pt"


def train(
    recipe: Recipe,
    work: Path,
    *,
    device: str = "auto",
    resume: bool = False,
    report: Callable[[str], None] = print,
    encoder: Encoder | None = None,
) -> Path:
    """Train and keep a checkpoint; returns its path. Same seed, same result but for the device's rounding."""
    where = loop.device(device)
    torch.manual_seed(recipe.seed)
    report("0 % drawing faces and reading what is said of them")
    faces = worded(recipe.faces, recipe.seed, sentences=3)
    sentences = encoder or encoder_of_training()
    network = JointEmbedding(recipe.fusion).to(where)
    average = loop.Average(network, 0.995)
    optimiser = torch.optim.AdamW(network.parameters(), lr=recipe.rate, weight_decay=0.02)
    clock = loop.Clock(recipe.steps, recipe.minutes)
    path = work / recipe.file
    curves = loop.Curves(path.with_suffix(".jsonl"), resume=resume)
    if resume:
        kept = loop.load(path, where)
        network.load_state_dict(kept["network"])
        average.module.load_state_dict(kept["average"])
        optimiser.load_state_dict(kept["optimiser"])
        clock = loop.Clock(recipe.steps, recipe.minutes, kept["step"], kept["spent_s"])
    rng = np.random.default_rng([recipe.seed, clock.step])
    for asked, held, target in _batches(faces, recipe, sentences, rng):
        if clock.progress >= 1:
            break
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * loop.rate(clock.progress)
        network.train()
        loss = contrast(network, _on(asked, where), _on(held, where), torch.from_numpy(target).to(where))
        loop.descend(loss, network, optimiser, average, most=1.0)
        clock.step += 1
        if clock.step % 20 == 0:
            report(f"{100 * clock.progress:.1f} % step {clock.step}: {float(loss.detach()):.3f}")
            curves.add(step=clock.step, minutes=clock.elapsed_s / 60, loss=float(loss.detach()))
        if clock.step % 500 == 0:
            _keep(path, recipe, network, average, optimiser, clock)
    _keep(path, recipe, network, average, optimiser, clock)
    curves.draw(path.with_suffix(".png"))
    return path


def contrast(network: JointEmbedding, asked: tuple[Tensor, ...], held: tuple[Tensor, ...], target: Tensor) -> Tensor:
    """How far the network's belief which of `held` is meant by which of `asked` is from `target` (n, n), both ways."""
    scale = torch.exp(network.sharpness).clamp(max=60.0)
    likely = scale * network(*asked) @ network(*held).T
    there = -(torch.softmax(target / _TARGET, dim=1) * fn.log_softmax(likely, dim=1)).sum(dim=1).mean()
    back = -(torch.softmax(target.T / _TARGET, dim=1) * fn.log_softmax(likely.T, dim=1)).sum(dim=1).mean()
    return 0.5 * (there + back)


def loaded(path: Path) -> JointEmbedding:
    """The averaged network of a checkpoint. Raises `InputError`."""
    kept = loop.load(path, torch.device("cpu"))
    network = JointEmbedding(kept["recipe"]["fusion"])
    network.load_state_dict(kept["average"])
    return network.eval()


@torch.no_grad()
def vectors(network: JointEmbedding, known: list[Known], encoder: Encoder) -> NDArray[np.float32]:
    """float32 (n, 384): what `mien.retrieval.joint.embed` gives, from a network that is no file yet."""
    parts = [known[i : i + 256] for i in range(0, len(known), 256)]
    return np.concatenate([network(*_on(batch_of(part, encoder), torch.device("cpu"))).numpy() for part in parts])


def _batches(
    faces: Worded, recipe: Recipe, encoder: Encoder, rng: np.random.Generator
) -> Iterator[tuple[Batch, Batch, NDArray[np.float32]]]:
    again = np.random.default_rng(recipe.seed)
    addressed = [_addressed(faces, i, faces.said[i][0], again) for i in range(len(faces))]
    while True:
        rows = rng.choice(len(faces), size=recipe.batch, replace=False)
        target = faces.relevance(rows, rows)
        asked, held = [], []
        names = [np.array(each, dtype=object)[rows] for each in (faces.styles, faces.characters, faces.shows)]
        for place, i in enumerate(int(row) for row in rows):
            kind = rng.choice(["words", "look", "words+graph", "both"], p=[0.5, 0.15, 0.2, 0.15])
            text = ""
            if kind != "look":
                text, named = addressed[i] if rng.random() < 0.5 else (faces.said[i][-1], (False, False, False))
                for field, has in enumerate(named):
                    if has:
                        target[place] -= _MISSED * (names[field] != names[field][place])
            graph = kind == "words+graph"
            if graph:
                target[place] -= _MISSED * (names[0] != names[0][place])
            view = faces.known(i, look=kind in ("look", "both"), text=text, graph=False)
            asked.append(Known(view.look, view.text, faces.styles[i]) if graph else view)
            worded_too = rng.random() < 0.45
            other = faces.said[i][int(rng.integers(len(faces.said[i])))]
            said = (faces.own[i] if rng.random() < 0.6 else other) if worded_too else ""
            held.append(faces.known(i, look=rng.random() < 0.92 or not said, text=said, graph=rng.random() < 0.7))
        a, b = batch_of(asked, encoder), batch_of(held, encoder)
        for side in (a, b):
            # As a reader would have it: a little off, and weaker or stronger than it is.
            off = rng.normal(0, _NOISE, side.look.shape) + side.look * rng.normal(0, 0.15, (len(rows), 1))
            side.look[:] = (side.look + off * (side.look > 0.02)) * side.present[:, :1]
        yield a, b, target.astype(np.float32)


def _addressed(faces: Worded, i: int, said: str, rng: np.random.Generator) -> tuple[str, tuple[bool, bool, bool]]:
    """The words, often with the style, the character or the show; and which of these were named."""
    style, person, show = rng.random() < 0.3, rng.random() < 0.4, rng.random() < 0.15
    if person:
        said = f"{faces.characters[i]} {said}" if rng.random() < 0.5 else f"{said}, {faces.characters[i]}"
    if style:
        said = f"{said}, {faces.styles[i]}"
    if show:
        said = f"{said}, from {faces.shows[i]}"
    if faces.tags[i] and rng.random() < 0.3:
        said = f"{said}, {faces.tags[i][0]}"
    return said, (style, person, show)


def _on(batch: Batch, where: torch.device) -> tuple[Tensor, ...]:
    # Places that no asset of the batch fills cost attention as much as those that are filled.
    filled = max(1, int((batch.kinds > 0).sum(axis=1).max(initial=0)))
    each = (batch.look, batch.text, batch.nodes[:, :filled], batch.kinds[:, :filled], batch.present)
    return tuple(torch.from_numpy(array).to(where) for array in each)


def _keep(
    path: Path,
    recipe: Recipe,
    network: JointEmbedding,
    average: loop.Average,
    optimiser: torch.optim.Optimizer,
    clock: loop.Clock,
) -> None:
    content = {
        "recipe": asdict(recipe),
        "network": network.state_dict(),
        "average": average.module.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": clock.step,
        "spent_s": clock.elapsed_s,
    }
    loop.save(path, content)


def recipes_for(config: str, *, seed: int, minutes: float) -> list[Recipe]:
    """The recipe of a row of Table 6, or of all four. Raises `UnknownName`."""
    if config == "all":
        return [Recipe(fusion, seed, minutes) for fusion in FUSIONS]
    for fusion in FUSIONS:
        if fusion == config:
            return [Recipe(fusion, seed, minutes)]
    raise UnknownName.among("way to fuse", config, (*FUSIONS, "all"))


def encoder_of_training() -> Encoder:
    """MiniLM with room for every sentence of a training, so that rows trained one after another share them."""
    return TextEncoder(remember=_SENTENCES)
