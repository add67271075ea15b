"""Fit anew what coefficients are told with, on what a trained encoder sees.

    mien-lab refit work/encoder_compact.pt --cast DIR -o work/refit

The convolutions see more than a short training of everything teaches the last layers to say: what is rare (a glance, a
jaw to one side) comes last. With what is seen at the landmarks kept, those layers learn from every face many times in
minutes on a CPU. Nothing else changes: not the latent, nor what is felt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien_lab.networks.encoder import PLACES, Encoder, split
from mien_lab.training import encoder as encoders
from mien_lab.training import loop
from mien_lab.training.augment import Loader, Strength
from mien_lab.training.losses import coefficients_off

Report = Callable[[str], None]
Rows = NDArray[np.int64]

_PART: Final = 100
"""Faces that are looked at together."""

_FINEST: Final = 0.02
"""Differences of landmarks as features under which nothing is read: a third of a pixel."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the refit depends on besides the data.

    looks: how often every face is looked at, each time from elsewhere; the first look is plain. photos: how many photos
    at most.
    """

    seed: int = 0
    looks: int = 2
    photos: int = 3_000
    epochs: int = 15
    batch: int = 256
    rate: float = 1e-3
    decay: float = 0.05


@dataclass(slots=True)
class Kept:
    """Of n faces: what the geometry head sees, float16 (n, f), the expression part (n, 128), and what is true of them:
    coefficients (n, 52) and how far those count (n,).
    """

    seen: Tensor
    expression: Tensor
    coefficients: Tensor
    trust: Tensor

    def __len__(self) -> int:
        return len(self.seen)

    def __getitem__(self, rows: Tensor) -> Kept:
        return Kept(*(getattr(self, f.name)[rows] for f in fields(self)))


def refit(checkpoint: Path, data: Path, cast: Path, out: Path, recipe: Recipe, *, device: str, report: Report) -> Path:
    """Write `encoder_CONFIG.pt` with refitted heads into `out` and return its path. Raises `InputError`, `BadFile`."""
    where = loop.device(device)
    out.mkdir(parents=True, exist_ok=True)
    encoder = encoders.trained(checkpoint).to(where)
    given = encoders.sources(encoders.Recipe(encoder.config.name, recipe.seed), data, cast, out, where, report)
    rng = np.random.default_rng(recipe.seed)
    photo_rows = rng.choice(given.photo_rows, min(recipe.photos, len(given.photo_rows)), replace=False)
    parts = [
        *looked_at(encoder, given.cast, np.concatenate(given.groups), recipe, report),
        *looked_at(encoder, given.photos, photo_rows, recipe, report),
    ]
    kept = Kept(*(torch.cat([getattr(part, f.name) for part in parts]) for f in fields(Kept)))
    fit(encoder, kept, given.rarity.to(where), recipe, report)
    path = out / f"encoder_{encoder.config.name}.pt"
    loop.save(path, {**encoders.kept(checkpoint), "average": encoder.state_dict(), "refit": asdict(recipe)})
    report(" ".join(f"{name} {value:.4f}" for name, value in encoders.validation(encoder, given).items()))
    return path


@torch.no_grad()
def looked_at(encoder: Encoder, loader: Loader, rows: Rows, recipe: Recipe, report: Report) -> Iterator[Kept]:
    """What is seen of faces, some at a time."""
    seen: list[Tensor] = []
    watch = encoder.heads.geometry.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    loader.side = encoder.config.side
    chance = torch.Generator().manual_seed(recipe.seed)
    try:
        for look in range(recipe.looks):
            for start in range(0, len(rows), _PART):
                some = rows[start : start + _PART]
                batch = loader.varied(some, Strength(), chance) if look else loader.plain(some)
                encoded, _ = encoder(batch.pictures)
                yield Kept(seen.pop().half(), split(encoded.mean)[1], batch.coefficients, batch.trust)
                if start % (10 * _PART) == 0:
                    share = (look + start / len(rows)) / recipe.looks
                    report(f"{100 * share:.1f} % of {len(rows)} faces looked at")
    finally:
        watch.remove()


def fit(encoder: Encoder, kept: Kept, rarity: Tensor, recipe: Recipe, report: Report) -> None:
    """Train both heads of coefficients."""
    torch.manual_seed(recipe.seed)
    heads = encoder.heads
    first = heads.geometry[0]
    assert isinstance(first, nn.Linear)
    of_seen = SpreadOut(kept.seen, slice(0, PLACES))
    of_seen.enter(first)
    seen = of_seen.of(kept.seen)
    layers = nn.ModuleList([heads.geometry, heads.coefficients])
    optimiser = torch.optim.AdamW(layers.parameters(), weight_decay=recipe.decay)
    steps = recipe.epochs * (len(kept) // recipe.batch)
    average = loop.Average(layers, 0.998)
    recent = loop.Recent(0.98)
    layers.train()
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = recipe.rate * loop.rate(step / steps)
        rows = torch.randint(len(kept), (recipe.batch,))
        some = kept[rows]
        said = heads.coefficients(some.expression) + heads.geometry(seen[rows].float())
        off = coefficients_off(said, some.coefficients, some.trust, rarity)
        optimiser.zero_grad(set_to_none=True)
        off.backward()
        nn.utils.clip_grad_norm_(layers.parameters(), 5.0)
        optimiser.step()
        average.update(layers)
        recent.add({"coefficients": off.detach()})
        if step % 50 == 0:
            words = " ".join(f"{name} {value:.4f}" for name, value in recent.values().items())
            report(f"{100 * step / steps:.1f} % step {step}: {words}")
    layers.load_state_dict(average.module.state_dict())
    of_seen.leave(first)
    encoder.eval()


class SpreadOut:
    """Features as numbers of mean 0 and spread 1, and those of landmarks without what they have in common.

    A mouth that is moved to one side moves six landmarks by a hundredth of a face, and every shift of the crop moves
    all of them by ten times as much: where these are mixed, descent never gets to the former.
    """

    def __init__(self, features: Tensor, places: slice) -> None:
        """features: (n, f). places: which of them are landmarks."""
        seen = features.float()
        self.mean = seen.mean(dim=0)
        spread = seen.std(dim=0)
        # What never varies in training must not count for much should it vary later.
        self._from = torch.diag(spread.clamp_min(0.05 * float(spread.median())))
        off = (seen - self.mean)[:, places]
        values, vectors = torch.linalg.eigh(off.T @ off / len(off))
        root = (values + _FINEST**2).sqrt()
        self._from[places, places] = vectors * root
        self._to = torch.diag(1 / torch.diagonal(self._from))
        self._to[places, places] = (vectors / root).T

    def of(self, features: Tensor) -> Tensor:
        """(n, f) in the new numbers, float16."""
        return torch.cat([((part.float() - self.mean) @ self._to.T).half() for part in features.split(4096)])

    @torch.no_grad()
    def enter(self, layer: nn.Linear) -> None:
        """Make a layer that knows the features answer the same for the new numbers."""
        layer.bias.add_(layer.weight @ self.mean)
        layer.weight.copy_(layer.weight @ self._from)

    @torch.no_grad()
    def leave(self, layer: nn.Linear) -> None:
        """The way back."""
        layer.weight.copy_(layer.weight @ self._to)
        layer.bias.sub_(layer.weight @ self.mean)
