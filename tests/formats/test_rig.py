"""Models of other programs: what they say is read, whichever way they say it; what they get wrong is a sentence."""

from __future__ import annotations

import json
import struct
from contextlib import suppress

import numpy as np
import pytest
from foreign import BONES, EYES_AT, Writer, glb
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mien.core.arkit import INDEX
from mien.errors import BadFile
from mien.formats import gltf, rig

TRIANGLE = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], dtype="<f4")


def small(**primitive) -> Writer:
    """One triangle that one shape moves."""
    writer = Writer()
    entry = {"attributes": {"POSITION": writer.floats(TRIANGLE)}, **primitive}
    entry.setdefault("targets", [{"POSITION": writer.floats(np.eye(3) * 0.1)}])
    writer.add("meshes", {"primitives": [entry], "extras": {"targetNames": ["jawOpen"]}})
    writer.add("nodes", {"mesh": 0})
    writer.document |= {"scene": 0, "scenes": [{"nodes": [0]}]}
    return writer


def test_nodes_carry_what_hangs_on_them(bald_head):
    found = rig.read(glb(bald_head))
    for part, own in zip(found.parts, bald_head.parts, strict=True):
        np.testing.assert_allclose(part.positions, own.positions * 0.063 + EYES_AT, atol=1e-5)
        np.testing.assert_array_equal(part.triangles, own.triangles)
        if own.moves is not None:
            names = [shape.name for shape in part.shapes]
            jaw = part.shapes[names.index("jawOpen")]
            moved = np.zeros_like(own.positions)
            moved[jaw.ids] = jaw.moves
            np.testing.assert_allclose(moved, own.moves[INDEX["jawOpen"]] * 0.063, atol=1e-6)


def test_a_skinned_mesh_stands_where_its_skeleton_is(bald_head):
    found = rig.read(glb(bald_head, skeleton=True))
    skin, own = found.parts[0], bald_head.parts[0]
    np.testing.assert_allclose(skin.positions, own.positions * 0.063 + EYES_AT, atol=1e-5)
    assert {bone.name for bone in found.bones} >= {f"J_Bip_{name}" for name in BONES}
    head = next(bone for bone in found.bones if bone.name == "J_Bip_head")
    np.testing.assert_allclose(head.place, BONES["head"][1], atol=1e-6)


@pytest.mark.parametrize("version", [0, 1])
def test_vrm_says_who_made_it_and_which_shapes_are_an_expression(bald_head, version):
    found = rig.read(glb(bald_head, vrm=version))
    assert (found.format, found.title) == (f"VRM {version}", "Stranger")
    assert set(found.roles) == set(BONES)
    by_preset = {group.preset: group for group in found.groups}
    assert set(by_preset) == {"blinkLeft", "blinkRight", "aa", "ou", "oh", "happy", "angry", "sad"}
    assert {round(weight, 3) for _, _, weight in by_preset["sad"].binds} == {1.0, 0.7}
    assert found.terms["author"].startswith("A. Nobody")
    assert found.terms["may be used by"].lower() == "everyone"
    if version == 1:
        assert found.terms["redistribution"] == "no"
        assert found.gaze_rad == pytest.approx([np.radians(12)] * 4)


def test_a_head_that_mien_wrote_says_what_its_coefficients_do_to_each_other(bald_head):
    from mien.core.mesh import Corrective, Mesh

    lids = Corrective(("eyeBlinkLeft", "eyeSquintLeft"), {"eyeSquintLeft": -0.9})
    found = rig.read(gltf.write(Mesh("a", "A", "realistic", bald_head.parts, (lids,))))
    assert found.correctives == (lids,)
    assert found.is_shaded


def test_strips_fans_and_triangles_without_an_order():
    square = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0]], dtype="<f4")
    for mode, count in ((5, 2), (6, 2), (4, 1), (0, 0)):
        writer = Writer()
        primitive = {"attributes": {"POSITION": writer.floats(square)}, "mode": mode}
        writer.add("meshes", {"primitives": [primitive]})
        writer.add("nodes", {"mesh": 0, "matrix": [2, 0, 0, 0, 0, 2, 0, 0, 0, 0, 2, 0, 5, 0, 0, 1]})
        writer.document |= {"scene": 0, "scenes": [{"nodes": [0]}]}
        parts = rig.read(writer.file()).parts
        assert sum(len(part.triangles) for part in parts) == count
        if mode == 5:
            a, b, c = (parts[0].positions[parts[0].triangles[:, k]] for k in range(3))
            assert (np.cross(b - a, c - a)[:, 2] > 0).all()
            assert parts[0].positions.max(0).tolist() == [7, 2, 0]


def test_a_node_that_mirrors_keeps_the_outside_outside():
    writer = small()
    writer.document["nodes"][0]["scale"] = [-1, 1, 1]
    (part,) = rig.read(writer.file()).parts
    a, b, c = (part.positions[part.triangles[:, k]] for k in range(3))
    assert (np.cross(b - a, c - a)[:, 2] > 0).all()


def test_sparse_and_normalised_shapes():
    writer = small()
    whole = np.array([[127, 0, 0]], dtype="i1")
    view = writer.view(np.array([2], dtype="u1").tobytes())
    sparse = {
        "count": 1,
        "indices": {"bufferView": view, "componentType": 5121},
        "values": {"bufferView": writer.view(whole.tobytes())},
    }
    entry = {"componentType": 5120, "normalized": True, "count": 3, "type": "VEC3", "sparse": sparse}
    writer.document["meshes"][0]["primitives"][0]["targets"] = [{"POSITION": writer.add("accessors", entry)}]
    (part,) = rig.read(writer.file()).parts
    assert part.shapes[0].ids.tolist() == [2]
    np.testing.assert_allclose(part.shapes[0].moves, [[1, 0, 0]])


def test_shapes_that_act_at_rest_are_part_of_it():
    writer = small()
    writer.document["meshes"][0]["weights"] = [0.5]
    (part,) = rig.read(writer.file()).parts
    np.testing.assert_allclose(part.positions, TRIANGLE + 0.05 * np.eye(3), atol=1e-6)


def test_toons_of_both_versions_have_two_tones():
    told = {"extensions": {"VRMC_materials_mtoon": {"shadeColorFactor": [0.5, 0.4, 0.3]}}}
    writer = small(material=0)
    writer.add("materials", {"name": "face", **told, "alphaMode": "MASK", "alphaCutoff": 0.3, "doubleSided": True})
    material = rig.read(writer.file()).parts[0].material
    assert (material.look, material.alpha, material.cutoff, material.two_sided) == ("toon", "mask", 0.3, True)
    assert material.shade == pytest.approx((0.5, 0.4, 0.3))

    writer = small(material=0)
    writer.add("materials", {"name": "face"})
    own = {"shader": "VRM/MToon", "floatProperties": {"_BlendMode": 2, "_CullMode": 0}, "vectorProperties": {
        "_Color": [1, 1, 1, 0.5], "_ShadeColor": [0.5, 0.5, 0.5, 1]}}  # fmt: skip
    writer.document["extensions"] = {"VRM": {"materialProperties": [own]}}
    material = rig.read(writer.file()).parts[0].material
    assert (material.look, material.alpha, material.two_sided, material.colour[3]) == ("toon", "blend", True, 0.5)
    assert 0.1 < material.shade[0] < 0.3

    writer = small(material=0)
    writer.add("materials", {"extensions": {"KHR_materials_unlit": {}}})
    assert rig.read(writer.file()).parts[0].material.look == "flat"


def test_colours_of_older_exporters_are_found():
    old = {"KHR_materials_pbrSpecularGlossiness": {"diffuseFactor": [0.2, 0.3, 0.4, 1], "glossinessFactor": 0.75}}
    writer = small(material=0)
    writer.add("materials", {"extensions": old})
    material = rig.read(writer.file()).parts[0].material
    assert material.colour == pytest.approx((0.2, 0.3, 0.4, 1.0))
    assert (material.look, material.roughness) == ("lit", 0.25)
    writer = small(material=0)
    glow = {"pbrMetallicRoughness": {"baseColorFactor": [0, 0, 0, 1]}, "emissiveFactor": [1, 0.5, 0]}
    texture = writer.add("textures", {})
    writer.add("materials", {**glow, "emissiveTexture": {"index": texture}})
    material = rig.read(writer.file()).parts[0].material
    assert (material.look, material.colour) == ("flat", (1.0, 0.5, 0.0, 1.0))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda d: d.update(extensionsRequired=["KHR_draco_mesh_compression"]), "Draco"),
        (lambda d: d.update(extensionsRequired=["EXT_meshopt_compression"]), "meshopt"),
        (lambda d: d.update(extensionsRequired=["KHR_texture_basisu"]), "Basis"),
        (lambda d: d.update(extensionsRequired=["EXT_never_heard_of"]), "EXT_never_heard_of"),
        (lambda d: d["buffers"][0].update(uri="head.bin"), "other files"),
        (lambda d: d["nodes"][0].update(children=[0]), "specification"),
        (lambda d: d["nodes"][0].update(mesh=7), "specification"),
        (lambda d: d["nodes"][0].update(scale=["a", 1, 1]), "specification"),
        (lambda d: d["accessors"][0].update(count=10**12), "does not hold"),
        (lambda d: d["accessors"][0].update(count=-1), "does not hold"),
        (lambda d: d["accessors"][0].update(byteOffset=10**6), "does not hold"),
        (lambda d: d["bufferViews"][0].update(byteStride=4), "does not hold"),
        (lambda d: d["bufferViews"][0].update(byteLength=10**9), "does not hold"),
        (lambda d: d["meshes"][0].update(primitives=3), "specification"),
        (lambda d: d.update(nodes=[{}] * 30_000), "nodes"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(spoil, message):
    writer = small()
    writer.file()
    spoil(writer.document)
    buffers = writer.document["buffers"]
    data = writer.file()
    # `file` writes buffers anew.
    if "uri" in buffers[0]:
        writer.document["buffers"] = buffers
        text = json.dumps(writer.document).encode()
        text += b" " * (-len(text) % 4)
        data = struct.pack("<4sII", b"glTF", 2, 20 + len(text)) + struct.pack("<II", len(text), 0x4E4F534A) + text
    with pytest.raises(BadFile, match=message):
        rig.read(data)


def test_a_text_gltf_is_told_from_a_binary_one():
    with pytest.raises(BadFile, match="one binary file"):
        rig.read(b'{"asset": {"version": "2.0"}}')


@pytest.fixture(scope="module")
def strangers(bald_head):
    """A small VRM of each version: a few triangles of the head and all of the rest."""
    from mien.core.mesh import Mesh, Part

    part = bald_head.parts[1]
    few = part.triangles[:12]
    used, own = np.unique(few, return_inverse=True)
    cut = Part(
        part.surface, part.positions[used], part.normals[used], own.reshape(-1, 3).astype(np.int32),
        part.colours[used], None, part.moves[:, used],
    )  # fmt: skip
    mesh = Mesh("x", "X", "anime", (cut,))
    keep = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "browInnerUp")
    presets = {"blink_l": {"eyeBlinkLeft": 1.0}, "a": {"jawOpen": 1.0}}
    return [
        glb(mesh, vrm=version, names=lambda n: n if n in keep else None, presets=presets, toon=True)
        for version in (0, 1)
    ]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_damage_to_a_file_breaks_the_reader(strangers, data):
    """Bytes, and values of the description, are changed anywhere: a file is read or refused, never anything else."""
    original = data.draw(st.sampled_from(strangers))
    spoilt = bytearray(original)
    if data.draw(st.booleans()):
        for _ in range(data.draw(st.integers(1, 8))):
            spoilt[data.draw(st.integers(0, len(spoilt) - 1))] = data.draw(st.integers(0, 255))
        if data.draw(st.booleans()):
            del spoilt[data.draw(st.integers(0, len(spoilt) - 1)) :]
    else:
        length = struct.unpack_from("<I", original, 12)[0]
        document = json.loads(original[20 : 20 + length])
        for _ in range(data.draw(st.integers(1, 3))):
            _spoil(document, data)
        text = json.dumps(document).encode()
        text += b" " * (-len(text) % 4)
        body = struct.pack("<II", len(text), 0x4E4F534A) + text + original[20 + length :]
        spoilt = bytearray(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)
    with suppress(BadFile):
        rig.read(bytes(spoilt))


def _spoil(value, data) -> None:
    """Replace one value somewhere below."""
    odd = st.one_of(
        st.none(), st.booleans(), st.integers(-3, 10**10), st.floats(), st.text(max_size=4), st.just([]), st.just({})
    )
    while True:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if isinstance(value[key], dict | list) and value[key] and data.draw(st.integers(0, 4)):
            value = value[key]
            continue
        value[key] = data.draw(odd)
        return
