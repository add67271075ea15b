"""Steps that many stories share."""

from __future__ import annotations

import subprocess
import sys

import pytest

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


PROGRAM = """
import sys
from pathlib import Path
from mien.server import serve
from mien.studio import Studio
serve(Studio(library=Path(sys.argv[1])), port=int(sys.argv[2]), ready=lambda address: print(address, flush=True))
"""


def started(library, log, port=0, before=""):
    """A service's process, and where it answers. Whoever starts one ends it. before: what its program does first."""
    command = [sys.executable, "-c", before + PROGRAM, str(library), str(port)]
    with log.open("a") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    line = process.stdout.readline().strip()
    if not line.startswith("http://127.0.0.1:"):
        process.kill()
        pytest.fail(log.read_text())
    return process, line
