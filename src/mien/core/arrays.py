"""Names for the arrays that travel, and the one place that checks their shape."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.errors import BadExpression

Coefficients = NDArray[np.float32]
"""float32 (52,), 0..1, ARKit order (`mien.core.arkit.COEFFICIENTS`)."""

Rgb = NDArray[np.uint8]
"""uint8 (height, width, 3), sRGB."""

Rgba = NDArray[np.uint8]
"""uint8 (height, width, 4), sRGB with straight (not premultiplied) alpha."""

Points = NDArray[np.float32]
"""float32 (n, 2) or (n, 3), pixels unless a name says otherwise; x right, y down."""

Vector = NDArray[np.float32]
"""float32 (n,)."""


def frozen(values: ArrayLike, dtype: Any = np.float32) -> NDArray[Any]:
    """Copy `values` into a read-only array."""
    array = np.array(values, dtype=dtype, copy=True)
    array.setflags(write=False)
    return array


def vector(values: ArrayLike, length: int, *, what: str, low: float, high: float, names: Sequence[str] = ()) -> Vector:
    """Check and copy a vector: `length` finite numbers between `low` and `high`.

    names: what the entries are called in errors; by number when not given. Values that pass a bound by rounding (1e-4)
    are brought back to it.

    Raises `BadExpression` that names `what` and the first bad entry.
    """
    try:
        array = np.array(values, dtype=np.float32, copy=True)
    except (TypeError, ValueError) as error:
        raise BadExpression(f"{what} must be {length} numbers.") from error
    if array.shape != (length,):
        raise BadExpression(f"{what} must be {length} numbers, not an array of shape {array.shape}.")
    least, most = array.min(), array.max()
    if not (low <= least and most <= high):  # NaN is never in between
        bad = ~((array >= low - 1e-4) & (array <= high + 1e-4))
        if bad.any():
            first = int(np.argmax(bad))
            which = names[first] if names else f"entry {first}"
            raise BadExpression(f"{what} must lie between {low:g} and {high:g}; {which} is {array[first]:g}.")
        np.clip(array, low, high, out=array)
    array.setflags(write=False)
    return array
