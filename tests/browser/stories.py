"""Steps that many stories share."""

from __future__ import annotations

CARDS = "article.card"
HITS = "button.hit[data-id]"


def upload(page, path):
    page.set_input_files(".photo input[type=file]", path)


def wait_until_restaged(page):
    """Every character shows the expression, and its picture has arrived."""
    page.wait_for_function(
        """() => {
          const pictures = [...document.querySelectorAll('article.card img')];
          return pictures.length > 0 && document.querySelector('.stage').getAttribute('aria-busy') === 'false'
            && pictures.every((one) => one.complete && one.naturalWidth > 0 && one.src.includes('pose='));
        }"""
    )


def wait_until_found(page):
    page.wait_for_function("() => document.querySelector('.library').getAttribute('aria-busy') === 'false'")
    page.wait_for_selector(HITS)


def unfold(page, title):
    button = page.get_by_role("button", name=title).first
    if button.get_attribute("aria-expanded") == "false":
        button.click()
