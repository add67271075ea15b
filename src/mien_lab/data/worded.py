"""Faces with what belongs to them and what people say of them: what the joint embedding learns from, and is judged by.

Relevance comes from the coefficients as drawn and the emotion the rule gives them, as everywhere in the lab.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.core.sampling import sample
from mien.core.style import bound, built_in_styles
from mien.core.words import describe
from mien.retrieval.faces import freed
from mien.retrieval.joint import Known, feeling_of
from mien_lab.data.descriptions import Wordings, described
from mien_lab.data.relevance import relevance

STYLES: Final = ("realistic", "cartoon", "anime", "stylized3d")
_FIRST: Final = ("Ana", "Bo", "Cleo", "Dara", "Emil", "Fay", "Goran", "Hana", "Iris", "Jonas", "Kira", "Lev", "Mona",
                 "Nils", "Oona", "Pavel", "Quinn", "Rosa", "Sami", "Tove", "Uma", "Vera", "Willow", "Xenia",
                 "Yan", "Zoe", "Arlo", "Bela", "Cosmo", "Dot", "Edgar", "Flint", "Greta", "Hugo", "Ines",
                 "Jade")  # fmt: skip
_HELD_FIRST: Final = ("Mika", "Otto", "Elena", "Finn", "Ren", "Leila", "Marcus", "Suna")
_SHOWS: Final = ("River of Glass", "Northern Lights", "Tin Soldiers", "The Long Summer", "Paper Moon", "Saltwater")
_HELD_SHOWS: Final = ("Lanterns", "Copper Sky")
_TAGS: Final = ("close up", "hero", "night", "rain", "wet hair", "crowd", "finale", "rough", "approved", "lip sync",
                "glasses", "hat", "child", "villain", "kitchen", "forest", "key pose", "breakdown", "flashback", "song",
                "running", "telephone", "smoke", "candle light")  # fmt: skip
_HELD_TAGS: Final = ("lantern", "snow", "profile", "battle", "wedding", "spaceship")


@dataclass(frozen=True, slots=True, eq=False)
class Worded:
    """n faces. sources: float32 (n, 52), as drawn. emotions: float32 (n, 10) by rule. looks: float32 (n, 63), as a
    library has them: bounded by the style and freed again. said: a few descriptions of each, of the face alone.
    own: mien's own description of each, as `mien add` writes it. styles, characters, shows: a name each, tags: a tuple
    each.
    """

    sources: NDArray[np.float32]
    emotions: NDArray[np.float32]
    looks: NDArray[np.float32]
    said: tuple[tuple[str, ...], ...]
    own: tuple[str, ...]
    styles: tuple[str, ...]
    characters: tuple[str, ...]
    shows: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.said)

    def known(self, i: int, *, look: bool, text: str = "", graph: bool) -> Known:
        """A view of one: its look or not, these words, what it belongs to or not."""
        return Known(
            self.looks[i] if look else None,
            text,
            *((self.styles[i], self.characters[i], self.shows[i], self.tags[i]) if graph else ()),
        )

    def relevance(self, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> NDArray[np.float32]:
        """float32 (rows, columns), 0..1: see `data.relevance`."""
        parts = [(self.sources[i], self.emotions[i]) for i in (rows, columns)]
        return relevance(*parts[0], *parts[1]).astype(np.float32)


def worded(count: int, seed: int, *, wordings: Wordings = "said", sentences: int = 2) -> Worded:
    """Draw faces, names and sentences. wordings: "held" also takes names that training never met."""
    rng = np.random.default_rng(seed)
    held = wordings == "held"
    styles = built_in_styles()
    people = _HELD_FIRST if held else _FIRST
    shows, tags = (_HELD_SHOWS, _HELD_TAGS) if held else (_SHOWS, _TAGS)
    drawn = [sample(rng, head_rad=0.04).expression for _ in range(count)]
    sources = np.stack([d.coefficients for d in drawn])
    truths = [Expression(row) for row in sources]
    chosen = [STYLES[int(i)] for i in rng.integers(0, len(STYLES), count)]
    shown = [Expression(bound(row, styles[name])) for row, name in zip(sources, chosen, strict=True)]
    codes = np.array([STYLES.index(name) for name in chosen], dtype=np.int32)
    x = freed(np.stack([e.coefficients for e in shown]), codes, list(STYLES), styles)
    looks = np.concatenate([x, np.stack([feeling_of(e.emotion) for e in shown])], axis=1)
    return Worded(
        sources,
        np.stack([e.emotion.vector[: len(EMOTIONS) + 2] for e in truths]),
        looks.astype(np.float32),
        tuple(tuple(described(e, rng, wordings=wordings) for _ in range(sentences)) for e in truths),
        tuple(describe(e) for e in shown),
        tuple(chosen),
        tuple(people[int(i)] for i in rng.integers(0, len(people), count)),
        tuple(shows[int(i)] for i in rng.integers(0, len(shows), count)),
        tuple(tuple(str(t) for t in rng.choice(tags, size=int(k), replace=False)) for k in rng.integers(0, 4, count)),
    )
