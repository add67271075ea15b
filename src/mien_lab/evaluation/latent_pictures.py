"""The encoder's latent made visible: a map of expressions, and where it looks on a face (paper, Figures 1 and 2)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Rgb
from mien.core.emotion import EMOTIONS
from mien.core.looks import looks
from mien.errors import NoFaceFound
from mien.perception import Reader
from mien.perception.align import cut, region_for_encoder
from mien.perception.detect import Detector
from mien.perception.encode import LOOKS_LIKE, SIDE, Encoder
from mien.studio import Studio
from mien_lab.data import Dataset
from mien_lab.training.faces import drawn_points

PERPLEXITY: Final = 30
_EMOTION_COLOURS: Final = ("#8a8d93", "#f2a900", "#3b6fb6", "#c8352b", "#e86fb0", "#7a4fb5", "#4f9a3d", "#8a5a2b")
_STYLE_COLOURS: Final = ("#b5651d", "#2a9d8f", "#e76f91", "#5b6ee1", "#777777")
_REGION_COLOURS: Final = ((253, 164, 175), (94, 234, 212), (196, 181, 253), (253, 224, 71))


def draw(out: Path, cast: Path) -> list[Path]:
    """Write `latent.png` and `attention.jpg` to a folder, from a built data set. Returns their paths."""
    encoder = Encoder()
    return [_latent_map(encoder, Dataset(cast), out / "latent.png"), _attention_sheet(out / "attention.jpg")]


def _latent_map(encoder: Encoder, data: Dataset, path: Path) -> Path:
    """t-SNE of the expression part, coloured by emotion and by style; rings are characters no training saw."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt
    from sklearn.manifold import TSNE

    labels = data.labels
    rows = np.arange(0, len(data), max(1, len(data) // 1500))
    detector = Detector()
    crops = []
    for i in rows:
        picture = data.picture(int(i))
        region = region_for_encoder(drawn_points(detector, picture, labels.landmarks[i]))
        crops.append(cut(picture, region, SIDE, stretch_border=True).crop)
    parts = np.array_split(np.stack(crops), max(1, len(crops) // 32))
    latent = np.concatenate([encoder.said(part)["latent"] for part in parts])[:, 64:192]
    spots = TSNE(perplexity=PERPLEXITY, max_iter=1000, init="pca", random_state=0).fit_transform(latent)
    held = labels.character_held_out[rows]
    styles = np.array([LOOKS_LIKE.index(s) for s in labels.style[rows]])
    figure, axes = plt.subplots(1, 2, figsize=(12, 5.6))
    for axis, classes, names, colours in (
        (axes[0], labels.top[rows], EMOTIONS, _EMOTION_COLOURS),
        (axes[1], styles, LOOKS_LIKE[:4], _STYLE_COLOURS),
    ):
        for k, name in enumerate(names):
            chosen = classes == k
            axis.scatter(*spots[chosen & ~held].T, s=9, c=colours[k], label=name, linewidths=0)
            axis.scatter(*spots[chosen & held].T, s=18, facecolors="none", edgecolors=colours[k], linewidths=0.9)
        axis.legend(fontsize=8, frameon=False, ncols=2)
        axis.set_xticks([])
        axis.set_yticks([])
    axes[0].set_title("expression latent by emotion")
    axes[1].set_title("the same by style; rings: characters it never saw")
    figure.tight_layout()
    figure.savefig(path, dpi=80)
    plt.close(figure)
    return path


def _attention_sheet(path: Path, *, cell: int = 150) -> Path:
    """Rows: one character of each style; columns: emotions; light where the encoder looks for each region."""
    studio, reader = Studio(), Reader()
    rows = []
    for info, _ in studio.targets("four"):
        row: list[Rgb] = []
        for emotion in EMOTIONS:
            picture = np.ascontiguousarray(
                studio.character(info.id).render(looks()[emotion].coefficients, 256)[..., :3]
            )
            try:
                reading = reader.read(picture)
            except NoFaceFound:
                row.append(np.asarray(cv2.resize(picture, (cell, cell)), dtype=np.uint8))
                continue
            assert reading.attention is not None
            assert reading.attention_from is not None
            shown = light(picture, reading.attention, reading.attention_from)
            row.append(np.asarray(cv2.resize(shown, (cell, cell), interpolation=cv2.INTER_AREA), dtype=np.uint8))
        rows.append(np.concatenate(row, axis=1))
    cv2.imwrite(str(path), np.concatenate(rows, axis=0)[..., ::-1])
    return path


def light(
    picture: Rgb, attention: NDArray[Any], corners: NDArray[Any], *, colours: Sequence[Any] = _REGION_COLOURS
) -> Rgb:
    """The picture, lit in a region's colour where the encoder looked: arguments as in `core.face.Reading`."""
    side = attention.shape[1]
    square = np.array([[0, 0], [side, 0], [side, side], [0, side]], dtype=np.float32) - 0.5
    matrix = cv2.getPerspectiveTransform(square, corners.astype(np.float32))
    canvas = picture.astype(np.float32) * 0.55
    for looked, colour in zip(attention, colours, strict=False):
        shine = cv2.warpPerspective(looked / looked.max(), matrix, picture.shape[1::-1], flags=cv2.INTER_CUBIC)
        canvas += 0.5 * np.clip(shine, 0, 1)[:, :, None] * np.array(colour, dtype=np.float32)
    return np.asarray(np.clip(canvas, 0, 255), dtype=np.uint8)
