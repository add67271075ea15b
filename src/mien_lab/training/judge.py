"""`mien-lab fit judge`: trains the reader by which mappings are judged, on true renders alone.

Pictures of the data set's training split, with its labels; no held-out character or expression, nothing that any
network of mien drew or said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from mien.perception.align import cut, region_for_encoder, wider
from mien.resources.store import replacing
from mien_lab.data import Dataset
from mien_lab.data.plan import SCAN
from mien_lab.evaluation.mapping_judge import FIVE, SIDE
from mien_lab.networks.judge import Judge, Shipped
from mien_lab.training import loop
from mien_lab.training.export import bare, checked

_KEPT: Final = 84
_MARGIN: Final = _KEPT / SIDE
_BATCH: Final = 64

Report = Callable[[str], None]


def fit(
    data: Dataset, out: Path, *, epochs: int = 20, seed: int = 71, device: str = "auto", report: Report
) -> dict[str, Any]:
    """Train, write the ONNX file, and return its size, checksum and what it reads right of what was held out."""
    torch.manual_seed(seed)
    rng = np.random.default_rng(seed)
    where = loop.device(device)
    labels = data.labels
    ours = labels.origin != SCAN
    fits = np.flatnonzero(ours & ~labels.character_held_out & ~labels.expression_held_out)
    tests = {
        "expressions": np.flatnonzero(ours & ~labels.character_held_out & labels.expression_held_out),
        "characters": np.flatnonzero(ours & labels.character_held_out),
    }
    crops = torch.from_numpy(np.stack([_kept(data, i) for i in range(len(data))])).permute(0, 3, 1, 2).contiguous()
    emotion = torch.from_numpy(labels.emotion).to(where)
    affect = torch.from_numpy(np.stack([labels.valence, labels.arousal], axis=1)).to(where)
    net = Judge().to(where, memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.02)
    average = loop.Average(net, 0.995)
    steps = epochs * (len(fits) // _BATCH)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = 2e-3 * loop.rate(step / steps)
        if step % (len(fits) // _BATCH) == 0:
            order = rng.permutation(fits)
        place = step % (len(fits) // _BATCH) * _BATCH
        rows = order[place : place + _BATCH]
        seen = _varied(crops[rows].to(where).float() / 255).contiguous(memory_format=torch.channels_last)
        said, felt = net.train()(seen)
        loss = functional.cross_entropy(said, emotion[rows]) + 2 * functional.mse_loss(felt, affect[rows])
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        average.update(net)
        if step % 50 == 0:
            report(f"{100 * step / steps:.0f} % loss {float(loss.detach()):.3f}")
    judge = average.module.cpu().eval()
    assert isinstance(judge, Judge)
    return {**export(judge, out), **{k: _right(judge, crops, data, rows) for k, rows in tests.items()}}


def export(judge: Judge, out: Path) -> dict[str, Any]:
    """Write the file. Raises `ValueError` where its answers differ from PyTorch's."""
    import onnxruntime

    shipped = Shipped(judge).eval()
    crops = torch.randint(0, 256, (3, SIDE, SIDE, 3), dtype=torch.uint8)
    with replacing(out) as beside:
        torch.onnx.export(
            shipped, (crops,), str(beside), input_names=["crops"], output_names=["vectors"],
            dynamic_shapes={"crops": {0: torch.export.Dim("n", min=1, max=4096)}}, dynamo=True, external_data=False,
            verbose=False,
        )  # fmt: skip
        bare(beside)
    (given,) = onnxruntime.InferenceSession(str(out)).run(["vectors"], {"crops": crops.numpy()})
    with torch.no_grad():
        off = float(np.abs(shipped(crops).numpy() - given).max())
    return checked(out, off)


@torch.no_grad()
def _right(judge: Judge, crops: Tensor, data: Dataset, rows: NDArray[np.intp]) -> dict[str, float]:
    """Share of right emotions, and the mean cosine with the label's vector."""
    edge = (_KEPT - SIDE) // 2
    shipped = Shipped(judge).eval()
    seen = crops[rows][:, :, edge : edge + SIDE, edge : edge + SIDE].permute(0, 2, 3, 1)
    said = torch.cat([shipped(part) for part in seen.split(256)]).numpy()
    labels = data.labels[rows]
    truth = np.concatenate([labels.emotion, labels.valence[:, None], labels.arousal[:, None]], axis=1)
    cosine = (said * truth).sum(axis=1) / (np.linalg.norm(said, axis=1) * np.linalg.norm(truth, axis=1) + 1e-9)
    return {"right": float((said[:, :8].argmax(axis=1) == labels.top).mean()), "cosine": float(cosine.mean())}


def _kept(data: Dataset, row: int) -> NDArray[np.uint8]:
    region = wider(region_for_encoder(data.labels.landmarks[row][FIVE]), _MARGIN)
    return cut(data.picture(row), region, _KEPT, stretch_border=True).crop


def _varied(kept: Tensor) -> Tensor:
    """Shifted, turned, scaled, mirrored, tinted, softened: (n, 3, 84, 84) -> (n, 3, 64, 64)."""
    n, where = len(kept), kept.device
    angle = torch.randn(n, device=where) * math.radians(6)
    scale = (SIDE / _KEPT) * torch.exp(torch.randn(n, device=where) * 0.06)
    flip = torch.where(torch.rand(n, device=where) < 0.5, -1.0, 1.0)
    shift = torch.randn(n, 2, device=where) * 0.06
    cos, sin = torch.cos(angle) * scale, torch.sin(angle) * scale
    theta = torch.stack(
        [torch.stack([cos * flip, -sin, shift[:, 0]], 1), torch.stack([sin * flip, cos, shift[:, 1]], 1)], 1
    )
    grid = functional.affine_grid(theta, [n, 3, SIDE, SIDE], align_corners=False)
    out = functional.grid_sample(kept, grid, padding_mode="border", align_corners=False)
    gain = 1 + torch.randn(n, 3, 1, 1, device=where) * 0.12
    out = (out - 0.5) * (1 + torch.randn(n, 1, 1, 1, device=where) * 0.15) + 0.5
    out = out * gain + torch.randn(n, 1, 1, 1, device=where) * 0.08
    grey = out.mean(dim=1, keepdim=True).expand_as(out)
    out = torch.where(torch.rand(n, 1, 1, 1, device=where) < 0.3, grey, out)
    soft = functional.avg_pool2d(functional.pad(out, (1, 1, 1, 1), mode="replicate"), 3, 1)
    return torch.where(torch.rand(n, 1, 1, 1, device=where) < 0.3, soft, out)
