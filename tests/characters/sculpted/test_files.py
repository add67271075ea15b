"""Character files of sculpted heads: what they may say, and what a slip gets."""

from __future__ import annotations

import copy
import tomllib
from importlib import resources

import numpy as np
import pytest

from mien.characters.sculpted import from_spec
from mien.core.arkit import COUNT, as_coefficients
from mien.core.character import LitCharacter
from mien.errors import BadFile

pytestmark = pytest.mark.usefixtures("weights")


@pytest.fixture
def spec():
    text = resources.files("mien.characters.cast").joinpath("realistic_marcus.toml").read_text(encoding="utf-8")
    spec = tomllib.loads(text)
    # Little hair: these tests build many heads.
    spec["hair"]["locks"][0]["count"] = 20
    return spec


def test_a_file_becomes_a_character_that_can_be_lit(spec):
    character = from_spec(spec)
    assert isinstance(character, LitCharacter)
    assert character.info.id == "marcus"
    assert character.info.kind == "sculpted"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        (lambda s: s["skin"].update(colour="brown"), "skin.colour"),
        (lambda s: s["skin"].pop("colour"), "skin.colour"),
        (lambda s: s["body"].update(male=2.0), "body.male"),
        (lambda s: s["body"].update(age={}), "body.age"),
        (lambda s: s["shape"].update({"nose-like-a-duck": 0.5}), "shape.nose-like-a-duck"),
        (lambda s: s["shape"].update({"head-square": "very"}), "shape.head-square"),
        (lambda s: s["hair"]["locks"][0].update(comb="sideways"), "hair.locks[0].comb"),
        (lambda s: s["hair"]["locks"][0].update(lenght=1.0), "hair.locks[0].lenght"),
        (lambda s: s["hair"].update(ball=[{"radii": [1, 1, 1]}]), "hair.ball[0].center"),
        (lambda s: s["eye"].update(pupil=3), "eye.pupil"),
        (lambda s: s["brow"].update(points=[[0, 0, 0]]), "brow.points"),
        (lambda s: s["creases"].update(foreheads=0.5), "creases.foreheads"),
        (lambda s: s["light"].update(key=-1) if "light" in s else s.update(light={"key": -1}), "light.key"),
        (lambda s: s.update(gain={"mouthSmirk": 1.0}), "gain.mouthSmirk"),
        (lambda s: s.update(corrective=[{"when": ["jawOpen"], "add": {"jawShut": 1}}]), "jawShut"),
        (lambda s: s["background"].update(top=3), "background.top"),
        (lambda s: s.update(hat={"colour": "#ffffff"}), "hat"),
    ],
)
def test_a_slip_is_named_with_its_file_and_key(spec, change, key):
    change(spec)
    with pytest.raises(BadFile) as caught:
        from_spec(spec)
    assert "marcus.toml" in str(caught.value)
    assert key in str(caught.value)


def test_gains_and_correctives_are_data(spec):
    def chin(spec, **values: float) -> np.ndarray:
        return from_spec(spec).features(as_coefficients(values))[_CHIN]

    stronger = copy.deepcopy(spec)
    stronger["gain"] = {"jawOpen": 1.5}
    rest = from_spec(spec).features(as_coefficients(np.zeros(COUNT)))[_CHIN]
    falls = np.linalg.norm(chin(spec, jawOpen=0.5) - rest)
    np.testing.assert_allclose(np.linalg.norm(chin(stronger, jawOpen=0.5) - rest), 1.5 * falls, rtol=1e-3)

    helped = copy.deepcopy(spec)
    helped["corrective"] = [{"when": ["mouthPucker"], "add": {"jawOpen": 0.5}}]
    lower = chin(helped, mouthPucker=1.0) - chin(spec, mouthPucker=1.0)
    np.testing.assert_allclose(np.linalg.norm(lower), falls, rtol=1e-2)


def test_a_bald_head_has_no_hair(spec):
    bald = copy.deepcopy(spec)
    bald["hair"].pop("locks")
    bald.pop("beard", None)
    character = from_spec(bald)
    assert character.render(as_coefficients(np.zeros(COUNT)), 64).shape == (64, 64, 4)


_CHIN = 27
