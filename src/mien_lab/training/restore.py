"""Weights back out of an ONNX file that ships, so that whoever has mien can go on from them without training first.

Exporting folds every batch normalisation into the convolution before it. Here it comes back as one that only adds:
answers are those of the file, and there is a layer to hold the shift.
"""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from mien.errors import BadFile


def restore(module: nn.Module, file: Path, *, within: str, besides: tuple[str, ...] = ()) -> None:
    """Put the weights of an ONNX file into a module of the same shape.

    within: what the file calls the module. besides: parts of it that do not ship and stay as they are.
    Raises `BadFile` where a weight is missing or has another shape.
    """
    import onnx
    from onnx import numpy_helper

    try:
        found = {entry.name: entry for entry in onnx.load(str(file)).graph.initializer}
    except Exception as error:  # protobuf's own kinds
        raise BadFile(f"{file} is no ONNX file.") from error
    own = module.state_dict()
    state: dict[str, Tensor] = {}
    for name in own:
        if (entry := found.get(f"{within}.{name}")) is not None:
            state[name] = torch.from_numpy(np.array(numpy_helper.to_array(entry)))
    for before, after, normalisation in _folded(module):
        if (entry := found.get(f"{within}.{before}.weight_bias")) is not None:
            state[f"{after}.bias"] = torch.from_numpy(np.array(numpy_helper.to_array(entry)))
            state[f"{after}.weight"] = torch.ones(normalisation.num_features)
            state[f"{after}.running_mean"] = torch.zeros(normalisation.num_features)
            state[f"{after}.running_var"] = torch.full((normalisation.num_features,), 1.0 - normalisation.eps)
    wrong = [
        name
        for name, value in own.items()
        if not name.startswith(besides)
        and not name.endswith("num_batches_tracked")
        and (name not in state or state[name].shape != value.shape)
    ]
    if wrong:
        raise BadFile(f"{file} holds the weights of another network: {wrong[0]} is not there, or of another shape.")
    module.load_state_dict({**own, **state})


def _folded(module: nn.Module) -> list[tuple[str, str, nn.BatchNorm2d]]:
    """Convolutions that have a normalisation behind them: name of either, and the latter."""
    out = []
    for name, part in module.named_modules():
        if isinstance(part, nn.Sequential):
            steps = list(part.named_children())
            for (first, conv), (second, norm) in itertools.pairwise(steps):
                if isinstance(conv, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
                    above = f"{name}." if name else ""
                    out.append((f"{above}{first}", f"{above}{second}", norm))
    return out
