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

import cv2
import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.characters.sculpted.fittings import arch, lashes
from mien.core.arkit import COEFFICIENTS, INDEX

F32 = NDArray[np.float32]
I32 = NDArray[np.int32]

SKIN, UPPER_TEETH, LOWER_TEETH, TONGUE, LASH = range(5)
_GROUPS: Final = {"body": SKIN, "helper-tongue": TONGUE}
_MASKS: Final = ("lips", "inside-mouth", "ears")
# Decimetres above the base mesh's origin: the middle of the chest, which no picture shows whole.
_CROP_Y: Final = 4.7
_FOLDERS: Final = ("head", "forehead", "eyebrows", "eyes", "nose", "cheek", "mouth", "chin", "ears", "neck")
ORIGINS: Final = ("african", "asian", "caucasian")
AGES: Final = ("child", "young", "old")
_CACHE: Final = "makehuman-head-7.npz"


# How the smile is evened out. Distances in eye distances: so near the lips nothing changes, and from there on more and
# more; what counts as red and as lining; how often and how far each vertex moves to its neighbours' mean.
_KEPT: Final = 0.03
_BLENDED: Final = 0.15
_RED: Final = 0.3
_LINED: Final = 0.1
_ROUNDS: Final = 8
_STEP: Final = 0.7


@dataclass(frozen=True, slots=True, eq=False)
class HeadData:
    """The head before anybody is made of it.

    vertices: (n, 3). triangles: (m, 3) with their part (m,). shapes: (52, n, 3), displacements in ARKit order.
    shade: (n,), of teeth 0 gum .. 1 tooth, of lashes 0 root .. 1 tip; roots: (n,), where a lash starts.
    lips, lining, ears: (n,), 0..1, the red of the lips, what the closed mouth hides, the ears.
    names, targets: names and (k, n, 3) displacements that shape a head. eyes: (2, 3) centres, left first, of radius
    `eye_radius`; eye_shifts: (k, 2, 3), what the targets do to them.
    """

    vertices: F32
    triangles: I32
    part: I32
    shapes: F32
    shade: F32
    roots: I32
    lips: F32
    lining: F32
    ears: F32
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
            shade=d["shade"],
            roots=d["roots"],
            lips=d["lips"],
            lining=d["lining"],
            ears=d["ears"],
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
        obj = _read_obj(pack.read(f"{root}mpfb2/3dobjs/base.obj").decode())
        points = obj.points
        kept = [
            (face, _GROUPS[group])
            for face, group in zip(obj.faces, obj.groups, strict=True)
            if group in _GROUPS and all(points[i, 1] > _CROP_Y for i in face)
        ]
        keep = np.array(sorted({i for face, _ in kept for i in face}))
        new = np.full(len(points), -1)
        new[keep] = np.arange(len(keep))
        eye_ids = [obj.members(f"helper-{s}-eye") for s in "lr"]

        def centres(vertices: NDArray[np.float64]) -> F32:
            return np.stack([(vertices[i].max(0) + vertices[i].min(0)) / 2 for i in eye_ids]).astype(np.float32)

        eyes = centres(points)
        unit = float(np.linalg.norm(eyes[0] - eyes[1]))
        middle = eyes.mean(0)
        placed = (points - middle) / unit
        triangles = [
            np.array([(new[f[0]], new[f[k]], new[f[k + 1]], p) for f, p in kept for k in range(1, len(f) - 1)])
        ]
        rest, shade, roots = [placed[keep]], [np.zeros(len(keep))], [np.arange(len(keep))]
        moved: list[tuple[NDArray[np.int64], NDArray[np.float64]]] = []
        for names, part in (
            (("helper-upper-teeth",), UPPER_TEETH),
            (("helper-lower-teeth",), LOWER_TEETH),
            (("helper-l-eyelashes-2",), LASH),
            (("helper-r-eyelashes-2",), LASH),
        ):
            ids = obj.members(*names)
            if part == LASH:
                at = {int(i): k for k, i in enumerate(ids)}
                quads = [[at[i] for i in f] for f, g in zip(obj.faces, obj.groups, strict=True) if g in names]
                fitting = lashes(placed[ids], quads, placed[keep])
            else:
                fitting = arch(placed[ids], upper=part == UPPER_TEETH)
            first = sum(len(r) for r in rest)
            rest.append(fitting.positions)
            shade.append(fitting.shade)
            roots.append(fitting.roots + first)
            triangles.append(np.concatenate([fitting.triangles + first, np.full((len(fitting.triangles), 1), part)], 1))
            moved.append((ids, fitting.weights))

        def target(name: str) -> NDArray[np.float64]:
            raw = pack.read(name)
            text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode()
            delta = np.zeros_like(points)
            for line in text.splitlines():
                if line and line[0] != "#":
                    number, x, y, z = line.split()[:4]
                    delta[int(number)] = (float(x), float(y), float(z))
            return delta / unit

        def carried(delta: NDArray[np.float64]) -> NDArray[np.float16]:
            return np.concatenate([delta[keep], *(w @ delta[ids] for ids, w in moved)]).astype(np.float16)

        units = f"{root}faceunits01/targets/faceunits/"
        shapes = np.stack([carried(target(f"{units}{name}.target")) for name in COEFFICIENTS])
        wanted = {short: name for name in files if (short := _wanted(name, root))}
        targets, shifts = [], []
        for name in wanted.values():
            delta = target(name)
            targets.append(carried(delta))
            shifts.append(centres(points / unit + delta) - eyes / unit)
        vertices = np.concatenate(rest)
        masks = {}
        for name in _MASKS:
            mask = obj.masked(pack.read(f"{root}mpfb2/textures/mpfb_{name}.jpg"))[keep]
            masks[name] = np.pad(mask, (0, len(vertices) - len(keep))).astype(np.float32)
        faces = np.concatenate(triangles).astype(np.int32)
        cheeks = _Cheeks(vertices, faces[faces[:, 3] == SKIN, :3], masks["lips"], masks["inside-mouth"])
        for name in ("mouthSmileLeft", "mouthSmileRight"):
            shapes[INDEX[name]] = cheeks.evened(shapes[INDEX[name]])
        with out.open("wb") as file:
            np.savez_compressed(
                file,
                vertices=vertices.astype(np.float32),
                triangles=np.ascontiguousarray(faces[:, :3]),
                part=np.ascontiguousarray(faces[:, 3]),
                shapes=shapes,
                shade=np.concatenate(shade).astype(np.float32),
                roots=np.concatenate(roots).astype(np.int32),
                lips=masks["lips"],
                lining=masks["inside-mouth"],
                ears=masks["ears"],
                names=np.array(list(wanted)),
                targets=np.stack(targets),
                eyes=((eyes - middle) / unit).astype(np.float32),
                eye_radius=np.float32(np.ptp(points[eye_ids[0]], axis=0)[0] / 2 / unit),
                eye_shifts=np.stack(shifts).astype(np.float32),
            )


class _Cheeks:
    """The skin around the lips, where a displacement can be made even.

    MakeHuman's smile folds a ridge beside each corner of the mouth, which looks like a whisker.
    """

    def __init__(self, vertices: NDArray[np.float64], skin: I32, lips: F32, lining: F32) -> None:
        """skin: its triangles (m, 3). lips, lining: as in `HeadData`."""
        sides = np.concatenate([skin[:, [0, 1]], skin[:, [1, 2]], skin[:, [2, 0]]])
        self._ends = np.unique(np.concatenate([sides, sides[:, ::-1]]), axis=0).T
        self._neighbours = np.maximum(np.bincount(self._ends[0], minlength=len(vertices)), 1)
        red = vertices[lips > _RED]
        away = np.array([np.sqrt(((red - vertex) ** 2).sum(axis=1).min()) for vertex in vertices])
        free = np.clip((away - _KEPT) / _BLENDED, 0, 1)
        is_skin = np.zeros(len(vertices), dtype=bool)
        is_skin[np.unique(skin)] = True
        self._free = np.where(is_skin & (lining < _LINED) & (lips <= _RED), free, 0.0)[:, None]

    def evened(self, delta: NDArray[np.float16]) -> NDArray[np.float16]:
        """A displacement (n, 3) whose differences between neighbours are spread; lips move as they did."""
        out = delta.astype(np.float64)
        start, end = self._ends
        for _ in range(_ROUNDS):
            sums = np.stack([np.bincount(start, out[end, k], len(out)) for k in range(3)], axis=1)
            out += _STEP * self._free * (sums / self._neighbours[:, None] - out)
        return out.astype(np.float16)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Obj:
    """points (n, 3), faces and their texture corners as indices, the group of each face, places (k, 2) in textures."""

    points: NDArray[np.float64]
    faces: list[list[int]]
    corners: list[list[int]]
    groups: list[str]
    places: NDArray[np.float64]

    def members(self, *names: str) -> NDArray[np.int64]:
        """The vertices of some groups."""
        return np.array(sorted({i for f, g in zip(self.faces, self.groups, strict=True) if g in names for i in f}))

    def masked(self, picture: bytes) -> NDArray[np.float64]:
        """The greatest value, 0..1, that a texture has at each vertex of the body."""
        mask = np.asarray(cv2.imdecode(np.frombuffer(picture, dtype=np.uint8), cv2.IMREAD_GRAYSCALE))
        high, wide = mask.shape
        out = np.zeros(len(self.points))
        for face, corners, group in zip(self.faces, self.corners, self.groups, strict=True):
            if group == "body":
                for i, j in zip(face, corners, strict=True):
                    u, v = self.places[j]
                    value = mask[min(high - 1, max(0, int((1 - v) * high))), min(wide - 1, max(0, int(u * wide)))]
                    out[i] = max(out[i], value / 255)
        return out


def _read_obj(text: str) -> _Obj:
    points, places, faces, corners, groups, group = [], [], [], [], [], ""
    for line in text.splitlines():
        words = line.split()
        if not words:
            continue
        if words[0] == "v":
            points.append([float(w) for w in words[1:4]])
        elif words[0] == "vt":
            places.append([float(w) for w in words[1:3]])
        elif words[0] == "g":
            group = words[1]
        elif words[0] == "f":
            ends = [w.split("/") for w in words[1:]]
            faces.append([int(e[0]) - 1 for e in ends])
            corners.append([int(e[1]) - 1 for e in ends])
            groups.append(group)
    return _Obj(np.array(points), faces, corners, groups, np.array(places))
