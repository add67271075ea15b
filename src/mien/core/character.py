"""`Character`, one face that can be posed, and `Response`, how far it really moves.

Names of shapes promise nothing (on one public rig with all 52 ARKit names jawOpen barely moves the jaw), so every
character is measured through its feature points before anything is retargeted to it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COUNT
from mien.core.arrays import Coefficients, Points, Rgba
from mien.core.expression import HeadPose
from mien.errors import BadExpression

Kind = Literal["drawn", "sculpted", "imported"]

FEATURES: Final[tuple[str, ...]] = (
    "brow_inner_left", "brow_mid_left", "brow_outer_left", "brow_inner_right", "brow_mid_right", "brow_outer_right",
    "lid_upper_left", "lid_lower_left", "lid_upper_right", "lid_lower_right", "iris_left", "iris_right",
    "nose_tip", "nose_wing_left", "nose_wing_right", "cheek_left", "cheek_right",
    "mouth_corner_left", "mouth_corner_right", "lip_upper", "lip_lower", "lip_upper_left", "lip_upper_right",
    "lip_lower_left", "lip_lower_right", "lip_upper_inner", "lip_lower_inner",
    "chin", "jaw_left", "jaw_right", "tongue_tip",
)  # fmt: skip
"""Points that every character has. Left is the subject's left."""


def mirrored_features() -> NDArray[np.intp]:
    """For every feature which one lies in its place in a mirror: int (31,)."""
    return np.array([FEATURES.index(_other_side(name)) for name in FEATURES], dtype=np.intp)


def _other_side(name: str) -> str:
    if name.endswith("_left"):
        return name.removesuffix("_left") + "_right"
    return name.removesuffix("_right") + "_left" if name.endswith("_right") else name


@dataclass(frozen=True, slots=True)
class CharacterInfo:
    """What is said about a character: `id` is lower case and unique, `tags` are free words for search. `licence`: who
    made one that somebody brought, and who may use it.
    """

    id: str
    name: str
    style: str
    kind: Kind
    description: str = ""
    tags: tuple[str, ...] = ()
    licence: str = ""


@runtime_checkable
class Character(Protocol):
    """One face that can be posed. Rendering is deterministic: same arguments, same bytes."""

    @property
    def info(self) -> CharacterInfo:
        """Name, style and kind."""
        ...

    def render(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = ...) -> Rgba:
        """Draw the face: uint8 (size, size, 4), opaque background included.

        coefficients: the *rig's own* values, float32 (52,), 0..1, as `mapping.retarget` returns them.
        """
        ...

    def features(self, coefficients: Coefficients) -> Points:
        """Where `FEATURES` are, frontal pose: float32 (31, 3), unit = distance between the resting irises,
        origin midway between them, x to the subject's left, y up, z towards the camera (0 on drawn faces where
        depth means nothing).
        """
        ...

    def landmarks(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = ...) -> Points:
        """Where `FEATURES` are in the picture that `render` gives for the same arguments: float32 (31, 2), pixels,
        x right, y down, (0, 0) the upper left corner of the upper left pixel.
        """
        ...


@dataclass(frozen=True, slots=True)
class Light:
    """Where the strongest light comes from, as the camera sees it.

    azimuth_rad: positive from the right of the picture; elevation_rad: positive from above; both 0 is the camera's
    own place. strength: 1 is usual, 0..3. warmth: -1 blue sky .. 1 candle, 0 as the character's own light.
    """

    azimuth_rad: float
    elevation_rad: float
    strength: float = 1.0
    warmth: float = 0.0

    def __post_init__(self) -> None:
        bounds = (("azimuth_rad", -np.pi, np.pi), ("elevation_rad", -np.pi / 2, np.pi / 2),
                  ("strength", 0.0, 3.0), ("warmth", -1.0, 1.0))  # fmt: skip
        for name, low, high in bounds:
            if not low <= getattr(self, name) <= high:
                raise BadExpression(f"A light's {name} must lie between {low:.4g} and {high:.4g}.")

    @property
    def direction(self) -> NDArray[np.float32]:
        """float32 (3,), unit vector towards the light: x right, y up, z to the camera."""
        level = np.cos(self.elevation_rad)
        parts = (level * np.sin(self.azimuth_rad), np.sin(self.elevation_rad), level * np.cos(self.azimuth_rad))
        return np.array(parts, dtype=np.float32)


@runtime_checkable
class LitCharacter(Character, Protocol):
    """A character whose light can be moved."""

    def render_lit(self, coefficients: Coefficients, size: int = 256, *, head: HeadPose = ..., light: Light) -> Rgba:
        """`render` with the strongest light somewhere else."""
        ...


@runtime_checkable
class DrawnCharacter(Character, Protocol):
    """A character whose picture is vectors."""

    def svg(self, coefficients: Coefficients, *, head: HeadPose = ...) -> str:
        """The picture as one self-contained SVG document, viewBox 0 0 512 512."""
        ...


STEPS: Final = np.array([0.0, 0.25, 0.5, 0.75, 1.0], dtype=np.float32)


@dataclass(frozen=True, slots=True)
class Response:
    """How a character's feature points move under each coefficient alone.

    moves: float32 (52, 31, 3), displacement at 1, in inter-iris units.
    travel: float32 (52,), length of that displacement over all points (root of the summed squares).
    curves: float32 (52, 5), share of the travel reached at `STEPS`, non-decreasing from 0 to 1.
    """

    moves: NDArray[np.float32]
    travel: NDArray[np.float32]
    curves: NDArray[np.float32] = field(repr=False)

    def is_live(self, *, above: float = 0.01) -> NDArray[Any]:
        """bool (52,): does the coefficient move anything by more than `above` of the inter-iris distance?"""
        return np.asarray(self.travel > above)


def measure(character: Character) -> Response:
    """Move each coefficient alone from 0 to 1 and see what the feature points do."""
    rest = character.features(np.zeros(COUNT, dtype=np.float32))
    moves = np.zeros((COUNT, len(FEATURES), 3), dtype=np.float32)
    curves = np.tile(STEPS, (COUNT, 1))
    for i in range(COUNT):
        lengths = np.zeros(len(STEPS), dtype=np.float32)
        for j, step in enumerate(STEPS[1:], start=1):
            pose = np.zeros(COUNT, dtype=np.float32)
            pose[i] = step
            moves[i] = character.features(pose) - rest
            lengths[j] = np.linalg.norm(moves[i])
        if lengths[-1] > 1e-6:
            curves[i] = np.maximum.accumulate(np.clip(lengths / lengths[-1], 0.0, 1.0))
    travel = np.linalg.norm(moves.reshape(COUNT, -1), axis=1)
    for array in (moves, travel, curves):
        array.setflags(write=False)
    return Response(moves, travel.astype(np.float32), curves)
