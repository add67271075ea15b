"""How a character acts: response curves and correctives, read from its file and applied before drawing.

```toml
[response.browInnerUp]      # drawn value = gain * value ** exponent (clipped to 0..1.5)
gain = 1.2
exponent = 0.9

[[corrective]]              # when all of `when` are on, `add` is added, scaled by the least of them
when = ["jawOpen", "mouthSmileLeft"]
add = { mouthUpperUpLeft = 0.3 }
```
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mien.characters.drawn.spec import Table
from mien.core.arkit import COEFFICIENTS, COUNT, INDEX
from mien.core.arrays import Coefficients
from mien.errors import BadFile, UnknownName

Values = dict[str, float]
"""Coefficient name -> drawn value, 0..1.5; all 52 names."""

_LIMIT = 1.5


@dataclass(frozen=True)
class Acting:
    """Response curves and correctives of one character."""

    gains: tuple[float, ...]
    exponents: tuple[float, ...]
    correctives: tuple[tuple[tuple[int, ...], tuple[tuple[int, float], ...]], ...]

    def then(self, other: Acting) -> Acting:
        """The same style of acting with a character's own on top: its curves multiply, its correctives add."""
        return Acting(
            tuple(a * b for a, b in zip(self.gains, other.gains, strict=True)),
            tuple(a * b for a, b in zip(self.exponents, other.exponents, strict=True)),
            self.correctives + other.correctives,
        )

    def values(self, coefficients: Coefficients) -> Values:
        """What to draw for checked coefficients (float32 (52,), 0..1)."""
        x = [float(v) for v in np.asarray(coefficients, dtype=np.float32)]
        out = [
            gain * (v if e == 1.0 else v**e) if v > 0.0 else 0.0
            for v, gain, e in zip(x, self.gains, self.exponents, strict=True)
        ]
        for when, add in self.correctives:
            amount = min(x[i] for i in when)
            if amount > 0.0:
                for i, by in add:
                    out[i] += amount * by
        return {name: min(max(v, 0.0), _LIMIT) for name, v in zip(COEFFICIENTS, out, strict=True)}


def read_acting(table: Table) -> Acting:
    """Read `response` and `corrective` of a character's table. Raises `BadFile`."""
    gains, exponents = [1.0] * COUNT, [1.0] * COUNT
    responses = table.table("response")
    for name, _ in responses.items():
        i = _index(responses, name)
        curve = responses.table(name)
        gains[i] = curve.number("gain", 1.0, low=0.05, high=_LIMIT)
        exponents[i] = curve.number("exponent", 1.0, low=0.2, high=5.0)
        curve.finish()
    correctives = []
    for entry in table.tables("corrective"):
        when = tuple(_index(entry, name) for name in entry.texts("when"))
        adds = entry.table("add")
        add = tuple((_index(adds, name), adds.number(name, low=-2.0, high=2.0)) for name, _ in adds.items())
        if not when or not add:
            raise entry.fail("when" if not when else "add", "given")
        entry.finish()
        correctives.append((when, add))
    return Acting(tuple(gains), tuple(exponents), tuple(correctives))


def _index(table: Table, name: str) -> int:
    if name not in INDEX:
        raise BadFile(f"{table.where}: {UnknownName.among('coefficient', name, COEFFICIENTS)}")
    return INDEX[name]
