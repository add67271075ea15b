"""`mien-lab eval feedback`: do simulated users with hidden tastes get better pages, the more they say? (Table 9)

A user values a face by weights of the criteria and a metric of their own, both unknown to mien, and answers with noise.
Each asks for one moment after another; what they say about the page goes through the product's own log and
`mien.retrieval.learn`. After 0, 10, 25, 50 ... 500 signals the learned ranking is judged on moments that it never saw:
P@10 against the user's own ten best of all candidates. The four methods differ in what users are asked, and in nothing
else.

- explicit: stars for hits at random places of the first page, as people do who rate now and then
- implicit: what they select from the page, and how long they look; hits further down are looked at less
- active: stars for the hits that mien asks about (`learn.ask`)
- hybrid: selections, and stars for what mien asks about, half and half
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien.core.emotion import EMOTIONS, Emotion
from mien.core.query import CRITERIA, Context, Query
from mien.library import Event
from mien.retrieval.faces import AXES
from mien.retrieval.learn import Learned, Posterior, Slate, ask, examined, fit, learn, slates_of
from mien.studio import Studio
from mien_lab.evaluation.takes import Corpus, corpus, interval, wanted
from mien_lab.result import Figures, Result

METHODS: Final = ("explicit", "implicit", "active", "hybrid")
STEPS: Final = (0, 10, 25, 50, 100, 200, 350, 500)
PAPER: Final[dict[str, Figures]] = {
    "explicit": {"learning_efficiency": 0.72},
    "implicit": {"learning_efficiency": 0.79},
    "active": {"learning_efficiency": 0.88},
    "hybrid": {"learning_efficiency": 0.85},
}
_PAGE: Final = 12
_CANDIDATES: Final = 160
_SIGNALS_A_PAGE: Final = 4
_NOISE: Final = 0.03
"""Standard deviation of a user's opinion, in units of the score; good and middling hits of a page are .1 apart."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Moment:
    """One search. features: float64 (k, 15) of its candidates, best first under the usual weights."""

    features: Floats
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _User:
    """theta: float64 (15,), the user's own weights and gains."""

    theta: Floats

    def values(self, moment: _Moment) -> Floats:
        return np.asarray(moment.features @ self.theta)


def evaluate(*, data: Path, quick: bool = False) -> Result:  # noqa: ARG001  # every evaluation is called alike
    """Learning curves with 95 % intervals over users, and the off-policy estimate beside the truth."""
    users, takes, practice, test = (12, 1_000, 50, 24) if quick else (40, 2_000, 120, 40)
    steps = tuple(step for step in STEPS if not quick or step in (0, 50, 200, 500))
    with corpus(Studio(), takes) as library:
        moments = list(_moments(library, practice + test))
    figures: Figures = {}
    baselines: dict[str, Figures] = {}
    curves = {method: np.zeros((users, len(steps))) for method in METHODS}
    estimates = []
    for number in range(users):
        rng = np.random.default_rng([41, number])
        user = _some_user(rng)
        held_out = moments[practice:]
        for method in METHODS:
            log = _log(user, moments[:practice], method, signals=steps[-1], rng=np.random.default_rng([43, number]))
            for i, step in enumerate(steps):
                learned = learn(_first(log, step), judged=step == steps[-1] and method == "hybrid")
                curves[method][number, i] = _precision(user, learned, held_out)
            if method == "hybrid" and learned.estimate is not None:
                gain = curves[method][number, -1] - curves[method][number, 0]
                estimates.append((learned.estimate.gain, learned.estimate.low, gain))
    most = max(float((curve[:, -1] - curve[:, 0]).mean()) for curve in curves.values())
    for method in METHODS:
        curve = curves[method]
        told: Figures = {}
        for i, step in enumerate(steps):
            key = f"p10_after_{step}"
            told[key], told[f"{key}_low"], told[f"{key}_high"] = interval(curve[:, i])
        for step in (50, 500):
            mean, low, high = interval(curve[:, steps.index(step)] - curve[:, 0])
            told |= {f"gain_{step}": mean, f"gain_{step}_low": low, f"gain_{step}_high": high}
        # The paper does not define its own: here the share of the best final gain that 50 signals bring.
        told["learning_efficiency"] = float((curve[:, steps.index(50)] - curve[:, 0]).mean()) / max(most, 1e-9)
        baselines[method] = told
    for step in (50, 500):
        for name in ("hybrid", "active"):
            figures[f"gain_{step}_{name}"] = baselines[name][f"gain_{step}"]
            figures[f"gain_{step}_{name}_low"] = baselines[name][f"gain_{step}_low"]
    figures["p10_before"] = float(curves["hybrid"][:, 0].mean())
    told_gain = np.array(estimates)
    figures["estimate_says_better"] = float((told_gain[:, 1] > 0).mean())
    figures["estimate_right"] = float(((told_gain[:, 0] > 0) == (told_gain[:, 2] > 0)).mean())
    best = max(METHODS, key=lambda m: baselines[m]["gain_500"])
    return Result(
        "feedback",
        figures,
        baselines,
        paper={f"learning_efficiency_{m}": PAPER[m]["learning_efficiency"] for m in METHODS},
        data={
            "users": users,
            "moments_to_learn": practice,
            "moments_to_judge": test,
            "candidates": _CANDIDATES,
            "best_after_500": best,
            "quick": quick,
        },
    )


def _moments(library: Corpus, count: int) -> Iterator[_Moment]:
    """Searches of every kind with their context, as the product logs them."""
    rng = np.random.default_rng(42)
    for _ in range(count):
        target = wanted(rng)
        before, after = wanted(rng), wanted(rng)
        kind = int(rng.integers(3))
        emotion = Emotion.from_weights({target.emotion.top: 0.9})
        query = Query(
            expression=target if kind != 1 else None,
            emotion=emotion if kind != 0 or target.emotion.top == EMOTIONS[0] else None,
            variety=0.0,
        )
        someone = int(rng.integers(len(library.ids)))
        context = Context(
            character=library.characters[someone],
            style=library.styles[someone],
            previous=before,
            next=after,
            production="Simulated",
        )
        page = library.search._page(query, context, limit=_CANDIDATES, offset=0)
        yield _Moment(page.features, tuple(hit.asset.id for hit in page.hits))


def _some_user(rng: np.random.Generator) -> _User:
    """Weights off by a factor of 1 / 3 to 3, a metric off by up to twice."""
    usual = np.array(list(CRITERIA.values()))
    weights = usual * np.exp(rng.uniform(-np.log(3), np.log(3), len(usual)))
    gains = rng.choice([0.0, 0.0, 1.5, -0.6], len(AXES))
    return _User(np.append(weights * usual.sum() / weights.sum(), gains))


def _log(user: _User, moments: list[_Moment], method: str, *, signals: int, rng: np.random.Generator) -> list[Event]:
    """What the user did, until there are enough signals; moments come round again if need be."""
    events: list[Event] = []
    said = 0
    posterior = Posterior.before(CRITERIA)
    for number in range(10_000):
        if said >= signals:
            break
        moment = moments[number % len(moments)]
        opinion = user.values(moment) + rng.normal(0, _NOISE, len(moment.ids))
        page = list(range(min(_PAGE, len(moment.ids))))
        asked: list[int] = []
        if method in {"active", "hybrid"}:
            posterior = fit(slates_of(events), Posterior.before(CRITERIA)) if number % 5 == 0 else posterior
            asked = ask(moment.features, posterior, _SIGNALS_A_PAGE if method == "active" else _SIGNALS_A_PAGE // 2)
        elif method == "explicit":
            asked = rng.choice(page, _SIGNALS_A_PAGE, replace=False).tolist()
        shown = [*page, *(i for i in asked if i not in page)]
        search = f"{number}"
        slate = Slate.shown(search, [moment.ids[i] for i in shown], moment.features[shown],
                            examined(np.arange(1, len(shown) + 1)))  # fmt: skip
        events.append(Event("searched", "", detail=slate.to_detail()))
        about = {"search": search}
        scale = np.percentile(user.values(moment), [5, 95])
        for i in asked:
            stars = float(np.clip(np.round(5 * (opinion[i] - scale[0]) / max(np.ptp(scale), 1e-6)), 0, 5))
            events.append(Event("rated", moment.ids[i], value=stars, detail=about))
            said += 1
        if method in {"implicit", "hybrid"}:
            said += _looks(events, moment, page, opinion, about, rng, most=_SIGNALS_A_PAGE - len(asked))
    return events


def _looks(
    events: list[Event],
    moment: _Moment,
    page: list[int],
    opinion: Floats,
    about: dict[str, str],
    rng: np.random.Generator,
    *,
    most: int,
) -> int:
    """The best of what was looked at is selected, the next best are looked at for a while."""
    seen = [i for i in page if rng.random() < float(examined(i + 1)) ** 0.5]
    liked = sorted(seen, key=lambda i: -opinion[i])[:most]
    for rank, i in enumerate(liked):
        if rank == 0:
            events.append(Event("selected", moment.ids[i], detail=about))
        else:
            events.append(Event("viewed", moment.ids[i], value=8.0 / rank * rng.uniform(0.5, 1.5), detail=about))
    return len(liked)


def _first(events: list[Event], signals: int) -> list[Event]:
    """The log up to so many signals."""
    said = 0
    for end, event in enumerate(events):
        if event.kind != "searched":
            if said == signals:
                return events[:end]
            said += 1
    return events


def _precision(user: _User, learned: Learned, moments: list[_Moment]) -> float:
    """P@10 against the user's own ten best of the candidates."""
    out = []
    for moment in moments:
        best = set(np.argsort(-user.values(moment))[:10].tolist())
        found = np.argsort(-learned.scores(moment.features), kind="stable")[:10]
        out.append(len(best & set(found.tolist())) / 10)
    return float(np.mean(out))
