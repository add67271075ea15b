"""Little languages of the command line."""

from __future__ import annotations

from collections.abc import Sequence

from mien.core.arkit import named
from mien.core.expression import Expression
from mien.errors import BadExpression


def coefficients(text: str, *, base: Expression | None = None) -> Expression:
    """Read "jawOpen=0.4,browInnerUp=1", on top of `base` if there is one. Raises `BadExpression`, `UnknownName`."""
    values: dict[str, float] = named(base.coefficients) if base else {}
    return Expression.from_coefficients({**values, **amounts(text, example="jawOpen=0.4")})


def amounts(text: str | Sequence[str], *, example: str) -> dict[str, float]:
    """Read "name=number,name=number", or several such texts. Raises `BadExpression` that shows the example."""
    out: dict[str, float] = {}
    joined = text if isinstance(text, str) else ",".join(text)
    for part in filter(None, (p.strip() for p in joined.split(","))):
        name, equals, number = part.partition("=")
        try:
            out[name.strip()] = float(number)
        except ValueError as error:
            raise BadExpression(f"'{part}' is not name=number; write for example {example}.") from error
        if not equals:
            raise BadExpression(f"'{part}' is not name=number; write for example {example}.")
    return out
