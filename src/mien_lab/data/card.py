"""`DATA.md`, the card that goes with a data set: what is in it, how balanced it is, how to make it again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mien.core.emotion import EMOTIONS
from mien_lab.data.index import Index, shards
from mien_lab.data.labels import Labels
from mien_lab.data.plan import BRED, SCAN, Plan
from mien_lab.data.shard import archive, labels_file

_TEXT = """# Faces of the mien cast

{pictures} pictures of {size} x {size} pixels: {characters} drawn and sculpted characters in {styles} styles, acting,
with exact labels. Nobody in it exists; nothing in it was guessed by a network.

{scanned}

{bred}

Made by `mien-lab data build --out DIR --pictures {pictures} --seed {seed} --size {size}{options}` with mien
{version}: the same
command gives the same pictures. {megabytes:.0f} MB.

- **Pairs.** {pairs} expressions, each on one random character of every style. {clips} transitions of 8 frames.
- **Labels** of every picture: 52 ARKit coefficients as drawn, inside the style's ranges, and as the character took
  them; action units; emotion; head pose; light; 31 landmarks; masks of mouth, eyes, brows, cheeks; character;
  origin of the head; style; recipe.
- **Emotion** is a rule: the nearest prototype in coefficient space (`mien.core.emotion.emotion_of`), the same for all
  pictures of a pair. It says what the coefficients mean, not what a viewer would answer.
- **Reading it**: `mien_lab.data.Dataset(folder)`. Orders of all vectors: `dataset.json`.
- **Licence**: MIT, as mien itself; the meshes under the sculpted heads are CC0{scan_licence}.
- **Not in it**: real people, faces that are covered or cut off; drawn characters keep their own light. Do not judge
  a reader of real photographs by it alone.

## Balance: emotion x style

{balance}

## Recipes

{recipes}

## Characters

{cast}

## Splits

{splits}
"""


def write(folder: Path, index: Index) -> None:
    """Write the card of a finished data set."""
    plan = index.plan
    labels = Labels.joined([Labels.load(labels_file(folder, s)) for s in range(shards(plan))])
    styles = plan.styles
    scanned, bred = labels.origin == SCAN, labels.origin == BRED
    size = sum(f(folder, s).stat().st_size for s in range(shards(plan)) for f in (archive, labels_file))
    held = [
        ("expression", labels.expression_held_out, "one pair in ten, transitions as a whole"),
        ("character", labels.character_held_out, "; ".join(f"{s}: {', '.join(c)}" for s, c in plan.held_out.items())),
    ]
    text = _TEXT.format(
        pictures=plan.pictures,
        size=plan.size,
        seed=plan.seed,
        version=index.made_from["mien"],
        characters=sum(len(ids) for ids in plan.cast.values()),
        styles=len(styles),
        scanned=_scanned(labels[scanned], plan),
        bred=_bred(labels[bred], plan),
        options=(f" --bred-share {plan.bred:g}" if plan.bred else "")
        + (f" --speech-share {plan.speech:g}" if plan.speech else ""),
        scan_licence="; ICT-FaceKit, which the scanned people are made of, is MIT (USC Institute for Creative "
        "Technologies)"
        if scanned.any()
        else "",
        megabytes=size / 1e6,
        pairs=len(np.unique(labels.pair)),
        clips=len(np.unique(labels.clip[labels.clip >= 0])),
        balance=_table(
            ["", *styles],
            [
                [name, *(int(((labels.top == e) & (labels.style == s)).sum()) for s in styles)]
                for e, name in enumerate(EMOTIONS)
            ],
        ),
        recipes=_table(["recipe", "pictures"], _counts(labels.recipe)),
        cast=_table(["character", "pictures"], _counts(labels.character[~scanned & ~bred])),
        splits=_table(
            ["by", "to fit", "to test", "held out"],
            [
                *([name, int((~rows).sum()), int(rows.sum()), what] for name, rows, what in held),
                ["style", "the others", "one style", "leave one out, by the column `style`"],
            ],
        ),
    )
    (folder / "DATA.md").write_text(text, encoding="utf-8")


def _scanned(labels: Labels, plan: Plan) -> str:
    if plan.scans is None:
        return (
            "**No scanned people**: `ict_facekit.npz` was not at hand, so all realistic pictures are of the cast. With "
            "`--scans FILE` a part of them shows people made of scans."
        )
    people = np.unique(labels.character)
    held = np.unique(labels.character[labels.character_held_out])
    return (
        f"**Scanned people**: {len(labels)} of the realistic pictures ({plan.scans.share:.0%} asked for) show "
        f"{len(people)} people made at random from the scans of ICT-FaceKit, {len(held)} of them only to test on, with "
        f"light, camera, background, grain and JPEG of their own (`origin` is `{SCAN}`)."
    )


def _bred(labels: Labels, plan: Plan) -> str:
    if not plan.bred:
        return "**No bred faces**: `--bred-share` adds faces that are mixed from several characters."
    return (
        f"**Bred faces**: {len(labels)} pictures show {len(np.unique(labels.character))} faces with the head and hair "
        "of one character, the features of others of its style, other proportions and other colours. The characters "
        f"of the split by character are nobody's parents (`origin` is `{BRED}`)."
    )


def _counts(values: NDArray[np.str_]) -> list[list[object]]:
    return [[name, n] for name, n in sorted(Counter(str(value) for value in values).items())]


def _table(head: list[str], rows: list[list[object]]) -> str:
    lines: list[Sequence[object]] = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
