"""Little languages of the command line."""

from __future__ import annotations

from mien.core.arkit import named
from mien.core.expression import Expression
from mien.errors import BadExpression


def coefficients(text: str, *, base: Expression | None = None) -> Expression:
    """Read "jawOpen=0.4,browInnerUp=1", on top of `base` if there is one. Raises `BadExpression`, `UnknownName`."""
    values: dict[str, float] = named(base.coefficients) if base else {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, equals, number = part.partition("=")
        try:
            values[name.strip()] = float(number)
        except ValueError as error:
            raise BadExpression(f"'{part}' is not name=number; write for example jawOpen=0.4.") from error
        if not equals:
            raise BadExpression(f"'{part}' is not name=number; write for example jawOpen=0.4.")
    return Expression.from_coefficients(values)
