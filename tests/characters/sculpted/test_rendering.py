"""The rasteriser's kernels, and what light, creases and hair do to a picture."""

from __future__ import annotations

import numpy as np
import pytest

from mien.characters import Cast
from mien.characters.sculpted import raster, shading
from mien.characters.sculpted.head_data import LOWER_TEETH, SKIN, UPPER_TEETH, head_data
from mien.core.arkit import COUNT, as_coefficients
from mien.core.character import FEATURES, Light
from mien.core.expression import HeadPose

CAST = Cast()
IDS = [info.id for info in CAST.infos if info.kind == "sculpted"]
REST = as_coefficients(np.zeros(COUNT))


def _drawn(xyz, triangles, size=16):
    depth, ids, bary = raster.buffers(size)
    raster.visible(np.asarray(xyz, np.float32), np.asarray(triangles, np.int32), depth, ids, bary)
    return depth, ids, bary


def test_the_nearer_triangle_wins_whichever_comes_first():
    far = [[0, 0, 1], [16, 0, 1], [0, 16, 1]]
    near = [[0, 0, 2], [16, 0, 2], [0, 16, 2]]
    for order, nearer in (([[0, 1, 2], [3, 4, 5]], 1), ([[3, 4, 5], [0, 1, 2]], 0)):
        _, ids, _ = _drawn(far + near, order)
        assert ids[2, 2] == nearer


def test_triangles_that_share_an_edge_leave_no_gap_and_paint_no_sample_outside():
    square = [[2.3, 2.1, 0], [13.7, 2.1, 0], [13.7, 12.9, 0], [2.3, 12.9, 0]]
    _, ids, bary = _drawn(square, [[0, 1, 2], [0, 2, 3]])
    y, x = np.mgrid[:16, :16] + 0.5
    inside = (x > 2.3) & (x < 13.7) & (y > 2.1) & (y < 12.9)
    assert np.array_equal(ids >= 0, inside)
    assert ((bary[inside] > -1e-4) & (bary[inside] < 1 + 1e-4)).all()


def test_depth_is_that_of_the_plane():
    xyz = np.array([[0, 0, 0], [16, 0, 16], [0, 16, 0]])
    depth, ids, _ = _drawn(xyz, [[0, 1, 2]])
    assert ids[3, 5] == 0
    np.testing.assert_allclose(depth[3, 5], 5.5, atol=1e-4)


def test_triangles_outside_the_picture_and_flat_ones_are_left_out():
    _, ids, _ = _drawn(
        [[-9, -9, 0], [-2, -9, 0], [-2, -3, 0], [4, 4, 0], [8, 8, 0], [12, 12, 0]], [[0, 1, 2], [3, 4, 5]]
    )
    assert (ids == -1).all()


def test_the_lamp_sees_the_same_nearest_depths_as_the_camera():
    rng = np.random.default_rng(3)
    xyz = (rng.random((60, 3)) * 16).astype(np.float32)
    triangles = rng.integers(0, 60, (40, 3)).astype(np.int32)
    depth, ids, _ = _drawn(xyz, triangles)
    lamp = np.full((16, 16), raster.FAR, dtype=np.float32)
    raster.reach(xyz, triangles, lamp)
    both = (ids >= 0) & (lamp > raster.FAR)
    assert both.sum() > 0.95 * max((ids >= 0).sum(), 1)
    np.testing.assert_allclose(depth[both], lamp[both], atol=1e-2)


def test_what_is_passed_over_as_buried_would_not_have_been_seen():
    """Enough triangles for tiles to learn what covers them, in both orders: the same depths either way."""
    rng = np.random.default_rng(9)
    middle = np.column_stack([rng.random((30_000, 2)) * 64, rng.random(30_000) * 50])
    xyz = (middle[:, None] + rng.normal(0, 4, (30_000, 3, 3))).reshape(-1, 3)
    triangles = np.arange(90_000).reshape(-1, 3)
    nearest_first = np.argsort(-xyz[triangles, 2].max(1))
    depths = []
    for order in (nearest_first, nearest_first[::-1]):
        depth, _, _ = _drawn(xyz, triangles[order], size=64)
        lamp = np.full((64, 64), raster.FAR, dtype=np.float32)
        raster.reach(xyz.astype(np.float32), triangles[order].astype(np.int32), lamp)
        depths.append((depth, lamp))
    np.testing.assert_array_equal(depths[0][0], depths[1][0])
    np.testing.assert_array_equal(depths[0][1], depths[1][1])


def test_normals_of_a_sphere_point_outward():
    from mien.characters.sculpted.eyes import _sphere

    ball, triangles = _sphere()
    normals = np.zeros_like(ball)
    raster.vertex_normals(ball, triangles, normals)
    inner = ball[:, 2] > 0
    assert (np.abs((normals[inner] * ball[inner]).sum(1)) > 0.97).all()


def test_teeth_are_two_separate_rows_behind_the_lips(weights):
    data = head_data()
    upper, lower = (data.vertices[np.unique(data.triangles[data.part == p])] for p in (UPPER_TEETH, LOWER_TEETH))
    skin = data.vertices[np.unique(data.triangles[data.part == SKIN])]
    front = skin[(np.abs(skin[:, 0]) < 0.05) & (np.abs(skin[:, 1] + 1.1) < 0.15), 2].max()
    assert max(upper[:, 2].max(), lower[:, 2].max()) < front - 0.05
    assert upper[:, 1].min() > lower[:, 1].max()


@pytest.mark.parametrize("name", IDS)
def test_hair_leaves_the_eyes_free(weights, name):
    """Whoever has a fringe, both irises are seen at rest."""
    character = CAST[name]
    seen = character.materials(REST, 200)
    for feature in ("iris_left", "iris_right"):
        x, y = character.landmarks(REST, 200)[FEATURES.index(feature)].astype(int)
        assert seen[y, x] == shading.EYE


@pytest.mark.parametrize("name", IDS)
def test_a_turned_head_shows_its_other_side(weights, name):
    left, right = (CAST[name].render(REST, 96, head=HeadPose(yaw)).astype(int) for yaw in (0.5, -0.5))
    assert (np.abs(left - right).max(axis=2) > 20).mean() > 0.1


def test_raised_brows_fold_the_forehead(weights):
    """Above the brows the picture gets lines across: more change from row to row than at rest."""
    character = CAST["walter"]
    rest, raised = REST, as_coefficients({"browOuterUpLeft": 1.0, "browOuterUpRight": 1.0, "browInnerUp": 1.0})

    def lines(x) -> float:
        brows = character.landmarks(raised, 256)[:6]
        top, left, right = int(brows[:, 1].min()) - 6, int(brows[:, 0].min()) + 14, int(brows[:, 0].max()) - 14
        strip = character.render(x, 256)[top - 22 : top, left:right, :3].astype(float).mean(axis=2)
        return float(np.abs(np.diff(strip, n=2, axis=0)).mean())

    assert lines(raised) > 1.05 * lines(rest)


def test_a_lamp_from_above_throws_a_shadow_under_the_chin(weights):
    character = CAST["bruno"]
    above, front = (character.render_lit(REST, 128, light=Light(0.0, a)).astype(float) for a in (1.1, 0.0))
    x, y = character.landmarks(REST, 128)[FEATURES.index("nose_tip")].astype(int)
    under = slice(y + 4, y + 9), slice(x - 3, x + 4)
    assert above[under].mean() < front[under].mean()
