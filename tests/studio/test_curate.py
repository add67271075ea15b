"""What people add by hand: it is there afterwards, and it is found."""

from __future__ import annotations

import io
import shutil

import numpy as np
import pytest

from mien.core.arkit import as_coefficients
from mien.core.query import Query
from mien.errors import BadExpression, UnknownName
from mien.library.events import Event
from mien.studio import Studio

pytestmark = pytest.mark.xdist_group("library")


@pytest.fixture
def studio(small_library, tmp_path):
    copy = tmp_path / "library"
    shutil.copytree(small_library, copy)
    return Studio(library=copy)


def first(studio):
    return studio.search(Query(), limit=1).hits[0].asset


def test_stars_are_the_mean_of_everybodys_latest(studio):
    asset = first(studio)
    studio.rate(asset.id, 1, user="ada")
    studio.rate(asset.id, 5, user="ada")
    assert studio.rate(asset.id, 2, user="bo").rating == 3.5
    assert studio.ratings("ada") == {asset.id: 5.0}
    assert {h.asset.id for h in studio.search(Query(min_rating=3)).hits} == {asset.id}
    with pytest.raises(BadExpression):
        studio.rate(asset.id, 7, user="ada")
    with pytest.raises(UnknownName):
        studio.rate("none", 3, user="ada")


def test_new_words_and_tags_find_an_asset(studio):
    asset = first(studio)
    studio.annotate(asset.id, tags=[*asset.tags, "Hero Shot"])
    changed = studio.annotate(asset.id, text="the moment the dragon lands")
    assert changed.tags[-1] == "hero shot"
    assert [h.asset.id for h in studio.search(Query(tags=("hero shot",))).hits] == [asset.id]
    assert studio.search(Query(text="the dragon lands"), limit=1).hits[0].asset.id == asset.id


def test_a_picture_is_read_described_kept_once_and_found(studio):
    from skimage import data

    kept = studio.add_picture(data.astronaut(), tags=["webcam"])
    assert kept.expression.emotion.top == "happiness"
    assert kept.text
    assert studio.picture(kept.id)[:4] == b"\x89PNG"
    before = len(studio.library)
    assert studio.add_picture(data.astronaut(), tags=["webcam"]).id == kept.id
    assert len(studio.library) == before
    assert [h.asset.id for h in studio.search(Query(tags=("webcam",))).hits] == [kept.id]


def test_an_expression_is_staged_on_others_as_strong_as_it_was_meant(studio):
    asset = next(h.asset for h in studio.search(Query(tags=("happiness",), styles=("anime",)), limit=1).hits)
    (own,) = studio.staged(asset.id, asset.character)
    assert own.bounded == pytest.approx(asset.expression.coefficients, abs=0.02)
    assert {m.style.id for m in studio.staged(asset.id, "four")} == {"realistic", "cartoon", "anime", "stylized3d"}


def test_what_is_logged_must_be_there(studio):
    asset = first(studio)
    studio.log(Event("rejected", asset.id, user="ada"))
    assert [e.kind for e in studio.library.events(user="ada")] == ["rejected"]
    with pytest.raises(UnknownName):
        studio.log(Event("selected", "none"))


def test_a_refusal_stands_until_its_user_takes_it_back(studio):
    one, other = (hit.asset.id for hit in studio.search(Query(), limit=2).hits)
    for asset in (other, one):
        studio.log(Event("rejected", asset, user="ada"))
    studio.log(Event("rejected", one, user="bo", value=0.0))
    assert studio.refusals("ada") == [other, one]
    studio.log(Event("rejected", other, user="ada", value=0.0))
    assert studio.refusals("ada") == [one]


def test_a_face_at_the_side_of_a_wide_picture_is_what_lists_and_sheets_show(studio):
    from PIL import Image
    from skimage import data

    from mien.server.thumbnails import thumbnail
    from mien.studio.pictures import contact_sheet

    wide = np.full((512, 1400, 3), 90, dtype=np.uint8)
    wide[:, 888:] = data.astronaut()
    kept = studio.add_picture(wide, tags=["wide"])
    left, top, right, bottom = kept.face
    # The astronaut's face in its own picture, moved to the right.
    assert left == pytest.approx((888 + 175) / 1400, abs=0.03)
    assert right == pytest.approx((888 + 275) / 1400, abs=0.03)
    assert (top, bottom) == pytest.approx((0.12, 0.35), abs=0.04)
    assert studio.asset(kept.id).face == kept.face
    small = thumbnail(studio.picture(kept.id), 96, kept.portrait_px)
    with Image.open(io.BytesIO(small)) as image:
        assert image.width == image.height <= 96
        # Nothing of the grey wall, and a face that is read as the whole picture's is.
        assert (np.abs(np.asarray(image).astype(int) - 90).max(axis=2) < 6).mean() < 0.05
    sheet = contact_sheet(studio, studio.search(Query(tags=("wide",)), limit=1).hits)
    again = studio.read(sheet).expression
    assert again.emotion.top == kept.expression.emotion.top == "happiness"


def test_a_wide_render_whose_coefficients_are_known_is_shown_by_its_face_too(studio, tmp_path):
    from PIL import Image

    wide = Image.new("RGB", (960, 400), (40, 60, 90))
    character = studio.character("otto")
    wide.paste(Image.fromarray(character.render(as_coefficients({"jawOpen": 0.6}), 400)).convert("RGB"), (0, 0))
    (tmp_path / "shots").mkdir()
    wide.save(tmp_path / "shots" / "otto.png")
    (tmp_path / "shots" / "otto.json").write_text('{"tags": ["left"], "coefficients": {"jawOpen": 0.6}}')
    assert studio.add_folder(tmp_path / "shots").added == 1
    (hit,) = studio.search(Query(tags=("left",))).hits
    assert hit.asset.expression.coefficients[as_coefficients({"jawOpen": 1.0}) > 0] == pytest.approx(0.6)
    left, _, right, _ = hit.asset.portrait_px
    assert left < 60
    assert right < 440


def test_everybody_in_a_picture_is_found_by_a_face_of_their_own(studio, tmp_path):
    from PIL import Image
    from skimage import data

    pair = Image.new("RGB", (1100, 520), (60, 60, 60))
    pair.paste(Image.fromarray(data.astronaut()), (588, 0))
    otto = studio.character("otto").render(as_coefficients({"browDownLeft": 1.0, "browDownRight": 1.0}), 420)
    pair.paste(Image.fromarray(otto).convert("RGB"), (0, 60))
    (tmp_path / "shots").mkdir()
    pair.save(tmp_path / "shots" / "two.png")
    report = studio.add_folder(tmp_path / "shots")
    assert (report.added, report.problems) == (2, ())
    assert studio.add_folder(tmp_path / "shots").skipped == 1
    found = [h.asset for h in studio.search(Query(), limit=500).hits if h.asset.source == "two.png"]
    left, right = sorted(found, key=lambda asset: asset.face)
    assert left.face[2] < 0.45 < right.face[0]
    assert right.expression.emotion.top == "happiness"
    for asset in (left, right):
        again = studio.read_asset(asset.id)
        assert again.expression.coefficients == pytest.approx(asset.expression.coefficients, abs=1e-4)
    # Who writes down what a picture shows means one of them.
    (tmp_path / "told").mkdir()
    pair.resize((1098, 520)).save(tmp_path / "told" / "two.png")
    (tmp_path / "told" / "two.json").write_text('{"text": "the astronaut"}')
    assert studio.add_folder(tmp_path / "told").added == 1
    # The page and its jobs do the same; what is held of a camera is one face.
    before = len(studio.library)
    studio.add_picture(np.asarray(pair), everybody=True)
    assert len(studio.library) == before + 2
    studio.add_picture(np.asarray(pair.resize((1000, 480))))
    assert len(studio.library) == before + 3
