"""`mien character`: a model is judged, brought, used and taken away; mistakes get a sentence."""

import json

import pytest
from foreign import glb
from PIL import Image

pytestmark = pytest.mark.usefixtures("weights")


@pytest.fixture(scope="module")
def vrm(bald_head, tmp_path_factory):
    """Somebody's VRM 1 file, without a smile."""
    path = tmp_path_factory.mktemp("models") / "ada.vrm"
    path.write_bytes(glb(bald_head, vrm=1, names=lambda n: None if n.startswith("cheekPuff") else n))
    return path


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("MIEN_CONFIG", str(tmp_path / "config"))
    return tmp_path / "config" / "characters"


def test_a_model_is_judged_in_words_in_json_and_on_a_sheet(mien, vrm, tmp_path, documented):
    code, out, err = mien("character", "check", vrm, "--sheet", tmp_path / "sheet.png")
    assert (code, err) == (0, "")
    for said in ("VRM 1", "A. Nobody", "redistribution", "cheekPuff", "missing", "bone"):
        assert said in out
    assert Image.open(tmp_path / "sheet.png").width > 1500
    code, out, _ = mien("character", "check", vrm, "--style", "realistic", "--json")
    told = json.loads(out)
    assert code == 0
    (fields,) = documented("`mien.import/1`")
    assert set(told) == fields
    assert told["missing"] == ["cheekPuff"]
    assert told["shapes"]["jawOpen"] == {"from": "jawOpen", "exact": True, "weak": False}
    assert told["character"]["style"] == "realistic"


def test_a_character_is_brought_used_and_taken_away(mien, vrm, home, tmp_path):
    code, out, _ = mien("character", "add", vrm, "--name", "Ada", "--style", "stylized3d", "--json")
    assert (code, json.loads(out)["schema"]) == (0, "mien.import/1")
    _, out, _ = mien("cast", "--json")
    ada = next(c for c in json.loads(out)["characters"] if c["id"] == "ada")
    assert ada["kind"] == "imported"
    assert "author: A. Nobody, B. Noone" in ada["licence"]

    smile = tmp_path / "smile.json"
    smile.write_text(json.dumps({"coefficients": {"mouthSmileLeft": 0.8, "mouthSmileRight": 0.8}}))
    code, _, err = mien("map", smile, "--to", "ada", "-o", tmp_path / "ada.png", "--size", "96")
    assert (code, err) == (0, "")
    assert Image.open(tmp_path / "ada.png").size == (96, 96)
    code, _, err = mien("map", smile, "--to", "ada", "-o", tmp_path / "ada.svg")
    assert code == 2
    assert "imported, not drawn" in err
    code, out, _ = mien("export", "ada", "-o", tmp_path / "out.glb")
    assert code == 0
    assert "A. Nobody" in out

    code, out, _ = mien("character", "remove", "ada", "--json")
    assert (code, len(json.loads(out)["files"])) == (0, 2)
    assert list(home.iterdir()) == []


def test_a_character_is_called_as_its_file_unless_a_name_is_given(mien, vrm, tmp_path):
    hero = tmp_path / "Lady Hero.vrm"
    hero.write_bytes(vrm.read_bytes())
    code, out, _ = mien("character", "add", hero, "--json")
    assert code == 0
    character = json.loads(out)["character"]
    assert (character["id"], character["name"], character["style"]) == ("lady_hero", "Lady Hero", "anime")


def test_mistakes_get_one_sentence(mien, vrm, tmp_path):
    torn = tmp_path / "torn.vrm"
    torn.write_bytes(vrm.read_bytes()[:5000])
    for arguments, said in (
        (("check", torn), "torn.vrm: This .glb is cut short"),
        (("check", tmp_path / "none.glb"), "none.glb: No such file"),
        (("add", vrm, "--name", "Ada", "--style", "manga"), "Unknown style"),
        (("add", tmp_path / "rig.fbx"), ".glb"),
        (("add", vrm, "--name", "Mika", "--style", "anime"), "already"),
        (("add", vrm, "--id", "all"), "'all' means several characters at once"),
        (("add", vrm, "--id", "four"), "'four' means several characters at once"),
        (("check", tmp_path), "is a folder. Name one character file in it"),
        (("remove", "mika"), "comes with mien"),
        (("check", vrm, "--sheet", tmp_path / "sheet.gif"), ".png"),
    ):
        code, out, err = mien("character", *arguments)
        assert (code, out) == (2, "")
        assert said in err
        assert len(err.strip().splitlines()) == 1
