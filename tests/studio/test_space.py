"""The map of a library: alike faces lie near each other, styles mix, and it is the same every time."""

from __future__ import annotations

import numpy as np
import pytest

from mien.studio import Studio
from mien.studio.space import lay_out, space_of

pytestmark = pytest.mark.xdist_group("library")


def test_islands_stay_apart_and_every_point_has_room():
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(4, 12)) * 3
    features = np.concatenate([c + 0.2 * rng.normal(size=(40, 12)) for c in centres]).astype(np.float32)
    points = lay_out(features)
    assert points.shape == (160, 2)
    assert np.abs(points).max() <= 1.0
    group = np.repeat(np.arange(4), 40)
    far = np.linalg.norm(points[:, None] - points[None], axis=2) + 9.0 * np.eye(160)
    assert (group[far.argmin(axis=1)] == group).mean() > 0.97
    assert np.array_equal(points, lay_out(features))


def test_copies_of_one_face_are_opened_so_that_each_can_be_met():
    points = lay_out(np.concatenate([np.zeros((30, 6)), np.ones((30, 6))]).astype(np.float32))
    far = np.linalg.norm(points[:, None] - points[None], axis=2) + 9.0 * np.eye(60)
    assert far.min() > 0.02


@pytest.mark.parametrize("count", [0, 1, 2, 3, 9])
def test_libraries_of_a_handful_have_a_map_too(count):
    points = lay_out(np.eye(max(count, 1), 5, dtype=np.float32)[:count])
    assert points.shape == (count, 2)
    assert np.isfinite(points).all()


def test_a_real_librarys_map_mixes_styles_and_parts_emotions_and_is_kept(small_library, tmp_path):
    studio = Studio(library=small_library)
    cache = tmp_path / "space.npz"
    space = space_of(studio.library.snapshot(), studio.styles_by_id, cache=cache)
    far = np.linalg.norm(space.points[:, None] - space.points[None], axis=2) + 9.0 * np.eye(len(space.ids))
    nearest = far.argmin(axis=1)
    feel, style = np.array(space.emotions), np.array(space.styles)
    assert (feel[nearest] == feel).mean() > 0.6
    assert (style[nearest] == style).mean() < 0.75
    assert cache.is_file()
    again = space_of(studio.library.snapshot(), studio.styles_by_id, cache=cache)
    assert np.array_equal(again.points, space.points)
    cache.write_bytes(b"damaged")
    assert np.array_equal(space_of(studio.library.snapshot(), studio.styles_by_id, cache=cache).points, space.points)
