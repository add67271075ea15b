"""A character that a user brought is on the page like any other: among the cast, alive in the detail."""

from __future__ import annotations

import pytest
from foreign import glb
from stories import HITS, started, wait_until_found

from mien.core.asset import Asset
from mien.core.looks import look
from mien.library import Library
from mien.retrieval import Embedder
from mien.studio import Studio, importing, pictures

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("weights")]


@pytest.fixture(scope="module")
def guests(bald_head, tmp_path_factory):
    """A service that knows a brought character, and has a picture of it in its library."""
    home = tmp_path_factory.mktemp("guests")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("MIEN_CONFIG", str(home / "config"))
        (home / "ada.vrm").write_bytes(glb(bald_head, vrm=1))
        importing.add(Studio(), home / "ada.vrm", name="Ada", style="stylized3d")
        studio = Studio()
        (mapped,) = studio.map(look("happiness"), "ada")
        asset = Asset(id="", expression=mapped.expression, character="ada", style="stylized3d", text="A smile.")
        vectors = Embedder(studio.styles_by_id).assets([asset])
        with Library.create(home / "library") as library:
            library.add_many([(asset, pictures.png(studio.render(mapped, 256)), vectors[0])])
        process, line = started(home / "library", home / "log.txt")
    try:
        yield line
    finally:
        process.terminate()
        process.wait(timeout=15)


@pytest.fixture
def page(graphical, guests):
    page = graphical.new_page()
    page.set_default_timeout(60_000)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(guests)
    yield page
    page.close()
    assert complaints == []


def test_a_brought_character_is_alive_in_the_detail(page):
    wait_until_found(page)
    page.locator(HITS).first.click()
    page.wait_for_selector(".detail-stage .sculpted[data-status=there]")
    canvas = page.locator(".detail-stage canvas")
    page.wait_for_timeout(500)
    before = canvas.screenshot()
    canvas.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert canvas.screenshot() != before
    # Who made it is told where the character is shown, and no folder of this machine anywhere.
    assert "author: A. Nobody, B. Noone" in page.locator(".provenance").inner_text()
    assert "guests" not in page.content()


def test_a_brought_character_takes_the_expression_of_a_photo(page, astronaut):
    page.set_input_files(".photo input[type=file]", astronaut)
    page.locator("article.card[data-style=stylized3d] select").select_option("ada")
    page.wait_for_function(
        """() => {
          const shown = document.querySelector('article.card[data-style=stylized3d] img');
          return shown?.src.includes('/characters/ada/picture?pose=') && shown.complete && shown.naturalWidth > 0;
        }"""
    )
    page.locator("article.card[data-style=stylized3d] button.card-picture").click()
    page.get_by_text("author: A. Nobody, B. Noone").wait_for()
