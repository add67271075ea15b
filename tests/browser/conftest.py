"""A real service with the real studio on a free port, and a real Chromium that looks at it."""

from __future__ import annotations

import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from stories import started

ROOT = Path(__file__).parents[2]
PHOTOS = ROOT.parent / "shared" / "data" / "photos.zip"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    # Heads in three dimensions are drawn without a graphics processor.
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]


@pytest.fixture(scope="session")
def address(small_library, tmp_path_factory):
    """Where the service answers."""
    if not (ROOT / "src/mien/server/static/index.html").is_file():
        pytest.fail("The page is not built. Run: python web/build.py")
    own = tmp_path_factory.mktemp("service")
    log = own / "log.txt"
    # What users rate and add here must not reach the tests of other rooms.
    shutil.copytree(small_library, own / "library")
    process, line = started(own / "library", log)
    try:
        yield line
    finally:
        process.terminate()
        process.wait(timeout=15)


# WebGL without a graphics card.
GRAPHICAL = [*(a for a in ARGUMENTS if a != "--disable-gpu"), "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]


@pytest.fixture(scope="session")
def launch():
    """Start Debian's Chromium, without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        reason = "Chromium is not installed. On Debian: apt-get install chromium"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield lambda arguments: playwright.chromium.launch(executable_path=path, args=arguments)


@pytest.fixture(scope="session")
def chromium(launch, tmp_path_factory):
    """The browser that looks at the page; its camera shows the astronaut."""
    camera = tmp_path_factory.mktemp("camera") / "astronaut.mjpeg"
    camera.write_bytes(_film())
    with launch([*ARGUMENTS, f"--use-file-for-fake-video-capture={camera}"]) as browser:
        yield browser


def _film():
    """A dozen frames of the astronaut, closer up, as motion JPEG."""
    from PIL import Image
    from skimage import data

    face = Image.fromarray(data.astronaut()).crop((100, 0, 356, 256)).resize((480, 480))
    frames = io.BytesIO()
    for i in range(12):
        frame = Image.new("RGB", (640, 480), (120, 120, 120))
        frame.paste(face, (80 + i, 0))
        frame.save(frames, "JPEG", quality=90)
    return frames.getvalue()


@pytest.fixture(scope="session")
def graphical(launch):
    """The same with WebGL."""
    with launch(GRAPHICAL) as browser:
        yield browser


class Watched:
    """A page, and what it complained about."""

    def __init__(self, page):
        self.page = page
        self.complaints = []
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        self.requests = []

    def _console(self, message):
        # Chromium's own remark on drawing without a graphics processor.
        if "GPU stall due to ReadPixels" in message.text:
            return
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")


@pytest.fixture
def watched(chromium, address):
    """The studio's page, freshly opened in a window of its own."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800}, accept_downloads=True)
    context.set_default_timeout(60_000)
    watched = Watched(context.new_page())
    watched.page.goto(address, timeout=60_000)
    yield watched
    context.close()


@pytest.fixture(scope="session")
def astronaut(tmp_path_factory):
    """scikit-image's photo of Eileen Collins (NASA, public domain) as a file."""
    from PIL import Image
    from skimage import data

    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    Image.fromarray(data.astronaut()).save(path)
    return path


@pytest.fixture(scope="session")
def real_photo(tmp_path_factory):
    """A press photo, where the collection is there."""
    if not PHOTOS.is_file():
        pytest.skip("The collection of press photos is not on this machine.")
    with zipfile.ZipFile(PHOTOS) as archive:
        name = sorted(n for n in archive.namelist() if n.lower().endswith((".jpg", ".jpeg")))[0]
        path = tmp_path_factory.mktemp("press") / Path(name).name
        path.write_bytes(archive.read(name))
    return path
