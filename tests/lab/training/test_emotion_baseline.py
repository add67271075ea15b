"""The fit of the emotion baseline learns what is there to learn, and stores what the reader reads."""

from __future__ import annotations

import numpy as np
import pytest

from mien.core.emotion import EMOTIONS
from mien.perception.emotion import BaselineReader
from mien_lab.training.emotion_baseline import Recipe, measure, store, targets, train

WIDTH = 160
NAMES = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"]


@pytest.fixture(scope="module")
def faces():
    """1,200 vectors in which ten features tell each emotion; votes as FER+ has them, in its own order."""
    rng = np.random.default_rng(0)
    emotion = rng.integers(0, 8, 1200)
    vectors = rng.normal(0, 1, (1200, WIDTH)).astype(np.float32)
    for k in range(8):
        vectors[emotion == k, k * 10 : k * 10 + 10] += 4
    votes = np.zeros((1200, 10), np.uint8)
    votes[np.arange(1200), [NAMES.index(EMOTIONS[k]) for k in emotion]] = 8
    votes[:, NAMES.index("unknown")] = 1
    data = {
        "ferplus_votes": votes,
        "ferplus_names": np.array(NAMES),
        "fer_names": np.array(["angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"]),
        "fer_label": np.full(1200, 255),
    }
    data["fer_label"][600:] = 3
    return vectors, data


def test_votes_become_shares_in_our_order(faces):
    _, data = faces
    wanted, counts = targets(data)
    assert counts.all()
    assert wanted.sum(axis=1) == pytest.approx(1)
    happy = data["ferplus_votes"][:, 1] > 0
    assert (wanted[happy].argmax(axis=1) == EMOTIONS.index("happiness")).all()


def test_the_fit_learns_and_the_file_says_the_same(faces, tmp_path):
    vectors, data = faces
    wanted, _ = targets(data)
    recipe = Recipe(hidden=32, epochs=20, batch=50, drop_input=0.1)
    weights = train(vectors[:900], vectors[:900], wanted[:900], recipe, seed=1)
    file = tmp_path / "small.npz"
    digest = store(weights, file)
    assert len(digest) == 64
    given = {"straight": vectors, "mirrored": vectors}
    held_out = np.arange(1200) >= 900
    figures = measure(BaselineReader(file), given, data, held_out)
    assert figures["accuracy_8"] > 0.8
    assert figures["pictures"] == 300


def test_the_same_seed_gives_the_same_weights(faces):
    vectors, data = faces
    wanted, _ = targets(data)
    recipe = Recipe(hidden=8, epochs=1, batch=128)
    one, other = (train(vectors[:256], vectors[:256], wanted[:256], recipe, seed=5) for _ in range(2))
    assert all(np.array_equal(one[k], other[k]) for k in one)
