"""The learned path on the same cases: the target is one picture of the character at rest, and nothing else is known."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb
from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.errors import NoFaceFound
from mien.mapping.translate import Translator
from mien.studio import Studio
from mien.studio.redraw import Redrawn, redraw
from mien_lab.data import Dataset
from mien_lab.evaluation.mapping_cases import Case
from mien_lab.evaluation.mapping_read import Read, freed, read_source
from mien_lab.result import Figures, percentiles
from mien_lab.training.mapper_export import Exported

_MOVED = 16
"""Of 255: a pixel that differs by more between truth and reference has moved."""


class NetPath:
    """What was read, freed of its style, drawn by the network on the reference; the reference where that is refused."""

    def __init__(self, studio: Studio, data: Dataset, mapper: Path) -> None:
        self._studio = studio
        self._translator = Translator(Exported(mapper))
        self._data = data
        self.times_s: list[float] = []
        self.worked_s: list[float] = []
        self.refused = 0
        self.past_range: list[int] = []
        self._precision: dict[str, list[float]] = {}

    def __call__(self, case: Case, read: Read) -> Rgb:
        """The reference, redrawn."""
        start, worked = time.perf_counter(), time.process_time()
        try:
            reference = self._studio.read(case.reference)
            style = self._studio.styles_by_id.get(reference.looks_like, self._studio.style("realistic"))
            wanted = Expression(freed(read, self._studio))
            drawn = redraw(wanted, case.reference, reference, style, self._translator)
        except NoFaceFound:
            self.refused += 1
            return case.reference
        self.times_s.append(time.perf_counter() - start)
        self.worked_s.append(time.process_time() - worked)
        emotion = EMOTIONS[int(self._data.labels.top[case.row])]
        self._precision.setdefault(emotion, []).append(precision(drawn, case.truth, case.reference))
        again = read_source(self._studio, drawn.picture)
        if again.coefficients is not None:
            self.past_range.append(int((again.coefficients > drawn.style.bounds + 0.02).sum()))
        return drawn.picture

    def figures(self) -> Figures:
        """attention_precision as a whole and by emotion (Table 4), refusals, and what is read back past the ranges."""
        every = [value for values in self._precision.values() for value in values]
        return {
            "attention_precision": float(np.mean(every)),
            **{f"attention_precision_{name}": float(np.mean(v)) for name, v in self._precision.items()},
            "refused_net": float(self.refused),
            "map_ms_net": percentiles(self.times_s)[0],
            "map_ms_net_cpu": percentiles(self.worked_s)[0],
            "range_violations_net": float(np.sum(self.past_range)),
        }


def precision(drawn: Redrawn, truth: Rgb, reference: Rgb) -> float:
    """Share of the attention that lies where truth and reference differ."""
    off = np.abs(truth.astype(np.int16) - reference).max(axis=2)
    moved = (off > _MOVED).astype(np.float32)
    k = drawn.attention.shape[0]
    # Attention is coarse: a place counts by its surroundings as wide as itself.
    width = max(3, int(np.linalg.norm(drawn.attention_from[1] - drawn.attention_from[0]) / k))
    near: NDArray[np.float32] = np.asarray(cv2.dilate(moved, np.ones((width, width), np.uint8)), dtype=np.float32)
    square = np.array([[0, 0], [k, 0], [k, k], [0, k]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(drawn.attention_from.astype(np.float32), square)
    seen = cv2.warpPerspective(near, matrix, (k, k), flags=cv2.INTER_AREA)
    return float((drawn.attention * np.clip(seen, 0, 1)).sum())
