"""The closer look: its views lie where landmarks say, turn and grow with the face, and see both sides alike."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from skimage import data  # noqa: E402

from mien.core.character import FEATURES, mirrored_features  # noqa: E402
from mien_lab.networks.closer import SEEN, Closer, frames, to_picture, to_view  # noqa: E402


def face() -> torch.Tensor:
    """Landmarks (1, 31, 2) of an upright face in the middle of a picture; left is the subject's."""
    places = np.zeros((31, 2), dtype=np.float32)
    rows = {"brow": -0.35, "lid_upper": -0.22, "iris": -0.2, "lid_lower": -0.18, "nose": 0.1, "cheek": 0.1,
            "mouth": 0.3, "lip_upper": 0.26, "lip_lower": 0.34, "chin": 0.6, "jaw": 0.4, "tongue": 0.32}  # fmt: skip
    wide = {
        "brow": 0.25,
        "lid": 0.25,
        "iris": 0.25,
        "nose": 0.07,
        "cheek": 0.3,
        "mouth": 0.15,
        "lip": 0.07,
        "jaw": 0.35,
    }
    for k, name in enumerate(FEATURES):
        places[k, 1] = max((len(key), y) for key, y in rows.items() if name.startswith(key))[1]
        across = next((x for key, x in wide.items() if name.startswith(key)), 0.0)
        places[k, 0] = across if name.endswith("_left") else -across if name.endswith("_right") else 0.0
    return torch.from_numpy(places)[None]


def test_views_show_eyes_in_their_middle_and_the_mouth_above_it():
    left, right, mouth = frames(face())
    for view, names in ((left, ["iris_left"]), (right, ["iris_right"]), (mouth, ["lip_upper", "lip_lower"])):
        seen = to_view(view, face()[:, [FEATURES.index(name) for name in names]]).mean(dim=1)
        assert seen.abs().max() < 0.3


def test_a_jaw_that_falls_stays_in_view():
    for open_by in (0.0, 0.1, 0.2):
        fallen = face()
        jaw = [k for k, name in enumerate(FEATURES) if name.startswith(("lip_lower", "chin", "tongue"))]
        fallen[:, jaw, 1] += open_by
        seen = to_view(frames(fallen)[2], fallen)[0]
        assert seen[FEATURES.index("chin"), 1] < 0.9
        assert seen[FEATURES.index("nose_tip"), 1] > -0.95


def test_a_moved_mouth_is_seen_to_one_side():
    moved = face()
    lips = [k for k, name in enumerate(FEATURES) if name.startswith(("lip", "mouth", "chin"))]
    moved[:, lips, 0] += 0.05
    seen = to_view(frames(moved)[2], moved)[0, FEATURES.index("lip_upper"), 0]
    assert seen == pytest.approx(0.05 / (1.15 * 0.5), abs=1e-3)


@settings(max_examples=30, deadline=None)
@given(turn=st.floats(-0.6, 0.6), grow=st.floats(0.5, 1.5), shift=st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3)))
def test_views_move_turn_and_grow_with_the_face(turn, grow, shift):
    matrix = grow * torch.tensor([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]], dtype=torch.float32)
    there = face() @ matrix.T + torch.tensor(shift)
    for still, moved in zip(frames(face()), frames(there), strict=True):
        torch.testing.assert_close(to_view(moved, there), to_view(still, face()), atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(to_picture(moved, to_view(moved, there)), there, atol=1e-5, rtol=1e-5)


def test_a_mirror_image_swaps_the_eyes():
    torch.manual_seed(0)
    closer = Closer().eval()
    picture = torch.from_numpy(data.astronaut()[0:256, 100:356].copy()).permute(2, 0, 1)[None].float() / 255
    other_side = torch.from_numpy(mirrored_features().copy())
    turned_round = face()[:, other_side] * torch.tensor([-1.0, 1.0])
    with torch.no_grad():
        seen, placed = closer(picture, face())
        mirrored, mirrored_places = closer(picture.flip(3), turned_round)
    assert seen.shape == (1, SEEN)
    torch.testing.assert_close(mirrored[:, :96], seen[:, 96:192], atol=1e-4, rtol=1e-4)
    left, right = (
        [k for k, name in enumerate(FEATURES) if name.startswith(("brow", "lid", "iris")) and name.endswith(s)]
        for s in ("_left", "_right")
    )
    back = mirrored_places * torch.tensor([-1.0, 1.0])
    torch.testing.assert_close(back[:, left], placed[:, right], atol=1e-4, rtol=1e-4)


def test_no_landmarks_yet_is_no_failure():
    closer = Closer().train()
    seen, placed = closer(torch.rand(4, 3, 72, 72), torch.zeros(4, 31, 2))
    assert torch.isfinite(seen).all()
    assert torch.isfinite(placed).all()
