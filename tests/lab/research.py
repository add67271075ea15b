"""Where tests look for the photos and scans that others gathered (docs/lab.md); those that need them skip without."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]


def research_folder() -> Path:
    """`data/` of the project, or where that is not there the folder that several checkouts share beside them."""
    folders = [ROOT / "data", ROOT.parent / "shared/data"]
    return next((folder for folder in folders if folder.is_dir()), folders[0])
