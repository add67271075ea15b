"""Where things are: the user's folders, and the environment variables that move them.

`MIEN_LIBRARY`: the library that commands use when none is named. `MIEN_CONFIG`: the folder of styles and
characters of one's own. (`MIEN_CACHE` is read in `mien.resources`, `MIEN_TOKEN` in `mien.server`.)
"""

from __future__ import annotations

import os
from pathlib import Path

from platformdirs import user_config_path, user_data_path


def default_library() -> Path:
    """The demo library, unless `MIEN_LIBRARY` names another folder."""
    named = os.environ.get("MIEN_LIBRARY")
    return Path(named).expanduser() if named else user_data_path("mien") / "demo-library"


def config_folder() -> Path:
    """Folder with `styles/*.toml` and `characters/` (TOML files, .glb and .vrm models) of one's own."""
    named = os.environ.get("MIEN_CONFIG")
    return Path(named).expanduser() if named else user_config_path("mien")


def own_files(kind: str, suffixes: tuple[str, ...] = (".toml",)) -> tuple[Path, ...]:
    """The user's own `styles` or `characters` files, by name."""
    folder = config_folder() / kind
    if not folder.is_dir():
        return ()
    return tuple(sorted(file for file in folder.iterdir() if file.suffix.lower() in suffixes and file.is_file()))
