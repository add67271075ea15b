"""The one door to onnxruntime and LiteRT: a network by its id, checked against its contract, loaded when first run."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mien.errors import ChecksumMismatch
from mien.resources import settings
from mien.resources.catalogue import Resource, Tensor, resource
from mien.resources.extract import is_genuine
from mien.resources.store import path

Array = NDArray[Any]


class Network(Protocol):
    """Something that maps named arrays to named arrays; names, shapes and dtypes are those of the manifest."""

    def run(self, **inputs: Array) -> dict[str, Array]:
        """Run once. Safe to call from several threads."""
        ...


def session(resource_id: str | Resource, *, threads: int | None = None) -> Network:
    """A network by id or entry, shared within the process.

    threads: for one run; `settings.threads()` when None. Nothing is read before the first `run`, which raises
    `ResourceMissing` if `mien setup` has not run and `ChecksumMismatch` if the file does not keep its contract.
    """
    return _session(resource(resource_id), threads or settings.threads())


@cache
def _session(entry: Resource, threads: int) -> Network:
    if not entry.outputs:
        raise ValueError(f"{entry.id} is no network.")
    return _Lazy(entry, threads)


class _Lazy:
    """Loads on the first run, one run at a time (a LiteRT interpreter holds its tensors between calls)."""

    def __init__(self, entry: Resource, threads: int) -> None:
        self._entry = entry
        self._threads = threads
        self._lock = Lock()
        self._network: Network | None = None

    def run(self, **inputs: Array) -> dict[str, Array]:
        with self._lock:
            if self._network is None:
                self._network = load(self._entry, path(self._entry), threads=self._threads)
            return self._network.run(**inputs)


def load(entry: Resource, file: Path, *, threads: int) -> Network:
    """Open a file as the network that the manifest describes. Raises `ChecksumMismatch`."""
    content = file.read_bytes()
    if not is_genuine(entry, content):
        raise ChecksumMismatch(f"{entry.id} is damaged. Run `mien setup` to fetch {entry.carrier} again.")
    if file.suffix == ".onnx":
        return _Onnx(entry, content, threads)
    return _LiteRt(entry, content, threads)


def _check(entry: Resource, promised: Tensor, shape: tuple[int, ...], dtype: str) -> None:
    fits = len(shape) == len(promised.shape) and all(p in (-1, s) for p, s in zip(promised.shape, shape, strict=True))
    if not fits or dtype != promised.dtype:
        raise ChecksumMismatch(
            f"{entry.id}: {promised.name} is {dtype} {list(shape)} in the file but {promised.dtype} "
            f"{list(promised.shape)} in the manifest. Install the newest mien and run `mien setup`."
        )


def _checked(entry: Resource, promised: tuple[Tensor, ...], given: dict[str, Array]) -> Iterator[tuple[Tensor, Array]]:
    if given.keys() != {tensor.name for tensor in promised}:
        raise ValueError(f"{entry.id} takes {', '.join(t.name for t in promised)}, not {', '.join(given)}.")
    for tensor in promised:
        array = given[tensor.name]
        if array.dtype != tensor.dtype or array.ndim != len(tensor.shape):
            raise ValueError(f"{entry.id}: {tensor.name} must be {tensor.dtype} {list(tensor.shape)}.")
        yield tensor, array


class _Onnx:
    def __init__(self, entry: Resource, content: bytes, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        # Idle threads that spin would take the cores from the networks that run next.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._entry = entry
        self._session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        for promised, found in (
            (entry.inputs, self._session.get_inputs()),
            (entry.outputs, self._session.get_outputs()),
        ):
            by_name = {node.name: node for node in found}
            for tensor in promised:
                if tensor.tensor not in by_name:
                    raise ChecksumMismatch(f"{entry.id} has no tensor {tensor.tensor}. Install the newest mien.")
                node = by_name[tensor.tensor]
                shape = tuple(side if isinstance(side, int) else -1 for side in node.shape)
                _check(entry, tensor, shape, _ONNX_TYPES.get(node.type, node.type))

    def run(self, **inputs: Array) -> dict[str, Array]:
        feed = {tensor.tensor: array for tensor, array in _checked(self._entry, self._entry.inputs, inputs)}
        found = self._session.run([tensor.tensor for tensor in self._entry.outputs], feed)
        return {tensor.name: np.asarray(array) for tensor, array in zip(self._entry.outputs, found, strict=True)}


_ONNX_TYPES = {
    "tensor(float)": "float32",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
    "tensor(uint8)": "uint8",
    "tensor(bool)": "bool",
}


class _LiteRt:
    def __init__(self, entry: Resource, content: bytes, threads: int) -> None:
        with quiet():
            from ai_edge_litert.interpreter import Interpreter

            self._interpreter = Interpreter(model_content=content, num_threads=threads)
            self._interpreter.allocate_tensors()
        self._entry = entry
        self._inputs = self._places(entry.inputs, self._interpreter.get_input_details())
        self._outputs = self._places(entry.outputs, self._interpreter.get_output_details())

    def _places(self, promised: tuple[Tensor, ...], details: list[dict[str, Any]]) -> dict[str, int]:
        by_name = {detail["name"]: detail for detail in details}
        places = {}
        for tensor in promised:
            if tensor.tensor not in by_name:
                raise ChecksumMismatch(f"{self._entry.id} has no tensor {tensor.tensor}. Install the newest mien.")
            detail = by_name[tensor.tensor]
            _check(self._entry, tensor, tuple(int(s) for s in detail["shape"]), np.dtype(detail["dtype"]).name)
            places[tensor.name] = int(detail["index"])
        return places

    def run(self, **inputs: Array) -> dict[str, Array]:
        for tensor, array in _checked(self._entry, self._entry.inputs, inputs):
            self._interpreter.set_tensor(self._inputs[tensor.name], np.ascontiguousarray(array))
        self._interpreter.invoke()
        return {name: self._interpreter.get_tensor(place) for name, place in self._outputs.items()}


@contextmanager
def quiet() -> Iterator[None]:
    """LiteRT greets on the process's standard error, past Python and past every log level it offers."""
    sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # no standard error at all, so nothing to keep quiet
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
