"""`mien map` onto pictures of characters, and of clips: files, JSON, and one clear line for every refusal."""

import json

import numpy as np
import pytest
from PIL import Image
from skimage import data as sample_pictures

from mien import resources
from mien.core.expression import Expression
from mien.core.looks import look
from mien.studio import Studio, pictures

pytestmark = [pytest.mark.usefixtures("weights"), pytest.mark.xdist_group("library")]


@pytest.fixture(autouse=True)
def _drawn_red(monkeypatch, reddens):
    shipped = resources.session
    monkeypatch.setattr(resources, "session", lambda name, **more: reddens if name == "mapper" else shipped(name))


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A photo, a saved smile, and pictures of two characters."""
    folder = tmp_path_factory.mktemp("desk")
    studio = Studio()
    for name in ("otto", "yuki"):
        (mapped,) = studio.map(Expression.neutral(), name, exact=True)
        pictures.save(studio.render(mapped, 320)[..., :3], folder / f"{name} at rest.png")
    Image.fromarray(sample_pictures.astronaut()).save(folder / "photo.png")
    (folder / "smile.json").write_text(look("happiness").to_json())
    return folder


def test_a_photo_goes_onto_a_picture_and_everything_else_stays(mien, documented, desk, tmp_path):
    out, heat = tmp_path / "new.png", tmp_path / "heat.png"
    target = desk / "otto at rest.png"
    code, told, err = mien("map", desk / "photo.png", "--to", target, "-o", out, "--heatmap", heat, "--json")
    assert code == 0, err
    mapping = json.loads(told)
    top, _, picture = documented("`mien map PHOTO --to ... --json`")
    assert set(mapping) == top
    assert mapping["characters"] == []
    (entry,) = mapping["pictures"]
    assert set(entry) == picture
    assert (entry["style"], entry["picture"], entry["heatmap"]) == ("cartoon", str(out), str(heat))
    assert 0 < entry["confidence"] <= 1
    assert entry["bounded"]["mouthSmileLeft"] > 0.5
    assert entry["target"]["reading"]["looks_like"] == "cartoon"
    before, after = np.asarray(Image.open(target)), np.asarray(Image.open(out))
    assert before.shape == after.shape
    changed = (before != after).any(axis=2).mean()
    assert 0 < changed <= entry["changed_share"] < 0.5
    with Image.open(heat) as shown:
        assert shown.width > 460


def test_pictures_and_characters_are_mixed_in_one_folder_and_confidence_is_shown(mien, desk, tmp_path):
    arguments = ("--to", desk / "otto at rest.png", "--to", "mika", "--to", desk / "yuki at rest.png")
    code, told, err = mien("map", desk / "smile.json", *arguments, "-o", tmp_path / "out", "--size", 64)
    assert code == 0, err
    names = {"smile-mika.png", "smile-otto at rest.png", "smile-yuki at rest.png"}
    assert {file.name for file in (tmp_path / "out").iterdir()} == names
    assert "confidence" in told
    assert "by its rig" in told
    assert "guess" in told


def test_a_saved_reading_of_a_drawn_face_is_mapped_like_its_picture(mien, desk, tmp_path):
    drawn = desk / "yuki at rest.png"
    _, read, _ = mien("read", drawn, "--json")
    (tmp_path / "yuki.json").write_text(read)
    results = []
    for source in (drawn, tmp_path / "yuki.json"):
        code, told, err = mien("map", source, "--to", "otto", "-o", tmp_path / "o.png", "--size", 64, "--json")
        assert code == 0, err
        results.append(json.loads(told)["characters"][0]["bounded"])
    assert results[0] == pytest.approx(results[1], abs=1e-4)


def test_a_clip_goes_onto_a_character_and_a_picture_frame_by_frame(mien, documented, desk, tmp_path):
    studio = Studio()
    take = tmp_path / "take"
    for i, amount in enumerate((0.0, 0.5, 1.0, 0.5, 0.0)):
        (mapped,) = studio.map(Expression(look("happiness").coefficients * amount), "zuri", exact=True)
        pictures.save(studio.render(mapped, 200)[..., :3], take / f"{i}.png")
    pictures.save(np.full((200, 200, 3), 90, np.uint8), take / "5.png")
    target, out = desk / "yuki at rest.png", tmp_path / "out"
    code, told, err = mien("map", take, "--to", target, "--to", "otto", "-o", out, "--size", 64, "--json")
    assert code == 0, err
    clip = json.loads(told)
    (top,) = documented("`mien map CLIP --to ... --json`")
    assert top >= set(clip) - {"head"}
    assert clip["unread"] == [6]
    assert clip["confidence"][5] == 0
    assert clip["jitter"]["steadied"] <= clip["jitter"]["read"]
    smile = clip["pictures"][0]["bounded"]["mouthSmileLeft"]
    assert len(smile) == len(clip["times_s"]) == 6
    assert int(np.argmax(smile)) == 2
    for folder in ("otto", "yuki at rest"):
        assert sorted(f.name for f in (out / folder).iterdir()) == [f"take.{i:04d}.png" for i in range(1, 7)]
    code, told, err = mien("map", take, "--to", target, "-o", tmp_path / "one.mp4")
    assert code == 0, err
    assert "of the peaks kept" in told
    assert (tmp_path / "one.mp4").stat().st_size > 1000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--to", "{desk}/photo.png"), "real person"),
        (("--to", "{desk}/none.png"), "no file"),
        (("--to", "{desk}"), "folder"),
        (("--to", "{desk}/smile.json"), "no picture"),
        (("--to", "{bad}/green.png"), "green.png cannot be redrawn. No face"),
        (("--to", "{bad}/tiny.png"), "tiny.png shows a face only"),
        (("--to", "{bad}/two.png"), "two.png shows 2 faces"),
        (("--to", "{bad}/two.png", "--target-face", "3"), "two.png has no face 3"),
        (("--to", "{bad}/short.png"), "short.png is damaged"),
        (("--to", "ottto"), "otto or odette? Nor is there a picture file"),
        (("--to", "{desk}/otto at rest.png", "--style", "animee"), "anime"),
        (("--to", "{desk}/otto at rest.png", "-o", "{tmp}/x.svg"), ".png"),
        (("--to", "{desk}/otto at rest.png", "-o", "{tmp}/x.mp4"), "no clip"),
        (("--to", "{desk}/otto at rest.png", "--to", "mika", "-o", "{tmp}/x.png"), "2 targets"),
        (("--to", "mika", "--heatmap", "{tmp}/heat.png"), "one target picture"),
        (("--to", "{desk}/otto at rest.png", "--heatmap", "{tmp}/heat.gif"), ".png"),
    ],
)
def test_every_refusal_is_one_line_exit_code_2_and_leaves_nothing(
    mien, desk, tmp_path_factory, arguments, says, tmp_path
):
    bad = tmp_path_factory.mktemp("bad")
    yuki = np.asarray(Image.open(desk / "yuki at rest.png"))
    Image.new("RGB", (300, 300), "green").save(bad / "green.png")
    Image.fromarray(yuki).resize((72, 72)).save(bad / "tiny.png")
    Image.fromarray(np.concatenate([yuki, yuki[:, ::-1]], axis=1)).save(bad / "two.png")
    whole = (desk / "yuki at rest.png").read_bytes()
    (bad / "short.png").write_bytes(whole[: len(whole) // 2])
    filled = [a.format(desk=desk, bad=bad, tmp=tmp_path) for a in arguments]
    if "-o" not in filled:
        filled += ["-o", str(tmp_path / "out")]
    code, out, err = mien("map", desk / "photo.png", *filled)
    assert (code, out) == (2, ""), err
    assert says in err
    assert err.startswith("mien: ")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
