"""Figures of the encoder: landmarks in distances between the irises, whatever the crop."""

import numpy as np
import pytest

from mien.characters import Cast
from mien.core.character import FEATURES
from mien.perception.align import Region
from mien.perception.encode import seen_by_encoder
from mien_lab.evaluation.encoder import landmark_figures


@pytest.fixture(scope="module")
def views():
    """The same drawn face cut out in two ways, and where its landmarks are."""
    character = Cast()["mei"]
    rest = np.zeros(52, dtype=np.float32)
    picture = np.ascontiguousarray(character.render(rest, 256)[:, :, :3])
    truth = character.landmarks(rest, 256)
    regions = Region(128.0, 130.0, 180.0, 0.0), Region(120.0, 128.0, 220.0, 0.2)
    return [seen_by_encoder(picture, region) for region in regions], np.stack([truth, truth])


def inside(views, truth):
    """Picture points as an encoder gives them: -1..1 over the crop."""
    out = []
    for view, points in zip(views, truth, strict=True):
        matrix = view.image_from_crop
        crop = (points - 0.5 - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
        out.append((crop + 0.5) / view.side_px * 2 - 1)
    return np.stack(out)


def test_landmarks_where_they_are_are_not_off(views):
    figures = landmark_figures(views[0], inside(*views), views[1])
    assert list(figures.values()) == pytest.approx([0, 0, 0], abs=1e-5)


def test_how_far_off_is_told_in_distances_between_the_irises(views):
    crops, truth = views
    apart = np.linalg.norm(truth[0, FEATURES.index("iris_left")] - truth[0, FEATURES.index("iris_right")])
    moved = truth.copy()
    moved[:, [k for k, name in enumerate(FEATURES) if name.startswith("iris")], 1] += 0.1 * apart
    figures = landmark_figures(crops, inside(crops, moved), truth)
    assert figures["landmark_error_cast_irises"] == pytest.approx(0.1, abs=1e-4)
    assert figures["landmark_error_cast_lips"] == pytest.approx(0, abs=1e-5)
    assert figures["landmark_error_cast"] == pytest.approx(0.1 * 2 / 31, abs=1e-4)
