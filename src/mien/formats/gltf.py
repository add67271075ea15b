"""glTF 2.0 as one binary file (.glb): a head with its 52 coefficients as morph targets, by ARKit's names.

Numbers are quantised (KHR_mesh_quantization) and morph targets hold only the vertices that they move, so that a head
stays below 4 MB. What glTF has no words for, correctives, lies in the root node's extras under "mien".
"""

from __future__ import annotations

from io import BytesIO
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mien.core.arkit import COEFFICIENTS, COUNT, INDEX
from mien.core.arrays import Rgb, Rgba
from mien.core.mesh import Alpha, Corrective, Mesh, Part, Surface
from mien.errors import BadFile
from mien.formats.glb import MALFORMED, Builder, Document, Opened

MEDIA_TYPE: Final = "model/gltf-binary"
_QUANTISED: Final = "KHR_mesh_quantization"
_UNLIT: Final = "KHR_materials_unlit"
# Rounding may move a vertex by this share of the head's height.
_ALLOWED: Final = 0.001
# Normals that turn by less than this are left as they are.
_TURNED: Final = 0.04
_QUALITY: Final = 90


def write(mesh: Mesh) -> bytes:
    """A head as the bytes of a .glb file; the same mesh gives the same bytes."""
    builder = Builder("mien")
    top = np.concatenate([p.positions for p in mesh.parts])
    allowed = _ALLOWED * float(np.ptp(top[:, 1]))
    nodes = [_node(builder, part, allowed) for part in mesh.parts]
    root = {
        "name": mesh.id,
        "scale": [mesh.unit_m] * 3,
        "children": nodes,
        "extras": {
            "mien": {
                "id": mesh.id,
                "name": mesh.name,
                "style": mesh.style,
                "correctives": [{"when": list(c.when), "add": dict(c.add)} for c in mesh.correctives],
                **({} if mesh.frame is None else {"frame": list(mesh.frame)}),
                **({"terms": dict(mesh.terms)} if mesh.terms else {}),
            }
        },
    }
    builder.document |= {
        "extensionsUsed": [_QUANTISED] if all(p.surface.is_lit for p in mesh.parts) else [_QUANTISED, _UNLIT],
        "extensionsRequired": [_QUANTISED],
        "scene": 0,
        "scenes": [{"name": mesh.name, "nodes": [builder.add("nodes", root)]}],
    }
    return builder.file()


def _node(builder: Builder, part: Part, allowed: float) -> int:
    """One part as a node that holds its mesh in a box of -1..1."""
    low, high = part.positions.min(0), part.positions.max(0)
    # Neither a place nor a move may leave the box.
    reach = 0.0 if part.moves is None else float(np.abs(part.moves).max(initial=0.0))
    middle, half = (low + high) / 2, max(float((high - low).max()) / 2, reach) or 1.0
    attributes = {
        "POSITION": builder.vertices(_integers((part.positions - middle) / half, "<i2"), normalized=True, bounds=True),
        "NORMAL": builder.vertices(_integers(part.normals, "<i1"), normalized=True),
        "COLOR_0": builder.vertices(_integers(part.colours, "<u2"), normalized=True),
    }
    if part.places is not None:
        attributes["TEXCOORD_0"] = builder.vertices(_integers(part.places, "<u2"), normalized=True)
    primitive: Document = {
        "attributes": attributes,
        "indices": builder.triangles(part.triangles),
        "material": _material(builder, part.surface),
    }
    mesh: Document = {"name": part.surface.name, "primitives": [primitive]}
    if part.moves is not None:
        primitive["targets"] = _targets(builder, part.moves / half, part.turns, allowed / half)
        mesh |= {"weights": [0.0] * COUNT, "extras": {"targetNames": list(COEFFICIENTS)}}
    node = {
        "name": part.surface.name,
        "mesh": builder.add("meshes", mesh),
        "translation": [float(v) for v in middle],
        "scale": [half] * 3,
    }
    return builder.add("nodes", node)


def _targets(
    builder: Builder, moves: NDArray[np.float32], turns: NDArray[np.float32] | None, allowed: float
) -> list[Document]:
    """moves, allowed: in halves of the part's box, so that bytes do for a small part."""
    dtype = "<i1" if allowed >= 0.5 / 127 else "<i2"
    still: int | None = None
    out = []
    for i in range(COUNT):
        kept = np.where(np.linalg.norm(moves[i], axis=1)[:, None] > 0.5 * allowed, moves[i], 0.0)
        moved = _integers(kept, dtype)
        if moved.any() or still is None:
            place = builder.sparse(moved, bounds=True)
            still = still if moved.any() else place
        else:
            place = still
        target: Document = {"POSITION": place}
        if turns is not None:
            kept = np.where(np.linalg.norm(turns[i], axis=1)[:, None] > _TURNED, turns[i], 0.0)
            target["NORMAL"] = builder.sparse(_integers(kept, "<i1"), bounds=False)
        out.append(target)
    return out


def _integers(values: NDArray[Any], dtype: str) -> NDArray[Any]:
    """-1..1 (or 0..1) as normalised integers."""
    most = int(np.iinfo(dtype).max)
    least = 0 if "u" in dtype else -most
    return np.asarray(np.clip(np.round(values * most), least, most).astype(dtype))


def _material(builder: Builder, surface: Surface) -> int:
    shaded: Document = {"metallicFactor": 0.0, "roughnessFactor": surface.roughness}
    if surface.colour is not None:
        see_through = surface.alpha != "opaque" and surface.colour.shape[2] == 4
        view = builder.view(_png(surface.colour) if see_through else _jpeg(surface.colour))
        kind = "image/png" if see_through else "image/jpeg"
        image = builder.add("images", {"name": surface.name, "mimeType": kind, "bufferView": view})
        if "samplers" not in builder.document:
            builder.add("samplers", {"magFilter": 9729, "minFilter": 9987, "wrapS": 33071, "wrapT": 33071})
        shaded["baseColorTexture"] = {"index": builder.add("textures", {"source": image, "sampler": 0})}
    entry: Document = {"name": surface.name, "pbrMetallicRoughness": shaded}
    if surface.two_sided:
        entry["doubleSided"] = True
    if surface.alpha != "opaque":
        entry["alphaMode"] = surface.alpha.upper()
    if surface.alpha == "mask":
        entry["alphaCutoff"] = surface.cutoff
    if not surface.is_lit:
        entry["extensions"] = {_UNLIT: {}}
    return builder.add("materials", entry)


def _jpeg(picture: Rgb | Rgba) -> bytes:
    buffer = BytesIO()
    flat = np.ascontiguousarray(picture[..., :3])
    Image.fromarray(flat).save(buffer, format="JPEG", quality=_QUALITY, subsampling=0)
    return buffer.getvalue()


def _png(picture: Rgba) -> bytes:
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def read(data: bytes) -> Mesh:
    """A head from the bytes of a .glb file that `write` made, or one laid out like it: parts are the children of one
    root, morph targets have ARKit's names.

    Raises `BadFile` for anything else.
    """
    opened = Opened(data)
    document = opened.document
    try:
        root = document["nodes"][document["scenes"][document.get("scene", 0)]["nodes"][0]]
        told = root.get("extras", {}).get("mien", {})
        parts = tuple(_part(opened, document["nodes"][k]) for k in root["children"])
        correctives = correctives_of(told)
        name = str(told.get("name", root.get("name", "")))
        identity, style = str(told.get("id", root.get("name", ""))), str(told.get("style", ""))
        frame = None if "frame" not in told else (float(told["frame"][0]), float(told["frame"][1]))
        unit = float(root.get("scale", (1.0,))[0])
        return Mesh(identity, name, style, parts, correctives, unit, frame, dict(told.get("terms", {})))
    except MALFORMED as error:
        raise BadFile("This .glb holds no head laid out as 'mien export' writes it.") from error


def correctives_of(told: Document) -> tuple[Corrective, ...]:
    """What a root's extras say under "mien". Raises one of `MALFORMED`."""
    return tuple(Corrective(tuple(c["when"]), dict(c["add"])) for c in told.get("correctives", ()))


def _part(opened: Opened, node: Document) -> Part:
    mesh = opened.document["meshes"][node["mesh"]]
    (primitive,) = mesh["primitives"]
    scale = np.array(node.get("scale", (1, 1, 1)), dtype=np.float32)
    attributes = primitive["attributes"]
    positions = opened.array(attributes["POSITION"]).astype(np.float32) * scale
    positions += np.array(node.get("translation", (0, 0, 0)), dtype=np.float32)
    moves, turns = None, None
    if targets := primitive.get("targets"):
        moves = np.zeros((COUNT, len(positions), 3), dtype=np.float32)
        turns = np.zeros_like(moves) if "NORMAL" in targets[0] else None
        for name, target in zip(mesh["extras"]["targetNames"], targets, strict=True):
            if name in INDEX:
                moves[INDEX[name]] = opened.array(target["POSITION"]) * scale
                if turns is not None:
                    turns[INDEX[name]] = opened.array(target["NORMAL"])
    return Part(
        _surface(opened, opened.document["materials"][primitive["material"]]),
        positions,
        opened.array(attributes["NORMAL"]).astype(np.float32),
        opened.array(primitive["indices"]).reshape(-1, 3).astype(np.int32),
        opened.array(attributes["COLOR_0"]).astype(np.float32),
        opened.array(attributes["TEXCOORD_0"]).astype(np.float32) if "TEXCOORD_0" in attributes else None,
        moves,
        turns,
    )


def _surface(opened: Opened, material: Document) -> Surface:
    shaded = material.get("pbrMetallicRoughness", {})
    alpha: Alpha = {"MASK": "mask", "BLEND": "blend"}.get(str(material.get("alphaMode")), "opaque")  # type: ignore[assignment]
    picture = None
    if "baseColorTexture" in shaded:
        image = opened.document["images"][opened.document["textures"][shaded["baseColorTexture"]["index"]]["source"]]
        try:
            with Image.open(BytesIO(opened.view(image["bufferView"]))) as found:
                picture = np.asarray(found.convert("RGB" if alpha == "opaque" else "RGBA"), dtype=np.uint8)
        except (UnidentifiedImageError, OSError) as error:
            raise BadFile("A picture in this .glb cannot be read; export it again.") from error
    return Surface(
        str(material.get("name", "")),
        picture,
        float(shaded.get("roughnessFactor", 1.0)),
        bool(material.get("doubleSided", False)),
        alpha,
        float(material.get("alphaCutoff", 0.5)),
        _UNLIT not in material.get("extensions", {}),
    )
