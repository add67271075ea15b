"""From an expression to a character: style ranges, the measured response, the rig's own coefficients."""

from mien.mapping.complete import complete
from mien.mapping.retarget import Mapped, limit_head, retarget
from mien.mapping.temporal import steadied

__all__ = ["Mapped", "complete", "limit_head", "retarget", "steadied"]
