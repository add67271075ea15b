import shutil
import sqlite3
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from takes import items, picture

from mien.core.arkit import COUNT
from mien.core.asset import EMBEDDING_SIZE, Asset
from mien.core.emotion import Emotion
from mien.core.expression import Expression, HeadPose
from mien.errors import BadExpression, InputError, NotALibrary, NotAPicture, UnknownName
from mien.library import Event, Library, schema

VECTOR = np.eye(1, EMBEDDING_SIZE, dtype=np.float32)[0]
unit = st.floats(0, 1, width=32)
name = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@st.composite
def assets(draw):
    p = np.array(draw(st.lists(st.floats(0.015625, 1, width=32), min_size=8, max_size=8)), dtype=np.float32)
    angle = st.floats(-3, 3)
    face = Expression(
        np.array(draw(st.lists(unit, min_size=COUNT, max_size=COUNT)), np.float32),
        head=HeadPose(draw(angle), draw(angle), draw(angle)),
        emotion=Emotion(p / p.sum(), draw(st.floats(-1, 1)), draw(st.floats(-1, 1)), draw(st.floats(0, 1))),
        confidence=draw(st.floats(0, 1)),
        certainty=np.array(draw(st.lists(unit, min_size=COUNT, max_size=COUNT)), np.float32),
        latent=draw(st.none() | st.just(np.linspace(-3, 3, 256, dtype=np.float32))),
    )
    return Asset(
        "",
        face,
        character=draw(name),
        style=draw(name),
        tags=tuple(draw(st.lists(name, max_size=4))),
        text=draw(name),
        production=draw(name),
        sequence=draw(name),
        shot=draw(name),
        frame=draw(st.none() | st.integers(-(2**40), 2**40)),
        source=draw(name),
        rating=draw(st.none() | st.floats(0, 5)),
        face=draw(st.none() | st.just((0.125, 0.1, 1 / 3, 1.0))),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asset=assets())
def test_what_is_added_comes_back_to_the_last_bit_and_only_once(library, asset):
    before = len(library)
    shown = picture(before)
    asset_id = library.add(asset, shown, VECTOR)
    back = library.get(asset_id)
    set_by_library = {n: getattr(back, n) for n in ("id", "created_at", "picture", "width", "height")}
    assert replace(asset, **set_by_library) == back
    assert (back.width, back.height) == (8, 6)
    assert library.picture(asset_id) == shown
    assert np.array_equal(library.vectors([asset_id])[0], VECTOR)
    assert library.add(asset, shown, VECTOR) == asset_id
    assert len(library) == before + 1


def test_adding_twice_is_adding_once(library):
    first = library.add_many(items(60))
    again = library.add_many(items(80))
    assert (first.added, first.skipped) == (60, 0)
    assert (again.added, again.skipped) == (20, 60)
    assert len(library) == len(library.snapshot()) == 80
    assert library.sources() == {f"takes/{i}" for i in range(80)}


def test_counts_say_what_is_there(filled):
    assert filled.styles() == {"anime": 75, "cartoon": 75, "realistic": 75, "stylized3d": 75}
    assert filled.tags()["all"] == 300
    assert sum(filled.emotions().values()) == 300
    assert set(filled.productions()) == {"Show", "Other"}
    assert len(list(filled)) == 300


def test_pixels_are_kept_as_png_and_rubbish_is_refused(library):
    rgba = np.zeros((5, 7, 4), np.uint8)
    asset_id = library.add(Asset("", Expression.neutral()), rgba, VECTOR)
    assert library.get(asset_id).picture.endswith(".png")
    for rubbish in (b"no picture", b"", np.zeros((0, 4, 3), np.uint8), np.zeros((4, 4, 3), np.float32)):
        with pytest.raises(NotAPicture):
            library.add(Asset("", Expression.neutral(), frame=2), rubbish, VECTOR)
    for wrong in (VECTOR[:-1], np.full(EMBEDDING_SIZE, np.nan), "words"):
        with pytest.raises(BadExpression):
            library.add(Asset("", Expression.neutral(), frame=2), rgba, wrong)
    assert len(library) == 1
    assert library.check().leftovers == ()


def test_an_update_changes_what_is_said_and_a_reader_sees_it(filled):
    reader = Library.open(filled.path)
    old = next(iter(reader))
    filled.update(replace(old, text="changed", tags=("new",), rating=5.0))
    filled.log(Event("selected", old.id, user="ann"))
    back = reader.get(old.id)
    assert (back.text, back.tags, back.rating) == ("changed", ("new",), 5.0)
    assert reader.tags()["new"] == 1
    assert len(reader) == len(reader.snapshot()) == 300
    assert np.array_equal(reader.vectors([old.id]), filled.vectors([old.id]))
    _, at, _ = reader.nearest(filled.vectors([old.id])[0], 1)
    assert reader.snapshot().ids[at[0]].decode() == old.id
    assert reader.events(user="ann")[0].asset == old.id
    assert reader.events(user="bob") == []
    with pytest.raises(UnknownName):
        filled.update(replace(old, id="0" * 32))


def test_what_is_deleted_is_gone_everywhere(filled):
    reader = Library.open(filled.path)
    reader.snapshot()
    filled.flush()
    gone = [asset.id for asset in list(filled)[:100]]
    vector = filled.vectors(gone[:1])[0]
    assert filled.delete([*gone, "nobody"]) == 100
    for library in (filled, reader, Library.open(filled.path)):
        assert len(library) == len(library.snapshot()) == 200
        shot, at, _ = library.nearest(vector, 300)
        assert len(at) == 200
        assert gone[0].encode() not in shot.ids[at]
        with pytest.raises(UnknownName):
            library.get(gone[0])
    assert len(list((filled.path / "pictures").rglob("*.png"))) == 200
    filled.flush()
    assert filled.check(repair=True).is_sound


def test_new_vectors_for_assets_of_an_older_model(filled):
    newer = Library.open(filled.path, model="mien-joint/99")
    assert newer.outdated()
    assert not newer.check().is_sound
    flipped = {}

    def embed(assets):
        vectors = np.roll(np.tile(VECTOR, (len(assets), 1)), len(flipped), axis=1)
        flipped.update({asset.id: v for asset, v in zip(assets, vectors, strict=True)})
        return vectors

    seen = []
    # Stopped after the first batch: the rest stays as it is, and the next call goes on with it.
    assert newer.reembed(embed, batch=128, progress=lambda *now: seen.append(now), stop=lambda: bool(flipped)) == 128
    assert seen == [(0, 300), (128, 300)]
    assert newer.outdated() == 172
    assert newer.reembed(embed, batch=128) == 172
    assert len(flipped) == 300
    assert newer.outdated() == 0
    assert newer.check().is_sound
    assert len(newer.nearest(VECTOR, 300)[1]) == 300


def test_what_is_changed_while_it_is_embedded_anew_stays_changed(filled):
    newer = Library.open(filled.path, model="mien-joint/99")
    one, other = (i.decode() for i in newer.snapshot().ids[:2])
    meanwhile = []

    def embed(assets):
        if not meanwhile:
            meanwhile.append(one)
            newer.update(replace(newer.get(one), text="said meanwhile"), np.roll(VECTOR, 7))
            # Stars alone keep the old vector, which must be made anew all the same.
            newer.update(replace(newer.get(other), rating=4.0))
        return np.tile(VECTOR, (len(assets), 1))

    newer.reembed(embed, batch=64)
    assert newer.outdated() == 0
    assert newer.get(one).text == "said meanwhile"
    assert newer.vectors([one])[0] == pytest.approx(np.roll(VECTOR, 7), abs=1e-6)
    assert newer.get(other).rating == 4.0
    assert newer.vectors([other])[0] == pytest.approx(VECTOR, abs=1e-6)


def test_check_finds_what_is_wrong_and_repair_removes_what_is_nobodys(filled):
    pictures = filled.path / "pictures"
    (pictures / "ab").mkdir(exist_ok=True)
    (pictures / "ab" / ".writing-1-x.png").write_bytes(b"half")
    (pictures / "ab" / "orphan.png").write_bytes(b"whole")
    report = filled.check()
    assert report.is_sound
    assert len(report.leftovers) == 2
    assert filled.check(repair=True).repaired
    assert filled.check().leftovers == ()

    victims = list(filled)[:2]
    (pictures / victims[0].picture).unlink()
    whole = (pictures / victims[1].picture).read_bytes()
    (pictures / victims[1].picture).write_bytes(whole[:-4] + b"abcd")
    assert len(filled.check().findings) == 1
    report = filled.check(deep=True)
    assert [victim.id in finding for victim, finding in zip(victims, report.findings, strict=True)]
    assert not report.is_sound
    with pytest.raises(InputError, match="check"):
        filled.picture(victims[0].id)


def test_what_is_no_library_says_so(tmp_path, filled):
    for path in (tmp_path / "nowhere", tmp_path):
        assert not Library.exists(path)
        with pytest.raises(NotALibrary, match="holds no mien library"):
            Library.open(path)
    (tmp_path / "mien-library.db").write_bytes(b"Dear diary, this is no database." * 100)
    with pytest.raises(NotALibrary):
        Library.open(tmp_path)
    (tmp_path / "mien-library.db").unlink()
    other = sqlite3.connect(tmp_path / "mien-library.db")
    other.execute("CREATE TABLE t (x)")
    other.close()
    with pytest.raises(NotALibrary):
        Library.open(tmp_path)
    with pytest.raises(InputError, match="already"):
        Library.create(filled.path)


def test_a_library_of_a_newer_mien_is_left_alone(filled):
    filled.close()
    raw = sqlite3.connect(filled.path / "mien-library.db")
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(NotALibrary, match="newer"):
        Library.open(filled.path)


def test_a_library_of_the_first_version_opens_and_takes_faces(filled):
    filled.close()
    raw = sqlite3.connect(filled.path / "mien-library.db")
    raw.execute("ALTER TABLE assets DROP COLUMN face")
    raw.execute("PRAGMA user_version = 1")
    raw.commit()
    raw.close()
    with Library.open(filled.path) as library:
        assert len(library) == 300
        assert {library.get(i.decode()).face for i in library.snapshot().ids} == {None}
        seen = replace(library.get(library.snapshot().ids[0].decode()), id="", shot="sh9", face=(0.25, 0.25, 0.5, 0.75))
        assert library.get(library.add(seen, picture(301), VECTOR)).face == seen.face


def test_an_older_library_is_migrated_in_one_transaction(filled):
    def add_column(connection):
        connection.execute(text("ALTER TABLE assets ADD COLUMN mood VARCHAR"))

    def fail(connection):
        raise RuntimeError("power cut")

    def columns():
        with filled._database.reading() as connection:
            return {row[1] for row in connection.execute(text("PRAGMA table_info(assets)"))}

    steps = {schema.VERSION: add_column, schema.VERSION + 1: fail}
    target = schema.VERSION + 2
    with pytest.raises(RuntimeError), filled._database.writing() as connection:
        schema.migrate(connection, where="here", version=target, migrations=steps)
    assert "mood" not in columns()
    with filled._database.writing() as connection:
        schema.migrate(connection, where="here", version=target - 1, migrations=steps)
        assert schema.version_of(connection, where="here") == target - 1
    assert "mood" in columns()
    assert len(filled) == 300


def test_a_library_can_be_copied_and_moved(filled, tmp_path):
    filled.flush()
    filled.close()
    shutil.copytree(filled.path, tmp_path / "copy")
    with Library.open(tmp_path / "copy") as copy:
        assert copy.check(deep=True).is_sound
        assert len(copy.snapshot()) == 300
