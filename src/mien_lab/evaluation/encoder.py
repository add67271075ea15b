"""How well the encoder reads real and drawn faces it never saw, and how far its latent keeps things apart.

Photos: FER-2013's PublicTest. Drawn: a small data set of its own seed, drawn anew, of which the characters that no
training sees are the test, and the others show how it reads new expressions of faces it knows.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from mien import resources
from mien.core.arkit import COEFFICIENTS, INDEX
from mien.core.arrays import Rgb
from mien.core.character import FEATURES
from mien.core.emotion import EMOTIONS
from mien.core.face import AlignedFace
from mien.errors import FetchFailed, NoFaceFound
from mien.perception import Reader
from mien.perception.align import five_points, region_for_encoder
from mien.perception.detect import Detector
from mien.perception.emotion import WEIGHTS, PhotoNetwork, joined
from mien.perception.encode import LOOKS_LIKE, Encoder, seen_by_encoder
from mien.perception.landmarks import LandmarkReader
from mien_lab.baselines import FaceApi, MiniXception
from mien_lab.data import Dataset, Labels, build
from mien_lab.data.draw import draw_all
from mien_lab.data.plan import HELD_OUT, Plan
from mien_lab.data.shard import decode
from mien_lab.evaluation.labelled import FerPublic, fer_public
from mien_lab.evaluation.labels import NONE
from mien_lab.evaluation.metrics import accuracy, calibration_error, macro_f1, recalls
from mien_lab.result import Figures, Result, percentiles
from mien_lab.training.faces import drawn_view
from mien_lab.training.fer import USUAL

Answers = dict[str, NDArray[Any]]

PAPER: Final[Figures] = {
    "fer_public_acc": 0.927, "encode_ms": 14.3, "params_m": 28.9, "loso_degradation": 0.087, "cross_domain": 0.84,
}  # fmt: skip

_SEED: Final = 7001
"""Of the drawn test set; trainings use 0."""

_PICTURES, _QUICK_PICTURES, _QUICK_TILES = 1600, 120, 200
_SPOKEN, _QUICK_SPOKEN = 400, 40
"""Pictures of unseen characters who speak, transitions between them included."""

_DARK: Final = 0.55
"""Luminance of the skin below which a character counts as darker."""

_ACTIVE: Final = 0.02
"""Variance over the test pictures, as a standard deviation, above which a coefficient counts as active."""


_FER_WEIGHTS: Final = (0.5, 0.5)
"""How far encoder and photo network count in FER-2013's own labels, which mien does not show: alike, not chosen."""

_SPOKEN_GROUPS: Final = {
    "sideways": ("jawLeft", "jawRight", "mouthLeft", "mouthRight"),
    "gaze": tuple(name for name in COEFFICIENTS if name.startswith("eyeLook")),
    "lips": ("mouthFunnel", "mouthPucker", "mouthRollLower", "mouthRollUpper", "mouthShrugUpper", "mouthClose"),
}


def evaluate(data: Path, quick: bool) -> Result:
    """All figures of the shipped encoder, baselines beside them.

    Raises `BadFile` where the data are not there and `ResourceMissing` where `mien setup` has not run.
    """
    encoder = Encoder()
    fer = fer_public(data, sample=_QUICK_TILES if quick else None)
    figures, baselines = of_photos(encoder, fer)
    with TemporaryDirectory() as folder:
        build(Path(folder) / "cast", pictures=_QUICK_PICTURES if quick else _PICTURES, seed=_SEED)
        drawn, others = of_cast(encoder, Dataset(Path(folder) / "cast"))
    figures |= drawn
    for name, theirs in others.items():
        baselines[name] = {**baselines.get(name, {}), **theirs}
    figures |= of_speech(encoder, _QUICK_SPOKEN if quick else _SPOKEN)
    figures |= speed(encoder)
    return Result(
        name="encoder",
        figures=figures,
        baselines=baselines,
        paper=PAPER,
        data={
            "quick": quick,
            "fer_public": len(fer.fer),
            "cast_pictures": _QUICK_PICTURES if quick else _PICTURES,
            "held_out": "PublicTest took part in no training; of the drawn pictures, `cast` are characters that no "
            "training saw, `seen` are new expressions of the others",
            "fer_public_acc": "FER-2013's own labels, by the heads that learned them; ferplus by those of the votes; "
            "encoder and photo network together",
            "coef_r": "mean over the coefficients that the test pictures use at all",
            "landmark_error": "mean distance from where they are, in distances between the irises",
            "speech": "unseen characters who speak, pull faces and look about; all else is of felt expressions",
        },
    )


def of_photos(encoder: Encoder, fer: FerPublic) -> tuple[Figures, dict[str, Figures]]:
    """Emotion on PublicTest by encoder and photo network together; and by each alone, by mien with its baseline, and by
    two published networks on the same tiles.
    """
    crops = photo_crops(fer)
    said, photo = answers(encoder, crops), photo_answers(crops)
    figures = emotion_figures(
        joined([said["fer"], photo["fer"]], _FER_WEIGHTS), joined([said["emotion"], photo["emotion"]], WEIGHTS[1:]), fer
    )
    baselines = {
        "encoder alone": emotion_figures(said["fer"], said["emotion"], fer),
        "photo network alone": emotion_figures(photo["fer"], photo["emotion"], fer),
    }
    reader = Reader()
    rows = []
    for picture in fer.pictures():
        try:
            rows.append(reader.read(picture).expression.emotion.probabilities)
        except NoFaceFound:
            rows.append(np.eye(len(EMOTIONS), dtype=np.float32)[0])
    whole = np.stack(rows)
    baselines["mien as it reads"] = emotion_figures(whole[:, :7], whole, fer)
    for kind in (MiniXception, FaceApi):
        try:
            network = kind()
        except FetchFailed:
            continue
        found = np.stack([network.probabilities(picture) for picture in fer.pictures()])
        baselines[kind.name] = emotion_figures(found[:, :7], found, fer)
    return figures, baselines


def of_cast(encoder: Encoder, data: Dataset) -> tuple[Figures, dict[str, Figures]]:
    """Coefficients, emotion, style and the latent on drawn faces."""
    labels = data.labels
    detector = Detector()
    views, missed = [], 0
    for i in range(len(data)):
        picture = data.picture(i)
        missed += not detector.detect(picture)
        views.append(drawn_view(detector, picture, labels.landmarks[i]))
    said = answers(encoder, np.stack([view.crop for view in views]))
    new = labels.character_held_out
    figures: Figures = {"faces_found_cast": 1 - missed / len(data)}
    figures |= landmark_figures([views[i] for i in np.flatnonzero(new)], said["landmarks"][new], labels.landmarks[new])
    for name, rows in (("cast", new), ("seen", ~new)):
        figures |= coefficient_figures(name, said["coefficients"][rows], labels.bounded[rows])
        figures[f"emotion_acc_{name}"] = accuracy(labels.top[rows], said["emotion"][rows].argmax(axis=1))
        figures[f"style_acc_{name}"] = accuracy(
            np.array([LOOKS_LIKE.index(s) for s in labels.style[rows]]), said["style"][rows].argmax(axis=1)
        )
    for style in LOOKS_LIKE[:4]:
        rows = new & (labels.style == style)
        if rows.any():
            figures |= coefficient_figures(f"cast_{style}", said["coefficients"][rows], labels.bounded[rows])
            figures[f"emotion_acc_cast_{style}"] = accuracy(labels.top[rows], said["emotion"][rows].argmax(axis=1))
    dark = skin_luminance(data) < _DARK
    for name, rows in (("darker", new & dark), ("lighter", new & ~dark)):
        if rows.any():
            figures |= coefficient_figures(f"cast_{name}_skin", said["coefficients"][rows], labels.bounded[rows])
            figures[f"emotion_acc_cast_{name}_skin"] = accuracy(labels.top[rows], said["emotion"][rows].argmax(axis=1))
    figures |= disentanglement(said["latent"], labels)
    mesh = mesh_coefficients(data, np.flatnonzero(new))
    middle = np.repeat(labels.bounded[~new].mean(axis=0, keepdims=True), new.sum(), axis=0)
    baselines = {
        "FaceLandmarker": coefficient_figures("cast", mesh, labels.bounded[new]),
        "always the mean": coefficient_figures("cast", middle, labels.bounded[new]),
    }
    for style in LOOKS_LIKE[:4]:
        rows = labels.style[new] == style
        if rows.any():
            baselines["FaceLandmarker"] |= coefficient_figures(f"cast_{style}", mesh[rows], labels.bounded[new][rows])
    return figures, baselines


def landmark_figures(views: Sequence[AlignedFace], said: NDArray[Any], truth: NDArray[Any]) -> Figures:
    """How far landmarks are off, in distances between the irises: all of them, the irises, the lips.

    said: (n, 31, 2), -1..1 over the views. truth: (n, 31, 2), picture pixels from the corner of the first one.
    """
    there = [v.to_image((places + 1) / 2 * v.side_px - 0.5) for v, places in zip(views, said, strict=True)]
    known = truth - 0.5
    irises = [FEATURES.index(f"iris_{side}") for side in ("left", "right")]
    apart = np.linalg.norm(known[:, irises[0]] - known[:, irises[1]], axis=1)
    off = np.linalg.norm(np.stack(there) - known, axis=2) / apart[:, None]
    lips = [k for k, name in enumerate(FEATURES) if name.startswith(("lip_", "mouth_"))]
    return {
        "landmark_error_cast": float(off.mean()),
        "landmark_error_cast_irises": float(off[:, irises].mean()),
        "landmark_error_cast_lips": float(off[:, lips].mean()),
    }


def of_speech(encoder: Encoder, pictures: int) -> Figures:
    """Coefficients of unseen characters whose mouths speak and pull faces and whose eyes look about: what the usual
    test pictures show so seldom that it says nothing of their correlation.
    """
    plan = Plan(_SEED + 1, pictures, 256, dict(HELD_OUT), speech=1.0)
    labels, encoded = draw_all(plan, tuple(range(pictures)))
    rows = np.flatnonzero(labels.recipe == "speech")
    detector = Detector()
    crops = [drawn_view(detector, decode(encoded[i][0]), labels.landmarks[i]).crop for i in rows]
    said, truth = answers(encoder, np.stack(crops))["coefficients"], labels.bounded[rows]
    figures = coefficient_figures("speech", said, truth)
    for group, names in _SPOKEN_GROUPS.items():
        columns = [INDEX[name] for name in names]
        figures[f"coef_r_speech_{group}"] = coefficient_figures("", said[:, columns], truth[:, columns])["coef_r_"]
    return figures


def disentanglement(latent: NDArray[Any], labels: Labels) -> Figures:
    """What a linear probe still finds in the wrong part, against chance and against the right part.

    Every probe is fitted on two thirds of the pictures of the characters that training saw, and answers for the rest.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.preprocessing import StandardScaler

    seen = ~labels.character_held_out
    latent, top, who = latent[seen], labels.top[seen], labels.character[seen]
    order = np.random.default_rng(0).permutation(len(latent))
    fit, test = order[: 2 * len(order) // 3], order[2 * len(order) // 3 :]
    identity, expression = latent[:, :64], latent[:, 64:192]
    figures: Figures = {}
    for name, part, truth in (
        ("identity_from_expression", expression, who),
        ("identity_from_identity", identity, who),
        ("emotion_from_identity", identity, top),
        ("emotion_from_expression", expression, top),
    ):
        scaler = StandardScaler().fit(part[fit])
        probe = LogisticRegression(max_iter=300, C=0.1).fit(scaler.transform(part[fit]), truth[fit])
        figures[name] = float((probe.predict(scaler.transform(part[test])) == truth[test]).mean())
    figures["identity_chance"] = float(max(np.unique(who, return_counts=True)[1]) / len(who))
    figures["emotion_chance"] = float(np.bincount(top).max() / len(top))
    return figures


def skin_luminance(data: Dataset) -> NDArray[np.float32]:
    """How light the skin of each picture's character is, 0..1: its cheeks, median over its pictures."""
    labels = data.labels
    spots = [FEATURES.index(name) for name in ("cheek_left", "cheek_right")]
    seen = np.zeros(len(data), dtype=np.float32)
    for i in range(len(data)):
        picture = data.picture(i)
        values = []
        for x, y in labels.landmarks[i][spots].round().astype(int):
            patch = picture[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4].reshape(-1, 3)
            if len(patch):
                values.append(float(np.median(patch @ [0.299, 0.587, 0.114])) / 255)
        seen[i] = max(values, default=0.5)
    out = np.empty_like(seen)
    for character in np.unique(labels.character):
        rows = labels.character == character
        out[rows] = np.median(seen[rows])
    return out


def speed(encoder: Encoder) -> Figures:
    """Milliseconds for one face as `mien` reads it, mirror image included, and what the photo network takes besides;
    the encoder's parameters in millions.
    """
    picture = np.random.default_rng(0).integers(0, 256, (256, 256, 3), dtype=np.uint8)
    points = np.array([[96, 110], [160, 110], [128, 140], [104, 175], [152, 175]], dtype=np.float32)
    network = PhotoNetwork()
    times, more = [], []
    for _ in range(40):
        start = time.perf_counter()
        crop = encoder.read(picture, points).aligned.crop
        read = time.perf_counter()
        network.said(crop[None])
        times.append(read - start)
        more.append(time.perf_counter() - read)
    p50, p99 = percentiles(times[5:])
    # Every parameter is a float32 in the file, and the graph itself is small.
    return {
        "encode_ms": p50,
        "encode_ms_p99": p99,
        "photo_network_ms": percentiles(more[5:])[0],
        "params_m": resources.path("encoder").stat().st_size / 4e6,
    }


def photo_crops(fer: FerPublic) -> NDArray[np.uint8]:
    """What the encoder sees of the tiles, found as at run time: uint8 (n, SIDE, SIDE, 3)."""
    detector, mesh = Detector(), LandmarkReader()
    crops: list[Rgb] = []
    for picture in fer.pictures():
        faces = detector.detect(picture)
        face = faces[0] if faces and faces[0].height_px > 20 else USUAL
        seen = mesh.read(picture, face)
        if seen.presence < 0.3 and face is not USUAL:
            seen = max(seen, mesh.read(picture, USUAL), key=lambda m: m.presence)
        region = region_for_encoder(five_points(seen.landmarks))
        crops.append(seen_by_encoder(picture, region).crop)
    return np.stack(crops)


def answers(encoder: Encoder, crops: NDArray[np.uint8]) -> Answers:
    """Every output, the mirror image's opinion included, as `Encoder.read` does it."""
    parts = np.array_split(np.arange(len(crops)), max(1, len(crops) // 32))
    rows = [encoder.said(crops[part]) for part in parts]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def photo_answers(crops: NDArray[np.uint8]) -> Answers:
    """What the photo network says of the same crops."""
    network = PhotoNetwork()
    rows = [network.said(part) for part in np.array_split(crops, max(1, len(crops) // 32))]
    return {name: np.concatenate([row[name] for row in rows]) for name in rows[0]}


def mesh_coefficients(data: Dataset, rows: Sequence[int] | NDArray[Any]) -> NDArray[np.float32]:
    """What FaceLandmarker says of drawn faces; all zero where it sees none."""
    reader = Reader(mesh_only=True)
    out = np.zeros((len(rows), 52), dtype=np.float32)
    for k, i in enumerate(rows):
        try:
            out[k] = reader.read(data.picture(int(i))).expression.coefficients
        except NoFaceFound:
            continue
    return out


def emotion_figures(seven: NDArray[Any], eight: NDArray[Any], fer: FerPublic) -> Figures:
    """Figures of probabilities (n, 7) against FER-2013's own labels and (n, 8) against FER+'s majority."""
    has, clear = fer.fer != NONE, fer.ferplus_majority != NONE
    chosen = eight.argmax(axis=1)
    figures = {
        "fer_public_acc": accuracy(fer.fer[has], seven[has].argmax(axis=1)),
        "fer_public_macro_f1": macro_f1(fer.fer[has], seven[has].argmax(axis=1)),
        "ferplus_public_acc": accuracy(fer.ferplus_majority[clear], chosen[clear]),
        "ferplus_public_macro_f1": macro_f1(fer.ferplus_majority[clear], chosen[clear]),
        "ferplus_public_ece": calibration_error(eight[clear], fer.ferplus_majority[clear]),
    }
    for c, share in recalls(fer.ferplus_majority[clear], chosen[clear]).items():
        figures[f"ferplus_recall_{EMOTIONS[c]}"] = share
    return figures


def coefficient_figures(name: str, guess: NDArray[Any], truth: NDArray[Any]) -> Figures:
    """Mean absolute error of coefficients (n, 52), and their mean correlation over those that vary at all."""
    active = truth.std(axis=0) > _ACTIVE
    r = [
        np.corrcoef(guess[:, k], truth[:, k])[0, 1] if guess[:, k].std() > 1e-6 else 0.0 for k in np.flatnonzero(active)
    ]
    return {f"coef_mae_{name}": float(np.abs(guess - truth).mean()), f"coef_r_{name}": float(np.mean(r))}
