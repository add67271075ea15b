"""`mien-lab eval reading`: what its figures mean, on inputs small enough to check by hand, and one real short run."""

from __future__ import annotations

import json

import numpy as np
import pytest
from research import research_folder

from mien.core.emotion import EMOTIONS
from mien.core.face import Face
from mien.errors import BadFile
from mien_lab.evaluation import reading
from mien_lab.evaluation.answers import Answers, cut_square
from mien_lab.evaluation.labelled import FerPublic, Photos, fer_public, photos, repeats
from mien_lab.evaluation.labels import NONE, fer_classes, majority, plurality, without_contempt
from mien_lab.evaluation.metrics import accuracy, calibration_error, macro_f1, recalls

DATA = research_folder()
VOTES = ("neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF")
NEUTRAL, HAPPINESS, SADNESS, ANGER, SURPRISE, FEAR, DISGUST, CONTEMPT = range(8)


def votes(**counts: int) -> np.ndarray:
    """One picture's ten votes."""
    return np.array([[counts.get(name, 0) for name in VOTES]], dtype=np.uint8)


def test_accuracy_recall_and_macro_f1_by_hand():
    truth = np.array([0, 0, 0, 1])
    answers = np.array([0, 0, 1, 1])
    assert accuracy(truth, answers) == 0.75
    assert recalls(truth, answers) == {0: pytest.approx(2 / 3), 1: 1.0}
    # F1 is 4/5 for class 0 and 2/3 for class 1; the rare one counts as much.
    assert macro_f1(truth, answers) == pytest.approx((4 / 5 + 2 / 3) / 2)


def test_answers_of_a_class_that_never_occurs_cost_recall_and_nothing_else():
    assert recalls(np.array([0, 0]), np.array([0, 5])) == {0: 0.5}
    assert macro_f1(np.array([0, 0]), np.array([0, 5])) == pytest.approx(2 / 3)


def test_calibration_error_is_the_gap_between_confidence_and_being_right():
    sure = np.tile([0.8, 0.2], (10, 1))
    assert calibration_error(sure, np.array([0] * 8 + [1] * 2)) == pytest.approx(0.0, abs=1e-9)
    assert calibration_error(sure, np.array([0] * 3 + [1] * 7)) == pytest.approx(0.5)
    mixed = np.array([[1.0, 0.0], [0.6, 0.4]])
    # The gaps of two bins do not cancel: (|1 - 0| + |0.6 - 1|) / 2.
    assert calibration_error(mixed, np.array([1, 0])) == pytest.approx(0.7)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"happiness": 6, "surprise": 4}, HAPPINESS),
        ({"happiness": 5, "surprise": 5}, NONE),
        ({"happiness": 4, "surprise": 3, "neutral": 3}, NONE),
        # Single votes are dropped before the count: 5 of 8 left is a majority, 5 of 10 would not be.
        ({"sadness": 5, "neutral": 3, "fear": 1, "anger": 1}, SADNESS),
        ({"unknown": 6, "anger": 4}, NONE),
        ({"NF": 10}, NONE),
        ({"contempt": 6, "neutral": 4}, CONTEMPT),
    ],
)
def test_majority_is_that_of_the_ferplus_paper(counts, expected):
    assert majority(votes(**counts), VOTES).tolist() == [expected]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"happiness": 4, "surprise": 3, "neutral": 3}, HAPPINESS),
        # Columns are FER+'s, classes ours: surprise comes before sadness there.
        ({"sadness": 5, "surprise": 5}, SURPRISE),
        ({"unknown": 6, "anger": 4}, ANGER),
        ({"NF": 8, "unknown": 2}, NONE),
    ],
)
def test_plurality_sets_unknown_and_nf_aside(counts, expected):
    assert plurality(votes(**counts), VOTES).tolist() == [expected]


def test_fer_labels_are_matched_by_name_and_255_is_no_label():
    names = ["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]
    labels = np.array([0, 1, 2, 3, 4, 5, 6, 255], dtype=np.uint8)
    expected = [ANGER, DISGUST, FEAR, HAPPINESS, SADNESS, SURPRISE, NEUTRAL, NONE]
    assert fer_classes(labels, names).tolist() == expected


def test_contempt_goes_to_the_next_best_and_never_wins_of_seven():
    answers = np.zeros((2, 8), dtype=np.float32)
    answers[0, [CONTEMPT, ANGER, DISGUST]] = [0.6, 0.3, 0.1]
    answers[1, CONTEMPT] = 1.0
    seven = without_contempt(answers)
    assert seven[0].argmax() == ANGER
    np.testing.assert_allclose(seven.sum(axis=1), 1.0, rtol=1e-6)
    assert (seven[:, CONTEMPT] == 0).all()
    np.testing.assert_allclose(answers[0, CONTEMPT], 0.6)


def test_pictures_without_a_found_face_count_as_neutral_and_unlabelled_ones_not_at_all():
    one_hot = np.eye(8, dtype=np.float32)
    answers = Answers(
        one_hot[[HAPPINESS, NEUTRAL, NEUTRAL, CONTEMPT]],
        np.array([True, False, False, True]),
        np.array([1.0, 2.0, 3.0, 4.0]),
    )
    fer = FerPublic(
        np.zeros((4, 48, 48), dtype=np.uint8),
        np.array([HAPPINESS, NEUTRAL, ANGER, NONE]),
        np.array([HAPPINESS, NONE, NONE, CONTEMPT]),
        np.array([HAPPINESS, NEUTRAL, ANGER, CONTEMPT]),
        np.array([True, False, False, False]),
    )
    figures = reading.fer_figures(answers, fer)
    assert figures["faces_found_fer"] == 0.5
    assert figures["fer_public_acc"] == pytest.approx(2 / 3)
    assert figures["fer_public_acc_found"] == 1.0
    assert figures["ferplus_public_acc"] == 1.0
    assert figures["ferplus_plurality_acc"] == 0.75
    # The right answer on a picture that Training holds too does not count as new.
    assert figures["fer_public_acc_new"] == 0.5
    assert figures["fer_public_recall_anger"] == 0.0
    assert figures["fer_ms"] == 2.5
    assert reading.label_agreement(fer) == 1.0
    floor = reading.floor_figures(fer, Photos((), np.array([NEUTRAL, FEAR])))
    assert floor == {"fer_public_acc": pytest.approx(1 / 3), "ferplus_public_acc": 0.0, "photos_acc": 0.5}


def test_a_photo_that_training_holds_too_is_a_repeat_even_when_brighter():
    rng = np.random.default_rng(3)
    faces = np.kron(rng.integers(40, 160, (5, 12, 12)), np.ones((4, 4))).astype(np.uint8)
    brighter = (1.2 * faces[0] + 20).astype(np.uint8)
    nearly = faces[1].copy()
    nearly[:3, :3] += 9
    mixed = (faces[2] // 2 + faces[3] // 2).astype(np.uint8)
    tiles = np.stack([brighter, nearly, mixed, faces[4]])
    assert repeats(tiles, faces[:4]).tolist() == [True, True, False, False]


def test_a_square_cut_past_the_border_repeats_its_pixels():
    picture = np.zeros((40, 60, 3), dtype=np.uint8)
    picture[:, :30] = 200
    face = Face(np.array([-6, 4, 14, 36]), 1.0, np.zeros((5, 2)))
    cut = cut_square(picture, face)
    assert cut.shape == (32, 32, 3)
    assert (cut == 200).all()
    inside = cut_square(picture, Face(np.array([20, 4, 40, 36]), 1.0, np.zeros((5, 2))))
    np.testing.assert_array_equal(inside, picture[4:36, 14:46])


def test_missing_data_say_which_file_and_what_to_do(tmp_path):
    with pytest.raises(BadFile, match=r"fer2013_train_public\.npz .*--data"):
        reading.evaluate(tmp_path, quick=True)
    with pytest.raises(BadFile, match=r"photos\.zip"):
        photos(tmp_path)
    (tmp_path / "fer2013_train_public.npz").write_bytes(b"no archive")
    with pytest.raises(BadFile, match="is not the FER-2013 archive"):
        fer_public(tmp_path)


@pytest.mark.skipif(not (DATA / "photos.zip").exists(), reason=f"the research data are not in {DATA}")
def test_sixty_real_pictures_give_the_one_shape_of_result(weights, monkeypatch):
    monkeypatch.setattr(reading, "_QUICK_TILES", 40)
    monkeypatch.setattr(reading, "_QUICK_PHOTOS", 20)
    result = json.loads(reading.evaluate(DATA, quick=True).to_json())
    assert list(result) == ["name", "figures", "baselines", "paper", "data", "machine"]
    assert result["data"]["quick"] is True
    assert (result["data"]["fer_public_pictures"], result["data"]["photos"]) == (40, 20)
    assert result["paper"]["fer_public_acc"] == 0.927
    rows = {"mien": result["figures"], **result["baselines"]}
    expected = {"mien", "mini-XCEPTION", "face-api", "always neutral", "FER+ plurality"}
    assert set(rows) | set(result["data"].get("left_out", {})) == expected
    for figures in rows.values():
        shares = {key: value for key, value in figures.items() if not key.endswith("_ms")}
        assert all(0.0 <= value <= 1.0 for value in shares.values())
    ours = result["figures"]
    assert ours["photos_faces_found"] >= 0.9
    assert {f"photos_recall_{e}" for e in EMOTIONS} >= {key for key in ours if key.startswith("photos_recall_")}
    # The two published networks took no harm in being rebuilt: .65 and .58 on all of PublicTest.
    for name in {"mini-XCEPTION", "face-api"} & set(rows):
        assert set(rows[name]) == set(ours) - {"ferplus_label_agreement"}
        assert rows[name]["fer_public_acc"] > 0.4
