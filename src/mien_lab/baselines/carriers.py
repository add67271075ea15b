"""Which files the baselines need; fetched, checked and cached by the same code as mien's own."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from mien import resources
from mien.resources.catalogue import Resource, parse_manifest


@cache
def entries() -> dict[str, Resource]:
    """The baselines' manifest by id."""
    text = files("mien_lab.baselines").joinpath("manifest.toml").read_text(encoding="utf-8")
    return {entry.id: entry for entry in parse_manifest(text)}


def fetch(*ids: str) -> tuple[Path, ...]:
    """Files of the manifest, fetched if they are not there. Raises `FetchFailed` or `ChecksumMismatch`."""
    return resources.setup([entries()[i] for i in ids])
