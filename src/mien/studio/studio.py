"""`Studio`: read a picture, map it to characters, search and grow a library. Everything heavy opens on first use."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from mien.characters import Cast
from mien.core.arrays import Coefficients, Rgb, Rgba
from mien.core.asset import Asset
from mien.core.character import Character, CharacterInfo, DrawnCharacter, Response, measure
from mien.core.expression import Expression, HeadPose
from mien.core.query import Context, Hit, Query
from mien.core.style import Style, load_styles, unbound
from mien.errors import BadFile, InputError, NotAPicture, UnknownName
from mien.mapping import Mapped, complete, retarget
from mien.studio import own, settings

if TYPE_CHECKING:
    from mien.core.face import Face, Reading
    from mien.library import Library
    from mien.library.events import Event
    from mien.library.ingest import IngestReport
    from mien.mapping.translate import Translator
    from mien.perception import Reader
    from mien.resources import Network
    from mien.retrieval import Learned, Search
    from mien.studio.acting import Acted
    from mien.studio.live import Trail
    from mien.studio.redraw import Redrawn, Target
    from mien.studio.space import Space

_LOG = logging.getLogger(__name__)

Picture = Path | str | bytes | Rgb
"""A file by its path, the bytes of one, or pixels: uint8 (height, width, 3)."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page of hits, best first, and how many there are in all.

    search: id of the page in the log, for feedback about its hits; "" if nobody was named who could give any.
    """

    hits: tuple[Hit, ...]
    total: int
    search: str = ""


class Studio:
    """The product as one object; safe to share between threads.

    library: folder of the library to search; the demo library by default.
    styles, characters: files of one's own besides those in the configuration folder. mapper: a mapping network in place
    of the one that comes with mien.
    """

    def __init__(
        self,
        *,
        library: Path | None = None,
        styles: Iterable[Path] = (),
        characters: Iterable[Path] = (),
        mapper: Network | None = None,
    ) -> None:
        self.library_path = Path(library) if library else settings.default_library()
        self._cast = Cast()
        self._styles = load_styles([*settings.own_files("styles"), *styles], taken=[*own.WORDS, *self._cast])
        self._own = self._own_characters([*settings.own_files("characters", own.SUFFIXES), *characters])
        self._built: dict[str, Character] = {}
        self._responses: dict[str, Response] = {}
        self._mapper = mapper
        self._lock = Lock()
        self._building = Lock()
        self._laying_out = Lock()
        self._embeds_later = False

    # -- reading -------------------------------------------------------------------------------------------------

    def load(self, source: Picture) -> Rgb:
        """Decode a picture from a file or bytes: RGB uint8 (height, width, 3), upright. Raises `NotAPicture`."""
        from mien.perception import load_picture

        if isinstance(source, str | Path | bytes):
            return load_picture(Path(source) if isinstance(source, str) else source)
        shape: tuple[int, ...] = getattr(source, "shape", ())
        if len(shape) != 3 or shape[2] != 3 or 0 in shape or source.dtype != np.uint8:
            what = f"{source.dtype} {shape}" if isinstance(source, np.ndarray) else type(source).__name__
            raise NotAPicture(f"A picture in memory must be uint8 (height, width, 3), not {what}.")
        return source

    def faces(self, source: Picture) -> list[Face]:
        """Where faces are, the largest first; an empty list if there is none. Raises `NotAPicture`."""
        return self._reader.faces(self.load(source))

    def read(self, source: Picture, *, face: int | None = None) -> Reading:
        """Read the expression of one face.

        face: 1 is the largest, 2 the next; the largest when not given.

        Raises `NotAPicture`, `NoFaceFound`, `NoSuchFace`.
        """
        return self._reader.read(self.load(source), face=face)

    def follow(self, source: Picture, trail: Trail | None = None, *, at_s: float) -> tuple[Reading, Trail]:
        """Read one frame of a camera, quicker than `read` and steadied; with what it leaves to the next frame.

        trail: what the frame before left. at_s: when it was taken, on the camera's own clock. Raises as `read` does.
        """
        from mien.studio.live import follow

        return follow(self._reader, self.load(source), trail, at_s=at_s)

    def contours(self, reading: Reading) -> list[list[list[float]]]:
        """Outlines of face, eyes, brows and lips as closed polylines of (x, y) in pixels."""
        from mien.perception import contours

        return [[[round(float(x), 1), round(float(y), 1)] for x, y in line] for line in contours(reading)]

    def overlay(self, source: Picture, reading: Reading) -> Rgb:
        """The picture with what was read drawn over it."""
        from mien.perception import draw_overlay

        return draw_overlay(self.load(source), reading)

    def freed(self, expression: Expression, looks_like: str) -> Expression:
        """The expression behind a face: what a drawn one shows was held back by its style, and is let go again.

        looks_like: as a `Reading` says it; a photo's expression was held back by nothing.
        """
        if looks_like not in self._styles:
            return expression
        free = unbound(expression.coefficients, self._styles[looks_like])
        return replace(expression, coefficients=free, latent=None)

    def act(
        self,
        clip: Path,
        *,
        fps: float = 24.0,
        face: int | None = None,
        exact: bool = False,
        progress: Callable[[int], None] | None = None,
    ) -> Acted:
        """Read a clip frame by frame and steady it: a video file, or a folder of numbered pictures.

        fps: of a folder. face: which one of the first frame to follow. exact: as in `map`.

        Raises `NotAPicture`, `NoFaceFound` where no frame shows a face.
        """
        from mien.perception import frames
        from mien.studio.acting import act

        clip = Path(clip)

        def behind(reading: Reading) -> Expression:
            return self.freed(reading.expression, reading.looks_like)

        return act(frames(clip, fps=fps), self._reader, behind, face=face, exact=exact, progress=progress)

    @cached_property
    def _reader(self) -> Reader:
        from mien.perception import Reader

        return Reader()

    # -- cast and styles -----------------------------------------------------------------------------------------

    def cast(self) -> tuple[CharacterInfo, ...]:
        """Every character that can be posed."""
        return (*self._cast.infos, *(o.info for o in self._own.values()))

    def built_in(self) -> tuple[CharacterInfo, ...]:
        """The characters that come with mien."""
        return self._cast.infos

    def styles(self) -> tuple[Style, ...]:
        """Every style, the paper's four first."""
        return tuple(self._styles.values())

    @property
    def styles_by_id(self) -> Mapping[str, Style]:
        """Every style under its id."""
        return self._styles

    def style(self, style_id: str) -> Style:
        """One style by id. Raises `UnknownName`."""
        if style_id not in self._styles:
            raise UnknownName.among("style", style_id, self._styles)
        return self._styles[style_id]

    def character(self, character_id: str) -> Character:
        """One character by id, built on first use. Raises `UnknownName`."""
        if character_id in self._own:
            with self._building:
                if character_id not in self._built:
                    self._built[character_id] = self._own[character_id].build()
                return self._built[character_id]
        if character_id not in self._cast:
            raise UnknownName.among("character", character_id, [*self._cast, *self._own])
        return self._cast[character_id]

    def response(self, character_id: str) -> Response:
        """How a character really moves, measured on first use."""
        if character_id not in self._responses:
            measured = measure(self.character(character_id))
            with self._lock:
                self._responses.setdefault(character_id, measured)
        return self._responses[character_id]

    def person(self) -> Response:
        """How a person's face moves: the response of the first realistic character."""
        return self.response(next(info.id for info in self._cast.infos if info.style == "realistic"))

    def _own_characters(self, paths: Iterable[Path]) -> dict[str, own.Own]:
        found: dict[str, own.Own] = {}
        for path, one in own.find(paths).items():
            identity = one.info.id
            do = "rename the file" if one.file == one.model else "choose another id"
            if identity in self._cast or identity in found:
                raise BadFile(f"{path}: there is a character '{identity}' already; {do}.")
            if identity in own.WORDS:
                raise BadFile(f"{path}: '{identity}' means several characters at once; {do}.")
            if identity in self._styles:
                raise BadFile(f"{path}: there is a style '{identity}' already; {do}.")
            own.check_style(one, self._styles)
            found[identity] = one
        return found

    # -- mapping -------------------------------------------------------------------------------------------------

    def targets(self, to: str) -> tuple[tuple[CharacterInfo, Style], ...]:
        """Who `to` means: a character's id, a style's id (everyone in it), "four" (one of each style) or "all".

        Raises `UnknownName` with the closest characters and styles.
        """
        infos = self.cast()
        if to == own.ALL:
            return tuple((info, self.style(info.style)) for info in infos)
        if to == own.FOUR:
            firsts = {info.style: info for info in reversed(infos)}
            return tuple((firsts[s], self.style(s)) for s in self._styles if s in firsts)
        for info in infos:
            if info.id == to:
                return ((info, self.style(info.style)),)
        if to in self._styles:
            style = self._styles[to]
            if chosen := tuple((info, style) for info in infos if info.style == style.cast):
                return chosen
            raise UnknownName(f"Style '{to}' has no characters. Give it cast = \"cartoon\" (or another style's id).")
        raise UnknownName.among("character or style", to, [own.ALL, *self._styles, *(i.id for i in infos)])

    def map(
        self, expression: Expression, to: str, *, style: str | None = None, exact: bool = False
    ) -> tuple[Mapped, ...]:
        """Put an expression on the characters that `to` names (see `targets`), inside what their style allows.

        style: bound it by this style instead of the characters' own. exact: take the shapes as they were tracked,
        without adding what the emotion says they lack (`mapping.complete`).
        """
        chosen = self.targets(to)
        note = ""
        if not exact:
            expression, note = complete(expression)
        bounds = self.style(style) if style else None
        human = self.person()
        mapped = [
            retarget(expression, info, bounds or own_style, self.response(info.id), human=human)
            for info, own_style in chosen
        ]
        return tuple(replace(item, notes=(note, *item.notes)) if note else item for item in mapped)

    def try_on(self, expression: Expression, character: Character) -> Mapped:
        """Put an expression on a character that is not among the studio's, as `map` does on those that are."""
        expression, note = complete(expression)
        style = self.style(character.info.style)
        mapped = retarget(expression, character.info, style, measure(character), human=self.person())
        return replace(mapped, notes=(note, *mapped.notes)) if note else mapped

    def render(self, mapped: Mapped, size: int = 256) -> Rgba:
        """Draw a mapped expression: uint8 (size, size, 4)."""
        return self.character(mapped.character.id).render(mapped.coefficients, size, head=mapped.head)

    def target(self, source: Picture, *, face: int | None = None, style: str | None = None) -> Target:
        """Read a picture of a character that is to be redrawn with other expressions (see `redraw`).

        face: which one of several. style: bound it by this style, not by the one that it looks drawn in.

        Raises `NotAPicture`; `NoFaceFound` where there is no face, or one that is tiny, cut off or a real person's;
        `SeveralFaces`, `NoSuchFace`, `UnknownName`.
        """
        from mien.perception import load_layers
        from mien.studio.redraw import target

        bounds = self.style(style) if style else None
        source = Path(source) if isinstance(source, str) else source
        name = source.name if isinstance(source, Path) else "The target picture"
        picture, opacity = load_layers(source) if isinstance(source, Path | bytes) else (self.load(source), None)
        return target(picture, opacity, self._reader, self._styles, name=name, face=face, style=bounds)

    def redraw(self, expression: Expression, target: Target, *, exact: bool = False) -> Redrawn:
        """Draw the character of a picture with an expression, by the mapping network: a guess, with its confidence.

        For characters without a rig; what is asked for stays inside the ranges of the picture's style. exact: as in
        `map`. Raises `ResourceError` where the network is damaged.
        """
        from mien.studio.redraw import redraw

        note = ""
        if not exact:
            expression, note = complete(expression)
        redrawn = redraw(expression, target, self._translator)
        return replace(redrawn, notes=(note, *redrawn.notes)) if note else redrawn

    def seen(self, redrawn: Redrawn) -> float | None:
        """Read a redrawn picture back: how much of the change that was asked for shows, 0..1; None if little was."""
        from mien.studio.redraw import seen

        return seen(redrawn, self._reader)

    def heatmap(self, redrawn: Redrawn) -> Rgb:
        """Where the network looked, beside what it drew, with a legend."""
        from mien.studio.heatmap import heatmap

        return heatmap(redrawn)

    @cached_property
    def _translator(self) -> Translator:
        from mien.mapping.translate import Translator
        from mien.resources import session

        return Translator(self._mapper or session("mapper"))

    def svg(self, mapped: Mapped) -> str | None:
        """The same as vectors, for drawn characters; None for others."""
        return self.draw_svg(mapped.character.id, mapped.coefficients, mapped.head)

    def draw_svg(self, character_id: str, coefficients: Coefficients, head: HeadPose) -> str | None:
        """A character's own coefficients as vectors; None for characters that are not drawn."""
        character = self.character(character_id)
        return character.svg(coefficients, head=head) if isinstance(character, DrawnCharacter) else None

    # -- library -------------------------------------------------------------------------------------------------

    @cached_property
    def library(self) -> Library:
        """The library at `library_path`. Raises `NotALibrary`."""
        from mien.library import Library

        return Library.open(self.library_path)

    @cached_property
    def _search(self) -> Search:
        from mien.retrieval import Search

        if not self._embeds_later and self.library.outdated():
            _LOG.warning("The library at %s is embedded anew for this version.", self.library_path)
            try:
                self.reembed()
            except InputError as error:
                _LOG.warning("It was not: %s Expressions without a new vector are not found.", error)
        return Search(self.library, styles=self._styles)

    def embed_later(self) -> None:
        """Searches no longer wait until a library of an older version is embedded anew: whoever calls this sees to it.

        Until `reembed` has run, searches find what was embedded by this version.
        """
        self._embeds_later = True

    def outdated(self) -> int:
        """How many expressions were embedded by another version, so that searches do not find them."""
        return self.library.outdated()

    def reembed(
        self, *, progress: Callable[[int, int], None] | None = None, stop: Callable[[], bool] | None = None
    ) -> int:
        """Embed anew what another version embedded; returns how many. See `Library.reembed`. Raises `LibraryBusy`."""
        from mien.retrieval import Embedder

        return self.library.reembed(Embedder(self._styles).assets, progress=progress, stop=stop)

    def search(self, query: Query, *, limit: int = 20, offset: int = 0, context: Context | None = None) -> SearchResult:
        """Find assets, best first. Raises `UnknownName` for a style or character that no asset could have."""
        for style_id in query.styles:
            self.style(style_id)
        known = {info.id for info in self.cast()} | set(self.library.characters())
        for character_id in query.characters:
            if character_id not in known:
                raise UnknownName.among("character", character_id, known)
        query = replace(query, like=self._full_id(query.like), unlike=self._full_id(query.unlike))
        context = self._completed(context) if context is not None else None
        if context is not None and context.user:
            found, total, page = self._search.find_and_log(query, context=context, limit=limit, offset=offset)
            return SearchResult(tuple(found), total, page)
        hits, total = self._search.find(query, context=context, limit=limit, offset=offset)
        return SearchResult(tuple(hits), total)

    def _completed(self, context: Context) -> Context:
        """With whole ids, the character's own style, and how it really moves."""
        acting = {info.id: info.style for info in self.cast()}
        name = context.character
        if name and name not in acting and name not in (there := self.library.characters()):
            raise UnknownName.among("character", name, {*there, *acting})
        if context.style:
            self.style(context.style)
        return replace(
            context,
            style=context.style or acting.get(name, ""),
            after=self._full_id(context.after),
            before=self._full_id(context.before),
            response=self.response(name) if name in acting else None,
        )

    def ask(self, query: Query, *, context: Context, count: int = 3) -> SearchResult:
        """The hits whose rating would teach the ranking most."""
        hits, page = self._search.ask(query, context=self._completed(context), count=count)
        return SearchResult(tuple(hits), len(hits), page)

    def set_weights(self, production: str, weights: Mapping[str, float]) -> None:
        """Give a production's ranking its own weights; {} for the usual ones. Raises `UnknownName`."""
        old = self.library.production(production)
        self.library.set_production(production, replace(old, weights=weights))

    def set_learning(self, production: str, *, follow: str | None = None, forget: bool = False) -> None:
        """follow: "auto" or "off", None leaves it; forget: what was said until now no longer counts.

        Raises `UnknownName`.
        """
        old = self.library.production(production)
        new = replace(
            old,
            learning=follow or old.learning,  # type: ignore[arg-type]
            learn_after=self.library.last_event() if forget else old.learn_after,
        )
        self.library.set_production(production, new)

    def learned(self, production: str) -> Learned:
        """What a production's users taught its ranking, whether or not it is followed."""
        return self._search.learned(production)

    def _full_id(self, start: str | None) -> str | None:
        return self.library.full_id(start) if start else None

    def asset(self, asset_id: str) -> Asset:
        """One asset of the library. Raises `UnknownName`."""
        return self.library.get(asset_id)

    def picture(self, asset_id: str) -> bytes:
        """The encoded picture of an asset (PNG or WebP). Raises `UnknownName`."""
        return self.library.picture(asset_id)

    def staged(self, asset_id: str, to: str) -> tuple[Mapped, ...]:
        """The expression of an asset, freed from the bounds of its own style, on the characters that `to` names.

        Raises `UnknownName`.
        """
        asset = self.asset(asset_id)
        return self.map(self.freed(asset.expression, asset.style), to, exact=True)

    def space(self) -> Space:
        """The library as a map of points, made on first use (seconds) and kept beside the library's index."""
        from mien.studio.space import space_of

        cache = self.library_path / "cache" / "space.npz"
        with self._laying_out:
            return space_of(self.library.snapshot(), self._styles, cache=cache)

    def log(self, event: Event) -> None:
        """Remember what a user did with an asset. Raises `UnknownName` for an asset that is not there."""
        self.asset(event.asset)
        self.library.log(event)

    def rate(self, asset_id: str, stars: float, *, user: str, production: str = "", search: str = "") -> Asset:
        """Give an asset 0..5 stars; it comes back with the mean of everybody's. Raises `UnknownName`.

        production, search: where it was found (`SearchResult.search`), so that the ranking there can learn from it.
        """
        from mien.studio import curate

        whole = self.library.full_id(asset_id)
        return curate.rate(self.library, whole, stars, user=user, production=production, search=search)

    def ratings(self, user: str) -> dict[str, float]:
        """A user's stars by asset."""
        from mien.studio import curate

        return curate.ratings(self.library, user)

    def refusals(self, user: str) -> list[str]:
        """Ids of the assets that a user turned down, without those taken back (a "rejected" event of value 0)."""
        from mien.studio import curate

        return curate.refusals(self.library, user)

    def annotate(self, asset_id: str, *, text: str | None = None, tags: Iterable[str] | None = None) -> Asset:
        """Change an asset's words or tags; it is found by them from now on. Raises `UnknownName`, `LibraryBusy`."""
        from mien.studio import curate

        return curate.annotate(self, self.library, asset_id, text=text, tags=tags)

    def read_asset(self, asset_id: str) -> Reading:
        """The picture of an asset read anew: of several faces, the asset's. Raises `UnknownName`, `NoFaceFound`."""
        from mien.studio import curate

        return curate.read_again(self, self.asset(asset_id), self.load(self.picture(asset_id)))

    def add_picture(
        self, picture: Rgb, *, text: str = "", tags: Iterable[str] = (), source: str = "", everybody: bool = False
    ) -> Asset:
        """Read one picture's largest face and keep both in the library; twice is once.

        everybody: its other faces, too, as in `add_folder`. The largest one's asset is returned.

        Raises `NoFaceFound`, `LibraryBusy`.
        """
        from mien.studio import curate

        readings = curate.everybody(self, picture) if everybody else [self.read(picture)]
        return curate.add_picture(self, self.library, picture, readings, text=text, tags=tags, source=source)

    def add_folder(self, folder: Path, *, progress: Callable[[int, int], None] | None = None) -> IngestReport:
        """Read every picture of a folder into the library, which is made if it is not there; of a picture with several
        people, everybody who can be read well.

        Raises `InputError` for a folder that is none or holds no pictures, `LibraryBusy`, `ResourceError`.
        """
        from mien.library import Library
        from mien.library.ingest import pictures_in
        from mien.studio.ingest import add_folder

        folder = Path(folder)
        if not folder.is_dir():
            what = f"{folder} is a file" if folder.exists() else f"There is no folder {folder}"
            raise InputError(f"{what}. Name the folder that holds the pictures.")
        pictures_in(folder)  # before a library is made for nothing
        exists = Library.exists(self.library_path)
        with Library.open(self.library_path) if exists else Library.create(self.library_path) as library:
            return add_folder(self, library, folder, progress=progress)
