"""What people add to a library by hand: stars, words and tags, and single pictures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mien.core.asset import Asset
from mien.core.face import Reading
from mien.core.words import describe
from mien.errors import BadExpression
from mien.studio.pictures import png

if TYPE_CHECKING:
    from mien.core.arrays import Rgb
    from mien.library import Library
    from mien.studio.studio import Studio

_LONGEST: Final = 1024


def rate(library: Library, asset_id: str, stars: float, *, user: str, production: str = "", search: str = "") -> Asset:
    """Log what a user thinks of an asset, and give the asset the mean of everybody's latest stars.

    stars: 0..5. production, search: where it was found, so that the ranking there can learn from it.
    Raises `UnknownName`, `BadExpression`, `LibraryBusy`.
    """
    from mien.library.events import Event

    if not 0.0 <= stars <= 5.0:
        raise BadExpression(f"A rating must lie between 0 and 5 stars, not {stars:g}.")
    asset = library.get(asset_id)
    detail = {"search": search} if search else {}
    library.log(Event("rated", asset_id, user=user, production=production, value=stars, detail=detail))
    latest = {e.user: e.value for e in library.events(kinds=("rated",)) if e.asset == asset_id}
    rated = replace(asset, rating=round(sum(latest.values()) / len(latest), 2))
    library.update(rated)
    return rated


def ratings(library: Library, user: str) -> dict[str, float]:
    """A user's latest stars by asset."""
    return {e.asset: e.value for e in library.events(user=user, kinds=("rated",))}


def annotate(
    studio: Studio, library: Library, asset_id: str, *, text: str | None = None, tags: Iterable[str] | None = None
) -> Asset:
    """Change what is said about an asset, and embed it anew so that it is found by that; None leaves as it is.

    Raises `UnknownName`, `LibraryBusy`.
    """
    from mien.retrieval import Embedder

    asset = library.get(asset_id)
    changed = replace(
        asset, text=asset.text if text is None else text, tags=asset.tags if tags is None else tuple(tags)
    )
    if changed != asset:
        (vector,) = Embedder(studio.styles_by_id).assets([changed])
        library.update(changed, vector)
    return library.get(asset_id)


def add_picture(
    studio: Studio,
    library: Library,
    picture: Rgb,
    reading: Reading,
    *,
    text: str = "",
    tags: Iterable[str] = (),
    source: str = "",
) -> Asset:
    """Keep one picture with what was read from it; its longer side becomes 1024 pixels at most.

    Raises `LibraryBusy`.
    """
    from PIL import Image

    from mien.retrieval import Embedder

    image = Image.fromarray(picture)
    image.thumbnail((_LONGEST, _LONGEST))
    kept = replace(reading.expression, latent=None)
    face = reading.face.shares(reading.width_px, reading.height_px)
    asset = Asset("", kept, text=text or describe(kept), tags=tuple(tags), source=source, face=face)
    (vector,) = Embedder(studio.styles_by_id).assets([asset])
    return library.get(library.add(asset, png(np.asarray(image)), vector))
