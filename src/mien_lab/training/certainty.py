"""`mien-lab fit certainty`: how far what the encoder says of a drawn face can be trusted, coefficient by coefficient.

Measured on bred faces, of a data set with a seed of its own: none of them was in any training, and none is among the
characters by which the encoder is judged.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COEFFICIENTS, COUNT, mirror_order
from mien.errors import InputError
from mien.perception import Detector
from mien.perception.encode import SURE_FROM, Encoder
from mien.resources.store import replacing
from mien_lab.data import Dataset
from mien_lab.evaluation.encoder import answers
from mien_lab.training.faces import drawn_view

_LEAST: Final = 200
"""Pictures of bred faces under which a correlation says little."""

_HEAD: Final = """\
# How far what the encoder says of a drawn face can be trusted, 0 (unseen) .. 1: the correlation with what was drawn,
# left and right together, over {pictures} pictures of faces bred from the cast that no training saw; 0 where that is
# under {least}. Written by `mien-lab fit certainty`.
# Data: `mien-lab data build --pictures {of} --bred-share {bred:g} --scan-share {scan:g}
# --speech-share {speech:g} --seed {seed}`.

"""


def fit(data: Dataset, out: Path) -> dict[str, float]:
    """Write the table and return it: 0..1 by name.

    Raises `InputError` where the data set shows too few bred faces.
    """
    labels = data.labels
    rows = np.flatnonzero(np.char.startswith(labels.character, "bred_"))
    if len(rows) < _LEAST:
        raise InputError(f"{data.folder} shows {len(rows)} bred faces, too few. Build one with --bred-share 1.")
    detector = Detector()
    crops = [drawn_view(detector, data.picture(int(i)), labels.landmarks[i]).crop for i in rows]
    said = answers(Encoder(), np.stack(crops))["coefficients"]
    found = trusted(said, labels.bounded[rows])
    plan = data.index.plan
    head = _HEAD.format(
        pictures=len(rows),
        least=SURE_FROM,
        of=plan.pictures,
        bred=plan.bred,
        scan=plan.scans.share if plan.scans else 0,
        speech=plan.speech,
        seed=plan.seed,
    )
    with replacing(out) as file:
        file.write_text(head + "".join(f"{name} = {value:.2f}\n" for name, value in found.items()), encoding="utf-8")
    return found


def trusted(said: NDArray[np.float32], truth: NDArray[np.float32]) -> dict[str, float]:
    """The correlation of every coefficient with the truth, (n, 52) both, that of its other side joined to it: 0 where
    it is under `SURE_FROM`.
    """
    out: dict[str, float] = {}
    for name, k, other in zip(COEFFICIENTS, range(COUNT), mirror_order(), strict=True):
        ours, known = said[:, [k, other]].ravel(), truth[:, [k, other]].ravel()
        r = float(np.corrcoef(ours, known)[0, 1]) if ours.std() > 0 and known.std() > 0 else 0.0
        out[name] = round(r, 2) if r >= SURE_FROM else 0.0
    return out
