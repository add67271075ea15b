"""Everybody can use it: axe finds nothing serious, whichever view, in light at a desk and in dark on a tablet."""

from __future__ import annotations

from pathlib import Path

import pytest
from stories import HITS, wait_until_found

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("library")]

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"

VIEWS = {
    "search": "?q=wide+grin&feel=happiness:0.8&set=jaw_open:0.8&style=anime",
    "map": "?view=map",
    "live": "?view=live",
}
READY = {"search": HITS, "map": ".map-canvas", "live": ".live-invite"}


@pytest.mark.parametrize(("theme", "width", "language"), [("light", 1280, "en"), ("dark", 820, "de")])
def test_axe_finds_nothing_serious(watched, theme, width, language):
    page = watched.page
    page.locator(".language select").select_option(language)
    page.wait_for_function("(tag) => document.documentElement.lang === tag", arg=language)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    start = page.url
    found = []
    for name, where in VIEWS.items():
        page.goto(start + where)
        page.wait_for_selector(READY[name])
        if name == "search":
            page.locator(HITS).first.click()
            page.locator(".others figure img").first.wait_for()
            button = page.locator("#fold-sliders button")
            if button.get_attribute("aria-expanded") == "false":
                button.click()
            # What is being looked for is shown fainter, for a moment.
            wait_until_found(page)
            page.wait_for_timeout(200)
        # Colours are judged when they have come to rest.
        page.wait_for_load_state("networkidle")
        page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 200)))")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        result = page.evaluate("axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'] })")
        found += [
            f"{name}: {one['id']} ({one['impact']}): {node['target']} {node['failureSummary']}"
            for one in result["violations"]
            if one["impact"] in {"serious", "critical"}
            for node in one["nodes"][:3]
        ]
    assert found == []
