"""The expression network of face-api.js, rebuilt in numpy from its TensorFlow.js weights.

face (112, 112, 3) -> four dense blocks of depthwise separable convolutions (32, 64, 128, 256 channels; each halves
the side) -> (7, 7, 256) -> mean -> fully connected -> 7 classes, softmax.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb, Vector
from mien_lab.baselines.carriers import fetch
from mien_lab.baselines.network import in_our_order
from mien_lab.baselines.tfjs import Weights, read_weights

Maps = NDArray[np.float32]
"""float32 (side, side, channels)."""

_CLASSES: Final = ("neutral", "happy", "sad", "angry", "fearful", "disgusted", "surprised")
_MEAN_RGB: Final = np.array([122.782, 117.001, 104.298], dtype=np.float32)
_SIDE: Final = 112


class FaceApi:
    """329 KB of 8-bit weights. Raises `FetchFailed` where its package cannot be had (it takes npm)."""

    name = "face-api"

    def __init__(self) -> None:
        layout, weights = fetch("face_api_layout", "face_api_weights")
        self._weights = read_weights(
            layout.read_text(encoding="utf-8"), {"face_expression_model.bin": weights.read_bytes()}
        )

    def probabilities(self, face: Rgb) -> Vector:
        picture = np.asarray(cv2.resize(face, (_SIDE, _SIDE)), dtype=np.float32)
        return in_our_order(forward(picture, self._weights), _CLASSES)


def forward(picture: Maps, weights: Weights) -> Vector:
    """float32 (7,), sum 1, of an RGB face float32 (112, 112, 3), 0..255."""
    maps: Maps = (picture - _MEAN_RGB) / np.float32(255)
    for block in range(4):
        maps = _dense_block(maps, weights, f"dense{block}")
    logits = maps.mean(axis=(0, 1)) @ weights["fc/weights"] + weights["fc/bias"]
    exponentials = np.exp(logits - logits.max())
    return np.asarray(exponentials / exponentials.sum(), dtype=np.float32)


def _dense_block(maps: Maps, weights: Weights, name: str) -> Maps:
    """Each convolution reads the sum of all before it."""
    first = _convolution if f"{name}/conv0/filters" in weights else _separable
    total = _relu(first(maps, weights, f"{name}/conv0", 2))
    total = total + _separable(total, weights, f"{name}/conv1", 1)
    total = total + _separable(_relu(total), weights, f"{name}/conv2", 1)
    total = total + _separable(_relu(total), weights, f"{name}/conv3", 1)
    return _relu(total)


def _convolution(maps: Maps, weights: Weights, name: str, stride: int) -> Maps:
    filters = weights[f"{name}/filters"]
    columns = np.concatenate(_shifts(maps, stride), axis=-1)
    return np.asarray(columns @ filters.reshape(-1, filters.shape[-1]) + weights[f"{name}/bias"])


def _separable(maps: Maps, weights: Weights, name: str, stride: int) -> Maps:
    depthwise = weights[f"{name}/depthwise_filter"].reshape(9, -1)
    spread = sum(shift * tap for shift, tap in zip(_shifts(maps, stride), depthwise, strict=True))
    return np.asarray(spread @ weights[f"{name}/pointwise_filter"][0, 0] + weights[f"{name}/bias"])


def _shifts(maps: Maps, stride: int) -> list[Maps]:
    """The nine neighbours of every output place, row by row, with TensorFlow's "same" padding."""
    side = maps.shape[0]
    out = -(-side // stride)
    missing = max((out - 1) * stride + 3 - side, 0)
    # TensorFlow pads the odd pixel at the end, other libraries at the start.
    border = (missing // 2, missing - missing // 2)
    padded = np.pad(maps, (border, border, (0, 0)))
    reach = (out - 1) * stride + 1
    return [padded[y : y + reach : stride, x : x + reach : stride] for y in range(3) for x in range(3)]


def _relu(values: NDArray[Any]) -> Maps:
    return np.asarray(np.maximum(values, np.float32(0)))
