"""From an expression to a character: style ranges, the measured response, the rig's own coefficients."""

from mien.mapping.retarget import Mapped, limit_head, retarget

__all__ = ["Mapped", "limit_head", "retarget"]
