"""The learned joint space of looks, words and what an asset belongs to: unit vectors of 384 numbers.

The network and what it learned from: docs/models/joint.md.

Whatever is known of an asset or asked by a query goes in, whatever is not is left out: a picture nobody described lies
near the sentences that describe it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.core.arkit import COUNT
from mien.core.arrays import Vector
from mien.core.emotion import Emotion
from mien.retrieval.text import SIZE, Encoder

LOOK: Final = COUNT + 11
"""Numbers of a look: coefficients freed from their style, then probabilities, valence, arousal, intensity."""

NODES: Final = 8
KINDS: Final = 5
"""No node, style, character, production, tag."""

_BATCH: Final = 256


def feeling_of(emotion: Emotion) -> Vector:
    """float32 (11,): the direction of (probabilities, valence, arousal), and the intensity; of length 1 at most."""
    v = emotion.vector
    direction = v / max(float(np.linalg.norm(v)), 1e-6)
    return np.append(0.95 * direction, 0.3 * emotion.intensity).astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What is known of one asset, or asked. look: float32 (63,) or None. text: "" for none; names likewise."""

    look: Vector | None = None
    text: str = ""
    style: str = ""
    character: str = ""
    production: str = ""
    tags: tuple[str, ...] = ()

    @property
    def nodes(self) -> list[tuple[int, str]]:
        """(kind, name) of at most 8 nodes of the style graph."""
        named = [(1, self.style), (2, self.character), (3, self.production), *((4, tag) for tag in self.tags)]
        return [(kind, name) for kind, name in named if name][:NODES]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """The network's inputs: look (n, 63), text (n, 384), nodes (n, 8, 384), kinds (n, 8), present (n, 2)."""

    look: NDArray[np.float32]
    text: NDArray[np.float32]
    nodes: NDArray[np.float32]
    kinds: NDArray[np.int64]
    present: NDArray[np.float32]


def batch_of(known: Sequence[Known], encoder: Encoder) -> Batch:
    """Names and sentences as vectors, what is missing as zeros."""
    n = len(known)
    out = Batch(
        np.zeros((n, LOOK), np.float32),
        np.zeros((n, SIZE), np.float32),
        np.zeros((n, NODES, SIZE), np.float32),
        np.zeros((n, NODES), np.int64),
        np.zeros((n, 2), np.float32),
    )
    said = sorted({item.text for item in known} | {name for item in known for _, name in item.nodes} - {""})
    vectors = dict(zip(said, encoder.encode(said), strict=True)) if said else {}
    for i, item in enumerate(known):
        if item.look is not None:
            out.look[i], out.present[i, 0] = item.look, 1.0
        if item.text:
            out.text[i], out.present[i, 1] = vectors[item.text], 1.0
        for j, (kind, name) in enumerate(item.nodes):
            out.nodes[i, j], out.kinds[i, j] = vectors[name], kind
    return out


def embed(known: Sequence[Known], encoder: Encoder) -> NDArray[np.float32]:
    """float32 (n, 384), each of length 1; 0 where nothing at all is known. Raises `ResourceMissing`."""
    if not known:
        return np.zeros((0, SIZE), np.float32)
    parts = []
    for start in range(0, len(known), _BATCH):
        b = batch_of(known[start : start + _BATCH], encoder)
        run = resources.session("joint").run
        vectors = run(look=b.look, text=b.text, nodes=b.nodes, kinds=b.kinds, present=b.present)["joint"]
        empty = (b.present.sum(axis=1) == 0) & (b.kinds.sum(axis=1) == 0)
        parts.append(np.where(empty[:, None], 0.0, vectors).astype(np.float32))
    return np.concatenate(parts)
