"""A trained mapping network becomes an ONNX file: a square and what to do with it in; flow, mask and paint out."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.core.arkit import COUNT
from mien.core.character import FEATURES
from mien.mapping.translate import SIDE
from mien.resources.store import replacing
from mien_lab.networks.encoder import STYLES
from mien_lab.networks.mapper import Condition
from mien_lab.training.export import bare, checked

INPUTS = ("square", "wanted", "own", "style", "places")
OUTPUTS = ("flow", "mask", "paint", "attention")


class Shipped(nn.Module):
    """What the file holds: squares uint8 (n, 192, 192, 3) and the condition in, maps with channels last out."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, square: Tensor, wanted: Tensor, own: Tensor, style: Tensor, places: Tensor) -> tuple[Tensor, ...]:
        drawn = self.net(square.permute(0, 3, 1, 2).float() / 255, Condition(wanted, own, style, places))
        flow, mask, paint = (x.permute(0, 2, 3, 1) for x in (drawn.flow, drawn.mask, drawn.paint))
        return flow, mask, paint, drawn.attention


def export(net: nn.Module, out: Path) -> dict[str, Any]:
    """Write the file and compare its answers with PyTorch's; returns its size, checksum and the largest difference.

    Raises `ValueError` if they differ by more than `PARITY`.
    """
    shipped = Shipped(net.eval())
    given = _made_up()
    with replacing(out) as beside:
        # Folded weights would lose their names, by which `restore` finds them; the run time folds them as well.
        torch.onnx.export(
            shipped, given, str(beside), input_names=list(INPUTS), output_names=list(OUTPUTS), dynamo=True,
            external_data=False, verbose=False, optimize=False,
        )  # fmt: skip
        bare(beside)
    off = parity(shipped, out)
    return checked(out, off)


def parity(shipped: Shipped, file: Path) -> float:
    """Largest difference between both on made-up squares; of paint as far as it is seen. What is painted where the mask
    is faint is two small numbers divided, whose rounding differs from processor to processor.
    """
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    given = _made_up(1)
    with torch.no_grad():
        wanted = _as_seen(x.numpy() for x in shipped(*given))
    found = _as_seen(session.run(list(OUTPUTS), {name: x.numpy() for name, x in zip(INPUTS, given, strict=True)}))
    return max(float(np.abs(wanted[name] - found[name]).max()) for name in OUTPUTS)


def _as_seen(answers: Iterable[NDArray[Any]]) -> dict[str, NDArray[Any]]:
    out = dict(zip(OUTPUTS, answers, strict=True))
    return out | {"paint": out["mask"] * out["paint"]}


def _made_up(seed: int = 0) -> tuple[Tensor, ...]:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (1, 12, 12, 3), dtype=np.uint8)
    square = torch.from_numpy(np.repeat(np.repeat(coarse, SIDE // 12, axis=1), SIDE // 12, axis=2))
    wanted, own = (torch.from_numpy(rng.random((1, COUNT), dtype=np.float32)) for _ in range(2))
    style = torch.from_numpy(np.eye(len(STYLES), dtype=np.float32)[:1])
    places = torch.from_numpy(rng.uniform(-0.6, 0.6, (1, len(FEATURES), 2)).astype(np.float32))
    return square, wanted, own, style, places
