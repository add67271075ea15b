"""Retarget, the exact gear: Expression x Character -> the rig's own coefficients.

expression -> the style's ranges by a smooth squash (`core.style.bound`, paper Table 5) -> contact, response curve
and correctives of the style -> the character's measured response: shapes are driven so that half the intent shows
half the travel, and what a rig cannot do by one shape is re-expressed by those that truly move (least squares over
feature points, `core.character.measure`).
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import (
    COEFFICIENTS,
    INDEX,
    REGION_OF,
    REGIONS,
    as_coefficients,
    region_indices,
    to_controls,
)
from mien.core.arrays import Coefficients, Vector, frozen
from mien.core.character import STEPS, CharacterInfo, Kind, Response
from mien.core.expression import Expression, HeadPose
from mien.core.style import Style, bound

# Below this share of what a human face of the same size would move, a shape counts as weak and gets help.
WEAK_SHARE: Final = 0.3
# So many movements are named in a note; more are counted.
_FEW: Final = 6
# How far each kind of character can turn without coming apart.
_HEAD_LIMIT_RAD: Final[dict[Kind, float]] = {
    "drawn": math.radians(25.0),
    "sculpted": math.radians(45.0),
    "imported": math.radians(45.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Mapped:
    """One expression on one character.

    source: what was asked for. bounded: float32 (52,), inside the style's ranges; these are the curves to keep.
    controls: float32 (35,), `bounded` as bipolar controls, each inside its region's range.
    coefficients: float32 (52,), the rig's own values, which `Character.render` takes.
    head: the pose, inside what the character can turn. notes: what could not be carried over as it was.
    """

    character: CharacterInfo
    style: Style
    source: Expression
    bounded: Coefficients
    controls: Vector
    coefficients: Coefficients
    head: HeadPose
    notes: tuple[str, ...] = ()

    @property
    def expression(self) -> Expression:
        """The bounded expression with the emotion of the source, as a library keeps it."""
        return Expression(
            self.bounded,
            head=self.head,
            emotion=self.source.emotion,
            confidence=self.source.confidence,
            certainty=self.source.certainty,
        )


def retarget(
    expression: Expression,
    character: CharacterInfo,
    style: Style,
    response: Response,
    *,
    human: Response | None = None,
) -> Mapped:
    """Put `expression` on a character, inside what its style allows.

    response: the character's, from `core.character.measure`.
    human: the response of a realistic face; with it, shapes that are dead or weak on this character are
        re-expressed by others. Without it they stay as they are.
    """
    bounded = bound(expression.coefficients, style)
    intent = _styled(bounded, style)
    rig = _linearised(intent, response)
    notes: list[str] = []
    if human is not None:
        rig, helped = _helped(rig, intent, response, human)
        notes.extend(helped)
    notes.extend(held_back(expression, bounded))
    notes.extend(unseen(expression))
    return Mapped(
        character=character,
        style=style,
        source=expression,
        bounded=bounded,
        controls=frozen(to_controls(bounded)),
        coefficients=as_coefficients(np.clip(rig, 0.0, 1.0)),
        head=limit_head(expression.head, _HEAD_LIMIT_RAD[character.kind]),
        notes=tuple(notes),
    )


def limit_head(head: HeadPose, limit_rad: float) -> HeadPose:
    """Squash a pose smoothly into +-`limit_rad` per axis; small turns stay as they are, the sign never changes."""

    def squash(angle: float) -> float:
        return limit_rad * math.tanh(angle / limit_rad)

    return HeadPose(squash(head.yaw_rad), squash(head.pitch_rad), squash(head.roll_rad))


def _styled(bounded: Coefficients, style: Style) -> NDArray[np.float64]:
    """Contact, response curve and correctives of the style: 0..1 intents per coefficient."""
    intent = bounded.astype(np.float64)
    bounds = style.bounds
    for name in style.contact:
        # At the bound of its range a contact is made: lids that met in the photo meet on the character.
        intent[INDEX[name]] = intent[INDEX[name]] / bounds[INDEX[name]]
    for name, exponent in (style.exponents or {}).items():
        reach = max(float(bounds[INDEX[name]]), 1e-6)
        intent[INDEX[name]] = reach * (intent[INDEX[name]] / reach) ** exponent
    for corrective in style.correctives:
        amount = min(intent[INDEX[name]] for name in corrective.when)
        for name, add in corrective.add.items():
            intent[INDEX[name]] += amount * add
    return np.clip(intent, 0.0, 1.0)


def _linearised(intent: NDArray[np.float64], response: Response) -> NDArray[np.float64]:
    """Invert the measured curves: which rig value shows this share of the travel?"""
    rig = intent.copy()
    # A slope of at least 2 % keeps the inverse a function where the rig stalls.
    shares = np.maximum.accumulate(response.curves + 0.02 * STEPS, axis=1)
    shares = shares / shares[:, -1:]
    for i in np.flatnonzero(response.is_live()):
        rig[i] = np.interp(intent[i], shares[i], STEPS)
    return rig


def _helped(
    rig: NDArray[np.float64], intent: NDArray[np.float64], response: Response, human: Response
) -> tuple[NDArray[np.float64], list[str]]:
    """Re-express what weak shapes fail to show by the live shapes of the same region."""
    ratio = response.travel / np.maximum(human.travel, 1e-6)
    helped = rig.copy()
    notes = []
    for region in REGIONS:
        indices = region_indices(region)
        live = indices[(response.travel[indices] > 0.01) & (human.travel[indices] > 0.01)]
        if len(live) == 0:
            continue
        scale = float(np.median(ratio[live]))
        wanted = WEAK_SHARE * scale * human.travel[indices]
        missing = np.clip(1.0 - response.travel[indices] / np.maximum(wanted, 1e-6), 0.0, 1.0)
        missing[human.travel[indices] <= 0.01] = 0.0
        weak = indices[(missing > 0.05) & (intent[indices] > 0.02)]
        if len(weak) == 0:
            continue
        share = {int(i): float(m) for i, m in zip(indices, missing, strict=True)}
        target = sum(intent[i] * share[int(i)] * scale * human.moves[i] for i in weak)
        basis = np.array([i for i in live if i not in set(weak.tolist())], dtype=np.intp)
        if len(basis) == 0:
            continue
        # Depth means nothing on drawn faces, so only what the camera sees is compared.
        columns = response.moves[basis][:, :, :2].reshape(len(basis), -1).T.astype(np.float64)
        extra = _bounded_least_squares(columns, np.asarray(target)[:, :2].ravel(), 1.0 - helped[basis])
        if extra.max(initial=0.0) > 0.02:
            helped[basis] += extra
            names = ", ".join(COEFFICIENTS[i] for i in weak)
            by = ", ".join(COEFFICIENTS[i] for i in basis[extra > 0.02])
            notes.append(f"Hardly moves here, shown by {by} instead: {names}.")
    return helped, notes


def _bounded_least_squares(
    columns: NDArray[np.float64], target: NDArray[np.float64], upper: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Minimise |columns x - target|^2 + small |x|^2 with 0 <= x <= upper, by coordinate descent.

    The problem is convex and has at most 27 unknowns; 60 sweeps leave nothing visible.
    """
    x = np.zeros(columns.shape[1])
    ridge = 1e-3
    norms = (columns**2).sum(axis=0) + ridge
    residual = target.astype(np.float64).copy()
    for _ in range(60):
        for j in range(len(x)):
            step = (columns[:, j] @ residual - ridge * x[j]) / norms[j]
            new = min(max(x[j] + step, 0.0), max(float(upper[j]), 0.0))
            residual -= columns[:, j] * (new - x[j])
            x[j] = new
    return x


def unseen(expression: Expression) -> list[str]:
    """A note on what nobody knows of the face: what no reader can see, or was not set."""
    names = [n for n in COEFFICIENTS if expression.certainty[INDEX[n]] == 0.0]
    if len(names) > _FEW:
        return [f"Nothing is known of {len(names)} of the {len(COEFFICIENTS)} movements, so they are left at rest."]
    words = [re.sub("[A-Z]", lambda capital: f" {capital[0].lower()}", name) for name in names]
    return [f"Could not be seen, so left at rest: {', '.join(words)}."] if words else []


def held_back(expression: Expression, bounded: Coefficients) -> list[str]:
    """Notes on what the style held back by more than a fifth of the full travel, by region."""
    held: dict[str, list[str]] = {}
    for i in np.flatnonzero(expression.coefficients - bounded > 0.2):
        name = COEFFICIENTS[i]
        held.setdefault(REGION_OF[name], []).append(f"{name} {expression.coefficients[i]:.2f} to {bounded[i]:.2f}")
    return [f"Held back by the style's {region} range: {', '.join(parts)}." for region, parts in held.items()]
