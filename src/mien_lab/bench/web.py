"""`mien-lab bench web`: the page in a real Chromium and the service under 32 clients, on one library, in one run."""

from __future__ import annotations

import gzip
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np

from mien import server
from mien.errors import ResourceMissing
from mien.studio import Studio
from mien.studio.demo import build_demo_library
from mien_lab.result import Figures, Result, percentiles

CLIENTS = 32
ASSETS = 2000
SHADERS = ("--no-sandbox", "--disable-quic", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
PROGRAM = (
    "import sys; from pathlib import Path; from mien.server import serve; from mien.studio import Studio\n"
    "serve(Studio(library=Path(sys.argv[1])), port=0, ready=lambda address: print(address, flush=True))"
)
# The entry comes a frame after the paint itself.
PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') tell(entry.startTime);
}).observe({ type: 'paint', buffered: true }))"""
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"text": "smug half smile", "limit": 60},
    {"emotion": {"happiness": 0.7, "surprise": 0.3}, "limit": 60},
    {"text": "about to cry", "styles": ["anime"], "limit": 60},
    {"expression": {"coefficients": {"mouthSmileLeft": 0.8, "browInnerUp": 0.5}}, "limit": 60},
)


def bench(*, quick: bool = False) -> Result:
    """Bundle size, first paint, drop to characters, re-rank, requests per second, and memory after them."""
    assets = 120 if quick else ASSETS
    figures = _bundle()
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        studio = Studio(library=library)
        # One of each style draws a small library in seconds; the load is the same.
        few = [info.id for info, _ in studio.targets("four")] if quick else None
        build_demo_library(studio, count=assets, characters=few)
        photo = Path(folder) / "astronaut.png"
        _save_photo(photo)
        with _service(library) as (address, process):
            figures |= _in_browser(address, photo, rounds=3 if quick else 10)
            before = _memory_mb(process)
            figures |= _under_load(address, seconds=4.0 if quick else 30.0)
            figures["rss_mb"] = _memory_mb(process)
            figures["rss_grown_mb"] = figures["rss_mb"] - before
    return Result(
        "web",
        figures,
        data={
            "assets": assets,
            "clients": CLIENTS,
            "questions": "search by words, emotion, style and shapes in turn, 60 hits each",
            "photo": "skimage.data.astronaut(), 512 x 512",
            "browser": "Chromium, no graphics processor",
            "quick": quick,
        },
    )


def _bundle() -> Figures:
    """What a browser loads before the first picture, and what comes later when it is asked for, gzipped."""
    static = Path(server.__file__).with_name("static")
    page = static / "index.html"
    if not page.is_file():
        raise ResourceMissing("The page is not built. Run: python web/build.py")
    html = page.read_text(encoding="utf-8")
    first, later = 0, 0
    for file in static.rglob("*"):
        if file.suffix not in {".js", ".css", ".html"}:
            continue
        size = len(gzip.compress(file.read_bytes()))
        if file == page or file.name in html:
            first += size
        else:
            later += size
    return {"bundle_kb": first / 1000, "bundle_later_kb": later / 1000}


def _in_browser(address: str, photo: Path, *, rounds: int) -> Figures:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise ResourceMissing("Chromium is not installed. On Debian: apt-get install chromium")
    paints, shown, drops, ranks = [], [], [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(SHADERS))
        for _ in range(rounds):
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.set_default_timeout(60_000)
            page = context.new_page()
            start = time.perf_counter()
            page.goto(address)
            page.wait_for_selector("button.hit[data-id] img")
            shown.append(time.perf_counter() - start)
            paints.append(page.evaluate(PAINTED) / 1000)
            start = time.perf_counter()
            page.set_input_files("input[type=file]:not([data-adds])", str(photo))
            page.wait_for_function(
                "() => [...document.querySelectorAll('article.card img')].every((one) =>"
                " one.complete && one.naturalWidth > 0 && one.src.includes('pose='))"
            )
            drops.append(time.perf_counter() - start)
            page.wait_for_function("() => document.querySelector('.library').getAttribute('aria-busy') === 'false'")
            ranks += _reranked(page)
            context.close()
        browser.close()
    return {
        "first_paint_ms": percentiles(paints)[0],
        "first_hits_ms": percentiles(shown)[0],
        "drop_to_characters_ms": percentiles(drops)[0],
        "rerank_ms": percentiles(ranks)[0],
        "rerank_ms_p99": percentiles(ranks)[1],
    }


def _reranked(page: Any) -> list[float]:
    """Seconds from the question to its answer, as the page itself measures and shows them, for five weights."""
    out = []
    slider = page.locator(".weight", has_text="Emotion").locator("input")
    for value in ("30", "90", "10", "70", "50"):
        with page.expect_response(lambda answer: answer.url.endswith("/search")):
            slider.fill(value)
        page.wait_for_function("() => document.querySelector('.library').getAttribute('aria-busy') === 'false'")
        shown = page.locator(".refine-took").inner_text()
        out.append(float("".join(letter for letter in shown if letter.isdigit())) / 1000)
    return out


def _under_load(address: str, *, seconds: float) -> Figures:
    """Searches from 32 clients that each wait for their answer."""
    target = urlsplit(address)
    times: list[float] = []
    statuses: list[int] = []
    lock = threading.Lock()
    over = time.perf_counter() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection(target.hostname or "127.0.0.1", target.port, timeout=60)
        step = number
        while time.perf_counter() < over:
            body = json.dumps(QUESTIONS[step % len(QUESTIONS)])
            step += 1
            start = time.perf_counter()
            connection.request("POST", "/api/v1/search", body, {"content-type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            with lock:
                times.append(time.perf_counter() - start)
                statuses.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=client, args=(i,)) for i in range(CLIENTS)]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - start
    p50, p99 = percentiles(times)
    return {
        "requests_per_s": len(times) / took,
        "request_ms": p50,
        "request_ms_p99": p99,
        "refused_share": float(np.mean([status != 200 for status in statuses])),
    }


@contextmanager
def _service(library: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(library)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        address = (process.stdout.readline() if process.stdout else "").strip()
        if not address.startswith("http://"):
            raise RuntimeError("The service did not start.")
        yield address, process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _memory_mb(process: subprocess.Popen[str]) -> float:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _save_photo(path: Path) -> None:
    from skimage import data

    from mien.studio import pictures

    pictures.save(data.astronaut(), path)
