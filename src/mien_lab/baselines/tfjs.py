"""Read weights stored for TensorFlow.js: a JSON layout, and shards of numbers that may be quantised."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.errors import BadFile

Weights = dict[str, NDArray[np.float32]]

_STORED: Final[dict[str, str]] = {"float32": "<f4", "uint8": "u1", "uint16": "<u2"}


def read_weights(layout: str, shards: Mapping[str, bytes]) -> Weights:
    """All weights by name, float32.

    layout: the text of a `weights_manifest.json`: groups of `paths` and `weights`, each with name, shape, dtype and,
    where quantised, `{dtype, scale, min}`, meaning `stored * scale + min`. shards: path -> its bytes.

    Raises `BadFile` where the numbers do not fit the layout.
    """
    weights: Weights = {}
    for group in json.loads(layout):
        content = b"".join(shards[path] for path in group["paths"])
        start = 0
        for entry in group["weights"]:
            values, start = _take(entry, content, start)
            weights[entry["name"]] = values
        if start != len(content):
            raise BadFile(f"{', '.join(group['paths'])} holds {len(content)} bytes where its layout promises {start}.")
    return weights


def _take(entry: Mapping[str, Any], content: bytes, start: int) -> tuple[NDArray[np.float32], int]:
    quantised = entry.get("quantization")
    stored = quantised["dtype"] if quantised else entry["dtype"]
    if stored not in _STORED:
        raise BadFile(f"{entry['name']} is stored as {stored}, which is not read here.")
    dtype = np.dtype(_STORED[stored])
    count = int(np.prod(entry["shape"], dtype=np.int64))
    end = start + count * dtype.itemsize
    if end > len(content):
        raise BadFile(f"The shards end in the middle of {entry['name']}.")
    values = np.frombuffer(content[start:end], dtype).astype(np.float32).reshape(entry["shape"])
    if quantised:
        values = values * np.float32(quantised["scale"]) + np.float32(quantised["min"])
    return values, end
