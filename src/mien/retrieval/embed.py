"""`Embedder`: one vector of 512 numbers for picture, words and style of an asset, and the vectors that ask for them.

Layout: the learned joint space 384 (`mien.retrieval.joint`: look, words, style graph), then 128 for the expression
exactly: x (52), x^2 (52), feeling (11), style (12), rest (1).

x are the coefficients freed from the style's bounds. Because both x and x^2 are there, a query (2wt, -w) gives the
inner product sum w(2tx - x^2), that is the weighted squared distance to t for *any* weights w: a query that is certain
of two coefficients alone, as words are, asks about these two alone. `rest` makes every asset's vector equally long, so
that the largest inner product is also the nearest on the sphere, which the graph of the index needs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT
from mien.core.arrays import Vector
from mien.core.asset import EMBEDDING, EMBEDDING_SIZE, Asset
from mien.core.emotion import Emotion
from mien.core.style import Style, built_in_styles
from mien.retrieval.faces import freed, visibility
from mien.retrieval.joint import Known, embed, feeling_of
from mien.retrieval.text import SIZE as TEXT
from mien.retrieval.text import Encoder, TextEncoder

_JOINT: Final = slice(0, TEXT)
_X: Final = slice(TEXT, TEXT + COUNT)
_XX: Final = slice(_X.stop, _X.stop + COUNT)
_FEELING: Final = slice(_XX.stop, _XX.stop + 11)
_STYLE: Final = slice(_FEELING.stop, _FEELING.stop + 12)
_KNOWN_STYLES: Final = ("realistic", "cartoon", "anime", "stylized3d")

# Shares of an asset's squared length. Shapes: 30 is more than |x|^2 + |x^2|^2 of the liveliest face; what a face leaves
# over goes to `rest`.
_JOINT_SHARE: Final = 0.3
_SHAPES_SHARE: Final = 0.5
_SHAPES_MOST: Final = 30.0
_FEELING_SHARE: Final = 0.15
_STYLE_SHARE: Final = 0.05
_SHAPES_SCALE: Final = float(np.sqrt(_SHAPES_SHARE / _SHAPES_MOST))


Joint = Callable[[Sequence[Known], Encoder], NDArray[np.float32]]
"""As `mien.retrieval.joint.embed`."""


class Embedder:
    """Makes the vectors of assets and of queries. Safe to share between threads.

    styles: id -> style, to undo their bounds; the built-in ones by default. encoder: of sentences; MiniLM by default.
    joint: the joint space; the one that ships by default.
    """

    name: Final = EMBEDDING
    size: Final = EMBEDDING_SIZE

    def __init__(
        self, styles: Mapping[str, Style] | None = None, *, encoder: Encoder | None = None, joint: Joint = embed
    ) -> None:
        self._styles = dict(styles if styles is not None else built_in_styles())
        self._encoder = encoder or TextEncoder()
        self._joint = joint

    def asset(self, asset: Asset) -> Vector:
        """float32 (512,), length 1."""
        vector: Vector = self.assets([asset])[0]
        return vector

    def assets(self, assets: Sequence[Asset]) -> NDArray[np.float32]:
        """float32 (n, 512), each of length 1."""
        if not assets:
            return np.zeros((0, EMBEDDING_SIZE), dtype=np.float32)
        names = sorted({asset.style for asset in assets})
        codes = np.array([names.index(asset.style) for asset in assets], dtype=np.int32)
        x = freed(np.stack([asset.expression.coefficients for asset in assets]), codes, names, self._styles)
        felt = np.stack([feeling_of(asset.expression.emotion) for asset in assets])
        looks = np.concatenate([x, felt], axis=1)
        known = [
            Known(look, words_of(a), a.style, a.character, a.production, a.tags)
            for look, a in zip(looks, assets, strict=True)
        ]
        return self.laid_out(
            x, felt, np.stack([style_place(asset.style) for asset in assets]), self._joint(known, self._encoder)
        )

    @staticmethod
    def laid_out(
        x: NDArray[np.float32], felt: NDArray[np.float32], styles: NDArray[np.float32], joint: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """float32 (n, 512), each of length 1, from their parts.

        x: float32 (n, 52), coefficients freed from the style. felt: float32 (n, 11), `joint.feeling_of`. styles:
        float32 (n, 12), `style_place`. joint: float32 (n, 384), length 1.
        """
        out = np.zeros((len(x), EMBEDDING_SIZE), dtype=np.float32)
        out[:, _X], out[:, _XX] = _SHAPES_SCALE * x, _SHAPES_SCALE * x**2
        out[:, _FEELING] = np.sqrt(_FEELING_SHARE) * felt
        out[:, _STYLE] = np.sqrt(_STYLE_SHARE) * styles
        out[:, _JOINT] = np.sqrt(_JOINT_SHARE) * joint
        out[:, -1] = np.sqrt(np.maximum(0.0, 1.0 - (out**2).sum(axis=1)))
        return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True), dtype=np.float32)

    def text(self, text: str) -> Vector:
        """float32 (384,), length 1: where a sentence lies in the joint space; 0 for an empty one."""
        vector: Vector = self._joint([Known(text=text)], self._encoder)[0]
        return vector

    @staticmethod
    def joint_of(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """float32 (n, 384): the part of assets' vectors that lies in the joint space, unit length."""
        return np.asarray(vectors[:, _JOINT] / np.sqrt(_JOINT_SHARE), dtype=np.float32)

    @staticmethod
    def query(
        *,
        faces: Sequence[tuple[Vector, Vector, float]] = (),
        words: tuple[Vector, float] | None = None,
        emotions: Sequence[tuple[Emotion, float]] = (),
        style: tuple[str, float] | None = None,
    ) -> Vector:
        """The vector, float32 (512,), whose inner product with an asset's grows with what is asked, each part weighted.

        faces: (coefficients, certainty, weight), float32 (52,) both. words: (sentence vector, weight).
        emotions: (emotion, weight). style: (id, weight). Parts that are absent are 0 and ask nothing.
        """
        out = np.zeros(EMBEDDING_SIZE, dtype=np.float32)
        for target, certainty, weight in faces:
            w = visibility() * certainty
            # Relative to the size of the target, as `faces.likeness` is.
            size = float((w * target**2).sum()) + 0.05 * float(w.sum()) + 1e-6
            out[_X] += weight * 2.0 * w * target / size / _SHAPES_SCALE
            out[_XX] -= weight * w / size / _SHAPES_SCALE
        if words is not None:
            out[_JOINT] = words[1] * words[0] / np.sqrt(_JOINT_SHARE)
        for emotion, weight in emotions:
            out[_FEELING] += weight * feeling_of(emotion) / np.sqrt(_FEELING_SHARE)
        if style is not None:
            out[_STYLE] = style[1] * style_place(style[0]) / np.sqrt(_STYLE_SHARE)
        return out


def words_of(asset: Asset) -> str:
    """The sentence that stands for an asset: what it shows, then its tags."""
    said = asset.text.casefold()
    tags = ", ".join(tag for tag in asset.tags if tag not in said)
    return ". ".join(part for part in (asset.text.rstrip(". "), tags) if part)


def style_place(style_id: str) -> Vector:
    """float32 (12,): four places for the built-in styles, eight shared by all others."""
    out = np.zeros(12, dtype=np.float32)
    if style_id in _KNOWN_STYLES:
        out[_KNOWN_STYLES.index(style_id)] = 1.0
    elif style_id:
        out[4 + hashlib.sha256(style_id.encode()).digest()[0] % 8] = 1.0
    return out
