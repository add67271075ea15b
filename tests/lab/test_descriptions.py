"""What is said of faces: held-out wordings stay held out, sides are the subject's, the same draw says the same."""

import numpy as np
import pytest

from mien.core.arkit import COUNT, INDEX
from mien.core.expression import Expression
from mien.core.looks import look
from mien_lab.data.descriptions import _data, described
from mien_lab.data.worded import worded
from mien_lab.evaluation.wordings import FEELINGS


def many(expression, wordings="said", count=60):
    return [described(expression, np.random.default_rng(i), wordings=wordings) for i in range(count)]


def test_no_held_wording_is_ever_used_in_training():
    data = _data()
    for said in (*data["action"].values(), *data["feeling"].values()):
        flat = [np.concatenate([np.ravel(x) for x in said[key]]).tolist() for key in ("said", "held")]
        assert not {str(x).casefold() for x in flat[0]} & {str(x).casefold() for x in flat[1]}
    trained = {str(x) for feeling in data["feeling"].values() for level in feeling["said"] for x in level}
    assert not trained & {words for each in FEELINGS.values() for words in each}


def test_the_side_is_the_subjects_left():
    values = np.zeros(COUNT, np.float32)
    values[INDEX["eyeBlinkLeft"]] = 1.0
    said = " | ".join(many(Expression(values)))
    assert "left eye closed" in said or "winking with the left eye" in said
    assert "right" not in said


def test_what_is_missing_is_not_there():
    said = many(look("anger"))
    for sentence in said:
        for absent in ("tongue out", "sticking the tongue out"):
            assert (
                absent not in sentence
                or f"no {absent}" in sentence
                or f"not {absent}" in sentence
                or (f"without {absent}" in sentence)
            )


def test_many_ways_to_say_one_thing_and_the_same_way_again():
    said = many(look("laugh"))
    assert said == many(look("laugh"))
    assert len(set(said)) > 30


@pytest.mark.parametrize("wordings", ["said", "held"])
def test_relevance_is_1_to_oneself_and_the_same_both_ways(wordings):
    faces = worded(40, 5, wordings=wordings)
    everything = np.arange(len(faces))
    relevance = faces.relevance(everything, everything)
    assert np.allclose(np.diag(relevance), 1.0, atol=1e-3)
    assert np.allclose(relevance, relevance.T, atol=1e-5)
    assert relevance.min() >= 0
    assert np.median(relevance) < 0.5


def test_held_out_names_are_new():
    trained, held = worded(200, 1), worded(200, 1, wordings="held")
    assert not set(trained.characters) & set(held.characters)
    assert not set(trained.shows) & set(held.shows)
    assert not {t for tags in trained.tags for t in tags} & {t for tags in held.tags for t in tags}
