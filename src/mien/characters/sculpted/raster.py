"""Triangles to pixels on one core: a visibility pass, then every visible sample is shaded once, then developed.

Kernels are compiled on first use and cached. All light is linear until `develop`.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

SKIN: Final = 0
MOUTH: Final = 1
TEETH: Final = 2
EYE: Final = 3
HAIR: Final = 4
LASH: Final = 5

Array = NDArray[Any]


def buffers(size: int) -> tuple[Array, Array, Array]:
    """Empty depth, triangle and barycentric buffers of size x size samples."""
    depth = np.full((size, size), -1e9, dtype=np.float32)
    return depth, np.full((size, size), -1, dtype=np.int32), np.zeros((size, size, 2), dtype=np.float32)


@njit(cache=True, nogil=True)
def visible(xyz: Array, triangles: Array, depth: Array, ids: Array, bary: Array) -> None:
    """Nearest triangle per sample. xyz: (n, 3) in samples, larger z is nearer."""
    size = depth.shape[0]
    for t in range(triangles.shape[0]):
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
        inv = 1.0 / area
        az, bz, cz = xyz[a, 2], xyz[b, 2], xyz[c, 2]
        # Barycentric coordinates are linear: one division per triangle, two additions per sample.
        du, dv = (by - cy) * inv, (cy - ay) * inv
        px = x0 + 0.5
        for y in range(y0, y1 + 1):
            py = y + 0.5
            u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inv
            v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inv
            for x in range(x0, x1 + 1):
                w = 1.0 - u - v
                if u >= 0.0 and v >= 0.0 and w >= 0.0:
                    z = u * az + v * bz + w * cz
                    if z > depth[y, x]:
                        depth[y, x] = z
                        ids[y, x] = t
                        bary[y, x, 0] = u
                        bary[y, x, 1] = v
                u += du
                v += dv


@njit(cache=True, nogil=True)
def _hash(x: float, y: float) -> float:
    """0..1 for a lattice point."""
    h = (int(x) * 374761393 + int(y) * 668265263) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return (h ^ (h >> 16)) * 2.3283064365386963e-10


@njit(cache=True, nogil=True)
def _noise(x: float, y: float) -> float:
    """Smooth noise, 0..1."""
    ix, iy = math.floor(x), math.floor(y)
    fx, fy = x - ix, y - iy
    fx = fx * fx * (3.0 - 2.0 * fx)
    fy = fy * fy * (3.0 - 2.0 * fy)
    a, b = _hash(ix, iy), _hash(ix + 1, iy)
    c, d = _hash(ix, iy + 1), _hash(ix + 1, iy + 1)
    return a + (b - a) * fx + (c - a) * fy + (a - b - c + d) * fx * fy


@njit(cache=True, nogil=True)
def shade(
    ids: Array,
    bary: Array,
    triangles: Array,
    material: Array,
    normals: Array,
    rest: Array,
    colour: Array,
    extra: Array,
    texture: Array,
    frame: Array,
    lights: Array,
    ambient: Array,
    iris: Array,
    cloth: Array,
    background: Array,
    out: Array,
) -> None:
    """Colour every sample: out (size, size, 3), linear.

    normals, rest, colour: (n, 3) per vertex; rest is the place on the unshaped head (skin), the direction on the ball
    (eye), or tint, way along and occlusion (hair). extra: (n, 2), occlusion and gloss, or strand coordinates (hair).
    texture: (h, w, 4) over `frame` (left, top, width, height in rest units). lights: (k, 9), direction, colour, wrap
    per channel. iris: (8,), radius, pupil, colour, inner colour. cloth: (6,), colour, neckline, slope, vee.
    background: (2, 3), top and bottom.
    """
    size = ids.shape[0]
    th, tw = texture.shape[0], texture.shape[1]
    for y in range(size):
        t_bg = y / (size - 1)
        for x in range(size):
            t = ids[y, x]
            if t < 0:
                dx = x / size - 0.5
                dy = t_bg - 0.45
                glow = 1.0 - 0.9 * (dx * dx + dy * dy)
                for k in range(3):
                    out[y, x, k] = (background[0, k] * (1.0 - t_bg) + background[1, k] * t_bg) * glow
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            u, v = bary[y, x, 0], bary[y, x, 1]
            w = 1.0 - u - v
            nx = u * normals[a, 0] + v * normals[b, 0] + w * normals[c, 0]
            ny = u * normals[a, 1] + v * normals[b, 1] + w * normals[c, 1]
            nz = u * normals[a, 2] + v * normals[b, 2] + w * normals[c, 2]
            length = math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9
            nx, ny, nz = nx / length, ny / length, nz / length
            rx = u * rest[a, 0] + v * rest[b, 0] + w * rest[c, 0]
            ry = u * rest[a, 1] + v * rest[b, 1] + w * rest[c, 1]
            rz = u * rest[a, 2] + v * rest[b, 2] + w * rest[c, 2]
            cr = u * colour[a, 0] + v * colour[b, 0] + w * colour[c, 0]
            cg = u * colour[a, 1] + v * colour[b, 1] + w * colour[c, 1]
            cb = u * colour[a, 2] + v * colour[b, 2] + w * colour[c, 2]
            e0 = u * extra[a, 0] + v * extra[b, 0] + w * extra[c, 0]
            e1 = u * extra[a, 1] + v * extra[b, 1] + w * extra[c, 1]
            m = material[t]
            gloss = 0.0
            sharp = 20.0
            occlusion = 1.0
            wrap_scale = 0.25
            if m == SKIN:
                occlusion = e0
                gloss = 0.10 * e1
                sharp = 14.0
                wrap_scale = 1.0
                fx = (rx - frame[0]) / frame[2] * tw - 0.5
                fy = (frame[1] - ry) / frame[3] * th - 0.5
                if rz > -0.55 and fx > 0 and fy > 0 and fx < tw - 1.001 and fy < th - 1.001:
                    ix, iy = int(fx), int(fy)
                    gx, gy = fx - ix, fy - iy
                    cover = 0.0
                    tr = 0.0
                    tg = 0.0
                    tb = 0.0
                    for j in range(2):
                        for i in range(2):
                            q = (gx if i else 1.0 - gx) * (gy if j else 1.0 - gy)
                            s = texture[iy + j, ix + i, 3] * q
                            cover += s
                            tr += s * texture[iy + j, ix + i, 0]
                            tg += s * texture[iy + j, ix + i, 1]
                            tb += s * texture[iy + j, ix + i, 2]
                    fade = min(1.0, (rz + 0.55) * 3.0)
                    cover *= fade
                    cr = cr * (1.0 - cover) + tr * fade
                    cg = cg * (1.0 - cover) + tg * fade
                    cb = cb * (1.0 - cover) + tb * fade
                # Clothes begin below the neckline: a curve in rest space, so its edge is as sharp as the picture.
                ax_ = abs(rx)
                line = (
                    cloth[3]
                    + cloth[4] * max(0.0, ax_ - 0.75)
                    - cloth[5] * max(0.0, 0.55 - ax_) * (1.0 if rz > -1.0 else 0.0)
                )
                if ry < line and ry < -1.75:
                    edge = min(1.0, (line - ry) / 0.02)
                    hem = 0.72 if line - ry < 0.10 else 1.0
                    cr = cr * (1 - edge) + cloth[0] * hem * edge
                    cg = cg * (1 - edge) + cloth[1] * hem * edge
                    cb = cb * (1 - edge) + cloth[2] * hem * edge
                    gloss = 0.0
                    wrap_scale = 0.3
                grain = 0.95 + 0.10 * _noise(rx * 22.0, ry * 22.0 + rz * 9.0)
                cr *= grain
                cg *= grain
                cb *= grain
            elif m == MOUTH:
                occlusion = e0
                gloss = 0.25
                sharp = 24.0
            elif m == TEETH:
                # The carried teeth face every way; light them as the arch that they are.
                nx, ny, nz = 0.45 * nx, 0.2 * ny, 0.9
                length = math.sqrt(nx * nx + ny * ny + nz * nz)
                nx, ny, nz = nx / length, ny / length, nz / length
                occlusion = e0 * max(0.0, min(1.0, (0.36 - abs(rx)) / 0.16))
                seam = abs((abs(rx) * 9.5) % 1.0 - 0.5)
                if seam < 0.05:
                    cr, cg, cb = cr * 0.82, cg * 0.80, cb * 0.78
                gloss = 0.35
                sharp = 40.0
            elif m == EYE:
                # rest is the direction on the eyeball, z along the gaze.
                r = math.sqrt(rx * rx + ry * ry)
                edge_of_iris, pupil = iris[0], iris[1]
                ang = math.atan2(ry, rx)
                red = 0.05 * max(0.0, r - 0.55)
                cr, cg, cb = 0.80, 0.77 - red, 0.74 - red
                if r < edge_of_iris and rz > 0.0:
                    f = r / edge_of_iris
                    fibre = 0.75 + 0.5 * _noise(ang * 9.0, f * 3.0) * (0.6 + 0.4 * _noise(ang * 23.0, f * 1.5))
                    depth_i = 0.55 + 0.75 * f
                    # Light comes from above and pools at the bottom of the iris.
                    pool = 1.0 - 0.45 * (ry / edge_of_iris)
                    inner = max(0.0, 1.0 - abs(f - 0.48) * 4.0) * 0.25
                    bright = fibre * depth_i * pool
                    ir = iris[2] * bright + inner * iris[5]
                    ig = iris[3] * bright + inner * iris[6]
                    ib = iris[4] * bright + inner * iris[7]
                    ring = 1.0 - 0.75 * max(0.0, min(1.0, (f - 0.80) / 0.2))
                    ir, ig, ib = ir * ring, ig * ring, ib * ring
                    edge = max(0.0, min(1.0, (r - pupil) / 0.035))
                    ir, ig, ib = 0.008 + ir * edge, 0.008 + ig * edge, 0.009 + ib * edge
                    mix = max(0.0, min(1.0, (edge_of_iris - r) / 0.05))
                    cr = cr * (1 - mix) + ir * mix
                    cg = cg * (1 - mix) + ig * mix
                    cb = cb * (1 - mix) + ib * mix
                occlusion = e0
                gloss = 1.0
                sharp = 160.0
                wrap_scale = 0.6
            elif m == HAIR:
                occlusion = rz
                gloss = 0.0
                strand = _noise(e0 * 60.0, e1 * 2.5 + rx * 17.0)
                fine = _noise(e0 * 170.0 + rx * 31.0, e1 * 4.0)
                streak = 0.62 + 0.42 * strand + 0.22 * (fine - 0.5)
                cr, cg, cb = cr * streak, cg * streak, cb * streak
                wrap_scale = 0.4
            else:
                occlusion = 0.8

            up = 0.5 + 0.5 * ny
            lr = ambient[0] * (0.55 + 0.45 * up) * occlusion
            lg = ambient[1] * (0.55 + 0.45 * up) * occlusion
            lb = ambient[2] * (0.55 + 0.45 * up) * occlusion
            sr = 0.0
            sg = 0.0
            sb = 0.0
            soft = 0.35 + 0.65 * occlusion
            for k in range(lights.shape[0]):
                lx, ly, lz = lights[k, 0], lights[k, 1], lights[k, 2]
                dot = nx * lx + ny * ly + nz * lz
                wr, wg, wb = lights[k, 6] * wrap_scale, lights[k, 7] * wrap_scale, lights[k, 8] * wrap_scale
                lr += lights[k, 3] * max(0.0, (dot + wr) / (1 + wr)) * soft
                lg += lights[k, 4] * max(0.0, (dot + wg) / (1 + wg)) * soft
                lb += lights[k, 5] * max(0.0, (dot + wb) / (1 + wb)) * soft
                if gloss > 0.0:
                    hx, hy, hz = lx, ly, lz + 1.0
                    hl = math.sqrt(hx * hx + hy * hy + hz * hz)
                    d = max(0.0, (nx * hx + ny * hy + nz * hz) / hl)
                    s = gloss * d**sharp * soft * min(1.0, max(0.0, dot * 4.0 + 0.3))
                    sr += lights[k, 3] * s
                    sg += lights[k, 4] * s
                    sb += lights[k, 5] * s
            if m == EYE:
                # The window every portrait has in its eyes.
                spark = max(0.0, min(1.0, (-0.20 * nx + 0.16 * ny + 0.966 * nz - 0.988) / 0.004))
                sr, sg, sb = sr + 0.85 * spark, sg + 0.85 * spark, sb + 0.85 * spark
            if m == HAIR:
                # A band of light where strands bend over towards the viewer.
                band = (
                    max(0.0, 1.0 - abs(ny - 0.45) * 2.6)
                    * max(0.0, nz)
                    * (0.5 + 0.9 * _noise(e0 * 60.0, e1 * 2.5 + rx * 17.0))
                )
                s = 0.30 * band * occlusion
                sr += s * (0.3 + cr * 2.0)
                sg += s * (0.3 + cg * 2.0)
                sb += s * (0.3 + cb * 2.0)
            rim = (1.0 - max(0.0, nz)) ** 3 * max(0.0, 0.35 + 0.65 * ny + 0.35 * nx) * 0.20 * occlusion
            if m in (EYE, TEETH, MOUTH):
                rim = 0.0
            out[y, x, 0] = cr * lr + sr + rim * (0.4 + 0.6 * cr)
            out[y, x, 1] = cg * lg + sg + rim * (0.4 + 0.6 * cg)
            out[y, x, 2] = cb * lb + sb + rim * (0.4 + 0.6 * cb)


@njit(cache=True, nogil=True)
def develop(linear: Array, factor: int, out: Array) -> None:
    """Average factor x factor samples, compress highlights, encode as sRGB: out (size, size, 4) uint8."""
    size = out.shape[0]
    area = 1.0 / (factor * factor)
    for y in range(size):
        for x in range(size):
            for k in range(3):
                total = 0.0
                for j in range(factor):
                    for i in range(factor):
                        s = linear[y * factor + j, x * factor + i, k]
                        # Shoulder above 0.7, so that a highlight keeps its colour.
                        total += s if s < 0.7 else 0.7 + 0.3 * (1.0 - math.exp(-(s - 0.7) / 0.3))
                s = min(1.0, max(0.0, total * area))
                s = 12.92 * s if s <= 0.0031308 else 1.055 * s ** (1 / 2.4) - 0.055
                out[y, x, k] = np.uint8(s * 255.0 + 0.5)
            out[y, x, 3] = 255


@njit(cache=True, nogil=True)
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
