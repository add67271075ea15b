"""What the network says becomes a picture: untouched where it says nothing, sharp where it only moves."""

import numpy as np
import pytest

from mien.mapping.translate import SIDE, Translator

STILL = np.zeros(52, dtype=np.float32)
STYLE = [0.0, 1.0, 0.0, 0.0, 0.0]
TURN = np.linspace(0, 2 * np.pi, 31, dtype=np.float32)
PLACES = 0.3 * np.stack([np.cos(TURN), np.sin(TURN)], axis=1)


class Says:
    """A network that always says the same."""

    def __init__(self, *, flow=(0.0, 0.0), mask=0.0, paint=(1.0, 0.0, 0.0)):
        self.flow = np.broadcast_to(np.float32(flow), (1, SIDE, SIDE, 2)).copy()
        self.mask = np.full((1, SIDE, SIDE, 1), mask, dtype=np.float32)
        self.paint = np.broadcast_to(np.float32(paint), (1, SIDE, SIDE, 3)).copy()
        self.asked = {}

    def run(self, **inputs):
        self.asked = inputs
        attention = np.full((1, 24, 24), 1 / 576, dtype=np.float32)
        return {"flow": self.flow, "mask": self.mask, "paint": self.paint, "attention": attention}


def square(side=300):
    return np.random.default_rng(0).integers(0, 256, (side, side, 3), dtype=np.uint8)


def drawn(network, picture):
    return Translator(network).translate(picture, wanted=STILL, own=STILL, style=STYLE, places=PLACES)


@pytest.mark.parametrize("side", [200, 300])
def test_where_nothing_is_said_the_reference_stays_byte_for_byte(side):
    picture = square(side)
    out = drawn(Says(), picture)
    assert np.array_equal(out.picture, picture)
    assert out.changed.max() == 0


def test_paint_covers_the_middle_and_fades_before_the_border():
    picture = square()
    out = drawn(Says(mask=1.0), picture)
    assert (out.picture[150, 150] == (255, 0, 0)).all()
    assert np.abs(out.picture[0].astype(int) - picture[0]).mean() < 12
    assert out.changed[150, 150] == pytest.approx(1, abs=1e-3)


def test_a_flow_looks_where_it_points_at_the_reference_s_own_size():
    picture = square()
    out = drawn(Says(flow=(0.1, 0.0)), picture)
    assert np.array_equal(out.picture[150, 100:180], picture[150, 130:210])


def test_what_drifts_beyond_the_face_stays_byte_for_byte():
    picture = square()
    out = drawn(Says(flow=(0.02, 0.0)), picture)
    assert np.array_equal(out.picture[150, 148:152], picture[150, 154:158])
    for far in (np.s_[:50], np.s_[250:], np.s_[:, :50], np.s_[:, 250:]):
        assert np.array_equal(out.picture[far], picture[far])
        assert out.changed[far].max() == 0


def test_the_network_is_asked_what_its_contract_says():
    network = Says()
    drawn(network, square())
    shapes = {name: (array.shape, array.dtype.name) for name, array in network.asked.items()}
    assert shapes == {
        "square": ((1, SIDE, SIDE, 3), "uint8"),
        "wanted": ((1, 52), "float32"),
        "own": ((1, 52), "float32"),
        "style": ((1, 5), "float32"),
        "places": ((1, 31, 2), "float32"),
    }
