"""Sentences to vectors: all-MiniLM-L6-v2, mean over the word pieces, unit length."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cached_property
from threading import Lock
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from mien import resources

SIZE: Final = 384
MAX_TOKENS: Final = 64
_BATCH: Final = 32
_REMEMBERED: Final = 4096


class Encoder(Protocol):
    """Anything that gives sentences unit vectors of 384 numbers."""

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, 384), each of length 1."""
        ...


class TextEncoder:
    """MiniLM. Nothing is read before the first sentence; sentences met before cost nothing. Safe between threads.

    remember: how many sentences are kept, those longest unused go first.
    """

    def __init__(self, *, remember: int = _REMEMBERED) -> None:
        self._remember = remember
        self._remembered: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """float32 (n, 384), each of length 1; only the first 64 word pieces of a text count.

        Raises `ResourceMissing` if `mien setup` has not run.
        """
        with self._lock:
            known = {text: self._remembered[text] for text in texts if text in self._remembered}
        # Of like length together: padding costs as much as words do.
        new = sorted(dict.fromkeys(text for text in texts if text not in known), key=len)
        for start in range(0, len(new), _BATCH):
            part = new[start : start + _BATCH]
            known.update(zip(part, self._run(part), strict=True))
        with self._lock:
            for text in texts:
                self._remembered[text] = known[text]
                self._remembered.move_to_end(text)
            while len(self._remembered) > self._remember:
                self._remembered.popitem(last=False)
        return np.stack([known[text] for text in texts]) if texts else np.zeros((0, SIZE), np.float32)

    def _run(self, texts: Sequence[str]) -> NDArray[np.float32]:
        encoded = self._tokenizer.encode_batch(list(texts))
        width = max(len(e.ids) for e in encoded)
        ids = np.zeros((len(texts), width), np.int64)
        mask = np.zeros((len(texts), width), np.int64)
        for i, e in enumerate(encoded):
            ids[i, : len(e.ids)] = e.ids
            mask[i, : len(e.ids)] = 1
        states = resources.session("minilm").run(input_ids=ids, attention_mask=mask, token_type_ids=np.zeros_like(ids))[
            "states"
        ]
        mean = (states * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.maximum(np.linalg.norm(mean, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(resources.path("minilm_tokenizer")))
        tokenizer.enable_truncation(MAX_TOKENS)
        tokenizer.no_padding()
        return tokenizer
