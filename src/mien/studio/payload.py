"""What leaves the program as JSON: one shape for the command line, the service and files (docs/json.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from mien.core.arkit import COEFFICIENTS, CONTROLS, REGIONS, named
from mien.core.arrays import Coefficients, Points
from mien.core.asset import Asset
from mien.core.character import CharacterInfo
from mien.core.emotion import AROUSAL, EMOTIONS, VALENCE
from mien.core.expression import Expression, HeadPose
from mien.core.query import CRITERIA, Hit
from mien.core.style import Style
from mien.mapping import Mapped

if TYPE_CHECKING:
    from mien.core.face import Reading
    from mien.library import CheckReport
    from mien.library.ingest import IngestReport
    from mien.resources import Status
    from mien.studio.acting import Acted
    from mien.studio.importing import Understood
    from mien.studio.redraw import Redrawn, Target
    from mien.studio.space import Space
    from mien.studio.studio import SearchResult, Studio


def of_character(info: CharacterInfo) -> dict[str, Any]:
    """Name, style and kind of a character."""
    return {
        "id": info.id,
        "name": info.name,
        "style": info.style,
        "kind": info.kind,
        "description": info.description,
        "tags": list(info.tags),
        "licence": info.licence,
    }


def of_understood(understood: Understood) -> dict[str, Any]:
    """`mien.import/1`: what was made of a model, coefficient by coefficient."""
    return {
        "schema": "mien.import/1",
        "character": of_character(understood.character.info),
        "format": understood.format,
        "title": understood.title,
        "terms": dict(understood.terms),
        "vertices": understood.vertices,
        "triangles": understood.triangles,
        "eyes_by": understood.eyes_by,
        "shapes": {
            name: {"from": label, "exact": name in understood.exact, "weak": name in understood.weak}
            for name, label in understood.shapes.items()
        },
        "missing": list(understood.missing),
        "features": {name: [round(v, 5) for v in place] for name, place in understood.places.items()},
        "notes": list(understood.notes),
    }


def of_mapped(mapped: Mapped, *, picture: str | None = None) -> dict[str, Any]:
    """One character's share of `mien.mapping/1`; `picture` is the name of the file it was drawn to."""
    return {
        "character": of_character(mapped.character),
        "style": mapped.style.id,
        "picture": picture,
        "bounded": named(mapped.bounded),
        "coefficients": named(mapped.coefficients),
        "controls": {c.name: round(float(v), 5) for c, v in zip(CONTROLS, mapped.controls, strict=True)},
        "head": _of_head(mapped.head),
        "notes": list(mapped.notes),
    }


def _of_head(head: HeadPose) -> dict[str, float]:
    return {"yaw_rad": head.yaw_rad, "pitch_rad": head.pitch_rad, "roll_rad": head.roll_rad}


def of_mapping(
    reading: Reading | None,
    expression: Expression,
    mapped: Iterable[tuple[Mapped, Any]],
    redrawn: Iterable[tuple[Redrawn, float | None, Any]] = (),
    *,
    heatmap: Any = None,
) -> dict[str, Any]:
    """`mien.mapping/1`: what was read, and what became of it on each character and picture, with the files' names.

    reading: None where no photo was read; the expression is told then.
    """
    source = {} if reading else {"expression": expression.to_dict()}
    return {
        "schema": "mien.mapping/1",
        "reading": reading.to_dict() if reading else None,
        **source,
        "characters": [of_mapped(item, picture=_name(picture)) for item, picture in mapped],
        "pictures": [
            of_redrawn(item, seen=seen, picture=_name(picture), heatmap=_name(heatmap))
            for item, seen, picture in redrawn
        ],
    }


def of_redrawn(
    redrawn: Redrawn, *, seen: float | None = None, picture: str | None = None, heatmap: str | None = None
) -> dict[str, Any]:
    """One picture's share of `mien.mapping/1`."""
    return {
        "target": of_target(redrawn.target),
        "style": redrawn.target.style.id,
        "picture": picture,
        "heatmap": heatmap,
        "confidence": round(redrawn.confidence, 4),
        "seen": None if seen is None else round(seen, 4),
        "bounded": named(redrawn.bounded),
        "controls": {c.name: round(float(v), 5) for c, v in zip(CONTROLS, redrawn.controls, strict=True)},
        "changed_share": round(float((redrawn.changed > 0).mean()), 5),
        "notes": list(redrawn.notes),
    }


def of_target(target: Target) -> dict[str, Any]:
    """A picture that is redrawn, as it was read."""
    return {"name": target.name, "reading": target.reading.to_dict()}


def of_clip(
    acted: Acted,
    mapped: Iterable[tuple[Sequence[Mapped], Any]],
    redrawn: Iterable[tuple[Target, Sequence[Redrawn], Any]],
    *,
    steadied: bool,
) -> dict[str, Any]:
    """`mien.clip/1`: the curves of a clip on each character and picture, one value for each frame."""
    clip = acted.steady if steadied else acted.read
    confidence = [round(e.confidence, 4) for e in clip.expressions]
    return {
        "schema": "mien.clip/1",
        "times_s": [round(float(t), 5) for t in clip.times_s],
        "confidence": confidence,
        "emotion": [e.emotion.top for e in clip.expressions],
        "unread": list(acted.unread),
        "steadied": steadied,
        "jitter": {"read": round(acted.jitter[0], 6), "steadied": round(acted.jitter[1], 6)},
        "peak_retention": round(acted.peak_retention, 4),
        "characters": [
            {
                "character": of_character(items[0].character),
                "style": items[0].style.id,
                "frames": _name(path),
                "bounded": _curves([item.bounded for item in items]),
                "coefficients": _curves([item.coefficients for item in items]),
                "head": [_of_head(item.head) for item in items],
                "notes": _notes(items),
            }
            for items, path in mapped
        ],
        "pictures": [
            {
                "target": of_target(target),
                "style": target.style.id,
                "frames": _name(path),
                "confidence": [round(item.confidence, 4) for item in items],
                "bounded": _curves([item.bounded for item in items]),
                "notes": _notes(items),
            }
            for target, items, path in redrawn
        ],
    }


def _curves(rows: Sequence[Coefficients]) -> dict[str, list[float]]:
    """Those that ever leave 0, by name."""
    table = np.stack(rows)
    return {name: [round(float(v), 5) for v in table[:, i]] for i, name in enumerate(COEFFICIENTS) if table[:, i].any()}


def _notes(items: Iterable[Mapped | Redrawn]) -> list[str]:
    return list(dict.fromkeys(note for item in items for note in item.notes))


def _name(path: Any) -> str | None:
    return None if path is None else str(path)


def of_asset(asset: Asset) -> dict[str, Any]:
    """One asset of a library, without its picture."""
    return {
        "id": asset.id,
        "character": asset.character,
        "style": asset.style,
        "text": asset.text,
        "tags": list(asset.tags),
        "production": asset.production,
        "sequence": asset.sequence,
        "shot": asset.shot,
        "frame": asset.frame,
        "rating": asset.rating,
        "source": asset.source,
        "created_at": asset.created_at,
        "face": None if asset.face is None else [round(v, 4) for v in asset.face],
        "emotion": asset.expression.emotion.to_dict(),
        "head": _of_head(asset.expression.head),
        "coefficients": named(asset.expression.coefficients),
        "confidence": round(asset.expression.confidence, 4),
    }


def of_hit(hit: Hit) -> dict[str, Any]:
    """An asset, its score, and what the score is made of."""
    return {
        "score": round(hit.score, 5),
        "factors": {
            name: {
                "value": round(factor.value, 5),
                "weight": round(factor.weight, 5),
                "contribution": round(factor.contribution, 5),
            }
            for name, factor in hit.factors.items()
        },
        "asset": of_asset(hit.asset),
    }


def of_search(result: SearchResult) -> dict[str, Any]:
    """`mien.hits/1`: one page of hits, best first."""
    hits = [of_hit(hit) for hit in result.hits]
    return {"schema": "mien.hits/1", "search": result.search, "total": result.total, "hits": hits}


def of_style(style: Style) -> dict[str, Any]:
    """One style with the ranges of its regions."""
    return {
        "id": style.id,
        "name": style.name,
        "description": style.description,
        "cast": style.cast,
        "ranges": {region: list(style.ranges[region]) for region in REGIONS},
    }


def of_vocabulary() -> dict[str, Any]:
    """Controls, emotions with their places on the circumplex, and ranking criteria with their weights."""
    return {
        "controls": [{"name": c.name, "region": c.region, "high": c.high, "low": c.low} for c in CONTROLS],
        "emotions": {
            name: {"valence": round(float(v), 2), "arousal": round(float(a), 2)}
            for name, v, a in zip(EMOTIONS, VALENCE, AROUSAL, strict=True)
        },
        "criteria": dict(CRITERIA),
    }


def of_space(space: Space) -> dict[str, Any]:
    """The map of a library, as columns."""
    styles = sorted(set(space.styles))
    return {
        "ids": list(space.ids),
        "x": [round(float(x), 4) for x in space.points[:, 0]],
        "y": [round(float(y), 4) for y in space.points[:, 1]],
        "style": [styles.index(style) for style in space.styles],
        "emotion": [EMOTIONS.index(emotion) for emotion in space.emotions],
        "styles": styles,
        "emotions": list(EMOTIONS),
    }


def of_resources(statuses: Iterable[Status]) -> dict[str, Any]:
    """`mien.resources/1`: every weight and mesh, its carrier and licence, and whether it is there."""
    return {
        "schema": "mien.resources/1",
        "resources": [
            {
                "id": status.resource.id,
                "carrier": status.resource.carrier,
                "licence": status.resource.licence,
                "purpose": status.resource.purpose,
                "size": status.resource.size,
                "sha256": status.resource.sha256,
                "state": status.state,
            }
            for status in statuses
        ],
    }


def of_library(studio: Studio) -> dict[str, Any]:
    """`mien.library/1`: how many assets, by style, character, tag and emotion."""
    library = studio.library
    return {
        "schema": "mien.library/1",
        "path": str(studio.library_path),
        "assets": len(library),
        "outdated": studio.outdated(),
        "styles": library.styles(),
        "characters": library.characters(),
        "tags": library.tags(),
        "emotions": library.emotions(),
        "productions": library.productions(),
    }


def of_attention(reading: Reading) -> dict[str, Any] | None:
    """Where the encoder looked, each region's map scaled to 0..255; None where no encoder was asked."""
    if reading.attention is None or reading.attention_from is None:
        return None
    # The encoder's maps come in the order of the regions.
    return _of_looks(dict(zip(REGIONS, reading.attention, strict=True)), reading.attention_from)


def of_network_attention(redrawn: Redrawn) -> dict[str, Any]:
    """Where the mapping network looked, as the map `looked`, scaled to 0..255, and how far it changed each place, as
    the map `changed`, over the same square.
    """
    from mien.studio.heatmap import changed_in_square

    side = redrawn.attention.shape[0]
    looked = _of_looks({"looked": redrawn.attention}, redrawn.attention_from)
    return {**looked, "maps": {**looked["maps"], "changed": _bytes(changed_in_square(redrawn, side))}}


def _of_looks(maps: Mapping[str, NDArray[np.float32]], corners: Points) -> dict[str, Any]:
    return {
        "side": next(iter(maps.values())).shape[0],
        "corners": [[round(float(v), 1) for v in corner] for corner in corners],
        "maps": {name: _bytes(look / max(float(look.max()), 1e-9)) for name, look in maps.items()},
    }


def _bytes(shares: NDArray[np.float32]) -> list[int]:
    return [int(v) for v in np.round(shares * 255).ravel()]


def of_duplicates(studio: Studio, groups: Iterable[Iterable[tuple[str, float]]]) -> dict[str, Any]:
    """`mien.duplicates/1`: groups of assets that are nearly the same, the first of each to be kept."""
    out = []
    for group in groups:
        alike = dict(group)
        told = [
            {"id": a.id, "alike": round(alike[a.id], 4), "character": a.character, "source": a.source, "frame": a.frame}
            for a in studio.library.assets(list(alike))
        ]
        out.append(told)
    return {"schema": "mien.duplicates/1", "groups": out}


def of_production(studio: Studio, name: str) -> dict[str, Any]:
    """`mien.production/1`: how a production ranks, what its users taught, and whether the ranking follows."""
    settings = studio.library.production(name)
    learned = studio.learned(name)
    estimate = learned.estimate
    return {
        "schema": "mien.production/1",
        "production": name,
        "weights": dict(learned.prior),
        "learning": settings.learning,
        "followed": learned.is_ready and settings.learning == "auto",
        "learned": {
            "weights": dict(learned.weights),
            "metric": dict(learned.gains),
            "searches": learned.searches,
            "signals": learned.signals,
            "estimate": None
            if estimate is None
            else {
                "now": round(estimate.now, 4),
                "learned": round(estimate.learned, 4),
                "gain": round(estimate.gain, 4),
                "low": round(estimate.low, 4),
                "high": round(estimate.high, 4),
                "pages": estimate.pages,
            },
        },
    }


def of_ingest(report: IngestReport) -> dict[str, Any]:
    """`mien.ingest/1`: how many were added, were there already, or could not be read and why."""
    return {
        "schema": "mien.ingest/1",
        "added": report.added,
        "skipped": report.skipped,
        "problems": [{"path": str(problem.path), "message": problem.message} for problem in report.problems],
    }


def of_check(report: CheckReport) -> dict[str, Any]:
    """`mien.check/1`: whether every asset is whole, what is wrong, what was put right."""
    return {
        "schema": "mien.check/1",
        "is_sound": report.is_sound,
        "assets": report.assets,
        "findings": list(report.findings),
        "repaired": list(report.repaired),
        "leftovers": list(report.leftovers),
    }
