"""What imported surfaces look like: pictures under lamps, in two tones, or as they are; cut out or see-through.

Kernels are compiled on first use and cached; all of them stay in this file, because numba looks no further when it
decides whether its cache is stale.
"""

from __future__ import annotations

import math
from typing import Any, Final

from numba import njit
from numpy.typing import NDArray

LIT: Final = 0
TOON: Final = 1
FLAT: Final = 2

# Columns of a material: colour and opacity, dark tone, look, cutoff, gloss, sharpness of gloss, toony, shift, sides.
_SHADE: Final = 4
_LOOK: Final = 7
_CUTOFF: Final = 8
_GLOSS: Final = 9
SHARP: Final = 10
_TOONY: Final = 11
_SHIFT: Final = 12
SIDES: Final = 13
_WRAP: Final = 14

Array = NDArray[Any]


@njit(cache=True, nogil=True, error_model="numpy")
def _clip(x: float) -> float:
    return min(1.0, max(0.0, x))


@njit(cache=True, nogil=True, error_model="numpy")
def _texel(texels: Array, linear: Array, at: int) -> tuple[float, float, float, float]:
    return linear[texels[at, 0]], linear[texels[at, 1]], linear[texels[at, 2]], texels[at, 3] * (1.0 / 255.0)


@njit(cache=True, nogil=True, error_model="numpy")
def sampled(texels: Array, linear: Array, row: Array, u: float, v: float) -> tuple[float, float, float, float]:
    """A picture at a place, linear light and opacity. row: where it starts, its width and height, does it repeat."""
    start, w, h, repeats = row[0], row[1], row[2], row[3]
    if w == 0:
        return 1.0, 1.0, 1.0, 1.0
    fx, fy = u * w - 0.5, v * h - 0.5
    ix, iy = math.floor(fx), math.floor(fy)
    gx, gy = fx - ix, fy - iy
    x0, y0 = int(ix), int(iy)
    x1, y1 = x0 + 1, y0 + 1
    if repeats:
        x0, x1, y0, y1 = x0 % w, x1 % w, y0 % h, y1 % h
    else:
        x0, x1 = min(max(x0, 0), w - 1), min(max(x1, 0), w - 1)
        y0, y1 = min(max(y0, 0), h - 1), min(max(y1, 0), h - 1)
    ar, ag, ab, aa = _texel(texels, linear, start + y0 * w + x0)
    br, bg, bb, ba = _texel(texels, linear, start + y0 * w + x1)
    cr, cg, cb, ca = _texel(texels, linear, start + y1 * w + x0)
    dr, dg, db, da = _texel(texels, linear, start + y1 * w + x1)
    p, q, r, s = (1 - gx) * (1 - gy), gx * (1 - gy), (1 - gx) * gy, gx * gy
    return (
        p * ar + q * br + r * cr + s * dr,
        p * ag + q * bg + r * cg + s * dg,
        p * ab + q * bb + r * cb + s * db,
        p * aa + q * ba + r * ca + s * da,
    )


@njit(cache=True, nogil=True, error_model="numpy")
def _shadow(depth: Array, x: float, y: float, z: float, bias: float) -> float:
    """Share of the key light that arrives, 0..1: four soft comparisons in the light's depth."""
    size = depth.shape[0]
    if x < 4.0 or y < 4.0 or x > size - 5.0 or y > size - 5.0:
        return 1.0
    near = z + bias
    lit = 0.0
    for k in range(4):
        sx = x - 0.5 + (1.2 if k & 1 else -1.2)
        sy = y - 0.5 + (1.2 if k & 2 else -1.2)
        ix, iy = int(sx), int(sy)
        fx, fy = sx - ix, sy - iy
        a = 1.0 if depth[iy, ix] < near else 0.0
        b = 1.0 if depth[iy, ix + 1] < near else 0.0
        c = 1.0 if depth[iy + 1, ix] < near else 0.0
        d = 1.0 if depth[iy + 1, ix + 1] < near else 0.0
        lit += (a + (b - a) * fx) * (1.0 - fy) + (c + (d - c) * fx) * fy
    return 0.25 * lit


@njit(cache=True, nogil=True, error_model="numpy")
def _tone(x: float) -> float:
    """A shoulder above 0.65, so that highlights keep their colour."""
    return x if x < 0.65 else 0.65 + 0.35 * (1.0 - math.exp(-(x - 0.65) / 0.35))


@njit(cache=True, nogil=True, error_model="numpy")
def _spot(
    a: int, b: int, c: int, u: float, v: float, row: Array, picture: Array, texels: Array, linear: Array,
    normals: Array, places: Array, colours: Array, occlusion: Array, lamp_xyz: Array, lamp: Array, lights: Array,
    ambient: Array,
) -> tuple[float, float, float, float]:  # fmt: skip
    """Light that one place of a triangle sends to the camera, and its opacity."""
    w = 1.0 - u - v
    pu = u * places[a, 0] + v * places[b, 0] + w * places[c, 0]
    pv = u * places[a, 1] + v * places[b, 1] + w * places[c, 1]
    tr, tg, tb, ta = sampled(texels, linear, picture, pu, pv)
    r = tr * row[0] * (u * colours[a, 0] + v * colours[b, 0] + w * colours[c, 0])
    g = tg * row[1] * (u * colours[a, 1] + v * colours[b, 1] + w * colours[c, 1])
    bl = tb * row[2] * (u * colours[a, 2] + v * colours[b, 2] + w * colours[c, 2])
    alpha = ta * row[3] * (u * colours[a, 3] + v * colours[b, 3] + w * colours[c, 3])
    look = int(row[_LOOK])
    if look == FLAT:
        return r, g, bl, alpha
    nx = u * normals[a, 0] + v * normals[b, 0] + w * normals[c, 0]
    ny = u * normals[a, 1] + v * normals[b, 1] + w * normals[c, 1]
    nz = u * normals[a, 2] + v * normals[b, 2] + w * normals[c, 2]
    length = 1.0 / (math.sqrt(nx * nx + ny * ny + nz * nz) + 1e-9)
    nx, ny, nz = nx * length, ny * length, nz * length
    if row[SIDES] > 0.5 and nz < 0.0:
        nx, ny, nz = -nx, -ny, -nz
    if look == TOON:
        # The key of the lit ones, brought nearer to the camera: a face in half shadow is no anime.
        lx, ly, lz = 0.6 * lights[0, 0], 0.6 * lights[0, 1], 0.6 * lights[0, 2] + 0.6
        inverse = 1.0 / (math.sqrt(lx * lx + ly * ly + lz * lz) + 1e-9)
        bright = (nx * lx + ny * ly + nz * lz) * inverse + row[_SHIFT]
        t = _clip((bright + 1.0 - row[_TOONY]) / max(2.0 - 2.0 * row[_TOONY], 0.02))
        return (
            r * (row[_SHADE] + (1.0 - row[_SHADE]) * t),
            g * (row[_SHADE + 1] + (1.0 - row[_SHADE + 1]) * t),
            bl * (row[_SHADE + 2] + (1.0 - row[_SHADE + 2]) * t),
            alpha,
        )
    open_ = u * occlusion[a] + v * occlusion[b] + w * occlusion[c]
    x = u * lamp_xyz[a, 0] + v * lamp_xyz[b, 0] + w * lamp_xyz[c, 0]
    y = u * lamp_xyz[a, 1] + v * lamp_xyz[b, 1] + w * lamp_xyz[c, 1]
    z = u * lamp_xyz[a, 2] + v * lamp_xyz[b, 2] + w * lamp_xyz[c, 2]
    lit = _shadow(lamp, x, y, z, 0.09)
    if row[SHARP] > 50.0:
        lit = 0.45 + 0.55 * lit
    up = 0.5 + 0.5 * ny
    hollow = 0.25 + 0.75 * open_
    lr = (ambient[0] * up + ambient[3] * (1.0 - up)) * open_
    lg = (ambient[1] * up + ambient[4] * (1.0 - up)) * open_
    lb = (ambient[2] * up + ambient[5] * (1.0 - up)) * open_
    shine = 0.0
    for k in range(lights.shape[0]):
        kx, ky, kz = lights[k, 0], lights[k, 1], lights[k, 2]
        dot = nx * kx + ny * ky + nz * kz
        here = hollow * (lit if k == 0 else 1.0)
        if kz < 0.0:
            # A light from behind only grazes.
            graze = 1.0 - max(0.0, nz)
            here *= graze * graze
        wr, wg, wb = lights[k, 6] * row[_WRAP], lights[k, 7] * row[_WRAP], lights[k, 8] * row[_WRAP]
        lr += lights[k, 3] * max(0.0, (dot + wr) / (1.0 + wr)) * here
        lg += lights[k, 4] * max(0.0, (dot + wg) / (1.0 + wg)) * here
        lb += lights[k, 5] * max(0.0, (dot + wb) / (1.0 + wb)) * here
        if row[_GLOSS] > 0.0 and dot > 0.0 and kz > 0.0:
            hz = kz + 1.0
            d = (nx * kx + ny * ky + nz * hz) / math.sqrt(kx * kx + ky * ky + hz * hz)
            if d > 0.0:
                shine += row[_GLOSS] * here * lights[k, 4] * d ** row[SHARP] * min(1.0, dot * 4.0)
    return _tone(r * lr + shine), _tone(g * lg + shine), _tone(bl * lb + shine), alpha


@njit(cache=True, nogil=True, error_model="numpy")
def pierce(
    xyz: Array, triangles: Array, of_triangle: Array, first: int, materials: Array, pictures: Array, texels: Array,
    linear: Array, places: Array, colours: Array, depth: Array, ids: Array, bary: Array,
) -> None:  # fmt: skip
    """Nearest triangle per sample, of surfaces with holes: the picture's opacity says where they are.

    Everything as in `raster.visible`, from triangle `first` on; its buffers hold what is opaque already.
    """
    size = depth.shape[0]
    for t in range(first, triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by, cx, cy = xyz[a, 0], xyz[a, 1], xyz[b, 0], xyz[b, 1], xyz[c, 0], xyz[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        m = of_triangle[t]
        inverse = 1.0 / area
        x0, x1 = max(0, math.ceil(min(ax, bx, cx) - 0.5)), min(size - 1, math.floor(max(ax, bx, cx) - 0.5))
        y0, y1 = max(0, math.ceil(min(ay, by, cy) - 0.5)), min(size - 1, math.floor(max(ay, by, cy) - 0.5))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse
                w = 1.0 - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                z = u * xyz[a, 2] + v * xyz[b, 2] + w * xyz[c, 2]
                if z <= depth[y, x]:
                    continue
                pu = u * places[a, 0] + v * places[b, 0] + w * places[c, 0]
                pv = u * places[a, 1] + v * places[b, 1] + w * places[c, 1]
                _, _, _, alpha = sampled(texels, linear, pictures[m], pu, pv)
                alpha *= materials[m, 3] * (u * colours[a, 3] + v * colours[b, 3] + w * colours[c, 3])
                if alpha >= materials[m, _CUTOFF]:
                    depth[y, x] = z
                    ids[y, x] = t
                    bary[y, x, 0] = u
                    bary[y, x, 1] = v


@njit(cache=True, nogil=True, error_model="numpy")
def fill(
    depth: Array, ids: Array, bary: Array, triangles: Array, of_triangle: Array, materials: Array, pictures: Array,
    texels: Array, linear: Array, normals: Array, places: Array, colours: Array, occlusion: Array, lamp_xyz: Array,
    lamp: Array, lights: Array, ambient: Array, background: Array, out: Array,
) -> None:  # fmt: skip
    """Colour every sample: out (fine, fine, 3), linear light; one surface is coloured once a pixel.

    Per vertex: normals (n, 3), places (n, 2), colours (n, 4), occlusion (n,), lamp_xyz (n, 3), where the key light sees
    it in its depth map `lamp`. materials (m, 15). pictures (m, 4): rows for `sampled`. lights (k, 10) and ambient (6,)
    as in `sculpted.lighting`. background (2, 3): top and bottom.
    """
    size = out.shape[0] // 2
    for y in range(size):
        for x in range(size):
            done = 0
            for s in range(4):
                if done >> s & 1:
                    continue
                sy, sx = 2 * y + (s >> 1), 2 * x + (s & 1)
                t = ids[sy, sx]
                m = -1
                if t < 0:
                    down = y / (size - 1)
                    dx, dy = x / size - 0.5, down - 0.40
                    glow = 1.06 - 0.75 * (dx * dx + dy * dy)
                    r = (background[0, 0] * (1 - down) + background[1, 0] * down) * glow
                    g = (background[0, 1] * (1 - down) + background[1, 1] * down) * glow
                    b = (background[0, 2] * (1 - down) + background[1, 2] * down) * glow
                else:
                    m = of_triangle[t]
                    r, g, b, _ = _spot(
                        triangles[t, 0], triangles[t, 1], triangles[t, 2], bary[sy, sx, 0], bary[sy, sx, 1],
                        materials[m], pictures[m], texels, linear, normals, places, colours, occlusion, lamp_xyz, lamp,
                        lights, ambient,
                    )  # fmt: skip
                out[sy, sx, 0], out[sy, sx, 1], out[sy, sx, 2] = r, g, b
                for q in range(s + 1, 4):
                    qy, qx = 2 * y + (q >> 1), 2 * x + (q & 1)
                    other = ids[qy, qx]
                    if done >> q & 1 or (other < 0) != (t < 0):
                        continue
                    # Eyes are small and sharp: each of their samples is looked at.
                    same = t < 0 or other == t
                    if not same and of_triangle[other] == m and materials[m, SHARP] < 50.0:
                        same = abs(depth[qy, qx] - depth[sy, sx]) < 0.06
                    if same:
                        done |= 1 << q
                        out[qy, qx, 0], out[qy, qx, 1], out[qy, qx, 2] = r, g, b


@njit(cache=True, nogil=True, error_model="numpy")
def lay_over(
    xyz: Array, order: Array, triangles: Array, of_triangle: Array, materials: Array, pictures: Array, texels: Array,
    linear: Array, normals: Array, places: Array, colours: Array, occlusion: Array, lamp_xyz: Array, lamp: Array,
    lights: Array, ambient: Array, depth: Array, out: Array,
) -> None:  # fmt: skip
    """Mix what is see-through into `out`, in the order given (furthest first): it hides nothing that lies behind.

    Where two surfaces lie on each other the see-through one is in front.
    """
    size = depth.shape[0]
    for k in range(order.shape[0]):
        t = order[k]
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by, cx, cy = xyz[a, 0], xyz[a, 1], xyz[b, 0], xyz[b, 1], xyz[c, 0], xyz[c, 1]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        m = of_triangle[t]
        inverse = 1.0 / area
        x0, x1 = max(0, math.ceil(min(ax, bx, cx) - 0.5)), min(size - 1, math.floor(max(ax, bx, cx) - 0.5))
        y0, y1 = max(0, math.ceil(min(ay, by, cy) - 0.5)), min(size - 1, math.floor(max(ay, by, cy) - 0.5))
        for y in range(y0, y1 + 1):
            for x in range(x0, x1 + 1):
                px, py = x + 0.5, y + 0.5
                u = ((bx - px) * (cy - py) - (by - py) * (cx - px)) * inverse
                v = ((cx - px) * (ay - py) - (cy - py) * (ax - px)) * inverse
                w = 1.0 - u - v
                if u < 0.0 or v < 0.0 or w < 0.0:
                    continue
                if u * xyz[a, 2] + v * xyz[b, 2] + w * xyz[c, 2] < depth[y, x] - 0.004:
                    continue
                r, g, bl, alpha = _spot(
                    a, b, c, u, v, materials[m], pictures[m], texels, linear, normals, places, colours, occlusion,
                    lamp_xyz, lamp, lights, ambient,
                )  # fmt: skip
                alpha = _clip(alpha)
                out[y, x, 0] += (r - out[y, x, 0]) * alpha
                out[y, x, 1] += (g - out[y, x, 1]) * alpha
                out[y, x, 2] += (bl - out[y, x, 2]) * alpha


@njit(cache=True, nogil=True, error_model="numpy")
def resolve(fine: Array, srgb: Array, out: Array) -> None:
    """Four samples to a pixel, linear light to sRGB: out (size, size, 4) uint8, opaque."""
    for y in range(out.shape[0]):
        for x in range(out.shape[1]):
            for k in range(3):
                light = 0.25 * (
                    fine[2 * y, 2 * x, k]
                    + fine[2 * y, 2 * x + 1, k]
                    + fine[2 * y + 1, 2 * x, k]
                    + fine[2 * y + 1, 2 * x + 1, k]
                )
                out[y, x, k] = srgb[int(math.sqrt(_clip(light)) * 4095.0 + 0.5)]
            out[y, x, 3] = 255
