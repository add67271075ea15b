"""`mien-lab bench main`: what the main job costs on this machine, all in one run."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from importlib import metadata
from pathlib import Path

import numpy as np

from mien.core.emotion import Emotion
from mien.core.looks import look, looks
from mien.core.query import Query
from mien.studio import Studio
from mien.studio.demo import build_demo_library
from mien_lab.result import Result, percentiles

ASSETS = 2000


def bench(*, quick: bool = False) -> Result:
    """Read, map and search in this process; cold start, memory and the demo in fresh ones."""
    from skimage import data as sample_pictures

    rounds = 10 if quick else 40
    photo = sample_pictures.astronaut()
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(library=Path(folder) / "library")
        figures["read_ms"], figures["read_ms_p99"] = percentiles(_times(lambda: studio.read(photo), rounds))

        poses = [look(name) for name in ("happiness", "anger", "surprise", "sadness", "wink")]
        per_style: dict[str, list[float]] = {}
        for info in studio.cast() if not quick else [i for i, _ in studio.targets("four")]:
            studio.render(studio.map(poses[0], info.id)[0])

            def one(pose: int, character: str = info.id) -> None:
                studio.render(studio.map(poses[pose % len(poses)], character)[0])

            per_style.setdefault(info.style, []).extend(_times(one, rounds // 2))
        for style, times in per_style.items():
            figures[f"map_ms_{style}"], figures[f"map_ms_{style}_p99"] = percentiles(times)

        started = time.perf_counter()
        assets = build_demo_library(studio, count=64 if quick else ASSETS)
        figures["library_build_s"] = time.perf_counter() - started
        figures["library_build_per_s"] = assets / figures["library_build_s"]
        expressions = list(looks().values())
        words = ("smug half smile", "terrified, mouth open", "one brow up", "a broad grin", "about to cry", "wink")
        reading = studio.read(photo).expression
        queries: dict[str, Callable[[int], Query]] = {
            "picture": lambda i: Query(expression=reading if i % 2 else expressions[i % len(expressions)]),
            "text": lambda i: Query(text=f"{words[i % len(words)]} {i}"),
            "emotion": lambda i: Query(emotion=Emotion.from_weights({"happiness": 0.5 + 0.01 * i, "surprise": 0.1})),
            "style": lambda i: Query(expression=expressions[i % len(expressions)], styles=("anime",)),
            "mixed": lambda i: Query(
                expression=reading, text=f"{words[i % len(words)]} {i}", styles=("cartoon", "anime")
            ),
        }
        for kind, make in queries.items():
            studio.search(make(0))
            times = _times(lambda i, make=make: studio.search(make(i)), max(30, rounds))
            figures[f"search_ms_{kind}"], figures[f"search_ms_{kind}_p99"] = percentiles(times)

        picture = Path(folder) / "astronaut.png"
        studio_picture(photo, picture)
        figures["cold_start_s"] = min(_run("read", str(picture), "--json")[0] for _ in range(1 if quick else 3))
        figures["cold_start_help_s"] = min(_run("--version")[0] for _ in range(1 if quick else 3))
        figures["rss_mb"] = _peak_memory_mb(studio.library_path, picture)
        figures["demo_ready_s"] = _demo_ready_s(Path(folder) / "demo", 52 if quick else 2100)
    figures["install_mb"] = _install_mb()
    return Result(
        "main",
        figures,
        paper={
            "read_ms": 14.3,
            **{f"map_ms_{style}": 67.2 for style in per_style},
            "search_ms_picture": 42.3,
            "search_ms_text": 38.6,
            "search_ms_emotion": 25.1,
            "search_ms_style": 31.8,
            "search_ms_mixed": 57.2,
            "rss_mb": 4200,
        },
        data={
            "photo": "skimage.data.astronaut(), 512 x 512",
            "assets": assets,
            "size": "256 x 256",
            "quick": quick,
            "paper_hardware": "RTX 3090; memory is the GPU's",
        },
    )


def studio_picture(photo: np.ndarray, path: Path) -> None:
    from mien.studio import pictures

    pictures.save(photo, path)


def _times(work: Callable[..., object], rounds: int) -> list[float]:
    takes_index = work.__code__.co_argcount > 0
    out = []
    for i in range(rounds + 2):
        start = time.perf_counter()
        work(i) if takes_index else work()
        out.append(time.perf_counter() - start)
    return out[2:]


def _command() -> list[str]:
    return [sys.executable, "-c", "from mien.cli import main; main()"]


def _run(*arguments: str) -> tuple[float, int]:
    """Seconds and peak memory in MB of one command in a process of its own."""
    start = time.perf_counter()
    process = subprocess.Popen([*_command(), *arguments], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"mien {' '.join(arguments)} failed: {(process.stderr or sys.stdin).read()!r}")
    return time.perf_counter() - start, usage.ru_maxrss // 1024


def _peak_memory_mb(library: Path, photo: Path) -> float:
    """Read a photo, map it to four characters and search, in one fresh process: the most memory it ever held."""
    script = (
        "import sys; from pathlib import Path\n"
        "from mien.studio import Studio; from mien.core.query import Query\n"
        "s = Studio(library=Path(sys.argv[1])); e = s.read(Path(sys.argv[2])).expression\n"
        "[s.render(m, 512) for m in s.map(e, 'four')]\n"
        "s.search(Query(expression=e, text='a broad smile'))\n"
        # Not ru_maxrss: a child begins with its parent's.
        "status = Path('/proc/self/status').read_text()\n"
        "print(int(status.split('VmHWM:')[1].split()[0]) // 1024)"
    )
    out = subprocess.run(
        [sys.executable, "-c", script, str(library), str(photo)], capture_output=True, text=True, check=True
    )
    return float(out.stdout)


def _demo_ready_s(library: Path, count: int) -> float:
    """From `mien demo` to the first answer of its page; weights are in the cache already."""
    start = time.perf_counter()
    arguments = [*_command(), "demo", "--port", "0", "--library", str(library), "--count", str(count)]
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    try:
        for line in process.stdout or ():
            if address := re.search(r"http://[\d.]+:\d+", line):
                with urllib.request.urlopen(f"{address[0]}/api/v1/health", timeout=30) as answer:
                    answer.read()
                return time.perf_counter() - start
        raise RuntimeError("mien demo ended before it served its page.")
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _install_mb() -> float:
    """Size on disk of mien's run-time requirements, each distribution's own files."""
    pending, seen, total = ["mien"], set[str](), 0
    while pending:
        name = re.sub(r"[-_.]+", "-", pending.pop()).lower()
        if name in seen:
            continue
        seen.add(name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        for file in distribution.files or ():
            path = Path(str(file.locate()))
            total += path.stat().st_size if path.is_file() else 0
        for requirement in distribution.requires or ():
            if "extra ==" not in requirement:
                pending.append(re.split(r"[\s;<>=!~\[(]", requirement, maxsplit=1)[0])
    return total / 1e6
