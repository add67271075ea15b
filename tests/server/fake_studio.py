"""A small studio that needs no weights, no meshes and no library: what the service says is what is tested here."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from fastapi.testclient import TestClient
from PIL import Image

from mien.core.arkit import COUNT, to_controls
from mien.core.asset import Asset
from mien.core.character import CharacterInfo
from mien.core.face import Face, Reading, Reason
from mien.core.looks import look
from mien.core.query import CRITERIA, Factor, Hit
from mien.core.style import bound, built_in_styles
from mien.errors import NoFaceFound, NoSuchFace, NotAPicture, SeveralFaces, UnknownName
from mien.library import Production
from mien.library.events import standing
from mien.mapping import Mapped
from mien.perception import Near, Region
from mien.retrieval.learn import Estimate, Learned
from mien.server import create_app
from mien.studio import SearchResult, Studio, live
from mien.studio.redraw import Redrawn, Target
from mien.studio.space import Space

MIKA = CharacterInfo("mika", "Mika", "anime", "drawn", "Sharp and kind.", ("girl",))
ANNA = CharacterInfo("anna", "Anna", "realistic", "sculpted")
ASSET = Asset("a" * 32, look("happiness"), character="mika", style="anime", tags=("smile",), text="a smile", frame=1001)


class FakeLibrary:
    def __len__(self):
        return 1

    def styles(self):
        return {"anime": 1}

    def characters(self):
        return {"mika": 1}

    def tags(self):
        return {"smile": 1}

    def emotions(self):
        return {"happiness": 1}

    def productions(self):
        return {"Night Shift": 1}

    def production(self, name):
        return self.settings.get(name, Production())

    def __init__(self):
        self.settings = {}


class FakeStudio:
    """Reads every real picture as one happy face; `fails` is raised by whatever is called next."""

    library_path = "/nowhere"
    library = FakeLibrary()

    def __init__(self):
        self.library = FakeLibrary()
        self.fails = None
        self.queries = []
        self.contexts = []
        self.events = []
        self.stars = {}
        self.kept = []
        self.old = 0
        self.drawn = []
        self.looks_like = "photo"

    def read(self, source, *, face=None):
        self._maybe_fail()
        try:
            with Image.open(io.BytesIO(source)) as image:
                image.load()
                width, height = image.size
        except OSError as error:
            raise NotAPicture("The upload is no picture. Use a JPEG.") from error
        if width < 24:
            raise NoFaceFound("No face in the upload.")
        if face not in (None, 1):
            raise NoSuchFace(f"There is 1 face, not {face}.")
        found = Face(np.array([1, 2, 20, 22]), 0.9, np.ones((5, 2)))
        reasons = {"happiness": (Reason("mouthSmileLeft", 0.8, 1.5),)}
        reading = Reading(width, height, (found,), 0, np.ones((478, 3)), 0.99, look("happiness"), reasons)
        return replace(reading, looks_like=self.looks_like)

    def embed_later(self):
        pass

    def outdated(self):
        return self.old

    def reembed(self, *, progress=None, stop=None):
        self._maybe_fail()
        self.old = 0
        return 0

    def follow(self, source, trail=None, *, at_s):
        return live.follow(FakeReader(self.read(source)), self.load(source), trail, at_s=at_s)

    def render(self, mapped, size):
        return self.character(mapped.character.id).render(mapped.coefficients, size, head=mapped.head)

    def svg(self, mapped):
        return self.draw_svg(mapped.character.id, mapped.coefficients, mapped.head)

    def contours(self, reading):
        return [[[1.0, 2.0], [3.0, 4.0], [5.0, 2.0]]]

    def freed(self, expression, looks_like):
        return Studio.freed(self, expression, looks_like)

    @property
    def _styles(self):
        return built_in_styles()

    def style(self, style_id):
        return Studio.style(self, style_id)

    def target(self, source, *, face=None, style=None):
        reading = self.read(source, face=None)
        if reading.width_px == 500 and face is None:
            raise SeveralFaces("The target picture shows 2 faces.")
        picture = self.load(source)
        return Target(picture, None, reading, built_in_styles()["anime"], "The target picture")

    def redraw(self, expression, target, *, exact=False):
        self._maybe_fail()
        self.drawn.append((expression, exact))
        values = bound(expression.coefficients, target.style)
        attention = np.full((24, 24), 1 / 576, np.float32)
        corners = np.array([[0, 0], [9, 0], [9, 9], [0, 9]], np.float32)
        changed = np.ones(target.picture.shape[:2], np.float32)
        return Redrawn(
            255 - target.picture,
            target,
            expression,
            values,
            to_controls(values),
            changed,
            attention,
            corners,
            ("Note.",),
        )

    def seen(self, redrawn):
        return 0.5

    def cast(self):
        return (ANNA, MIKA)

    def styles(self):
        return tuple(built_in_styles().values())

    def character(self, character_id):
        for info in self.cast():
            if info.id == character_id:
                return FakeCharacter(info)
        raise UnknownName.among("character", character_id, ["anna", "mika"])

    def map(self, expression, to, *, style=None, exact=False):
        self._maybe_fail()
        if style and style not in built_in_styles():
            raise UnknownName.among("style", style, built_in_styles())
        infos = self.cast() if to in {"four", "all"} else [self.character(to).info]
        out = []
        for info in infos:
            rules = built_in_styles()[style or info.style]
            values = bound(expression.coefficients, rules)
            out.append(
                Mapped(info, rules, expression, values, to_controls(values), values, expression.head, ("A note.",))
            )
        return tuple(out)

    def draw_svg(self, character_id, coefficients, head):
        return f"<svg xmlns='x'>{coefficients.sum():.2f}</svg>" if character_id == "mika" else None

    def search(self, query, *, limit=20, offset=0, context=None):
        self._maybe_fail()
        self.queries.append((query, limit, offset))
        self.contexts.append(context)
        return SearchResult((Hit(ASSET, 0.8, {"look": Factor(0.8, 1.0, 0.8)}),), 1)

    def ask(self, query, *, context, count=3):
        self._maybe_fail()
        self.contexts.append(context)
        other = replace(ASSET, id="b" * 32)
        return SearchResult(tuple(Hit(one, 0.5) for one in (ASSET, other)[:count]), 2, "page")

    def set_weights(self, production, weights):
        self.library.settings[production] = replace(self.library.production(production), weights=weights)

    def set_learning(self, production, *, follow=None, forget=False):
        old = self.library.production(production)
        after = 9 if forget else old.learn_after
        self.library.settings[production] = replace(old, learning=follow or old.learning, learn_after=after)

    def learned(self, production):
        said = self.library.production(production).learn_after == 0
        estimate = Estimate(0.5, 0.6, 0.1, 0.02, 0.18, 40) if said else None
        weights = {**CRITERIA, "temporal": 0.5} if said else dict(CRITERIA)
        return Learned(weights, {}, 60 * said, 80 * said, estimate, dict(CRITERIA))

    def asset(self, asset_id):
        if asset_id != ASSET.id:
            raise UnknownName(f"There is no asset '{asset_id}'.")
        return ASSET

    def picture(self, asset_id):
        self.asset(asset_id)
        return picture_bytes(400)

    def read_asset(self, asset_id):
        return self.read(self.picture(asset_id))

    def load(self, source):
        try:
            with Image.open(io.BytesIO(source)) as image:
                return np.asarray(image.convert("RGB"))
        except OSError as error:
            raise NotAPicture("The upload is no picture. Use a JPEG.") from error

    def staged(self, asset_id, to):
        return self.map(self.asset(asset_id).expression, to, exact=True)

    def space(self):
        self._maybe_fail()
        return Space((ASSET.id,), np.zeros((1, 2), np.float32), ("anime",), ("happiness",))

    def rate(self, asset_id, stars, *, user, production="", search=""):
        self._maybe_fail()
        self.stars[user, self.asset(asset_id).id] = stars
        return replace(ASSET, rating=stars)

    def ratings(self, user):
        return {asset: stars for (who, asset), stars in self.stars.items() if who == user}

    def refusals(self, user):
        return list(dict.fromkeys(e.asset for e in standing([e for e in self.events if e.user == user])))

    def annotate(self, asset_id, *, text=None, tags=None):
        asset = self.asset(asset_id)
        return replace(asset, text=asset.text if text is None else text, tags=asset.tags if tags is None else tags)

    def add_picture(self, picture, *, text="", tags=(), source="", everybody=False):
        self._maybe_fail()
        self.kept.append(picture.shape)
        return replace(ASSET, text=text, tags=tuple(tags))

    def log(self, event):
        self.asset(event.asset)
        self.events.append(event)

    def _maybe_fail(self):
        if self.fails is not None:
            raise self.fails


class FakeReader:
    def __init__(self, reading):
        self.reading = reading

    def follow(self, picture, near=None):
        return self.reading, Near(Region(10, 12, 40, 0.1), self.reading.expression.emotion, None)


class FakeCharacter:
    def __init__(self, info):
        self.info = info

    def render(self, coefficients, size, *, head):
        assert coefficients.shape == (COUNT,)
        return np.full((size, size, 4), int(coefficients.sum() * 10) % 256, np.uint8)


def picture_bytes(side=64, kind="PNG"):
    buffer = io.BytesIO()
    Image.fromarray(np.full((side, side, 3), 120, np.uint8)).save(buffer, kind)
    return buffer.getvalue()


def client_of(studio, **options):
    return TestClient(create_app(studio, **options), base_url="http://127.0.0.1:8765")
