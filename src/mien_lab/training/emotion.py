"""Train the network that tells what is felt from photos.

    mien-lab train emotion --minutes 60 [--device auto] [--resume]

It learns FER+'s votes as shares and FER-2013's own labels beside them, from faces cut out as at run time and made to
look elsewhere and otherwise in every step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from mien.perception.encode import SMALL_SIDE
from mien_lab.networks.emotion import SIDE, EmotionNet
from mien_lab.training import faces, fer, loop
from mien_lab.training.augment import Loader, Strength
from mien_lab.training.losses import known_cross_entropy, soft_cross_entropy

Report = Callable[[str], None]
Rows = NDArray[np.int64]

FILE: Final = "emotion.pt"

_EVERY_S: Final = 180.0
"""Seconds between checkpoints."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the training depends on besides the data.

    balance: 0 photos as they are spread, 1 all emotions alike often. own: what FER-2013's labels count beside votes.
    evened: how much of the imbalance of the votes (32 % neutral, 2 % contempt) is taken out of the finished network's
    answer; chosen on press photos with evenly spread labels, all three opinions joined. small, until: the network looks
    at so few pixels until so much of the training (0..1) is over; most is learned for half the time there (Tan and Le
    2021).
    """

    seed: int = 0
    minutes: float = 60.0
    steps: int = 40_000
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.05
    average: float = 0.998
    balance: float = 0.3
    own: float = 0.7
    evened: float = 0.36
    small: int = 32
    until: float = 0.3


class Trainer:
    """One training, which can be stopped at any moment and gone on with."""

    def __init__(
        self, recipe: Recipe, photos: Loader, votes: fer.FerFaces, work: Path, where: torch.device, *, resume: bool
    ) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.photos = photos
        self.votes = votes
        self.where = where
        self.path = work / FILE
        self.rows = votes.of(fer.TRAIN)
        self.chances = fer.chances(votes, self.rows, recipe.balance)
        self.network = EmotionNet().to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.optimiser = torch.optim.AdamW(self.network.parameters(), weight_decay=recipe.decay)
        self.average = loop.Average(self.network, recipe.average)
        self.clock = loop.Clock(recipe.steps, recipe.minutes)
        if resume:
            found = loop.load(self.path, where)
            self.network.load_state_dict(found["network"])
            self.average.module.load_state_dict(found["average"])
            self.average.seen = found["seen"]
            self.optimiser.load_state_dict(found["optimiser"])
            self.clock = loop.Clock(recipe.steps, recipe.minutes, found["step"], found["spent_s"])
        # The same batches would come again otherwise.
        self.rng = np.random.default_rng([recipe.seed, self.clock.step])
        self.torch_rng = torch.Generator().manual_seed(recipe.seed + self.clock.step)
        self.curves = loop.Curves(self.path.with_suffix(".jsonl"), resume=resume)

    def run(self, report: Report) -> None:
        """Train until steps or minutes are over; a checkpoint every three minutes and at the end."""
        loop.run(self.step, self._keep, self.clock, self.curves, keep=0.98, every_s=_EVERY_S, report=report)
        self._keep()
        self.curves.draw(self.path.with_suffix(".png"))

    def step(self) -> dict[str, Tensor]:
        """One batch forth and back."""
        for group in self.optimiser.param_groups:
            group["lr"] = self.recipe.rate * loop.rate(self.clock.progress)
        some = self.rng.choice(self.rows, self.recipe.batch, p=self.chances)
        batch = self.photos.varied(some, Strength(), self.torch_rng)
        self.network.side = self.recipe.small if self.clock.progress < self.recipe.until else SIDE
        self.network.train()
        with _mixed(self.where):
            emotion, own = self.network(batch.pictures.contiguous(memory_format=torch.channels_last))
        figures = {
            "emotion": soft_cross_entropy(emotion.float(), batch.emotion),
            "fer": known_cross_entropy(own.float(), batch.fer, smooth=0.1),
        }
        loop.descend(figures["emotion"] + self.recipe.own * figures["fer"], self.network, self.optimiser, self.average)
        self.clock.step += 1
        return {name: value.detach() for name, value in figures.items()}

    def _keep(self) -> None:
        content: dict[str, Any] = {
            "recipe": asdict(self.recipe),
            "shares": torch.from_numpy(self.votes.votes[self.rows].mean(axis=0)),
            "network": self.network.state_dict(),
            "average": self.average.module.state_dict(),
            "seen": self.average.seen,
            "optimiser": self.optimiser.state_dict(),
            "step": self.clock.step,
            "spent_s": self.clock.elapsed_s,
        }
        loop.save(self.path, content)
        figures = validation(self.average.module, self.photos, self.votes)
        self.curves.add(step=self.clock.step, minutes=self.clock.elapsed_s / 60, **figures)


def _mixed(where: torch.device) -> torch.autocast:
    """bfloat16 where plain convolutions are faster in it: on a GPU, and on a processor that multiplies it in tiles
    (three times as fast there; depthwise convolutions, as the encoder has them, are not).
    """
    is_faster = where.type == "cuda" or torch.cpu._is_amx_tile_supported()
    return torch.autocast(where.type, torch.bfloat16, enabled=is_faster)


@torch.no_grad()
def validation(network: EmotionNet | torch.nn.Module, photos: Loader, votes: fer.FerFaces) -> dict[str, float]:
    """Share of the validation split's faces whose plurality and whose own label is told, by single looks."""
    rows = votes.of(fer.VALIDATION)
    voted, own = [], []
    for part in np.array_split(rows, max(1, len(rows) // 100)):
        emotion, labels = network.eval()(photos.plain(part).pictures)
        voted.append(emotion.argmax(dim=1).cpu().numpy())
        own.append(labels.argmax(dim=1).cpu().numpy())
    known = votes.labels[rows] >= 0
    return {
        "val_ferplus": float((np.concatenate(voted) == votes.votes[rows].argmax(axis=1)).mean()),
        "val_fer": float((np.concatenate(own) == votes.labels[rows])[known].mean()),
    }


def train(
    recipe: Recipe, data: Path, work: Path, *, device: str = "auto", resume: bool = False, report: Report
) -> Path:
    """Train and return the checkpoint's path. Raises `InputError`, `BadFile`."""
    where = loop.device(device)
    work.mkdir(parents=True, exist_ok=True)
    report("photos")
    pool, votes = faces.photos(data, work)
    trainer = Trainer(recipe, Loader(pool, SMALL_SIDE, where), votes, work, where, resume=resume)
    trainer.run(report)
    return trainer.path


def trained(path: Path) -> EmotionNet:
    """The averaged network of a checkpoint, evened, on the CPU. Raises `InputError`."""
    network = EmotionNet()
    found = loop.load(path, torch.device("cpu"))
    network.load_state_dict(found["average"])
    with torch.no_grad():
        # What nobody voted for is not to win by that.
        network.emotion.bias.sub_(found["recipe"]["evened"] * found["shares"].clamp_min(1e-3).log())
    return network.eval()
