"""Figures 4 and 5 and the learning curves as pictures: `mien-lab eval embedding|ranking|feedback --picture FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien.core.emotion import EMOTIONS
from mien.errors import UnknownName
from mien.retrieval import joint
from mien.retrieval.text import TextEncoder
from mien_lab.data.worded import STYLES, worded
from mien_lab.evaluation.embedding import ROWS
from mien_lab.evaluation.feedback import METHODS, STEPS
from mien_lab.evaluation.ranking import LEVELS
from mien_lab.result import Result

PERPLEXITY: Final = 30
ITERATIONS: Final = 1_000
_FACES: Final = 1_200
_SENTENCES: Final = 300
_SEED: Final = 9_002
_DPI: Final = 110
_COLOURS: Final = ("#8a8f98", "#f2a900", "#3b6fb6", "#c8372d", "#e77fb3", "#6b4c9a", "#3f8f4f", "#8c5a2b")
_RANKINGS: Final = (
    "context-aware",
    "embedding with context",
    "embedding-only",
    "emotion-first",
    "style-first",
    "random",
)


def draw(result: Result, out: Path, *, work: Path | None = None) -> list[Path]:
    """The picture of a result of `ranking`, `feedback` or `embedding`; returns what was written.

    work: where the rows of Table 6 were trained; their curves go beside `out` as `training.png`.

    Raises `UnknownName` for another result.
    """
    pictures = {"ranking": precision_recall, "feedback": learning_curves, "embedding": joint_space}
    if result.name not in pictures:
        raise UnknownName.among("evaluation with a picture", result.name, pictures)
    pictures[result.name](result, out)
    if result.name != "embedding" or work is None:
        return [out]
    curves = out.with_name("training.png")
    training_curves(work, ROWS, curves)
    return [out, curves]


def precision_recall(result: Result, out: Path) -> None:
    """Figure 5: precision at ten levels of recall, a line for each ranking."""
    figure, axes = _blank(6.4, 4.8)
    rows = {"context-aware": result.figures, **result.baselines}
    for name, colour in zip(_RANKINGS, ("#c8372d", "#e77f3b", "#3b6fb6", "#f2a900", "#3f8f4f", "#8a8f98"), strict=True):
        levels = [rows[name][f"precision_at_recall_{level:g}"] for level in LEVELS]
        label = f"{name} (MAP {rows[name]['map']:.2f})"
        axes.plot(LEVELS, levels, marker="o", markersize=3, color=colour, label=label)
    axes.set(xlabel="recall", ylabel="precision", xlim=(0.08, 1.02), ylim=(0, 1.02))
    axes.set_title(f"{result.data['moments']} moments, {result.data['takes']} takes", fontsize=10)
    axes.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.14), ncols=3, frameon=False)
    _save(figure, out)


def learning_curves(result: Result, out: Path) -> None:
    """P@10 against the users' own ten best after so many signals; the bands are 95 % intervals over users."""
    figure, axes = _blank(6.4, 4.2)
    for name, colour in zip(METHODS, ("#8a8f98", "#3b6fb6", "#c8372d", "#f2a900"), strict=True):
        told = result.baselines[name]
        steps = [step for step in STEPS if f"p10_after_{step}" in told]
        axes.plot(
            steps, [told[f"p10_after_{step}"] for step in steps], marker="o", markersize=3, color=colour, label=name
        )
        low, high = ([told[f"p10_after_{step}_{end}"] for step in steps] for end in ("low", "high"))
        axes.fill_between(steps, low, high, color=colour, alpha=0.12, linewidth=0)
    axes.set_xscale("symlog", linthresh=10)
    axes.set_xticks(STEPS, ["" if step == 350 else str(step) for step in STEPS])
    axes.minorticks_off()
    axes.set(xlabel="signals", ylabel="P@10 against the user's own ten best")
    axes.set_title(f"{result.data['users']} simulated users, moments they did not teach", fontsize=10)
    axes.legend(fontsize=8, loc="upper left")
    _save(figure, out)


def joint_space(result: Result, out: Path) -> None:  # noqa: ARG001  # every picture is drawn alike
    """Figure 4: looks nobody described (dots) and sentences (crosses) in the joint space, by t-SNE."""
    from sklearn.manifold import TSNE

    faces = worded(_FACES, _SEED, wordings="held", sentences=1)
    encoder = TextEncoder()
    looks = joint.embed([faces.known(i, look=True, graph=False) for i in range(_FACES)], encoder)
    asked = [faces.known(i, look=False, text=faces.said[i][0], graph=False) for i in range(_SENTENCES)]
    sentences = joint.embed(asked, encoder)
    # Each kind about its own middle: sentences are unlike looks in a way that no search compares.
    both = np.concatenate([looks - looks.mean(axis=0), sentences - sentences.mean(axis=0)])
    both /= np.linalg.norm(both, axis=1, keepdims=True)
    places = TSNE(
        perplexity=PERPLEXITY, max_iter=ITERATIONS, init="pca", metric="cosine", random_state=0
    ).fit_transform(both)
    feelings = faces.emotions[:, : len(EMOTIONS)].argmax(axis=1)
    styles = np.array([STYLES.index(name) for name in faces.styles])
    figure, (left, right) = _blank(11.4, 5.2, columns=2)
    _scatter(left, places, feelings, EMOTIONS, _COLOURS)
    left.set_title("by feeling: dots are looks, crosses are sentences", fontsize=10)
    _scatter(right, places[:_FACES], styles, STYLES, ("#3b6fb6", "#f2a900", "#c8372d", "#3f8f4f"))
    right.set_title("the same looks by style: styles lie on top of each other", fontsize=10)
    _save(figure, out)


def _scatter(
    axes: Any, places: NDArray[np.float32], groups: NDArray[np.intp], names: tuple[str, ...], colours: tuple[str, ...]
) -> None:
    said = groups[: len(places) - len(groups)]
    for i, name in enumerate(names):
        dots = places[: len(groups)][groups == i]
        axes.scatter(*dots.T, s=7, color=colours[i], label=name, linewidths=0)
        crosses = places[len(groups) :][said == i] if len(said) else places[:0]
        axes.scatter(*crosses.T, s=30, color=colours[i], marker="x", linewidths=1.3)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.legend(fontsize=8, markerscale=2, loc="best", framealpha=0.7)


def training_curves(folder: Path, rows: dict[str, str], out: Path) -> None:
    """Loss of each row of Table 6 over its steps, from the curves that its training left in `folder`."""
    from mien_lab.training.loop import Curves

    figure, axes = _blank(6.4, 4.0)
    for (config, name), colour in zip(rows.items(), ("#8a8f98", "#3b6fb6", "#f2a900", "#c8372d"), strict=True):
        points = Curves(folder / f"embedding_{config}.jsonl", resume=True).rows()
        loss = np.array([point["loss"] for point in points])
        smooth = np.convolve(np.pad(loss, 4, mode="edge"), np.ones(9) / 9, mode="valid")
        axes.plot([point["step"] for point in points], smooth, color=colour, label=name)
    axes.set(xlabel="step", ylabel="contrastive loss")
    axes.legend(fontsize=8)
    _save(figure, out)


def _blank(wide: float, high: float, *, columns: int = 1) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, columns, figsize=(wide, high))
    for each in np.atleast_1d(axes):
        if columns == 1:
            each.grid(alpha=0.25)
        for side in ("top", "right"):
            each.spines[side].set_visible(False)
    return figure, axes


def _save(figure: Any, out: Path) -> None:
    import matplotlib.pyplot as plt

    out.parent.mkdir(parents=True, exist_ok=True)
    figure.tight_layout()
    figure.savefig(out, dpi=_DPI)
    plt.close(figure)
