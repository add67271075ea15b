"""A trained encoder becomes the ONNX file that ships: pictures in, answers out, parity checked."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mien.resources.store import replacing
from mien_lab.networks.encoder import Encoder

OUTPUTS = ("coefficients", "emotion", "fer", "affect", "head", "style", "latent", "attention", "landmarks")
PARITY = 1e-4
"""Largest difference between PyTorch's answers and the file's that is accepted."""

_AT_ONCE = 64
"""Crops that are looked at together."""


class Shipped(nn.Module):
    """What the file holds: crops uint8 (n, side, side, 3) in, probabilities and coefficients out."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, crops: Tensor) -> tuple[Tensor, ...]:
        encoded, answers = self.encoder(crops.permute(0, 3, 1, 2).float() / 255)
        return (
            torch.sigmoid(answers.coefficients),
            torch.softmax(answers.emotion, dim=1),
            torch.softmax(answers.fer, dim=1),
            answers.affect,
            answers.head,
            torch.softmax(answers.style, dim=1),
            encoded.mean,
            encoded.regions,
            encoded.finest,
        )


def export(encoder: Encoder, out: Path) -> dict[str, Any]:
    """Write the file and compare its answers with PyTorch's; returns its size, checksum and the largest difference.

    Raises `ValueError` if they differ by more than `PARITY`.
    """
    side = encoder.config.side
    shipped = Shipped(encoder.eval())
    crops = torch.randint(0, 256, (3, side, side, 3), dtype=torch.uint8)
    with replacing(out) as beside:
        torch.onnx.export(
            shipped,
            (crops,),
            str(beside),
            input_names=["crops"],
            output_names=list(OUTPUTS),
            dynamic_shapes={"crops": {0: torch.export.Dim("n", min=1, max=1024)}},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        bare(beside)
    off = parity(shipped, out, side)
    return checked(out, off)


def bare(file: Path) -> None:
    """Take out of an ONNX file what its exporter noted for itself: names of source files and where they lay."""
    import onnx

    model = onnx.load(str(file))
    graph = model.graph
    noted = [model, graph, *graph.node, *graph.value_info, *graph.input, *graph.output, *graph.initializer]
    for part in noted:
        del part.metadata_props[:]
        part.doc_string = ""
    onnx.save(model, str(file))


def checked(file: Path, off: float) -> dict[str, Any]:
    """Size, checksum and largest difference of a file that was just written.

    Raises `ValueError` and removes it if the difference is more than `PARITY`.
    """
    if off > PARITY:
        file.unlink()
        raise ValueError(f"The file's answers differ from PyTorch's by {off:.2g}.")
    return {"size": file.stat().st_size, "sha256": hashlib.sha256(file.read_bytes()).hexdigest(), "parity": off}


def parity(shipped: Shipped, file: Path, side: int) -> float:
    """Largest difference between both on five made-up crops, in a batch of another size than the exported one."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (5, 8, 8, 3), dtype=np.uint8)
    crops = np.repeat(np.repeat(coarse, side // 8, axis=1), side // 8, axis=2)
    with torch.no_grad():
        wanted = shipped(torch.from_numpy(crops))
    given = run(file, crops)
    return max(float(np.abs(w.numpy() - given[name]).max()) for name, w in zip(OUTPUTS, wanted, strict=True))


class Asked:
    """An encoder that is in no manifest, as the network that `perception.encode.Encoder` takes: a file's, which is
    several times as fast on a CPU, or PyTorch's on its device.
    """

    def __init__(self, encoder: Encoder | Path) -> None:
        self._encoder = encoder if isinstance(encoder, Path) else Shipped(encoder.eval())

    def run(self, **inputs: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """As `resources.Network.run`."""
        crops = np.ascontiguousarray(inputs["crops"])
        if isinstance(self._encoder, Path):
            return run(self._encoder, crops)
        where = next(self._encoder.parameters()).device
        with torch.no_grad():
            parts = [self._encoder(part.to(where)) for part in torch.from_numpy(crops).split(_AT_ONCE)]
        return {name: torch.cat([part[i] for part in parts]).cpu().numpy() for i, name in enumerate(OUTPUTS)}


def run(file: Path, crops: NDArray[np.uint8], *, threads: int = 2) -> dict[str, NDArray[Any]]:
    """The answers of a file that is not in the manifest yet."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    shares = np.array_split(crops, max(1, len(crops) // _AT_ONCE))
    parts = [session.run(list(OUTPUTS), {"crops": part}) for part in shares]
    return {name: np.concatenate([part[i] for part in parts]) for i, name in enumerate(OUTPUTS)}
