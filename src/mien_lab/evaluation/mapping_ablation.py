"""Does every part of the mapping network earn its place? The same training without it, judged on unseen characters.

Also `loso_drop`: what is lost on a style that was left out of training (paper 5.2: 8.7 %).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import torch

from mien.core.arrays import Rgb
from mien_lab.data.plan import HELD_OUT
from mien_lab.evaluation.mapping_likeness import likeness
from mien_lab.networks.mapper import Condition, compose
from mien_lab.result import Figures, Result
from mien_lab.training import loop
from mien_lab.training.mapper import PARTS, Loader, Recipe, recipe_for, sources, train_on, trained
from mien_lab.training.mapper_losses import moving

_MOVED: Final = 0.5


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
    """Train every row that is not complete yet, and measure all.

    side: of the pictures in training and judging, pixels; 0 for what the configuration ships with. Small ones tell
    the parts apart in a fraction of the time. Raises `InputError`.
    """
    given = sources(pairs, encoder, work, loop.device(device))
    rows: dict[str, Figures] = {}
    for without, left_out in [("", ""), *((p, "") for p in PARTS), *(("", style) for style in HELD_OUT)]:
        recipe = recipe_for(
            config, device=device, seed=0, minutes=minutes, steps=steps, without=without, leave_out=left_out
        )
        if side:
            recipe = replace(recipe, sides=((0.0, side),))
        checkpoint = checkpoint_of(recipe, work)
        if not loop.is_complete(checkpoint, steps=recipe.steps, minutes=recipe.minutes):
            report(f"0 % without {without or left_out or 'nothing'}")
            train_on(given, recipe, work, resume=checkpoint.is_file(), report=report)
        name = f"without {without or left_out}" if without or left_out else "whole"
        rows[name] = unseen_figures(checkpoint, given.unseen, side=side)
    whole = rows.pop("whole")
    drops = [
        1 - rows[f"without {style}"][f"gain_{style}"] / max(whole[f"gain_{style}"], 1e-6)
        for style in HELD_OUT
        if f"gain_{style}" in whole
    ]
    return Result(
        "mapper ablation",
        {**whole, "loso_drop": float(np.mean(drops))},
        baselines=rows,
        paper={"loso_drop": 0.087},
        data={
            "minutes": minutes,
            "steps": steps,
            "side": side,
            "config": config,
            "gain": "share of the squared error over what moves that is gone, against the reference unchanged",
            "loso_drop": "mean over styles of the share of `gain` that is lost where the style was left out",
        },
    )


def checkpoint_of(recipe: Recipe, work: Path) -> Path:
    """Where a training writes."""
    missing = recipe.without or recipe.leave_out
    return work / f"mapper_{recipe.config}{f'_without_{missing}' if missing else ''}.pt"


@torch.no_grad()
def unseen_figures(checkpoint: Path, unseen: Loader, *, side: int = 0, per_scene: int = 2) -> Figures:
    """psnr, ssim over the square, gain over what moves, attention_precision; gain by style, precision by what moves."""
    net, config = trained(checkpoint)
    unseen.look(side or config.side)
    rows: list[tuple[str, Figures]] = []
    for scene in unseen.scenes:
        batch = unseen.plain(np.repeat(scene[:1], per_scene), scene[1 : 1 + per_scene])
        told = [None if c is None else c.cpu() for c in batch.condition]
        drawn = net(batch.reference.cpu(), Condition(*told))  # type: ignore[arg-type]
        reference, truth = batch.reference.cpu(), batch.truth.cpu()
        made = compose(reference, drawn)
        moved = moving(truth, reference)
        for k in range(per_scene):
            pictures = [_bytes(x[k]) for x in (made, truth)]
            side = pictures[0].shape[0]
            found = likeness(pictures[0], pictures[1], (0, 0, side, side))
            there = moved[k] > _MOVED
            error, before = (float((((x - truth)[k] ** 2) * there).sum()) for x in (made, reference))
            seen = torch.nn.functional.interpolate(moved[k : k + 1], size=drawn.attention.shape[1:], mode="area")
            row = {"psnr": found["psnr"], "ssim": found["ssim"], "error": error, "before": before}
            row["attention_precision"] = float((drawn.attention[k] * seen[0, 0]).sum())
            rows.append((str(unseen.pairs.style[scene[0]]), row))
    out: Figures = {
        key: float(np.mean([row[key] for _, row in rows])) for key in ("psnr", "ssim", "attention_precision")
    }
    for style in ("", *HELD_OUT):
        some = [row for of, row in rows if style in ("", of)]
        if some:
            lost = sum(row["error"] for row in some) / max(sum(row["before"] for row in some), 1e-9)
            out["gain" + (f"_{style}" if style else "")] = 1 - lost
    return out


def _bytes(picture: torch.Tensor) -> Rgb:
    return np.asarray((picture.permute(1, 2, 0).numpy() * 255 + 0.5).clip(0, 255), dtype=np.uint8)
