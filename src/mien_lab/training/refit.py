"""Fit anew what coefficients are told with, on what a trained encoder sees.

    mien-lab refit work/encoder_compact.pt --cast DIR -o work/refit --minutes 40

The convolutions see more than a short training of everything teaches the last layers to say: what is rare (a glance, a
jaw to one side) comes last. With the faces as they were seen kept, the closer look, which is small, learns from every
face many times in the minutes that are given, and the layers after it in seconds, on a CPU. Nothing else changes: not
the latent, nor what is felt.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from mien_lab.networks.closer import Closer
from mien_lab.networks.encoder import PLACES, DualStream, Encoder, Heads, places_of, seen_closely, split
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
    at most. minutes: of training of the closer look; 0 leaves it as it is. Its batches are smaller, and learn faster.
    dropped, shaken: the share of what is seen that the heads must do without in each step, and how far their landmarks
    are moved, -1..1 being the picture: of faces that no training saw, landmarks are known less well.
    """

    seed: int = 0
    looks: int = 3
    photos: int = 3_000
    epochs: int = 30
    batch: int = 256
    rate: float = 1e-3
    decay: float = 0.05
    dropped: float = 0.3
    shaken: float = 0.003
    minutes: float = 40.0
    close_batch: int = 96
    close_rate: float = 2e-3


@dataclass(slots=True)
class Kept:
    """Of n faces: pictures, uint8 (n, 3, s, s); what the encoder sees of them before it looks closer: landmarks
    (n, 31, 2), what lies under each, float16 (n, 31 * 24), and the expression part (n, 128); what is true: landmarks as
    `places` (n, 31, 2), coefficients (n, 52) and how far those count (n,).
    """

    pictures: Tensor
    landmarks: Tensor
    under: Tensor
    expression: Tensor
    places: Tensor
    coefficients: Tensor
    trust: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

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
    given = encoders.sources(encoders.Recipe(encoder.config.name, recipe.seed), data, cast, out, where, report)
    rng = np.random.default_rng(recipe.seed)
    photo_rows = rng.choice(given.photo_rows, min(recipe.photos, len(given.photo_rows)), replace=False)
    parts = [
        *looked_at(encoder, given.cast, np.concatenate(given.groups), recipe, report),
        *looked_at(encoder, given.photos, photo_rows, recipe, report),
    ]
    kept = Kept(*(torch.cat([getattr(part, f.name) for part in parts]) for f in fields(Kept)))
    rarity = given.rarity.to(where)
    if recipe.minutes:
        before = copy.deepcopy(encoder.heads.coefficients)
        look_closer(encoder, kept, rarity, recipe, out / "closer.pt", resume=resume, report=report)
        encoder.heads.coefficients = before
    fit(encoder, kept, rarity, recipe, report)
    path = out / f"encoder_{encoder.config.name}.pt"
    loop.save(path, {**encoders.kept(checkpoint), "average": encoder.state_dict(), "refit": asdict(recipe)})
    report(" ".join(f"{name} {value:.4f}" for name, value in encoders.validation(encoder, given).items()))
    return path


@torch.no_grad()
def looked_at(encoder: Encoder, loader: Loader, rows: Rows, recipe: Recipe, report: Report) -> Iterator[Kept]:
    """What is seen of faces, some at a time."""
    loader.side = encoder.config.side
    chance = torch.Generator().manual_seed(recipe.seed)
    for look in range(recipe.looks):
        for start in range(0, len(rows), _PART):
            some = rows[start : start + _PART]
            batch = loader.varied(some, Strength(), chance) if look else loader.plain(some)
            encoded, _ = encoder(batch.pictures)
            yield Kept(
                pictures=(255 * batch.pictures).round().clamp(0, 255).byte(),
                landmarks=encoded.landmarks,
                under=encoded.under.half(),
                expression=split(encoded.mean)[1],
                places=batch.landmarks,
                coefficients=batch.coefficients,
                trust=batch.trust,
            )
            if start % (10 * _PART) == 0:
                share = (look + start / len(rows)) / recipe.looks
                report(f"{100 * share:.1f} % of {len(rows)} faces looked at")


def look_closer(
    encoder: Encoder, kept: Kept, rarity: Tensor, recipe: Recipe, half_way: Path, *, resume: bool, report: Report
) -> None:
    """Train the closer look, and the heads of coefficients with it, for the minutes that are given.

    half_way: where it is kept every three minutes, and gone on from.
    """
    closer, heads, first = _parts(encoder)
    torch.manual_seed(recipe.seed)
    spread_out = SpreadOut(torch.cat([places_of(kept.landmarks), kept.under.float()], dim=1))
    spread_out.enter(first)
    layers = nn.ModuleList([closer, heads.geometry, heads.coefficients])
    layers.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(layers.parameters(), lr=0, weight_decay=recipe.decay)
    average = loop.Average(layers, 0.998)
    clock = loop.Clock(10**9, recipe.minutes)
    if resume and half_way.is_file():
        found = loop.load(half_way, kept.trust.device)
        layers.load_state_dict(found["layers"])
        average.module.load_state_dict(found["average"])
        average.seen = found["seen"]
        optimiser.load_state_dict(found["optimiser"])
        clock = loop.Clock(10**9, recipe.minutes, found["step"], found["spent_s"])
        torch.manual_seed(recipe.seed + clock.step)
    weights = Weights()

    def step() -> dict[str, Tensor]:
        for group in optimiser.param_groups:
            group["lr"] = recipe.close_rate * loop.rate(clock.progress)
        some = kept[torch.randint(len(kept), (recipe.close_batch,))]
        pictures = (some.pictures.float() / 255).contiguous(memory_format=torch.channels_last)
        close, finest = closer(pictures, some.landmarks)
        numbers = spread_out.of(seen_closely(finest, some.under.float(), close))
        said = heads.coefficients(some.expression) + heads.geometry(numbers)
        off = coefficients_off(said, some.coefficients, some.trust, rarity)
        misplaced = landmarks_off(finest, some.places, some.trust)
        loop.descend(weights.coefficients * off + weights.placed * misplaced, layers, optimiser, average)
        clock.step += 1
        return {"coefficients": off.detach(), "placed": misplaced.detach()}

    def keep() -> None:
        content = {
            "layers": layers.state_dict(),
            "average": average.module.state_dict(),
            "seen": average.seen,
            "optimiser": optimiser.state_dict(),
            "step": clock.step,
            "spent_s": clock.elapsed_s,
        }
        loop.save(half_way, content)

    layers.train()
    loop.run(step, keep, clock, None, keep=0.98, every_s=_EVERY_S, report=report)
    layers.load_state_dict(average.module.state_dict())
    spread_out.leave(first)
    encoder.eval()


@torch.no_grad()
def seen_of(encoder: Encoder, kept: Kept) -> Tensor:
    """What the geometry head is given of kept faces: float16 (n, f)."""
    closer, _, _ = _parts(encoder)
    out = []
    for rows in torch.arange(len(kept)).split(_PART):
        some = kept[rows]
        close, finest = closer(some.pictures.float() / 255, some.landmarks)
        out.append(seen_closely(finest, some.under.float(), close).half())
    return torch.cat(out)


def fit(encoder: Encoder, kept: Kept, rarity: Tensor, recipe: Recipe, report: Report) -> None:
    """Train both heads of coefficients on what is seen, which stays as it is."""
    torch.manual_seed(recipe.seed)
    _, heads, first = _parts(encoder)
    seen = seen_of(encoder, kept)
    spread_out = SpreadOut(seen)
    # What was learned while the closer look still changed fits what it saw then.
    for layer in heads.geometry:
        if isinstance(layer, nn.Linear):
            layer.reset_parameters()
    heads.silence_geometry()
    numbers = torch.cat([spread_out.of(part.float()).half() for part in seen.split(4096)])
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
        places, rest = numbers[rows].float().split([PLACES, numbers.shape[1] - PLACES], dim=1)
        places = places + spread_out.shaken(len(rows), recipe.shaken)
        rest = functional.dropout(rest, recipe.dropped)
        said = heads.coefficients(kept.expression[rows]) + heads.geometry(torch.cat([places, rest], dim=1))
        off = coefficients_off(said, kept.coefficients[rows], kept.trust[rows], rarity)
        loop.descend(off, layers, optimiser, average)
        recent.add({"coefficients": off.detach()})
        if step % 50 == 0:
            words = " ".join(f"{name} {value:.4f}" for name, value in recent.values().items())
            report(f"{100 * step / steps:.1f} % step {step}: {words}")
    layers.load_state_dict(average.module.state_dict())
    spread_out.leave(first)
    encoder.eval()


def _parts(encoder: Encoder) -> tuple[Closer, Heads, nn.Linear]:
    """The closer look, the heads, and the first layer of the geometry head."""
    assert isinstance(encoder.body, DualStream)
    first = encoder.heads.geometry[0]
    assert isinstance(first, nn.Linear)
    return encoder.body.closer, encoder.heads, first


class SpreadOut:
    """Features as numbers of mean 0 and spread 1, and those of landmarks without what they have in common.

    A mouth that is moved to one side moves six landmarks by a hundredth of a face, and every shift of the crop moves
    all of them by ten times as much: where these are mixed, descent never gets to the former.
    """

    def __init__(self, features: Tensor) -> None:
        """features: (n, f), the layer's first ones; the first `PLACES` of them are landmarks."""
        places = slice(0, PLACES)
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
        """Features (n, f) in the new numbers; others after them stay as they are."""
        count = len(self.mean)
        return torch.cat([(features[:, :count] - self.mean) @ self._to.T, features[:, count:]], dim=1)

    def shaken(self, n: int, far: float) -> Tensor:
        """What moving landmarks by `far` at random, -1..1 being the picture, does to their numbers: (n, places)."""
        moved = places_of(far * torch.randn(n, PLACES // 2, 2, device=self.mean.device))
        return moved @ self._to[:PLACES, :PLACES].T

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
