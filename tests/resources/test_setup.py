"""`mien setup`: what it fetches, and what a person reads when it cannot."""

from __future__ import annotations

import errno
import hashlib
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from mien import resources
from mien.errors import ChecksumMismatch, FetchFailed, ResourceMissing, UnknownName
from mien.resources import catalogue, fetch, store
from mien.resources import extract as extraction
from mien.resources.fetch import explain_pip


class Registry:
    """Stands in for pip and the package registry; counts what is asked for."""

    def __init__(self, wheels: dict[str, Path]) -> None:
        self.wheels = wheels
        self.asked: list[str] = []

    def __call__(self, package: str, version: str, folder: Path) -> Path:
        self.asked.append(f"{package}=={version}")
        if package not in self.wheels:
            raise FetchFailed(f"Cannot fetch {package}: no such package.")
        copy = folder / self.wheels[package].name
        copy.write_bytes(self.wheels[package].read_bytes())
        return copy


SOURCE = b"import does_not_exist\nWEIGHTS = b'\\x01\\x02'\nraise SystemExit('this file must never run')\n"


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A manifest of three small resources in two wheels, an empty cache, and a registry that has both wheels."""
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    one, two = tmp_path / "one-1.0-py3-none-any.whl", tmp_path / "two-2.0-py3-none-any.whl"
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("net.tflite", b"network")
    with zipfile.ZipFile(one, "w") as archive:
        archive.writestr("one/weights.py", SOURCE)
        archive.write(inner, "one/bundle.task")
    with zipfile.ZipFile(two, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("two/data/face/a.target", b"a" * 500)
        archive.writestr("two/data/face/deep/b.target", b"b")
        archive.writestr("two/data/foot/c.target", b"c")
    digest = hashlib.sha256()
    for name, content in (("two/data/face/a.target", b"a" * 500), ("two/data/face/deep/b.target", b"b")):
        digest.update(f"{name}\0{hashlib.sha256(content).hexdigest()}\n".encode())

    def entry(resource_id, wheel, file, sha256, **more):
        package, version = wheel.name.split("-")[:2]
        wheel_sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        return resources.Resource(
            resource_id, "carried", "for tests", "MIT", "us", file, 1, sha256, package, version, wheel_sha256, **more
        )

    weights, network = (hashlib.sha256(content).hexdigest() for content in (b"\x01\x02", b"network"))
    entries = (
        entry("literal", one, "net.onnx", weights, member="one/weights.py", literal="WEIGHTS"),
        entry("nested", one, "net.tflite", network, member="one/bundle.task", inner="net.tflite"),
        entry("part", two, "part.zip", digest.hexdigest(), members=("two/data/face/*",)),
    )
    for module in (catalogue, fetch, store):
        monkeypatch.setattr(module, "manifest", lambda: entries)
    return Registry({"one": one, "two": two})


def files_in(folder: Path) -> list[str]:
    return sorted(p.name for p in folder.rglob("*") if p.is_file()) if folder.exists() else []


def test_setup_cuts_every_resource_out_of_its_wheel(small):
    literal, nested, part = resources.setup(fetch=small)
    assert literal.read_bytes() == b"\x01\x02"
    assert nested.read_bytes() == b"network"
    with zipfile.ZipFile(part) as archive:
        assert archive.namelist() == ["two/data/face/a.target", "two/data/face/deep/b.target"]
    assert [s.state for s in resources.status()] == ["ready"] * 3


def test_a_wheel_is_fetched_once_and_never_again(small):
    resources.setup(fetch=small)
    resources.setup(fetch=small)
    assert small.asked == ["one==1.0", "two==2.0"]


def test_only_what_is_asked_for_is_fetched(small):
    assert [p.suffix for p in resources.setup(["part"], fetch=small)] == [".zip"]
    assert small.asked == ["two==2.0"]
    assert resources.path("part").is_file()
    with pytest.raises(ResourceMissing, match=r"literal is not installed. Run `mien setup`"):
        resources.path("literal")
    with pytest.raises(UnknownName, match="Did you mean literal"):
        resources.path("litera")


def test_a_damaged_file_is_noticed_and_fetched_again(small):
    literal = resources.setup(fetch=small)[0]
    literal.write_bytes(b"half")
    assert [s.state for s in resources.status()] == ["damaged", "ready", "ready"]
    resources.setup(fetch=small)
    assert literal.read_bytes() == b"\x01\x02"
    assert small.asked == ["one==1.0", "two==2.0", "one==1.0"]


def test_progress_tells_what_happens(small):
    seen = []
    resources.setup(fetch=small, progress=lambda *step: seen.append(step))
    assert seen == [("fetching one==1.0", 0, 3), ("fetching two==2.0", 2, 3), ("ready", 3, 3)]


def test_a_wheel_with_another_checksum_leaves_nothing_behind(small, tmp_path):
    with zipfile.ZipFile(small.wheels["one"], "a") as archive:
        archive.writestr("one/extra.py", b"")
    with pytest.raises(ChecksumMismatch, match=r"one-1.0-py3-none-any.whl has another checksum"):
        resources.setup(fetch=small)
    assert files_in(tmp_path / "cache") == []


def test_a_member_with_another_checksum_leaves_nothing_behind(small, tmp_path, monkeypatch):
    changed = tuple(replace(entry, sha256="0" * 64) for entry in catalogue.manifest())
    for module in (catalogue, fetch, store):
        monkeypatch.setattr(module, "manifest", lambda: changed)
    with pytest.raises(ChecksumMismatch, match=r"literal from one==1.0 has another checksum"):
        resources.setup(fetch=small)
    assert files_in(tmp_path / "cache") == []


def test_a_wheel_without_the_member_is_refused(small):
    entry = replace(catalogue.manifest()[0], member="one/absent.py")
    with pytest.raises(ChecksumMismatch, match=r"does not hold one/absent.py"):
        extraction.extract(entry, small.wheels["one"])


def test_no_network_is_said_and_keeps_what_came_before(small, tmp_path):
    del small.wheels["two"]
    with pytest.raises(FetchFailed, match="Cannot fetch two"):
        resources.setup(fetch=small)
    assert [s.state for s in resources.status()] == ["ready", "ready", "missing"]


def test_no_space_is_said_and_leaves_no_half_file(small, tmp_path, monkeypatch):
    def full(self, data):
        self.open("wb").write(data[:1])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    small_fetch = lambda package, version, folder: small.wheels[package]  # noqa: E731
    with pytest.raises(FetchFailed, match=r"No space left in .*MIEN_CACHE"):
        resources.setup(fetch=small_fetch)
    assert files_in(tmp_path / "cache") == []


def test_a_cache_that_cannot_be_written_is_said(small, tmp_path, monkeypatch):
    (tmp_path / "a-file").write_text("not a folder")
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "a-file"))
    with pytest.raises(FetchFailed, match=r"Cannot write to .*set MIEN_CACHE"):
        resources.setup(fetch=small)


@pytest.mark.parametrize(
    ("output", "said"),
    [
        (
            "WARNING: Retrying (Retry(total=1)) after connection broken by 'NewConnectionError'\n"
            "ERROR: Could not find a version that satisfies the requirement x\nERROR: No matching distribution found",
            "cannot be reached; check the network",
        ),
        ("ERROR: No matching distribution found for x==1", "does not have it"),
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "no space left"),
        ("python: No module named pip", "ensurepip"),
        ("ERROR: HTTP error 403 while getting it", "refuses access"),
        ("ERROR: something nobody has seen before", "something nobody has seen before"),
        ("", "pip said nothing"),
    ],
)
def test_pips_failures_become_one_sentence(output, said):
    message = explain_pip("x==1", output)
    assert message.startswith("Cannot fetch x==1: ")
    assert said in message
    assert "\n" not in message


def test_pip_is_asked_for_the_wheel_alone(tmp_path, monkeypatch):
    commands = []

    def run(command, **_):
        commands.append(command)
        (tmp_path / "x-1-py3-none-any.whl").write_bytes(b"")
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    assert fetch.download_wheel("x", "1", tmp_path).name == "x-1-py3-none-any.whl"
    assert commands[0][1:4] == ["-m", "pip", "download"]
    assert "--no-deps" in commands[0]
    assert commands[0][-1] == "x==1"


def test_cached_builds_once_and_keeps_nothing_of_a_failure(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    built = []

    def build(target: Path) -> None:
        built.append(target)
        target.write_text("made")

    def fail(target: Path) -> None:
        target.write_text("half")
        raise RuntimeError("interrupted")

    with pytest.raises(RuntimeError, match="interrupted"):
        resources.cached("head-1.npz", fail)
    assert files_in(tmp_path) == []
    assert resources.cached("head-1.npz", build).read_text() == "made"
    assert resources.cached("head-1.npz", build).read_text() == "made"
    assert len(built) == 1
    assert files_in(tmp_path) == ["head-1.npz"]
    with pytest.raises(ValueError, match="no name"):
        resources.cached("../outside", build)
