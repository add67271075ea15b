"""Triangles on one core: what is seen from the camera, what the key light reaches, and which way surfaces face.

Kernels are compiled on first use and cached. What they find is coloured in `shading`.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

FINE: Final = 2
"""Samples per pixel and axis."""
FAR: Final = -1e9
# Every so many triangles, squares of so many samples learn how near everything in them is already: what lies behind
# is passed over whole. Most hair lies under other hair.
_TILE: Final = 8
_LEARN: Final = 8000
Array = NDArray[Any]


def buffers(size: int) -> tuple[Array, Array, Array]:
    """Empty depth, triangle and barycentric buffers of size x size samples."""
    depth = np.full((size, size), FAR, dtype=np.float32)
    return depth, np.full((size, size), -1, dtype=np.int32), np.empty((size, size, 2), dtype=np.float32)


@njit(cache=True, nogil=True, error_model="numpy")
def _learn(depth: Array, floor: Array) -> None:
    """The least depth in each tile."""
    for i in range(floor.shape[0]):
        for j in range(floor.shape[1]):
            low = depth[i * _TILE, j * _TILE]
            for y in range(i * _TILE, min((i + 1) * _TILE, depth.shape[0])):
                for x in range(j * _TILE, min((j + 1) * _TILE, depth.shape[1])):
                    low = min(low, depth[y, x])
            floor[i, j] = low


@njit(cache=True, nogil=True, error_model="numpy")
def _buried(floor: Array, left: int, right: int, y0: int, y1: int, z: float) -> bool:
    """Is everything in a box of samples nearer than z?"""
    for i in range(y0 // _TILE, y1 // _TILE + 1):
        for j in range(left // _TILE, right // _TILE + 1):
            if floor[i, j] < z:
                return False
    return True


@njit(cache=True, nogil=True, error_model="numpy")
def visible(xyz: Array, triangles: Array, depth: Array, ids: Array, bary: Array) -> None:
    """Nearest triangle per sample. xyz: (n, 3) in samples, larger z is nearer."""
    size = depth.shape[0]
    floor = np.full(((size + _TILE - 1) // _TILE, (size + _TILE - 1) // _TILE), FAR, dtype=np.float32)
    for t in range(triangles.shape[0]):
        if t % _LEARN == _LEARN - 1:
            _learn(depth, floor)
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = xyz[a, 0], xyz[a, 1]
        bx, by = xyz[b, 0], xyz[b, 1]
        cx, cy = xyz[c, 0], xyz[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        y0 = max(0, math.ceil(min(ay, by, cy) - 0.5))
        y1 = min(size - 1, math.floor(max(ay, by, cy) - 0.5))
        left = max(0, math.ceil(min(ax, bx, cx) - 0.5))
        right = min(size - 1, math.floor(max(ax, bx, cx) - 0.5))
        if y1 < y0 or right < left:
            continue
        az, bz, cz = xyz[a, 2], xyz[b, 2], xyz[c, 2]
        if _buried(floor, left, right, y0, y1, max(az, bz, cz)):
            continue
        inv = 1.0 / area
        # Barycentric coordinates and depth are linear: values at x = 0.5 and their step per sample.
        du, dv = (by - cy) * inv, (cy - ay) * inv
        dw = -du - dv
        dz = du * az + dv * bz + dw * cz
        for y in range(y0, y1 + 1):
            py = y + 0.5
            u0 = ((bx - 0.5) * (cy - py) - (by - py) * (cx - 0.5)) * inv
            v0 = ((cx - 0.5) * (ay - py) - (cy - py) * (ax - 0.5)) * inv
            w0 = 1.0 - u0 - v0
            # Where all three are >= 0 on this row.
            x0, x1 = float(left), float(right)
            inside = True
            for e in range(3):
                s0 = u0 if e == 0 else (v0 if e == 1 else w0)
                ds = du if e == 0 else (dv if e == 1 else dw)
                if ds > 1e-12:
                    x0 = max(x0, -s0 / ds)
                elif ds < -1e-12:
                    x1 = min(x1, -s0 / ds)
                elif s0 < 0.0:
                    inside = False
            if not inside or x0 > x1:
                continue
            xs, xe = math.ceil(x0), math.floor(x1)
            z = u0 * az + v0 * bz + w0 * cz + dz * xs
            for x in range(xs, xe + 1):
                if z > depth[y, x]:
                    depth[y, x] = z
                    ids[y, x] = t
                    bary[y, x, 0] = u0 + du * x
                    bary[y, x, 1] = v0 + dv * x
                z += dz


@njit(cache=True, nogil=True, error_model="numpy")
def reach(xyz: Array, triangles: Array, depth: Array) -> None:
    """Depth alone, as the key light sees it. xyz: (n, 3) in texels of `depth`, larger z is nearer the light."""
    size = depth.shape[0]
    floor = np.full(((size + _TILE - 1) // _TILE, (size + _TILE - 1) // _TILE), FAR, dtype=np.float32)
    for t in range(triangles.shape[0]):
        if t % _LEARN == _LEARN - 1:
            _learn(depth, floor)
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay = xyz[a, 0], xyz[a, 1]
        bx, by = xyz[b, 0], xyz[b, 1]
        cx, cy = xyz[c, 0], xyz[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        x0 = max(0, math.ceil(min(ax, bx, cx) - 0.5))
        x1 = min(size - 1, math.floor(max(ax, bx, cx) - 0.5))
        y0 = max(0, math.ceil(min(ay, by, cy) - 0.5))
        y1 = min(size - 1, math.floor(max(ay, by, cy) - 0.5))
        az, bz, cz = xyz[a, 2], xyz[b, 2], xyz[c, 2]
        if y1 < y0 or x1 < x0 or _buried(floor, x0, x1, y0, y1, max(az, bz, cz)):
            continue
        inv = 1.0 / area
        du, dv = (by - cy) * inv, (cy - ay) * inv
        for y in range(y0, y1 + 1):
            py = y + 0.5
            u = ((bx - x0 - 0.5) * (cy - py) - (by - py) * (cx - x0 - 0.5)) * inv
            v = ((cx - x0 - 0.5) * (ay - py) - (cy - py) * (ax - x0 - 0.5)) * inv
            for x in range(x0, x1 + 1):
                w = 1.0 - u - v
                if u >= 0.0 and v >= 0.0 and w >= 0.0:
                    z = u * az + v * bz + w * cz
                    if z > depth[y, x]:
                        depth[y, x] = z
                u += du
                v += dv


@njit(cache=True, nogil=True, error_model="numpy")
def vertex_normals(vertices: Array, triangles: Array, out: Array) -> None:
    """Area-weighted normals, float32 (n, 3)."""
    out[:] = 0.0
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ux = vertices[b, 0] - vertices[a, 0]
        uy = vertices[b, 1] - vertices[a, 1]
        uz = vertices[b, 2] - vertices[a, 2]
        vx = vertices[c, 0] - vertices[a, 0]
        vy = vertices[c, 1] - vertices[a, 1]
        vz = vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for i in (a, b, c):
            out[i, 0] += nx
            out[i, 1] += ny
            out[i, 2] += nz
    for i in range(out.shape[0]):
        length = math.sqrt(out[i, 0] ** 2 + out[i, 1] ** 2 + out[i, 2] ** 2) + 1e-12
        out[i, 0] /= length
        out[i, 1] /= length
        out[i, 2] /= length
