"""Train the encoder on photos and the cast.

    mien-lab train encoder --config compact --cast DIR --minutes M [--device auto] [--resume]

Half of every batch are photos, drawn so that rare emotions come more often; the other half are groups of cast pictures
that show one expression in every style.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.errors import InputError
from mien.resources import store
from mien_lab.baselines.carriers import fetch
from mien_lab.networks.encoder import CONFIGS, STYLES, DualStream, Encoder
from mien_lab.networks.trunk import load_lite0
from mien_lab.training import faces, fer, loop
from mien_lab.training.augment import Batch, Loader, Strength
from mien_lab.training.losses import Adversary, Weights, losses
from mien_lab.training.restore import restore

Rows = NDArray[np.int64]
Report = Callable[[str], None]

_EVERY_S: Final = 180.0
"""Seconds between checkpoints."""

_STILL: Final = 0.03
"""Standard deviation under which coefficients no longer count more."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything the training depends on besides the data.

    photos, cast: how many of each a batch holds. balance: 0 photos as they are spread, 1 all emotions alike often.
    frozen: how many of the trunk's stages keep their published weights (a fifth of the time on a CPU, no accuracy
    that we could measure). steps: where the learning rate ends, unless the minutes end it before. sides: from which
    progress on (0..1) pictures are how large; small ones first teach most of it for a third of the time (Tan and Le
    2021), the last must be the configuration's own, which 0 stands for. start: a checkpoint or an ONNX file, whose
    weights it begins with; it keeps its normalisations, its identity stream and what is told from that, and learns
    nothing from what does not ship (a decoder, the names of a cast). "" for the published trunk.
    """

    config: str = "compact"
    seed: int = 0
    minutes: float = 60.0
    steps: int = 40_000
    photos: int = 56
    cast: int = 40
    rate: float = 8e-4
    trunk_rate: float = 0.4
    decay: float = 0.02
    average: float = 0.998
    balance: float = 0.3
    frozen: int = 0
    leave_out: str = ""
    sides: tuple[tuple[float, int], ...] = ((0.0, 0),)
    start: str = ""

    @property
    def file(self) -> str:
        """Name of the checkpoint."""
        return f"encoder_{self.config}" + (f"_without_{self.leave_out}" * bool(self.leave_out)) + ".pt"

    @property
    def weights(self) -> Weights:
        """What each loss counts."""
        return replace(Weights(), identity=0.0, decoded=0.0, swapped=0.0) if self.start else Weights()

    def side(self, progress: float) -> int:
        """How large pictures are at `progress`, pixels."""
        return [side for start, side in self.sides if progress >= start][-1] or CONFIGS[self.config].side


_GROWING: Final = ((0.0, 72), (0.4, 96), (0.7, 0))


def recipe_for(
    config: str, *, device: str, seed: int, minutes: float, leave_out: str = "", steps: int = 40_000, start: str = "",
    rate: float = 0.0,
) -> Recipe:  # fmt: skip
    """The recipe that suits a device: on a CPU the trunk's first stage stays as published.

    start: as in the recipe, or "shipped". rate: of learning, 0 for the usual one.
    """
    whole = Recipe(config, seed, minutes, steps, leave_out=leave_out)
    if loop.device(device).type == "cpu":
        # A transformer's patches have one size, and whoever is trained already saw large pictures.
        sides = ((0.0, 0),) if config == "transformer" or start else _GROWING
        whole = replace(whole, frozen=1, sides=sides)
        if start:
            # Photos are what is read best already, and what edges and textures look like is known.
            whole = replace(whole, frozen=2, photos=24, cast=48, rate=3e-4)
    else:
        whole = replace(whole, photos=192, cast=192, rate=1.2e-3, average=0.999)
    return replace(whole, start=str(shipped()) if start == "shipped" else start, rate=rate or whole.rate)


@dataclass(slots=True)
class Sources:
    """The pools on their device, and which rows are for what. rarity: as the losses take it."""

    photos: Loader
    cast: Loader
    votes: fer.FerFaces
    names: tuple[str, ...]
    photo_rows: Rows
    photo_chances: NDArray[np.float64]
    groups: list[Rows]
    cast_test: Rows
    rarity: Tensor


def sources(recipe: Recipe, data: Path, cast: Path, work: Path, where: torch.device, report: Report) -> Sources:
    """Load, or find and keep, everything; see `faces`."""
    side = CONFIGS[recipe.config].side
    report("photos")
    photos, votes = faces.photos(data, work)
    report("cast")
    drawn, names = faces.cast(cast, work)
    rows = votes.of(fer.TRAIN)
    from mien_lab.data import Dataset

    labels = Dataset(cast).labels
    left_out = labels.style == recipe.leave_out
    fit = ~(labels.character_held_out | labels.expression_held_out | left_out)
    test = np.flatnonzero(labels.character_held_out & ~left_out)
    order = np.flatnonzero(fit)[np.argsort(labels.pair[fit], kind="stable")]
    starts = np.flatnonzero(np.diff(labels.pair[order])) + 1
    groups = [g.astype(np.int64) for g in np.split(order, starts)]
    return Sources(
        photos=Loader(photos, side, where),
        cast=Loader(drawn, side, where),
        votes=votes,
        names=names,
        photo_rows=rows,
        photo_chances=fer.chances(votes, rows, recipe.balance),
        groups=groups,
        cast_test=test.astype(np.int64),
        rarity=rarity(labels.bounded[fit]),
    )


def rarity(coefficients: NDArray[np.float32]) -> Tensor:
    """How much each coefficient counts, (52,), 1 on average, for faces (n, 52): the less, the more it varies.

    A puffed cheek is seldom and slight beside an open jaw; counted alike, it would never be learned.
    """
    weight = 1 / (coefficients.std(axis=0) + _STILL)
    return torch.from_numpy((weight / weight.mean()).astype(np.float32))


class Trainer:
    """One training, which can be stopped at any moment and gone on with."""

    def __init__(self, recipe: Recipe, given: Sources, work: Path, where: torch.device, *, resume: bool) -> None:
        torch.manual_seed(recipe.seed)
        self.recipe = recipe
        self.given = given
        self.where = where
        self.path = work / recipe.file
        self.encoder = Encoder(CONFIGS[recipe.config], given.names)
        if self.encoder.config.trunk == "lite0" and self.encoder.trunk is not None:
            load_lite0(self.encoder.trunk, torch.load(fetch("efficientnet_lite0")[0], weights_only=True))
        if recipe.start and not resume:
            _fitting(self.encoder, kept(Path(recipe.start))["average"])
        self.encoder.to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.adversary = Adversary(len(given.names), len(STYLES)).to(where)
        self.optimiser = torch.optim.AdamW(self._groups(), weight_decay=recipe.decay, fused=where.type == "cuda")
        self.rarity = given.rarity.to(where)
        self.average = loop.Average(self.encoder, recipe.average)
        self.clock = loop.Clock(recipe.steps, recipe.minutes)
        self.rng = np.random.default_rng(recipe.seed)
        self.torch_rng = torch.Generator().manual_seed(recipe.seed)
        self.curves = loop.Curves(self.path.with_suffix(".jsonl"), resume=resume)
        if resume:
            self._resume()

    def run(self, report: Report) -> None:
        """Train until steps or minutes are over; a checkpoint every three minutes and at the end."""
        loop.run(
            self.step, lambda: self._keep(few=True), self.clock, self.curves, keep=0.98, every_s=_EVERY_S, report=report
        )  # fmt: skip
        self._keep(few=False)
        self.curves.draw(self.path.with_suffix(".png"))

    def step(self) -> dict[str, Tensor]:
        """One batch forth and back."""
        recipe = self.recipe
        scale = loop.rate(self.clock.progress)
        for group in self.optimiser.param_groups:
            group["lr"] = recipe.rate * group["share"] * scale
        self._look(recipe.side(self.clock.progress))
        batch = self._batch()
        self._train_mode()
        with torch.autocast(self.where.type, torch.bfloat16, enabled=self.where.type == "cuda"):
            pictures = batch.pictures.contiguous(memory_format=torch.channels_last)
            encoded, answers = self.encoder(pictures)
            encoded = type(encoded)(*(t.float() for t in encoded))
            answers = type(answers)(*(t.float() for t in answers))
            total, figures = losses(self.encoder, self.adversary, batch, encoded, answers, recipe.weights, self.rarity)
        loop.descend(total, self.encoder, self.optimiser, self.average)
        self.clock.step += 1
        return figures

    def validate(self, *, few: bool = False) -> dict[str, float]:
        """Figures of the averaged weights, at the size that is being trained."""
        # Another size would say little about what was learned.
        self._look(self.recipe.side(self.clock.progress))
        return validation(self.average.module.eval(), self.given, few=few)

    def save(self) -> None:
        """Write the checkpoint."""
        content: dict[str, Any] = {
            "recipe": asdict(self.recipe),
            "names": list(self.given.names),
            "encoder": self.encoder.state_dict(),
            "average": self.average.module.state_dict(),
            "seen": self.average.seen,
            "adversary": self.adversary.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "step": self.clock.step,
            "spent_s": self.clock.elapsed_s,
        }
        loop.save(self.path, content)

    def _keep(self, *, few: bool) -> None:
        self.save()
        self.curves.add(step=self.clock.step, minutes=self.clock.elapsed_s / 60, **self.validate(few=few))

    def _resume(self) -> None:
        found = loop.load(self.path, self.where)
        same = found["names"] == list(self.given.names)
        for module, name in ((self.encoder, "encoder"), (self.average.module, "average")):
            same = _fitting(module, found[name]) and same
        if same:
            self.adversary.load_state_dict(found["adversary"])
            self.optimiser.load_state_dict(found["optimiser"])
        self.average.seen = found["seen"]
        self.clock = loop.Clock(self.recipe.steps, self.recipe.minutes, found["step"], found["spent_s"])
        # The same batches would come again otherwise.
        self.rng = np.random.default_rng([self.recipe.seed, found["step"]])
        self.torch_rng.manual_seed(self.recipe.seed + found["step"])

    def _look(self, side: int) -> None:
        self.given.photos.side = self.given.cast.side = side

    def _batch(self) -> Batch:
        recipe, given = self.recipe, self.given
        some = self.rng.choice(given.photo_rows, recipe.photos, p=given.photo_chances)
        photos = given.photos.varied(some, Strength(), self.torch_rng)
        if not recipe.cast:
            return photos
        places: list[int] = []
        while len(places) < recipe.cast:
            places.extend(given.groups[self.rng.integers(len(given.groups))].tolist())
        drawn = given.cast.varied(np.array(places[: recipe.cast]), Strength(), self.torch_rng)
        return photos + drawn

    def _groups(self) -> Sequence[dict[str, Any]]:
        trunk = self.encoder.trunk
        if self.recipe.start and isinstance(self.encoder.body, DualStream):
            self.encoder.body.companion.requires_grad_(False)
            self.encoder.body.rest.requires_grad_(False)
            for exchange in list(self.encoder.body.exchanges)[: self.recipe.frozen - 1]:
                exchange.requires_grad_(False)
        published: list[Tensor] = []
        if trunk is not None and self.encoder.config.trunk == "lite0":
            for stage in list(trunk.stages)[: self.recipe.frozen]:
                stage.requires_grad_(False)
            published = [p for p in trunk.parameters() if p.requires_grad]
        known = {id(p) for p in published}
        fresh = [p for p in self.encoder.parameters() if p.requires_grad and id(p) not in known]
        groups: list[dict[str, Any]] = [{"params": [*fresh, *self.adversary.parameters()], "share": 1.0}]
        if published:
            groups.append({"params": published, "share": self.recipe.trunk_rate})
        return groups

    def _train_mode(self) -> None:
        self.encoder.train()
        if self.encoder.trunk is not None:
            for stage in list(self.encoder.trunk.stages)[: self.recipe.frozen]:
                stage.eval()
        if self.recipe.start:
            for part in self.encoder.modules():
                if isinstance(part, nn.BatchNorm2d):
                    part.eval()


def _fitting(module: nn.Module, state: dict[str, Tensor]) -> bool:
    """Load what fits; another cast has another head for identities, which begins anew. Did everything fit?"""
    own = module.state_dict()
    fits = {name: value for name, value in state.items() if name in own and own[name].shape == value.shape}
    module.load_state_dict(fits, strict=False)
    return len(fits) == len(own)


@torch.no_grad()
def validation(net: nn.Module, given: Sources, *, few: bool = False) -> dict[str, float]:
    """Figures on photos of the validation split and on unseen characters, of single looks; few: of some of them."""
    rows = given.votes.of(fer.VALIDATION)[: 600 if few else None]
    emotion, own = [], []
    for part in np.array_split(rows, max(1, len(rows) // 100)):
        _, answers = net(given.photos.plain(part).pictures)
        emotion.append(answers.emotion.argmax(dim=1).cpu().numpy())
        own.append(answers.fer.argmax(dim=1).cpu().numpy())
    votes, label = given.votes.votes[rows].argmax(axis=1), given.votes.labels[rows]
    known = label >= 0
    test = given.cast_test[:: max(1, len(given.cast_test) // (200 if few else 1000))]
    guesses, felt, truth, felt_truth = [], [], [], []
    for part in np.array_split(test, max(1, len(test) // 100)):
        batch = given.cast.plain(part)
        _, answers = net(batch.pictures)
        guesses.append(torch.sigmoid(answers.coefficients))
        truth.append(batch.coefficients)
        felt.append(answers.emotion.argmax(dim=1))
        felt_truth.append(batch.emotion.argmax(dim=1))
    said, wanted = torch.cat(guesses), torch.cat(truth)
    active = wanted.std(dim=0) > 0.02
    ours, theirs = (x[:, active] - x[:, active].mean(dim=0) for x in (said, wanted))
    r = (ours * theirs).mean(dim=0) / (ours.std(dim=0) * theirs.std(dim=0)).clamp_min(1e-6)
    return {
        "val_ferplus": float((np.concatenate(emotion) == votes).mean()),
        "val_fer": float((np.concatenate(own) == label)[known].mean()),
        "val_coef_mae": float((said - wanted).abs().mean()),
        "val_coef_r": float(r.mean()),
        "val_cast_emotion": float((torch.cat(felt) == torch.cat(felt_truth)).float().mean()),
    }


def train(
    recipe: Recipe, data: Path, cast: Path, work: Path, *, device: str = "auto", resume: bool = False, report: Report
) -> Path:
    """Train and return the checkpoint's path. Raises `InputError`, `BadFile`."""
    if recipe.config not in CONFIGS:
        raise InputError(f"There is no configuration {recipe.config}. Use one of {', '.join(CONFIGS)}.")
    where = loop.device(device)
    work.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(recipe, sources(recipe, data, cast, work, where, report), work, where, resume=resume)
    trainer.run(report)
    return trainer.path


def shipped() -> Path:
    """The encoder that mien comes with. Raises `ResourceMissing`."""
    return store.path("encoder")


def kept(path: Path) -> dict[str, Any]:
    """A checkpoint, or as much of one as an ONNX file of the encoder holds: `recipe`, `names` and `average`.

    Raises `InputError` where there is none, `BadFile` where the file is another network's.
    """
    if path.suffix != ".onnx" or not path.is_file():
        return loop.load(path, torch.device("cpu"))
    # Who was in its training, and the decoder, do not ship.
    encoder = Encoder(CONFIGS["compact"], ["nobody"])
    restore(encoder, path, within="encoder", besides=("decoder.", "heads.identity."))
    return {"recipe": {"config": "compact"}, "names": ["nobody"], "average": encoder.state_dict()}


def trained(path: Path) -> Encoder:
    """The averaged network of a checkpoint, or that of an ONNX file, on the CPU. Raises as `kept` does."""
    found = kept(path)
    encoder = Encoder(CONFIGS[found["recipe"]["config"]], found["names"])
    encoder.load_state_dict(found["average"])
    return encoder.eval()
