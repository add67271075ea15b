"""A trained joint embedding becomes the ONNX file that ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from mien.resources.store import replacing
from mien.retrieval.joint import KINDS, LOOK, NODES
from mien_lab.networks.embedding import TEXT, JointEmbedding
from mien_lab.training.export import bare, checked

INPUTS: Final = ("look", "text", "nodes", "kinds", "present")


def export_embedding(network: JointEmbedding, out: Path) -> dict[str, Any]:
    """Write the file and compare its answers with PyTorch's; returns its size, checksum and the largest difference.

    Raises `ValueError` if they differ by more than `PARITY`.
    """
    network.eval()
    dimension = torch.export.Dim("n", min=1, max=4096)
    with replacing(out) as beside:
        torch.onnx.export(
            network,
            _made_up(3, 0),
            str(beside),
            input_names=list(INPUTS),
            output_names=["joint"],
            dynamic_shapes={name: {0: dimension} for name in INPUTS},
            dynamo=True,
            external_data=False,
            verbose=False,
        )
        bare(beside)
    off = _difference(network, out)
    return checked(out, off)


def _made_up(n: int, seed: int) -> tuple[torch.Tensor, ...]:
    draw = torch.Generator().manual_seed(seed)
    text = torch.nn.functional.normalize(torch.randn(n, TEXT, generator=draw), dim=1)
    nodes = torch.nn.functional.normalize(torch.randn(n, NODES, TEXT, generator=draw), dim=2)
    kinds = torch.randint(0, KINDS, (n, NODES), generator=draw)
    present = torch.tensor([[1.0, 1.0], [1.0, 0.0], [0.0, 1.0]])[torch.arange(n) % 3]
    look = torch.rand(n, LOOK, generator=draw) * present[:, :1]
    return look, text * present[:, 1:], nodes * (kinds > 0)[..., None], kinds, present


def _difference(network: JointEmbedding, file: Path) -> float:
    import onnxruntime

    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    worst = 0.0
    for n in (1, 7):
        made = _made_up(n, n)
        with torch.no_grad():
            wanted = network(*made).numpy()
        given = session.run(["joint"], {name: each.numpy() for name, each in zip(INPUTS, made, strict=True)})[0]
        worst = max(worst, float(np.abs(wanted - given).max()))
    return worst
