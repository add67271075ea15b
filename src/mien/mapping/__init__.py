"""From an expression to a character: style ranges, the measured response, the rig's own coefficients."""

from mien.mapping.complete import complete
from mien.mapping.retarget import Mapped, limit_head, retarget
from mien.mapping.temporal import Steady, steadied

__all__ = ["Mapped", "Steady", "complete", "limit_head", "retarget", "steadied"]
