"""The yardsticks of mapping say what they promise: equal pictures are equal, the judge ranks, cases are paired."""

import zipfile
from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from skimage import data as sample_pictures

from mien.core.style import bound, built_in_styles
from mien.errors import BadFile
from mien_lab.data import Dataset, build
from mien_lab.evaluation import mapping_photos
from mien_lab.evaluation.mapping import outside
from mien_lab.evaluation.mapping_ablated import Ablated
from mien_lab.evaluation.mapping_cases import Cases
from mien_lab.evaluation.mapping_judge import Judge
from mien_lab.evaluation.mapping_likeness import SAME_DB, face_box, likeness
from mien_lab.evaluation.mapping_net import NetPath
from mien_lab.evaluation.mapping_read import read_source
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


@pytest.mark.usefixtures("weights")
def test_the_judge_knows_what_true_renders_feel(cases):
    labels = cases.data.labels
    judge = Judge()
    said = np.stack([judge.read(cases.data.picture(i), labels.landmarks[i]) for i in range(len(labels))])
    assert said[:, :8].sum(axis=1) == pytest.approx(1, abs=1e-4)
    assert (said[:, :8].argmax(axis=1) == labels.top).mean() > 0.6
    # A picture of nothing feels nothing much.
    blank = judge.read(np.full((256, 256, 3), 128, np.uint8), labels.landmarks[0])
    assert np.linalg.norm(blank - said.mean(axis=0)) < np.linalg.norm(said - said.mean(axis=0), axis=1).max()


@pytest.mark.usefixtures("weights")
def test_the_learned_path_is_judged_on_the_same_cases_and_counts_what_it_refuses(cases, reddens):
    from mien.studio import Studio

    studio = Studio(mapper=reddens)
    net = NetPath(studio, cases)
    chosen = cases.choose("expression", 4)
    for case in chosen:
        picture = net(case, read_source(studio, cases.data.picture(case.row)))
        assert picture.shape == case.truth.shape
        assert not np.array_equal(picture, case.reference)
    told = net.told(chosen[0])
    wanted = bound(cases.data.labels.source[chosen[0].row], net.target(chosen[0].target).style)
    assert np.allclose(reddens.asked[-1]["wanted"][0], wanted)
    assert told.shape == (256, 256, 3)
    found = net.figures()
    assert found["refused_net"] == 0
    assert 0 <= found["attention_precision"] <= 1
    assert found["map_ms_net"] == pytest.approx(found["redraw_ms"] + found["target_ms"])


def test_figures_of_an_ablation_are_carried_over_and_anything_else_is_refused(tmp_path):
    row = {"psnr": 27.0, "ssim": 0.9, "gain": 0.4, "attention_precision": 0.8}
    about = {"minutes": 5, "steps": 900, "side": 96, "config": "fast", "loso_drop": "mean over styles"}
    result = Result("mapper ablation", {**row, "loso_drop": 0.12}, baselines={"without cycle": row}, data=about)
    (tmp_path / "ablation.json").write_text(result.to_json())
    found = Ablated.load(tmp_path / "ablation.json")
    assert found.figures["loso_drop"] == 0.12
    assert found.rows == {"network without cycle": {f"ablation_{key}": value for key, value in row.items()}}
    (tmp_path / "other.json").write_text('{"figures": {}}')
    for name, says in (("other.json", "not what"), ("none.json", "no file")):
        with pytest.raises(BadFile, match=says):
            Ablated.load(tmp_path / name)


@pytest.mark.usefixtures("weights")
def test_the_committed_sheet_of_photos_shows_no_photo(tmp_path):
    photo = BytesIO()
    Image.fromarray(sample_pictures.astronaut()[:300, 90:390]).save(photo, "JPEG")
    with zipfile.ZipFile(tmp_path / "photos.zip", "w") as archive:
        archive.writestr("photos/labels.csv", "file,emotion\nhappiness/0.jpg,happiness\n")
        archive.writestr("photos/happiness/0.jpg", photo.getvalue())
    kept, whole = mapping_photos.draw(tmp_path / "docs", tmp_path, whole=tmp_path / "whole.png")
    alone, both = (np.asarray(Image.open(path).convert("RGB")) for path in (kept, whole))
    assert kept.parent == tmp_path / "docs"
    assert both.shape[1] - alone.shape[1] == 116
    # Only the whole sheet holds the orange of her suit where the photo would be.
    orange = np.array([220, 90, 30])
    assert (np.abs(both[24:140, 138:250].astype(int) - orange).max(axis=2) < 45).mean() > 0.02
    assert (np.abs(alone[24:140, 138:250].astype(int) - orange).max(axis=2) < 45).mean() < 0.01


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_the_evaluation_gives_the_figures_it_promises(cases):
    from mien_lab.evaluation.mapping import evaluate

    result = evaluate(cases.data.folder, quick=True)
    assert isinstance(result, Result)
    assert {
        "psnr_rig", "ssim_rig", "psnr_net", "ssim_net", "eps", "eps_net", "cycle_psnr", "range_violations", "map_ms",
        "map_ms_net", "rss_mb", "psnr_net_face_characters", "peak_retention_net", "attention_precision_happiness",
    } <= set(result.figures)  # fmt: skip
    assert result.figures["psnr_rig"] > result.baselines["reference unchanged"]["psnr_rig"]
