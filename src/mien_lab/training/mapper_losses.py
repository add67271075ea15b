"""What the mapping network is asked to get right, each part named and weighted (paper 3.2 and 5.1)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien_lab.networks.close_up import View
from mien_lab.networks.closer import cut
from mien_lab.networks.encoder import Encoder, split
from mien_lab.networks.mapper import Drawn
from mien_lab.networks.trunk import lite0, load_lite0
from mien_lab.training.pairs import SQUARE

_MEAN = (0.485, 0.456, 0.406)
_SPREAD = (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each loss counts; 0 switches it off.

    adversarial, style, expression, cycle: the paper's four. The others exist because there are true pairs:
    reconstruction, texture; attention: looking at what moves; range: what the encoder reads back stays inside the
    style's ranges; still: no flow and no paint where nothing moves; painted: paint is right where something moves, or
    the mask would never open for it; opened, of close-ups: the mask is where the warp is wrong.
    """

    adversarial: float = 1.0
    style: float = 0.8
    expression: float = 1.2
    cycle: float = 0.5
    reconstruction: float = 12.0
    texture: float = 1.0
    attention: float = 0.05
    range: float = 1.0
    still: float = 0.1
    painted: float = 6.0
    opened: float = 0.05


class Judged(NamedTuple):
    """A picture that was made (n, 3, s, s), the truth, the reference, and how the first was drawn.

    wanted: coefficients (n, 52). bounds: the greatest ones the style allows (n, 52).
    """

    made: Tensor
    truth: Tensor
    reference: Tensor
    drawn: Drawn
    wanted: Tensor
    bounds: Tensor


class Critic(nn.Module):
    """Published features that see colour and paint, and the encoder, which reads faces; neither is trained."""

    def __init__(self, published: dict[str, Tensor], encoder: Encoder) -> None:
        super().__init__()
        trunk = lite0()
        load_lite0(trunk, published)
        self.look = trunk.stages[0]
        self.encoder = encoder
        self.mean: Tensor
        self.register_buffer("mean", torch.tensor(_MEAN)[:, None, None])
        self.spread: Tensor
        self.register_buffer("spread", torch.tensor(_SPREAD)[:, None, None])
        self.eval().requires_grad_(False)

    def train(self, mode: bool = True) -> Critic:  # noqa: ARG002  # never trained, whatever its owner does
        return super().train(False)

    def texture(self, pictures: Tensor) -> Tensor:
        """Maps (n, 24, s/4, s/4)."""
        seen: Tensor = self.look((pictures - self.mean) / self.spread)
        return seen.float()

    def read(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Coefficients (n, 52) and the latent's expression part (n, 128) of mapper squares (n, 3, s, s)."""
        side = pictures.shape[2]
        border = round(side * (1 - 1 / SQUARE) / 2)
        crop = pictures[:, :, border : side - border, border : side - border]
        wanted = self.encoder.config.side
        if crop.shape[2] != wanted:
            crop = functional.interpolate(crop, size=wanted, mode="bilinear", align_corners=False)
        encoded, answers = self.encoder(crop)
        return torch.sigmoid(answers.coefficients.float()), split(encoded.mean)[1].float()


def losses(critic: Critic, judged: Judged, weights: Weights, *, read: int) -> dict[str, Tensor]:
    """Every part before its weight, without the adversarial and the cycle's. read: how many of the pictures the encoder
    reads; it costs as much as all the rest.
    """
    made, truth, reference, drawn = judged.made, judged.truth, judged.reference, judged.drawn
    parts: dict[str, Tensor] = {}
    moved = moving(truth, reference)
    counts = 1 + 6 * moved
    off = (made - truth).abs()
    edges = _edges(made) - _edges(truth)
    parts["reconstruction"] = (counts * off).mean() + 0.5 * (counts * edges.abs()).mean()
    if weights.texture or weights.style:
        seen, wanted = critic.texture(made), critic.texture(truth).detach()
        scale = wanted.abs().mean()
        near = functional.interpolate(counts, size=seen.shape[2:], mode="area")
        parts["texture"] = (near * (seen - wanted).abs()).mean() / scale
        parts["style"] = (_gram(seen) - _gram(wanted)).abs().mean() / scale**2
    if weights.attention:
        there = functional.interpolate(moved, size=drawn.attention.shape[1:], mode="area")[:, 0]
        mass = (drawn.attention * there).sum(dim=(1, 2)).clamp_min(1e-3)
        parts["attention"] = -(mass.log() * (there.amax(dim=(1, 2)) > 0.3)).mean()
    if weights.still and drawn.mask.requires_grad:
        quiet = 1 - moved
        parts["still"] = (quiet * drawn.mask).mean() + 4 * (quiet * drawn.flow.abs()).mean() + _rough(drawn.flow)
    if weights.painted and drawn.mask.requires_grad:
        parts["painted"] = (moved * (drawn.paint - truth).abs()).mean()
    if (weights.expression or weights.range) and read:
        coefficients, felt = critic.read(made[:read])
        with torch.no_grad():
            _, wanted_felt = critic.read(truth[:read])
        alike = functional.cosine_similarity(felt, wanted_felt, dim=1)
        missed = functional.smooth_l1_loss(coefficients, judged.wanted[:read], beta=0.1)
        parts["expression"] = (1 - alike).mean() + 5 * missed
        parts["range"] = (torch.relu(coefficients - judged.bounds[:read]) ** 2).sum(dim=1).mean()
    return parts


def close_losses(critic: Critic, views: tuple[View, ...], truth: Tensor) -> dict[str, Tensor]:
    """What close-ups are asked to get right, every part before its weight. truth: (n, 3, s, s)."""
    parts: dict[str, list[Tensor]] = {}
    for view in views:
        wanted = cut(truth, view.frame, (view.seen.shape[2], view.seen.shape[3]))
        looked = view.looked
        made = looked + view.mask * (view.paint - looked)
        # Where the warp is wrong there is something to paint, or the mask would never open for it.
        wrong = (4 * (looked.detach() - wanted).abs().amax(dim=1, keepdim=True)).clamp_max(1)
        counts = 1 + 4 * wrong
        edges = _edges(made) - _edges(wanted)
        seen, textured = critic.texture(made), critic.texture(wanted).detach()
        found = {
            "reconstruction": (counts * (made - wanted).abs()).mean() + 0.5 * (counts * edges.abs()).mean(),
            "texture": (seen - textured).abs().mean() / textured.abs().mean(),
            "painted": (wrong * (view.paint - wanted).abs()).mean(),
            "opened": functional.binary_cross_entropy(view.mask.clamp(1e-4, 1 - 1e-4), wrong),
        }
        for name, value in found.items():
            parts.setdefault(name, []).append(value)
    return {name: torch.stack(values).mean() for name, values in parts.items()}


def total(parts: dict[str, Tensor], weights: Weights) -> Tensor:
    """The sum to descend."""
    counts = asdict(weights)
    return torch.stack([counts[name] * value for name, value in parts.items()]).sum()


def moving(truth: Tensor, reference: Tensor) -> Tensor:
    """Where a pair differs, with a soft border: (n, 1, s, s), 0..1."""
    off = (truth - reference).abs().amax(dim=1, keepdim=True)
    side = truth.shape[2]
    width = 2 * (side // 24) + 1
    near = functional.avg_pool2d((off > 0.06).float(), width, stride=1, padding=width // 2, count_include_pad=False)
    return (4 * near).clamp_max(1.0)


def hinge(answers: list[Tensor], *, real: bool) -> Tensor:
    """What the discriminators descend."""
    sign = -1.0 if real else 1.0
    return torch.stack([torch.relu(1 + sign * answer).mean() for answer in answers]).mean()


def fooled(answers: list[Tensor]) -> Tensor:
    """What the mapper descends, so that its pictures count as real."""
    return -torch.stack([answer.mean() for answer in answers]).mean()


def _edges(x: Tensor) -> Tensor:
    """Differences to the right and below, side by side in the channels; same size."""
    across = functional.pad(x[:, :, :, 1:] - x[:, :, :, :-1], (0, 1, 0, 0))
    down = functional.pad(x[:, :, 1:] - x[:, :, :-1], (0, 0, 0, 1))
    return torch.cat([across, down], dim=1)


def _rough(flow: Tensor) -> Tensor:
    """How much neighbours of a flow disagree."""
    return 10 * _edges(flow).abs().mean()


def _gram(maps: Tensor) -> Tensor:
    flat = maps.flatten(2)
    return flat @ flat.transpose(1, 2) / flat.shape[2]
