"""The plan of the demo library: the same for everybody, balanced, and rich enough to search."""

from collections import Counter

from mien.core.emotion import EMOTIONS
from mien.core.looks import looks
from mien.studio.demo import plan

CAST = [f"c{i}" for i in range(8)]


def test_the_plan_is_the_same_every_time_and_as_long_as_asked():
    one, other = plan(CAST, 2400), plan(CAST, 2400)
    assert one == other
    assert len(one) == 2400
    assert set(Counter(c for c, _, _ in one).values()) == {300}


def test_everybody_shows_every_look_and_every_emotion():
    entries = plan(CAST, 2400)
    for character in CAST:
        mine = [(name, e) for c, name, e in entries if c == character]
        assert {name for name, _ in mine} >= set(looks())
        assert {e.emotion.top for _, e in mine} == set(EMOTIONS)


def test_a_small_plan_still_holds_the_winks():
    names = Counter(name for _, name, _ in plan(CAST[:4], 240))
    assert names["wink"] == 4
    assert names["happiness"] >= 4


def test_no_two_random_takes_are_alike():
    entries = [e.coefficients.tobytes() for c, name, e in plan(CAST, 800) if c == "c0"]
    assert len(set(entries)) > 0.95 * len(entries)
