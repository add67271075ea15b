"""mien: read the expression on a face, re-stage it on characters of other styles, find it again in a library.

Importing this package loads nothing heavy. Start at `mien.studio.Studio`, or at the command `mien`.
"""

__version__ = "0.1.0"
