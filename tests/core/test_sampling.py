"""Random expressions that a face could make."""

import numpy as np
import pytest

from mien.core.arkit import INDEX
from mien.core.sampling import RECIPES, sample


def draw(seed, count, **options):
    rng = np.random.default_rng(seed)
    return [sample(rng, **options) for _ in range(count)]


def test_the_same_seed_draws_the_same_expressions():
    assert [s.expression for s in draw(3, 20)] == [s.expression for s in draw(3, 20)]
    assert draw(3, 5)[0].expression != draw(4, 5)[0].expression


def test_all_emotions_and_recipes_turn_up():
    samples = draw(0, 600)
    tops = [s.expression.emotion.top for s in samples]
    assert min(tops.count(e) for e in ("happiness", "sadness", "anger", "surprise", "fear", "disgust")) > 30
    assert {s.recipe for s in samples} == {name for name, share in RECIPES.items() if share > 0}


def test_speech_moves_what_no_emotion_moves_and_never_to_both_sides():
    x = np.stack([s.expression.coefficients for s in draw(2, 400, recipe="speech")])
    for name in (
        "mouthFunnel",
        "mouthRollUpper",
        "mouthShrugUpper",
        "mouthClose",
        "jawLeft",
        "mouthRight",
        "cheekPuff",
    ):
        assert (x[:, INDEX[name]] > 0.2).mean() > 0.05, name
    for part in ("jaw", "mouth"):
        assert not (x[:, [INDEX[f"{part}Left"], INDEX[f"{part}Right"]]] > 0.05).all(axis=1).any()
    # Lips can only be kept together over an open jaw, and not round a tongue.
    assert (x[:, INDEX["jawOpen"]] >= 0.5 * x[:, INDEX["mouthClose"]]).all()
    assert not ((x[:, INDEX["tongueOut"]] > 0.1) & (x[:, INDEX["mouthClose"]] > 0.1)).any()


@pytest.mark.parametrize("recipe", RECIPES)
def test_eyes_look_the_same_way_and_lids_do_not_fight(recipe):
    for s in draw(1, 60, recipe=recipe):
        x = s.expression.coefficients
        out_left = x[INDEX["eyeLookOutLeft"]] - x[INDEX["eyeLookInLeft"]]
        in_right = x[INDEX["eyeLookInRight"]] - x[INDEX["eyeLookOutRight"]]
        assert out_left == pytest.approx(in_right, abs=1e-5)
        assert x[INDEX["eyeWideLeft"]] + x[INDEX["eyeBlinkLeft"]] <= 1.25
