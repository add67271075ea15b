"""Press photos of real people, where they are at hand: found, and read as a person would read them."""

from __future__ import annotations

import csv
import io
import zipfile

import numpy as np
import pytest
from research import research_folder

from mien.errors import NoFaceFound
from mien.perception import load_picture

PHOTOS = research_folder() / "photos.zip"
EACH = 24

pytestmark = pytest.mark.skipif(not PHOTOS.exists(), reason="the photos are research data that is not at hand here")


@pytest.fixture(scope="module")
def readings(reader):
    """(label, reading or None) of 24 photos for each of the well-filled labels."""
    out = []
    with zipfile.ZipFile(PHOTOS) as archive:
        rows = list(csv.DictReader(io.TextIOWrapper(archive.open("photos/labels.csv"))))
        for label in ("neutral", "happiness", "sadness", "anger", "surprise"):
            files = [row["file"] for row in rows if row["emotion"] == label]
            for file in np.random.default_rng(0).choice(files, EACH, replace=False):
                try:
                    reading = reader.read(load_picture(archive.read(f"photos/{file}")))
                except NoFaceFound:
                    reading = None
                out.append((label, reading))
    return out


def expressions(readings, label):
    return [r.expression for kind, r in readings if r is not None and kind == label]


def test_nearly_every_face_is_found(readings):
    assert np.mean([r is not None for _, r in readings]) > 0.96


def test_happy_people_smile_and_others_rarely_do(readings):
    smiles = {
        label: np.mean([min(e["mouthSmileLeft"], e["mouthSmileRight"]) for e in expressions(readings, label)])
        for label in ("happiness", "neutral", "sadness", "surprise")
    }
    assert smiles["happiness"] > 0.4
    assert max(smiles["neutral"], smiles["sadness"], smiles["surprise"]) < 0.2


def test_surprised_people_open_eyes_brows_or_mouth(readings):
    def openness(e):
        return max(e["jawOpen"], e["browInnerUp"], e["browOuterUpLeft"], e["eyeWideLeft"])

    surprised = np.median([openness(e) for e in expressions(readings, "surprise")])
    neutral = np.median([openness(e) for e in expressions(readings, "neutral")])
    assert surprised > neutral + 0.15


def test_emotions_agree_with_the_labels_far_more_often_than_chance(readings):
    right = [r is not None and r.expression.emotion.top == label for label, r in readings]
    assert np.mean(right) > 0.5
    happy = [e.emotion.top == "happiness" for e in expressions(readings, "happiness")]
    assert np.mean(happy) > 0.7


def test_valence_tells_smiles_from_anger(readings):
    def valence(label):
        return np.mean([e.emotion.valence for e in expressions(readings, label)])

    assert valence("happiness") > 0.45
    assert valence("anger") < 0.05
    assert valence("sadness") < 0.05
