import numpy as np
import pytest
from takes import items

from mien.core.query import Query
from mien.library import HnswIndex, Library
from mien.library.index import DamagedIndex

SIZE = 512


def vectors(count, seed=0):
    """Clustered, as faces are."""
    rng = np.random.default_rng(seed)
    centres = np.random.default_rng(7).normal(size=(12, SIZE))
    v = centres[rng.integers(12, size=count)] + 0.6 * rng.normal(size=(count, SIZE))
    return (v / np.linalg.norm(v, axis=1, keepdims=True)).astype(np.float32)


def index_of(v, **options):
    return HnswIndex.empty(**options).extended(np.arange(1, len(v) + 1), v)


def brute_force(v, query, count, among=None):
    values = v @ query
    if among is not None:
        values = np.where(among, values, -np.inf)
    order = np.argsort(-values, kind="stable")[:count]
    return order[np.isfinite(values[order])]


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
@pytest.mark.parametrize("graph", [False, True])
def test_a_small_or_selective_search_is_exact(share, graph):
    v = vectors(1500)
    index = index_of(v)
    index = index.compacted() if graph else index
    among = np.random.default_rng(3).random(len(v)) < share
    for query in vectors(10, seed=9):
        at, values = index.search(query, 20, among=among)
        assert np.array_equal(at, brute_force(v, query, 20, among))
        assert np.allclose(values, v[at] @ query, atol=1e-5)


def test_a_large_search_by_the_graph_misses_almost_nothing_with_filters_or_without():
    v = vectors(4000)
    index = index_of(v, exact_below=100).compacted()
    assert index.in_graph == 4000
    rng = np.random.default_rng(4)
    for share in (1.0, 0.3, 0.05):
        among = None if share == 1.0 else rng.random(len(v)) < share
        found = wanted = 0
        for query in vectors(40, seed=5):
            at, _ = index.search(query, 10, among=among)
            found += len(np.intersect1d(at, brute_force(v, query, 10, among)))
            wanted += 10
            assert among is None or among[at].all()
        assert found / wanted > 0.95


def test_what_the_graph_lacks_yet_is_found_and_the_dead_are_not():
    v = vectors(3000)
    index = index_of(v[:2000], exact_below=100).compacted()
    index = index.extended(np.arange(2001, 3001), v[2000:]).without(np.arange(1, 301))
    for i in (2500, 2999, 1000):
        assert index.search(v[i], 1, among=None)[0][0] == i
    for i in (0, 150, 299):
        assert i not in index.search(v[i], 50, among=None)[0]
    assert len(index) == 2700
    assert index.wants_compacting


def test_many_dead_leave_when_it_is_compacted():
    v = vectors(600)
    index = index_of(v).compacted().without(np.arange(1, 301))
    small = index.compacted()
    assert len(small) == len(small.rows) == small.in_graph == 300
    assert np.array_equal(small.vectors_of(np.array([301, 600])), v[[300, 599]])
    assert not small.vectors_of(np.array([5])).any()


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "text", "other model"])
def test_a_damaged_cache_is_noticed(tmp_path, damage):
    path = tmp_path / "cache.hnsw"
    index_of(vectors(300)).compacted().save(path, model="m")
    assert len(HnswIndex.load(path, model="m")) == 300
    content = path.read_bytes()
    path.write_bytes(
        {
            "cut": content[: len(content) // 2],
            "flip": content[:5000] + bytes([content[5000] ^ 0x10]) + content[5001:],
            "empty": b"",
            "text": b"no index at all" * 100,
            "other model": content,
        }[damage]
    )
    with pytest.raises(DamagedIndex):
        HnswIndex.load(path, model="other" if damage == "other model" else "m")


@pytest.mark.parametrize("damage", ["flip", "gone", "stale"])
def test_a_library_with_a_bad_cache_answers_rightly_and_makes_it_anew(filled, tmp_path, damage):
    filled.flush()
    (cache,) = (filled.path / "cache").glob("*.hnsw")
    if damage == "flip":
        content = bytearray(cache.read_bytes())
        content[len(content) // 3] ^= 0xFF
        cache.write_bytes(bytes(content))
    elif damage == "gone":
        cache.unlink()
    else:
        # As after restoring a backup of the rows alone: the same row numbers, other vectors.
        other = Library.create(tmp_path / "other")
        other.add_many(items(300, seed=5))
        other.flush()
        (stale,) = (other.path / "cache").glob("*.hnsw")
        cache.write_bytes(stale.read_bytes())
    with Library.open(filled.path) as opened:
        query = filled.vectors([filled.snapshot().ids[42].decode()])[0]
        assert opened.nearest(query, 5)[1][0] == 42
        report = opened.check()
        assert report.is_sound == (damage == "gone")
        repaired = opened.check(repair=True)
        assert repaired.is_sound
        assert bool(repaired.repaired) == (damage != "gone")
        opened.flush()
    with Library.open(filled.path) as again:
        assert again.check().is_sound
        assert again.nearest(query, 5)[1][0] == 42
        assert again._state.index.in_graph == 300


FILTERS = [
    Query(styles=("anime",)),
    Query(styles=("anime", "cartoon"), tags=("t3",)),
    Query(characters=("anime1",), exclude_tags=("t1", "t2")),
    Query(productions=("Show",), min_rating=2.0),
    Query(tags=("t1", "t2")),
    Query(tags=("no such tag",)),
    Query(styles=("no such style",)),
]


@pytest.mark.parametrize("query", FILTERS)
def test_a_filtered_search_equals_looking_at_everything(filled, query):
    shot = filled.snapshot()
    everything = {asset.id: asset for asset in filled}
    passing = [not query.styles or a.style in query.styles for a in (everything[i.decode()] for i in shot.ids)]
    for i, asset_id in enumerate(shot.ids):
        a = everything[asset_id.decode()]
        passing[i] &= (not query.characters or a.character in query.characters) and (
            not query.productions or a.production in query.productions
        )
        passing[i] &= set(query.tags) <= set(a.tags) and not set(query.exclude_tags) & set(a.tags)
        passing[i] &= query.min_rating is None or (a.rating is not None and a.rating >= query.min_rating)
    mask = shot.passing(query)
    assert mask.tolist() == passing
    v = filled.vectors([i.decode() for i in shot.ids])
    at = filled.nearest(v[0], 300, snapshot=shot, among=mask)[1]
    assert np.array_equal(at, brute_force(v, v[0], 300, mask))


# -- bytes in place of numbers ---------------------------------------------------------------------------------------


def test_a_quantised_graph_is_small_and_still_finds(tmp_path):
    v = vectors(3000)
    plain = index_of(v, exact_below=50).compacted()
    small = index_of(v, exact_below=50, quantise_above=1000).compacted()
    assert small.is_quantised
    assert not plain.is_quantised
    assert np.abs(small.vectors - v).max() < 0.01
    assert np.allclose(small.vectors_of(np.array([5, 2999])), v[[4, 2998]], atol=0.01)
    found = 0
    for query in vectors(40, seed=5):
        at, values = small.search(query, 10, among=None)
        found += len(np.intersect1d(at, brute_force(v, query, 10)))
        assert np.allclose(values, v[at] @ query, atol=0.02)
    assert found / 400 > 0.93
    rare = np.zeros(len(v), bool)
    rare[::100] = True
    for query in vectors(10, seed=6):
        at, _ = small.search(query, 5, among=rare)
        assert rare[at].all()
        assert len(np.intersect1d(at, brute_force(v, query, 5, rare))) >= 4
    for index in (plain, small):
        index.save(tmp_path / "index.hnsw", model="m")
    assert HnswIndex.load(tmp_path / "index.hnsw", model="m").is_quantised
    grown = small.extended(np.arange(3001, 3301), vectors(300, seed=8))
    assert grown.search(vectors(300, seed=8)[7], 1, among=None)[0][0] == 3007
    buried = grown.without(np.arange(1, 1501)).compacted()
    assert len(buried) == 1800
    assert buried.is_quantised


def test_a_graph_that_grows_past_the_threshold_becomes_bytes_without_being_built_anew():
    v = vectors(1500)
    grown = index_of(v[:900], exact_below=50, quantise_above=1000).compacted()
    assert not grown.is_quantised
    grown = grown.extended(np.arange(901, 1501), v[900:]).compacted()
    assert grown.is_quantised
    assert len(grown) == grown.in_graph == 1500
    assert np.abs(grown.vectors - v).max() < 0.01
    found = sum(len(np.intersect1d(grown.search(q, 10, among=None)[0], brute_force(v, q, 10))) for q in v[::50])
    assert found / (10 * len(v[::50])) > 0.93


def test_a_library_takes_a_quantised_cache_for_its_own(filled):
    filled.flush()
    index = filled._current().index
    quantised = HnswIndex.empty(quantise_above=10).extended(index.rows, index.vectors).compacted()
    quantised.save(filled._cache, model=filled.model)
    with Library.open(filled.path) as other:
        assert other._current().index.is_quantised
        assert other.check().is_sound
