"""Does every part of the mapping network earn its place? The same training without it, judged on unseen characters.

Also `loso_drop`: what is lost on a style that was left out of training (paper 5.2: 8.7 %).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from mien.core.arrays import Rgb
from mien.errors import InputError
from mien_lab.data.plan import HELD_OUT
from mien_lab.evaluation.mapping_judge import SIDE, Judge, cosine
from mien_lab.evaluation.mapping_likeness import likeness
from mien_lab.networks.mapper import CONFIGS, Condition, Fast, compose
from mien_lab.result import Figures, Result
from mien_lab.training import loop
from mien_lab.training.mapper import PARTS, Loader, Recipe, loader, recipe_for, sources, train_on, trained
from mien_lab.training.mapper_losses import moving
from mien_lab.training.pairs import SQUARE

_MOVED: Final = 0.5
_AGAIN: Final = "whole, other seed"


def ablations(
    pairs: Path,
    encoder: Path,
    work: Path,
    *,
    config: str,
    minutes: float,
    steps: int,
    side: int,
    device: str,
    report: Callable[[str], None],
) -> Result:
    """Train every row that is not complete yet, and measure all. One is the whole again with another seed: what differs
    less than those two do says nothing.

    side: of the pictures in training and judging, pixels; 0 for what the configuration ships with. Small ones tell
    the parts apart in a fraction of the time. Raises `InputError`.
    """
    given = sources(pairs, encoder, work, loop.device(device))
    rows: dict[str, Figures] = {}
    idle: list[str] = []
    wholes = [("", "", 0), ("", "", 1)]
    for without, left_out, seed in [*wholes, *((p, "", 0) for p in PARTS), *(("", style, 0) for style in HELD_OUT)]:
        recipe = recipe_for(
            config, device=device, seed=seed, minutes=minutes, steps=steps, without=without, leave_out=left_out
        )
        kept = work / "again" if seed else work
        if side:
            recipe = replace(recipe, sides=((0.0, side),))
        if without == "adversarial" and recipe.adversarial_from >= 1:
            # Discriminators never join a short training: without them it is the same.
            idle.append(without)
            continue
        name = f"without {without or left_out}" if without or left_out else _AGAIN if seed else "whole"
        checkpoint = checkpoint_of(recipe, kept)
        if not loop.is_complete(checkpoint, steps=recipe.steps, minutes=recipe.minutes):
            report(f"0 % {name}")
            kept.mkdir(exist_ok=True)
            train_on(given, recipe, kept, resume=checkpoint.is_file(), report=report)
        net, config_of = trained(checkpoint)
        rows[name] = unseen_figures(net, given.unseen, side=side or config_of.side)
    whole = rows.pop("whole")
    rows["reference unchanged"] = unseen_figures(None, given.unseen, side=side or CONFIGS[config].side)
    # Of sums, not a mean of shares: a style of which little is learned at all would decide alone.
    known = [f"gain_{style}" for style in HELD_OUT if f"gain_{style}" in whole]
    with_style = sum((whole[gain] + rows[_AGAIN][gain]) / 2 for gain in known)
    without_style = sum(rows[f"without {gain.removeprefix('gain_')}"][gain] for gain in known)
    return Result(
        "mapper ablation",
        {**whole, "loso_drop": 1 - without_style / max(with_style, 1e-6)},
        baselines=rows,
        paper={"loso_drop": 0.087},
        data={
            "minutes": minutes,
            "steps": steps,
            "side": side,
            "config": config,
            "not_joined": idle,
            "gain": "share of the squared error over what moves that is gone, against the reference unchanged",
            "eps": "cosine of what the judge sees in the result and in the truth",
            "loso_drop": "share of the `gain` on all styles, mean of two seeds, that is lost where each was left out",
        },
    )


def silenced_parts(mapper: Path, pairs: Path, encoder: Path, work: Path) -> Result:
    """What each part of a trained network brings: the same network with that part made silent, on unseen characters.

    mapper: a checkpoint or an ONNX file of `fast`. No training; some minutes. Raises `InputError`, `BadFile`.
    """
    net, config = trained(mapper)
    if not isinstance(net, Fast):
        raise InputError(f"{mapper} is the {config.name} network, which has no parts that could be silenced.")
    work.mkdir(parents=True, exist_ok=True)
    unseen = loader(pairs / "unseen", encoder, work, torch.device("cpu"))
    silent = {"corrections": without_corrections(net), "close-ups": without_close_ups(net)}
    rows = {f"without {name}": unseen_figures(part, unseen, side=config.side) for name, part in silent.items()}
    rows["landmarks alone"] = unseen_figures(without_close_ups(silent["corrections"]), unseen, side=config.side)
    rows["reference unchanged"] = unseen_figures(None, unseen, side=config.side)
    return Result(
        "mapper, parts silenced",
        unseen_figures(net, unseen, side=config.side),
        baselines=rows,
        data={
            "pairs": 2 * len(unseen.scenes),
            "side": config.side,
            "corrections": "flow and paint of the trunk, which sees the reference as if it had moved",
            "gain": "share of the squared error over what moves that is gone, against the reference unchanged",
            "eps": "cosine of what the judge sees in the result and in the truth",
        },
    )


@torch.no_grad()
def without_corrections(net: Fast) -> Fast:
    """A copy whose trunk neither moves nor paints anything."""
    silent = copy.deepcopy(net)
    for layer in (silent.flow, silent.paint):
        layer.weight.zero_()
        assert layer.bias is not None
        layer.bias.zero_()
    assert silent.paint.bias is not None
    # The last four of its channels are the mask, behind a sigmoid.
    silent.paint.bias[12:] = -50
    return silent


def without_close_ups(net: Fast) -> Fast:
    """A copy that looks at neither mouth nor eyes close up."""
    silent = copy.deepcopy(net)
    silent.config = replace(net.config, close=False)
    return silent


def checkpoint_of(recipe: Recipe, work: Path) -> Path:
    """Where a training writes."""
    missing = recipe.without or recipe.leave_out
    return work / f"mapper_{recipe.config}{f'_without_{missing}' if missing else ''}.pt"


@torch.no_grad()
def unseen_figures(net: nn.Module | None, unseen: Loader, *, side: int, per_scene: int = 2) -> Figures:
    """psnr, ssim over the square, eps, attention_precision; gain over what moves, by style, too.

    net: a mapper on the CPU; None gives the reference back unchanged.
    """
    unseen.look(side)
    judge = Judge()
    rows: list[tuple[str, Figures]] = []
    for scene in unseen.scenes:
        batch = unseen.plain(np.repeat(scene[:1], per_scene), scene[1 : 1 + per_scene])
        reference, truth = batch.reference.cpu(), batch.truth.cpu()
        moved = moving(truth, reference)
        made, attention = reference, None
        if net is not None:
            told = [None if c is None else c.cpu() for c in batch.condition]
            drawn = net(reference, Condition(*told))  # type: ignore[arg-type]
            made, attention = compose(reference, drawn), drawn.attention
        felt = zip(judge.read_crops(_judged(made)), judge.read_crops(_judged(truth)), strict=True)
        for k, (said, meant) in enumerate(felt):
            pictures = [_bytes(x[k]) for x in (made, truth)]
            found = likeness(pictures[0], pictures[1], (0, 0, side, side))
            there = moved[k] > _MOVED
            error, before = (float((((x - truth)[k] ** 2) * there).sum()) for x in (made, reference))
            row = {"psnr": found["psnr"], "ssim": found["ssim"], "error": error, "before": before}
            row["eps"] = cosine(said, meant)
            if attention is not None:
                seen = functional.interpolate(moved[k : k + 1], size=attention.shape[1:], mode="area")
                row["attention_precision"] = float((attention[k] * seen[0, 0]).sum())
            rows.append((str(unseen.pairs.style[scene[0]]), row))
    out: Figures = {
        key: float(np.mean([row[key] for _, row in rows])) for key in rows[0][1] if key not in ("error", "before")
    }
    for style in ("", *HELD_OUT):
        some = [row for of, row in rows if style in ("", of)]
        if some:
            lost = sum(row["error"] for row in some) / max(sum(row["before"] for row in some), 1e-9)
            out["gain" + (f"_{style}" if style else "")] = 1 - lost
    return out


def _judged(pictures: Tensor) -> NDArray[np.uint8]:
    """What the judge sees of mapper squares (n, 3, s, s): the encoder's square, uint8 (n, SIDE, SIDE, 3)."""
    border = round(pictures.shape[2] * (1 - 1 / SQUARE) / 2)
    inner = pictures[:, :, border : pictures.shape[2] - border, border : pictures.shape[3] - border]
    small = functional.interpolate(inner, size=SIDE, mode="bilinear", antialias=True, align_corners=False)
    return np.stack([_bytes(picture) for picture in small])


def _bytes(picture: Tensor) -> Rgb:
    return np.asarray((picture.permute(1, 2, 0).numpy() * 255 + 0.5).clip(0, 255), dtype=np.uint8)
