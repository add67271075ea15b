"""The mapping network: the expression of one face, drawn on the character of one picture (paper 3.2, 3.3, Table 3).

    reference (n, 3, s, s) RGB 0..1 --> maps s/4 or s/8 --> residual blocks, style injection, self-attention --> up
    Condition: what is wanted, what the reference shows, how it is drawn ------^ (AdaIN)

`paper` is Table 3 to the letter: every pixel is painted anew through a tanh. `fast` knows that hair, clothes and
background stay where they are: it says for every pixel where in the reference to look (flow), what to paint, and which
of the two counts (mask), so what does not move stays as sharp as it was, whatever the picture's size. Its trunk works
on maps of an eighth of the side with separable convolutions.

`fast` also knows where the reference's 31 landmarks are, and first says where they will be (`Moves`). What lies
between them goes along (`Spread`), and the trunk sees the reference as if it had moved already: it corrects. What was
hidden before, behind lips and lids, is painted close up (`close_up`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.core.arkit import COUNT, mirror_order
from mien.core.character import FEATURES
from mien_lab.networks import close_up
from mien_lab.networks.encoder import PARTS, PLACES, STYLES
from mien_lab.networks.warp import Spread, along, eyes, look_up, places_on

REACH: Final = 0.25
"""How far the flow may look, as a share of the side: a jaw that drops all the way moves a fifth of it."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that decides the network's shape.

    side: of the pictures it is made for. latent: does it see the encoder's latent, too? That binds it to one version of
    the encoder. attention, told, places, close: switches for ablations; `told`: is the reference's own expression given
    apart from who it shows? `places`: are landmarks moved first? `close`: are mouth and eyes painted close up?
    """

    name: str
    side: int = 192
    kind: Literal["fast", "paper"] = "fast"
    width: int = 48
    heads: int = 4
    blocks: int = 6
    latent: bool = False
    attention: bool = True
    told: bool = True
    places: bool = True
    close: bool = True


CONFIGS: Final = {
    config.name: config
    for config in (
        Config("fast"),
        Config("paper", 256, "paper", width=64, blocks=4, latent=True, places=False, close=False),
    )
}


class Condition(NamedTuple):
    """What the network is told.

    wanted: the target's coefficients inside its style's ranges (n, 52). own: what the reference shows (n, 52).
    style: how the reference looks (n, 5), adds up to 1. places: where the reference's landmarks are (n, 31, 2), -1..1
    over the square, order `core.character.FEATURES`. latent: (n, 256), the source's expression, all else the
    reference's; unused by networks without `Config.latent`.
    """

    wanted: Tensor
    own: Tensor
    style: Tensor
    places: Tensor
    latent: Tensor | None = None


class Drawn(NamedTuple):
    """flow (n, 2, s, s): x and y offsets, shares of the side. mask (n, 1, s, s), 1 where painted. paint (n, 3, s, s),
    0..1. attention (n, k, k): how much every place of the coarse map was looked at, adds up to 1; zero without. moved:
    where landmarks will be (n, 31, 2), -1..1; where they are, without `Config.places`.
    """

    flow: Tensor
    mask: Tensor
    paint: Tensor
    attention: Tensor
    moved: Tensor


def compose(reference: Tensor, drawn: Drawn) -> Tensor:
    """The picture: the reference, looked up along the flow, and the paint over it."""
    looked = look_up(reference, drawn.flow)
    return looked + drawn.mask * (drawn.paint - looked)


_FAINT: Final = 0.01
"""A mask up to which it does not matter what is painted."""

_LOUD: Final = 4.0
"""Coefficients are mostly small: unscaled, what is wanted would at first be drowned by the layers' biases."""


class Told(nn.Module):
    """The condition as one vector (n, width)."""

    def __init__(self, config: Config, width: int = 128) -> None:
        super().__init__()
        self.config = config
        seen = 3 * COUNT + len(STYLES) + (sum(PARTS.values()) if config.latent else 0)
        self.layers = nn.Sequential(nn.Linear(seen, 192), nn.LeakyReLU(0.1), nn.Linear(192, width))
        self.norm = nn.LayerNorm(width)

    def forward(self, condition: Condition, seen: Tensor | None = None) -> Tensor:
        """seen: (n, width), what the network saw of the reference, heard with it."""
        own = condition.own if self.config.told else torch.zeros_like(condition.own)
        parts = [_LOUD * condition.wanted, _LOUD * own, _LOUD * (condition.wanted - own), condition.style]
        if self.config.latent:
            assert condition.latent is not None
            parts.append(condition.latent)
        told = self.layers(torch.cat(parts, dim=1))
        out: Tensor = self.norm(told if seen is None else told + seen)
        return out


class AdaIN(nn.Module):
    """Instance normalisation whose scale and shift the condition gives (Huang and Belongie 2017)."""

    def __init__(self, width: int, told: int = 128) -> None:
        super().__init__()
        self.norm = nn.InstanceNorm2d(width)
        self.style = nn.Linear(told, 2 * width)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        scale, shift = self.style(told)[:, :, None, None].chunk(2, dim=1)
        out: Tensor = self.norm(x) * (1 + scale) + shift
        return out


class SelfAttention(nn.Module):
    """Multi-head self-attention over a map (n, c, k, k); its input is conditioned, so what it looks at is, too.

    Also returns how much each place was looked at, (n, k, k), adds up to 1.
    """

    def __init__(self, width: int, heads: int, *, inner: int = 64) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Conv2d(width, inner, 1)
        self.key = nn.Conv2d(width, inner, 1)
        self.value = nn.Conv2d(width, inner, 1)
        self.out = nn.Conv2d(inner, width, 1)
        self.gate = nn.Parameter(torch.full((), 0.1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        n, _, high, wide = x.shape
        # Of a large map the keys are averaged by fours: 4096 places would look at 4096.
        looked = functional.avg_pool2d(x, 2) if high > 32 else x
        query = self.query(x).reshape(n, self.heads, -1, high * wide)
        key = self.key(looked).reshape(n, self.heads, query.shape[2], -1)
        value = self.value(looked).reshape(n, self.heads, query.shape[2], -1)
        weights = torch.softmax(query.transpose(2, 3) @ key * query.shape[2] ** -0.5, dim=-1)
        heard = (value @ weights.transpose(2, 3)).reshape(n, -1, high, wide)
        received = weights.mean(dim=(1, 2)).reshape(n, *looked.shape[2:])
        return x + self.gate * self.out(heard), received


class Separable(nn.Module):
    """A residual block for few operations: 5 x 5 depthwise, 1 x 1, AdaIN, and 1 x 1 again."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.around = nn.Conv2d(width, width, 5, 1, 2, groups=width)
        self.widen = nn.Conv2d(width, 2 * width, 1)
        self.adain = AdaIN(2 * width)
        self.narrow = nn.Conv2d(2 * width, width, 1)

    def forward(self, x: Tensor, told: Tensor) -> Tensor:
        y = functional.leaky_relu(self.adain(self.widen(self.around(x)), told), 0.1)
        return x + self.narrow(y)


class Moves(nn.Module):
    """Where landmarks will be, (n, 31, 2), from where they are and what changes; where they are, if nothing does."""

    def __init__(self, config: Config, width: int = 256) -> None:
        super().__init__()
        self.config = config
        seen = PLACES + len(STYLES) + 2 * COUNT
        self.layers = nn.Sequential(
            nn.Linear(seen, width), nn.LeakyReLU(0.1), nn.Linear(width, width), nn.LeakyReLU(0.1),
            nn.Linear(width, PLACES),
        )  # fmt: skip
        last = self.layers[4]
        assert isinstance(last, nn.Linear)
        nn.init.normal_(last.weight, std=2e-4)

    def forward(self, condition: Condition) -> Tensor:
        places, own = condition.places, condition.own
        if not self.config.told:
            own = torch.zeros_like(own)
        # As the face sees them: from between the eyes, in distances between these, upright.
        middle, axes = eyes(places)
        face = (places - middle) @ axes / (axes[:, :, :1] ** 2).sum(dim=1, keepdim=True)
        known = torch.cat([2 * face.flatten(1), condition.style, _LOUD * own], dim=1)
        there = self.layers(torch.cat([known, _LOUD * condition.wanted], dim=1))
        here = self.layers(torch.cat([known, _LOUD * own], dim=1))
        return places + (there - here).unflatten(1, (-1, 2)) @ axes.transpose(1, 2)


class Fast(nn.Module):
    """Flow, mask and paint from maps of an eighth of the side."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.config = config
        w = config.width
        self.told = Told(config)
        self.seen = nn.Linear(4 * w, 128)
        # Halves first, without losing anything: (3, s, s) -> (12, s/2, s/2), and where each pixel is.
        self.stem = nn.Conv2d(14, w, 3, 1, 1)
        self.down = nn.ModuleList([nn.Conv2d(w, 2 * w, 4, 2, 1), nn.Conv2d(2 * w + 2, 4 * w, 4, 2, 1)])
        self.blocks = nn.ModuleList(Separable(4 * w) for _ in range(config.blocks))
        self.attention = SelfAttention(4 * w, config.heads) if config.attention else None
        self.after = Separable(4 * w)
        self.thin = nn.ModuleList([nn.Conv2d(4 * w, 2 * w, 1), nn.Conv2d(2 * w, w, 1)])
        self.up = nn.ModuleList([nn.Conv2d(2 * w, 2 * w, 3, 1, 1), nn.Conv2d(w, w, 3, 1, 1)])
        self.adain = nn.ModuleList([AdaIN(2 * w), AdaIN(w)])
        if config.places:
            self.moves = Moves(config)
            self.spread = Spread()
            # Where each landmark will be, and how it gets there; silent at first.
            self.marks = nn.ModuleList([nn.Conv2d(len(FEATURES) + 2, width, 1) for width in (2 * w, 4 * w)])
            for layer in self.marks:
                nn.init.zeros_(layer.weight)  # type: ignore[arg-type]
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]
        if config.close:
            self.told_close = Told(config, close_up.TOLD)
            self.close = close_up.CloseUps()
            self.other_side: Tensor
            self.register_buffer("other_side", torch.from_numpy(mirror_order().copy()).long(), persistent=False)
        self.flow = nn.Conv2d(w, 2, 3, 1, 1)
        self.paint = nn.Conv2d(w, 16, 3, 1, 1)
        # An untrained network nearly gives the reference back.
        nn.init.normal_(self.flow.weight, std=1e-3)
        nn.init.zeros_(self.flow.bias)  # type: ignore[arg-type]
        with torch.no_grad():
            assert self.paint.bias is not None
            self.paint.bias[12:] = -2.5

    def forward(self, reference: Tensor, condition: Condition) -> Drawn:
        reference, moved, few = self.warped(reference, condition)
        first = _active(self.stem(_with_places(functional.pixel_unshuffle(reference - 0.5, 2))))
        second = _active(functional.instance_norm(self.down[0](first)))
        if self.config.places:
            marks = torch.cat([_marks(moved, second), 8 * few], dim=1)
            second = second + self.marks[0](marks)
        x = _active(functional.instance_norm(self.down[1](_with_places(second))))
        if self.config.places:
            x = x + self.marks[1](functional.avg_pool2d(marks, 2))
        told = self.told(condition, self.seen(x.mean(dim=(2, 3))))
        for block in self.blocks:
            x = block(x, told)
        if self.attention is not None:
            x, looked = self.attention(x)
        else:
            looked = torch.zeros_like(x[:, 0])
        x = self.after(x, told)
        for thin, layer, adain, skip in zip(self.thin, self.up, self.adain, (second, first), strict=True):
            x = functional.interpolate(thin(x), scale_factor=2.0, mode="nearest") + skip
            x = _active(adain(layer(x), told))
        flow = REACH * torch.tanh(self.flow(x))
        flow = functional.interpolate(flow, scale_factor=2.0, mode="bilinear", align_corners=False)
        flow = flow + along(few, flow.shape[3])
        painted = torch.sigmoid(functional.pixel_shuffle(self.paint(x), 2))
        mask, paint = painted[:, 3:], painted[:, :3]
        if self.config.close:
            near, over, closer = close_up.put_back(self.close_ups(reference, moved, condition), reference.shape[3])
            flow = flow + closer
            # One paint over the other, as one paint and one mask.
            below = mask * (1 - over)
            mask = below + over
            paint = (below * paint + near) / mask.clamp_min(_FAINT)
        return Drawn(flow, mask, paint, looked, moved)

    def warped(self, reference: Tensor, condition: Condition) -> tuple[Tensor, Tensor, Tensor]:
        """The reference as if it had moved, where its landmarks are then, and the flow that does it, for every fourth
        pixel (n, 2, s/4, s/4).
        """
        coarse = reference[:, :, ::4, ::4]
        if not self.config.places:
            return reference, condition.places, torch.zeros_like(coarse[:, :2])
        # Where landmarks go is known, and not to be bent to what would look well.
        moved = self.moves(condition).detach()
        few = self.spread(condition.places, moved, places_on(coarse))
        return look_up(reference, along(few, reference.shape[3])), moved, few

    def close_ups(self, warped: Tensor, moved: Tensor, condition: Condition) -> tuple[close_up.View, ...]:
        """What is painted close up over a warped reference: left eye, right eye, mouth."""
        mirrored = condition._replace(
            wanted=condition.wanted[:, self.other_side], own=condition.own[:, self.other_side]
        )
        return self.close(warped, moved, self.told_close(condition), self.told_close(mirrored))


class Table3(nn.Module):
    """Table 3: Conv 7 x 7, Conv 4 x 4, four residual blocks, AdaIN, two up-convolutions, tanh."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        w = config.width
        self.told = Told(config)
        self.first = nn.Sequential(nn.Conv2d(3, w, 7, 2, 3), nn.InstanceNorm2d(w), nn.LeakyReLU(0.1))
        self.second = nn.Sequential(nn.Conv2d(w, 2 * w, 4, 2, 1), nn.InstanceNorm2d(2 * w), nn.LeakyReLU(0.1))
        self.blocks = nn.Sequential(*(_Residual(2 * w) for _ in range(config.blocks)))
        self.mix = nn.Conv2d(2 * w, 2 * w, 1)
        self.inject = AdaIN(2 * w)
        self.attention = SelfAttention(2 * w, config.heads) if config.attention else None
        self.third = nn.Sequential(nn.ConvTranspose2d(2 * w, w, 4, 2, 1), nn.InstanceNorm2d(w), nn.LeakyReLU(0.1))
        self.fourth = nn.ConvTranspose2d(w, 3, 7, 2, 3, output_padding=1)

    def forward(self, reference: Tensor, condition: Condition) -> Drawn:
        x = self.blocks(self.second(self.first(2 * reference - 1)))
        x = self.inject(self.mix(x), self.told(condition))
        if self.attention is not None:
            x, looked = self.attention(x)
        else:
            looked = torch.zeros_like(x[:, 0])
        painted = 0.5 + 0.5 * torch.tanh(self.fourth(self.third(x)))
        everywhere = torch.ones_like(painted[:, :1])
        return Drawn(torch.zeros_like(painted[:, :2]), everywhere, painted, looked, condition.places)


def mapper(config: Config) -> nn.Module:
    """The network of a configuration: (reference, Condition) -> Drawn."""
    return Fast(config) if config.kind == "fast" else Table3(config)


class Discriminators(nn.Module):
    """Is this a picture in this style? Patches at two scales, one answer map for each style."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.scales = nn.ModuleList(_patches(width) for _ in range(2))

    def forward(self, picture: Tensor, style: Tensor) -> list[Tensor]:
        """picture (n, 3, s, s), style int64 (n,). Above 0: yes."""
        out = []
        for scale in self.scales:
            answers = scale(picture - 0.5)
            out.append(answers[torch.arange(len(style), device=style.device), style])
            picture = functional.avg_pool2d(picture, 2)
        return out


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(width, width, 3, 1, 1),
            nn.InstanceNorm2d(width),
            nn.LeakyReLU(0.1),
            nn.Conv2d(width, width, 3, 1, 1),
            nn.InstanceNorm2d(width),
        )

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = functional.leaky_relu(x + self.body(x), 0.1)
        return out


def _patches(width: int) -> nn.Module:
    layers: list[nn.Module] = []
    into = 3
    for factor in (1, 2, 4):
        layers += [nn.utils.spectral_norm(nn.Conv2d(into, width * factor, 4, 2, 1)), nn.LeakyReLU(0.2)]
        into = width * factor
    return nn.Sequential(*layers, nn.Conv2d(into, len(STYLES), 3, 1, 1))


def _active(x: Tensor) -> Tensor:
    return functional.leaky_relu(x, 0.1)


def _with_places(x: Tensor) -> Tensor:
    """Two more channels: x and y, -1..1. Faces are aligned, so places mean something."""
    n, _, high, wide = x.shape
    across = torch.linspace(-1, 1, wide, dtype=x.dtype, device=x.device).expand(n, 1, high, wide)
    down = torch.linspace(-1, 1, high, dtype=x.dtype, device=x.device)[:, None].expand(n, 1, high, wide)
    return torch.cat([x, across, down], dim=1)


def _marks(places: Tensor, x: Tensor) -> Tensor:
    """A soft spot on a map like x for each landmark (n, p, 2): (n, p, h, w)."""
    far = ((places_on(x)[:, None] - places[..., None, None]) ** 2).sum(dim=2)
    return torch.exp(-far / (2 * (3.0 / x.shape[3]) ** 2))
