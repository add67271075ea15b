"""The manifest's promises about networks, against the real files."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from mien import resources
from mien.errors import ChecksumMismatch, ResourceMissing, UnknownName
from mien.resources import settings
from mien.resources.network import load


def networks():
    return [r for r in resources.manifest() if r.outputs]


def example(entry, side=64):
    rng = np.random.default_rng(0)
    shapes = {t.name: tuple(side if s == -1 else s for s in t.shape) for t in entry.inputs}
    return {t.name: (rng.random(shapes[t.name]) * (t.range or (0, 1))[1]).astype(t.dtype) for t in entry.inputs}


def test_every_resource_names_its_licence_carrier_and_purpose():
    entries = resources.manifest()
    assert len({r.id for r in entries}) == len(entries)
    for r in entries:
        assert r.licence in {"MIT", "Apache-2.0", "CC0-1.0"}
        assert len(r.sha256) == 64
        assert r.purpose.endswith(".")
        assert r.kind == "packaged" or (r.package and r.version and len(r.wheel_sha256) == 64)


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("entry", networks(), ids=lambda r: r.id)
def test_networks_keep_their_contract(entry):
    out = resources.session(entry.id).run(**example(entry, side=2 if entry.id == "minilm" else 64))
    assert set(out) == {t.name for t in entry.outputs}
    for tensor in entry.outputs:
        array = out[tensor.name]
        assert array.dtype == tensor.dtype
        assert np.isfinite(array).all()
        assert all(p in (-1, s) for p, s in zip(tensor.shape, array.shape, strict=True))
        if tensor.range:
            assert tensor.range[0] - 1e-3 <= array.min()
            assert array.max() <= tensor.range[1] + 1e-3


@pytest.mark.usefixtures("weights")
def test_a_network_answers_several_threads_alike():
    entry = resources.resource("face_blendshapes")
    network, given = resources.session(entry.id), example(entry)
    alone = network.run(**given)["blendshapes"]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: network.run(**given)["blendshapes"], range(16)))
    assert all(np.array_equal(alone, other) for other in together)


@pytest.mark.usefixtures("weights")
@pytest.mark.parametrize("resource_id", ["retinaface", "face_landmarks"])
def test_a_file_that_disagrees_with_the_manifest_is_refused(resource_id):
    entry = resources.resource(resource_id)
    first, *rest = entry.outputs
    wrong = replace(entry, outputs=(replace(first, shape=(*first.shape[:-1], 7)), *rest))
    with pytest.raises(ChecksumMismatch, match=f"{first.name} is .* in the file but"):
        load(wrong, resources.path(resource_id), threads=1)
    renamed = replace(entry, outputs=(replace(first, tensor="nowhere"), *rest))
    with pytest.raises(ChecksumMismatch, match="no tensor nowhere"):
        load(renamed, resources.path(resource_id), threads=1)


@pytest.mark.usefixtures("weights")
def test_a_damaged_network_is_refused(tmp_path):
    damaged = tmp_path / "retinaface.onnx"
    damaged.write_bytes(resources.path("retinaface").read_bytes()[:-1])
    with pytest.raises(ChecksumMismatch, match=r"retinaface is damaged. Run `mien setup`"):
        load(resources.resource("retinaface"), damaged, threads=1)


@pytest.mark.usefixtures("weights")
def test_arrays_of_the_wrong_kind_are_refused_by_name():
    network = resources.session("face_blendshapes")
    with pytest.raises(ValueError, match="points must be float32"):
        network.run(points=np.zeros((1, 146, 2)))
    with pytest.raises(ValueError, match="takes points"):
        network.run(point=np.zeros((1, 146, 2), np.float32))


def test_a_missing_network_says_what_to_do_when_it_is_run(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CACHE", str(tmp_path))
    network = resources.session("face_blendshapes", threads=3)
    with pytest.raises(ResourceMissing, match=r"Run `mien setup`"):
        network.run(points=np.zeros((1, 146, 2), np.float32))
    with pytest.raises(UnknownName, match="Unknown resource"):
        resources.session("nothing")
    with pytest.raises(ValueError, match="no network"):
        resources.session("minilm_tokenizer")


def test_threads_follow_the_environment(monkeypatch):
    monkeypatch.setenv("MIEN_THREADS", "3")
    assert settings.threads() == 3
    monkeypatch.setenv("MIEN_THREADS", "many")
    assert 1 <= settings.threads() <= 2
