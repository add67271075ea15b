"""What an animator asks for and must get. The library is drawn at random around the everyday looks."""

import numpy as np
import pytest

from mien.core.arkit import COEFFICIENTS, COUNT
from mien.core.emotion import EMOTIONS, Emotion
from mien.core.expression import Expression, blend
from mien.core.looks import look
from mien.core.query import CRITERIA, Context, Query, parse_emotion
from mien.core.style import built_in_styles, unbound
from mien.errors import BadExpression, UnknownName
from mien.library import Event, Library
from mien.retrieval import Search

pytestmark = pytest.mark.xdist_group("retrieval")


def face(hit):
    """Coefficients of a hit by name, freed from its style."""
    freed = unbound(hit.asset.expression.coefficients, built_in_styles()[hit.asset.style])
    return dict(zip(COEFFICIENTS, freed.tolist(), strict=True))


def top(search, query, count=10, **options):
    hits, _ = search.find(query, limit=count, **options)
    assert len(hits) == count
    return hits


def share(hits, condition):
    return np.mean([bool(condition(face(hit), hit.asset)) for hit in hits])


ASKED = [
    ("wink", lambda f, a: abs(f["eyeBlinkLeft"] - f["eyeBlinkRight"]) > 0.4),
    ("she winks with her right eye", lambda f, a: f["eyeBlinkRight"] - f["eyeBlinkLeft"] > 0.4),
    ("smug half smile", lambda f, a: abs(f["mouthSmileLeft"] - f["mouthSmileRight"]) > 0.2),
    ("smug half smile", lambda f, a: a.expression.emotion.top == "contempt"),
    ("terrified", lambda f, a: a.expression.emotion.top == "fear"),
    ("one brow up", lambda f, a: abs(f["browOuterUpLeft"] - f["browOuterUpRight"]) > 0.25),
    ("left eyebrow raised", lambda f, a: f["browOuterUpLeft"] - f["browOuterUpRight"] > 0.2),
    ("tongue out", lambda f, a: f["tongueOut"] > 0.4),
    ("puffed cheeks", lambda f, a: f["cheekPuff"] > 0.4),
    ("gritted teeth", lambda f, a: f["mouthStretchLeft"] > 0.4 and f["mouthLowerDownLeft"] > 0.3),
    ("eyes closed", lambda f, a: min(f["eyeBlinkLeft"], f["eyeBlinkRight"]) > 0.6),
    ("furious", lambda f, a: a.expression.emotion.top == "anger"),
    ("about to cry", lambda f, a: f["browInnerUp"] > 0.4 and f["mouthFrownLeft"] > 0.3),
    ("wide-eyed with surprise", lambda f, a: f["eyeWideLeft"] > 0.4),
    ("disgusted sneer", lambda f, a: f["noseSneerLeft"] + f["noseSneerRight"] > 0.8),
    ("laughing out loud", lambda f, a: f["mouthSmileLeft"] > 0.5 and f["jawOpen"] > 0.3),
    ("gentle closed smile, no teeth", lambda f, a: f["mouthSmileLeft"] > 0.25 and f["mouthUpperUpLeft"] < 0.25),
    ("looking to the left", lambda f, a: f["eyeLookOutLeft"] > 0.35),
    ("sleepy", lambda f, a: min(f["eyeBlinkLeft"], f["eyeBlinkRight"]) > 0.3),
    ("pout", lambda f, a: f["mouthPucker"] > 0.2),
    ("not angry, but sad", lambda f, a: a.expression.emotion.top == "sadness"),
]


@pytest.mark.parametrize(("text", "condition"), ASKED, ids=[f"{i}-{t}" for i, (t, _) in enumerate(ASKED)])
def test_words_find_what_they_say(search, text, condition):
    assert share(top(search, Query(text=text)), condition) >= 0.8


def test_words_may_name_a_style_a_character_or_a_tag(search):
    hits = top(search, Query(text="an anime face, laughing"), 5)
    assert [hit.asset.style for hit in hits[:2]] == ["anime", "anime"]
    assert share(hits, lambda f, a: f["mouthSmileLeft"] > 0.5) == 1.0
    hits = top(search, Query(text="cartoon1, terrified"), 3)
    assert all(hit.asset.character == "cartoon1" for hit in hits[:2])
    assert share(hits, lambda _, a: a.expression.emotion.top == "fear") == 1.0
    assert all("side-eye" in hit.asset.tags for hit in top(search, Query(text="side-eye"), 5))


def test_every_asset_is_found_first_by_its_own_face(search, acted):
    library = search._library
    rng = np.random.default_rng(1)
    styles = built_in_styles()
    for i in rng.choice(len(library.snapshot()), 25, replace=False):
        asset = library.get(library.snapshot().ids[i].decode())
        asked = Expression(
            unbound(asset.expression.coefficients, styles[asset.style]), emotion=asset.expression.emotion
        )
        hits = top(search, Query(expression=asked, characters=(asset.character,)), 3)
        assert hits[0].factors["look"].value > 0.995
        assert hits[0].score == pytest.approx(1.0, abs=0.01)
        # A look at rest may be there twice; whoever comes first must be its equal.
        same = hits[0].asset.expression.coefficients
        assert hits[0].asset.id == asset.id or np.allclose(same, asset.expression.coefficients, atol=0.02)


def test_a_full_smile_is_a_full_smile_in_every_style(search):
    hits = top(search, Query(expression=look("happiness")), 8)
    assert {hit.asset.style for hit in hits} == set(built_in_styles())
    assert all(hit.factors["look"].value > 0.99 for hit in hits)


@pytest.mark.parametrize("name", ["happiness", "anger", "surprise", "sadness", "fear", "disgust", "skeptical"])
def test_a_noisy_reading_of_a_photo_finds_the_look(search, name):
    rng = np.random.default_rng(5)
    shown = look(name)
    noisy = np.clip(0.8 * shown.coefficients + rng.normal(0, 0.06, COUNT), 0, 1)
    certainty = np.ones(COUNT)
    certainty[COEFFICIENTS.index("tongueOut")] = 0.0
    read = Expression(noisy, emotion=shown.emotion, certainty=certainty)
    hits = top(search, Query(expression=read), 5)
    assert share(hits, lambda _, asset: name in asset.tags) >= 0.8


def test_a_few_sliders_ask_about_these_alone(search):
    certainty = np.zeros(COUNT)
    certainty[COEFFICIENTS.index("jawOpen")] = 1.0
    asked = Expression.from_coefficients({"jawOpen": 0.9})
    asked = Expression(asked.coefficients, emotion=asked.emotion, certainty=certainty)
    hits = top(search, Query(expression=asked))
    assert share(hits, lambda f, a: f["jawOpen"] > 0.6) == 1.0
    assert set(hits[0].factors) <= {"look", "repetition"}
    assert len({hit.asset.expression.emotion.top for hit in hits}) > 1


@pytest.mark.parametrize("emotion", EMOTIONS[1:])
def test_an_emotion_finds_it(search, emotion):
    hits = top(search, Query(emotion=Emotion.from_weights({emotion: 1.0})))
    assert share(hits, lambda _, asset: asset.expression.emotion.top == emotion) == 1.0


def test_a_mixed_emotion_lies_between(search):
    def felt(text):
        hits = top(search, Query(emotion=parse_emotion(text)), 20)
        p = np.mean([hit.asset.expression.emotion.probabilities for hit in hits], axis=0)
        return p[EMOTIONS.index("happiness")], p[EMOTIONS.index("surprise")]

    happy, mixed, surprised = felt("happiness=1"), felt("happiness=0.5,surprise=0.5"), felt("surprise=1")
    assert happy[0] > mixed[0] > surprised[0]
    assert happy[1] < mixed[1] < surprised[1]


def test_weights_decide_between_modalities(search):
    asked = {"expression": look("anger"), "text": "laughing"}
    angry = top(search, Query(**asked, weights={"text": 0.1}), 5)
    merry = top(search, Query(**asked, weights={"expression": 0.1}), 5)
    assert share(angry, lambda _, a: a.expression.emotion.top == "anger") >= 0.8
    assert share(merry, lambda _, a: a.expression.emotion.top == "happiness") >= 0.8


def test_words_change_a_face_in_what_they_speak_of(search):
    asked = look("gentle smile")
    hits = top(search, Query(expression=asked, text="with one brow up"), 3)
    assert share(hits, lambda f, a: abs(f["browOuterUpLeft"] - f["browOuterUpRight"]) > 0.25) >= 0.6
    assert share(hits, lambda f, a: max(f["mouthSmileLeft"], f["mouthSmileRight"]) > 0.25) == 1.0
    hits = top(search, Query(expression=look("laugh"), text="eyes closed"), 3)
    assert share(hits, lambda f, a: f["eyeBlinkLeft"] > 0.4 and f["mouthSmileLeft"] > 0.3) == 1.0


def test_more_like_an_asset(search):
    wink = top(search, Query(text="wink", styles=("anime",), tags=("wink",)), 1)[0].asset
    hits = top(search, Query(like=wink.id), 5)
    assert wink.id not in {hit.asset.id for hit in hits}
    assert share(hits, lambda f, a: abs(f["eyeBlinkLeft"] - f["eyeBlinkRight"]) > 0.4) == 1.0
    with pytest.raises(UnknownName):
        search.find(Query(like="0" * 32))


# -- what a hit says, filters, pages ---------------------------------------------------------------------------------

QUERIES = [
    Query(text="smug half smile"),
    Query(expression=look("laugh")),
    Query(emotion=parse_emotion("fear=1")),
    Query(text="sad", expression=look("crying"), styles=("anime", "cartoon")),
    Query(styles=("realistic",)),
    Query(text="zxqv"),
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "context", [None, Context(character="anime1", previous=look("neutral"), next=look("anger"), user="ann")]
)
def test_every_hit_explains_its_score(search, query, context):
    hits, total = search.find(query, context=context, limit=30)
    assert total >= len(hits) == 30
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    for hit in hits:
        assert 0.0 <= hit.score <= 1.0
        assert sum(f.contribution for f in hit.factors.values()) == pytest.approx(hit.score, abs=1e-4)
        for name, f in hit.factors.items():
            assert 0.0 <= f.value <= 1.0 + 1e-6
            assert f.contribution == pytest.approx(f.weight * f.value, abs=1e-5)
            assert (f.weight < 0) == (name == "repetition")
        weights = [f.weight for name, f in hit.factors.items() if name != "repetition"]
        assert sum(weights) == pytest.approx(1.0, abs=1e-5)


def test_filters_hold_and_total_counts_them(search):
    query = Query(text="happy", styles=("anime",), tags=("happiness",), exclude_tags=("laugh",))
    hits, total = search.find(query, limit=1000)
    everything = [a for a in search._library if a.style == "anime" and "happiness" in a.tags and "laugh" not in a.tags]
    assert {hit.asset.id for hit in hits} == {a.id for a in everything}
    assert total == len(everything)
    assert search.find(Query(text="happy", tags=("no such tag",))) == ([], 0)
    some = tuple(a.id for a in everything[:3])
    assert {hit.asset.id for hit in search.find(Query(ids=some))[0]} == set(some)


def test_like_this_but_angrier(search):
    smile = top(search, Query(text="gentle smile"), 1)[0].asset
    plain = top(search, Query(like=smile.id), 5)
    for asked in (Query(like=smile.id, text="but angrier"), Query(like=smile.id, but={"anger": 0.45})):
        hits = top(search, asked, 5)
        anger = EMOTIONS.index("anger")
        felt = [np.mean([h.asset.expression.emotion.probabilities[anger] for h in page]) for page in (plain, hits)]
        assert felt[1] > felt[0] + 0.15


def test_what_is_ruled_out_is_not_there(search):
    hits = top(search, Query(expression=look("crying"), avoid=("sadness",)), 10)
    assert share(hits, lambda _, a: a.expression.emotion.top != "sadness") >= 0.8
    smile = top(search, Query(text="broad smile"), 1)[0].asset
    hits = top(search, Query(emotion=parse_emotion("happiness=1"), unlike=smile.id), 10)
    assert smile.id not in {hit.asset.id for hit in hits}
    assert "look" in hits[0].factors
    assert hits[0].factors["look"].value > 0.6
    query = Query(text="smile", exclude_styles=("anime",), exclude_characters=("cartoon0",))
    hits, total = search.find(query, limit=1000)
    assert total == len(hits) > 0
    assert not {h.asset.style for h in hits} & {"anime"}
    assert not {h.asset.character for h in hits} & {"cartoon0"}
    with pytest.raises(UnknownName, match="emotion"):
        Query(avoid=("rage",))


@pytest.mark.parametrize(
    ("text", "there", "denied"),
    [
        ("grin, mouth closed", "mouthSmileLeft", "jawOpen"),
        ("wide eyes but mouth not open", "eyeWideLeft", "jawOpen"),
        ("smile without teeth", "mouthSmileLeft", "mouthUpperUpLeft"),
    ],
)
def test_what_words_deny_is_not_seen(search, text, there, denied):
    hits = top(search, Query(text=text))
    assert share(hits, lambda f, a: f[denied] < 0.25) > 0.9
    assert share(hits, lambda f, a: f[there] > 0.25) > 0.8


def test_dates_filter(search):
    everything = search.find(Query(text="smile"))[1]
    assert search.find(Query(text="smile", since="2020-01-01"))[1] == everything
    assert search.find(Query(text="smile", until="2020-01-01"))[1] == 0
    today = search._library.get(search._library.snapshot().ids[0].decode()).created_at[:10]
    assert search.find(Query(text="smile", since=today, until=today))[1] == everything
    with pytest.raises(BadExpression, match="2026-05-31"):
        Query(since="last week")
    with pytest.raises(BadExpression, match="swap"):
        Query(since="2026-05-31", until="2026-05-01")


def test_the_same_look_on_many_characters_takes_turns(search):
    hits = top(search, Query(expression=look("happiness")), 8)
    assert len({hit.asset.character for hit in hits}) == 8
    assert len({hit.asset.style for hit in hits[:4]}) == 4


def test_pages_fit_together(search):
    query = Query(text="smile")
    whole = [hit.asset.id for hit in search.find(query, limit=60)[0]]
    pages = [hit.asset.id for start in range(0, 60, 12) for hit in search.find(query, limit=12, offset=start)[0]]
    assert pages == whole
    assert len(set(whole)) == 60
    assert search.find(query, offset=10_000)[0] == []


def test_variety_pushes_repeats_of_one_character_down(acted, tmp_path):
    from io import BytesIO

    from PIL import Image

    from mien.core.asset import Asset
    from mien.retrieval import Embedder

    def tiny(i):
        buffer = BytesIO()
        Image.new("RGB", (2, 2), (i, 0, 0)).save(buffer, "PNG")
        return buffer.getvalue()

    rng = np.random.default_rng(2)
    smile = look("happiness").coefficients
    held = [Expression(np.clip(smile + rng.normal(0, 0.005, COUNT), 0, 1)) for _ in range(10)]
    others = [Expression(np.clip(0.8 * look(n).coefficients, 0, 1)) for n in ("laugh", "gentle smile", "happiness")]
    with Library.create(tmp_path / "held") as library:
        embedder = Embedder()
        assets = [Asset("", e, character="mika", style="none", frame=i) for i, e in enumerate([*held, *others])]
        library.add_many((a, tiny(i), v) for i, (a, v) in enumerate(zip(assets, embedder.assets(assets), strict=True)))
        search = Search(library, embedder=embedder)
        plain = search.find(Query(expression=look("happiness"), variety=0.0), limit=4)[0]
        mixed = search.find(Query(expression=look("happiness"), variety=1.0), limit=4)[0]
        assert all(hit.asset.frame < 10 for hit in plain)
        assert mixed[0].asset.id == plain[0].asset.id
        assert sum(hit.asset.frame >= 10 for hit in mixed) >= 1
        assert [hit.score for hit in mixed] == sorted((hit.score for hit in mixed), reverse=True)


# -- the moment of a production --------------------------------------------------------------------------------------


def test_only_what_is_determined_is_weighed(search):
    def weights(query, context=None):
        hit = search.find(query, context=context, limit=1)[0][0]
        return {name: f.weight for name, f in hit.factors.items() if name != "repetition"}

    assert set(weights(Query(emotion=parse_emotion("anger=1")))) == {"emotion"}
    assert set(weights(Query(text="terrified"))) == {"look", "words", "emotion"}
    assert set(weights(Query(styles=("anime",)))) == {"rating"}
    context = Context(character="anime0", previous=look("neutral"))
    told = weights(Query(emotion=parse_emotion("anger=1")), context)
    assert set(told) == {"emotion", "style", "temporal", "character"}
    # Table 8's proportions.
    assert told["emotion"] / told["style"] == pytest.approx(CRITERIA["emotion"] / CRITERIA["style"])
    assert told["temporal"] / told["character"] == pytest.approx(1.5)
    own = weights(Query(emotion=parse_emotion("anger=1")), Context(style="anime", weights={"style": 0.0}))
    assert set(own) == {"emotion"}


def test_the_context_prefers_its_style_its_character_and_what_fits_in_time(search):
    angry = Query(emotion=parse_emotion("anger=1"))
    hits = top(search, angry, 5, context=Context(style="anime"))
    assert all(hit.asset.style == "anime" for hit in hits)
    hits = top(search, angry, 5, context=Context(character="cartoon1"))
    assert all(hit.asset.style == "cartoon" for hit in hits)
    assert hits[0].asset.character == "cartoon1"

    before, after = look("neutral"), look("surprise")
    between = blend([before, after], [0.5, 0.5])
    context = Context(previous=before, next=after, position=0.5, weights={"temporal": 5.0})
    hits = top(search, Query(), 5, context=context)
    distance = [np.abs(np.array(list(face(hit).values())) - between.coefficients).mean() for hit in hits]
    assert max(distance) < 0.1


def test_what_a_user_chose_before_counts_a_little(acted, tmp_path):
    import shutil

    shutil.copytree(acted, tmp_path / "own")
    with Library.open(tmp_path / "own") as library:
        search = Search(library)
        query = Query(styles=("cartoon",), variety=0.0)
        assert "preference" not in search.find(query, context=Context(user="ann"))[0][0].factors
        liked = search.find(Query(text="tongue out"), limit=4)[0]
        refused = search.find(Query(text="asleep"), limit=4)[0]
        for hit in liked:
            library.log(Event("selected", hit.asset.id, user="ann"))
        for hit in refused:
            library.log(Event("rejected", hit.asset.id, user="ann"))
        hits = search.find(query, context=Context(user="ann"), limit=500)[0]
        assert face(hits[0])["tongueOut"] > 0.4
        assert "asleep" in hits[-1].asset.tags
        assert "preference" not in search.find(query, context=Context(user="bob"))[0][0].factors
        for hit in refused:
            library.log(Event("rejected", hit.asset.id, user="bob"))
            library.log(Event("rejected", hit.asset.id, user="bob", value=0.0))
        assert "preference" not in search.find(query, context=Context(user="bob"))[0][0].factors


def test_what_another_process_adds_is_found(acted, tmp_path):
    import shutil

    from mien.core.asset import Asset
    from mien.retrieval import Embedder

    shutil.copytree(acted, tmp_path / "shared")
    with Library.open(tmp_path / "shared") as reader, Library.open(tmp_path / "shared") as writer:
        search = Search(reader)
        odd = Expression.from_coefficients({"cheekPuff": 1.0, "tongueOut": 1.0, "browOuterUpLeft": 1.0})
        before = search.find(Query(expression=odd), limit=1)[0][0]
        asset = Asset("", odd, character="new", text="A very odd face.")
        asset_id = writer.add(asset, np.full((3, 3, 3), 7, np.uint8), Embedder().asset(asset))
        after = search.find(Query(expression=odd), limit=1)[0][0]
        assert after.asset.id == asset_id != before.asset.id
        writer.delete([asset_id])
        assert search.find(Query(expression=odd), limit=1)[0][0].asset.id == before.asset.id


def test_the_graph_of_a_large_library_gives_the_same_page_as_looking_at_everything(acted, tmp_path):
    import shutil

    shutil.copytree(acted, tmp_path / "large")
    with Library.open(tmp_path / "large", exact_below=50) as large, Library.open(acted) as exact:
        large.flush()
        by_graph, by_all = Search(large), Search(exact)
        queries = [Query(text=t) for t in ("wink", "smug half smile", "terrified", "zebra")]
        queries += [Query(expression=look(n), styles=("anime", "cartoon")) for n in ("anger", "pout")]
        queries += [Query(emotion=parse_emotion("sadness=1"))]
        for query in queries:
            one = [hit.asset.id for hit in by_graph.find(query, limit=20)[0]]
            other = [hit.asset.id for hit in by_all.find(query, limit=20)[0]]
            assert len(set(one) & set(other)) >= 18
