"""The paired benchmark of mapping: a picture of one character, another character, and what the truth would look like.

The truth is the target's own rig with the expression as it was drawn, inside the target's style; its head is at rest
and its light its own, so that the expression alone is judged. References are the target at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Coefficients, Points, Rgb
from mien.core.expression import Expression, HeadPose
from mien.mapping import Mapped
from mien.studio import Studio
from mien_lab.data import Dataset
from mien_lab.data.plan import CAST
from mien_lab.evaluation.mapping_likeness import Box, face_box

SIZE: Final = 256
_GALLERY_SEED: Final = 5


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One mapping to be judged.

    row: of the data set, the source picture. source, target: ids. truth: how the target should look, RGB (256, 256, 3).
    reference: the target at rest. bounded: float32 (52,), the true expression inside the target's style.
    landmarks: of the truth; rest: of the reference, (31, 2). box: the face in the truth.
    """

    row: int
    source: str
    target: str
    style: str
    truth: Rgb
    reference: Rgb
    bounded: Coefficients
    landmarks: Points
    rest: Points
    box: Box


class Cases:
    """Draws cases; keeps every character's reference and gallery."""

    def __init__(self, studio: Studio, data: Dataset) -> None:
        self.studio = studio
        self.data = data
        self._rest: dict[str, tuple[Rgb, Points]] = {}
        self._galleries: dict[str, tuple[NDArray[np.float32], list[Rgb]]] = {}

    def choose(self, split: str, count: int) -> list[Case]:
        """`count` cases of the split by expression or by character, the same ones every time.

        Held-out characters are shown and mapped to, both unseen; held-out expressions are of characters that trainings
        may know. Source and target are always of two styles; all twelve directions take turns.
        """
        labels = self.data.labels
        unseen = labels.character_held_out if split == "character" else ~labels.character_held_out
        held = unseen if split == "character" else unseen & labels.expression_held_out
        rng = np.random.default_rng(1 if split == "character" else 2)
        styles = list(self.data.index.plan.styles)
        directions = [(a, b) for a in styles for b in styles if a != b]
        targets = self.characters(split)
        out = []
        for k in range(count):
            from_style, to_style = directions[k % len(directions)]
            rows = np.flatnonzero(held & (labels.style == from_style) & (labels.origin == CAST))
            if len(rows) == 0:
                continue
            row = int(rows[rng.integers(len(rows))])
            out.append(self.case(row, targets[to_style][rng.integers(len(targets[to_style]))]))
        return out

    def characters(self, split: str) -> dict[str, list[str]]:
        """Style -> who may be a target."""
        plan = self.data.index.plan
        return {
            style: [c for c in ids if (c in plan.held_out[style]) == (split == "character")]
            for style, ids in plan.cast.items()
        }

    def case(self, row: int, target: str) -> Case:
        """The expression of a row on a target."""
        labels = self.data.labels
        mapped = self.mapped(labels.source[row], target)
        character = self.studio.character(target)
        reference, rest = self.rest(target)
        landmarks = character.landmarks(mapped.coefficients, SIZE)
        return Case(
            row=row,
            source=str(labels.character[row]),
            target=target,
            style=mapped.style.id,
            truth=self.render(target, mapped.coefficients),
            reference=reference,
            bounded=mapped.bounded,
            landmarks=landmarks,
            rest=rest,
            box=face_box(landmarks, SIZE),
        )

    def mapped(self, coefficients: Coefficients, target: str) -> Mapped:
        """An expression on a target, its head at rest."""
        (mapped,) = self.studio.map(Expression(coefficients, head=HeadPose()), target, exact=True)
        return mapped

    def render(self, target: str, rig: Coefficients) -> Rgb:
        """The target with these coefficients of its own, head at rest, its own light."""
        return np.ascontiguousarray(self.studio.character(target).render(rig, SIZE)[..., :3])

    def rest(self, target: str) -> tuple[Rgb, Points]:
        """A character at rest, and its landmarks."""
        if target not in self._rest:
            still = np.zeros(52, dtype=np.float32)
            self._rest[target] = self.render(target, still), self.studio.character(target).landmarks(still, SIZE)
        return self._rest[target]

    def nearest(self, bounded: Coefficients, target: str, *, among: int) -> Rgb:
        """Of `among` pictures of the target with expressions of the training split, the one nearest in coefficients."""
        if target not in self._galleries:
            chosen = [self.mapped(self._expressions[k], target) for k in range(among)]
            pictures = [self.render(target, item.coefficients) for item in chosen]
            self._galleries[target] = np.stack([item.bounded for item in chosen]), pictures
        known, pictures = self._galleries[target]
        return pictures[int(((known - bounded) ** 2).sum(axis=1).argmin())]

    @cached_property
    def _expressions(self) -> NDArray[np.float32]:
        labels = self.data.labels
        fit = np.flatnonzero(~labels.expression_held_out)
        return np.asarray(labels.source[np.random.default_rng(_GALLERY_SEED).permutation(fit)])
