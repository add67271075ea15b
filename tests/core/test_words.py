import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mien.core.arkit import COUNT, INDEX
from mien.core.expression import Expression, mirror, scale
from mien.core.looks import look, looks
from mien.core.phrases import _lexicon, understand
from mien.core.words import describe, everyday_names


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("wink", "a wink"), ("smug half smile", "smug half smile"), ("pout", "pout"), ("side-eye", "side-eye"),
        ("eye roll", "eye roll"), ("kiss", "kiss"), ("puffed cheeks", "puffed cheeks"), ("tongue out", "tongue"),
        ("asleep", "asleep"), ("yawn", "yawn"), ("gritted teeth", "gritted teeth"), ("skeptical", "one brow up"),
        ("lip bite", "lip bite"), ("whistle", "whistling"), ("laugh", "laugh"), ("happiness", "grin"),
        ("surprise", "gasp"), ("fear", "terror"), ("disgust", "sneer"), ("anger", "glare"), ("crying", "crying"),
        ("contempt", "smirk"), ("neutral", "at rest"),
    ],
)  # fmt: skip
def test_a_face_is_called_what_people_call_it(name, says):
    assert says in describe(look(name)).lower()


def test_the_words_say_which_side_how_much_and_what_the_mouth_does():
    left = describe(Expression.from_coefficients({"browOuterUpLeft": 0.9}))
    right = describe(mirror(Expression.from_coefficients({"browOuterUpLeft": 0.9})))
    assert "left eyebrow raised high" in left.lower()
    assert "right eyebrow raised high" in right.lower()
    faint, broad = (Expression.from_coefficients({"mouthSmileLeft": v, "mouthSmileRight": v}) for v in (0.2, 0.9))
    assert "slightly up" in describe(faint)
    assert "Smiling broadly, mouth closed" in describe(broad)
    assert "mouth wide open" in describe(look("surprise"))
    looking = Expression.from_coefficients({"eyeLookOutLeft": 0.6, "eyeLookInRight": 0.6})
    assert "looking to the left" in describe(looking).lower()
    assert describe(look("wink"), character="Mika").startswith("Mika: ")


def test_the_feeling_has_its_strength():
    assert "Terrified" in describe(look("fear"))
    assert "Terrified" not in describe(scale(look("fear"), 0.4))


@given(st.lists(st.floats(0, 1, width=32), min_size=COUNT, max_size=COUNT))
def test_any_face_can_be_described_and_a_mirror_swaps_the_sides(values):
    face = Expression(np.array(values, dtype=np.float32))
    words = describe(face)
    assert words.endswith(".")
    assert len(everyday_names(face)) <= 2
    assert ("left" in words.lower()) == ("right" in describe(mirror(face)).lower())


def spoken(text):
    """Coefficient -> (value, certainty) of the first reading."""
    reading = understand(text).readings[0]
    return {n: (reading.coefficients[i], reading.certainty[i]) for n, i in INDEX.items() if reading.certainty[i] > 0}


def test_words_are_certain_of_what_they_speak_of_and_of_nothing_else():
    assert set(spoken("tongue out")) == {"tongueOut", "jawOpen"}
    assert spoken("tongue out")["tongueOut"][1] == 1.0
    assert spoken("tongue out")["jawOpen"][1] < 0.5
    assert understand("the quarterly report").is_silent
    assert understand("").is_silent


def test_a_side_is_taken_or_left_open():
    assert spoken("left eyebrow raised")["browOuterUpLeft"][0] > 0.5
    assert spoken("left eyebrow raised")["browOuterUpRight"][0] == 0.0
    assert spoken("wink with the right eye")["eyeBlinkRight"][0] > 0.9
    assert spoken("wink with the right eye")["eyeBlinkLeft"][0] < 0.1
    assert len(understand("wink").readings) == 2
    assert len(understand("left wink").readings) == 1
    assert len(understand("smug half smile, one brow up").readings) == 4
    assert len(understand("both brows up").readings) == 1


@pytest.mark.parametrize(
    ("text", "name", "low", "high"),
    [
        ("smile", "mouthSmileLeft", 0.5, 0.8), ("slight smile", "mouthSmileLeft", 0.2, 0.4),
        ("very broad smile", "mouthSmileLeft", 0.95, 1.0), ("no smile", "mouthSmileLeft", 0.0, 0.0),
        ("a broad smile but no teeth", "mouthUpperUpLeft", 0.0, 0.0), ("mouth closed", "jawOpen", 0.0, 0.0),
        ("mouth slightly open", "jawOpen", 0.1, 0.3), ("mouth wide open", "jawOpen", 0.7, 1.0),
        ("mouth open, eyes closed", "eyeBlinkLeft", 0.9, 1.0), ("mouth and eyes closed", "jawOpen", 0.0, 0.0),
        ("mouth and eyes closed", "eyeBlinkRight", 0.9, 1.0), ("gritted teeth", "mouthStretchLeft", 0.5, 1.0),
        ("puffed cheeks", "cheekPuff", 0.8, 1.0), ("wide-eyed", "eyeWideRight", 0.8, 1.0),
        ("looking up", "eyeLookUpLeft", 0.5, 1.0), ("looking to the left", "eyeLookOutLeft", 0.5, 1.0),
        ("without teeth or tongue", "tongueOut", 0.0, 0.0), ("furrowed brows", "browDownLeft", 0.7, 1.0),
        ("raises both eyebrows", "browOuterUpRight", 0.7, 1.0), ("biting her lower lip", "mouthRollLower", 0.7, 1.0),
        ("laughing with eyes closed", "eyeBlinkLeft", 0.9, 1.0), ("nose wrinkled", "noseSneerLeft", 0.7, 1.0),
    ],
)  # fmt: skip
def test_words_mean_coefficients(text, name, low, high):
    assert low - 1e-6 <= spoken(text)[name][0] <= high + 1e-6


@pytest.mark.parametrize(
    ("text", "emotion"),
    [("smug half smile", "contempt"), ("terrified", "fear"), ("she is furious", "anger"), ("overjoyed", "happiness"),
     ("heartbroken", "sadness"), ("revolted", "disgust"), ("jaw dropped in amazement", "surprise")],
)  # fmt: skip
def test_words_mean_emotions(text, emotion):
    assert understand(text).emotion.top == emotion


def test_what_is_denied_is_avoided():
    said = understand("not angry but sad")
    assert said.emotion.top == "sadness"
    assert said.avoided[3] > 0.8
    assert understand("not angry").emotion is None


def test_a_denial_reaches_no_further_than_what_follows_it():
    said = understand("smile without teeth")
    assert said.emotion.top == "happiness"
    assert not said.avoided.any()
    assert spoken("smile without teeth")["mouthSmileLeft"][0] > 0.5
    assert spoken("smile without teeth")["mouthUpperUpLeft"] == (0.0, 1.0)
    assert spoken("eyes not closed")["eyeBlinkLeft"] == (0.0, 1.0)


def test_what_is_there_prevails_over_what_is_not_and_a_denied_degree_is_no_denial():
    assert spoken("mouth open, no screaming")["jawOpen"][0] > 0.4
    said = understand("sad but not crying")
    assert said.emotion.top == "sadness"
    assert not said.avoided.any()


def test_a_side_may_follow_and_very_makes_faint_fainter():
    assert spoken("half smile, on the right")["mouthSmileRight"][0] > 0.5
    assert len(understand("half smile, on the right").readings) == 1
    assert spoken("very faint smile")["mouthSmileLeft"][0] < spoken("faint smile")["mouthSmileLeft"][0]


@pytest.mark.parametrize("name", [name for name in looks() if name != "neutral"])
def test_a_look_is_understood_by_its_own_name_or_description(name):
    """What the words of a look speak of is what the look does, nearer than a resting face does it."""
    readings = understand(name).readings
    sure = max(r.certainty.max() for r in readings)
    if sure == 0:
        pytest.skip("not an everyday word")
    face = look(name).coefficients

    def off(values, r):
        return float((r.certainty * (values - r.coefficients) ** 2).sum())

    assert min(off(face, r) for r in readings) < 0.5 * min(off(np.zeros(COUNT), r) for r in readings)


@given(st.text(max_size=80))
def test_any_text_is_understood_or_passed_over(text):
    said = understand(text)
    assert 1 <= len(said.readings) <= 4
    for r in said.readings:
        assert ((r.coefficients >= 0) & (r.coefficients <= 1) & (r.certainty >= 0) & (r.certainty <= 1)).all()


def test_every_pattern_of_the_lexicon_can_be_met():
    """A pattern whose words are dropped, or shadowed by another, would be dead data."""
    for phrase in _lexicon().phrases:
        for pattern in phrase.patterns:
            met = [set(found.split()) for found in understand(" ".join(pattern)).phrases]
            assert set(pattern) in met, pattern
