"""The learned joint space as it ships: what is missing does not count, words lie near the faces they mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.core.arkit import COUNT
from mien.core.expression import Expression, mirror
from mien.core.looks import look, looks
from mien.retrieval import TextEncoder
from mien.retrieval.joint import LOOK, NODES, Known, batch_of, embed, feeling_of

pytestmark = pytest.mark.usefixtures("weights")

coefficients = st.lists(st.floats(0, 1, width=32), min_size=COUNT, max_size=COUNT)
ENCODER = TextEncoder()


def seen(expression):
    return np.concatenate([expression.coefficients, feeling_of(expression.emotion)]).astype(np.float32)


def said(*texts):
    return embed([Known(text=text) for text in texts], ENCODER)


@settings(max_examples=25, deadline=None)
@given(coefficients, st.sampled_from(["", "a smile"]), st.lists(st.sampled_from(["rain", "hero"]), unique=True))
def test_every_vector_is_a_unit_whatever_is_known(values, text, tags):
    known = Known(seen(Expression(np.array(values, np.float32))), text, "anime", tags=tuple(tags))
    alone = embed([known], ENCODER)[0]
    assert np.linalg.norm(alone) == pytest.approx(1.0, abs=1e-4)
    in_company = embed([Known(text="another"), known], ENCODER)[1]
    assert np.allclose(alone, in_company, atol=1e-4)


def test_nothing_known_is_nowhere():
    assert not embed([Known()], ENCODER).any()
    assert embed([], ENCODER).shape == (0, 384)


def test_only_as_many_names_as_there_are_nodes():
    batch = batch_of([Known(style="anime", tags=tuple(f"tag {i}" for i in range(20)))], ENCODER)
    assert batch.kinds.shape == (1, NODES)
    assert batch.kinds[0].tolist() == [1] + [4] * (NODES - 1)
    assert batch.look.shape == (1, LOOK)
    assert batch.present.tolist() == [[0.0, 0.0]]


@pytest.mark.parametrize(
    ("sentence", "meant", "other"),
    [
        ("furious, shouting", "rage", "gentle smile"),
        ("laughing out loud, mouth wide open", "laugh", "sadness"),
        ("crying, corners of the mouth down", "crying", "laugh"),
        ("lips puckered for a kiss", "kiss", "yawn"),
        ("cheeks full of air", "puffed cheeks", "wink"),
        ("wide eyes, astonished", "surprise", "anger"),
    ],
)
def test_words_lie_near_the_face_they_mean(sentence, meant, other):
    faces = embed([Known(seen(look(name))) for name in (meant, other)], ENCODER)
    near, far = faces @ said(sentence)[0]
    assert near > far + 0.15


def test_left_is_not_right():
    wink = next(e for name, e in looks().items() if name == "wink")
    side, other = ("left", "right") if wink.coefficients[0] > mirror(wink).coefficients[0] else ("right", "left")
    faces = embed([Known(seen(wink)), Known(seen(mirror(wink)))], ENCODER)
    near, far = faces @ said(f"{side} eye closed")[0]
    assert near > far
    near, far = faces @ said(f"{other} eye closed")[0]
    assert near < far


def test_words_that_no_training_met_still_find_themselves():
    plain = seen(look("neutral"))
    assets = [Known(plain, "holding a brass sextant"), Known(plain, "beside the samovar"), Known(plain)]
    vectors = embed(assets, ENCODER)
    assert int((vectors @ said("the sextant")[0]).argmax()) == 0
    assert int((vectors @ said("samovar")[0]).argmax()) == 1
