"""Characters that users bring: added, kept, found by everything that takes a character, and removed."""

import shutil

import pytest
from foreign import glb

from mien.core.arkit import as_coefficients
from mien.core.looks import look
from mien.errors import BadFile, InputError, UnknownName
from mien.formats import gltf
from mien.studio import Studio, export, importing, pictures

pytestmark = pytest.mark.usefixtures("weights")


@pytest.fixture(scope="module")
def vrm(bald_head, tmp_path_factory):
    """Somebody's VRM 0 file."""
    path = tmp_path_factory.mktemp("desk") / "Stranger v2.vrm"
    path.write_bytes(glb(bald_head, vrm=0))
    return path


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty configuration folder."""
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config" / "characters"


def test_an_added_character_is_everywhere_until_it_is_removed(home, vrm):
    understood, told = importing.add(Studio(), vrm, name="Lady Stranger", style="anime")
    assert told == home / "lady_stranger.toml"
    assert sorted(f.name for f in home.iterdir()) == ["lady_stranger.toml", "lady_stranger.vrm"]
    assert (home / "lady_stranger.vrm").read_bytes() == vrm.read_bytes()
    assert understood.format == "VRM 0"
    assert understood.missing == ()

    studio = Studio()
    info = next(i for i in studio.cast() if i.id == "lady_stranger")
    assert (info.name, info.style, info.kind) == ("Lady Stranger", "anime", "imported")
    assert info.description == f"From {vrm.name}."
    assert "author: A. Nobody" in info.licence
    assert "commercial use: Disallow" in info.licence
    (mapped,) = studio.map(look("happiness"), "lady_stranger")
    assert studio.render(mapped, 96).shape == (96, 96, 4)
    assert studio.svg(mapped) is None
    assert info in [i for i, _ in studio.targets("anime")]
    assert gltf.read(export.glb(studio, "lady_stranger")).terms["author"] == "A. Nobody"

    gone = importing.remove(Studio(), "lady_stranger")
    assert {f.name for f in gone} == {"lady_stranger.toml", "lady_stranger.vrm"}
    assert list(home.iterdir()) == []
    assert "lady_stranger" not in [i.id for i in Studio().cast()]


def test_a_bare_model_is_a_character_and_a_file_beside_it_speaks_for_it(home, vrm):
    home.mkdir(parents=True)
    shutil.copy(vrm, home / "Guest.vrm")
    (info,) = [i for i in Studio().cast() if i.kind == "imported"]
    assert (info.id, info.name, info.style) == ("guest", "Guest", "anime")

    spec = 'id = "ada"\nname = "Ada"\nstyle = "cartoon"\nkind = "imported"\nfile = "Guest.vrm"\n'
    (home / "ada.toml").write_text(spec + "[features]\nnose_tip = [0.0, 1.47, 0.09]\n")
    studio = Studio()
    (info,) = [i for i in studio.cast() if i.kind == "imported"]
    assert (info.id, info.style) == ("ada", "cartoon")
    assert studio.character("ada").features(as_coefficients({})).shape == (31, 3)


def test_a_character_file_may_be_named_instead_of_kept(home, vrm):
    studio = Studio(characters=[vrm])
    assert studio.character("stranger_v2").info.name == "Stranger v2"
    assert not home.exists()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ('file = "../elsewhere.vrm"', "beside it"),
        ('file = "/etc/passwd"', "beside it"),
        ("", "needs file"),
    ],
)
def test_a_file_names_its_model_beside_it_and_nowhere_else(home, spec, message):
    home.mkdir(parents=True)
    (home / "x.toml").write_text(f'id = "x"\nname = "X"\nstyle = "anime"\nkind = "imported"\n{spec}\n')
    with pytest.raises(BadFile, match=message):
        Studio()


def test_a_damaged_model_is_named_when_it_is_asked_for_and_not_before(home):
    home.mkdir(parents=True)
    (home / "broken.glb").write_bytes(b"glTF" + bytes(40))
    studio = Studio()
    with pytest.raises(BadFile, match=r"broken\.glb"):
        studio.character("broken")


NOIR = """[[style]]
id = "noir"
cast = "cartoon"
ranges = { mouth = [0.3, 0.7], eye = [0.3, 0.7], brow = [0.3, 0.7], cheek = [0.3, 0.7] }
"""


@pytest.mark.parametrize("taken", ["all", "four", "mika", "anime"])
def test_nothing_of_ones_own_hides_what_a_word_means_already(home, vrm, taken):
    told = home.parent / "styles" / "mine.toml"
    told.parent.mkdir(parents=True)
    told.write_text(NOIR.replace("noir", taken))
    with pytest.raises(BadFile, match=rf"^{told}: .*'{taken}'.* another id"):
        Studio()
    told.write_text(NOIR)
    home.mkdir()
    shutil.copy(vrm, home / f"{taken}.vrm")
    with pytest.raises(BadFile, match=rf"^{home / taken}.vrm: .*'{taken}'.*rename the file"):
        Studio()


@pytest.mark.parametrize(
    ("kind", "added", "says"),
    [
        ("imported", 'file = "ada.vrm"\n[shapes]\njawOpen = "nope"', "shapes.jawOpen: Unknown shape of this"),
        ("imported", 'file = "ada.vrm"\n[frame]\nbelow = "x"', "frame.below must be a number"),
        ("imported", 'file = "ada.vrm"\n[features]\niris_left = [0, 1, 0]', "features.iris_left and"),
        ("drawn", "[hair]\ncolour = 3", " needs colours."),
        ("sculpted", "[hair]\ncolour = 3", " needs body.male."),
        ("drawn", 'style = "noir"', "style: Unknown style 'noir'"),
        ("drawn", "tags = 5", "tags must be a list of texts, not 5"),
        ("drawn", "id = ", "not valid TOML"),
    ],
)  # fmt: skip
def test_a_slip_in_a_characters_file_names_the_file_and_the_key(home, vrm, kind, added, says):
    home.mkdir(parents=True)
    shutil.copy(vrm, home / "ada.vrm")
    style = "" if added.startswith("style") else 'style = "anime"\n'
    told = home / "another name.toml"
    told.write_text(f'id = "hero"\nname = "Hero"\nkind = "{kind}"\n{style}{added}\n')
    with pytest.raises(BadFile) as error:
        Studio().character("hero")
    assert str(error.value).startswith(f"{told}")
    assert says in str(error.value)


def test_what_cannot_be_added_changes_nothing(home, vrm, tmp_path):
    studio = Studio()
    notes = tmp_path / "notes.txt"
    notes.write_text("no model")
    for arguments, error, message in (
        ((notes,), BadFile, "no .glb or .vrm"),
        ((tmp_path / "missing.glb",), BadFile, "Cannot read"),
        ((vrm, "mika"), InputError, "already"),
        ((vrm, "anime"), InputError, "already"),
        ((vrm, "Lady Stranger"), InputError, "lady_stranger"),
    ):
        path, identity = (*arguments, None)[:2]
        with pytest.raises(error, match=message):
            importing.add(studio, path, name="X", style="anime", character_id=identity)
    with pytest.raises(UnknownName, match="style"):
        importing.add(studio, vrm, name="X", style="manga")
    with pytest.raises(InputError, match="needs a name"):
        importing.add(studio, vrm, name=" ", style="anime")
    assert not home.exists()


def test_only_ones_own_are_removed(home):
    with pytest.raises(InputError, match="comes with mien"):
        importing.remove(Studio(), "mika")
    with pytest.raises(UnknownName, match="of your own"):
        importing.remove(Studio(), "nobody")


def test_a_model_is_judged_without_being_kept(home, vrm):
    studio = Studio()
    understood = importing.understand(studio, vrm, style="stylized3d")
    assert understood.eyes_by == "bone"
    assert understood.shapes["jawOpen"] == "jawOpen"
    assert "eyeLookUpLeft" not in understood.exact
    assert understood.places["chin"][1] < understood.places["nose_tip"][1] < understood.places["iris_left"][1]
    sheet = pictures.check_sheet(studio, understood.character, cell=48)
    assert sheet.shape[1] > 8 * 48
    # Eight emotions are eight different pictures.
    cells = {sheet[32:76, 118 + k * 52 : 160 + k * 52].tobytes() for k in range(8)}
    assert len(cells) == 8
    assert not home.exists()


def test_a_drawn_character_is_no_model_to_judge(home, tmp_path):
    told = tmp_path / "x.toml"
    told.write_text('id = "x"\nname = "X"\nstyle = "anime"\nkind = "drawn"\n')
    with pytest.raises(InputError, match="no imported character"):
        importing.understand(Studio(), told)
