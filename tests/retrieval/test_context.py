"""The moment of a production: neighbours in time, what a character can do, a production's own weights and lessons."""

import shutil

import numpy as np
import pytest

from mien.core.arkit import COEFFICIENTS, COUNT
from mien.core.character import FEATURES, STEPS, Response
from mien.core.expression import Expression, blend
from mien.core.looks import look
from mien.core.query import CRITERIA, Context, Query, parse_emotion
from mien.core.style import bound, built_in_styles
from mien.errors import UnknownName
from mien.library import Event, Library, Production
from mien.retrieval import Search
from mien.retrieval.faces import AXES, Metric, axes, likeness, slopes
from mien.retrieval.rank import style_similarity, suitability

ANGER = Query(emotion=parse_emotion("anger=1"))


def a_response(dead=()):
    """A character that moves well, but for some shapes."""
    travel = np.array([0.0 if name.startswith(tuple(dead)) and dead else 0.3 for name in COEFFICIENTS], np.float32)
    return Response(np.zeros((COUNT, len(FEATURES), 3), np.float32), travel, np.tile(STEPS, (COUNT, 1)))


@pytest.fixture
def own(acted, tmp_path):
    """A library that may be written to, and its search."""
    shutil.copytree(acted, tmp_path / "own")
    with Library.open(tmp_path / "own") as library:
        yield library, Search(library)


# -- time ------------------------------------------------------------------------------------------------------------


def test_what_lies_on_the_way_fits_best_at_its_time(search):
    before, after = look("neutral"), look("happiness")
    for position in (0.25, 0.75):
        context = Context(previous=before, next=after, position=position, weights={"temporal": 9})
        hits, _ = search.find(Query(emotion=parse_emotion("happiness=0.6"), variety=0), context=context, limit=5)
        smiles = np.mean([hit.asset.expression["mouthSmileLeft"] for hit in hits])
        middle = blend([before, after], [1 - position, position])["mouthSmileLeft"]
        assert smiles == pytest.approx(middle, abs=0.25)


def test_a_gap_is_given_by_the_assets_around_it(search):
    ids = [hit.asset.id for hit in search.find(Query(text="neutral"), limit=1)[0] + search.find(ANGER, limit=1)[0]]
    by_id = Context(after=ids[0], before=ids[1])
    by_face = Context(previous=search.face_of(ids[0]), next=search.face_of(ids[1]))
    first, second = (search.find(ANGER, context=context, limit=10)[0] for context in (by_id, by_face))
    assert [hit.asset.id for hit in first] == [hit.asset.id for hit in second]
    assert "temporal" in first[0].factors
    with pytest.raises(UnknownName):
        search.find(ANGER, context=Context(after="f" * 32))


# -- what a character can do -----------------------------------------------------------------------------------------


def test_a_look_suits_whoever_can_show_it():
    faces = np.stack([look("tongue out").coefficients, look("gentle smile").coefficients])
    able = suitability(faces, None, a_response())
    unable = suitability(faces, None, a_response(dead=("tongueOut", "jawOpen")))
    assert np.allclose(able, 1.0)
    assert unable[0] < 0.7
    assert unable[1] > 0.9
    bounded = suitability(faces, built_in_styles()["stylized3d"], None)
    assert (bounded < able).all()


def test_the_response_of_the_character_decides_between_looks(search):
    def at(context):
        hits, _ = search.find(Query(text="tongue out"), context=context, limit=40)
        return {hit.asset.id: hit.factors["character"].value for hit in hits if hit.asset.character != "anime0"}

    free = at(Context(character="anime0", response=a_response()))
    tied = at(Context(character="anime0", response=a_response(dead=("tongueOut",))))
    both = free.keys() & tied.keys()
    assert np.mean([tied[i] for i in both]) < np.mean([free[i] for i in both])


def test_another_style_is_worth_at_most_half():
    styles = built_in_styles()
    assert style_similarity("anime", "anime", styles) == 1.0
    for other in styles:
        if other != "anime":
            assert 0.0 < style_similarity("anime", other, styles) <= 0.5
    assert style_similarity("anime", "nobody's", styles) == 0.0


# -- a production's own weights --------------------------------------------------------------------------------------


def test_a_production_ranks_by_its_own_weights(own):
    library, search = own
    library.set_production("Night Bus", Production(weights={"emotion": 0.0, "style": 1.0}))
    context = Context(style="anime", production="Night Bus")
    hit = search.find(ANGER, context=context, limit=1)[0][0]
    assert "emotion" not in hit.factors
    usual = search.find(ANGER, context=Context(style="anime"), limit=1)[0][0]
    assert usual.factors["emotion"].weight > usual.factors["style"].weight
    # What this search says prevails over what its production says.
    said = search.find(ANGER, context=Context(style="anime", production="Night Bus", weights={"emotion": 1}), limit=1)
    assert said[0][0].factors["emotion"].weight == pytest.approx(0.5)
    with pytest.raises(UnknownName):
        Production(weights={"beauty": 1})


# -- what was learned ------------------------------------------------------------------------------------------------


def teach(library, search, *, production, rounds=16):
    """Somebody who wants the style to fit above all, and says so."""
    rng = np.random.default_rng(0)
    emotions = ("anger", "happiness", "sadness", "fear", "surprise")
    for number in range(rounds):
        query = Query(emotion=parse_emotion(f"{emotions[number % 5]}={0.5 + 0.5 * rng.random():.3f}"), variety=0)
        context = Context(style="cartoon", user="ann", production=production, weights={"style": 0.02})
        hits, _, page = search.find_and_log(query, context=context, limit=16)
        for hit in hits:
            stars = 5.0 if hit.asset.style == "cartoon" else 1.0
            library.log(Event("rated", hit.asset.id, user="ann", value=stars, detail={"search": page}))


def test_a_production_learns_and_can_forget(own):
    library, search = own
    teach(library, search, production="Night Bus")
    learned = search.learned("Night Bus")
    assert learned.searches == 16
    assert learned.weights["style"] > CRITERIA["style"]
    assert learned.is_ready
    asked = Context(style="cartoon", production="Night Bus")

    def style_weight():
        return search.find(ANGER, context=asked, limit=1)[0][0].factors["style"].weight

    followed = style_weight()
    # The same until somebody says something new, so that pages fit together.
    assert style_weight() == followed
    assert search.learned("Harbour").signals == 0
    library.set_production("Night Bus", Production(learning="off"))
    usual = style_weight()
    assert followed > usual
    library.set_production("Night Bus", Production(learn_after=library.last_event()))
    assert search.learned("Night Bus").signals == 0
    assert style_weight() == usual


def test_what_it_asks_about_is_logged_and_learned_from(own):
    library, search = own
    context = Context(style="anime", user="ann", production="Night Bus")
    hits, page = search.ask(ANGER, context=context, count=3)
    assert len({hit.asset.id for hit in hits}) == 3
    for hit, stars in zip(hits, (5, 1, 3), strict=True):
        library.log(Event("rated", hit.asset.id, value=stars, detail={"search": page}))
    assert search.learned("Night Bus").signals == 3


def test_without_a_user_nothing_is_logged(own):
    library, search = own
    search.find(ANGER, context=Context(production="Night Bus"))
    assert library.last_event() == 0


# -- the metric ------------------------------------------------------------------------------------------------------


def test_the_metric_changes_what_a_production_sees_and_nothing_else():
    sure = np.ones((2, COUNT), np.float32)
    target = look("neutral").coefficients
    raised = Expression.from_coefficients({"browOuterUpLeft": 0.5, "browOuterUpRight": 0.5, "browInnerUp": 0.5})
    puckered = Expression.from_coefficients({"mouthPucker": 0.6})
    faces = np.stack([raised.coefficients, puckered.coefficients])
    everything = np.ones(COUNT, np.float32)
    gains = np.zeros(len(AXES), np.float32)
    assert np.allclose(
        likeness(faces, sure, target, everything), likeness(faces, sure, target, everything, metric=Metric(gains))
    )
    gains[list(AXES).index("brows")] = 2.0
    plain = likeness(faces, sure, target, everything)
    keen = likeness(faces, sure, target, everything, metric=Metric(gains))
    assert keen[0] < plain[0]
    assert keen[1] == pytest.approx(plain[1], abs=0.02)


def test_the_axes_are_orthonormal_and_the_slopes_are_those_of_the_likeness():
    assert np.allclose(axes() @ axes().T, np.eye(len(AXES)), atol=1e-5)
    rng = np.random.default_rng(1)
    faces = rng.random((5, COUNT)).astype(np.float32)
    sure, everything = np.ones_like(faces), np.ones(COUNT, np.float32)
    target = bound(look("happiness").coefficients, built_in_styles()["anime"])
    told = slopes(faces, sure, target, everything)
    step = 1e-3
    for i in range(len(AXES)):
        gains = np.zeros(len(AXES), np.float32)
        gains[i] = step
        moved = likeness(faces, sure, target, everything, metric=Metric(gains))
        measured = (moved - likeness(faces, sure, target, everything)) / step
        assert np.allclose(told[:, i], measured, atol=2e-3)
