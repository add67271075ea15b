"""What the manifest says: every weight and mesh, as `Resource` entries."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from mien.errors import UnknownName

Kind = Literal["carried", "packaged"]
Registry = Literal["pypi", "npm"]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One input or output of a network.

    name: how our code calls it. tensor: its name inside the file. shape: -1 is any length.
    range: lowest and highest value, where there is one.
    """

    name: str
    tensor: str
    shape: tuple[int, ...]
    dtype: str
    range: tuple[float, float] | None = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """One file that mien needs and that is not code.

    id: how our code asks for it. kind: "carried" by a wheel, or "packaged" with mien.
    package, version, wheel_sha256: the carrier, empty for packaged ones; the checksum is of its wheel or tarball.
    registry: the carrier's; out of a package of npm's only a plain `member` can be taken.
    member: the file inside the carrier; inner: the file inside that one, if it is an archive; literal: the name of a
        bytes literal, if it is Python source (which is parsed, never run); members: patterns, for a smaller archive.
    file: its name in the cache or in `resources/networks`. size: bytes. sha256: of the file, or for a smaller
        archive of its contents (`extract.contents_digest`).
    inputs, outputs: the contract, for networks.
    """

    id: str
    kind: Kind
    purpose: str
    licence: str
    credit: str
    file: str
    size: int
    sha256: str
    package: str = ""
    version: str = ""
    wheel_sha256: str = ""
    registry: Registry = "pypi"
    member: str = ""
    inner: str = ""
    literal: str = ""
    members: tuple[str, ...] = ()
    inputs: tuple[Tensor, ...] = ()
    outputs: tuple[Tensor, ...] = ()

    @property
    def carrier(self) -> str:
        """Package and version as pip or npm writes them, or "mien" itself."""
        between = "@" if self.registry == "npm" else "=="
        return f"{self.package}{between}{self.version}" if self.package else "mien"


def parse_manifest(text: str) -> tuple[Resource, ...]:
    """Read a manifest from TOML text."""
    return tuple(_resource(entry) for entry in tomllib.loads(text)["resource"])


def _resource(entry: Mapping[str, Any]) -> Resource:
    fields = dict(entry)
    fields["members"] = tuple(entry.get("members", ()))
    for side in ("inputs", "outputs"):
        fields[side] = tuple(_tensor(t) for t in entry.get(side, ()))
    return Resource(**fields)


def _tensor(entry: Mapping[str, Any]) -> Tensor:
    bounds = entry.get("range")
    return Tensor(
        name=entry["name"],
        tensor=entry.get("tensor", entry["name"]),
        shape=tuple(entry["shape"]),
        dtype=entry["dtype"],
        range=None if bounds is None else (float(bounds[0]), float(bounds[1])),
        about=entry.get("about", ""),
    )


@cache
def manifest() -> tuple[Resource, ...]:
    """Every weight and mesh of this version of mien."""
    return parse_manifest(files("mien.resources").joinpath("manifest.toml").read_text(encoding="utf-8"))


def resource(resource_id: str | Resource) -> Resource:
    """One entry by id; an entry, of whatever manifest, is itself. Raises `UnknownName`."""
    if isinstance(resource_id, Resource):
        return resource_id
    for entry in manifest():
        if entry.id == resource_id:
            return entry
    raise UnknownName.among("resource", resource_id, [entry.id for entry in manifest()])
