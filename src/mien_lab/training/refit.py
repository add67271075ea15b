"""Fit anew what coefficients are told with, on what a trained encoder sees.

    mien-lab refit work/encoder_compact.pt --cast DIR -o work/refit --minutes 40

The convolutions see more than a short training of everything teaches the last layers to say: what is rare (a glance, a
jaw to one side) comes last. With what is seen at the landmarks kept, those layers learn from every face many times in
seconds on a CPU, and the closer look, which is small, in the minutes that are given. Nothing else changes: not the
latent, nor what is felt.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien_lab.networks.closer import PLACED
from mien_lab.networks.encoder import PLACES, DualStream, Encoder, split
from mien_lab.training import encoder as encoders
from mien_lab.training import loop
from mien_lab.training.augment import Loader, Strength
from mien_lab.training.losses import Weights, coefficients_off, landmarks_off

Report = Callable[[str], None]
Rows = NDArray[np.int64]

_PART: Final = 100
"""Faces that are looked at together."""

_EVERY_S: Final = 180.0
"""Seconds after which the closer look is kept."""

_FINEST: Final = 0.02
"""Differences of landmarks as features under which nothing is read: a third of a pixel."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the refit depends on besides the data.

    looks: how often every face is looked at, each time from elsewhere; the first look is plain. photos: how many photos
    at most. minutes: of training of the closer look, which begins by saying nothing; 0 leaves it as it is. Its batches
    are smaller, and learn faster.
    """

    seed: int = 0
    looks: int = 3
    photos: int = 3_000
    epochs: int = 15
    batch: int = 256
    rate: float = 1e-3
    decay: float = 0.05
    minutes: float = 40.0
    close_batch: int = 96
    close_rate: float = 2e-3


@dataclass(slots=True)
class Kept:
    """Of n faces: pictures, uint8 (n, 3, s, s); what the encoder sees: landmarks (n, 31, 2), what the geometry head is
    given, float16 (n, f), the expression part (n, 128), and what the closer look says, logits (n, 52); what is true:
    landmarks as `places` (n, 31, 2), coefficients (n, 52) and how far those count (n,).
    """

    pictures: Tensor
    landmarks: Tensor
    seen: Tensor
    expression: Tensor
    closely: Tensor
    places: Tensor
    coefficients: Tensor
    trust: Tensor

    def __len__(self) -> int:
        return len(self.seen)

    def __getitem__(self, rows: Tensor) -> Kept:
        return Kept(*(getattr(self, f.name)[rows] for f in fields(self)))


def refit(
    checkpoint: Path,
    data: Path,
    cast: Path,
    out: Path,
    recipe: Recipe,
    *,
    device: str,
    resume: bool = False,
    report: Report,
) -> Path:
    """Write `encoder_CONFIG.pt` with refitted heads into `out` and return its path.

    resume: go on with the closer look of a refit into `out` that was stopped. Raises `InputError`, `BadFile`.
    """
    where = loop.device(device)
    out.mkdir(parents=True, exist_ok=True)
    encoder = encoders.trained(checkpoint).to(where)
    if recipe.minutes:
        silence(encoder)
    given = encoders.sources(encoders.Recipe(encoder.config.name, recipe.seed), data, cast, out, where, report)
    rng = np.random.default_rng(recipe.seed)
    photo_rows = rng.choice(given.photo_rows, min(recipe.photos, len(given.photo_rows)), replace=False)
    parts = [
        *looked_at(encoder, given.cast, np.concatenate(given.groups), recipe, report),
        *looked_at(encoder, given.photos, photo_rows, recipe, report),
    ]
    kept = Kept(*(torch.cat([getattr(part, f.name) for part in parts]) for f in fields(Kept)))
    rarity = given.rarity.to(where)
    half_way = out / "closer.pt"
    if not (resume and half_way.is_file()):
        fit(encoder, kept, rarity, recipe, report)
    if recipe.minutes:
        look_closer(encoder, kept, rarity, recipe, half_way, resume=resume, report=report)
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
                given = seen.pop()
                yield Kept(
                    pictures=(255 * batch.pictures).round().clamp(0, 255).byte(),
                    landmarks=encoded.landmarks,
                    seen=given.half(),
                    expression=split(encoded.mean)[1],
                    closely=encoder.heads.closely(torch.cat([given, encoded.close], dim=1)),
                    places=batch.landmarks,
                    coefficients=batch.coefficients,
                    trust=batch.trust,
                )
                if start % (10 * _PART) == 0:
                    share = (look + start / len(rows)) / recipe.looks
                    report(f"{100 * share:.1f} % of {len(rows)} faces looked at")
    finally:
        watch.remove()


def fit(encoder: Encoder, kept: Kept, rarity: Tensor, recipe: Recipe, report: Report) -> None:
    """Train the two heads of coefficients that need no closer look."""
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
        said = heads.coefficients(some.expression) + heads.geometry(seen[rows].float()) + some.closely
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


def silence(encoder: Encoder) -> None:
    """Make the closer look say nothing, so that others are fitted without it first."""
    last = encoder.heads.closely[3]
    assert isinstance(last, nn.Linear)
    nn.init.zeros_(last.weight)
    nn.init.zeros_(last.bias)


def look_closer(
    encoder: Encoder, kept: Kept, rarity: Tensor, recipe: Recipe, half_way: Path, *, resume: bool, report: Report
) -> None:
    """Train the closer look and everything that tells coefficients, for the minutes that are given.

    half_way: where it is kept every three minutes, and gone on from.
    """
    assert isinstance(encoder.body, DualStream)
    torch.manual_seed(recipe.seed)
    heads = encoder.heads
    spread_out = SpreadOut(kept.seen, slice(0, PLACES))
    firsts = [part for part in (heads.geometry[0], heads.closely[0]) if isinstance(part, nn.Linear)]
    for first in firsts:
        spread_out.enter(first)
    seen = spread_out.of(kept.seen)
    layers = nn.ModuleList([encoder.body.closer, heads.geometry, heads.closely, heads.coefficients])
    layers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(layers.parameters(), lr=0, weight_decay=recipe.decay)
    average = loop.Average(layers, 0.998)
    clock = loop.Clock(10**9, recipe.minutes)
    if resume and half_way.is_file():
        found = loop.load(half_way, kept.seen.device)
        layers.load_state_dict(found["layers"])
        average.module.load_state_dict(found["average"])
        average.seen = found["seen"]
        optimiser.load_state_dict(found["optimiser"])
        clock = loop.Clock(10**9, recipe.minutes, found["step"], found["spent_s"])
        torch.manual_seed(recipe.seed + clock.step)
    recent = loop.Recent(0.98)
    weights = Weights()
    saved = time.monotonic()
    layers.train()
    while clock.progress < 1:
        for group in optimiser.param_groups:
            group["lr"] = recipe.close_rate * loop.rate(clock.progress)
        rows = torch.randint(len(kept), (recipe.close_batch,))
        some = kept[rows]
        pictures = (some.pictures.float() / 255).contiguous(memory_format=torch.channels_last)
        close, placed = encoder.body.closer(pictures, some.landmarks)
        numbers = seen[rows].float()
        said = heads.coefficients(some.expression) + heads.geometry(numbers)
        said = said + heads.closely(torch.cat([numbers, close], dim=1))
        off = coefficients_off(said, some.coefficients, some.trust, rarity)
        misplaced = landmarks_off(placed, some.places[:, PLACED], some.trust)
        optimiser.zero_grad(set_to_none=True)
        (weights.coefficients * off + weights.placed * misplaced).backward()
        nn.utils.clip_grad_norm_(layers.parameters(), 5.0)
        optimiser.step()
        average.update(layers)
        clock.step += 1
        recent.add({"coefficients": off.detach(), "placed": misplaced.detach()})
        if clock.step % 20 == 0:
            words = " ".join(f"{name} {value:.4f}" for name, value in recent.values().items())
            report(f"{100 * clock.progress:.1f} % step {clock.step}: {words}")
        if time.monotonic() - saved > _EVERY_S:
            content = {
                "layers": layers.state_dict(),
                "average": average.module.state_dict(),
                "seen": average.seen,
                "optimiser": optimiser.state_dict(),
                "step": clock.step,
                "spent_s": clock.elapsed_s,
            }
            loop.save(half_way, content)
            saved = time.monotonic()
    layers.load_state_dict(average.module.state_dict())
    for first in firsts:
        spread_out.leave(first)
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
        """Make a layer that knows the features, and may know others after them, answer the same for the new numbers."""
        weight = layer.weight[:, : len(self.mean)]
        layer.bias.add_(weight @ self.mean)
        weight.copy_(weight @ self._from)

    @torch.no_grad()
    def leave(self, layer: nn.Linear) -> None:
        """The way back."""
        weight = layer.weight[:, : len(self.mean)]
        weight.copy_(weight @ self._to)
        layer.bias.sub_(weight @ self.mean)
