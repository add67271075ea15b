"""Kept crops become what the encoder might meet: shifted, turned, mirrored, dim, grey, blurred, blocky, half hidden."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from mien.core.arkit import mirror_order
from mien.core.character import mirrored_features
from mien.perception.encode import MARGIN
from mien_lab.training.faces import Pool

MASK_SIDE = 14


@dataclass(frozen=True, slots=True)
class Strength:
    """How far augmentation goes: standard deviations, or chances where it says so.

    turn_rad, grow (share of the side), shift (share of the side), light (share), grey, soft, hidden (chances).
    """

    turn_rad: float = math.radians(8)
    grow: float = 0.07
    shift: float = 0.035
    light: float = 0.25
    grey: float = 0.25
    soft: float = 0.3
    hidden: float = 0.3


@dataclass(slots=True)
class Batch:
    """Tensors on the device, named and shaped as in `Pool`; pictures float (n, 3, side, side), 0..1.

    landmarks: -1..1 over the picture as it is seen here. pair: on the CPU, where it is decided who is paired with whom.

    masks float (m, 4, 14, 14), shares of the last m pictures, or None where no masks are known.
    """

    pictures: Tensor
    masks: Tensor | None
    emotion: Tensor
    fer: Tensor
    affect: Tensor
    coefficients: Tensor
    trust: Tensor
    head: Tensor
    identity: Tensor
    style: Tensor
    pair: Tensor
    landmarks: Tensor

    def __len__(self) -> int:
        return len(self.pictures)

    def __add__(self, other: Batch) -> Batch:
        """Both, ours first; only the other may have masks."""
        names = (f.name for f in fields(self) if f.name != "masks")
        both = {name: torch.cat([getattr(self, name), getattr(other, name)]) for name in names}
        return Batch(masks=other.masks, **both)


class Loader:
    """A pool on its device, from which batches are cut. GPU or CPU, there is no worker that could be too slow."""

    def __init__(self, pool: Pool, side: int, device: torch.device) -> None:
        self.pool = pool
        self.side = side
        self.device = device
        # (n, c, side, side) uint8: a hundredth of a second a gigabyte on a GPU, nothing on a CPU.
        self.crops = torch.from_numpy(pool.crops).permute(0, 3, 1, 2).to(device)
        self.masks = torch.from_numpy(pool.masks).to(device)
        self.labels = {
            name: torch.from_numpy(getattr(pool, name)).to(device)
            for name in (
                "emotion",
                "fer",
                "affect",
                "coefficients",
                "trust",
                "head",
                "identity",
                "style",
                "landmarks",
            )
        }
        self.pair = torch.from_numpy(pool.pair)
        self.mirror = torch.from_numpy(mirror_order().copy()).long().to(device)
        self.other_side = torch.from_numpy(mirrored_features()).long().to(device)

    def plain(self, places: Any) -> Batch:
        """Faces as they are."""
        return self._batch(places, None, None)

    def varied(self, places: Any, strength: Strength, rng: torch.Generator) -> Batch:
        """Faces, each made to look elsewhere and otherwise. rng: on the CPU, so that every device draws the same."""
        return self._batch(places, strength, rng)

    def _flips(self, pair: Tensor, rng: torch.Generator | None) -> Tensor:
        """Which faces are mirrored: float (n,), 0 or 1. Faces of one pair are mirrored together, since a mirrored
        expression is another one, and pairs are trained to say the same.
        """
        alone = -1 - torch.arange(len(pair))
        _, group = torch.unique(torch.where(pair < 0, alone, pair), return_inverse=True)
        return (torch.rand(len(pair), generator=rng) < 0.5).float()[group]

    def _batch(self, places: Any, strength: Strength | None, rng: torch.Generator | None) -> Batch:
        places = torch.as_tensor(places)
        index, pair = places.to(self.device), self.pair[places]
        n = len(index)
        flip = torch.zeros(n)
        turn, grow, across, down = (torch.zeros(n) for _ in range(4))
        if strength is not None:
            flip = self._flips(pair, rng)
            turn = torch.randn(n, generator=rng) * strength.turn_rad
            grow = torch.randn(n, generator=rng).clamp(-2, 2) * strength.grow
            across = torch.randn(n, generator=rng).clamp(-2, 2) * strength.shift * 2
            down = torch.randn(n, generator=rng).clamp(-2, 2) * strength.shift * 2
        scale = torch.exp(grow) / MARGIN
        sign = 1 - 2 * flip
        matrix = torch.stack(
            [
                torch.stack([sign * scale * turn.cos(), -scale * turn.sin(), across], dim=1),
                torch.stack([sign * scale * turn.sin(), scale * turn.cos(), down], dim=1),
            ],
            dim=1,
        ).to(self.device)
        crops = self.crops[index].float() / 255
        grid = functional.affine_grid(matrix, [n, 1, self.side, self.side], align_corners=False)
        pictures = functional.grid_sample(crops, grid, padding_mode="border", align_corners=False)
        pictures = pictures.expand(-1, 3, -1, -1)
        masks = None
        if len(self.masks):
            bits = torch.arange(4, device=self.device).reshape(1, 4, 1, 1)
            planes = ((self.masks[index][:, None] >> bits) & 1).float()
            coarse = functional.affine_grid(matrix, [n, 1, 2 * MASK_SIDE, 2 * MASK_SIDE], align_corners=False)
            masks = functional.grid_sample(planes, coarse, padding_mode="zeros", align_corners=False)
            masks = functional.avg_pool2d(masks, 2)
        labels = {name: values[index] for name, values in self.labels.items()}
        flipped = flip.to(self.device).bool()
        labels["coefficients"] = torch.where(
            flipped[:, None], labels["coefficients"][:, self.mirror], labels["coefficients"]
        )
        # The matrix takes places of the picture to places of the crop.
        shifted = labels["landmarks"] - matrix[:, None, :, 2]
        seen = shifted @ _inverse(matrix[:, :, :2]).transpose(1, 2)
        labels["landmarks"] = torch.where(flipped[:, None, None], seen[:, self.other_side], seen)
        # A mirror turns yaw and roll round; a turned crop shows a rolled head.
        away = torch.tensor([-1.0, 1.0, -1.0], device=self.device)
        labels["head"] = torch.where(flipped[:, None], labels["head"] * away, labels["head"])
        if strength is not None:
            assert rng is not None
            pictures = _relit(pictures, strength, rng)
            pictures = _softened(pictures, strength, rng)
            pictures = _hidden(pictures, strength, rng)
        return Batch(pictures=pictures, masks=masks, pair=pair, **labels)


def _inverse(matrix: Tensor) -> Tensor:
    """Of matrices (n, 2, 2); a solver would wait for the device to tell whether they can be inverted."""
    a, b, c, d = matrix.flatten(1).unbind(1)
    return torch.stack([d, -b, -c, a], dim=1).reshape(-1, 2, 2) / (a * d - b * c)[:, None, None]


def _chance(n: int, share: float, rng: torch.Generator, like: Tensor) -> Tensor:
    return (torch.rand(n, generator=rng) < share).to(like.device).reshape(n, 1, 1, 1)


def _relit(pictures: Tensor, strength: Strength, rng: torch.Generator) -> Tensor:
    n = len(pictures)

    def normal(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=rng).clamp(-2, 2).to(pictures.device)

    gain = torch.exp(normal(n, 1, 1, 1) * strength.light + normal(n, 3, 1, 1) * strength.light * 0.3)
    gamma = torch.exp(normal(n, 1, 1, 1) * strength.light)
    lit = (pictures.clamp(1e-3, 1) ** gamma * gain + normal(n, 1, 1, 1) * 0.05).clamp(0, 1)
    grey = lit.mean(dim=1, keepdim=True).expand_as(lit)
    lit = torch.where(_chance(n, strength.grey, rng, pictures), grey, lit)
    noise = normal(n, 1, 1, 1).abs() * 0.02
    return lit + torch.randn(lit.shape, device=lit.device) * noise


def _softened(pictures: Tensor, strength: Strength, rng: torch.Generator) -> Tensor:
    """Some are seen small, as a face far away is, or as a strongly compressed one."""
    side = pictures.shape[2]
    chosen = torch.nonzero(torch.rand(len(pictures), generator=rng) < strength.soft).flatten()
    if len(chosen) == 0:
        return pictures
    out = pictures.clone()
    for places in chosen.chunk(3):
        small = int(side * (0.25 + 0.5 * torch.rand((), generator=rng).item()))
        index = places.to(pictures.device)
        seen = functional.interpolate(pictures[index], size=small, mode="area")
        out[index] = functional.interpolate(seen, size=side, mode="bilinear", align_corners=False)
    return out


def _hidden(pictures: Tensor, strength: Strength, rng: torch.Generator) -> Tensor:
    """A hand, a cup, a microphone: a rectangle of one colour over a part of the face (Zhong et al. 2020)."""
    n, side = len(pictures), pictures.shape[2]
    size = torch.rand(n, 2, generator=rng) * 0.25 + 0.08
    centre = torch.rand(n, 2, generator=rng)
    shade = torch.rand(n, 3, 1, 1, generator=rng).to(pictures.device)
    place = (torch.arange(side) + 0.5) / side
    rows = ((place[None] - centre[:, :1]).abs() < size[:, :1]).to(pictures.device)
    columns = ((place[None] - centre[:, 1:]).abs() < size[:, 1:]).to(pictures.device)
    inside = (rows[:, :, None] & columns[:, None, :])[:, None]
    return torch.where(inside & _chance(n, strength.hidden, rng, pictures), shade, pictures)
