"""The yardsticks of mapping say what they promise: equal pictures are equal, the judge ranks, cases are paired."""

import numpy as np
import pytest

from mien.core.style import built_in_styles
from mien_lab.data import Dataset, build
from mien_lab.evaluation.mapping import outside
from mien_lab.evaluation.mapping_cases import Cases
from mien_lab.evaluation.mapping_likeness import SAME_DB, face_box, likeness
from mien_lab.result import Result


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    from mien.studio import Studio

    folder = tmp_path_factory.mktemp("cast") / "set"
    build(folder, pictures=160, seed=3, workers=1)
    return Cases(Studio(), Dataset(folder))


def test_equal_pictures_are_equal_and_a_hole_in_the_face_counts_more_in_its_box():
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
    box = face_box(np.array([[20.0, 20.0], [44.0, 44.0]]), 64)
    same = likeness(truth, truth, box)
    assert same["psnr"] == SAME_DB
    assert same["ssim"] == pytest.approx(1)
    hurt = truth.copy()
    hurt[28:36, 28:36] = 0
    found = likeness(hurt, truth, box)
    assert found["psnr_face"] < found["psnr"] < SAME_DB
    assert found["ssim_face"] < found["ssim"] < 1


def test_cases_go_between_styles_and_keep_the_split(cases):
    held = {name for names in cases.data.index.plan.held_out.values() for name in names}
    for split in ("expression", "character"):
        for case in cases.choose(split, 6):
            assert (case.target in held) == (split == "character")
            assert cases.data.labels.style[case.row] != case.style
            assert case.truth.shape == case.reference.shape == (256, 256, 3)
            assert outside(case.bounded, built_in_styles()[case.style]) == 0


def test_the_nearest_picture_of_a_gallery_is_no_further_than_any_other(cases):
    case = cases.choose("expression", 1)[0]
    chosen = cases.nearest(case.bounded, case.target, among=5)
    known, pictures = cases._galleries[case.target]
    far = ((known - case.bounded) ** 2).sum(axis=1)
    assert any(picture is chosen and far[i] == far.min() for i, picture in enumerate(pictures))


def test_a_control_past_its_range_is_a_violation():
    style = built_in_styles()["realistic"]
    values = np.zeros(52, dtype=np.float32)
    assert outside(values, style) == 0
    assert outside(np.ones(52, dtype=np.float32), style) > 0


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_the_evaluation_gives_the_figures_it_promises(cases):
    from mien_lab.evaluation.mapping import evaluate

    result = evaluate(cases.data.folder, quick=True)
    assert isinstance(result, Result)
    assert {"psnr_rig", "ssim_rig", "eps", "cycle_psnr", "range_violations", "map_ms", "rss_mb"} <= set(result.figures)
    assert result.figures["psnr_rig"] > result.baselines["reference unchanged"]["psnr_rig"]
