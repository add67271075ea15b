"""The dual-stream encoder: what is felt apart from who feels it and how it is drawn (paper 3.1, Tables 1 and 2).

    picture (n, 3, s, s) RGB 0..1
      |-- grey -------------> expression stream --+-- regions --> expression 128
      |                         |  exchange       |
      |-- colour, half size --> identity stream --+-----------> identity 64, style 48, auxiliary 16

The expression stream sees no colour, so skin, hair and paint tell it little; the identity stream sees half the detail.
They exchange by cross-attention after each of the last three stages. Four region maps look closer at mouth, eyes, brows
and cheeks; where the data set's masks say what lies where, they are trained to cover it. 31 landmarks are found on the
finest maps, and the expression is read from their places and from what is seen at each of them, too: how open an eye
is, is a distance before it is a look. Where they are, eyes and mouth are looked at once more in the picture itself
(`closer`), for the coefficients alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from mien.core.arkit import COUNT
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS
from mien.perception.encode import LOOKS_LIKE, SIDE
from mien_lab.networks import closer
from mien_lab.networks.attention import Exchange, Landmarks, Regions, looked_at
from mien_lab.networks.trunk import Stage, Trunk, lite0, resnet50, small

PARTS: Final = {"identity": 64, "expression": 128, "style": 48, "auxiliary": 16}
"""Dimensions of the latent's parts, in its order (Table 2)."""

STYLES: Final = LOOKS_LIKE
"""Classes of the style head; a photo of a real person is a style of its own."""

FER_CLASSES: Final = ("neutral", "happiness", "sadness", "anger", "surprise", "fear", "disgust")
"""FER-2013's own seven labels, one annotator's, which differ from the votes of FER+ in a third of all pictures."""

REGIONS: Final = ("mouth", "eye", "brow", "cheek")

_PLACED: Final = 48
"""Channels of the coarsest map that keep their places: a mean over the face knows no left and right."""

PLACES: Final = 2 * len(FEATURES)
"""Numbers that say where the landmarks are."""

_PLACES_SCALE: Final = 4.0

_NEAR: Final = 24
"""Channels that are looked at under every landmark: whether teeth show, is seen there and nowhere else."""

_GREY: Final = (0.299, 0.587, 0.114)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that decides the network's shape.

    kind: "dual" is ours; the others are the rows of Table 1 that it is held against.
    """

    name: str
    side: int = SIDE
    trunk: Literal["lite0", "resnet50"] = "lite0"
    companion: tuple[int, ...] = (48, 64, 96, 128)
    exchange: int = 32
    look: int = 96
    kind: Literal["dual", "single", "transformer", "hybrid"] = "dual"


CONFIGS: Final = {
    config.name: config
    for config in (
        Config("compact"),
        Config("paper", trunk="resnet50", companion=(48, 80, 128, 192), exchange=64, look=112),
        Config("single", kind="single"),
        Config("transformer", kind="transformer"),
        Config("hybrid", kind="hybrid"),
    )
}


class Encoded(NamedTuple):
    """mean, spread (log variance): (n, 256), order of `PARTS`. regions: (n, 4, s, s), order `REGIONS`.

    landmarks: (n, 31, 2), -1..1 over the picture, order `core.character.FEATURES`. under: (n, 31 * 24), what is seen at
    each of them. close: (n, `closer.SEEN`), what a closer look sees. finest: (n, 31, 2), the landmarks where it sees
    them.
    """

    mean: Tensor
    spread: Tensor
    regions: Tensor
    landmarks: Tensor
    under: Tensor
    close: Tensor
    finest: Tensor


class Answers(NamedTuple):
    """What the heads say.

    coefficients: logits (n, 52). emotion: logits (n, 8). fer: logits (n, 7). affect: valence and arousal (n, 2), -1..1.
    head: yaw and pitch (n, 2), radians. identity: logits (n, characters). style: logits (n, 5).
    """

    coefficients: Tensor
    emotion: Tensor
    fer: Tensor
    affect: Tensor
    head: Tensor
    identity: Tensor
    style: Tensor


class DualStream(nn.Module):
    """Both streams down to the latent."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.salient = lite0() if config.trunk == "lite0" else resnet50()
        widths = self.salient.widths
        a, b, c, d = config.companion
        # Half the picture's side and a stem of stride 2: its maps are as large as the salient stream's.
        stages = [Stage(a, 1, stride=1), Stage(b, 1), Stage(c, 1), Stage(d, 1)]
        self.companion = small(stages, stem=32)
        pairs = list(zip(widths, config.companion, strict=True))[1:]
        self.exchanges = nn.ModuleList(Exchange(first, second, width=config.exchange) for first, second in pairs)
        self.fine = nn.Conv2d(widths[0], config.look, 1)
        self.near = nn.Conv2d(widths[1], config.look, 1)
        self.far = nn.Conv2d(widths[2], config.look, 1)
        self.regions = Regions(config.look, len(REGIONS))
        self.landmarks = Landmarks(config.look, len(FEATURES))
        self.under = nn.Conv2d(config.look, _NEAR, 1)
        self.closer = closer.Closer()
        # The whole face once without places and once with them, every region's two sides, and the landmarks: where
        # they are and what is seen there.
        self.places = nn.Conv2d(widths[3], _PLACED, 1)
        self.coarse = math.ceil(config.side / 32)
        seen = widths[3] + _PLACED * self.coarse**2 + 2 * len(REGIONS) * config.look + PLACES + _NEAR * len(FEATURES)
        self.expression = _to_latent(seen, PARTS["expression"])
        rest = sum(PARTS.values()) - PARTS["expression"]
        self.rest = _to_latent(config.companion[3], rest)

    def forward(self, picture: Tensor) -> Encoded:
        # Published weights know colour, and a contrast of about a half.
        salient, companion = (0.5 * grey(picture)).expand(-1, 3, -1, -1), _colour(picture)
        salient = self.salient.stages[0](salient)
        companion = self.companion.stages[1](self.companion.stages[0](companion))
        fine = self.fine(salient)
        maps = []
        for i, exchange in enumerate(self.exchanges, start=1):
            salient = self.salient.stages[i](salient)
            companion = self.companion.stages[i + 1](companion)
            salient, companion = exchange(salient, companion)
            maps.append(salient)
        near = self.near(maps[0])
        far = functional.interpolate(self.far(maps[1]), size=near.shape[2:], mode="bilinear")
        coarse = near + far
        attention, looks = self.regions(torch.relu(coarse))
        coarse = functional.interpolate(coarse, size=fine.shape[2:], mode="bilinear")
        sharp = torch.relu(fine + coarse)
        landmarks = self.landmarks(sharp)
        # Where a landmark lies is not to be moved by what would be good to see there.
        under = torch.relu(looked_at(self.under(sharp), landmarks.detach())).flatten(1)
        placed = torch.relu(self.places(salient))
        if placed.shape[2] != self.coarse:
            # Early in a training pictures are smaller; their places are the same shares of the face.
            placed = functional.interpolate(placed, size=self.coarse, mode="bilinear", align_corners=False)
        placed = placed.flatten(1)
        # Differences of places are small numbers beside what the maps say.
        places = _PLACES_SCALE * landmarks.flatten(1)
        felt = self.expression(torch.cat([salient.mean(dim=(2, 3)), placed, looks, places, under], dim=1))
        rest = self.rest(companion.mean(dim=(2, 3)))
        close, finest = self.closer(picture, landmarks.detach())
        return Encoded(*_joined(felt, rest), attention, landmarks, under, close, finest)


class SingleStream(nn.Module):
    """The salient trunk alone, in colour, without regions: the first row of Table 1."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.salient = lite0() if config.trunk == "lite0" else resnet50()
        self.latent = _to_latent(self.salient.widths[3], sum(PARTS.values()))

    def forward(self, picture: Tensor) -> Encoded:
        x = (picture - 0.5) / 0.25
        for stage in self.salient.stages:
            x = stage(x)
        mean, spread = self.latent(x.mean(dim=(2, 3))).chunk(2, dim=1)
        return Encoded(mean, spread, *_nowhere(picture))


class Hybrid(nn.Module):
    """A convolutional trunk whose last maps an LSTM reads row by row: the third row of Table 1."""

    def __init__(self, config: Config) -> None:
        super().__init__()
        self.salient = lite0() if config.trunk == "lite0" else resnet50()
        self.lstm = nn.LSTM(self.salient.widths[2], 192, num_layers=1, batch_first=True, bidirectional=True)
        self.latent = _to_latent(384, sum(PARTS.values()))

    def forward(self, picture: Tensor) -> Encoded:
        x = (picture - 0.5) / 0.25
        for stage in list(self.salient.stages)[:3]:
            x = stage(x)
        rows, _ = self.lstm(x.flatten(2).transpose(1, 2))
        mean, spread = self.latent(rows.mean(dim=1)).chunk(2, dim=1)
        return Encoded(mean, spread, *_nowhere(picture))


class Transformer(nn.Module):
    """Patches of 14 px, six layers of self-attention (Dosovitskiy et al. 2021): the second row of Table 1."""

    def __init__(self, config: Config, *, width: int = 192, layers: int = 6) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, width, 14, 14)
        self.place = nn.Parameter(torch.randn(1, (config.side // 14) ** 2, width) * 0.02)
        layer = nn.TransformerEncoderLayer(width, 6, width * 3, 0.1, batch_first=True, norm_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.latent = _to_latent(width, sum(PARTS.values()))

    def forward(self, picture: Tensor) -> Encoded:
        x = self.patches((picture - 0.5) / 0.25).flatten(2).transpose(1, 2) + self.place
        mean, spread = self.latent(self.layers(x).mean(dim=1)).chunk(2, dim=1)
        return Encoded(mean, spread, *_nowhere(picture))


class Heads(nn.Module):
    """Every head sees its own part of the latent only; that is what makes the parts mean something. Coefficients are
    told from landmarks, too, where they lie and what is seen there, and from a closer look: a jaw that is pushed to one
    side is a matter of places, and slight.
    """

    def __init__(self, identities: Sequence[str]) -> None:
        super().__init__()
        self.identities = tuple(identities)
        width = PARTS["expression"]
        self.coefficients = nn.Sequential(nn.Linear(width, 192), nn.ReLU(), nn.Linear(192, COUNT))
        seen = PLACES + _NEAR * len(FEATURES) + closer.SEEN
        self.geometry = nn.Sequential(nn.Linear(seen, 256), nn.ReLU(), nn.Dropout(0.3), nn.Linear(256, COUNT))
        self.silence_geometry()
        self.emotion = nn.Linear(width, len(EMOTIONS))
        self.fer = nn.Linear(width, len(FER_CLASSES))
        self.affect = nn.Linear(width, 2)
        self.identity = nn.Linear(PARTS["identity"], len(self.identities))
        self.style = nn.Linear(PARTS["style"], len(STYLES))
        self.head = nn.Linear(PARTS["auxiliary"], 2)

    def silence_geometry(self) -> None:
        """Make the geometry head say nothing, as it begins."""
        last = self.geometry[3]
        assert isinstance(last, nn.Linear)
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)

    def forward(self, encoded: Encoded) -> Answers:
        identity, expression, style, auxiliary = split(encoded.mean)
        return Answers(
            coefficients=self.coefficients(expression)
            + self.geometry(seen_closely(encoded.finest, encoded.under, encoded.close)),
            emotion=self.emotion(expression),
            fer=self.fer(expression),
            affect=torch.tanh(self.affect(expression)),
            head=self.head(auxiliary),
            identity=self.identity(identity),
            style=self.style(style),
        )


class Decoder(nn.Module):
    """The latent as a small picture (n, 3, 56, 56), 0..1: what it keeps of a face, made visible.

    It is kept small on purpose: what it cannot guess, the latent must say.
    """

    side: Final = 56

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.width = width
        self.start = nn.Linear(sum(PARTS.values()), width * 49)
        self.ups = nn.Sequential(_up(width, 48), _up(48, 24), nn.Conv2d(24, 12, 3, 1, 1), nn.PixelShuffle(2))

    def forward(self, latent: Tensor) -> Tensor:
        x = torch.relu(self.start(latent)).reshape(-1, self.width, 7, 7)
        return torch.sigmoid(self.ups(x))


class Encoder(nn.Module):
    """Encoder, heads and decoder of one configuration."""

    def __init__(self, config: Config, identities: Sequence[str]) -> None:
        super().__init__()
        self.config = config
        self.body = _BODIES[config.kind](config)
        self.heads = Heads(identities)
        self.decoder = Decoder()

    def forward(self, picture: Tensor) -> tuple[Encoded, Answers]:
        encoded = self.body(picture)
        return encoded, self.heads(encoded)

    @property
    def trunk(self) -> Trunk | None:
        """The part that may begin with published weights."""
        return getattr(self.body, "salient", None)


_BODIES: Final[dict[str, type[nn.Module]]] = {
    "dual": DualStream,
    "single": SingleStream,
    "transformer": Transformer,
    "hybrid": Hybrid,
}


def seen_closely(landmarks: Tensor, under: Tensor, close: Tensor) -> Tensor:
    """What the geometry head is given, (n, f): where landmarks (n, 31, 2) lie (the first `PLACES`), what is seen at
    each, and what the closer look sees.
    """
    return torch.cat([places_of(landmarks), under, close], dim=1)


def places_of(landmarks: Tensor) -> Tensor:
    """Landmarks (n, 31, 2) from their own middle, a row each (n, `PLACES`): where the crop lies, is no expression."""
    return _PLACES_SCALE * (landmarks - landmarks.mean(dim=1, keepdim=True)).flatten(1)


def split(latent: Tensor) -> tuple[Tensor, ...]:
    """The four parts of a latent (n, 256), order of `PARTS`."""
    return torch.split(latent, list(PARTS.values()), dim=1)


def parameters_m(module: nn.Module) -> float:
    """Parameters in millions."""
    return sum(p.numel() for p in module.parameters()) / 1e6


def _to_latent(into: int, dimensions: int) -> nn.Module:
    return nn.Sequential(nn.Linear(into, 320), nn.ReLU(), nn.Dropout(0.2), nn.Linear(320, 2 * dimensions))


def _joined(felt: Tensor, rest: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread of the whole latent, from what either stream says of its parts."""

    def order(expression: Tensor, others: Tensor) -> Tensor:
        identity, style, auxiliary = torch.split(others, [PARTS["identity"], PARTS["style"], PARTS["auxiliary"]], dim=1)
        return torch.cat([identity, expression, style, auxiliary], dim=1)

    felt_mean, felt_spread = felt.chunk(2, dim=1)
    rest_mean, rest_spread = rest.chunk(2, dim=1)
    return order(felt_mean, rest_mean), order(felt_spread, rest_spread)


def grey(picture: Tensor) -> Tensor:
    """Luminance of pictures (n, 3, h, w), brought to mean 0 and contrast 1: (n, 1, h, w)."""
    weights = torch.tensor(_GREY, dtype=picture.dtype, device=picture.device).reshape(1, 3, 1, 1)
    light = (picture * weights).sum(dim=1, keepdim=True)
    mean = light.mean(dim=(2, 3), keepdim=True)
    return (light - mean) / ((light - mean) ** 2).mean(dim=(2, 3), keepdim=True).add(1e-4).sqrt()


def _colour(picture: Tensor) -> Tensor:
    return functional.avg_pool2d((picture - 0.5) / 0.25, 2)


def _nowhere(picture: Tensor) -> tuple[Tensor, ...]:
    """Regions, landmarks and what is seen there, of a network that looks for none."""
    n = len(picture)
    shapes = ((len(FEATURES), 2), (_NEAR * len(FEATURES),), (closer.SEEN,), (len(FEATURES), 2))
    regions = picture.new_full((n, len(REGIONS), 14, 14), 1 / 196)
    return regions, *(picture.new_zeros((n, *shape)) for shape in shapes)


def _up(into: int, width: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(into, 4 * width, 3, 1, 1, bias=False), nn.PixelShuffle(2), nn.BatchNorm2d(width), nn.ReLU()
    )
