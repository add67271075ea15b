"""What surfaces look like: skin, cloth, eyes, teeth, hair. Linear light, written as sRGB.

Kernels are compiled on first use and cached; they stay in one file, because numba looks no further than a kernel's own
file when it decides whether its cache is stale.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numba import njit
from numpy.typing import NDArray

SKIN: Final = 0
MOUTH: Final = 1
TOOTH: Final = 2
EYE: Final = 3
HAIR: Final = 4
LASH: Final = 5

Array = NDArray[Any]
Light = tuple[float, float, float]


@njit(cache=True, nogil=True, error_model="numpy")
def clip(x: float) -> float:
    """x held to 0..1."""
    return min(1.0, max(0.0, x))


@njit(cache=True, nogil=True, error_model="numpy")
def _hash(x: int, y: int) -> float:
    h = (x * 374761393 + y * 668265263) & 0xFFFFFFFF
    h = ((h ^ (h >> 13)) * 1274126177) & 0xFFFFFFFF
    return (h ^ (h >> 16)) * 2.3283064365386963e-10


@njit(cache=True, nogil=True, error_model="numpy")
def noise(x: float, y: float) -> float:
    """Smooth noise, 0..1."""
    ix, iy = math.floor(x), math.floor(y)
    fx, fy = x - ix, y - iy
    fx = fx * fx * (3.0 - 2.0 * fx)
    fy = fy * fy * (3.0 - 2.0 * fy)
    i, j = int(ix), int(iy)
    a, b = _hash(i, j), _hash(i + 1, j)
    c, d = _hash(i, j + 1), _hash(i + 1, j + 1)
    return a + (b - a) * fx + (c - a) * fy + (a - b - c + d) * fx * fy


_REACH: Final = 1.8
"""Texels between the places where a shadow is looked up."""


@njit(cache=True, nogil=True, error_model="numpy")
def shadow(depth: Array, x: float, y: float, z: float, bias: float) -> float:
    """Share of the key light that arrives, 0..1: nine soft comparisons in the light's depth, so that the edge of a
    shadow of many strands shows no texels.
    """
    size = depth.shape[0]
    if x < 4.0 or y < 4.0 or x > size - 5.0 or y > size - 5.0:
        return 1.0
    near = z + bias
    lit = 0.0
    for n in range(9):
        if n == 5 and (lit < 1e-6 or lit > 5.0 - 1e-6):
            # Middle and corners agree: no edge is near.
            return lit / 5.0
        k = 2 * n if n < 5 else 2 * n - 9
        sx, sy = x - 0.5 + _REACH * (k % 3 - 1), y - 0.5 + _REACH * (k // 3 - 1)
        ix, iy = int(sx), int(sy)
        fx, fy = sx - ix, sy - iy
        a = 1.0 if depth[iy, ix] < near else 0.0
        b = 1.0 if depth[iy, ix + 1] < near else 0.0
        c = 1.0 if depth[iy + 1, ix] < near else 0.0
        d = 1.0 if depth[iy + 1, ix + 1] < near else 0.0
        lit += (a + (b - a) * fx) * (1.0 - fy) + (c + (d - c) * fx) * fy
    return lit / 9.0


@njit(cache=True, nogil=True, error_model="numpy")
def diffuse_and_shine(
    nx: float, ny: float, nz: float, occlusion: float, wrap: float, gloss: float, lit: float, bleed: float,
    lights: Array, ambient: Array,
) -> tuple[float, float, float, float, float, float]:  # fmt: skip
    """Diffuse light per channel, then highlights per channel, on a surface that faces (nx, ny, nz).

    lit: share of the first light that arrives. bleed: how far red light travels under the skin into a shadow's edge.
    """
    up = 0.5 + 0.5 * ny
    hollow = 0.25 + 0.75 * occlusion
    lr = (ambient[0] * up + ambient[3] * (1.0 - up)) * occlusion
    lg = (ambient[1] * up + ambient[4] * (1.0 - up)) * occlusion
    lb = (ambient[2] * up + ambient[5] * (1.0 - up)) * occlusion
    sr = 0.0
    sg = 0.0
    sb = 0.0
    edge = bleed * 4.0 * lit * (1.0 - lit)
    for k in range(lights.shape[0]):
        lx, ly, lz = lights[k, 0], lights[k, 1], lights[k, 2]
        dot = nx * lx + ny * ly + nz * lz
        wr, wg, wb = lights[k, 6] * wrap, lights[k, 7] * wrap, lights[k, 8] * wrap
        here = hollow * (lit if k == 0 else 1.0)
        red = hollow * min(1.0, lit + edge) if k == 0 else here
        if lz < 0.0:
            # A light from behind only grazes.
            graze = 1.0 - max(0.0, nz)
            here *= graze * graze
            red = here
        lr += lights[k, 3] * max(0.0, (dot + wr) / (1 + wr)) * red
        lg += lights[k, 4] * max(0.0, (dot + wg) / (1 + wg)) * here
        lb += lights[k, 5] * max(0.0, (dot + wb) / (1 + wb)) * here
        if gloss > 0.0 and dot > 0.0 and lz > 0.0:
            hz = lz + 1.0
            d = (nx * lx + ny * ly + nz * hz) / math.sqrt(lx * lx + ly * ly + hz * hz)
            if d > 0.0:
                d2 = d * d
                d4 = d2 * d2
                d8 = d4 * d4
                d16 = d8 * d8
                # A broad sheen and a narrow highlight in it.
                s = gloss * here * (0.55 * d8 + 0.45 * d16 * d16) * min(1.0, dot * 4.0)
                sr += lights[k, 3] * s
                sg += lights[k, 4] * s
                sb += lights[k, 5] * s
    return lr, lg, lb, sr, sg, sb


@njit(cache=True, nogil=True, error_model="numpy")
def painted(texture: Array, frame: Array, rx: float, ry: float, rz: float) -> tuple[float, float, float, float]:
    """What is painted on the face at a place of the unshaped head: colour times coverage, and coverage."""
    th, tw = texture.shape[0], texture.shape[1]
    fx = (rx - frame[0]) / frame[2] * tw - 0.5
    fy = (frame[1] - ry) / frame[3] * th - 0.5
    if rz < -0.55 or fx <= 0.0 or fy <= 0.0 or fx >= tw - 1.001 or fy >= th - 1.001:
        return 0.0, 0.0, 0.0, 0.0
    ix, iy = int(fx), int(fy)
    gx, gy = fx - ix, fy - iy
    a, b, c, d = (1 - gx) * (1 - gy), gx * (1 - gy), (1 - gx) * gy, gx * gy
    fade = min(1.0, (rz + 0.55) * 3.0)
    r = (
        a * texture[iy, ix, 0]
        + b * texture[iy, ix + 1, 0]
        + c * texture[iy + 1, ix, 0]
        + d * texture[iy + 1, ix + 1, 0]
    )
    g = (
        a * texture[iy, ix, 1]
        + b * texture[iy, ix + 1, 1]
        + c * texture[iy + 1, ix, 1]
        + d * texture[iy + 1, ix + 1, 1]
    )
    l = (
        a * texture[iy, ix, 2]
        + b * texture[iy, ix + 1, 2]
        + c * texture[iy + 1, ix, 2]
        + d * texture[iy + 1, ix + 1, 2]
    )
    o = (
        a * texture[iy, ix, 3]
        + b * texture[iy, ix + 1, 3]
        + c * texture[iy + 1, ix, 3]
        + d * texture[iy + 1, ix + 1, 3]
    )
    return r * fade, g * fade, l * fade, o * fade


@njit(cache=True, nogil=True, error_model="numpy")
def creased(crease: Array, frame: Array, rx: float, ry: float, rz: float) -> tuple[float, float, float]:
    """Depth of the creases at a place of the unshaped head, and its slope to the subject's left and up."""
    th, tw = crease.shape[0], crease.shape[1]
    fx = (rx - frame[0]) / frame[2] * tw - 0.5
    fy = (frame[1] - ry) / frame[3] * th - 0.5
    if rz < -0.55 or fx <= 0.0 or fy <= 0.0 or fx >= tw - 1.001 or fy >= th - 1.001:
        return 0.0, 0.0, 0.0
    ix, iy = int(fx), int(fy)
    gx, gy = fx - ix, fy - iy
    a, b, c, d = crease[iy, ix], crease[iy, ix + 1], crease[iy + 1, ix], crease[iy + 1, ix + 1]
    depth = (a + (b - a) * gx) * (1 - gy) + (c + (d - c) * gx) * gy
    across = (b - a) * (1 - gy) + (d - c) * gy
    down = (c - a) * (1 - gx) + (d - b) * gx
    unit = tw / frame[2]
    return depth, across * unit, -down * unit


@njit(cache=True, nogil=True, error_model="numpy")
def skin_colour(
    texture: Array, frame: Array, cloth: Array, rx: float, ry: float, rz: float, colour: Light, scalp: float
) -> tuple[Light, float, float]:
    """What covers the skin at a place of the unshaped head: paint, grain, the hair on a scalp, cloth. The colour, how
    much of it is paint, how much cloth.
    """
    cr, cg, cb = colour
    tr, tg, tb, cover = painted(texture, frame, rx, ry, rz)
    cr, cg, cb = cr * (1 - cover) + tr, cg * (1 - cover) + tg, cb * (1 - cover) + tb
    grain = 0.94 + 0.12 * noise(rx * 21.0, ry * 21.0 + rz * 9.0)
    cr, cg, cb = cr * (0.5 + 0.5 * grain), cg * grain, cb * grain
    if scalp > 0.02:
        # The shell under the locks is hair too, drawn as strands that run off the crown.
        crown = math.atan2(rx, rz + 1.0)
        strand = 0.55 + 0.9 * noise(crown * 26.0, ry * 2.0) * (0.6 + 0.8 * noise(crown * 70.0, ry * 3.0))
        strand = 1.0 + (strand - 1.0) * clip(scalp)
        cr, cg, cb = cr * strand, cg * strand, cb * strand
    edge = 0.0
    side = abs(rx)
    line = cloth[3] + cloth[4] * max(0.0, side - 0.75)
    if rz > -1.0:
        line -= cloth[5] * max(0.0, 0.55 - side)
    if ry < line and ry < -1.75:
        edge = clip((line - ry) / 0.025)
        hem = 0.74 if line - ry < 0.09 else 1.0
        weave = hem * (0.96 + 0.08 * noise(rx * 60.0, ry * 60.0))
        cr = cr * (1 - edge) + cloth[0] * weave * edge
        cg = cg * (1 - edge) + cloth[1] * weave * edge
        cb = cb * (1 - edge) + cloth[2] * weave * edge
    return (cr, cg, cb), cover, edge


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out(
    ids: Array, bary: Array, triangles: Array, rest: Array, colour: Array, scalp: Array, texture: Array, frame: Array,
    cloth: Array, out: Array,
) -> None:  # fmt: skip
    """Unlit colour of skin, paint and cloth, spread over a picture: out (size, size, 3), linear light.

    ids, bary: the triangle and place in it of each texel, as `raster.visible` finds them; the rest as in `shade`.
    """
    for y in range(ids.shape[0]):
        for x in range(ids.shape[1]):
            t = ids[y, x]
            if t < 0:
                continue
            u, v = bary[y, x, 0], bary[y, x, 1]
            w = 1.0 - u - v
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            p = u * rest[a] + v * rest[b] + w * rest[c]
            own = u * colour[a] + v * colour[b] + w * colour[c]
            hair = u * scalp[a] + v * scalp[b] + w * scalp[c]
            (r, g, l), _, _ = skin_colour(texture, frame, cloth, p[0], p[1], p[2], (own[0], own[1], own[2]), hair)
            out[y, x, 0], out[y, x, 1], out[y, x, 2] = r, g, l


@njit(cache=True, nogil=True, error_model="numpy")
def lay_out_eye(iris: Array, around: float, out: Array) -> None:
    """Colour of an eyeball, out (size, size, 3), linear light: the angle from the gaze grows from the middle of the
    picture to `around` at its edge.
    """
    size = out.shape[0]
    for i in range(size):
        for j in range(size):
            px, py = 2.0 * (j + 0.5) / size - 1.0, 1.0 - 2.0 * (i + 0.5) / size
            r = math.sqrt(px * px + py * py) + 1e-9
            angle = min(r, 1.0) * around
            s = math.sin(angle) / r
            out[i, j, 0], out[i, j, 1], out[i, j, 2] = eye_colour(px * s, py * s, math.cos(angle), iris)


@njit(cache=True, nogil=True, error_model="numpy")
def eye_colour(x: float, y: float, z: float, iris: Array) -> Light:
    """Colour of an eyeball in direction (x, y, z), z along the gaze."""
    r = math.sqrt(x * x + y * y)
    size, pupil = iris[0], iris[1]
    pink = clip((abs(x) - 0.55) / 0.4)
    cr, cg, cb = 0.86 - 0.02 * pink, 0.84 - 0.16 * pink, 0.81 - 0.18 * pink
    if r < size + 0.03 and z > 0.0:
        f = r / size
        angle = math.atan2(y, x)
        fibre = 0.62 + 0.55 * noise(angle * 9.5 + 30.0, f * 2.2) + 0.35 * noise(angle * 24.0 + 90.0, f * 1.3)
        # Light enters from above and pools at the bottom.
        pool = (0.72 + 0.38 * f) * (1.0 - 0.42 * y / size)
        k = fibre * pool
        ring = clip(1.0 - abs(f - 0.50) * 3.4) * 0.55
        r0 = k * (iris[2] * (1 - ring) + iris[5] * ring)
        g0 = k * (iris[3] * (1 - ring) + iris[6] * ring)
        b0 = k * (iris[4] * (1 - ring) + iris[7] * ring)
        limbal = 1.0 - 0.80 * clip((f - 0.78) / 0.20)
        hole = clip((r - pupil) / 0.045)
        r0, g0, b0 = 0.006 + r0 * limbal * hole, 0.006 + g0 * limbal * hole, 0.007 + b0 * limbal * hole
        mix = clip((size + 0.03 - r) / 0.07)
        cr, cg, cb = cr + (r0 - cr) * mix, cg + (g0 - cg) * mix, cb + (b0 - cb) * mix
    return cr, cg, cb


@njit(cache=True, nogil=True, error_model="numpy")
def window(nx: float, ny: float, size: float) -> float:
    """The window and the lamp that every portrait has in its eyes, 0..1."""
    a = clip((size - abs(nx + 0.22)) / (0.4 * size)) * clip((1.15 * size - abs(ny - 0.17)) / (0.4 * size))
    dx, dy = nx - 0.20, ny + 0.20
    b = clip((0.6 * size - math.sqrt(dx * dx + dy * dy)) / (0.4 * size))
    return a + 0.22 * b


@njit(cache=True, nogil=True, error_model="numpy")
def strand_light(
    tx: float, ty: float, tz: float, nx: float, ny: float, nz: float, u: float, along: float, occlusion: float,
    sheen: float, lit: float, colour: Light, lights: Array, view: Array, ambient: Array,
) -> Light:  # fmt: skip
    """Hair that runs along (tx, ty, tz) on a volume that faces (nx, ny, nz): all in the head's own frame.

    u: across the strands; along: 0 at the root, 1 at the tip. lights, view: directions in the head's frame.
    """
    coarse = noise(u * 34.0, along * 1.6)
    fine = noise(u * 120.0 + 7.0, along * 3.0)
    k = (0.70 + 0.38 * coarse + 0.30 * (fine - 0.5)) * (0.62 + 0.38 * clip(along * 3.0 + 0.15))
    cr, cg, cb = colour[0] * k, colour[1] * k, colour[2] * k
    jitter = 0.30 * (coarse - 0.5) + 0.16 * (fine - 0.5)
    up = 0.5 + 0.5 * ny
    r = cr * (ambient[0] * up + ambient[3] * (1 - up)) * occlusion
    g = cg * (ambient[1] * up + ambient[4] * (1 - up)) * occlusion
    b = cb * (ambient[2] * up + ambient[5] * (1 - up)) * occlusion
    soft = 0.35 + 0.65 * occlusion
    facing = max(0.0, nx * view[0] + ny * view[1] + nz * view[2])
    for i in range(lights.shape[0]):
        lx, ly, lz = lights[i, 0], lights[i, 1], lights[i, 2]
        here = soft * (lit if i == 0 else 1.0)
        if lights[i, 9] < 0.0:
            here *= (1.0 - facing) * (1.0 - facing)
        dot = nx * lx + ny * ly + nz * lz
        tl = tx * lx + ty * ly + tz * lz
        wide = math.sqrt(max(0.0, 1.0 - tl * tl))
        d = here * max(0.0, (dot + 0.35) / 1.35) * (0.45 + 0.55 * wide)
        r += cr * lights[i, 3] * d
        g += cg * lights[i, 4] * d
        b += cb * lights[i, 5] * d
        gate = here * sheen * clip(dot * 1.6 + 0.35)
        if gate < 0.02 or lights[i, 9] < 0.0:
            continue
        hx, hy, hz = lx + view[0], ly + view[1], lz + view[2]
        th = (tx * hx + ty * hy + tz * hz) / (math.sqrt(hx * hx + hy * hy + hz * hz) + 1e-6)
        # Two lobes: a white one, and one that went through the hair and took its colour.
        first, second = th + jitter - 0.06, th + jitter + 0.12
        white, tinted = 1.0 / (1.0 + 26.0 * first * first), 1.0 / (1.0 + 8.0 * second * second)
        s1, s2 = 0.11 * white * white * gate, 0.55 * tinted * tinted * gate
        r += lights[i, 3] * (s1 + s2 * (cr + 0.02))
        g += lights[i, 4] * (s1 + s2 * (cg + 0.02))
        b += lights[i, 5] * (s1 + s2 * (cb + 0.02))
    return r, g, b


@njit(cache=True, nogil=True, error_model="numpy")
def _tone(x: float) -> float:
    """A shoulder above 0.65, so that highlights keep their colour."""
    return x if x < 0.65 else 0.65 + 0.35 * (1.0 - math.exp(-(x - 0.65) / 0.35))


def _srgb() -> Array:
    s = np.linspace(0.0, 1.0, 4096) ** 2
    return np.round(255 * np.where(s <= 0.0031308, 12.92 * s, 1.055 * s ** (1 / 2.4) - 0.055)).astype(np.uint8)


# Linear light to sRGB bytes; the index is 4095 times its root, so that dark tones have enough steps.
SRGB: Final = _srgb()


@njit(cache=True, nogil=True, error_model="numpy")
def shade(
    depth: Array, ids: Array, bary: Array, triangles: Array, kind: Array, normals: Array, rest: Array, colour: Array,
    extra: Array, lamp_xyz: Array, lamp: Array, texture: Array, crease: Array, frame: Array, axes: Array, lights: Array,
    head_lights: Array, ambient: Array, iris: Array, cloth: Array, background: Array, srgb: Array, out: Array,
) -> None:  # fmt: skip
    """Colour every pixel: out (size, size, 4) uint8, from size * FINE samples a side.

    Per vertex: normals (n, 3) of the posed head, hair's in the head's own frame; rest (n, 3), the place on the unshaped
    head (skin), the direction on the ball (eye), the tangent (hair); colour (n, 3); extra (n, 3): occlusion, gloss and
    scalp (skin), strand coordinates and occlusion (hair), else occlusion first; lamp_xyz (n, 3), where the key light
    sees it in its depth map `lamp`.
    texture (h, w, 4) and crease (h, w) cover `frame` (left, top, width, height in rest units). axes (3, 3): the head's
    own axes in the world. lights (k, 10): direction, colour, wrap of red, green, blue, strand sheen; head_lights: the
    same with directions in the head's frame and, last, whether the lamp is behind. ambient (6,): sky and ground.
    iris (9,): radius, pupil, colour, inner colour, window. cloth (6,): colour, neckline, slope, vee.
    background (2, 3): top and botto
    """
    size = out.shape[0]
    for y in range(size):
        for x in range(size):
            total_r = 0.0
            total_g = 0.0
            total_b = 0.0
            done = 0
            for s in range(4):
                if done >> s & 1:
                    continue
                sy, sx = 2 * y + (s >> 1), 2 * x + (s & 1)
                t = ids[sy, sx]
                count = 1.0
                if t < 0:
                    for q in range(s + 1, 4):
                        if ids[2 * y + (q >> 1), 2 * x + (q & 1)] < 0:
                            done |= 1 << q
                            count += 1.0
                    down = y / (size - 1)
                    dx, dy = x / size - 0.5, down - 0.40
                    glow = 1.06 - 0.75 * (dx * dx + dy * dy)
                    total_r += count * (background[0, 0] * (1 - down) + background[1, 0] * down) * glow
                    total_g += count * (background[0, 1] * (1 - down) + background[1, 1] * down) * glow
                    total_b += count * (background[0, 2] * (1 - down) + background[1, 2] * down) * glow
                    continue
                k = kind[t]
                u, v = bary[sy, sx, 0], bary[sy, sx, 1]
                if k != EYE:
                    # One surface is coloured once a pixel: its samples differ in coverage, hardly in light.
                    for q in range(s + 1, 4):
                        qy, qx = 2 * y + (q >> 1), 2 * x + (q & 1)
                        other = ids[qy, qx]
                        if done >> q & 1 or other < 0 or kind[other] != k:
                            continue
                        if other == t or (k < 2 and abs(depth[qy, qx] - depth[sy, sx]) < 0.06):
                            done |= 1 << q
                            count += 1.0
                a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
                w = 1.0 - u - v
                nx = u * normals[a, 0] + v * normals[b, 0] + w * normals[c, 0]
                ny = u * normals[a, 1] + v * normals[b, 1] + w * normals[c, 1]
                nz = u * normals[a, 2] + v * normals[b, 2] + w * normals[c, 2]
                length = 1.0 / (math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9)
                nx, ny, nz = nx * length, ny * length, nz * length
                rx = u * rest[a, 0] + v * rest[b, 0] + w * rest[c, 0]
                ry = u * rest[a, 1] + v * rest[b, 1] + w * rest[c, 1]
                rz = u * rest[a, 2] + v * rest[b, 2] + w * rest[c, 2]
                cr = u * colour[a, 0] + v * colour[b, 0] + w * colour[c, 0]
                cg = u * colour[a, 1] + v * colour[b, 1] + w * colour[c, 1]
                cb = u * colour[a, 2] + v * colour[b, 2] + w * colour[c, 2]
                e0 = u * extra[a, 0] + v * extra[b, 0] + w * extra[c, 0]
                e1 = u * extra[a, 1] + v * extra[b, 1] + w * extra[c, 1]
                e2 = u * extra[a, 2] + v * extra[b, 2] + w * extra[c, 2]
                lx = u * lamp_xyz[a, 0] + v * lamp_xyz[b, 0] + w * lamp_xyz[c, 0]
                ly = u * lamp_xyz[a, 1] + v * lamp_xyz[b, 1] + w * lamp_xyz[c, 1]
                lz = u * lamp_xyz[a, 2] + v * lamp_xyz[b, 2] + w * lamp_xyz[c, 2]

                if k == HAIR:
                    lit = shadow(lamp, lx, ly, lz, 0.14)
                    r, g, b_ = strand_light(
                        rx, ry, rz, nx, ny, nz, e0, e1, e2, lights[0, 9], lit, (cr, cg, cb), head_lights, axes[2],
                        ambient,
                    )  # fmt: skip
                else:
                    occlusion, wrap, gloss, bleed, lit = e0, 0.3, 0.0, 0.0, 1.0
                    if k == SKIN:
                        lit = shadow(lamp, lx, ly, lz, 0.075)
                        wrap, gloss, bleed = 1.0, 0.11 * e1, 0.30
                        deep, slope_x, slope_y = creased(crease, frame, rx, ry, rz)
                        if slope_x != 0.0 or slope_y != 0.0 or deep != 0.0:
                            nx += slope_x * axes[0, 0] + slope_y * axes[1, 0]
                            ny += slope_x * axes[0, 1] + slope_y * axes[1, 1]
                            nz += slope_x * axes[0, 2] + slope_y * axes[1, 2]
                            length = 1.0 / math.sqrt(nx * nx + ny * ny + nz * nz)
                            nx, ny, nz = nx * length, ny * length, nz * length
                            shade_ = max(0.4, 1.0 - 9.0 * deep)
                            cr, cg, cb = cr * (0.25 + 0.75 * shade_), cg * shade_, cb * shade_
                        (cr, cg, cb), cover, edge = skin_colour(texture, frame, cloth, rx, ry, rz, (cr, cg, cb), e2)
                        gloss *= 1.0 - 0.7 * cover
                        if e2 > 0.02:
                            gloss *= 1.0 - clip(e2)
                            wrap = 0.5
                        if edge > 0.0:
                            gloss *= 1.0 - edge
                            bleed *= 1.0 - edge
                            wrap = 0.35
                    elif k == MOUTH:
                        gloss = 0.16 * e1
                    elif k == TOOTH:
                        gloss, wrap = 0.22 * e1, 1.2
                        lit = 0.55 + 0.45 * shadow(lamp, lx, ly, lz, 0.16)
                    elif k == EYE:
                        cr, cg, cb = eye_colour(rx, ry, rz, iris)
                        lit = 0.45 + 0.55 * shadow(lamp, lx, ly, lz, 0.10)
                        wrap = 0.9
                    else:
                        occlusion, wrap = 0.6, 0.6
                    dr, dg, db, sr, sg, sb = diffuse_and_shine(
                        nx, ny, nz, occlusion, wrap, gloss, lit, bleed, lights, ambient
                    )
                    r, g, b_ = cr * dr + sr, cg * dg + sg, cb * db + sb
                    if k == EYE:
                        glint = window(nx, ny, iris[8]) * (0.25 + 0.75 * occlusion) * 0.95
                        r, g, b_ = r + glint * (1 - 0.5 * r), g + glint * (1 - 0.5 * g), b_ + glint * (1 - 0.5 * b_)
                total_r += count * _tone(r)
                total_g += count * _tone(g)
                total_b += count * _tone(b_)
            out[y, x, 0] = srgb[int(math.sqrt(clip(0.25 * total_r)) * 4095.0 + 0.5)]
            out[y, x, 1] = srgb[int(math.sqrt(clip(0.25 * total_g)) * 4095.0 + 0.5)]
            out[y, x, 2] = srgb[int(math.sqrt(clip(0.25 * total_b)) * 4095.0 + 0.5)]
            out[y, x, 3] = 255
