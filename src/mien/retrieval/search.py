"""`Search`: candidates from the library's index (stage 1), ranked with the context (stage 2), one page of hits."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from threading import Lock
from typing import Final
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from mien.core.arrays import Vector
from mien.core.emotion import Emotion
from mien.core.expression import Expression
from mien.core.query import CRITERIA, Context, Factor, Hit, Query
from mien.core.style import Style, built_in_styles, unbound
from mien.errors import InputError
from mien.library import Event, Library, Production, Snapshot
from mien.library.events import standing
from mien.retrieval.embed import Embedder
from mien.retrieval.faces import Metric, freed
from mien.retrieval.learn import FEATURES, Learned, Posterior, Slate, ask, examined, learn, propensities
from mien.retrieval.rank import Candidates, Ranking, Taste, metric_slopes, rank
from mien.retrieval.variety import varied
from mien.retrieval.wish import Wish, wish_of

_LOG: Final = logging.getLogger(__name__)

POOL: Final = 512
"""How many candidates stage 1 hands over for a page within the first 256; four times as many for each step beyond, so
that one page and the next are cut from the same ranking."""

NAMED: Final = 0.45
"""Weight of a character or style that the words name: as much as the feeling, for it is asked and not only around."""

DENIED: Final = 3.0
"""What words deny counts so much more among the candidates: the ranking would rule out the others anyway."""

_TASTE: Final = 200
_LOG_LENGTH: Final = 5_000
_ASKED_AMONG: Final = 48
_SIGNALS: Final = ("rated", "selected", "viewed", "rejected")
_NOTHING: Final = np.zeros((0, 0), dtype=np.float32)

Mask = NDArray[np.bool_]
Positions = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class _Question:
    """A query, understood, and its moment. text: the words as a vector (384,). style: that is wanted, "" if none.
    metric: how the production compares looks, if it learned that.
    """

    wish: Wish
    text: Vector | None
    context: Context
    style: str
    metric: Metric | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Page:
    """Hits; for each, where user or production are known, its features for learning (n, 15) and its propensity (n,)."""

    hits: list[Hit]
    total: int
    features: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, len(FEATURES))))
    propensities: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))


class Search:
    """Answers queries on one library. Safe to share between threads; sees what other processes add.

    Assets whose vectors are of another version are not found by what is asked (`Library.reembed` makes new ones).

    styles: id -> style, for bounds; the built-in ones by default.
    """

    def __init__(
        self, library: Library, *, styles: Mapping[str, Style] | None = None, embedder: Embedder | None = None
    ) -> None:
        self._library = library
        self._styles = dict(styles if styles is not None else built_in_styles())
        self._embedder = embedder or Embedder(styles=self._styles)
        self._learned: dict[str, tuple[tuple[int, Production], Learned]] = {}
        self._learning = Lock()

    def find(
        self, query: Query, *, context: Context | None = None, limit: int = 20, offset: int = 0
    ) -> tuple[list[Hit], int]:
        """The hits from `offset` on, at most `limit`, best first; and how many assets pass the filters.

        Raises `UnknownName` for a `query.like` or `query.unlike` that is not there.
        """
        page = self._page(query, context or Context(), limit=limit, offset=offset)
        return page.hits, page.total

    def find_and_log(
        self, query: Query, *, context: Context, limit: int = 20, offset: int = 0
    ) -> tuple[list[Hit], int, str]:
        """As `find`, and the page goes into the log, so that what its user does with it can be learned from.

        The third result is the page's id, which events about its hits name as `detail["search"]`.
        """
        page = self._page(query, context, limit=limit, offset=offset)
        return page.hits, page.total, self._logged(page, context)

    def ask(self, query: Query, *, context: Context, count: int = 3) -> tuple[list[Hit], str]:
        """Hits whose rating by the user would teach the production's ranking most (active learning), and the id under
        which they are logged.
        """
        page = self._page(query, context, limit=_ASKED_AMONG, offset=0)
        if not page.hits:
            return [], ""
        learned = self.learned(context.production)
        chosen = ask(page.features, learned.posterior or Posterior.before(learned.prior), count)
        hits = [page.hits[i] for i in chosen]
        asked = _Page(hits, len(hits), page.features[chosen], examined(np.arange(1, len(chosen) + 1)))
        return hits, self._logged(asked, context)

    def _logged(self, page: _Page, context: Context) -> str:
        """Put a page into the log; its id, or "" if nothing was logged."""
        if not page.hits:
            return ""
        search_id = uuid4().hex[:16]
        slate = Slate.shown(search_id, [hit.asset.id for hit in page.hits], page.features, page.propensities)
        event = Event("searched", "", user=context.user, production=context.production, detail=slate.to_detail())
        try:
            self._library.log(event)
        except InputError as error:
            # A library that may not be written to can still be searched.
            _LOG.warning("The search was not logged: %s", error)
            return ""
        return search_id

    def learned(self, production: str) -> Learned:
        """What the production's users taught so far, whether or not it is followed."""
        newest = self._library.last_event(kinds=_SIGNALS)
        settings = self._library.production(production)
        key = (newest, settings)
        with self._learning:
            if production not in self._learned or self._learned[production][0] != key:
                after = settings.learn_after
                pages = self._library.events(production=production, after=after, limit=_LOG_LENGTH, kinds=("searched",))
                # What is said about a page belongs to its production, whatever else it names.
                said = self._library.events(after=after, limit=_LOG_LENGTH, kinds=_SIGNALS)
                self._learned[production] = (key, learn([*pages, *said], weights=settings.weights))
            return self._learned[production][1]

    def _page(self, query: Query, context: Context, *, limit: int, offset: int) -> _Page:
        snapshot = self._library.snapshot()
        among = snapshot.passing(query)
        like = self.face_of(query.like) if query.like else None
        unlike = self.face_of(query.unlike) if query.unlike else None
        for named in filter(None, (query.like, query.unlike)):
            among = np.ones(len(snapshot), bool) if among is None else among
            among[snapshot.position(named)] = False
        total = len(snapshot) if among is None else int(np.count_nonzero(among))
        if total == 0 or limit <= 0 or offset >= total:
            return _Page([], total)
        wish = wish_of(query, like=like, unlike=unlike)
        context = replace(
            context,
            previous=self.face_of(context.after) if context.after else context.previous,
            next=self.face_of(context.before) if context.before else context.next,
        )
        # In this order: a style that the words name counts as asked, whatever its production learned.
        context = _named_in(wish.text, context, snapshot) if wish.text else context
        context, metric, learned, seed = self._in_production(context)
        question = _Question(
            wish,
            self._embedder.text(wish.text) if wish.text is not None else None,
            context,
            context.style or _style_of(context.character, snapshot),
            metric,
        )
        at = self._pool(question, snapshot, among, total=total, needed=offset + limit)
        if query.is_open:
            # All score alike: ids are hashes, so their order shows the library mixed, not one character after another.
            at = at[np.argsort(snapshot.ids[at], kind="stable")]
        ranking, candidates = self._ranked(question, snapshot, at)
        order, scores, repetition = varied(
            ranking.scores,
            candidates.faces,
            candidates.sure,
            candidates.characters,
            candidates.styles,
            strength=0.0 if query.is_open else 0.5 * query.variety,
            count=offset + limit,
        )
        page = slice(offset, offset + limit)
        hits = self._hits(snapshot, at, ranking, order[page], scores[page], repetition[page])
        if not (context.user or context.production) or query.is_open:
            return _Page(hits, total, np.zeros((len(hits), len(FEATURES))), np.ones(len(hits)))
        features = _features(question, ranking, candidates, order)
        looked_at = propensities(features, learned, seed=seed)
        return _Page(hits, total, features[page][: len(hits)], looked_at[page][: len(hits)])

    def _in_production(self, context: Context) -> tuple[Context, Metric | None, Learned | None, int]:
        """The context with its production's weights; and the metric, where what was learned is followed."""
        if not context.production:
            return context, None, None, 0
        settings = self._library.production(context.production)
        usual = {**settings.weights, **context.weights}
        if settings.learning == "off":
            return replace(context, weights=usual), None, None, 0
        learned = self.learned(context.production)
        if not learned.is_ready:
            return replace(context, weights=usual), None, None, 0
        # The same until somebody says something new, so that pages fit together.
        seed = self._library.last_event(kinds=_SIGNALS)
        drawn = learned.drawn(np.random.default_rng(seed))
        return replace(context, weights={**drawn.weights, **context.weights}), drawn.metric, learned, seed

    # -- stage 1 -------------------------------------------------------------------------------------------------

    def _pool(
        self, question: _Question, snapshot: Snapshot, among: Mask | None, *, total: int, needed: int
    ) -> Positions:
        """Positions of the candidates, rising."""
        size = POOL
        while 2 * needed > size:
            size *= 4
        everything = np.arange(len(snapshot)) if among is None else np.flatnonzero(among)
        if total <= size:
            return everything
        vectors = self._vectors(question)
        if not vectors:
            # Only filters were given: the well rated first, then the newest.
            rated = np.nan_to_num(snapshot.ratings[everything], nan=2.5)
            return np.sort(everything[np.lexsort((-everything, -rated))[:size]])
        share = -(-size // len(vectors))
        found = [self._library.nearest(v, share, snapshot=snapshot, among=among)[1] for v in vectors]
        return np.unique(np.concatenate(found))

    def _vectors(self, question: _Question) -> list[Vector]:
        """One vector for each way to read the words; none if there is nothing to go by."""
        wish, context = question.wish, question.context

        def weight(name: str) -> float:
            return context.weights.get(name, CRITERIA[name])

        around = [e for e in (context.previous, context.next) if e is not None]
        # What must not be there is met by most: these questions go by the look that they leave open.
        turned = [] if wish.unlike is None else [wish.unlike]
        fixed = [(e.coefficients, e.certainty, weight("temporal") / len(around)) for e in around]
        emotions = [(emotion, weight("emotion") * share) for emotion, share in wish.emotions]
        if wish.avoided_weight > 0 and wish.avoided.any():
            ruled_out = Emotion.from_probabilities(np.maximum(wish.avoided, 1e-6))
            emotions.append((ruled_out, -weight("emotion") * wish.avoided_weight))
        if not (wish.faces or emotions or around or turned or question.style or question.text is not None):
            return []
        return [
            self._embedder.query(
                faces=[
                    *fixed,
                    *((e.coefficients, e.certainty, -weight("look")) for e in turned),
                    *(
                        (
                            reading.coefficients,
                            reading.certainty * np.where(face.denied(reading), DENIED, 1.0),
                            weight("look") * face.weight,
                        )
                        for face, reading in zip(wish.faces, chosen, strict=True)
                    ),
                ],
                words=None if question.text is None else (question.text, weight("words") * wish.text_weight),
                emotions=emotions,
                style=(question.style, weight("style")) if question.style else None,
            )
            for chosen in product(*(face.readings for face in wish.faces))
        ]

    # -- stage 2 -------------------------------------------------------------------------------------------------

    def _ranked(self, question: _Question, snapshot: Snapshot, at: Positions) -> tuple[Ranking, Candidates]:
        wish, text = question.wish, question.text
        styles, characters = snapshot.names["styles"], snapshot.names["characters"]
        candidates = Candidates(
            faces=self._faces(snapshot, at),
            sure=snapshot.certainty[at],
            emotions=snapshot.emotions[at],
            words=_NOTHING if text is None else self._embedder.joint_of(self._library.vectors_at(snapshot, at)),
            named=_named(wish.text, snapshot, at) if wish.text else np.zeros(len(at), np.float32),
            styles=[styles[code] for code in snapshot.styles[at]],
            characters=[characters[code] for code in snapshot.characters[at]],
            ratings=snapshot.ratings[at],
        )
        user = question.context.user
        ranking = rank(
            wish,
            candidates,
            text=text,
            context=question.context,
            styles=self._styles,
            style=question.style,
            taste=self._taste(user, snapshot) if user else None,
            metric=question.metric,
        )
        return ranking, candidates

    def _faces(self, snapshot: Snapshot, at: Positions) -> NDArray[np.float32]:
        return freed(snapshot.coefficients[at], snapshot.styles[at], snapshot.names["styles"], self._styles)

    def _taste(self, user: str, snapshot: Snapshot) -> Taste:
        """The user's latest choices as faces; what a user was only shown does not count."""
        positions, values = [], []
        for event in standing(self._library.events(user=user, limit=_TASTE, kinds=_SIGNALS)):
            value = {
                "selected": 1.0,
                "rejected": -1.0,
                "rated": (event.value - 2.5) / 2.5,
                "viewed": 0.5 * min(max(event.value, 0.0) / 10.0, 1.0),
            }.get(event.kind)
            position = snapshot.position(event.asset)
            if value is not None and position is not None:
                positions.append(position)
                values.append(value)
        return Taste(self._faces(snapshot, np.array(positions, dtype=np.intp)), np.array(values, dtype=np.float32))

    def face_of(self, asset_id: str) -> Expression:
        """What an asset shows, freed from the bounds of its style. Raises `UnknownName`."""
        asset = self._library.get(asset_id)
        if asset.style not in self._styles:
            return asset.expression
        return replace(asset.expression, coefficients=unbound(asset.expression.coefficients, self._styles[asset.style]))

    def _hits(
        self,
        snapshot: Snapshot,
        at: Positions,
        ranking: Ranking,
        order: Positions,
        scores: Vector,
        repetition: Vector,
    ) -> list[Hit]:
        ids = [snapshot.ids[at[i]].decode() for i in order]
        assets = {asset.id: asset for asset in self._library.assets(ids)}
        hits = []
        for asset_id, i, score, repeats in zip(ids, order, scores.tolist(), repetition.tolist(), strict=True):
            if asset_id not in assets:
                continue  # deleted since
            factors = {
                name: Factor(float(phi[i]), weight, float(phi[i]) * weight)
                for name, (phi, weight) in ranking.criteria.items()
            }
            lost = float(ranking.scores[i]) - score
            if lost > 0.0:
                factors["repetition"] = Factor(repeats, -lost / repeats, -lost)
            hits.append(Hit(assets[asset_id], min(1.0, max(0.0, score)), factors))
        return hits


def _features(question: _Question, ranking: Ranking, candidates: Candidates, order: Positions) -> NDArray[np.float64]:
    """float64 (k, 15), order `learn.FEATURES`: what the score of each candidate in `order` is made of, per unit of the
    weights, so that a search with other weights can be told from it.
    """
    out = np.zeros((len(order), len(FEATURES)))
    for i, (name, usual) in enumerate(CRITERIA.items()):
        if name in ranking.criteria:
            phi, share = ranking.criteria[name]
            weight = question.context.weights.get(name, usual)
            out[:, i] = phi[order] * share / max(weight, 1e-6)
    if question.wish.faces and "look" in ranking.criteria:
        share = ranking.criteria["look"][1]
        out[:, len(CRITERIA) :] = share * metric_slopes(question.wish, candidates)[order]
    return out


def _style_of(character: str, snapshot: Snapshot) -> str:
    """The style that a character of the library has most of, "" if it has none there."""
    if character not in snapshot.names["characters"]:
        return ""
    own = snapshot.styles[snapshot.characters == snapshot.names["characters"].index(character)]
    return snapshot.names["styles"][int(np.bincount(own).argmax())] if len(own) else ""


def _named_in(text: str, context: Context, snapshot: Snapshot) -> Context:
    """The context, with the character and the style that the words name where it has none of its own: who types
    "Mika laughing" means Mika.
    """
    spoken = _spoken(text)
    characters = [name for name in snapshot.names["characters"] if spoken(name)]
    styles = [name for name in snapshot.names["styles"] if spoken(name)]
    weights = dict(context.weights)
    named: dict[str, str] = {}
    for kind, names in (("character", characters), ("style", styles)):
        if len(names) == 1 and not getattr(context, kind):
            named[kind] = names[0]
            weights.setdefault(kind, NAMED)
    return replace(context, weights=weights, **named) if named else context  # type: ignore[arg-type]


def _named(text: str, snapshot: Snapshot, at: Positions) -> Vector:
    """float32 (k,), 0..1: of the tags and productions that the words spell out, the share that an asset has."""
    spoken = _spoken(text)
    masks = [snapshot.with_tag(tag)[at] for tag in snapshot.names["tags"] if spoken(tag)]
    codes = [i for i, name in enumerate(snapshot.names["productions"]) if spoken(name)]
    if codes:
        masks.append(np.isin(snapshot.productions[at], codes))
    if not masks:
        return np.zeros(len(at), dtype=np.float32)
    return np.asarray(np.mean(masks, axis=0), dtype=np.float32)


def _spoken(text: str) -> Callable[[str], bool]:
    """Does the text hold a name, as whole words?"""
    words = f" {_plain(text)} "

    def holds(name: str) -> bool:
        plain = _plain(name)
        return bool(plain) and f" {plain} " in words

    return holds


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
