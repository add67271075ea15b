"""What people add to a library by hand: stars, words and tags, and single pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from mien.core.asset import Asset, content_id
from mien.core.face import Reading
from mien.core.words import describe
from mien.errors import BadExpression, InputError
from mien.studio.pictures import png

if TYPE_CHECKING:
    from mien.core.arrays import Rgb
    from mien.library import Library
    from mien.studio.studio import Studio

_LONGEST: Final = 1024
_MOST_FACES: Final = 8
_SMALLEST: Final = 0.4
"""How large another face of a picture must be, in sides of the largest: who is smaller is not what it shows."""
_SMALLEST_PX: Final = 40


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


def refusals(library: Library, user: str) -> list[str]:
    """Assets that a user turned down and did not take back, in the order in which that was."""
    from mien.library.events import standing

    return list(dict.fromkeys(e.asset for e in standing(library.events(user=user, kinds=("rejected",)))))


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
    readings: Sequence[Reading],
    *,
    text: str = "",
    tags: Iterable[str] = (),
    source: str = "",
) -> Asset:
    """Keep one picture with what was read from it, an asset for each face; its longer side becomes 1024 pixels at
    most. Returns the first.

    Raises `LibraryBusy`.
    """
    from PIL import Image

    from mien.retrieval import Embedder

    image = Image.fromarray(picture)
    image.thumbnail((_LONGEST, _LONGEST))
    content = png(np.asarray(image))
    assets = []
    for number, reading in enumerate(readings, start=1):
        kept = replace(reading.expression, latent=None)
        said = text if text and number == 1 else describe(kept)
        face = reading.face.shares(reading.width_px, reading.height_px)
        own = content_id(content, face=number)
        assets.append(Asset(own, kept, text=said, tags=tuple(tags), source=source, face=face))
    vectors = Embedder(studio.styles_by_id).assets(assets)
    library.add_many(zip(assets, [content] * len(assets), vectors, strict=True))
    return library.get(assets[0].id)


def everybody(studio: Studio, picture: Rgb) -> list[Reading]:
    """The largest face of a picture, and the others that are not much smaller and can be read well.

    Raises `NoFaceFound`.
    """
    first = studio.read(picture)
    readings = [first]
    for number, face in enumerate(first.faces[1:_MOST_FACES], start=2):
        if face.area_px**0.5 < max(_SMALLEST_PX, _SMALLEST * first.face.area_px**0.5):
            break
        try:
            reading = studio.read(picture, face=number)
        except InputError:
            continue  # cut off, or none after all
        if not reading.expression.is_guess:
            readings.append(reading)
    return readings


def read_again(studio: Studio, asset: Asset, picture: Rgb) -> Reading:
    """What is seen in an asset's picture, of the face that is the asset's. Raises `NoFaceFound`."""
    if asset.face is None:
        return studio.read(picture)
    height, width, _ = picture.shape
    middle = np.array(asset.face).reshape(2, 2).mean(axis=0)
    found = [np.array(face.shares(width, height)).reshape(2, 2).mean(axis=0) for face in studio.faces(picture)]
    nearest = int(np.argmin([np.linalg.norm(one - middle) for one in found])) if found else 0
    return studio.read(picture, face=nearest + 1)
