import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.core.arkit import COUNT
from mien.core.asset import EMBEDDING_SIZE, Asset
from mien.core.emotion import Emotion
from mien.core.expression import Expression
from mien.core.looks import look, looks
from mien.core.style import bound, built_in_styles, unbound
from mien.retrieval import Embedder, TextEncoder
from mien.retrieval.faces import Likeness, freed, likeness, visibility

ONES = np.ones(COUNT, dtype=np.float32)
faces = st.lists(st.floats(0, 1, width=32), min_size=COUNT, max_size=COUNT).map(lambda v: np.array(v, np.float32))


class Spelled:
    """Sentences by their letters: no weights, and another sentence is another vector."""

    def encode(self, texts):
        out = np.zeros((len(texts), 384), np.float32)
        for row, text in zip(out, texts, strict=True):
            for i, letter in enumerate(text or " "):
                row[(ord(letter) * 31 + i) % 384] += 1
        return out / np.linalg.norm(out, axis=1, keepdims=True)


def test_an_asset_nobody_described_has_its_place_in_the_joint_space():
    embedder = Embedder(encoder=Spelled())
    vector = embedder.asset(Asset("", look("anger"), style="anime"))
    assert vector.shape == (EMBEDDING_SIZE,)
    assert vector.dtype == np.float32
    assert np.linalg.norm(embedder.joint_of(vector[None])) == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(faces)
def test_vectors_are_all_equally_long(values):
    vector = Embedder(encoder=Spelled()).asset(Asset("", Expression(values)))
    assert np.linalg.norm(vector) == pytest.approx(1.0, abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(faces, faces)
def test_the_inner_product_is_the_weighted_distance_whatever_the_weights(target, certainty):
    """Up to a factor and a constant of the query's own; so stage 1 asks just what the words are sure of."""
    embedder = Embedder(encoder=Spelled())
    assets = [Asset("", e) for e in list(looks().values())[:12]]
    if certainty.sum() < 0.5:
        return
    query = embedder.query(faces=[(target, certainty, 1.0)])
    products = embedder.assets(assets) @ query
    w = visibility() * certainty
    x = np.stack([a.expression.coefficients for a in assets])
    distances = (w * (x - target) ** 2).sum(axis=1)
    size = (w * target**2).sum() + 0.05 * w.sum() + 1e-6
    assert np.allclose((products - products[0]) * size, -(distances - distances[0]), atol=2e-3 * max(1, size))


def test_many_are_freed_as_one_is():
    styles = built_in_styles()
    names = [*styles, "unknown"]
    x = np.stack([bound(look("laugh").coefficients, s) for s in styles.values()] + [look("laugh").coefficients])
    out = freed(x, np.arange(5, dtype=np.int32), names, styles)
    for i, style in enumerate(styles.values()):
        assert np.allclose(out[i], unbound(x[i], style), atol=1e-5)
    assert np.allclose(out[4], x[4], atol=1e-6)


def test_likeness_is_what_its_description_says():
    smile = look("happiness").coefficients
    others = np.stack([smile, 0.5 * smile, look("sadness").coefficients, np.zeros(COUNT)]).astype(np.float32)
    same, half, opposite, rest = likeness(others, np.ones_like(others), smile, ONES)
    assert same == 1.0
    assert 0.45 < half < 0.7
    assert opposite < 0.15
    assert rest < 0.05
    unseen = likeness(others, np.zeros_like(others), smile, ONES)
    assert np.allclose(unseen, 1.0)


@given(faces, faces)
def test_likeness_is_mutual_and_bounded(one, other):
    a = likeness(one[None], ONES[None], other, ONES)[0]
    b = likeness(other[None], ONES[None], one, ONES)[0]
    assert 0.0 <= a <= 1.0
    assert a == pytest.approx(b, abs=1e-5)


@given(st.lists(faces, min_size=1, max_size=4), faces, st.integers(0, 99))
def test_one_face_after_another_is_as_like_as_if_asked_alone(crowd, target, seed):
    crowd = np.stack([*crowd, target])
    sure = np.random.default_rng(seed).random(crowd.shape).astype(np.float32)
    alone = likeness(crowd, sure, target, ONES)
    np.testing.assert_allclose(Likeness(crowd, sure).to(target), alone, atol=2e-4)


def test_an_emotion_asks_for_itself():
    embedder = Embedder(encoder=Spelled())
    names = ("happiness", "sadness", "anger", "surprise", "fear", "disgust", "contempt")
    vectors = embedder.assets([Asset("", look(name)) for name in names])
    for i, name in enumerate(names):
        query = embedder.query(emotions=[(Emotion.from_weights({name: 1.0}), 1.0)])
        assert int((vectors @ query).argmax()) == i


@pytest.mark.usefixtures("weights")
def test_sentences_that_mean_the_same_lie_together():
    encoder = TextEncoder()
    texts = ["a broad happy grin", "a cheerful wide smile", "tears and a trembling lip", "x " * 500, ""]
    vectors = encoder.encode(texts)
    assert vectors.shape == (5, 384)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.15
    # Alone or in company, first or again: the int8 network's rounding apart, the same.
    assert np.allclose(encoder.encode(texts[:1])[0], vectors[0], atol=1e-6)
    assert TextEncoder().encode(texts[:1])[0] @ vectors[0] > 0.98
    assert encoder.encode([]).shape == (0, 384)
