"""`dataset.json`: what a data set is, how it was made, and the check sums of its shards."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata, resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from mien.core.arkit import COEFFICIENTS
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS
from mien.errors import BadFile, InputError
from mien_lab.data.labels import UNITS
from mien_lab.data.masks import BIT
from mien_lab.data.plan import Plan, Scans
from mien_lab.data.shard import SHARD, archive, digest, labels_file

NAME: Final = "dataset.json"
SCHEMA: Final = "mien.dataset/4"


@dataclass(frozen=True, slots=True)
class Index:
    """The content of `dataset.json`. digests: per finished shard the SHA-256 of its archive and of its labels.

    made_from: version of mien, and the SHA-256 over everything that draws: characters, styles, looks, and their code.
    """

    plan: Plan
    digests: tuple[tuple[str, str], ...]
    made_from: dict[str, str]

    @property
    def is_whole(self) -> bool:
        return len(self.digests) == shards(self.plan)

    def write(self, folder: Path) -> None:
        data = {
            "schema": SCHEMA,
            "seed": self.plan.seed,
            "pictures": self.plan.pictures,
            "size": self.plan.size,
            "per_shard": SHARD,
            "cast": {style: list(ids) for style, ids in self.plan.cast.items()},
            "scans": {"share": self.plan.scans.share, "digest": self.plan.scans.digest} if self.plan.scans else None,
            "bred": self.plan.bred,
            "speech": self.plan.speech,
            "splits": {
                "expression": "rows with expression_held_out: one pair in ten, transitions as a whole",
                "character": {
                    "held_out": self.plan.held_out,
                    "scanned people": "rows with character_held_out: one person in five",
                    "bred faces": "none is held out, and who is held out is no parent",
                },
                "style": "leave one style out, by the column style",
            },
            "orders": {
                "coefficients": list(COEFFICIENTS),
                "units": list(UNITS),
                "emotions": list(EMOTIONS),
                "landmarks": list(FEATURES),
                "mask_bits": BIT,
            },
            "made_from": self.made_from,
            "shards": [{"pictures": p, "labels": l} for p, l in self.digests],
        }
        beside = folder / f".{NAME}.part"
        beside.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
        beside.replace(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> Index:
        """Raises `BadFile`."""
        path = folder / NAME
        if not path.is_file():
            raise BadFile(f"{folder} holds no data set ({NAME} is missing). Build one with mien-lab data build.")
        try:
            data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            if data["schema"] != SCHEMA:
                raise BadFile(f"{path} is {data['schema']!r}; this version reads {SCHEMA!r}.")
            cast = {style: tuple(ids) for style, ids in data["cast"].items()}
            scans = Scans(float(data["scans"]["share"]), str(data["scans"]["digest"])) if data["scans"] else None
            shares = float(data["bred"]), float(data["speech"])
            plan = Plan(int(data["seed"]), int(data["pictures"]), int(data["size"]), cast, scans, *shares)
            digests = tuple((shard["pictures"], shard["labels"]) for shard in data["shards"])
            return cls(plan, digests, dict(data["made_from"]))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadFile(f"{path} is damaged ({error}). Build the data set anew in another folder.") from error


def shards(plan: Plan) -> int:
    """How many shards a plan has."""
    return -(-plan.pictures // SHARD)


def numbers_of(plan: Plan, shard: int) -> range:
    """The pictures of a shard."""
    return range(shard * SHARD, min((shard + 1) * SHARD, plan.pictures))


def digests_of(folder: Path, shard: int) -> tuple[str, str]:
    """Check sums of a shard's two files."""
    return digest(archive(folder, shard)), digest(labels_file(folder, shard))


def made_from() -> dict[str, str]:
    """What decides the pictures besides the plan."""
    hashed = hashlib.sha256()
    for package in ("mien.characters", "mien.core", "mien.mapping", "mien_lab.data"):
        for name, content in _files(resources.files(package)):
            hashed.update(f"{package}/{name}\0".encode() + content)
    return {"mien": metadata.version("mien"), "drawn_by": hashed.hexdigest()}


def _files(folder: Traversable, above: str = "") -> Iterator[tuple[str, bytes]]:
    """Code and tables below a package, in a fixed order."""
    for entry in sorted(folder.iterdir(), key=lambda e: e.name):
        if entry.is_dir():
            yield from _files(entry, f"{above}{entry.name}/")
        elif entry.name.endswith((".py", ".toml")):
            yield above + entry.name, entry.read_bytes()


def check_same(old: Index, plan: Plan, made: dict[str, str], folder: Path) -> None:
    """A folder goes on with the data set it holds, or grows it. Raises `InputError` where it holds another."""
    for what, there, wanted in (
        ("seed", old.plan.seed, plan.seed),
        ("size", old.plan.size, plan.size),
        ("cast", old.plan.cast, plan.cast),
        ("share or file of scanned heads", old.plan.scans, plan.scans),
        ("share of bred faces", old.plan.bred, plan.bred),
        ("share of speech", old.plan.speech, plan.speech),
        ("version", old.made_from, made),
    ):
        if there != wanted:
            raise InputError(
                f"{folder} holds a data set of another {what}; name an empty folder, or delete this one first."
            )
    if old.plan.pictures > plan.pictures:
        raise InputError(
            f"{folder} holds {old.plan.pictures} pictures already; ask for at least as many, or name another folder."
        )
