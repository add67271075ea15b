"""How alike two pictures are: PSNR and SSIM, over the whole picture and over the face's box apart."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Points, Rgb

SAME_DB: Final = 60.0
"""What two equal pictures count as; a mean over pictures could not hold infinity."""

_WIDER: Final = 0.12

Box = tuple[int, int, int, int]
"""left, top, right, bottom, pixels."""


def face_box(landmarks: Points, size: int) -> Box:
    """Upright box round a character's landmarks (31, 2), an eighth wider on every side, inside the picture."""
    low, high = landmarks.min(axis=0), landmarks.max(axis=0)
    grow = _WIDER * (high - low)
    left, top = np.clip(np.floor(low - grow), 0, size).astype(int)
    right, bottom = np.clip(np.ceil(high + grow), 0, size).astype(int)
    return int(left), int(top), int(right), int(bottom)


def psnr(one: Rgb, other: Rgb) -> float:
    """Peak signal to noise ratio, dB, at most `SAME_DB`."""
    error = float(((one.astype(np.float32) - other.astype(np.float32)) ** 2).mean())
    return SAME_DB if error == 0 else min(SAME_DB, 10 * float(np.log10(255.0**2 / error)))


def likeness(picture: Rgb, truth: Rgb, box: Box) -> dict[str, float]:
    """psnr, ssim, psnr_face, ssim_face of a picture against the truth (Wang et al. 2004; windows of 7 x 7)."""
    from skimage.metrics import structural_similarity

    left, top, right, bottom = box
    whole, similar = _ssim(structural_similarity, picture, truth)
    return {
        "psnr": psnr(picture, truth),
        "ssim": whole,
        "psnr_face": psnr(picture[top:bottom, left:right], truth[top:bottom, left:right]),
        "ssim_face": float(similar[top:bottom, left:right].mean()),
    }


def _ssim(measure: Any, picture: Rgb, truth: Rgb) -> tuple[float, NDArray[np.float64]]:
    mean, every = measure(picture, truth, channel_axis=2, data_range=255, full=True)
    return float(mean), np.asarray(every)
