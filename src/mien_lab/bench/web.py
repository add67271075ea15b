"""`mien-lab bench web`: the page in a real Chromium and the service under load, on one library, in one run."""

from __future__ import annotations

import gzip
import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mien import server
from mien.errors import ResourceMissing
from mien.studio import Studio
from mien.studio.demo import build_demo_library
from mien_lab.bench.load import CLIENTS, HOUR, an_hour, filmed, under_load
from mien_lab.result import Figures, Result, percentiles

ASSETS = 2000
# As on a machine without a graphics processor: everything is drawn by the processor's two cores.
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)
PROGRAM = (
    "import sys; from pathlib import Path; from mien.server import serve; from mien.studio import Studio\n"
    "serve(Studio(library=Path(sys.argv[1])), port=0, ready=lambda address: print(address, flush=True))"
)
# The entry comes a frame after the paint itself.
PAINTED = """() => new Promise((tell) => new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (entry.name === 'first-contentful-paint') tell(entry.startTime);
}).observe({ type: 'paint', buffered: true }))"""


def bench(*, quick: bool = False) -> Result:
    """Bundle size, first paint, drop to characters, re-rank, the camera, requests per second, an hour's memory."""
    from skimage import data as sample_pictures

    assets = 120 if quick else ASSETS
    busy = _busy_share()
    figures = _bundle()
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "library"
        studio = Studio(library=library)
        # One of each style draws a small library in seconds; the load is the same.
        few = [info.id for info, _ in studio.targets("four")] if quick else None
        build_demo_library(studio, count=assets, characters=few)
        photo = Path(folder) / "astronaut.png"
        _save_photo(photo)
        film = Path(folder) / "astronaut.mjpeg"
        frames = _film()
        film.write_bytes(b"".join(frames))
        with _service(library) as (address, process):
            figures |= _in_browser(address, photo, film, process.pid, quick=quick)
            sent = _sent(frames)
            for name, draw in (("live_service_fps", 0), ("live_service_drawn_fps", int(figures["live_drawn_px"]))):
                figures[name] = filmed(address, sent, seconds=3.0 if quick else 15.0, draw=draw)
            used = partial(_processor_s, process.pid)
            figures |= under_load(address, used, seconds=4.0 if quick else 30.0)
            hour = 0.03 if quick else 1.0
            figures |= an_hour(address, sample_pictures.astronaut(), lambda: _memory_mb(process), share=hour)
    return Result(
        "web",
        figures,
        data={
            "assets": assets,
            "clients": CLIENTS,
            "questions": "search by words, emotion, style and shapes in turn, 60 hits each",
            "hour": ", ".join(f"{count} {name}" for name, count in HOUR.items()) + (" (3 % of it)" if quick else ""),
            "photo": "skimage.data.astronaut(), 512 x 512; the camera shows it moving, 640 x 480 at 30 a second",
            "browser": "Chromium, no graphics processor, on the same cores as the service",
            "live_service": "the service alone, two frames under way: where the browser draws the heads, on another "
            "machine or a graphics processor, and where the service does",
            "busy": f"{busy:.0%} of the cores were busy with other work before it began",
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


def _in_browser(address: str, photo: Path, film: Path, service: int, *, quick: bool) -> Figures:
    from playwright.sync_api import sync_playwright

    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        raise ResourceMissing("Chromium is not installed. On Debian: apt-get install chromium")
    paints, shown, drops, ranks = [], [], [], []
    with sync_playwright() as playwright:
        camera = f"--use-file-for-fake-video-capture={film}"
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, camera])
        for _ in range(3 if quick else 10):
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
        camera_figures = _live(browser, address, service, seconds=6.0 if quick else 20.0)
        browser.close()
    return {
        "first_paint_ms": percentiles(paints)[0],
        "first_hits_ms": percentiles(shown)[0],
        "drop_to_characters_ms": percentiles(drops)[0],
        "rerank_ms": percentiles(ranks)[0],
        "rerank_ms_p99": percentiles(ranks)[1],
        **camera_figures,
    }


def _live(browser: Any, address: str, service: int, *, seconds: float) -> Figures:
    """The camera followed by four characters, one of each style. A frame counts when all four show it.

    live_drawn_px: how large the page asked for the sculpted heads, which it cannot draw itself here.
    """
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(60_000)
    page.goto(address + "?view=live")
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => /\\d/.test(document.querySelector('.live-pace')?.textContent ?? '')")
    # Until the page has found the size that this machine can keep up with.
    time.sleep(seconds / 2)
    behind: list[float] = []
    drawn: list[float] = []
    processor = _processor_s(service), _processor_s(os.getpid(), of="chromium")
    start, before = time.perf_counter(), int(page.evaluate("document.querySelector('.live-pace').dataset.frames"))
    while time.perf_counter() - start < seconds:
        time.sleep(0.5)
        now = page.evaluate("({ ...document.querySelector('.live-pace').dataset })")
        behind.append(float(now["behind"]))
        drawn.append(float(now["drawn"]))
    took = time.perf_counter() - start
    frames = int(page.evaluate("document.querySelector('.live-pace').dataset.frames")) - before
    used = _processor_s(service) - processor[0], _processor_s(os.getpid(), of="chromium") - processor[1]
    page.close()
    return {
        "live_fps": frames / took,
        "live_behind_ms": float(np.median(behind)),
        "live_drawn_px": float(np.median(drawn)),
        "live_service_processor_ms": 1000 * used[0] / max(frames, 1),
        "live_browser_processor_ms": 1000 * used[1] / max(frames, 1),
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


def _processor_s(pid: int, *, of: str = "") -> float:
    """Seconds of processor time of a process and all that it started; of: only those of this name."""
    total = 0.0
    for child, parent, name, ticks in _processes():
        if child == pid or _descends(parent, pid):
            total += ticks if not of or of in name else 0.0
    return total / os.sysconf("SC_CLK_TCK")


def _processes() -> list[tuple[int, int, str, int]]:
    """Id, parent, name and ticks of processor time of everything that runs."""
    out = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            head, _, rest = (place / "stat").read_text().rpartition(")")
        except OSError:
            continue
        fields = rest.split()
        out.append((int(place.name), int(fields[1]), head.split("(", 1)[1], int(fields[11]) + int(fields[12])))
    return out


def _descends(pid: int, ancestor: int) -> bool:
    while pid > 1:
        if pid == ancestor:
            return True
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return False


def _busy_share(seconds: float = 2.0) -> float:
    """Which share of the machine's cores is at work with something else, 0..1."""

    def ticks() -> tuple[int, int]:
        fields = [int(n) for n in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(fields), fields[3] + fields[4]

    whole, idle = ticks()
    time.sleep(seconds)
    later_whole, later_idle = ticks()
    return 1.0 - (later_idle - idle) / max(later_whole - whole, 1)


def _film() -> list[bytes]:
    """A second of the astronaut moving to and fro and nearer, as JPEGs: one after the other, Chromium's camera."""
    from PIL import Image
    from skimage import data

    face = Image.fromarray(data.astronaut()).crop((100, 0, 356, 256))
    frames = []
    for i in range(30):
        turn = np.sin(2 * np.pi * i / 30)
        side = 470 + round(10 * turn)
        frame = Image.new("RGB", (640, 480), (120, 120, 120))
        frame.paste(face.resize((side, side)), (85 + round(12 * turn), 0))
        frames.append(_jpeg(frame, 90))
    return frames


def _sent(frames: list[bytes]) -> list[bytes]:
    """The film as the page sends it: 400 px wide."""
    from PIL import Image

    return [_jpeg(Image.open(io.BytesIO(frame)).resize((400, 300)), 80) for frame in frames]


def _jpeg(picture: Any, quality: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()


def _save_photo(path: Path) -> None:
    from skimage import data

    from mien.studio import pictures

    pictures.save(data.astronaut(), path)
