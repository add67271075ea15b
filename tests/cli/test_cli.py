"""The command line as a user meets it: results, JSON that keeps its promises, and one clear line for every mistake."""

import json
import os
import re
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data as sample_pictures

from mien.core.expression import Expression
from mien.core.looks import look

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.usefixtures("weights"), pytest.mark.xdist_group("library")]


@pytest.fixture(scope="session")
def astronaut(tmp_path_factory):
    path = tmp_path_factory.mktemp("photos") / "astronaut.png"
    Image.fromarray(sample_pictures.astronaut()).save(path)
    return path


def test_read_shows_a_smile(mien, astronaut):
    code, out, _ = mien("read", astronaut)
    assert code == 0
    assert "happiness" in out
    assert "mouthSmileLeft" in out


def test_read_json_is_as_documented(mien, documented, astronaut, tmp_path):
    code, out, _ = mien("read", astronaut, "--json", "--overlay", tmp_path / "over.png")
    assert code == 0
    reading = json.loads(out)
    assert set(reading) == documented("`mien read PHOTO --json`")[0]
    assert set(reading["expression"]) == documented("## `mien.expression/1`")[0]
    expression = Expression.from_dict(reading["expression"])
    assert expression.emotion.top == "happiness"
    assert expression["mouthSmileLeft"] > 0.6
    assert reading["expression"]["certainty"]["tongueOut"] == 0
    with Image.open(tmp_path / "over.png") as overlay:
        assert overlay.width == overlay.height >= 512
        drawn = np.asarray(overlay.convert("RGB").resize((512, 512)), int)
        assert np.abs(drawn - sample_pictures.astronaut()).max() > 60


def test_map_writes_one_picture_per_style_and_says_so_in_json(mien, documented, astronaut, tmp_path):
    code, out, _ = mien("map", astronaut, "-o", tmp_path / "out", "--size", 128, "--json")
    assert code == 0
    mapping = json.loads(out)
    top, character, _ = documented("`mien map PHOTO --to ... --json`")
    assert set(mapping) == top
    assert {c["style"] for c in mapping["characters"]} == {"realistic", "cartoon", "anime", "stylized3d"}
    for entry in mapping["characters"]:
        assert set(entry) == character
        assert entry["bounded"]["mouthSmileLeft"] > 0.5
        with Image.open(entry["picture"]) as picture:
            assert picture.size == (128, 128)


def test_map_takes_a_saved_expression_and_writes_svg_of_a_drawn_character(mien, tmp_path):
    saved = tmp_path / "wink.json"
    saved.write_text(look("wink").to_json())
    code, _, _ = mien("map", saved, "--to", "otto", "-o", tmp_path / "otto.svg")
    assert code == 0
    assert (tmp_path / "otto.svg").read_text().startswith("<svg")
    code, out, _ = mien("map", saved, "--to", "otto", "-o", tmp_path / "otto.png", "--json")
    assert json.loads(out)["reading"] is None


def test_a_style_file_of_ones_own_bounds_what_a_borrowed_cast_does(mien, tmp_path):
    saved = tmp_path / "smile.json"
    saved.write_text(look("happiness").to_json())
    style = tmp_path / "noir.toml"
    ranges = "\n".join(f"{region} = [0.4, 0.6]" for region in ("mouth", "eye", "brow", "cheek"))
    style.write_text(f'[[style]]\nid = "noir"\ncast = "cartoon"\n[style.ranges]\n{ranges}\n')
    code, out, err = mien("map", saved, "--to", "noir", "--style-file", style, "-o", tmp_path / "out", "--json")
    assert code == 0, err
    for entry in json.loads(out)["characters"]:
        assert entry["character"]["style"] == "cartoon"
        assert entry["style"] == "noir"
        assert max(entry["bounded"].values()) <= 0.2 + 1e-6


def test_search_json_is_as_documented_and_finds_by_photo_words_and_emotion(
    mien, documented, small_library, astronaut, tmp_path
):
    code, out, _ = mien("search", "--image", astronaut, "-l", small_library, "-k", 8, "--json")
    assert code == 0
    result = json.loads(out)
    top, hit_fields = documented("`mien search ... --json`")
    assert set(result) == top
    assert len(result["hits"]) == 8
    for hit in result["hits"]:
        assert set(hit) == hit_fields
        assert sum(f["contribution"] for f in hit["factors"].values()) == pytest.approx(hit["score"], abs=1e-3)
        assert hit["asset"]["emotion"]["valence"] > 0
    assert [h["score"] for h in result["hits"]] == sorted((h["score"] for h in result["hits"]), reverse=True)

    code, out, _ = mien("search", "-t", "wink", "-l", small_library, "-s", "cartoon", "-k", 3, "--json")
    assert all(h["asset"]["style"] == "cartoon" for h in json.loads(out)["hits"])
    assert "wink" in json.loads(out)["hits"][0]["asset"]["tags"]

    sheet = tmp_path / "sheet.png"
    code, out, _ = mien("search", "-e", "sadness=0.9", "-l", small_library, "--sheet", sheet)
    assert code == 0
    assert "sadness" in out
    with Image.open(sheet) as picture:
        assert picture.width > 500


def test_add_reads_a_folder_reports_what_it_could_not_and_is_idempotent(mien, astronaut, tmp_path):
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "one.png").write_bytes(astronaut.read_bytes())
    (folder / "text.jpg").write_text("I am no picture")
    Image.new("RGB", (200, 200), "green").save(folder / "meadow.png")
    code, out, _ = mien("add", folder, "-l", tmp_path / "lib", "--json")
    assert code == 0
    report = json.loads(out)
    assert (report["schema"], report["added"], report["skipped"]) == ("mien.ingest/1", 1, 0)
    assert {Path(p["path"]).name for p in report["problems"]} == {"text.jpg", "meadow.png"}
    code, out, _ = mien("add", folder, "-l", tmp_path / "lib")
    assert "0 expressions added" in out
    code, out, _ = mien("library", "check", "-l", tmp_path / "lib")
    assert code == 0
    assert "sound" in out


def test_cast_and_styles_and_setup_list_what_there_is(mien):
    code, out, _ = mien("cast", "--json")
    styles = [c["style"] for c in json.loads(out)["characters"]]
    assert code == 0
    assert all(styles.count(s) >= 2 for s in ("realistic", "cartoon", "anime", "stylized3d"))
    code, out, _ = mien("styles", "--json")
    assert json.loads(out)["styles"][0]["ranges"]["mouth"] == [0.15, 0.85]
    code, out, _ = mien("setup", "--list")
    assert code == 0
    assert "Apache-2.0" in out
    assert "CC0" in out


def test_a_sculpted_character_is_exported_and_a_drawn_one_says_why_not(mien, tmp_path):
    code, out, _ = mien("export", "elena", "-o", tmp_path / "new" / "elena.glb", "--json")
    told = json.loads(out)
    data = Path(told["path"]).read_bytes()
    assert (code, told["schema"], told["character"], told["bytes"]) == (0, "mien.export/1", "elena", len(data))
    assert data[:4] == b"glTF"
    for arguments, said in (
        (("mika", "-o", tmp_path / "mika.glb"), "drawn and has no mesh"),
        (("elena", "-o", tmp_path / "elena.fbx"), "ends in .glb"),
        (("elenna", "-o", tmp_path / "elena.glb"), "Did you mean elena"),
    ):
        code, out, err = mien("export", *arguments)
        assert (code, out) == (2, "")
        assert said in err
        assert len(err.strip().splitlines()) == 1
    assert not (tmp_path / "mika.glb").exists()


def png_header(width, height):
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))


@pytest.fixture
def bad(tmp_path, astronaut):
    """Every kind of bad picture by name."""
    photo = sample_pictures.astronaut()
    files = {}

    def keep(name, content):
        files[name] = tmp_path / f"{name}.{'png' if name != 'truncated' else 'jpg'}"
        files[name].write_bytes(content)

    keep("text", b"Dear diary, this is no picture.")
    keep("empty", b"")
    keep("huge", png_header(30_000, 30_000))
    whole = tmp_path / "whole.jpg"
    Image.fromarray(photo).save(whole, quality=90)
    keep("truncated", whole.read_bytes()[: whole.stat().st_size // 2])
    for name, picture in {
        "faceless": np.full((300, 300, 3), (90, 140, 90), np.uint8),
        "tiny": np.asarray(Image.fromarray(photo).resize((56, 56))),
        "cut_off": photo[:, 222:],
    }.items():
        files[name] = tmp_path / f"{name}.png"
        Image.fromarray(picture).save(files[name])
    files["missing"] = tmp_path / "nowhere.png"
    files["folder"] = tmp_path
    return files


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("text", "picture"), ("empty", "picture"), ("huge", "30000|30,000"),
        ("truncated", "cut short|truncated|incomplete"),
        ("faceless", "[Nn]o face"), ("tiny", "24"), ("cut_off", "cut off"), ("missing", "no file|not exist"),
        ("folder", "folder"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["read", "map", "search"])
def test_a_bad_picture_gets_one_line_and_exit_code_2(mien, bad, small_library, command, name, says, tmp_path):
    out_folder = tmp_path / "never"
    arguments = {
        "read": ("read", bad[name], "--overlay", out_folder / "o.png"),
        "map": ("map", bad[name], "-o", out_folder),
        "search": ("search", "--image", bad[name], "-l", small_library, "--sheet", out_folder / "s.png"),
    }[command]
    code, out, err = mien(*arguments)
    assert code == 2
    assert out == ""
    assert re.search(says, err), err
    assert err.startswith("mien: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not out_folder.exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("map", "{photo}", "--to", "mikka"), "mika"),
        (("map", "{photo}", "--to", "cartoonish"), "cartoon"),
        (("map", "{photo}", "--to", "all", "-o", "one.png"), "folder"),
        (("map", "{photo}", "--to", "elena", "-o", "{tmp}/x.svg"), "sculpted"),
        (("map", "{photo}", "--style", "realstic"), "realistic"),
        (("map", "{photo}", "--style-file", "{tmp}/none.toml"), "none.toml"),
        (("read", "{photo}", "--face", "7"), "one face"),
        (("search", "-e", "hapiness=1"), "happiness"),
        (("search", "-e", "happiness"), "happiness"),
        (("search", "-c", "jawOpn=1"), "jawOpen"),
        (("search", "-c", "jawOpen"), "name=number"),
        (("search", "--image", "{photo}", "--style", "animee"), "anime"),
        (("search", "--image", "{photo}", "--character", "oto"), "otto"),
        (("search", "-t", "wink", "-l", "{tmp}"), "library"),
        (("search",), "Say what"),
        (("add", "{tmp}/none", "-l", "{tmp}/lib"), "none"),
        (("library", "sing"), "info, check, duplicates, weights or learned"),
        (("serve", "--host", "0.0.0.0"), "token"),
        (("serve", "-l", "{tmp}/nolib"), "nolib"),
        (("read", "{photo}/x"), "There is no file"),
        (("read", "{photo}", "--overlay", "{photo}"), "would be lost"),
        (("read", "{photo}", "--overlay", "/proc/x.png"), "Choose another place for it."),
        (("search", "--image", "{photo}", "--sheet", "{photo}"), "would be lost"),
        (("map", "{photo}", "--to", "mika", "-o", "{photo}"), "would be lost"),
        (("map", "{photo}", "--to", "{photo}", "-o", "{photo}"), "would be lost"),
        (("map", "{photo}", "--to", "mika", "-o", "{tmp}/x.webp"), "x.webp should end in .png, .jpg or .svg."),
        (("map", "{photo}", "--to", "all", "-o", "{tmp}/x.tif"), "x.tif should end in"),
        (("map", "{photo}", "--to", ""), "--to names nobody"),
        (("search", "-c", "jawOpen=2"), "jawOpen is 2"),
        (("add", "{tmp}", "-l", "{tmp}/lib"), "holds no pictures"),
        (("add", "{photos}", "-l", "{photo}"), "is a file, and a library is a folder"),
    ],
)
def test_every_other_mistake_gets_one_line_and_exit_code_2(
    mien, astronaut, small_library, arguments, says, tmp_path, monkeypatch
):
    monkeypatch.setenv("MIEN_LIBRARY", str(small_library))
    filled = [a.format(photo=astronaut, photos=astronaut.parent, tmp=tmp_path) for a in arguments]
    code, _, err = mien(*filled)
    assert code == 2, err
    assert says in err
    assert "Traceback" not in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("saved", "says"),
    [
        ('{"coefficients": {"jawOpen": "a"}}', "saved.json: jawOpen must be a number between 0 and 1, not 'a'."),
        ('{"coefficients": {}, "certainty": 5}', 'saved.json: "certainty" must be an object'),
        ("{", "saved.json is not JSON"),
    ],
)
def test_a_saved_expression_with_a_slip_is_named(mien, tmp_path, saved, says):
    (tmp_path / "saved.json").write_text(saved)
    code, _, err = mien("map", tmp_path / "saved.json", "--to", "mika", "-o", tmp_path / "out.png")
    assert code == 2
    assert says in err


def test_a_search_without_hits_says_why_and_writes_no_sheet(mien, small_library, tmp_path):
    sheet = tmp_path / "sheet.png"
    search = ("search", "-s", "cartoon", "-l", small_library)
    code, out, err = mien(*search, "--tag", "wink", "--offset", "200", "--sheet", sheet)
    assert code == 0
    assert re.match(r"Only \d+ match(es)? all of that: nothing is left past --offset 200\.", out)
    assert "No sheet was written" in err
    code, out, _ = mien(*search, "--min-rating", "5", "--sheet", sheet, "--json")
    assert (code, json.loads(out)["hits"]) == (0, [])
    assert not sheet.exists()


def test_ones_own_pictures_are_found_by_their_files_names(mien, astronaut, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "eileen.png").write_bytes(astronaut.read_bytes())
    mien("add", tmp_path / "photos", "-l", tmp_path / "lib")
    code, out, _ = mien("search", "-t", "smile", "-l", tmp_path / "lib", "--sheet", tmp_path / "sheet.png")
    assert code == 0
    assert "eileen.png" in out


def test_a_folder_of_which_nothing_can_be_read_says_so(mien, tmp_path):
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png"):
        (tmp_path / "photos" / name).write_text(f"{name} is no picture")
    code, out, _ = mien("add", tmp_path / "photos", "-l", tmp_path / "lib")
    assert code == 0
    assert out.startswith("None of the 2 pictures could be read")


@pytest.mark.parametrize("command", [("read", "-"), ("map", "-", "--to", "mika", "-o", "{tmp}/out.png")])
def test_a_picture_may_come_on_standard_input(mien, astronaut, tmp_path, monkeypatch, command):
    with astronaut.open() as piped:
        monkeypatch.setattr(sys, "stdin", piped)
        code, out, err = mien(*(part.format(tmp=tmp_path) for part in command))
    assert code == 0, err
    assert "happiness" in out


def test_several_faces_are_counted_and_can_be_chosen(mien, tmp_path):
    photo = sample_pictures.astronaut()[:300, 60:400]
    both = np.concatenate([photo, np.asarray(Image.fromarray(photo[:, ::-1]).resize((340, 300)))], axis=1)
    path = tmp_path / "both.png"
    Image.fromarray(both).save(path)
    code, out, _ = mien("read", path)
    assert code == 0
    assert "2 faces" in out
    code, out, _ = mien("read", path, "--face", "2", "--json")
    assert json.loads(out)["face"] == 2
    code, _, err = mien("read", path, "--face", "3")
    assert code == 2
    assert "2" in err


def test_a_port_in_use_gets_one_line(mien, small_library):
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = mien("serve", "--port", port, "-l", small_library)
    assert code == 2
    assert str(port) in err
    assert "Traceback" not in err


def test_ctrl_c_says_what_is_kept(mien, monkeypatch):
    def stopped(self):
        raise KeyboardInterrupt

    monkeypatch.setattr("mien.studio.Studio.styles", stopped)
    assert mien("styles") == (130, "", "mien: Stopped. What was saved until now is kept.\n")


@pytest.mark.parametrize("arguments", [("cast",), ("styles", "--json"), ("--help",)])
def test_a_pipe_whose_reader_has_enough_is_no_failure(arguments):
    process = subprocess.Popen(
        [sys.executable, "-c", "from mien.cli import main; main()", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    assert process.stderr.read() == ""
    assert process.wait(timeout=60) == 0


def test_a_missing_weight_is_our_fault_and_says_what_to_run(astronaut, tmp_path):
    # A process of its own: networks that are open already need no file.
    out = subprocess.run(
        [sys.executable, "-c", "from mien.cli import main; main()", "read", str(astronaut)],
        env={**os.environ, "MIEN_CACHE": str(tmp_path / "empty")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.returncode == 1
    assert "mien setup" in out.stderr
    assert "Traceback" not in out.stderr


def test_importing_mien_loads_nothing_heavy():
    heavy = ("numpy", "cv2", "onnxruntime", "ai_edge_litert", "faiss", "numba", "fastapi", "pydantic", "typer")
    script = f"import mien, sys; print([m for m in {heavy} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
