"""Files as other programs write them, made of one of our own heads: other names, skeletons and ways of packing."""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from io import BytesIO

import numpy as np
from PIL import Image

from mien.core.arkit import COEFFICIENTS, INDEX
from mien.core.mesh import Mesh, Part

Names = Callable[[str], str | None]

# Metres: where the head of a standing figure is.
EYES_AT = np.array([0.0, 1.5, 0.06])
BONES = {
    "hips": (None, (0.0, 0.9, 0.0)), "spine": ("hips", (0.0, 1.1, 0.0)), "neck": ("spine", (0.0, 1.38, -0.01)),
    "head": ("neck", (0.0, 1.43, -0.01)), "leftEye": ("head", (0.0315, 1.5, 0.06)),
    "rightEye": ("head", (-0.0315, 1.5, 0.06)),
}  # fmt: skip

VROID = {
    "eyeBlinkLeft": "Fcl_EYE_Close_L", "eyeBlinkRight": "Fcl_EYE_Close_R", "jawOpen": "Fcl_MTH_A",
    "mouthPucker": "Fcl_MTH_U", "mouthFunnel": "Fcl_MTH_O", "browInnerUp": "Fcl_BRW_Sorrow",
}  # fmt: skip
"""Coefficient -> what VRoid Studio calls what does the same."""

PRESETS_0 = {
    "blink_l": {"eyeBlinkLeft": 1.0}, "blink_r": {"eyeBlinkRight": 1.0}, "a": {"jawOpen": 1.0},
    "u": {"mouthPucker": 1.0}, "o": {"mouthFunnel": 1.0},
    "joy": {"mouthSmileLeft": 1.0, "mouthSmileRight": 1.0, "eyeSquintLeft": 1.0, "eyeSquintRight": 1.0,
            "browOuterUpLeft": 0.5, "browOuterUpRight": 0.5},
    "angry": {"browDownLeft": 1.0, "browDownRight": 1.0, "mouthFrownLeft": 1.0, "mouthFrownRight": 1.0},
    "sorrow": {"browInnerUp": 1.0, "mouthFrownLeft": 0.7, "mouthFrownRight": 0.7},
}  # fmt: skip
TO_1 = {
    "blink_l": "blinkLeft", "blink_r": "blinkRight", "a": "aa", "u": "ou", "o": "oh", "joy": "happy", "angry": "angry",
    "sorrow": "sad",
}  # fmt: skip


@dataclass
class Writer:
    """A glTF document and its bytes, written by hand: nothing of this is how mien writes files."""

    document: dict = field(default_factory=lambda: {"asset": {"version": "2.0", "generator": "a stranger"}})
    binary: bytearray = field(default_factory=bytearray)

    def add(self, where: str, entry: dict) -> int:
        self.document.setdefault(where, []).append(entry)
        return len(self.document[where]) - 1

    def view(self, data: bytes, **more) -> int:
        self.binary += b"\0" * (-len(self.binary) % 4)
        at = len(self.binary)
        self.binary += data
        return self.add("bufferViews", {"buffer": 0, "byteOffset": at, "byteLength": len(data), **more})

    def floats(self, values, **more) -> int:
        array = np.ascontiguousarray(values, dtype="<f4")
        kind = {1: "SCALAR", 2: "VEC2", 3: "VEC3", 4: "VEC4", 16: "MAT4"}[array.shape[1]]
        entry = {"bufferView": self.view(array.tobytes()), "componentType": 5126, "count": len(array), "type": kind}
        return self.add("accessors", entry | more)

    def integers(self, values, kind: str = "SCALAR") -> int:
        array = np.ascontiguousarray(values)
        number = {1: 5121, 2: 5123, 4: 5125}[array.dtype.itemsize]
        view = self.view(array.tobytes())
        entry = {"bufferView": view, "componentType": number, "count": len(array), "type": kind}
        return self.add("accessors", entry)

    def file(self) -> bytes:
        self.document["buffers"] = [{"byteLength": len(self.binary)}]
        text = json.dumps(self.document).encode()
        text += b" " * (-len(text) % 4)
        binary = bytes(self.binary) + b"\0" * (-len(self.binary) % 4)
        body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(binary), 0x004E4942) + binary
        return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def bald(mesh: Mesh) -> Mesh:
    """Without hair, which is most of a head, and without triangles that are lines."""
    parts = tuple(_solid(part) for part in mesh.parts if part.surface.name not in {"hair", "beard"})
    return Mesh(mesh.id, mesh.name, mesh.style, parts)


def _solid(part: Part) -> Part:
    a, b, c = part.triangles.T
    used, own = np.unique(part.triangles[(a != b) & (b != c) & (a != c)], return_inverse=True)
    return Part(
        part.surface,
        part.positions[used],
        part.normals[used],
        own.reshape(-1, 3).astype(np.int32),
        part.colours[used],
        None if part.places is None else part.places[used],
        None if part.moves is None else part.moves[:, used],
        None if part.turns is None else part.turns[:, used],
    )


def glb(
    mesh: Mesh,
    *,
    names: Names = lambda name: name,
    skeleton: bool = False,
    vrm: int | None = None,
    presets: Mapping[str, Mapping[str, float]] = PRESETS_0,
    turn: np.ndarray | None = None,
    mirrored_names: bool = False,
    toon: bool = False,
) -> bytes:
    """A head in metres on a standing figure, its shapes under other names; None leaves one out.

    skeleton: skinned to bones with an inverse bind matrix each, eyes turned by bones. vrm: 0 or 1 adds the extension; 0
    looks along -z as that version does. turn: a rotation of everything. mirrored_names: left is the viewer's.
    """
    writer = Writer()
    if vrm == 0:
        turn = np.diag([-1.0, 1.0, -1.0])
    turn = np.eye(3) if turn is None else turn
    joints = _skeleton(writer, turn) if skeleton or vrm is not None else {}
    order = [name for name in COEFFICIENTS if names(name) is not None]
    called = {name: names(_other(name) if mirrored_names else name) for name in order}
    if joints:
        # A skinned mesh stands where its joints are: what its own node says is nothing.
        order = [name for name in order if not name.startswith("eyeLook")]
    nodes, meshes = [], {}
    for part in mesh.parts:
        node, own = _part(writer, part, order, called, turn, joints, toon=toon)
        nodes.append(node)
        if part.moves is not None:
            meshes[own] = node
    roots = [joints["hips"], *nodes] if joints else nodes
    writer.document |= {"scene": 0, "scenes": [{"nodes": roots}]}
    if vrm is not None:
        _vrm(writer, vrm, joints, meshes, order, presets)
    return writer.file()


def _other(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name


def _skeleton(writer: Writer, turn: np.ndarray) -> dict[str, int]:
    """Nodes of bones, each turned against its parent as rigs of other programs have them."""
    joints: dict[str, int] = {}
    for name, (parent, place) in BONES.items():
        at = turn @ np.array(place) - (turn @ np.array(BONES[parent][1]) if parent else 0.0)
        joints[name] = writer.add("nodes", {"name": f"J_Bip_{name}", "translation": at.tolist(), "children": []})
        if parent:
            writer.document["nodes"][joints[parent]]["children"].append(joints[name])
    return joints


def _part(writer, part: Part, order, called, turn, joints, *, toon: bool) -> tuple[int, int]:
    unit = 0.063
    positions = (part.positions * unit + EYES_AT) @ turn.T
    normals = part.normals @ turn.T
    n = len(positions)
    # Interleaved: positions and normals share a view.
    both = np.concatenate([positions, normals], 1).astype("<f4")
    view = writer.view(both.tobytes(), byteStride=24)
    attributes = {
        key: writer.add(
            "accessors",
            {"bufferView": view, "byteOffset": at, "componentType": 5126, "count": n, "type": "VEC3"},
        )
        for key, at in (("POSITION", 0), ("NORMAL", 12))
    }
    attributes["COLOR_0"] = writer.integers(
        np.concatenate([np.round(part.colours * 255), np.full((n, 1), 255)], 1).astype("u1"), "VEC4"
    )
    writer.document["accessors"][-1]["normalized"] = True
    shaded = {"baseColorFactor": [1, 1, 1, 1], "metallicFactor": 0, "roughnessFactor": part.surface.roughness}
    if part.surface.colour is not None and part.places is not None:
        attributes["TEXCOORD_0"] = writer.floats(part.places)
        buffer = BytesIO()
        Image.fromarray(part.surface.colour).resize((256, 256)).save(buffer, "PNG")
        image = writer.add("images", {"bufferView": writer.view(buffer.getvalue()), "mimeType": "image/png"})
        shaded["baseColorTexture"] = {"index": writer.add("textures", {"source": image})}
    material = {"name": part.surface.name, "pbrMetallicRoughness": shaded, "doubleSided": part.surface.two_sided}
    if toon:
        material["extensions"] = {"VRMC_materials_mtoon": {"specVersion": "1.0", "shadeColorFactor": [0.7, 0.55, 0.6]}}
    primitive = {
        "attributes": attributes,
        "indices": writer.integers(part.triangles.ravel().astype("<u4")),
        "material": writer.add("materials", material),
    }
    mesh = {"name": f"mesh of {part.surface.name}", "primitives": [primitive]}
    if part.moves is not None:
        moves = part.moves * unit @ turn.T
        primitive["targets"] = [{"POSITION": writer.floats(moves[INDEX[name]])} for name in order]
        mesh["extras"] = {"targetNames": [called[name] for name in order]}
    node = {"name": part.surface.name}
    if joints:
        carried = [list(joints)[k] for k in _carrier(part)]
        number = {name: k for k, name in enumerate(joints)}
        which = np.zeros((n, 4), dtype="u1")
        which[:, 0] = [number[name] for name in carried]
        attributes["JOINTS_0"] = writer.integers(which, "VEC4")
        attributes["WEIGHTS_0"] = writer.floats(np.eye(1, 4).repeat(n, 0))
        back = []
        for _, place in BONES.values():
            matrix = np.eye(4)
            matrix[:3, 3] = -(turn @ np.array(place))
            back.append(matrix.T.ravel())
        skin = {"joints": list(joints.values()), "inverseBindMatrices": writer.floats(np.array(back))}
        node |= {"skin": writer.add("skins", skin), "translation": [7.0, 7.0, 7.0]}
    own = writer.add("meshes", mesh)
    return writer.add("nodes", node | {"mesh": own}), own


def _carrier(part: Part) -> np.ndarray:
    """The bone of each vertex, by its place in BONES."""
    bones = list(BONES)
    x, y, _ = part.positions.T
    if part.surface.name == "eyes":
        return np.where(x > 0, bones.index("leftEye"), bones.index("rightEye"))
    return np.where(y < -2.2, bones.index("spine"), np.where(y < -1.9, bones.index("neck"), bones.index("head")))


def _vrm(writer: Writer, version: int, joints, meshes, order, presets) -> None:
    if version == 0:
        groups = [
            {
                "name": preset.upper(),
                "presetName": preset,
                "binds": [
                    {"mesh": mesh, "index": order.index(name), "weight": 100 * weight}
                    for mesh in meshes
                    for name, weight in shapes.items()
                ],
            }
            for preset, shapes in presets.items()
        ]
        writer.document["extensionsUsed"] = ["VRM"]
        writer.document["extensions"] = {
            "VRM": {
                "specVersion": "0.0",
                "meta": {
                    "title": "Stranger", "author": "A. Nobody", "allowedUserName": "Everyone",
                    "commercialUssageName": "Disallow", "licenseName": "CC_BY_NC",
                },
                "humanoid": {"humanBones": [{"bone": name, "node": node} for name, node in joints.items()]},
                "firstPerson": {"lookAtTypeName": "Bone"},
                "blendShapeMaster": {"blendShapeGroups": groups},
                "materialProperties": [],
            }
        }  # fmt: skip
        return
    expressions = {
        TO_1[preset]: {
            "morphTargetBinds": [
                {"node": node, "index": order.index(name), "weight": weight}
                for node in meshes.values()
                for name, weight in shapes.items()
            ]
        }
        for preset, shapes in presets.items()
    }
    writer.document["extensionsUsed"] = ["VRMC_vrm"]
    writer.document["extensions"] = {
        "VRMC_vrm": {
            "specVersion": "1.0",
            "meta": {
                "name": "Stranger", "authors": ["A. Nobody", "B. Noone"], "avatarPermission": "everyone",
                "allowRedistribution": False, "modification": "prohibited",
                "licenseUrl": "https://vrm.dev/licenses/1.0/",
            },
            "humanoid": {"humanBones": {name: {"node": node} for name, node in joints.items()}},
            "expressions": {"preset": expressions, "custom": {}},
            "lookAt": {
                "type": "bone",
                **{
                    f"rangeMap{way}": {"inputMaxValue": 90, "outputScale": 12}
                    for way in ("HorizontalInner", "HorizontalOuter", "VerticalDown", "VerticalUp")
                },
            },
        }
    }  # fmt: skip
