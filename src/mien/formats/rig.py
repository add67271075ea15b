"""Models of other programs: any glTF 2.0 or VRM file in one piece, as a `Rig` in its bind pose.

What VRM adds is read in `vrm`, what surfaces are made of in `materials`. Compressed geometry is refused: a decoder for
each way of packing would be most of this room, and every exporter can leave it away.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import INDEX
from mien.core.mesh import Corrective
from mien.core.rig import F32, I32, Bone, Rig, RigPart, Shape
from mien.errors import BadFile
from mien.formats import materials, vrm
from mien.formats.glb import MALFORMED, Document, Numbers, Opened
from mien.formats.gltf import correctives_of

MOST_BYTES: Final = 256 * 2**20
MOST_VERTICES: Final = 600_000
MOST_NODES: Final = 20_000
# Rows of all morph targets together that move something: 256 MB.
_MOST_MOVES: Final = 16_000_000

_PACKED: Final[Mapping[str, str]] = {
    "KHR_draco_mesh_compression": "Draco compression",
    "EXT_meshopt_compression": "meshopt compression",
    "KHR_meshopt_compression": "meshopt compression",
    "KHR_texture_basisu": "Basis textures",
}
_KNOWN: Final = ("KHR_mesh_quantization", "KHR_texture_transform", "EXT_texture_webp", "VRM", "VRMC_", "KHR_materials_")
_TRIANGLES, _STRIP, _FAN = 4, 5, 6

Matrix = NDArray[np.float64]


def read(data: bytes) -> Rig:
    """A model from the bytes of a .glb or .vrm file. Raises `BadFile` that says what to export instead."""
    if len(data) > MOST_BYTES:
        raise BadFile(
            f"This file is larger than {MOST_BYTES // 2**20} MB; export the head alone, with smaller pictures."
        )
    opened = Opened(data)
    try:
        _check_extensions(opened.document)
        return _Reader(opened).rig()
    except MALFORMED as error:
        raise BadFile("This file is not glTF 2.0 as its specification asks for; export it again.") from error


def _check_extensions(document: Document) -> None:
    for name in document.get("extensionsRequired", ()):
        if name in _PACKED:
            raise BadFile(f"This file uses {_PACKED[name]}; export it again without.")
        if not str(name).startswith(_KNOWN):
            raise BadFile(f"This file cannot be read without the glTF extension {str(name)[:60]}; export it without.")
    if any(buffer.get("uri") for buffer in document.get("buffers", ())):
        raise BadFile("This file keeps its data in other files; export it as one binary file, .glb.")


class _Reader:
    """One pass over a document."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self._document = opened.document
        self._nodes: list[Document] = list(self._document.get("nodes", ()))
        if len(self._nodes) > MOST_NODES:
            raise BadFile(f"This file has more than {MOST_NODES} nodes; export the head alone.")
        self._worlds, self._parents = self._places()
        self._arrays: dict[int, Numbers] = {}
        self._vertices = 0
        self._moves = 0

    def rig(self) -> Rig:
        look = materials.Materials(self._opened)
        parts: list[RigPart] = []
        for index in self._shown():
            node = self._nodes[index]
            if "mesh" not in node:
                continue
            mesh = self._document["meshes"][node["mesh"]]
            name = " ".join(filter(None, (str(node.get("name", "")), str(mesh.get("name", "")))))
            for primitive in mesh["primitives"]:
                part = self._part(index, node, mesh, primitive, name, look)
                if part is not None:
                    parts.append(part)
        bones = tuple(
            Bone(str(node.get("name", "")), parent, (float(w[0, 3]), float(w[1, 3]), float(w[2, 3])))
            for node, parent, w in zip(self._nodes, self._parents, self._worlds, strict=True)
        )
        told = vrm.read(self._document, len(bones))
        generator = self._document.get("asset", {}).get("copyright", "")
        terms = told.terms or ({"copyright": str(generator)[:300]} if generator else {})
        return Rig(
            told.format, told.title, tuple(parts), bones, told.groups, told.roles, told.gaze_rad, terms, *self._own()
        )

    def _own(self) -> tuple[tuple[Corrective, ...], bool]:
        """Correctives of a head that mien wrote, and whether this is one."""
        for node in self._nodes:
            extras = node.get("extras")
            if isinstance(extras, dict) and "mien" in extras:
                found = correctives_of(extras["mien"])
                names = [name for c in found for name in (*c.when, *c.add)]
                if not all(name in INDEX for name in names) or not all(c.when for c in found):
                    raise ValueError("correctives of coefficients that are none")
                return tuple(Corrective(c.when, {n: float(a) for n, a in c.add.items()}) for c in found), True
        return (), False

    def _shown(self) -> list[int]:
        """The nodes of the file's scene, or all where it has none."""
        scenes = self._document.get("scenes")
        if not scenes:
            return list(range(len(self._nodes)))
        waiting = list(scenes[self._document.get("scene", 0)].get("nodes", ()))[::-1]
        out: dict[int, None] = {}
        while waiting:
            index = waiting.pop()
            if index in out:
                continue
            out[index] = None
            waiting.extend(self._nodes[index].get("children", ())[::-1])
        return list(out)

    def _places(self) -> tuple[list[Matrix], list[int]]:
        """Each node's matrix into the file's space, and its parent. A node that is its own ancestor is refused."""
        parents = [-1] * len(self._nodes)
        for index, node in enumerate(self._nodes):
            for child in node.get("children", ()):
                if child < 0 or parents[child] >= 0:
                    raise ValueError("a node with two parents")
                parents[child] = index
        worlds: list[Matrix | None] = [None] * len(self._nodes)
        for first in range(len(self._nodes)):
            line = []
            at = first
            while at >= 0 and worlds[at] is None:
                line.append(at)
                if len(line) > len(self._nodes):
                    raise ValueError("a circle of nodes")
                at = parents[at]
            for index in line[::-1]:
                above = worlds[parents[index]] if parents[index] >= 0 else None
                own = _matrix(self._nodes[index])
                worlds[index] = own if above is None else above @ own
        return [w for w in worlds if w is not None], parents

    def _part(
        self, index: int, node: Document, mesh: Document, primitive: Document, name: str, look: materials.Materials
    ) -> RigPart | None:
        for packed in primitive.get("extensions", {}):
            if packed in _PACKED:
                raise BadFile(f"This file uses {_PACKED[packed]}; export it again without.")
        attributes = primitive["attributes"]
        place = self._array(attributes["POSITION"]).astype(np.float32)
        triangles = self._triangles(primitive, len(place))
        if not len(triangles):
            return None
        if place.shape[1] != 3 or not np.isfinite(place).all():
            raise ValueError("positions that are none")
        used, back = np.unique(triangles, return_inverse=True)
        own = back.reshape(-1, 3).astype(np.int32)
        self._vertices += len(used)
        if self._vertices > MOST_VERTICES:
            raise BadFile(
                f"This model has more than {MOST_VERTICES:,} vertices; export the head alone, or decimate it."
            )
        bones, weights, carry = self._carried(index, node, attributes, used)
        turn = carry[:, :3, :3]
        shapes, resting = self._shapes(mesh, node, primitive, used, turn)
        local = place[used].astype(np.float64)
        positions = np.einsum("nij,nj->ni", turn, local) + carry[:, :3, 3] + resting
        normals = None
        if "NORMAL" in attributes:
            flat = self._array(attributes["NORMAL"])[used].astype(np.float64)
            normals = _unit(np.einsum("nij,nj->ni", _cofactors(turn), flat)).astype(np.float32)
        if np.linalg.det(turn[0]) < 0:
            own = own[:, ::-1].copy()
            normals = None if normals is None else -normals
        material, channel = look.material(primitive.get("material"))
        colours = None
        if "COLOR_0" in attributes:
            found = self._array(attributes["COLOR_0"])[used].astype(np.float32)
            opaque = np.ones((len(used), 1), dtype=np.float32)
            colours = np.clip(found if found.shape[1] == 4 else np.concatenate([found, opaque], 1), 0, 1)
        places = None
        if material.picture is not None and f"TEXCOORD_{channel.index}" in attributes:
            places = channel.moved(self._array(attributes[f"TEXCOORD_{channel.index}"])[used].astype(np.float32))
        out = positions.astype(np.float32)
        for values in (out, normals, colours, places):
            if values is not None and not np.isfinite(values).all():
                raise ValueError("numbers that are none")
        return RigPart(name, node["mesh"], material, out, normals, own, colours, places, shapes, bones, weights)

    def _triangles(self, primitive: Document, count: int) -> I32:
        mode = primitive.get("mode", _TRIANGLES)
        if mode not in (_TRIANGLES, _STRIP, _FAN):
            return np.zeros((0, 3), dtype=np.int32)
        order = np.arange(count)
        if "indices" in primitive:
            order = self._array(primitive["indices"]).astype(np.int64).ravel()
        if len(order) and (order.min() < 0 or order.max() >= count):
            raise ValueError("a triangle of vertices that are not there")
        if mode == _TRIANGLES:
            found = order[: len(order) // 3 * 3].reshape(-1, 3)
        elif mode == _STRIP:
            found = np.stack([order[:-2], order[1:-1], order[2:]], 1) if len(order) > 2 else np.zeros((0, 3), np.int64)
            found[1::2] = found[1::2, [1, 0, 2]]
        else:
            rest = order[1:]
            found = np.stack([np.repeat(order[:1], max(len(rest) - 1, 0)), rest[:-1], rest[1:]], 1)
        a, b, c = found.T
        return np.asarray(found[(a != b) & (b != c) & (a != c)], dtype=np.int32)

    def _carried(self, index: int, node: Document, attributes: Document, used: NDArray[Any]) -> tuple[I32, F32, Matrix]:
        """Which nodes carry each vertex, by how much, and the matrix that follows from them, (n, 4, 4)."""
        if "skin" not in node or "JOINTS_0" not in attributes:
            alone = np.full((len(used), 1), index, dtype=np.int32)
            return alone, np.ones_like(alone, dtype=np.float32), np.broadcast_to(self._worlds[index], (len(used), 4, 4))
        skin = self._document["skins"][node["skin"]]
        joints = np.array(skin["joints"], dtype=np.int64)
        if joints.ndim != 1 or not len(joints) or joints.min() < 0 or joints.max() >= len(self._nodes):
            raise ValueError("joints that are none")
        matrices = np.stack([self._worlds[j] for j in joints])
        if "inverseBindMatrices" in skin:
            back = self._array(skin["inverseBindMatrices"]).astype(np.float64).reshape(-1, 4, 4).transpose(0, 2, 1)
            matrices = matrices @ back[: len(joints)]
        sets = [k for k in range(4) if f"JOINTS_{k}" in attributes and f"WEIGHTS_{k}" in attributes]
        which = np.concatenate([self._array(attributes[f"JOINTS_{k}"])[used] for k in sets], 1).astype(np.int64)
        share = np.concatenate([self._array(attributes[f"WEIGHTS_{k}"])[used] for k in sets], 1).astype(np.float64)
        if which.shape != share.shape or which.min() < 0 or which.max() >= len(joints) or not np.isfinite(share).all():
            raise ValueError("weights that are none")
        share = np.clip(share, 0, None)
        total = share.sum(1, keepdims=True)
        share = np.where(total > 1e-6, share / np.maximum(total, 1e-6), np.eye(1, share.shape[1]))
        carry = np.zeros((len(used), 4, 4))
        for k in range(which.shape[1]):
            carry += share[:, k, None, None] * matrices[which[:, k]]
        if not np.isfinite(carry).all():
            raise ValueError("matrices that are none")
        return joints[which].astype(np.int32), share.astype(np.float32), carry

    def _shapes(
        self, mesh: Document, node: Document, primitive: Document, used: NDArray[Any], turn: Matrix
    ) -> tuple[tuple[Shape, ...], F32]:
        """A primitive's morph targets, and what those that act at rest do to it, (n, 3)."""
        resting = np.zeros((len(used), 3), dtype=np.float32)
        targets = primitive.get("targets", ())
        names = mesh.get("extras", {}).get("targetNames") or primitive.get("extras", {}).get("targetNames") or ()
        acting = node.get("weights") or mesh.get("weights") or ()
        out = []
        for k, target in enumerate(targets):
            name, moves = f"target {k}", np.zeros((0, 3), dtype=np.float32)
            ids = np.zeros(0, dtype=np.int32)
            if "POSITION" in target:
                name = str(self._document["accessors"][target["POSITION"]].get("name", name))
                all_ = self._array(target["POSITION"])
                if all_.shape[1] != 3:
                    raise ValueError("a shape that is none")
                found = all_[used].astype(np.float32)
                if not np.isfinite(found).all():
                    raise ValueError("numbers that are none")
                ids = np.flatnonzero(found.any(1)).astype(np.int32)
                self._moves += len(ids)
                if self._moves > _MOST_MOVES:
                    raise BadFile("The shapes of this model move too many vertices to hold; export the head alone.")
                moves = np.einsum("nij,nj->ni", turn[ids], found[ids]).astype(np.float32)
            if k < len(acting) and acting[k]:
                resting[ids] += np.float32(acting[k]) * moves
            out.append(Shape(str(names[k]) if k < len(names) else name, ids, moves))
        return tuple(out), resting

    def _array(self, index: int) -> Numbers:
        """Many primitives share their arrays: each is read once."""
        if index not in self._arrays:
            if sum(a.nbytes for a in self._arrays.values()) > MOST_BYTES:
                self._arrays.clear()
            self._arrays[index] = self._opened.array(index)
        return self._arrays[index]


def _matrix(node: Document) -> Matrix:
    """A node's own matrix, from whichever way it is told."""
    if "matrix" in node:
        out = np.array(node["matrix"], dtype=np.float64).reshape(4, 4).T
    else:
        x, y, z, w = (float(v) for v in node.get("rotation", (0, 0, 0, 1)))
        length = (x * x + y * y + z * z + w * w) ** 0.5 or 1.0
        x, y, z, w = x / length, y / length, z / length, w / length
        out = np.eye(4)
        out[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
        out[:3, :3] *= np.array(node.get("scale", (1, 1, 1)), dtype=np.float64).reshape(1, 3)
        out[:3, 3] = np.array(node.get("translation", (0, 0, 0)), dtype=np.float64).reshape(3)
    if not np.isfinite(out).all() or np.abs(out).max() > 1e9:
        raise ValueError("a node that is nowhere")
    return out


def _cofactors(turn: Matrix) -> Matrix:
    """What normals are turned by where positions are turned by `turn`, (n, 3, 3): it need not be invertible."""
    a, b, c = turn[:, :, 0], turn[:, :, 1], turn[:, :, 2]
    return np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], 2)


def _unit(vectors: NDArray[Any]) -> NDArray[Any]:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.where(length > 1e-12, vectors / np.maximum(length, 1e-12), (0.0, 0.0, 1.0))
