"""What anyone who builds or reads the data set of the cast relies on."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from research import research_folder

from mien.core.arkit import as_coefficients
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS, emotion_of, prototype
from mien.core.facs import to_units
from mien.core.style import built_in_styles
from mien.errors import BadFile, InputError, UnknownName
from mien_lab.data import Dataset, Labels, build, check
from mien_lab.data.build import plan_for
from mien_lab.data.labels import UNITS, units_of
from mien_lab.data.masks import BIT, region_masks
from mien_lab.data.plan import AT_ONCE, BLOCK, ENCORE, FRAMES, HELD_OUT, SCAN, TWO_FROM, Plan, Scans, shown

SEED = 3
SIZE = 48
PICTURES = 60
SCANS = research_folder() / "ict_facekit.npz"
needs_scans = pytest.mark.skipif(not SCANS.is_file(), reason="ict_facekit.npz is not at hand")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sets") / "small"
    build(path, pictures=PICTURES, seed=SEED, size=SIZE, workers=1)
    return path


@pytest.fixture(scope="module")
def data(folder) -> Dataset:
    return Dataset(folder)


def test_a_set_is_read_back_as_pictures_masks_and_labels(data):
    example = data[-1]

    assert len(data) == len(data.labels) == PICTURES
    assert example.picture.shape == (SIZE, SIZE, 3)
    assert example.mask.shape == (SIZE, SIZE)
    assert example.mask.dtype == example.picture.dtype == np.uint8
    assert example.labels.picture[0] == PICTURES - 1
    assert np.array_equal(example.picture, data.picture(PICTURES - 1))
    with pytest.raises(IndexError):
        data[PICTURES]


def test_pictures_of_a_pair_show_one_expression_once_in_every_style(data):
    labels = data.labels
    styles = data.index.plan.styles
    pairs = [rows for rows in data.pairs() if len(rows) == len(styles)]

    assert len(pairs) == PICTURES // len(styles)
    for rows in pairs:
        assert sorted(labels.style[rows]) == sorted(styles)
        assert (labels.source[rows] == labels.source[rows[0]]).all()
        assert (labels.emotion[rows] == labels.emotion[rows[0]]).all()


def test_labels_follow_from_the_coefficients_by_rule(data):
    labels = data.labels
    for i in range(0, PICTURES, 7):
        emotion = emotion_of(as_coefficients(labels.source[i]))
        np.testing.assert_allclose(labels.emotion[i], emotion.probabilities, atol=1e-5)
        assert labels.valence[i] == pytest.approx(emotion.valence, abs=1e-5)
        bounds = built_in_styles()[str(labels.style[i])].bounds
        assert (labels.bounded[i] <= bounds + 1e-6).all()
        np.testing.assert_allclose(labels.units[i], units_of(labels.bounded[i]), atol=1e-6)


def test_action_units_in_a_fixed_order_are_those_of_facs():
    x = prototype("contempt").coefficients
    vector = dict(zip(UNITS, units_of(x), strict=True))
    for code, value in to_units(x).items():
        if code in vector:
            assert vector[code] == pytest.approx(value, abs=1e-4)
        else:
            assert (vector[f"L{code[2:]}"] + vector[f"R{code[2:]}"]) / 2 == pytest.approx(value, abs=1e-4)


def test_the_same_seed_gives_the_same_bytes_whatever_the_number_of_processes(folder, tmp_path):
    build(tmp_path / "again", pictures=PICTURES, seed=SEED, size=SIZE, workers=2)

    for name in ("dataset.json", "DATA.md", "shards/00000.zip", "shards/00000.npz"):
        assert (tmp_path / "again" / name).read_bytes() == (folder / name).read_bytes(), name


def test_an_interrupted_build_keeps_whole_shards_and_grows_on_request(folder, tmp_path, monkeypatch):
    for module in ("index", "build", "dataset", "shard"):
        monkeypatch.setattr(f"mien_lab.data.{module}.SHARD", 8, raising=False)
    there = tmp_path / "set"

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    build(there, pictures=8, seed=SEED, size=SIZE, workers=1)
    first = (there / "shards" / "00000.zip").stat().st_mtime_ns
    with pytest.raises(KeyboardInterrupt):
        build(there, pictures=12, seed=SEED, size=SIZE, workers=1, progress=stop)
    with pytest.raises(BadFile, match="not finished"):
        Dataset(there)
    assert not check(there).is_sound

    drawn = []
    build(there, pictures=12, seed=SEED, size=SIZE, workers=1, progress=lambda done, _: drawn.append(done))

    assert drawn == [12]
    assert (there / "shards" / "00000.zip").stat().st_mtime_ns == first
    grown = Dataset(there)
    assert len(grown) == 12
    assert check(there, redraw=2).is_sound


_DYING = """
import os, signal, sys
from pathlib import Path
for module in ("index", "dataset", "shard"):
    setattr(__import__(f"mien_lab.data.{module}", fromlist=["x"]), "SHARD", 8)
from mien_lab.data import build
def die(done, total):
    if done > 8:
        os.kill(os.getpid(), signal.SIGKILL)
build(Path(sys.argv[1]), pictures=20, seed=3, size=32, workers=1, progress=die)
"""


def test_a_killed_build_goes_on_and_ends_with_the_same_bytes(tmp_path, monkeypatch):
    there = tmp_path / "set"
    killed = subprocess.run([sys.executable, "-c", _DYING, str(there)], check=False, capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert (there / "shards" / "00000.npz").is_file()
    (there / "shards" / "00001.zip.part").write_bytes(b"half a shard")
    first = (there / "shards" / "00000.zip").stat().st_mtime_ns

    for module in ("index", "dataset", "shard"):
        monkeypatch.setattr(f"mien_lab.data.{module}.SHARD", 8)
    build(there, pictures=20, seed=3, size=32, workers=1)
    build(tmp_path / "whole", pictures=20, seed=3, size=32, workers=1)

    assert (there / "shards" / "00000.zip").stat().st_mtime_ns == first
    files = sorted(p.relative_to(there) for p in there.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(tmp_path / "whole") for p in (tmp_path / "whole").rglob("*") if p.is_file())
    for name in files:
        assert (there / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


def test_a_folder_that_holds_something_else_is_left_alone(folder, tmp_path):
    with pytest.raises(InputError, match="another seed"):
        build(folder, pictures=PICTURES, seed=SEED + 1, size=SIZE)
    with pytest.raises(InputError, match="60 pictures already"):
        build(folder, pictures=PICTURES - 1, seed=SEED, size=SIZE)
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(InputError, match="not empty"):
        build(tmp_path, pictures=1, seed=0)
    with pytest.raises(BadFile, match="holds no data set"):
        Dataset(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "dear"


def test_check_finds_a_changed_byte_and_a_broken_label(folder, tmp_path):
    assert check(folder, redraw=3).is_sound

    broken = tmp_path / "byte"
    shutil.copytree(folder, broken)
    archive = broken / "shards" / "00000.zip"
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 1
    archive.write_bytes(content)
    assert "check sum" in check(broken).findings[0]

    wrong = tmp_path / "label"
    shutil.copytree(folder, wrong)
    path = wrong / "shards" / "00000.npz"
    labels = Labels.load(path)
    labels.emotion[0] = np.roll(labels.emotion[0], 1)
    labels.bounded[1] = 1.0
    labels.save(path)
    index = json.loads((wrong / "dataset.json").read_text())
    from mien_lab.data.shard import digest

    index["shards"][0]["labels"] = digest(path)
    (wrong / "dataset.json").write_text(json.dumps(index))
    findings = " ".join(check(wrong).findings)
    assert "breaks the rule" in findings
    assert "leaves its style's range" in findings


def test_splits_keep_test_rows_apart(data):
    fit, test = data.split("expression")
    assert sorted([*fit, *test]) == list(range(PICTURES))
    assert not set(data.labels.pair[fit]) & set(data.labels.pair[test])

    fit, test = data.split("character")
    assert not set(data.labels.character[fit]) & set(data.labels.character[test])

    fit, test = data.split("style", style="cartoon")
    assert set(data.labels.style[test]) == {"cartoon"}
    assert "cartoon" not in set(data.labels.style[fit])
    with pytest.raises(UnknownName, match="cartoon"):
        data.split("style", style="cartoony")


def test_the_card_says_how_to_make_the_set_again(folder):
    card = (folder / "DATA.md").read_text()
    assert f"mien-lab data build --out DIR --pictures {PICTURES} --seed {SEED} --size {SIZE}" in card
    assert all(emotion in card for emotion in EMOTIONS)


def test_one_pair_in_ten_is_held_out_and_emotions_are_balanced():
    pairs = [shown(11, pair) for pair in range(10 * BLOCK)]
    held = np.mean([s.is_held_out for s in pairs])
    counts = np.bincount([EMOTIONS.index(s.expression.emotion.top) for s in pairs], minlength=8)

    assert 0.05 < held < 0.16
    assert counts.min() > 0.6 * len(pairs) / len(EMOTIONS)


def test_transitions_stay_on_their_characters_and_in_their_split():
    plan = Plan(5, 10_000, 64, {"cartoon": ("a", "b", "c"), "anime": ("d", "e", "f")})
    first = 2 * (BLOCK - FRAMES)
    orders = plan.orders(range(first, first + 2 * FRAMES))
    for style in plan.styles:
        frames = [o for o in orders if o.style == style]
        assert len({o.character for o in frames}) == 1
        assert len({o.shown.is_held_out for o in frames}) == 1
        assert {o.shown.clip for o in frames} == {0}
        times = [o.shown.time_s for o in frames]
        assert times == sorted(times)
        steps = np.linalg.norm(np.diff([o.shown.expression.coefficients for o in frames], axis=0), axis=1)
        # Slow out, slow in.
        assert steps[0] < steps[FRAMES // 2 - 1] > steps[-1]
    assert plan.orders([first + 4])[0] == orders[4]
    assert plan.orders(range(4))[0].shown.clip == -1


def test_a_smaller_set_is_the_beginning_of_a_larger_one():
    small, large = (plan_for(pictures=n, seed=1) for n in (10, 1000))
    assert [o.character for o in small.orders(range(10))] == [o.character for o in large.orders(range(10))]


def test_masks_cover_their_landmarks_and_no_other_part():
    from mien.studio import Studio

    for info, _ in Studio().targets("four"):
        size = 128
        character = Studio().character(info.id)
        points = character.landmarks(as_coefficients(np.zeros(52)), size)
        at = {name: tuple(points[i].astype(int)) for i, name in enumerate(FEATURES)}
        unit = float(np.hypot(*(points[FEATURES.index("iris_left")] - points[FEATURES.index("iris_right")])))
        mask = region_masks(points, info.style, size=size, unit_px=unit)

        def bits(name: str, at=at, mask=mask) -> int:
            x, y = at[name]
            return int(mask[y, x])

        assert bits("lip_upper_inner") == BIT["mouth"]
        assert bits("iris_left") == BIT["eye"]
        assert bits("brow_mid_right") & BIT["brow"]
        assert bits("cheek_left") & BIT["cheek"]
        assert bits("nose_tip") & BIT["cheek"]
        assert bits("chin") == 0
        assert 0.02 < (mask > 0).mean() < 0.4


def test_light_moves_on_those_who_can_be_lit_and_is_told(data):
    labels = data.labels
    for style in data.index.plan.styles:
        light = labels.light[labels.style == style]
        own = np.isnan(light).all(axis=1)
        if style in ("realistic", "stylized3d"):
            assert 0.3 < (~own).mean() < 1.0
            np.testing.assert_allclose(np.linalg.norm(light[~own, :3], axis=1), 1.0, atol=1e-5)
        else:
            assert own.all()


def test_every_style_holds_out_a_named_character_and_larger_ones_two():
    plan = plan_for(pictures=8, seed=0)

    for style, ids in plan.cast.items():
        held = plan.held_out[style]
        assert held == HELD_OUT[style][: 2 if len(ids) >= TWO_FROM else 1], style
        assert len(set(ids) - set(held)) > len(held)


def test_scanned_people_take_a_share_of_realistic_pictures_and_leave_the_others_as_they_were():
    alone = plan_for(pictures=3200, seed=2)
    mixed = replace(alone, scans=Scans(0.2, "digest"))
    before, after = alone.orders(range(3200)), mixed.orders(range(3200))

    scanned = [order for order in after if order.person >= 0]
    assert {order.style for order in scanned} == {"realistic"}
    assert 0.15 < len(scanned) / (3200 / len(alone.styles)) < 0.25
    assert all(a == b for a, b in zip(before, after, strict=True) if b.person < 0)
    assert all(a.shown == b.shown and a.light == b.light for a, b in zip(before, after, strict=True))
    # Few people at a time, always new ones; each is for fitting or for testing, never both.
    stage = {
        order.person // AT_ONCE: {o.pair // ENCORE for o in scanned if o.person == order.person} for order in scanned
    }
    assert all(pairs == {number} for number, pairs in stage.items())
    unknown = {order.character for order in scanned if order.is_unknown}
    assert unknown
    assert not unknown & {order.character for order in scanned if not order.is_unknown}


def test_without_the_scans_the_card_says_so_and_the_set_is_the_cast(tmp_path):
    build(tmp_path / "set", pictures=4, seed=SEED, size=32, workers=1, scans=tmp_path / "absent.npz")

    assert set(Dataset(tmp_path / "set").labels.origin) == {"cast"}
    assert "ict_facekit.npz` was not at hand" in (tmp_path / "set" / "DATA.md").read_text()


def test_another_file_in_place_of_the_scans_is_refused_by_name(tmp_path):
    np.savez(tmp_path / "heads.npz", v=np.zeros((3, 3)))
    with pytest.raises(BadFile, match=r"heads\.npz is not the ICT-FaceKit head"):
        build(tmp_path / "set", pictures=4, seed=SEED, size=32, workers=1, scans=tmp_path / "heads.npz", scan_share=1.0)


@needs_scans
def test_scanned_people_are_photographed_with_the_labels_of_their_pair(tmp_path):
    there = tmp_path / "set"
    build(there, pictures=12, seed=SEED, size=64, workers=1, scans=SCANS, scan_share=1.0)
    data = Dataset(there)

    scanned = np.flatnonzero(data.labels.origin == SCAN)
    assert len(scanned) == 3
    for row in scanned:
        twins = np.flatnonzero(data.labels.pair == data.labels.pair[row])
        assert (data.labels.source[twins] == data.labels.source[row]).all()
        points = data.labels.landmarks[row]
        inside = ((points > 0) & (points < 64)).all(axis=1)
        assert inside.mean() > 0.9
        assert data.mask(row).any()
    card = (there / "DATA.md").read_text()
    assert "ICT-FaceKit" in card
    assert "(USC Institute" in card
    assert check(there, redraw=12, scans=SCANS).is_sound
    with pytest.raises(InputError, match="scanned heads"):
        build(there, pictures=12, seed=SEED, size=64, workers=1)


@needs_scans
def test_every_coefficient_is_seen_on_a_scanned_person():
    from mien_lab.bench.cast import dead_coefficients
    from mien_lab.data.scans import person, read_head

    assert dead_coefficients(person(read_head(SCANS), 3, SEED), size=96) == []


@needs_scans
def test_landmarks_of_a_photograph_follow_its_crop():
    from mien.core.expression import HeadPose
    from mien_lab.data.scans import Shot, person, photograph, read_head, unit_px

    who, rest = person(read_head(SCANS), 1, SEED), as_coefficients({})
    wide = Shot(None, 1.0, (0.0, 0.0), 5, 0.0, 95)
    near = replace(wide, zoom=1.25, shift=(0.05, -0.02))
    (one, at), (two, moved) = (photograph(who, rest, 128, head=HeadPose(), shot=s) for s in (wide, near))

    np.testing.assert_allclose(moved, (at - 64) * 1.25 + 64 + (6.4, -2.56), atol=0.01)
    assert unit_px(who, 128, near) == pytest.approx(1.25 * unit_px(who, 128, wide), rel=1e-4)
    # The picture moves with its points: 8 pixels to the right, what was there is there.
    beside, _ = photograph(who, rest, 128, head=HeadPose(), shot=replace(wide, shift=(0.0625, 0.0)))
    assert np.abs(beside[:, 8:].astype(float) - one[:, :-8]).mean() < 2
    assert np.abs(two.astype(float) - one).mean() > 5
