"""Sentences whose right answers are known: none was trained on, and what is right is what the file says."""

from types import SimpleNamespace

import numpy as np
import pytest

from mien.core.arkit import COUNT, INDEX
from mien.core.expression import Expression
from mien.core.looks import look
from mien_lab.data.descriptions import _data
from mien_lab.evaluation.requests import KINDS, Request, requests, worth
from mien_lab.evaluation.takes import RELEVANT
from mien_lab.evaluation.wordings import FEELINGS

FILES = ("requests.toml", "validation.toml")


def takes(*faces, styles=(), characters=()):
    """What `worth` needs of a corpus."""
    expressions = [Expression(face) for face in faces]
    return SimpleNamespace(
        ids=tuple(map(str, range(len(faces)))),
        source=np.stack([e.coefficients for e in expressions]),
        emotions=np.stack([e.emotion.vector for e in expressions]),
        styles=styles or ("anime",) * len(faces),
        characters=characters or ("mika",) * len(faces),
    )


def face(**values):
    out = np.zeros(COUNT, np.float32)
    for name, value in values.items():
        out[INDEX[name]] = value
    return out


@pytest.mark.parametrize("file", FILES)
def test_every_sentence_says_what_is_right_in_terms_that_exist(file):
    asked = requests(file)
    assert {request.kind for request in asked} == set(KINDS)
    library = takes(look("laugh").coefficients, look("anger").coefficients)
    for request in asked:
        assert request.right
        value = worth(request, library)
        assert ((value >= 0) & (value <= 1)).all()


def test_no_sentence_to_judge_by_is_trained_on_or_chosen_by():
    held, chosen = ({request.text.casefold() for request in requests(file)} for file in FILES)
    assert not held & chosen
    assert not held & {words.casefold() for each in FEELINGS.values() for words in each}
    said = {str(x).casefold() for feeling in _data()["feeling"].values() for level in feeling["said"] for x in level}
    assert not (held | chosen) & {words for words in said if " " in words}


def test_a_side_a_range_and_a_style_are_what_the_sentence_asks():
    left, both, weak = face(eyeBlinkLeft=1.0), face(eyeBlinkLeft=1.0, eyeBlinkRight=1.0), face(eyeBlinkLeft=0.35)
    wink = Request("side", "left wink", ({"eyeBlinkLeft-eyeBlinkRight": (0.5, 1.0)},))
    value = worth(wink, takes(left, both, weak))
    assert value[0] == 1.0
    assert value[1] == 0.0
    assert 0.0 < value[2] < RELEVANT
    shut = Request("short", "shut", ({"eyeBlink": (0.7, 1.0)},), style="cartoon")
    assert worth(shut, takes(both, both, styles=("anime", "cartoon"))).tolist() == [0.0, 1.0]
