"""How much memory mapping takes: one fresh process, which does what a user does."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from mien.studio import Studio, pictures

_TARGET = "leila"

_SCRIPT = """
import sys
from pathlib import Path
from mien_lab.evaluation.mapping_net import network_of
from mien.studio import Studio
studio = Studio(mapper=network_of(Path(sys.argv[3]) if sys.argv[3] else None))
expression = studio.read(Path(sys.argv[1])).expression
for mapped in studio.map(expression, "four"):
    studio.render(mapped, 512)
studio.redraw(expression, studio.target(Path(sys.argv[2])))
# Not ru_maxrss: a child begins with its parent's.
status = Path("/proc/self/status").read_text()
print(int(status.split("VmHWM:")[1].split()[0]) / 1024)
"""


def memory_mb(mapper: Path | None) -> float:
    """The most memory of a process that reads a photo, maps it to one character of each style and onto a picture."""
    from skimage import data as sample_pictures

    from mien.core.expression import Expression

    with tempfile.TemporaryDirectory() as folder:
        photo, target = Path(folder) / "photo.png", Path(folder) / "target.png"
        pictures.save(sample_pictures.astronaut(), photo)
        studio = Studio()
        pictures.save(studio.render(studio.map(Expression.neutral(), _TARGET)[0]), target)
        command = [sys.executable, "-c", _SCRIPT, str(photo), str(target), str(mapper or "")]
        out = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(out.stdout)
