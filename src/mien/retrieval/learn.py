"""What a production's users taught the ranking: a pure function of the event log (paper, 4.3).

Every page of hits that somebody saw is a `Slate`. What was rated, selected, looked at or refused on it says that some
hits were better than others; from these comparisons a Bayesian logistic regression learns the weights of the criteria
and a change of rank 8 of the metric (`mien.retrieval.faces.Metric`). The posterior is Gaussian (Laplace), so a search
may draw its weights from it (Thompson sampling) and what is still unknown gets tried. docs/ranking.md has the formulas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mien.core.query import CRITERIA
from mien.library import Event
from mien.library.events import standing
from mien.retrieval.faces import AXES, Metric

Matrix = NDArray[np.float64]

FEATURES: Final[tuple[str, ...]] = (*CRITERIA, *(f"axis:{name}" for name in AXES))
"""What a hit is described by: its value of each criterion, and what each axis of the metric would change."""

ENOUGH_SIGNALS: Final = 30
ENOUGH_SEARCHES: Final = 10

_W: Final = len(CRITERIA)
_SHARPNESS: Final = 12.0
"""A score that is .1 better is preferred in three of four cases."""
_OPEN: Final = 0.6
"""Standard deviation of a weight before anything is known, as a share of the weight."""
_OPEN_GAIN: Final = 0.5
_LEAST: Final = 1.0 / 3.0
_MOST: Final = 3.0
_GAINS: Final = (-0.75, 3.0)
_EXPLORE: Final = 0.5
_PAIRS: Final = 80
_LONG_LOOK_S: Final = 10.0
_CAP: Final = 5.0
_RIDGE: Final = 0.1
_PASSED: Final = 0.1
_PASSED_SURE: Final = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Slate:
    """A page of hits as it was shown, and what its user made of it. n hits in the order they were shown.

    search: its id. assets: their ids. features: float64 (n, 15), order `FEATURES`; the score of a hit is
    `features @ (weights, gains)`. propensities: float64 (n,), 0..1, how likely each was to be looked at under the
    ranking that showed it. choices: float64 (n,), 0..1, what selecting, looking and passing over say, NaN where nothing
    is known; sure: float64 (n,), 0..1, how much each counts. stars: float64 (n,), 0..1, NaN where none were given.

    Choices and stars are kept apart, for they have no common scale: three stars are no less than being passed over.
    """

    search: str
    assets: tuple[str, ...]
    features: Matrix
    propensities: NDArray[np.float64]
    choices: NDArray[np.float64]
    sure: NDArray[np.float64]
    stars: NDArray[np.float64]

    @classmethod
    def shown(cls, search: str, assets: Sequence[str], features: Matrix, propensities: ArrayLike) -> Slate:
        """A page nobody has said anything about yet."""
        n, looked_at = len(assets), np.asarray(propensities, np.float64)
        return cls(search, tuple(assets), features, looked_at, np.full(n, np.nan), np.zeros(n), np.full(n, np.nan))

    @property
    def signals(self) -> int:
        """How many hits something was said about; being passed over says too little to count."""
        return int(np.count_nonzero(np.isfinite(self.stars)) + np.count_nonzero(self.sure > _PASSED_SURE))

    def to_detail(self) -> dict[str, Any]:
        """Plain data for the `detail` of a "searched" event."""
        return {
            "search": self.search,
            "assets": list(self.assets),
            "features": [[round(float(v), 5) for v in row] for row in self.features],
            "propensities": [round(float(p), 5) for p in self.propensities],
        }


def examined(rank: NDArray[np.intp] | int) -> NDArray[np.float64]:
    """How likely a hit is looked at by its rank (1 is first): 1 / log2(rank + 1), the discount of nDCG."""
    return np.asarray(1.0 / np.log2(np.asarray(rank, dtype=np.float64) + 1.0))


def slates_of(events: Sequence[Event]) -> list[Slate]:
    """The pages in the log that somebody reacted to, oldest first."""
    pages: dict[str, Slate] = {}
    said: dict[str, list[Event]] = {}
    for event in standing(events):
        search = str(event.detail.get("search", ""))
        if event.kind == "searched":
            pages[search] = Slate.shown(
                search,
                event.detail["assets"],
                np.asarray(event.detail["features"], np.float64).reshape(-1, len(FEATURES)),
                event.detail["propensities"],
            )
        elif search in pages and event.kind != "shown":
            said.setdefault(search, []).append(event)
    return [_judged(pages[search], about) for search, about in said.items()]


def _judged(page: Slate, said: Sequence[Event]) -> Slate:
    choices, sure, stars = page.choices.copy(), page.sure.copy(), page.stars.copy()
    place = {asset: i for i, asset in enumerate(page.assets)}
    for event in said:
        i = place.get(event.asset)
        if i is None:
            continue
        if event.kind == "rated":
            stars[i] = np.clip(event.value / 5.0, 0.0, 1.0)
            continue
        reward, certainty = _choice(event)
        # The surest thing that was done with a hit counts; of equals the last.
        if certainty >= sure[i]:
            choices[i], sure[i] = reward, certainty
    took = np.flatnonzero((sure > 0) & (choices > _PASSED))
    if len(took):
        # Whoever took the fourth hit has seen the first three and left them; what stands below may not have been seen.
        passed = (np.arange(len(sure)) < took.max()) & (sure == 0)
        choices[passed], sure[passed] = _PASSED, _PASSED_SURE
    return replace(page, choices=choices, sure=sure, stars=stars)


def _choice(event: Event) -> tuple[float, float]:
    """What an event says about its asset: reward 0..1, and how sure that is."""
    if event.kind == "selected":
        return 0.9, 0.8
    if event.kind == "rejected":
        return 0.0, 0.9
    return 0.2 + 0.5 * min(max(event.value, 0.0) / _LONG_LOOK_S, 1.0), 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is known about weights and gains. mean: float64 (15,), order `FEATURES`. covariance: float64 (15, 15).

    Both in units of the log-odds; divide by `_SHARPNESS` for weights.
    """

    mean: NDArray[np.float64]
    covariance: Matrix

    @classmethod
    def before(cls, weights: Mapping[str, float]) -> Posterior:
        """Before anything was said: the usual weights, each open by 60 %, and no change of the metric."""
        w = np.array([weights.get(name, CRITERIA[name]) for name in CRITERIA])
        mean = _SHARPNESS * np.append(w, np.zeros(len(AXES)))
        spread = _SHARPNESS * np.append(_OPEN * np.maximum(w, 0.1), np.full(len(AXES), _OPEN_GAIN))
        return cls(mean, np.diag(spread**2))


def fit(slates: Sequence[Slate], prior: Posterior) -> Posterior:
    """The posterior after the comparisons on these pages: Newton's method on the log-posterior, at most 25 steps."""
    parts = [_comparisons(slate) for slate in slates]
    if not parts or not sum(len(d) for d, _ in parts):
        return prior
    differences = np.concatenate([d for d, _ in parts])
    weights = np.concatenate([w for _, w in parts])
    precision = np.linalg.inv(prior.covariance)
    theta = prior.mean.copy()
    hessian = precision
    for _ in range(25):
        p = 1.0 / (1.0 + np.exp(-np.clip(differences @ theta, -30, 30)))
        gradient = differences.T @ (weights * (1.0 - p)) - precision @ (theta - prior.mean)
        hessian = (differences * (weights * p * (1.0 - p))[:, None]).T @ differences + precision
        step = np.linalg.solve(hessian, gradient)
        theta = theta + step
        if np.abs(step).max() < 1e-6:
            break
    return Posterior(theta, np.linalg.inv(hessian))


def _comparisons(slate: Slate) -> tuple[Matrix, NDArray[np.float64]]:
    """Differences of features, better minus worse, and how much each comparison counts; one page counts for its
    signals, not for the square of them.
    """
    rated = np.isfinite(slate.stars).astype(np.float64)
    parts = [_pairs(slate, slate.choices, slate.sure), _pairs(slate, slate.stars, rated)]
    return np.concatenate([d for d, _ in parts]), np.concatenate([w for _, w in parts])


def _pairs(slate: Slate, rewards: NDArray[np.float64], sure: NDArray[np.float64]) -> tuple[Matrix, NDArray[np.float64]]:
    told = np.flatnonzero(sure > 0)
    better, worse = np.nonzero(rewards[told][:, None] > rewards[told][None, :] + 0.05)
    better, worse = told[better], told[worse]
    if len(better) == 0:
        return np.zeros((0, len(FEATURES))), np.zeros(0)
    weights = (rewards[better] - rewards[worse]) * np.minimum(sure[better], sure[worse])
    # Hits far down are looked at less, so that one of them was taken says more.
    weights *= np.minimum(1.0 / np.maximum(slate.propensities[better], 1e-3), _CAP) ** 0.5
    if len(better) > _PAIRS:
        keep = np.argsort(-weights, kind="stable")[:_PAIRS]
        better, worse, weights = better[keep], worse[keep], weights[keep]
    weights *= 2.0 * len(told) / max(len(better), len(told))
    return slate.features[better] - slate.features[worse], weights


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a page would have been worth under the learned ranking, from the log alone.

    now: mean worth of the pages as they were shown; learned: as they would have been; gain: learned - now with its
    95 % interval by bootstrap over pages (low, high). Each page is re-ranked by weights learned without it.
    """

    now: float
    learned: float
    gain: float
    low: float
    high: float
    pages: int


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """What was learned for one production.

    weights: criterion -> weight, within a third and three times of what it was. gains: axis -> change of the metric.
    searches, signals: what it was learned from. estimate: whether it would have helped; None with too few pages.
    """

    weights: Mapping[str, float]
    gains: Mapping[str, float]
    searches: int
    signals: int
    estimate: Estimate | None
    prior: Mapping[str, float] = field(default_factory=dict)
    posterior: Posterior | None = field(default=None, repr=False)

    @property
    def metric(self) -> Metric:
        """The change of the metric."""
        return Metric(np.array([self.gains[name] for name in AXES], dtype=np.float32))

    @property
    def is_ready(self) -> bool:
        """Is there evidence enough, and does the log say that it helps?"""
        enough = self.signals >= ENOUGH_SIGNALS and self.searches >= ENOUGH_SEARCHES
        return enough and self.estimate is not None and self.estimate.low > 0.0

    def drawn(self, rng: np.random.Generator) -> Learned:
        """Weights and gains drawn from what is known (Thompson sampling, half the spread)."""
        if self.posterior is None:
            return self
        theta = rng.multivariate_normal(self.posterior.mean, _EXPLORE**2 * self.posterior.covariance, method="cholesky")
        weights, gains = bounded(theta, self.prior)
        return replace(self, weights=weights, gains=gains)

    def scores(self, features: Matrix) -> NDArray[np.float64]:
        """float64 (n,): scores of hits with these features (n, 15) under the learned weights."""
        return np.asarray(features @ np.array([*self.weights.values(), *self.gains.values()]))


def learn(events: Sequence[Event], *, weights: Mapping[str, float] | None = None, judged: bool = True) -> Learned:
    """Everything that a production's log says.

    weights: what the ranking used before; Table 8's where not given. judged: estimate whether it helps, too.
    """
    prior_weights = {name: (weights or {}).get(name, usual) for name, usual in CRITERIA.items()}
    slates = slates_of(events)
    prior = Posterior.before(prior_weights)
    posterior = fit(slates, prior)
    learned, gains = bounded(posterior.mean, prior_weights)
    signals = sum(slate.signals for slate in slates)
    estimate = estimate_gain(slates, prior_weights) if judged else None
    return Learned(learned, gains, len(slates), signals, estimate, prior_weights, posterior)


def bounded(theta: NDArray[np.float64], prior: Mapping[str, float]) -> tuple[dict[str, float], dict[str, float]]:
    """Weights and gains of a parameter vector, none further from its prior than allowed; weights add up as before."""
    before = np.array([prior[name] for name in CRITERIA])
    raw = theta / _SHARPNESS
    scale = max(float(np.maximum(raw[:_W], 0.0).sum()) / max(float(before.sum()), 1e-9), 1e-3)
    w = np.clip(raw[:_W] / scale, _LEAST * before, _MOST * before)
    w *= before.sum() / max(float(w.sum()), 1e-9)
    gains = np.clip(raw[_W:] / scale, *_GAINS)
    return (
        {name: round(float(v), 5) for name, v in zip(CRITERIA, w, strict=True)},
        {name: round(float(v), 5) for name, v in zip(AXES, gains, strict=True)},
    )


def estimate_gain(slates: Sequence[Slate], prior: Mapping[str, float], *, folds: int = 5) -> Estimate | None:
    """Doubly robust estimate of the learned ranking, cross-fitted; None with under 10 pages.

    The worth of a page is the mean reward of its hits, each counted by how likely its place is looked at. What nobody
    said is foretold by a ridge regression on the features; where somebody spoke, the regression's error is made good,
    1 / p (at most 5) times for a hit that was looked at with propensity p, and divided by the sum of these. The
    estimate holds if either of the two is right (Dudik, Langford, Li 2011). Ranking and regression of a page are
    learned without it. Hits that another ranking would have fetched from beyond the page are unknown to the log and
    not counted.
    """
    told = [slate for slate in slates if slate.signals]
    if len(told) < ENOUGH_SEARCHES:
        return None
    before = Posterior.before(prior)
    rows = np.zeros((len(told), 2, 3))
    for fold in range(folds):
        others = [s for i, s in enumerate(told) if i % folds != fold]
        weights, gains = bounded(fit(others, before).mean, prior)
        theta = np.array([*weights.values(), *gains.values()])
        foretold = _Foretold.by(others)
        for i in range(fold, len(told), folds):
            rows[i] = _worth(told[i], theta, foretold)

    def value(chosen: Matrix) -> NDArray[np.float64]:
        """Now and then: what is foretold, and its error where it is known."""
        sums = chosen.sum(axis=0)
        return np.asarray(sums[:, 0] / len(chosen) + sums[:, 1] / np.maximum(sums[:, 2], 1e-9))

    now, then = value(rows)
    rng = np.random.default_rng(0)
    draws = np.array([np.diff(value(rows[rng.integers(0, len(rows), len(rows))]))[0] for _ in range(400)])
    low, high = np.percentile(draws, [2.5, 97.5])
    return Estimate(float(now), float(then), float(then - now), float(low), float(high), len(told))


@dataclass(frozen=True, slots=True, eq=False)
class _Foretold:
    """What hits are worth by their features, choices and stars apart: float64 (16,), the last whatever the features."""

    choices: NDArray[np.float64]
    stars: NDArray[np.float64]

    @classmethod
    def by(cls, slates: Sequence[Slate]) -> _Foretold:
        return cls(
            _ridge([(s.features, s.choices, s.sure) for s in slates]),
            _ridge([(s.features, s.stars, np.isfinite(s.stars).astype(np.float64)) for s in slates]),
        )


def _ridge(parts: Sequence[tuple[Matrix, NDArray[np.float64], NDArray[np.float64]]]) -> NDArray[np.float64]:
    """float64 (16,): rewards from features, weighed by how sure they are; 0 where there are none."""
    told = [sure > 0 for _, _, sure in parts]
    x = np.concatenate([features[known] for (features, _, _), known in zip(parts, told, strict=True)])
    y = np.concatenate([rewards[known] for (_, rewards, _), known in zip(parts, told, strict=True)])
    w = np.concatenate([sure[known] for (_, _, sure), known in zip(parts, told, strict=True)])
    if not len(y):
        return np.zeros(len(FEATURES) + 1)
    centre, level = np.average(x, axis=0, weights=w), float(np.average(y, weights=w))
    off = x - centre
    # As much as one answer says of a feature that varies by a tenth, the range of the features being 1 at most.
    slopes = np.linalg.solve(
        (off * w[:, None]).T @ off + _RIDGE * np.eye(len(FEATURES)), (off * w[:, None]).T @ (y - level)
    )
    return np.append(slopes, level - centre @ slopes)


def _worth(slate: Slate, theta: NDArray[np.float64], foretold: _Foretold) -> Matrix:
    """As shown, and as ranked by theta: what is foretold, its weighted error, and the weights: float64 (2, 3).

    Stars count where nothing was chosen.
    """
    chosen = slate.sure.any()
    rewards = slate.choices if chosen else slate.stars
    sure = slate.sure if chosen else np.isfinite(slate.stars).astype(np.float64)
    model = foretold.choices if chosen else foretold.stars
    usual = np.clip(slate.features @ model[:-1] + model[-1], 0.0, 1.0)
    inverse = np.minimum(1.0 / np.maximum(slate.propensities, 1e-3), _CAP) * sure
    error = np.where(sure > 0, np.nan_to_num(rewards) - usual, 0.0)
    rank_now = np.arange(1, len(usual) + 1)
    rank_then = np.empty(len(usual), dtype=np.intp)
    rank_then[np.argsort(-(slate.features @ theta), kind="stable")] = rank_now
    out = []
    for rank in (rank_now, rank_then):
        looked_at = examined(rank)
        weights = looked_at * inverse
        out.append((float(looked_at @ usual / looked_at.sum()), float(weights @ error), float(weights.sum())))
    return np.array(out)


def ask(features: Matrix, posterior: Posterior, count: int, *, among: int = 48) -> list[int]:
    """Which hits to ask about: positions of the `count` whose answers would say most.

    features: float64 (n, 15). Of the best `among` by the mean, greedily the one whose utility, compared with the page's
    mean, is least known; each choice counts as answered before the next (D-optimal design).
    """
    best = np.argsort(-(features @ posterior.mean), kind="stable")[:among]
    centred = features[best] - features[best].mean(axis=0)
    covariance = posterior.covariance.copy()
    chosen: list[int] = []
    for _ in range(min(count, len(best))):
        unknown = np.einsum("ij,jk,ik->i", centred, covariance, centred)
        unknown[[int(np.flatnonzero(best == c)[0]) for c in chosen]] = -1.0
        pick = int(np.argmax(unknown))
        chosen.append(int(best[pick]))
        x = covariance @ centred[pick]
        # One answer has about the variance of the logistic at even odds.
        covariance -= np.outer(x, x) / (4.0 + float(centred[pick] @ x))
    return chosen


def propensities(features: Matrix, learned: Learned | None, *, draws: int = 16, seed: int = 0) -> NDArray[np.float64]:
    """float64 (n,): how likely each hit is looked at, over the rankings that might have been drawn.

    features: of all candidates, in the order they were shown. Without learning the ranking is certain.
    """
    rank = np.arange(1, len(features) + 1)
    if learned is None:
        return examined(rank)
    rng = np.random.default_rng(seed)
    total = np.zeros(len(features))
    for _ in range(draws):
        order = np.argsort(-learned.drawn(rng).scores(features), kind="stable")
        place = np.empty(len(features), dtype=np.intp)
        place[order] = rank
        total += examined(place)
    return np.asarray(total / draws)
