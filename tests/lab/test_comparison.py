"""Table 1 rebuilt: every row is measured on the same faces, and only trained while it is not complete."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training takes PyTorch: `make lab`")

from mien.errors import InputError
from mien_lab.evaluation import comparison


def test_what_is_lost_without_a_style_is_counted_on_that_style_alone() -> None:
    style = np.array(["anime"] * 4 + ["cartoon"] * 4)
    faces = comparison._Faces(
        photos=None,  # type: ignore[arg-type]
        cast=None,  # type: ignore[arg-type]
        public=np.arange(0),
        held=np.arange(8),
        style=style,
        top=np.zeros(8, dtype=np.int64),
    )
    right, wrong = np.zeros(8, dtype=np.int64), np.ones(8, dtype=np.int64)
    half = np.array([0, 0, 1, 1, 1, 1, 1, 1])
    told = {comparison.OURS: right, "without anime": half, "without cartoon": right}
    figures = comparison._left_out(told, faces, ["anime", "cartoon"])
    assert figures["in_domain_anime"] == 1
    assert figures["left_out_anime"] == 0.5
    assert figures["loso_degradation"] == 0.25
    assert figures["cross_domain"] == 0.75
    # What the others say of it does not count.
    told["without anime"] = np.where(style == "anime", half, wrong)
    assert comparison._left_out(told, faces, ["anime", "cartoon"]) == figures
    assert comparison._left_out(told, replace(faces, top=wrong), ["cartoon"])["left_out_cartoon"] == 0


def test_an_unknown_style_is_refused_before_anything_is_trained(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no style noir"):
        comparison.compare(
            tmp_path, tmp_path, tmp_path, minutes=1, steps=1, styles=["noir"], device="cpu", report=lambda _: None
        )
