"""The documentation says what is so: its Python examples run, its links lead somewhere, its commands exist."""

import doctest
import re
import shlex
from pathlib import Path

import pytest
import typer

from mien_lab import cli as lab

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))


def prose(page: Path) -> str:
    """A page without its fences."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    out: set[str] = set()
    for title in re.findall(r"^#+ (.+)$", prose(page), re.M):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title.strip().lower())
        name = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        twins = (f"{name}-{i}" if i else name for i in range(len(out) + 1))
        out.add(next(twin for twin in twins if twin not in out))
    return out


def lab_commands() -> list[str]:
    """Every line of a fence that calls `mien-lab`."""
    blocks = [block for page in PAGES for _, block in FENCE.findall(page.read_text(encoding="utf-8"))]
    lines = [line.split("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return sorted({line for line in lines if line.startswith("mien-lab ")})


def test_the_examples_of_the_conventions_page_hold():
    failed, tried = doctest.testfile(
        str(ROOT / "docs/conventions.md"), module_relative=False, optionflags=doctest.IGNORE_EXCEPTION_DETAIL
    )
    assert tried > 15
    assert failed == 0


@each_page
def test_links_inside_the_project_lead_somewhere(page):
    for target, anchor in re.findall(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)", prose(page)):
        if "://" in target:
            continue
        there = page.parent / target if target else page
        assert there.exists(), f"{page.name} links to {target}"
        if anchor:
            assert anchor in anchors(there), f"{page.name} links to {target}#{anchor}"


@each_page
def test_every_fence_names_its_language(page):
    assert all(language for language, _ in FENCE.findall(page.read_text(encoding="utf-8")))


def test_the_documentation_shows_commands_of_the_lab():
    assert len(lab_commands()) > 15


@pytest.mark.parametrize("line", lab_commands())
def test_a_shown_command_of_the_lab_is_understood(line):
    """It is not run, which would take hours; its options exist and are for what it names."""
    command, words = typer.main.get_command(lab.app), shlex.split(line)[1:]
    while hasattr(command, "commands"):
        command, *words = command.commands[words[0]], *words[1:]
    context = command.make_context(command.name, words)
    if command.name in lab.TAKES:
        lab.refuse_others(context)
