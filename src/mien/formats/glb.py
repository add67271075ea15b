"""The container under glTF: one JSON and one binary chunk, and arrays as accessors of the latter."""

from __future__ import annotations

import json
import struct
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import BadFile

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
_TYPES: Final = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_NAMES: Final = {size: name for name, size in _TYPES.items()}
_FOR_VERTICES: Final = 34962
_FOR_TRIANGLES: Final = 34963


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
        except (KeyError, ValueError) as error:
            raise BadFile("This .glb has no readable description; export it again.") from error
        self._binary = chunks.get(_BINARY, b"")

    def view(self, index: int) -> bytes:
        """The bytes of a buffer view."""
        entry = self.document["bufferViews"][index]
        start = entry.get("byteOffset", 0)
        return self._binary[start : start + entry["byteLength"]]

    def array(self, index: int) -> Numbers:
        """An accessor as floats (normalised ones in -1..1) or indices, (n, k). Raises `BadFile`."""
        try:
            return self._array(self.document["accessors"][index])
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise BadFile("This .glb names an array that it does not hold; export it again.") from error

    def _array(self, entry: Document) -> Numbers:
        dtype, count, columns = _DTYPES[entry["componentType"]], entry["count"], _TYPES[entry["type"]]
        width = columns * dtype.itemsize
        values: Numbers = np.zeros((count, columns), dtype=dtype)
        if (index := entry.get("bufferView")) is not None:
            stride = self.document["bufferViews"][index].get("byteStride", width)
            data = np.frombuffer(self.view(index), dtype=np.uint8)[entry.get("byteOffset", 0) :]
            rows = np.lib.stride_tricks.as_strided(data[: (count - 1) * stride + width], (count, width), (stride, 1))
            values = np.ascontiguousarray(rows).view(dtype).reshape(count, columns).copy()
        if sparse := entry.get("sparse"):
            named = np.frombuffer(
                self.view(sparse["indices"]["bufferView"]), dtype=_DTYPES[sparse["indices"]["componentType"]]
            )
            stored = np.frombuffer(self.view(sparse["values"]["bufferView"]), dtype=dtype)
            values[named[: sparse["count"]]] = stored[: sparse["count"] * columns].reshape(-1, columns)
        if entry.get("normalized"):
            return np.asarray(np.maximum(values.astype(np.float32) / np.iinfo(dtype.str).max, -1.0))
        return values
