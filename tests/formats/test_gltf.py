"""glTF files: what is written is read back, in the form that other programs ask for."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from mien.core.arkit import COEFFICIENTS, COUNT, INDEX
from mien.core.mesh import Corrective, Mesh, Part, Surface
from mien.errors import BadExpression, BadFile
from mien.formats import gltf

RNG = np.random.default_rng(5)
BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
COLUMNS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}


def part(n: int = 60, *, moving: bool = True, picture: bool = True, name: str = "skin") -> Part:
    positions = RNG.uniform(-2, 2, (n, 3)).astype(np.float32)
    moves = np.zeros((COUNT, n, 3), dtype=np.float32)
    moves[INDEX["jawOpen"], :20] = RNG.uniform(-0.5, 0.5, (20, 3))
    moves[INDEX["mouthSmileLeft"], 5:9] = 0.25
    turns = np.where(moves != 0, 0.3, 0.0).astype(np.float32)
    normals = RNG.normal(size=(n, 3))
    return Part(
        Surface(name, np.full((16, 16, 3), (200, 120, 90), dtype=np.uint8) if picture else None, 0.5, two_sided=True),
        positions,
        (normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32),
        RNG.integers(0, n, (n, 3)).astype(np.int32),
        RNG.random((n, 3)).astype(np.float32),
        RNG.random((n, 2)).astype(np.float32) if picture else None,
        moves if moving else None,
        turns if moving else None,
    )


def mesh() -> Mesh:
    lids = Corrective(("eyeBlinkLeft", "eyeSquintLeft"), {"eyeSquintLeft": -0.9})
    return Mesh("ann", "Ann", "realistic", (part(), part(moving=False, picture=False, name="hair")), (lids,))


def document(data: bytes) -> tuple[dict, bytes]:
    length, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON"
    size, kind = struct.unpack_from("<I4s", data, 20 + length)
    assert kind == b"BIN\0"
    assert len(data) == struct.unpack_from("<I", data, 8)[0] == 28 + length + size
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def test_a_head_comes_back_as_it_was_up_to_rounding():
    before = mesh()
    after = gltf.read(gltf.write(before))
    assert (after.id, after.name, after.style, after.unit_m) == ("ann", "Ann", "realistic", before.unit_m)
    assert after.correctives == before.correctives
    assert [p.surface.name for p in after.parts] == ["skin", "hair"]
    for one, other in zip(before.parts, after.parts, strict=True):
        np.testing.assert_array_equal(other.triangles, one.triangles)
        np.testing.assert_allclose(other.positions, one.positions, atol=2e-4)
        np.testing.assert_allclose(other.normals, one.normals, atol=0.005)
        np.testing.assert_allclose(other.colours, one.colours, atol=1e-4)
        assert other.surface.two_sided
    np.testing.assert_allclose(after.parts[0].moves, before.parts[0].moves, atol=0.002 * 4)
    np.testing.assert_allclose(after.parts[0].turns, before.parts[0].turns, atol=0.005)
    np.testing.assert_allclose(after.parts[0].places, before.parts[0].places, atol=1e-4)
    assert np.abs(after.parts[0].surface.colour.astype(int) - (200, 120, 90)).max() < 4
    assert after.parts[1].moves is None
    assert after.parts[1].surface.colour is None


def test_the_same_head_gives_the_same_bytes():
    one = mesh()
    assert gltf.write(one) == gltf.write(one)


def test_morph_targets_carry_arkits_names_and_only_what_moves():
    data, _ = document(gltf.write(mesh()))
    skin, hair = data["meshes"]
    assert skin["extras"]["targetNames"] == list(COEFFICIENTS)
    assert len(skin["primitives"][0]["targets"]) == len(skin["weights"]) == COUNT
    assert "targets" not in hair["primitives"][0]
    smile = data["accessors"][skin["primitives"][0]["targets"][INDEX["mouthSmileLeft"]]["POSITION"]]
    assert smile["sparse"]["count"] == 4
    # What moves nothing is one shared accessor without bytes.
    still = {skin["primitives"][0]["targets"][INDEX[name]]["POSITION"] for name in ("tongueOut", "cheekPuff")}
    assert len(still) == 1
    assert "sparse" not in data["accessors"][still.pop()]


def test_accessors_keep_the_rules_of_gltf():
    """Alignment, strides, bounds: what validators check and loaders trip over."""
    data, binary = document(gltf.write(mesh()))
    assert data["extensionsRequired"] == ["KHR_mesh_quantization"]
    assert data["buffers"][0]["byteLength"] <= len(binary)
    places = [data["meshes"][k]["primitives"][0] for k in range(2)]
    need_bounds = {p["attributes"]["POSITION"] for p in places}
    need_bounds |= {t["POSITION"] for p in places for t in p.get("targets", ())}
    for index, accessor in enumerate(data["accessors"]):
        size = BYTES[accessor["componentType"]] * COLUMNS[accessor["type"]]
        if "bufferView" in accessor:
            view = data["bufferViews"][accessor["bufferView"]]
            assert view["byteOffset"] % 4 == 0
            stride = view.get("byteStride", size)
            assert stride >= size
            assert (accessor["count"] - 1) * stride + size <= view["byteLength"]
            if view["target"] == 34962:
                assert stride % 4 == 0
        if index in need_bounds:
            assert len(accessor["min"]) == len(accessor["max"]) == 3
            assert all(low <= high for low, high in zip(accessor["min"], accessor["max"], strict=True))
        if sparse := accessor.get("sparse"):
            view = data["bufferViews"][sparse["indices"]["bufferView"]]
            named = np.frombuffer(binary, "<u2", sparse["count"], view["byteOffset"])
            assert (np.diff(named.astype(int)) > 0).all()
            assert named.max() < accessor["count"]
    for primitive in places:
        count = data["accessors"][primitive["attributes"]["POSITION"]]["count"]
        for target in primitive.get("targets", ()):
            assert {data["accessors"][k]["count"] for k in target.values()} == {count}


@settings(max_examples=20, deadline=None)
@given(
    positions=hnp.arrays(np.float32, (8, 3), elements=st.floats(-50, 50, width=32)),
    move=hnp.arrays(np.float32, (8, 3), elements=st.floats(-90, 90, width=32)),
)
def test_no_place_and_no_move_is_cut_off(positions, move):
    moves = np.zeros((COUNT, 8, 3), dtype=np.float32)
    moves[3] = move
    up = np.tile(np.array([[0, 1, 0]], dtype=np.float32), (8, 1))
    one = Part(Surface("a"), positions, up, np.array([[0, 1, 2]], dtype=np.int32), np.ones_like(up), moves=moves)
    (back,) = gltf.read(gltf.write(Mesh("a", "A", "realistic", (one,)))).parts
    size = max(float(np.ptp(positions)), float(np.abs(move).max()), 1.0)
    np.testing.assert_allclose(back.positions, positions, atol=2e-3 * size)
    np.testing.assert_allclose(back.moves, moves, atol=2e-3 * size)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda d: b"PK\x03\x04" + d[4:], "no binary glTF"),
        (lambda d: d[:10], "no binary glTF"),
        (lambda d: d[:4] + struct.pack("<I", 1) + d[8:], "version 1"),
        (lambda d: d[: len(d) // 2], "cut short"),
        (lambda d: d.replace(b'"children"', b'"chlidren"'), "mien export"),
        (lambda d: d.replace(b'"accessors"', b'"acessorrs"'), "export it again"),
        (lambda d: d[:20] + b"!" + d[21:], "no readable description"),
    ],
)
def test_a_file_that_is_no_head_is_refused_in_a_sentence(spoil, said):
    with pytest.raises(BadFile, match=said):
        gltf.read(spoil(gltf.write(mesh())))


def test_a_part_that_does_not_fit_itself_is_refused():
    good = part(30)
    with pytest.raises(BadExpression, match="normals"):
        Part(good.surface, good.positions, good.normals[:5], good.triangles, good.colours)
    with pytest.raises(BadExpression, match="triangle"):
        Part(good.surface, good.positions, good.normals, good.triangles + 30, good.colours)
