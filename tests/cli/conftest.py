"""Running a command as a user does, and what docs/json.md promises of it."""

import re
import sys
from pathlib import Path

import pytest

from mien.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def mien(capsys, monkeypatch):
    """Run a command; returns exit code, standard output, standard error."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["mien", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        out = capsys.readouterr()
        return int(stop.value.code or 0), out.out, out.err

    return run


@pytest.fixture
def documented():
    """Field names of the tables under a heading of docs/json.md."""

    def fields(heading):
        text = (ROOT / "docs/json.md").read_text(encoding="utf-8")
        section = text.split(heading, 1)[1].split("\n## ", 1)[0]
        tables = re.split(r"\n\| field", section)[1:]
        return [
            {name for row in re.findall(r"^\| (`[^|]+) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)}
            for table in tables
        ]

    return fields
