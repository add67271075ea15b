"""Train the mapping network on true pairs.

    mien-lab train mapper --config fast --work work --minutes M [--device auto] [--resume] [--without NAME]

Reconstruction, texture and style teach it from the start; the encoder's opinion joins soon, the way back and the
discriminators last, when there is something to refine. Sheets of characters that no training sees are drawn on the way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from mien.core.arkit import mirror_order
from mien.core.character import mirrored_features
from mien.core.style import built_in_styles
from mien.errors import InputError
from mien.perception.encode import MARGIN, SIDE, Encoder
from mien.resources import store
from mien.resources.store import replacing
from mien_lab.baselines.carriers import fetch
from mien_lab.networks.encoder import STYLES
from mien_lab.networks.mapper import CONFIGS, Condition, Config, Discriminators, Fast, compose, mapper
from mien_lab.training import encoder as encoder_training
from mien_lab.training import loop
from mien_lab.training.export import Asked
from mien_lab.training.faces import read_crop
from mien_lab.training.mapper_losses import Critic, Judged, Weights, close_losses, fooled, hinge, losses, total
from mien_lab.training.pairs import KEPT, SQUARE, Pairs
from mien_lab.training.restore import restore

Report = Callable[[str], None]
Rows = NDArray[np.int64]

_MISPLACED: Final = 0.004
"""By how much each landmark of a reference is moved in training, -1..1 being the square."""

_MOVES: Final = 512
"""Pairs without pictures from which it is learned where landmarks go, at a time."""

_MOVES_STEPS: Final = 4
"""How often that is done for each step on pictures: it costs a tenth of it."""

READ: Final = ("coefficients", "style", "landmarks", "latent")
"""What the encoder reads of a reference."""

_READ_AT_ONCE: Final = 500

CHECKPOINT: Final = "mapper_{name}.pt"
_EVERY_S: Final = 150.0

PARTS: Final = ("attention", "style", "expression", "cycle", "disentanglement", "landmarks", "close-ups", "adversarial")
"""What a training can do without, to see whether it earns its place."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the training depends on besides the pairs.

    batch: pictures at a time; over: batches whose gradients are added up. rate, betas, decay: of Adam. drops: where the
    rate falls by ten, shares of the training; () for half a cosine. sides: as in the encoder's. read_every, read: the
    encoder reads so many pictures of every so manieth batch. cycle_from, adversarial_from: progress at which they join;
    past 1 is never. close_from: progress from which close-ups alone learn, close_batch pairs at a time; all else has
    learned by then. without: one of `PARTS`. leave_out: a style that is not learned from. start: a checkpoint or an
    ONNX file, whose weights it begins with; "" for random ones.
    """

    config: str = "fast"
    seed: int = 0
    minutes: float = 60.0
    steps: int = 60_000
    batch: int = 16
    over: int = 4
    rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    decay: float = 5e-5
    drops: tuple[float, ...] = (0.25, 0.5, 0.75)
    average: float = 0.999
    read_every: int = 1
    read: int = 16
    cycle_every: int = 1
    cycle_from: float = 0.1
    adversarial_from: float = 0.2
    sides: tuple[tuple[float, int], ...] = ((0.0, 0),)
    close_from: float = 0.6
    close_batch: int = 32
    without: str = ""
    leave_out: str = ""
    start: str = ""

    def side(self, progress: float) -> int:
        """How large pictures are at `progress`, pixels."""
        return [side for start, side in self.sides if progress >= start][-1] or CONFIGS[self.config].side

    @property
    def network(self) -> Config:
        """The network's configuration, ablated where asked."""
        config = CONFIGS[self.config]
        return replace(
            config,
            attention=self.without != "attention",
            told=self.without != "disentanglement",
            places=config.places and self.without != "landmarks",
            close=config.close and self.without != "close-ups",
        )

    @property
    def weights(self) -> Weights:
        """The losses' weights, ablated where asked."""
        if self.without in ("style", "expression", "cycle", "adversarial"):
            return replace(Weights(), **{self.without: 0.0})
        return replace(Weights(), attention=0.0) if self.without == "attention" else Weights()


def recipe_for(
    config: str, *, device: str, seed: int, minutes: float, without: str = "", leave_out: str = "", steps: int = 60_000,
    start: str = "", rate: float = 0.0,
) -> Recipe:  # fmt: skip
    """The paper's for the network of its Table 3 on a GPU. `fast` is trained within minutes: a larger rate that falls
    along a cosine, small pictures first, the encoder and the way back every other step. A CPU sees a hundredth of the
    pictures: the encoder and the way back only now and then, and no discriminators, which would still know nothing
    when the minutes end.

    start: as in the recipe, or "shipped". rate: of learning, 0 for the usual one.
    """
    if config not in CONFIGS:
        raise InputError(f"There is no configuration {config}. Use one of {', '.join(CONFIGS)}.")
    if without and without not in PARTS:
        raise InputError(f"A training can do without {', '.join(PARTS)}, not {without}.")
    begin = str(shipped()) if start == "shipped" else start
    whole = _suited(Recipe(config, seed, minutes, steps, without=without, leave_out=leave_out, start=begin), device)
    return replace(whole, rate=rate or whole.rate)


def _suited(paper: Recipe, device: str) -> Recipe:
    config = paper.config
    if loop.device(device).type == "cpu":
        sides = ((0.0, 96), (0.5, 128), (0.8, 0)) if config == "fast" else ((0.0, 128), (0.75, 0))
        return replace(
            paper, over=1, rate=1.5e-3, drops=(), average=0.996, read_every=4, read=8, cycle_every=6, cycle_from=0.4,
            adversarial_from=2.0, sides=sides,
        )  # fmt: skip
    if config == "paper":
        return paper
    return replace(
        paper, batch=64, over=1, rate=1.2e-3, drops=(), average=0.998, read_every=2, read=32, cycle_every=2,
        cycle_from=0.3, adversarial_from=0.5, sides=((0.0, 96), (0.35, 128), (0.65, 0)),
    )  # fmt: skip


@dataclass(slots=True)
class Batch:
    """Pairs on the device: pictures float (n, 3, s, s), 0..1; the rest as in `Condition`; style int64 (n,). places:
    where the reference's landmarks go (n, 31, 2).
    """

    reference: Tensor
    truth: Tensor
    condition: Condition
    style: Tensor
    bounds: Tensor
    places: Tensor


class Loader:
    """Pairs from which batches are cut, at whatever size is wanted."""

    def __init__(self, pairs: Pairs, read: dict[str, NDArray[Any]], device: torch.device) -> None:
        self.pairs = pairs
        self.device = device
        self._whole = torch.from_numpy(pairs.crops).permute(0, 3, 1, 2).to(device)
        self._side = 0
        self._crops = self._whole
        self._bounded = torch.from_numpy(pairs.bounded).to(device)
        self._own = torch.from_numpy(read["coefficients"]).to(device)
        self._looks = torch.from_numpy(read["style"]).to(device)
        self._latent = torch.from_numpy(read["latent"]).to(device)
        self._places = torch.from_numpy(pairs.landmarks).to(device)
        self._own_places = torch.from_numpy(read["landmarks"]).to(device)
        self._style = torch.tensor([STYLES.index(s) for s in pairs.style.tolist()], device=device)
        limits = np.stack([built_in_styles()[s].bounds for s in STYLES[:-1]])
        self._bounds = torch.from_numpy(limits).to(device)
        self._mirror = torch.from_numpy(mirror_order().copy()).long().to(device)
        self._mirrored = torch.from_numpy(mirrored_features()).long().to(device)
        starts = np.flatnonzero(np.diff(pairs.scene)) + 1
        self._scenes = np.split(np.arange(len(pairs)), starts)
        self.scenes = self._scenes

    def leave_out(self, style: str) -> None:
        """From now on no scene of this style is drawn at random, and of every other again."""
        self.scenes = [scene for scene in self._scenes if self.pairs.style[scene[0]] != style]

    def look(self, side: int) -> None:
        """From now on pictures have this side."""
        if side != self._side:
            self._side, kept = side, round(side * MARGIN)
            if kept == KEPT:
                self._crops = self._whole
                return
            parts = [
                functional.interpolate(part.float(), size=kept, mode="area" if kept < KEPT else "bilinear")
                for part in self._whole.split(256)
            ]
            self._crops = torch.cat([part.round().clamp(0, 255).to(torch.uint8) for part in parts])

    def plain(self, references: Rows, truths: Rows) -> Batch:
        """Pairs as they are."""
        return self._batch(references, truths, None)

    def varied(self, count: int, rng: np.random.Generator) -> Batch:
        """Random pairs, each seen from elsewhere, mirrored and in other colours."""
        return self._batch(*self._drawn(count, rng), rng)

    def moves(self, count: int, rng: np.random.Generator) -> tuple[Condition, Tensor]:
        """Random pairs without their pictures, and where the reference's landmarks go: (n, 31, 2)."""
        references, truths = self._drawn(count, rng)
        return self._conditions(references, truths, torch.eye(2, 3).expand(count, 2, 3) / MARGIN, rng)

    def _drawn(self, count: int, rng: np.random.Generator) -> tuple[Rows, Rows]:
        spans = np.array([(scene[0], len(scene)) for scene in self.scenes])
        starts, sizes = spans[rng.integers(len(spans), size=count)].T
        # The first picture of a scene is mostly at rest, as most references are.
        reference = np.where(rng.random(count) < 0.5, 0, rng.integers(sizes))
        further = np.where(rng.random(count) < 0.97, 1 + rng.integers(sizes - 1), 0)
        return starts + reference, starts + (reference + further) % sizes

    def _batch(self, references: Rows, truths: Rows, rng: np.random.Generator | None) -> Batch:
        n = len(references)
        theta = torch.eye(2, 3).expand(n, 2, 3).clone() / MARGIN
        if rng is not None:
            turn = torch.from_numpy(rng.normal(0, 0.06, n)).float()
            grow = torch.from_numpy(rng.normal(1, 0.05, n)).float().clamp(0.85, 1.12) / MARGIN
            theta[:, 0, 0] = theta[:, 1, 1] = grow * turn.cos()
            theta[:, 0, 1], theta[:, 1, 0] = -grow * turn.sin(), grow * turn.sin()
            theta[:, :, 2] = torch.from_numpy(rng.normal(0, 0.03, (n, 2))).float().clamp(-0.08, 0.08)
            theta[torch.from_numpy(rng.random(n) < 0.5), :, 0] *= -1
        condition, there = self._conditions(references, truths, theta, rng)
        grid = functional.affine_grid(theta.to(self.device), [n, 3, self._side, self._side], align_corners=False)
        both = []
        for places in (references, truths):
            crops = self._crops[self._rows(places)].float() / 255
            both.append(functional.grid_sample(crops, grid, padding_mode="border", align_corners=False))
        if rng is not None:
            both = _recoloured(both, rng)
        reference, truth = (x.contiguous(memory_format=torch.channels_last) for x in both)
        style = self._style[self._rows(references)]
        return Batch(reference, truth, condition, style, self._bounds[style], there)

    def _conditions(
        self, references: Rows, truths: Rows, theta: Tensor, rng: np.random.Generator | None
    ) -> tuple[Condition, Tensor]:
        """What the network is told of pairs, and where the reference's landmarks go.

        theta: (n, 2, 3), takes places of the square to places of the kept crop; a mirror image where it turns round.
        """
        ours, theirs = self._rows(references), self._rows(truths)
        own, places = self._own[ours], self._own_places[ours]
        if rng is not None:
            exact = torch.from_numpy(rng.random(len(references)) < 0.2).to(self.device)
            own = torch.where(exact[:, None], self._bounded[ours], own)
            # The encoder knows these characters, or their parents: of others it places landmarks less well.
            places = torch.where(exact[:, None, None], self._places[ours], places)
            places = places + _MISPLACED * torch.randn_like(places)
        theta = theta.to(self.device)
        flipped = (torch.linalg.det(theta[:, :, :2].cpu()) < 0).to(self.device)

        def sides(x: Tensor, order: Tensor) -> Tensor:
            return torch.where(flipped.reshape(-1, *[1] * (x.dim() - 1)), x[:, order], x)

        def inside(x: Tensor) -> Tensor:
            back = torch.linalg.inv(theta[:, :, :2].cpu()).to(self.device)
            return sides((x - theta[:, None, :, 2]) @ back.transpose(1, 2), self._mirrored)

        latent = self._latent[ours].clone()
        latent[:, 64:192] = self._latent[theirs, 64:192]
        wanted = self._bounded[theirs]
        condition = Condition(
            sides(wanted, self._mirror), sides(own, self._mirror), self._looks[ours], inside(places), latent
        )
        # What lies under a landmark that was misplaced goes the same way.
        return condition, inside(places + self._places[theirs] - self._places[ours])

    def _rows(self, places: Rows) -> Tensor:
        return torch.from_numpy(np.asarray(places, dtype=np.int64)).to(self.device)


def _recoloured(pictures: list[Tensor], rng: np.random.Generator) -> list[Tensor]:
    """Other light and, now and then, other colours altogether; the same for both of a pair."""
    n = len(pictures[0])
    gain = torch.from_numpy(rng.normal(1, 0.08, (n, 3, 1, 1)) * rng.normal(1, 0.12, (n, 1, 1, 1))).float()
    order = torch.from_numpy(np.stack([rng.permutation(3) if rng.random() < 0.15 else np.arange(3) for _ in range(n)]))
    where = pictures[0].device
    index = order.to(where)[:, :, None, None].expand_as(pictures[0])
    return [(x.gather(1, index) * gain.to(where)).clamp(0, 1) for x in pictures]


class Trainer:
    """One training, which can be stopped at any moment and gone on with."""

    def __init__(
        self, recipe: Recipe, pairs: Loader, unseen: Loader, critic: Critic, work: Path, where: torch.device,
        *, resume: bool,
    ) -> None:  # fmt: skip
        torch.manual_seed(recipe.seed)
        self.recipe, self.pairs, self.unseen, self.critic, self.where = recipe, pairs, unseen, critic, where
        missing = "_".join(name for name in (recipe.without, recipe.leave_out) if name)
        self.path = work / CHECKPOINT.format(name=recipe.config + (f"_without_{missing}" * bool(missing)))
        self.net = mapper(recipe.network).to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
        if recipe.start and not resume:
            self.net.load_state_dict(trained(Path(recipe.start))[0].state_dict())
        self.judges = Discriminators().to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
        # Where landmarks go is learned apart from pictures, which do not bend it.
        self.moves_optimiser = torch.optim.Adam(self.net.parameters())
        self.optimiser = self._adam(self.net)
        self.judges_optimiser = self._adam(self.judges)
        self.average = loop.Average(self.net, recipe.average)
        self.clock = loop.Clock(recipe.steps, recipe.minutes)
        self.rng = np.random.default_rng(recipe.seed)
        self.curves = loop.Curves(self.path.with_suffix(".jsonl"), resume=resume)
        if resume:
            self._resume()

    def run(self, report: Report) -> None:
        """Train until steps or minutes are over; a checkpoint and a sheet every few minutes and at the end."""
        loop.run(
            self.step, lambda: self._keep(report), self.clock, self.curves, keep=0.97, every_s=_EVERY_S, report=report
        )  # fmt: skip
        self._keep(report)
        self.curves.draw(self.path.with_suffix(".png"))

    def step(self) -> dict[str, Tensor]:
        """One step of the optimiser, `Recipe.over` batches long, or of close-ups."""
        recipe, progress = self.recipe, self.clock.progress
        figures: dict[str, Tensor] = {}
        if isinstance(self.net, Fast) and self.net.config.close:
            if progress >= recipe.close_from:
                figures = self._close_up(self.net, (progress - recipe.close_from) / (1 - recipe.close_from))
                self.clock.step += 1
                return figures
            progress /= recipe.close_from
        self._rate(progress)
        moved = self._move(self.net) if isinstance(self.net, Fast) and self.net.config.places else {}
        self.pairs.look(recipe.side(progress))
        self.net.train()
        self.optimiser.zero_grad(set_to_none=True)
        self.judges_optimiser.zero_grad(set_to_none=True)
        for _ in range(recipe.over):
            figures = self._batch(progress)
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimiser.step()
        self.judges_optimiser.step()
        self.average.update(self.net)
        self.clock.step += 1
        return figures | moved

    def _rate(self, progress: float) -> None:
        """Let everything learn as fast as it is to at `progress`."""
        optimisers = (self.optimiser, self.judges_optimiser, self.moves_optimiser)
        for group in (group for optimiser in optimisers for group in optimiser.param_groups):
            group["lr"] = self.recipe.rate * self._share(progress)

    def _close_up(self, net: Fast, progress: float) -> dict[str, Tensor]:
        """One step of the close-ups, on what landmarks alone make of the reference: the trunk costs ten times as much,
        and changes little there.
        """
        self._rate(progress)
        self.pairs.look(self.recipe.side(1.0))
        batch = self.pairs.varied(self.recipe.close_batch, self.rng)
        net.train()
        with torch.no_grad():
            warped, moved, _ = net.warped(batch.reference, batch.condition)
        parts = close_losses(self.critic, net.close_ups(warped, moved, batch.condition), batch.truth)
        loop.descend(total(parts, self.recipe.weights), net, self.optimiser, self.average)
        return {name: value.detach() for name, value in parts.items()}

    def _move(self, net: Fast) -> dict[str, Tensor]:
        """Some steps towards where landmarks go."""
        off = torch.zeros(())
        for _ in range(_MOVES_STEPS):
            condition, there = self.pairs.moves(_MOVES, self.rng)
            off = (net.moves(condition) - there).abs().mean()
            # None, not 0: what has no gradient is not moved.
            self.moves_optimiser.zero_grad(set_to_none=True)
            off.backward()
            self.moves_optimiser.step()
        return {"moved": off.detach()}

    def _batch(self, progress: float) -> dict[str, Tensor]:
        recipe, weights = self.recipe, self.recipe.weights
        batch = self.pairs.varied(recipe.batch, self.rng)
        with torch.autocast(self.where.type, torch.bfloat16, enabled=self.where.type == "cuda"):
            drawn = self.net(batch.reference, batch.condition)
            drawn = type(drawn)(*(t.float() for t in drawn))
            made = compose(batch.reference, drawn)
            judged = Judged(made, batch.truth, batch.reference, drawn, batch.condition.wanted, batch.bounds)
            reads = recipe.read if self.clock.step % recipe.read_every == 0 else 0
            parts = losses(self.critic, judged, weights, read=reads)
            if weights.cycle and progress >= recipe.cycle_from and self.clock.step % recipe.cycle_every == 0:
                parts["cycle"] = self._cycle(batch, made)
            if weights.adversarial and progress >= recipe.adversarial_from:
                # Slowly, or what was learned is undone while the discriminators know nothing yet.
                share = min(1.0, (progress - recipe.adversarial_from) / 0.1)
                self.judges.requires_grad_(False)
                parts["adversarial"] = 0.05 * share * fooled(self.judges(made, batch.style))
                self.judges.requires_grad_(True)
        whole = total(parts, weights)
        (whole / recipe.over).backward()
        if "adversarial" in parts:
            with torch.autocast(self.where.type, torch.bfloat16, enabled=self.where.type == "cuda"):
                told = hinge(self.judges(batch.truth, batch.style), real=True)
                told = told + hinge(self.judges(made.detach(), batch.style), real=False)
            (told / recipe.over).backward()
            parts["discriminators"] = told.detach()
        return {name: value.detach() for name, value in parts.items()}

    def _cycle(self, batch: Batch, made: Tensor) -> Tensor:
        """Back to the reference's own expression: half of the batch, the result as the new reference."""
        half = max(1, len(made) // 4)
        there = batch.condition
        latent = None if there.latent is None else there.latent[:half]
        back = Condition(there.own[:half], there.wanted[:half], there.style[:half], batch.places[:half], latent)
        again = compose(made[:half], self.net(made[:half], back))
        return 5 * (again - batch.reference[:half]).abs().mean()

    def _share(self, progress: float) -> float:
        if not self.recipe.drops:
            return loop.rate(progress)
        return float(min(1.0, progress / 0.01 + 0.01) * 0.1 ** sum(progress >= at for at in self.recipe.drops))

    @torch.no_grad()
    def validate(self) -> dict[str, float]:
        """On characters that no training sees: dB over the square, beside the reference unchanged; the shares of the
        squared error over what moves, and of the landmarks' way, that are left.
        """
        net = self.average.module.eval()
        self.unseen.look(CONFIGS[self.recipe.config].side)
        references = np.repeat([s[0] for s in self.unseen.scenes], 2)
        truths = np.concatenate([s[1:3] for s in self.unseen.scenes])
        ours: list[float] = []
        still: list[float] = []
        moved: list[float] = []
        moved_still: list[float] = []
        way: list[float] = []
        way_still: list[float] = []
        for part in np.array_split(np.arange(len(references)), max(1, len(references) // 16)):
            batch = self.unseen.plain(references[part], truths[part])
            drawn = net(batch.reference, batch.condition)
            made = compose(batch.reference, drawn)
            for places, far in ((drawn.moved, way), (batch.condition.places, way_still)):
                far.append(float((places - batch.places).norm(dim=2).sum()))
            for picture, all_, there in ((made, ours, moved), (batch.reference, still, moved_still)):
                off = (picture - batch.truth) ** 2
                all_ += (-10 * off.mean(dim=(1, 2, 3)).clamp_min(1e-6).log10()).tolist()
                where = ((batch.truth - batch.reference).abs().amax(dim=1, keepdim=True) > 0.06).float()
                there.append(float((off * where).sum() / where.sum().clamp_min(1) / 3))
        return {
            "val_psnr": float(np.mean(ours)),
            "val_psnr_reference": float(np.mean(still)),
            "val_moved": float(np.mean(moved) / np.mean(moved_still)),
            "val_way": float(np.sum(way) / np.sum(way_still)),
        }

    @torch.no_grad()
    def sheet(self, out: Path, *, count: int = 8) -> None:
        """Rows: unseen characters; columns: reference, ours, truth, mask, twice."""
        net = self.average.module.eval()
        self.unseen.look(CONFIGS[self.recipe.config].side)
        rows = []
        for which in (1, 2):
            scenes = self.unseen.scenes[:count]
            batch = self.unseen.plain(np.array([s[0] for s in scenes]), np.array([s[which] for s in scenes]))
            drawn = net(batch.reference, batch.condition)
            made = compose(batch.reference, drawn)
            columns = torch.cat([batch.reference, made, batch.truth, drawn.mask.expand_as(made)], dim=3)
            rows.append(torch.cat(list(columns), dim=1))
        picture = (torch.cat(rows, dim=2).permute(1, 2, 0).cpu().numpy() * 255).clip(0, 255).astype(np.uint8)
        out.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(out), picture[..., ::-1])

    def _keep(self, report: Report) -> None:
        found = self.validate()
        report(" ".join(f"{name} {value:.3f}" for name, value in found.items()))
        self.curves.add(step=self.clock.step, minutes=self.clock.elapsed_s / 60, **found)
        self.sheet(self.path.with_name(f"{self.path.stem}_sheets") / f"{self.clock.step:06d}.png")
        content: dict[str, Any] = {
            "recipe": asdict(self.recipe),
            "net": self.net.state_dict(),
            "average": self.average.module.state_dict(),
            "seen": self.average.seen,
            "judges": self.judges.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "judges_optimiser": self.judges_optimiser.state_dict(),
            "moves_optimiser": self.moves_optimiser.state_dict(),
            "step": self.clock.step,
            "spent_s": self.clock.elapsed_s,
        }
        loop.save(self.path, content)

    def _resume(self) -> None:
        kept = loop.load(self.path, self.where)
        self.net.load_state_dict(kept["net"])
        self.average.module.load_state_dict(kept["average"])
        self.judges.load_state_dict(kept["judges"])
        self.optimiser.load_state_dict(kept["optimiser"])
        self.judges_optimiser.load_state_dict(kept["judges_optimiser"])
        self.moves_optimiser.load_state_dict(kept["moves_optimiser"])
        self.average.seen = kept["seen"]
        self.clock = loop.Clock(self.recipe.steps, self.recipe.minutes, kept["step"], kept["spent_s"])
        self.rng = np.random.default_rng([self.recipe.seed, kept["step"]])

    def _adam(self, module: nn.Module) -> torch.optim.Adam:
        recipe = self.recipe
        fused = self.where.type == "cuda"
        return torch.optim.Adam(
            module.parameters(), lr=recipe.rate, betas=recipe.betas, weight_decay=recipe.decay, fused=fused
        )


def train(
    recipe: Recipe, pairs: Path, encoder: Path, work: Path, *, device: str = "auto", resume: bool = False,
    report: Report,
) -> Path:  # fmt: skip
    """Train and return the checkpoint's path.

    pairs: what `pairs.build` drew, with the folder `unseen` beside its files. encoder: a checkpoint of the encoder.
    Raises `InputError`.
    """
    given = sources(pairs, encoder, work, loop.device(device))
    return train_on(given, recipe, work, resume=resume, report=report)


@dataclass(frozen=True, slots=True)
class Sources:
    """What any number of trainings can learn from: pairs, those of unseen characters, and who judges."""

    pairs: Loader
    unseen: Loader
    critic: Critic
    where: torch.device


def sources(pairs: Path, encoder: Path, work: Path, where: torch.device) -> Sources:
    """Load everything, as `train` takes it. Raises `InputError`."""
    work.mkdir(parents=True, exist_ok=True)
    loaders = [loader(folder, encoder, work, where) for folder in (pairs, pairs / "unseen")]
    published = torch.load(fetch("efficientnet_lite0")[0], weights_only=True)
    critic = Critic(published, encoder_training.trained(encoder)).to(where)
    return Sources(loaders[0], loaders[1], critic, where)


def train_on(given: Sources, recipe: Recipe, work: Path, *, resume: bool, report: Report) -> Path:
    """Train on what is loaded already and return the checkpoint's path."""
    given.pairs.leave_out(recipe.leave_out)
    trainer = Trainer(recipe, given.pairs, given.unseen, given.critic, work, given.where, resume=resume)
    trainer.run(report)
    return trainer.path


def loader(folder: Path, encoder: Path, work: Path, where: torch.device) -> Loader:
    """Pairs and what a checkpoint of the encoder reads of them, which is kept. Raises `InputError`."""
    try:
        found = Pairs.load(folder)
    except FileNotFoundError as error:
        raise InputError(f"There are no pairs in {folder}. Draw them with `mien-lab data pairs`.") from error
    return Loader(found, readings(found, encoder, work, where), where)


def readings(pairs: Pairs, encoder: Path, work: Path, where: torch.device) -> dict[str, NDArray[Any]]:
    """coefficients (n, 52), style (n, 5), landmarks (n, 31, 2), -1..1 over the kept crop, and latent (n, 256) of every
    picture, as read at run time: of a face and its mirror image.
    """
    version = hashlib.sha256(encoder.read_bytes()).hexdigest()[:12]
    stamp = hashlib.sha256(pairs.bounded.tobytes() + pairs.crops[::97].tobytes()).hexdigest()[:12]
    kept = work / f"pairs_read_{version}_{stamp}.npz"
    if not kept.is_file():
        asked = Asked(encoder if encoder.suffix == ".onnx" else encoder_training.trained(encoder).to(where))
        reader = Encoder(asked)
        rows: dict[str, list[NDArray[Any]]] = {name: [] for name in READ}
        for part in np.array_split(np.arange(len(pairs)), max(1, len(pairs) // _READ_AT_ONCE)):
            said = reader.said(np.stack([encoder_square(pairs.crops[k]) for k in part]))
            said["landmarks"] = said["landmarks"] / (SQUARE * MARGIN)
            for name in READ:
                rows[name].append(said[name])
        arrays: dict[str, Any] = {name: np.concatenate(values) for name, values in rows.items()}
        with replacing(kept) as beside, beside.open("wb") as stream:
            np.savez(stream, **arrays)
    with np.load(kept, allow_pickle=False) as file:
        return {name: file[name] for name in READ}


def encoder_square(crop: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What the encoder sees of a kept crop: uint8 (SIDE, SIDE, 3)."""
    inner = round(KEPT / SQUARE)
    border = (KEPT - inner) // 2
    return read_crop(crop[border : border + inner, border : border + inner], SIDE)


def shipped() -> Path:
    """The mapper that mien comes with. Raises `ResourceMissing`."""
    return store.path("mapper")


def trained(path: Path) -> tuple[nn.Module, Config]:
    """The averaged network of a checkpoint, or that of an ONNX file, on the CPU, and its configuration.

    Raises `InputError` where there is none, `BadFile` where the file is another network's.
    """
    if path.suffix == ".onnx" and path.is_file():
        net = mapper(CONFIGS["fast"])
        restore(net, path, within="net")
        return net.eval(), CONFIGS["fast"]
    kept = loop.load(path, torch.device("cpu"))
    recipe = Recipe(config=kept["recipe"]["config"], without=kept["recipe"]["without"])
    net = mapper(recipe.network)
    net.load_state_dict(kept["average"])
    return net.eval(), recipe.network
