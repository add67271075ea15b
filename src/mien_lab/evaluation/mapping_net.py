"""The learned path on the same cases: the target is one picture of the character at rest, and nothing else is known."""

from __future__ import annotations

import hashlib
import time
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.core.arrays import Coefficients, Rgb
from mien.core.emotion import EMOTIONS
from mien.core.expression import Expression
from mien.errors import NoFaceFound
from mien.resources.network import Network, load
from mien.studio import Studio
from mien.studio.redraw import Redrawn, Target
from mien_lab.evaluation.mapping_cases import Case, Cases
from mien_lab.evaluation.mapping_likeness import face_box, likeness
from mien_lab.evaluation.mapping_read import Read, freed, read_source
from mien_lab.result import Figures, percentiles

_MOVED = 16
"""Of 255: a pixel that differs by more between truth and reference has moved."""


def network_of(mapper: Path | None) -> Network:
    """An exported mapper that is in no manifest yet, held to the contract of the one that ships; that one for None."""
    if mapper is None:
        return resources.session("mapper")
    content = mapper.read_bytes()
    entry = replace(resources.resource("mapper"), size=len(content), sha256=hashlib.sha256(content).hexdigest())
    return load(entry, mapper, threads=2)


class NetPath:
    """What was read, freed of its style, drawn by the network on the reference; the reference where that is refused."""

    def __init__(self, studio: Studio, cases: Cases) -> None:
        self._studio = studio
        self._cases = cases
        self._targets: dict[str, Target | None] = {}
        self._target_s: list[float] = []
        self._redraw_s: list[float] = []
        self._worked_s: list[float] = []
        self._refused = 0
        self._past_range = 0
        self._by_emotion: dict[str, list[Figures]] = {}
        self._seen: list[tuple[float, float]] = []

    def __call__(self, case: Case, read: Read) -> Rgb:
        """The reference, redrawn."""
        drawn = self._drawn(freed(read, self._studio), case.target)
        if drawn is None:
            self._refused += 1
            return case.reference
        self._note(case, drawn)
        return drawn.picture

    def told(self, case: Case) -> Rgb:
        """The same with the source's curves instead of its picture: what is left is the network's own doing."""
        drawn = self._drawn(self._cases.data.labels.source[case.row], case.target)
        return case.reference if drawn is None else drawn.picture

    def cycle(self, case: Case, read: Read) -> float:
        """There and back by the network: the result, read and redrawn on the source's character, against its truth."""
        there = self._drawn(freed(read, self._studio), case.target)
        result = case.reference if there is None else there.picture
        again = freed(read_source(self._studio, result), self._studio)
        back = self._drawn(again, case.source)
        truth = self._cases.mapped(self._cases.data.labels.source[case.row], case.source)
        reference, rest = self._cases.rest(case.source)
        picture = reference if back is None else back.picture
        box = face_box(rest, case.truth.shape[0])
        return likeness(picture, self._cases.render(case.source, truth.coefficients), box)["psnr"]

    def target(self, character: str) -> Target | None:
        """A character at rest as a picture to redraw; None where that is refused."""
        if character not in self._targets:
            start = time.perf_counter()
            try:
                self._targets[character] = self._studio.target(self._cases.rest(character)[0])
                self._target_s.append(time.perf_counter() - start)
            except NoFaceFound:
                self._targets[character] = None
        return self._targets[character]

    def figures(self) -> Figures:
        """Table 4's rows, refusals, times, and what is read back past the ranges."""
        rows = [row for some in self._by_emotion.values() for row in some]
        out: Figures = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]} if rows else {}
        for name in sorted(self._by_emotion, key=EMOTIONS.index):
            some = self._by_emotion[name]
            out |= {f"{key}_{name}": float(np.mean([row[key] for row in some])) for key in some[0]}
        if len(self._seen) > 2:
            shown, gain = np.array(self._seen).T
            out["seen_net"] = float(shown.mean())
            # Does what is told to users beside a result say anything about the result?
            out["seen_net_gain_r"] = float(np.corrcoef(shown, gain)[0, 1])
        if self._redraw_s and self._target_s:
            redraw, target = percentiles(self._redraw_s), percentiles(self._target_s)
            out["redraw_ms"], out["redraw_ms_p99"] = redraw
            out["redraw_ms_cpu"] = percentiles(self._worked_s)[0]
            out["target_ms"] = target[0]
            out["map_ms_net"] = redraw[0] + target[0]
        return {**out, "refused_net": float(self._refused), "range_violations_net": float(self._past_range)}

    def _drawn(self, coefficients: Coefficients, character: str) -> Redrawn | None:
        target = self.target(character)
        if target is None:
            return None
        start, worked = time.perf_counter(), time.process_time()
        drawn = self._studio.redraw(Expression(coefficients), target, exact=True)
        self._redraw_s.append(time.perf_counter() - start)
        self._worked_s.append(time.process_time() - worked)
        return drawn

    def _note(self, case: Case, drawn: Redrawn) -> None:
        again = read_source(self._studio, drawn.picture)
        if again.coefficients is not None:
            self._past_range += int((again.coefficients > drawn.target.style.bounds + 0.02).sum())
        like = likeness(drawn.picture, case.truth, case.box)
        if (seen := self._studio.seen(drawn)) is not None:
            gain = like["psnr_face"] - likeness(case.reference, case.truth, case.box)["psnr_face"]
            self._seen.append((seen, gain))
        row = {
            "attention_precision": precision(drawn, case.truth, case.reference),
            "detail": like["ssim_face"],
            "conformity": float(again.style == drawn.target.reading.looks_like),
        }
        emotion = EMOTIONS[int(self._cases.data.labels.top[case.row])]
        self._by_emotion.setdefault(emotion, []).append({**row, "overall": float(np.mean(list(row.values())))})


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
