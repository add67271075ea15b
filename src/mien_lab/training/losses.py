"""What the encoder is asked to get right, each part named and weighted."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien_lab.networks.encoder import PARTS, Answers, Encoded, Encoder, split
from mien_lab.training.augment import Batch

RECONSTRUCTION: Final = {"identity": 0.35, "expression": 0.45, "style": 0.15, "auxiliary": 0.05}
"""How far each part answers for the decoded picture (Table 2): its share of the gradient."""


@dataclass(frozen=True, slots=True)
class Weights:
    """What each loss counts."""

    emotion: float = 1.0
    fer: float = 0.7
    coefficients: float = 8.0
    affect: float = 0.5
    head: float = 2.0
    identity: float = 0.2
    style: float = 0.2
    regions: float = 0.1
    landmarks: float = 8.0
    placed: float = 8.0
    decoded: float = 1.0
    swapped: float = 1.0
    together: float = 0.2
    apart: float = 0.05
    spread: float = 1e-3
    adversary: float = 0.1


class Adversary(nn.Module):
    """Tries to tell from the expression part who it is and how it is drawn; what it learns from is turned round."""

    def __init__(self, identities: int, styles: int) -> None:
        super().__init__()
        width = PARTS["expression"]
        self.who = nn.Sequential(nn.Linear(width, 96), nn.ReLU(), nn.Linear(96, identities))
        self.how = nn.Sequential(nn.Linear(width, 96), nn.ReLU(), nn.Linear(96, styles))

    def forward(self, expression: Tensor) -> tuple[Tensor, Tensor]:
        turned = _TurnedRound.apply(expression)
        return self.who(turned), self.how(turned)


class _TurnedRound(torch.autograd.Function):
    @staticmethod
    def forward(_: object, x: Tensor) -> Tensor:
        return x.view_as(x)

    @staticmethod
    def backward(_: object, gradient: Tensor) -> Tensor:  # type: ignore[override]
        return -gradient


def losses(
    encoder: Encoder,
    adversary: Adversary,
    batch: Batch,
    encoded: Encoded,
    answers: Answers,
    weights: Weights,
    rarity: Tensor,
) -> tuple[Tensor, dict[str, Tensor]]:
    """The sum to descend, and every part of it before its weight. rarity: (52,), how much each coefficient counts."""
    parts: dict[str, Tensor] = {}
    parts["emotion"] = soft_cross_entropy(answers.emotion, batch.emotion)
    parts["fer"] = known_cross_entropy(answers.fer, batch.fer, smooth=0.1)
    parts["coefficients"] = coefficients_off(answers.coefficients, batch.coefficients, batch.trust, rarity)
    parts["affect"] = functional.mse_loss(answers.affect, batch.affect)
    # A crop is cut upright: roll cannot be seen in it, and comes from the five points.
    parts["head"] = functional.mse_loss(answers.head, batch.head[:, :2])
    parts["style"] = functional.cross_entropy(answers.style, batch.style)
    parts["identity"] = known_cross_entropy(answers.identity, batch.identity)
    if batch.masks is not None:
        n = len(batch.masks)
        seen = batch.masks.sum(dim=(2, 3)) > 0.5
        masks = functional.interpolate(batch.masks, size=encoded.regions.shape[2:], mode="area")
        mass = (encoded.regions[-n:] * masks).sum(dim=(2, 3)).clamp_min(1e-4)
        parts["regions"] = -(mass.log() * seen).sum() / seen.sum().clamp_min(1)
    parts["landmarks"] = landmarks_off(encoded.landmarks, batch.landmarks, batch.trust)
    parts["placed"] = landmarks_off(encoded.finest, batch.landmarks, batch.trust)
    _latent_losses(parts, encoder, batch, encoded)
    who, how = adversary(split(encoded.mean)[1])
    parts["adversary"] = functional.cross_entropy(how, batch.style) + known_cross_entropy(who, batch.identity)
    counts = asdict(weights)
    total = torch.stack([counts[name] * value for name, value in parts.items()]).sum()
    return total, {name: value.detach() for name, value in parts.items()}


def _latent_losses(parts: dict[str, Tensor], encoder: Encoder, batch: Batch, encoded: Encoded) -> None:
    mean, spread = encoded.mean, encoded.spread.clamp(-8, 4)
    parts["spread"] = 0.5 * (mean**2 + spread.exp() - 1 - spread).mean()
    latent = mean + torch.randn_like(mean) * (0.5 * spread).exp()
    side = encoder.decoder.side
    truth = functional.interpolate(batch.pictures, size=side, mode="area")
    parts["decoded"] = functional.l1_loss(encoder.decoder(_shared(latent)), truth)
    identity, expression, _, _ = split(mean)
    parts["apart"] = _cross_covariance(identity, expression)
    first, second = _pairs(batch.pair)
    if len(first):
        # The same expression on another face: swapping the part must change nothing.
        pieces = list(split(latent[second]))
        pieces[1] = split(latent[first])[1]
        parts["swapped"] = functional.l1_loss(encoder.decoder(_shared(torch.cat(pieces, dim=1))), truth[second])
        alike = functional.cosine_similarity(expression[first], expression[second], dim=1)
        parts["together"] = (1 - alike).mean()


def _shared(latent: Tensor) -> Tensor:
    """The same latent, through which each part gets its share of the gradient."""
    largest = max(RECONSTRUCTION.values())
    pieces = []
    for part, share in zip(split(latent), RECONSTRUCTION.values(), strict=True):
        w = share / largest
        pieces.append(w * part + (1 - w) * part.detach())
    return torch.cat(pieces, dim=1)


def _pairs(pair: Tensor) -> tuple[Tensor, Tensor]:
    """Places of pictures that show one expression on different faces: each with the next of its pair."""
    order = torch.argsort(pair, stable=True)
    ordered = pair[order]
    same = (ordered[1:] == ordered[:-1]) & (ordered[1:] >= 0)
    return order[:-1][same], order[1:][same]


def coefficients_off(logits: Tensor, truth: Tensor, trust: Tensor, rarity: Tensor) -> Tensor:
    """How far coefficients (n, 52) are off: cross-entropy, less what the truth itself has.

    A squared error behind a sigmoid hardly moves what is near 0, and what is rare starts there.
    """
    least = functional.binary_cross_entropy(truth, truth, reduction="none")
    off = functional.binary_cross_entropy_with_logits(logits, truth, reduction="none") - least
    off = off + 0.1 * (torch.sigmoid(logits) - truth).abs()
    return ((off * rarity).mean(dim=1) * trust).mean()


def landmarks_off(said: Tensor, truth: Tensor, trust: Tensor) -> Tensor:
    """How far landmarks (n, p, 2) are from where they are known to be; NaN where that is unknown."""
    known = torch.isfinite(truth).all(dim=2)
    off = (said - truth.nan_to_num()).abs().sum(dim=2) * known
    return (off.sum(dim=1) / known.sum(dim=1).clamp_min(1) * trust).mean()


def soft_cross_entropy(logits: Tensor, target: Tensor, *, smooth: float = 0.05) -> Tensor:
    target = target * (1 - smooth) + smooth / target.shape[1]
    return -(target * functional.log_softmax(logits, dim=1)).sum(dim=1).mean()


def known_cross_entropy(logits: Tensor, target: Tensor, *, smooth: float = 0.0) -> Tensor:
    """Over the rows whose class is known, 0 where none is; never waits for the device to say how many those are."""
    off = functional.cross_entropy(logits, target, ignore_index=-1, reduction="sum", label_smoothing=smooth)
    return off / (target >= 0).sum().clamp_min(1)


def _cross_covariance(a: Tensor, b: Tensor) -> Tensor:
    """Mean squared correlation of every dimension of one with every one of the other (n, p), (n, q)."""
    a = (a - a.mean(dim=0)) / (a.std(dim=0) + 1e-3)
    b = (b - b.mean(dim=0)) / (b.std(dim=0) + 1e-3)
    return ((a.T @ b / len(a)) ** 2).mean() * a.shape[1]
