"""The MakeHuman head as arrays: cropped, normalised, with the targets that shape and move it.

Source: MakeHuman's base mesh and targets and Mika Suominen's face units, CC0 (`mien setup --list`).
Units: the distance between the eyes' centres is 1, the origin midway between them; x to the subject's left, y up,
z towards the viewer.
"""

from __future__ import annotations

import gzip
import zipfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.core.arkit import COEFFICIENTS

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

SKIN, UPPER_TEETH, LOWER_TEETH, TONGUE, LASH = range(5)
_GROUPS: Final = {
    "body": SKIN,
    "helper-upper-teeth": UPPER_TEETH,
    "helper-lower-teeth": LOWER_TEETH,
    "helper-tongue": TONGUE,
    "helper-l-eyelashes-2": LASH,
    "helper-r-eyelashes-2": LASH,
}
# Decimetres above the base mesh's origin: just below the collar bones.
_CROP_Y: Final = 5.55
_FOLDERS: Final = ("head", "forehead", "eyebrows", "eyes", "nose", "cheek", "mouth", "chin", "ears", "neck")
ORIGINS: Final = ("african", "asian", "caucasian")
AGES: Final = ("child", "young", "old")
_CACHE: Final = "makehuman-head-2.npz"


@dataclass(frozen=True, slots=True, eq=False)
class HeadData:
    """The head before anybody is made of it.

    vertices: (n, 3). triangles: (m, 3) with their part (m,). shapes: (52, n, 3), displacements in ARKit order.
    names, targets: names and (k, n, 3) displacements that shape a head. eyes: (2, 3) centres, left first, of radius
    `eye_radius`; eye_shifts: (k, 2, 3), what the targets do to them.
    """

    vertices: F32
    triangles: I32
    part: I32
    shapes: F32
    names: tuple[str, ...]
    targets: NDArray[np.float16]
    eyes: F32
    eye_radius: float
    eye_shifts: F32


@cache
def head_data() -> HeadData:
    """The head, converted once from the fetched archive and kept in the cache. Raises `ResourceMissing`."""
    where = resources.cached(_CACHE, lambda beside: _convert(resources.path("makehuman_head"), beside))
    with np.load(where) as d:
        return HeadData(
            vertices=d["vertices"],
            triangles=d["triangles"],
            part=d["part"],
            shapes=d["shapes"].astype(np.float32),
            names=tuple(d["names"].tolist()),
            targets=d["targets"],
            eyes=d["eyes"],
            eye_radius=float(d["eye_radius"]),
            eye_shifts=d["eye_shifts"],
        )


def _convert(archive: Path, out: Path) -> None:
    """Read MakeHuman's text files from an archive and write what a head needs as .npz."""
    with zipfile.ZipFile(archive) as pack:
        files = pack.namelist()
        root = next(n for n in files if n.endswith("mpfb2/3dobjs/base.obj")).removesuffix("mpfb2/3dobjs/base.obj")
        points, faces, groups = _read_obj(pack.read(f"{root}mpfb2/3dobjs/base.obj").decode())
        kept = [
            (face, _GROUPS[group])
            for face, group in zip(faces, groups, strict=True)
            if group in _GROUPS and all(points[i, 1] > _CROP_Y for i in face)
        ]
        keep = np.array(sorted({i for face, _ in kept for i in face}))
        new = np.full(len(points), -1)
        new[keep] = np.arange(len(keep))
        fans = [(new[f[0]], new[f[k]], new[f[k + 1]], p) for f, p in kept for k in range(1, len(f) - 1)]
        triangles = np.array(fans, dtype=np.int32)
        eye_ids = [
            np.array(sorted({i for f, g in zip(faces, groups, strict=True) if g == f"helper-{s}-eye" for i in f}))
            for s in "lr"
        ]

        def centres(vertices: F32) -> F32:
            return np.stack([(vertices[i].max(0) + vertices[i].min(0)) / 2 for i in eye_ids]).astype(np.float32)

        eyes = centres(points)
        unit = float(np.linalg.norm(eyes[0] - eyes[1]))
        middle = eyes.mean(0)

        def target(name: str) -> F32:
            raw = pack.read(name)
            text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
            delta = np.zeros_like(points)
            for line in text.splitlines():
                if line and line[0] != "#":
                    number, x, y, z = line.split()[:4]
                    delta[int(number)] = (float(x), float(y), float(z))
            return delta / unit

        units = f"{root}faceunits01/targets/faceunits/"
        shapes = np.stack([target(f"{units}{name}.target")[keep] for name in COEFFICIENTS])
        wanted = {short: name for name in files if (short := _wanted(name, root))}
        targets, shifts = [], []
        for name in wanted.values():
            delta = target(name)
            targets.append(delta[keep].astype(np.float16))
            shifts.append(centres(points / unit + delta) - eyes / unit)
        with out.open("wb") as file:
            np.savez_compressed(
                file,
                vertices=((points[keep] - middle) / unit).astype(np.float32),
                triangles=np.ascontiguousarray(triangles[:, :3]),
                part=np.ascontiguousarray(triangles[:, 3]),
                shapes=shapes.astype(np.float16),
                names=np.array(list(wanted)),
                targets=np.stack(targets),
                eyes=((eyes - middle) / unit).astype(np.float32),
                eye_radius=np.float32(np.ptp(points[eye_ids[0]], axis=0)[0] / 2 / unit),
                eye_shifts=np.stack(shifts).astype(np.float32),
            )


def _wanted(name: str, root: str) -> str:
    """The short name of a target that shapes a head, "" for any other file."""
    folder, _, file = name.removeprefix(f"{root}mpfb2/targets/").rpartition("/")
    if not file.endswith((".target", ".target.gz")):
        return ""
    short = file.removesuffix(".gz").removesuffix(".target")
    if folder in _FOLDERS:
        return short
    words = short.split("-")
    macro = folder == "macrodetails" and words[0] in (*ORIGINS, "universal") and "baby" not in words
    weights = ("averageweight", "maxweight")
    return short if macro and (words[0] != "universal" or (words[3] == "averagemuscle" and words[4] in weights)) else ""


def _read_obj(text: str) -> tuple[F32, list[list[int]], list[str]]:
    points, faces, groups, group = [], [], [], ""
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            points.append([float(w) for w in words[1:4]])
        elif words[0] == "g":
            group = words[1]
        elif words[0] == "f":
            faces.append([int(w.split("/")[0]) - 1 for w in words[1:]])
            groups.append(group)
    return np.array(points, dtype=np.float32), faces, groups
