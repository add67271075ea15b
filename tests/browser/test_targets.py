"""Pictures of characters without a rig: they join the desk, are painted with what the others show, and stay."""

from __future__ import annotations

import pytest
from PIL import Image
from skimage import data
from stories import CARDS, HITS, unfold, upload

from mien.core.expression import Expression
from mien.studio import Studio, pictures

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("library")]

CARD = CARDS + ".target"
PAINTED = CARD + ":not(.busy) .painted img[src^='data:image/png']"


@pytest.fixture(scope="module")
def folder(weights, tmp_path_factory):
    """Otto and Yuki as nothing but pictures, both in one, and a real person."""
    folder = tmp_path_factory.mktemp("targets")
    studio = Studio()
    faces = []
    for name, size in (("otto", 1100), ("yuki", 380)):
        (mapped,) = studio.map(Expression.neutral(), name, exact=True)
        pictures.save(studio.render(mapped, size)[..., :3], folder / f"{name}.png")
        faces.append(Image.open(folder / f"{name}.png").resize((380, 380)))
    both = Image.new("RGB", (800, 400), (200, 200, 210))
    for i, face in enumerate(faces):
        both.paste(face, (10 + 400 * i, 10))
    both.save(folder / "both.png")
    Image.fromarray(data.astronaut()).save(folder / "someone.png")
    return folder


def add(page, path):
    page.set_input_files("input[data-adds-target]", path)


def painted(page, place=0):
    """What is painted on a picture, once nothing is under way."""
    page.locator(PAINTED).nth(place).wait_for()
    return page.locator(CARD).nth(place).locator("img").get_attribute("src")


def test_a_picture_becomes_a_character_of_the_desk_and_stays(watched, folder):
    page = watched.page
    page.wait_for_selector(HITS)
    data_transfer = page.evaluate_handle(
        """(bytes) => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], 'Otto v3.png', { type: 'image/png' }));
          return transfer;
        }""",
        list((folder / "otto.png").read_bytes()),
    )
    page.dispatch_event(".stage", "dragenter", {"dataTransfer": data_transfer})
    assert page.get_by_text("Drop here: a character without a rig").is_visible()
    page.dispatch_event(".stage", "drop", {"dataTransfer": data_transfer})
    card = page.locator(CARD)
    card.get_by_text("As it is").wait_for()
    assert card.get_by_text("Otto v3", exact=True).is_visible()
    # Not taken for a photo to be read.
    assert page.get_by_text("Drop a photo of a face").is_visible()

    upload(page, folder / "someone.png")
    smiling = painted(page)
    told = card.inner_text()
    assert "Painted" in told
    assert "Confidence" in told
    assert "Change seen" in told
    assert told.count("%") == 2
    card.get_by_role("button", name="Heat map").click()
    card.locator(".attention .looked.changed rect").first.wait_for(state="attached")
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download Otto v3 as PNG").click()
    with Image.open(waiting.value.path()) as whole:
        assert whole.size == (1100, 1100)
    assert waiting.value.suggested_filename == "mien-Otto-v3.png"

    unfold(page, "Face controls")
    page.get_by_role("slider", name="jaw open").fill("90")
    page.wait_for_function(
        "(before) => [...document.querySelectorAll('.card.target:not(.busy) img')].some((i) => i.src !== before)",
        arg=smiling,
    )
    page.locator(HITS).first.click()
    page.locator(".detail-pane .painted img[src^='data:image/png']").wait_for()
    card.get_by_role("button", name="Otto v3: larger, before and after").click()
    dialog = page.get_by_role("dialog")
    assert dialog.locator(".painted").count() == 2
    assert dialog.get_by_text("Painted by the mapping network").is_visible()
    page.keyboard.press("Escape")

    page.reload()
    painted(page)
    page.get_by_role("button", name="Take Otto v3 off the desk").click()
    page.wait_for_function("() => document.querySelectorAll('.card.target').length === 0")
    page.reload()
    page.wait_for_selector(HITS)
    assert page.locator(CARD).count() == 0
    assert watched.complaints == []


def test_what_cannot_be_drawn_on_is_refused_on_the_stage_and_of_several_faces_one_is_picked(watched, folder):
    page = watched.page
    page.wait_for_selector(HITS)
    add(page, folder / "someone.png")
    trouble = page.locator(".stage").get_by_role("alert")
    trouble.get_by_text("mien puts no expression on real faces").wait_for()
    add(page, folder / "both.png")
    page.get_by_text("Whose face is it?").wait_for()
    assert trouble.count() == 0
    page.get_by_role("button", name="Draw on face 2 of 2").click()
    card = page.locator(CARD)
    card.get_by_text("both", exact=True).wait_for()
    assert card.locator("h3").inner_text() == "Anime"
    upload(page, folder / "someone.png")
    wait_until_restaged_beside(page)
    assert page.get_by_role("alert").count() == 0
    assert all("422" in one for one in watched.complaints), watched.complaints


def wait_until_restaged_beside(page):
    painted(page)
    page.wait_for_function(
        "() => [...document.querySelectorAll('article.card:not(.target) img')].every((i) => i.src.includes('pose='))"
    )
