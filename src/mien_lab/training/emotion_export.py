"""A trained photo network becomes the ONNX file that ships: crops in, probabilities out."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from torch import Tensor, nn

from mien.perception.encode import SIDE
from mien.resources.store import replacing
from mien_lab.networks.emotion import EmotionNet
from mien_lab.training.export import bare, checked

OUTPUTS: Final = ("emotion", "fer")


class Shipped(nn.Module):
    """What the file holds: crops uint8 (n, SIDE, SIDE, 3) in, probabilities (n, 8) and (n, 7) out."""

    def __init__(self, network: EmotionNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        emotion, own = self.network(crops.permute(0, 3, 1, 2).float() / 255)
        return torch.softmax(emotion, dim=1), torch.softmax(own, dim=1)


def export(network: EmotionNet, out: Path) -> dict[str, Any]:
    """Write the file and compare its answers with PyTorch's; returns its size, checksum and the largest difference.

    Raises `ValueError` if they differ by more than `PARITY`.
    """
    shipped = Shipped(network).eval()
    with replacing(out) as beside:
        torch.onnx.export(
            shipped, (_made_up(3),), str(beside), input_names=["crops"], output_names=list(OUTPUTS),
            dynamic_shapes={"crops": {0: torch.export.Dim("n", min=1, max=1024)}}, dynamo=True, external_data=False,
            verbose=False,
        )  # fmt: skip
        bare(beside)
    return checked(out, _difference(shipped, out))


def _made_up(n: int) -> Tensor:
    coarse = np.random.default_rng(n).integers(0, 256, (n, 16, 16, 3), dtype=np.uint8)
    return torch.from_numpy(coarse.repeat(SIDE // 16, axis=1).repeat(SIDE // 16, axis=2))


def _difference(shipped: Shipped, file: Path) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    crops = _made_up(5)
    with torch.no_grad():
        wanted = shipped(crops)
    given = session.run(list(OUTPUTS), {"crops": crops.numpy()})
    return max(float(np.abs(w.numpy() - g).max()) for w, g in zip(wanted, given, strict=True))
