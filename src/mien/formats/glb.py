"""The container under glTF: one JSON and one binary chunk, and arrays as accessors of the latter."""

from __future__ import annotations

import json
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import BadExpression, BadFile

Document = dict[str, Any]
Numbers = NDArray[Any]

_MAGIC: Final = b"glTF"
_JSON: Final = 0x4E4F534A
_BINARY: Final = 0x004E4942
_DTYPES: Final[dict[int, np.dtype[Any]]] = {
    5120: np.dtype("<i1"), 5121: np.dtype("<u1"), 5122: np.dtype("<i2"), 5123: np.dtype("<u2"),
    5125: np.dtype("<u4"), 5126: np.dtype("<f4"),
}  # fmt: skip
_COMPONENTS: Final = {dtype: number for number, dtype in _DTYPES.items()}
_TYPES: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}
_NAMES: Final = {size: name for name, size in _TYPES.items()}
_FOR_VERTICES: Final = 34962
_FOR_TRIANGLES: Final = 34963
# No array of a head is longer; what claims to be was made to fill the memory.
_MOST: Final = 4_000_000

MALFORMED: Final = (
    KeyError, IndexError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, BadExpression,
)  # fmt: skip
"""What goes wrong where a document does not say what glTF asks for."""


class Builder:
    """Collects arrays and pictures; `document` grows with them."""

    def __init__(self, generator: str) -> None:
        self.document: Document = {"asset": {"version": "2.0", "generator": generator}}
        self._binary = bytearray()

    def add(self, where: str, entry: Document) -> int:
        """Append to one of the document's lists; its index."""
        entries = self.document.setdefault(where, [])
        entries.append(entry)
        return len(entries) - 1

    def view(self, data: bytes, **more: int) -> int:
        """Store bytes, aligned to four."""
        self._binary.extend(b"\0" * (-len(self._binary) % 4))
        entry = {"buffer": 0, "byteOffset": len(self._binary), "byteLength": len(data), **more}
        self._binary.extend(data)
        return self.add("bufferViews", entry)

    def vertices(self, values: Numbers, *, normalized: bool, bounds: bool = False) -> int:
        """An attribute of vertices, (n, k); rows are padded to four bytes as glTF asks."""
        width = values.shape[1] * values.dtype.itemsize
        rows = np.zeros((len(values), width + -width % 4), dtype=np.uint8)
        rows[:, :width] = np.ascontiguousarray(values).view(np.uint8).reshape(len(values), width)
        view = self.view(rows.tobytes(), byteStride=rows.shape[1], target=_FOR_VERTICES)
        entry = _accessor(values, normalized) | {"bufferView": view}
        if bounds:
            entry |= {"min": values.min(0).tolist(), "max": values.max(0).tolist()}
        return self.add("accessors", entry)

    def triangles(self, indices: Numbers) -> int:
        """Corners of triangles, (m, 3)."""
        flat = indices.astype("<u2" if indices.max(initial=0) < 65535 else "<u4").reshape(-1, 1)
        view = self.view(flat.tobytes(), target=_FOR_TRIANGLES)
        return self.add("accessors", _accessor(flat, normalized=False) | {"bufferView": view})

    def sparse(self, values: Numbers, *, bounds: bool) -> int:
        """Normalised integers of which most rows are zero, (n, k): only the others are stored."""
        entry = _accessor(values, normalized=True)
        rows = np.flatnonzero(values.any(1))
        if bounds:
            low, high = (values.min(0), values.max(0)) if len(values) else (values, values)
            entry |= {"min": low.tolist(), "max": high.tolist()}
        if len(rows):
            named = rows.astype("<u2" if len(values) <= 65535 else "<u4")
            entry["sparse"] = {
                "count": len(rows),
                "indices": {
                    "bufferView": self.view(named.tobytes()),
                    "componentType": _COMPONENTS[named.dtype],
                },
                "values": {"bufferView": self.view(np.ascontiguousarray(values[rows]).tobytes())},
            }
        return self.add("accessors", entry)

    def file(self) -> bytes:
        """The whole file."""
        self.document["buffers"] = [{"byteLength": len(self._binary)}]
        text = json.dumps(self.document, separators=(",", ":"), ensure_ascii=False).encode()
        chunks = b""
        for kind, data, fill in ((_JSON, text, b" "), (_BINARY, bytes(self._binary), b"\0")):
            padded = data + fill * (-len(data) % 4)
            chunks += struct.pack("<II", len(padded), kind) + padded
        return struct.pack("<4sII", _MAGIC, 2, 12 + len(chunks)) + chunks


def _accessor(values: Numbers, normalized: bool) -> Document:
    entry = {"componentType": _COMPONENTS[values.dtype], "count": len(values), "type": _NAMES[values.shape[1]]}
    return entry | {"normalized": True} if normalized else entry


class Opened:
    """A file's document and the arrays that it names. Raises `BadFile` when the bytes are no GLB."""

    def __init__(self, data: bytes) -> None:
        if data[:1].isspace() or data[:1] == b"{":
            raise BadFile("This is a .gltf with its data in other files; export it as one binary file, .glb.")
        if len(data) < 20 or data[:4] != _MAGIC:
            raise BadFile("This is no binary glTF: a .glb starts with the letters glTF.")
        if (version := struct.unpack_from("<I", data, 4)[0]) != 2:
            raise BadFile(f"This .glb has version {version} of glTF; export it again as version 2.")
        chunks: dict[int, bytes] = {}
        at = 12
        while at + 8 <= len(data):
            length, kind = struct.unpack_from("<II", data, at)
            if at + 8 + length > len(data):
                raise BadFile("This .glb is cut short; fetch or export it again.")
            chunks.setdefault(kind, data[at + 8 : at + 8 + length])
            at += 8 + length
        try:
            self.document: Document = json.loads(chunks[_JSON])
        except (KeyError, ValueError, RecursionError) as error:
            raise BadFile("This .glb has no readable description; export it again.") from error
        if not isinstance(self.document, dict):
            raise BadFile("This .glb has no readable description; export it again.")
        self._binary = chunks.get(_BINARY, b"")

    def view(self, index: int) -> bytes:
        """The bytes of a buffer view. Raises one of `MALFORMED` where the file does not hold them."""
        entry = self.document["bufferViews"][index]
        start, length = entry.get("byteOffset", 0), entry["byteLength"]
        if min(index, start, length, entry.get("buffer", 0)) < 0 or start + length > len(self._binary):
            raise ValueError("a view outside of its buffer")
        return self._binary[start : start + length]

    def array(self, index: int) -> Numbers:
        """An accessor as floats (normalised ones in -1..1) or indices, (n, k). Raises `BadFile`."""
        try:
            if index < 0:
                raise IndexError(index)
            return self._array(self.document["accessors"][index])
        except MALFORMED as error:
            raise BadFile("This .glb names an array that it does not hold; export it again.") from error

    def _array(self, entry: Document) -> Numbers:
        dtype, count, columns = _DTYPES[entry["componentType"]], entry["count"], _TYPES[entry["type"]]
        if not 0 <= count <= _MOST:
            raise ValueError("an array of an impossible length")
        width = columns * dtype.itemsize
        values: Numbers = np.zeros((count, columns), dtype=dtype)
        if (index := entry.get("bufferView")) is not None:
            stride, start = self.document["bufferViews"][index].get("byteStride", width), entry.get("byteOffset", 0)
            data = np.frombuffer(self.view(index), dtype=np.uint8)[start:]
            # The view below looks at whatever memory it is told to.
            if start < 0 or stride < width or (count and (count - 1) * stride + width > len(data)):
                raise ValueError("an array outside of its view")
            if count:
                rows = np.lib.stride_tricks.as_strided(data, (count, width), (stride, 1))
                values = np.ascontiguousarray(rows).view(dtype).reshape(count, columns).copy()
        if sparse := entry.get("sparse"):
            held = [
                np.frombuffer(self.view(sparse[what]["bufferView"])[sparse[what].get("byteOffset", 0) :], np.uint8)
                for what in ("indices", "values")
            ]
            number = sparse["count"]
            small = _DTYPES[sparse["indices"]["componentType"]]
            named = held[0][: number * small.itemsize].view(small)
            values[named] = held[1][: number * width].view(dtype).reshape(number, columns)
        if entry.get("normalized"):
            return np.asarray(np.maximum(values.astype(np.float32) / np.iinfo(dtype.str).max, -1.0))
        return values
