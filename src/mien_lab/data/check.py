"""Is a data set what it says it is? Files against check sums, labels against rules, pictures drawn again."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from mien.core.arkit import as_coefficients
from mien.core.emotion import EMOTIONS, emotion_of
from mien.core.style import built_in_styles
from mien_lab.data.build import scans_from
from mien_lab.data.dataset import Dataset
from mien_lab.data.draw import draw
from mien_lab.data.index import Index, digests_of, made_from, shards
from mien_lab.data.labels import Labels, units_of
from mien_lab.data.plan import CAST
from mien_lab.data.shard import Archive, archive, decode, labels_file, names

_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Report:
    """pictures: how many were checked. findings: what is wrong, one sentence each."""

    pictures: int
    findings: tuple[str, ...]

    @property
    def is_sound(self) -> bool:
        return not self.findings


def check(folder: Path, *, redraw: int = 8, scans: Path | None = None) -> Report:
    """Check every file and label, and draw `redraw` pictures again (where this version can): they must be the same.

    scans: the file that scanned people are made from; without it they are not drawn again.

    Raises `BadFile` where there is no data set at all.
    """
    index = Index.read(folder)
    if not index.is_whole:
        return Report(0, ("The data set is not finished: run the command that builds it again.",))
    findings: list[str] = []
    for shard in range(shards(index.plan)):
        try:
            if digests_of(folder, shard) != index.digests[shard]:
                findings.append(f"Shard {shard} is not what was written: a check sum differs.")
                continue
            labels = Labels.load(labels_file(folder, shard))
            findings += [f"Shard {shard}: {finding}" for finding in _of_labels(labels, index)]
            pack = Archive(archive(folder, shard))
            if pack.names != {name for n in labels.picture for name in names(int(n))}:
                findings.append(f"Shard {shard}: pictures and labels are not of the same numbers.")
                continue
            size = index.plan.size
            for n in labels.picture:
                picture, mask = (decode(pack.read(name)) for name in names(int(n)))
                if picture.shape != (size, size, 3) or mask.shape != (size, size):
                    findings.append(f"Picture {n} is not {size} x {size}.")
        except (OSError, ValueError, KeyError, BadZipFile) as error:
            findings.append(f"Shard {shard} cannot be read: {error}.")
    if not findings and index.made_from == made_from():
        findings += _redrawn(folder, redraw, scans)
    return Report(index.plan.pictures, tuple(findings))


def _of_labels(labels: Labels, index: Index) -> list[str]:
    """What is wrong with a shard's labels."""
    out = []
    styles = built_in_styles()
    bounds = np.stack([styles[s].bounds if s in styles else np.ones(52, dtype=np.float32) for s in labels.style])
    size = index.plan.size
    rules = {
        "a coefficient lies outside 0..1": all(
            ((x >= 0) & (x <= 1)).all() for x in (labels.source, labels.bounded, labels.rig)
        ),
        "a coefficient leaves its style's range": (labels.bounded <= bounds + _TOLERANCE).all(),
        "action units do not follow from the coefficients": np.allclose(
            labels.units, units_of(labels.bounded), atol=_TOLERANCE
        ),
        "probabilities do not add up to 1": np.allclose(labels.emotion.sum(axis=1), 1.0, atol=1e-3),
        "a landmark is no number or far outside the picture": bool(
            np.isfinite(labels.landmarks).all() and (np.abs(labels.landmarks - size / 2) < size).all()
        ),
        "a character is not of its style": all(
            o != CAST or c in index.plan.cast[s]
            for c, o, s in zip(labels.character, labels.origin, labels.style, strict=True)
        ),
    }
    out += [what for what, holds in rules.items() if not holds]
    for i in range(0, len(labels), 10):
        emotion = emotion_of(as_coefficients(labels.source[i]))
        if not np.allclose(emotion.probabilities, labels.emotion[i], atol=1e-4):
            out.append(f"the emotion of picture {labels.picture[i]} ({EMOTIONS[int(labels.top[i])]}) breaks the rule")
    return out


def _redrawn(folder: Path, count: int, scans: Path | None) -> list[str]:
    data = Dataset(folder)
    plan = data.index.plan
    if plan.scans and scans_from(scans, plan.scans.share) == plan.scans:
        plan = replace(plan, scans=replace(plan.scans, path=scans))
    out = []
    for n in np.unique(np.linspace(0, len(data) - 1, count).astype(int)) if count else ():
        (order,) = plan.orders([int(n)])
        if order.person >= 0 and (plan.scans is None or plan.scans.path is None):
            continue
        _, picture, mask = draw(plan, order)
        if not np.array_equal(decode(picture), data.picture(int(n))) or not np.array_equal(
            decode(mask), data.mask(int(n))
        ):
            out.append(f"Picture {n}, drawn again on {order.character}, is another one.")
    return out
