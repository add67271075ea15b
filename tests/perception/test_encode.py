"""The encoder as it ships: drawn faces are read, real ones get a second opinion, left and right are judged alike."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from PIL import Image

from mien.characters import Cast
from mien.cli import main
from mien.core.arkit import COEFFICIENTS, mirror_order
from mien.core.arrays import Rgb
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS
from mien.core.face import Reading
from mien.core.looks import look
from mien.errors import NoFaceFound
from mien.perception import Reader, draw_overlay
from mien.perception.align import cut, region_for_encoder
from mien.perception.encode import LOOKS_LIKE, SIDE, Encoder, seen_by_encoder, sure_of_drawn
from mien.perception.overlay import contours

HELD_OUT = {"leila": {"cartoon"}, "yuki": {"anime"}, "suna": {"stylized3d", "realistic"}}
"""Characters that no training saw, and what they may be taken for: sculpted ones are all shaped from one mesh."""


def drawn(character: str, name: str) -> Rgb:
    return np.ascontiguousarray(Cast()[character].render(look(name).coefficients, 256)[..., :3])


@pytest.mark.parametrize("character", HELD_OUT)
def test_a_drawn_face_that_it_never_saw_is_read(reader: Reader, character: str) -> None:
    smile = reader.read(drawn(character, "happiness"))
    assert smile.is_drawn
    assert smile.looks_like in HELD_OUT[character]
    assert smile.expression.emotion.top == "happiness"
    assert smile.expression.coefficients[COEFFICIENTS.index("mouthSmileLeft")] > 0.4
    angry = reader.read(drawn(character, "anger"))
    assert angry.expression.emotion.top == "anger"
    assert angry.expression["browDownLeft"] > smile.expression["browDownLeft"] + 0.2
    for reading in (smile, angry):
        assert reading.expression.latent is not None
        assert reading.expression.latent.shape == (256,)
        assert 0 < reading.expression.confidence <= 1
        assert reading.reasons == {}


def test_what_is_not_read_off_drawings_is_unknown_and_at_rest(reader: Reader) -> None:
    expression = reader.read(drawn("mei", "surprise")).expression
    np.testing.assert_array_equal(expression.certainty, sure_of_drawn())
    unseen = expression.certainty == 0
    assert not expression.coefficients[unseen].any()
    assert expression.coefficients[~unseen].all()


def test_the_eight_emotions_of_a_drawn_face_are_told_apart(reader: Reader) -> None:
    tops = [reader.read(drawn("mei", emotion)).expression.emotion.top for emotion in EMOTIONS]
    assert sum(a == b for a, b in zip(tops, EMOTIONS, strict=True)) >= 6, tops


def test_a_photo_keeps_its_mesh_and_gets_a_second_opinion(reader: Reader, astronaut: Rgb) -> None:
    reading = reader.read(astronaut)
    alone = Reader(mesh_only=True).read(astronaut)
    assert not reading.is_drawn
    assert reading.looks_like == "photo"
    assert reading.agreement is not None
    np.testing.assert_allclose(reading.expression.coefficients, alone.expression.coefficients)
    assert alone.agreement is None
    assert alone.expression.latent is None
    assert reading.expression.emotion.top == alone.expression.emotion.top == "happiness"


def test_a_mirrored_drawing_is_read_as_the_mirrored_expression(reader: Reader) -> None:
    picture = drawn("mei", "smug half smile")
    ours = reader.read(picture).expression
    theirs = reader.read(np.ascontiguousarray(picture[:, ::-1])).expression
    # The detector's points differ by parts of a pixel.
    assert np.abs(ours.coefficients - theirs.coefficients[mirror_order()]).max() < 0.15
    assert ours.head.yaw_rad == pytest.approx(-theirs.head.yaw_rad, abs=0.08)


def test_faces_in_a_batch_are_read_as_alone() -> None:
    encoder = Encoder()
    crops = np.random.default_rng(0).integers(0, 256, (3, SIDE, SIDE, 3), dtype=np.uint8)
    together = encoder.said(crops)
    for i in range(3):
        alone = encoder.said(crops[i : i + 1])
        for name, values in alone.items():
            np.testing.assert_allclose(values[0], together[name][i], atol=1e-4)
    for name, low, high in (("coefficients", 0, 1), ("affect", -1, 1), ("style", 0, 1), ("emotion", 0, 1)):
        assert low <= together[name].min() <= together[name].max() <= high
    np.testing.assert_allclose(together["attention"].sum(axis=(2, 3)), 1, atol=1e-4)
    assert together["style"].shape == (3, len(LOOKS_LIKE))


def test_attention_lies_on_the_mouth_and_the_eyes(reader: Reader) -> None:
    reading = reader.read(drawn("mei", "neutral"))
    assert reading.attention is not None
    rows = np.arange(reading.attention.shape[1])
    heights = [float(map_.sum(axis=1) @ rows) for map_ in reading.attention[:3]]
    mouth, eye, brow = heights
    assert brow < eye < mouth


@pytest.mark.parametrize("character", HELD_OUT)
def test_the_features_of_a_drawn_face_are_found_where_they_were_drawn(reader: Reader, character: str) -> None:
    coefficients = look("surprise").coefficients
    reading = reader.read(drawn(character, "surprise"))
    assert reading.features is not None
    known = Cast()[character].landmarks(coefficients, 256)
    # A tongue behind the teeth has no place that shows.
    shown = [i for i, name in enumerate(FEATURES) if name != "tongue_tip"]
    off = np.linalg.norm(reading.features - known, axis=1)[shown]
    face = np.linalg.norm(known[FEATURES.index("iris_left")] - known[FEATURES.index("iris_right")])
    assert np.median(off) < 0.12 * face
    assert set(reading.to_dict()["features"]) == set(FEATURES)
    lines = contours(reading)
    assert len(lines) >= 6
    low, high = np.concatenate(lines).min(axis=0), np.concatenate(lines).max(axis=0)
    assert (low > 0).all()
    assert (high < 256).all()


def test_the_square_turns_with_the_face() -> None:
    points = np.array([[40, 50], [60, 50], [50, 60], [42, 70], [58, 70]], dtype=np.float32)
    straight = region_for_encoder(points)
    angle = 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]], dtype=np.float32)
    turned = region_for_encoder(points @ turn.T)
    assert turned.angle_rad - straight.angle_rad == pytest.approx(angle, abs=1e-5)
    assert turned.side == pytest.approx(straight.side, rel=1e-5)


@pytest.mark.parametrize("name", ["coffee", "brick", "chelsea"])
def test_what_has_no_face_is_not_made_one(reader: Reader, name: str) -> None:
    from skimage import data

    picture = getattr(data, name)()
    if picture.ndim == 2:
        picture = np.repeat(picture[:, :, None], 3, axis=2)
    with pytest.raises(NoFaceFound):
        reader.read(np.ascontiguousarray(picture[..., :3]))


def test_the_overlay_of_a_drawn_face_shows_where_was_looked(reader: Reader) -> None:
    picture = drawn("leila", "surprise")
    reading: Reading = reader.read(picture)
    shown = draw_overlay(picture, reading)
    assert shown.shape[0] >= 256
    small = np.asarray(Image.fromarray(shown).resize((256, 256)), dtype=np.int16)
    changed = np.abs(small - picture).sum(axis=2) > 30
    assert 0.01 < changed.mean() < 0.6


@pytest.mark.usefixtures("weights")
def test_the_command_reads_a_drawing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "leila.png"
    Image.fromarray(drawn("leila", "happiness")).save(file)

    def said(*arguments: str) -> dict[str, Any]:
        monkeypatch.setattr(sys, "argv", ["mien", *arguments, "--json"])
        with pytest.raises(SystemExit) as stop:
            main()
        assert not stop.value.code
        answer: dict[str, Any] = json.loads(capsys.readouterr().out)
        return answer

    reading = said("read", str(file))
    assert reading["looks_like"] == "cartoon"
    assert reading["agreement"] is None
    assert reading["expression"]["emotion"]["probabilities"]["happiness"] > 0.5
    mapped = said("map", str(file), "--to", "otto", "-o", str(tmp_path))
    assert mapped["reading"]["looks_like"] == "cartoon"


def test_a_small_face_is_seen_as_trainings_keep_it_and_lies_where_it_lay(reader: Reader, astronaut: Rgb) -> None:
    points = reader.faces(astronaut)[0].points
    region = region_for_encoder(points)
    small = cv2.resize(astronaut, None, fx=40 / region.side, fy=40 / region.side, interpolation=cv2.INTER_AREA)
    tiny = region_for_encoder(points * np.float32(40 / region.side))
    seen, plain = seen_by_encoder(small, tiny), cut(small, tiny, SIDE, stretch_border=True)
    assert np.array_equal(seen.image_from_crop, plain.image_from_crop)
    # The same face, only softer.
    assert np.abs(seen.crop.astype(int) - plain.crop).mean() < 6
    assert cv2.Laplacian(seen.crop, cv2.CV_64F).var() < cv2.Laplacian(plain.crop, cv2.CV_64F).var()
    assert region.side > 64
    large = seen_by_encoder(astronaut, region)
    assert np.array_equal(large.crop, cut(astronaut, region, SIDE, stretch_border=True).crop)


def test_where_a_point_lies_in_a_crop_is_the_way_back_of_where_the_crop_lies(reader: Reader, astronaut: Rgb) -> None:
    turned = np.ascontiguousarray(np.rot90(astronaut))
    aligned = cut(turned, region_for_encoder(reader.faces(astronaut)[0].points[:, ::-1]), 96)
    pixels = np.array([[-0.5, -0.5], [95.5, -0.5], [47.5, 47.5], [20.0, 70.0]], dtype=np.float32)
    places = aligned.places(aligned.to_image(pixels))
    assert np.allclose(places, (pixels + 0.5) / 48 - 1, atol=1e-4)
    assert np.allclose(places[:3], [[-1, -1], [1, -1], [0, 0]], atol=1e-4)
