"""The heads of coefficients learn what is seen at the landmarks, and the rest of the encoder stays as it was."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien.core.character import FEATURES  # noqa: E402
from mien_lab.networks.encoder import CONFIGS, Encoder  # noqa: E402
from mien_lab.training.augment import Loader  # noqa: E402
from mien_lab.training.faces import Pool  # noqa: E402
from mien_lab.training.losses import coefficients_off, landmarks_off  # noqa: E402
from mien_lab.training.refit import Kept, Recipe, SpreadOut, fit, look_closer, looked_at, seen_of  # noqa: E402

FACES = 24


def pool() -> Pool:
    """Random pictures whose brightness says how open the jaw is."""
    rng = np.random.default_rng(0)
    coefficients = np.zeros((FACES, 52), dtype=np.float32)
    coefficients[:, 24] = np.linspace(0, 1, FACES)
    crops = rng.integers(0, 60, (FACES, 160, 160, 3)) + (180 * coefficients[:, 24])[:, None, None, None]
    crops[:, 80:, :, :] //= 2
    return Pool(
        crops=crops.astype(np.uint8),
        masks=np.zeros((FACES, 40, 40), dtype=np.uint8),
        emotion=np.full((FACES, 8), 1 / 8, dtype=np.float32),
        fer=np.full(FACES, -1),
        affect=np.zeros((FACES, 2), dtype=np.float32),
        coefficients=coefficients,
        trust=np.ones(FACES, dtype=np.float32),
        head=np.zeros((FACES, 3), dtype=np.float32),
        identity=np.arange(FACES) % 3,
        style=np.arange(FACES) % 4,
        pair=np.full(FACES, -1),
        landmarks=np.zeros((FACES, 31, 2), dtype=np.float32),
        rows=np.arange(FACES),
    )


@pytest.fixture(scope="module")
def seen() -> tuple[Encoder, Kept]:
    torch.manual_seed(0)
    encoder = Encoder(CONFIGS["compact"], ["a", "b", "c"]).eval()
    loader = Loader(pool(), 128, torch.device("cpu"))
    parts = list(looked_at(encoder, loader, np.arange(FACES), Recipe(looks=2), lambda _: None))
    return encoder, Kept(*(torch.cat([getattr(p, name) for p in parts]) for name in Kept.__dataclass_fields__))


def said(encoder: Encoder, kept: Kept) -> torch.Tensor:
    with torch.no_grad():
        return encoder.heads.coefficients(kept.expression) + encoder.heads.geometry(seen_of(encoder, kept).float())


def off(encoder: Encoder, kept: Kept) -> float:
    return float(coefficients_off(said(encoder, kept), kept.coefficients, kept.trust, torch.ones(52)))


def changed(before: dict[str, torch.Tensor], encoder: Encoder) -> set[str]:
    after = encoder.state_dict()
    return {name for name, value in before.items() if not torch.equal(value, after[name])}


def test_every_face_is_looked_at_plainly_and_then_from_elsewhere(seen):
    _, kept = seen
    assert len(kept) == 2 * FACES
    torch.testing.assert_close(kept.coefficients[:FACES, 24], torch.linspace(0, 1, FACES))
    assert kept.pictures.shape == (2 * FACES, 3, 128, 128)
    assert not torch.equal(kept.pictures[:FACES], kept.pictures[FACES:])
    assert not torch.allclose(kept.landmarks[:FACES], kept.landmarks[FACES:])


def test_what_is_kept_says_what_the_whole_encoder_says(seen):
    encoder, kept = copy.deepcopy(seen[0]), seen[1]
    for layer in (encoder.heads.geometry[0], encoder.heads.geometry[3]):
        torch.nn.init.normal_(layer.weight, std=0.05)
    with torch.no_grad():
        _, answers = encoder(kept.pictures[:4] / 255)
    # Pictures are kept in steps of 1 / 255, and what was seen in 16 bits.
    torch.testing.assert_close(said(encoder, kept)[:4], answers.coefficients, atol=0.05, rtol=0.05)


def test_numbers_spread_out_answer_as_before_and_are_spread_out(seen):
    encoder, kept = seen
    features = seen_of(encoder, kept)
    # One layer that knows all of them, and one that knows others besides.
    for more in (0, 7):
        layer = torch.nn.Linear(features.shape[1] + more, 9)
        others = torch.rand(len(features), more)
        before = layer(torch.cat([features.float(), others], dim=1))
        weight = layer.weight.detach().clone()
        spread_out = SpreadOut(features)
        spread_out.enter(layer)
        numbers = spread_out.of(features.float())
        torch.testing.assert_close(layer(torch.cat([numbers, others], dim=1)), before, atol=2e-2, rtol=1e-2)
        assert numbers.mean(dim=0).abs().max() < 0.05
        assert numbers.std(dim=0).max() < 1.2
        spread_out.leave(layer)
        torch.testing.assert_close(layer.weight, weight, atol=1e-3, rtol=1e-3)


def test_heads_of_coefficients_learn_what_is_seen_and_nothing_else_changes(seen):
    encoder, kept = copy.deepcopy(seen[0]), seen[1]
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    first = off(encoder, kept)
    fit(encoder, kept, torch.ones(52), replace(Recipe(), epochs=60, batch=16, dropped=0.1), lambda _: None)
    assert off(encoder, kept) < 0.5 * first
    told = {name.rsplit(".", 2)[0] for name in changed(before, encoder)}
    assert told == {"heads.geometry", "heads.coefficients"}
    assert not encoder.training


def look_for(minutes: float, encoder: Encoder, kept: Kept, half_way: Path, *, resume: bool = False) -> None:
    recipe = replace(Recipe(), minutes=minutes, close_batch=8)
    look_closer(encoder, kept, torch.ones(52), recipe, half_way, resume=resume, report=lambda _: None)


def test_the_closer_look_learns_what_is_seen_and_nothing_else_changes(seen, tmp_path):
    encoder = copy.deepcopy(seen[0])
    # An untrained encoder sees every landmark in one place: here the eyes lie apart, and the mouth below.
    landmarks = torch.zeros(2 * FACES, 31, 2)
    landmarks[:, [k for k, name in enumerate(FEATURES) if name.startswith("lid") and name.endswith("left")], 0] = 0.5
    landmarks[:, [k for k, name in enumerate(FEATURES) if name.startswith(("lip", "mouth"))], 1] = 0.5
    kept = replace(seen[1], landmarks=landmarks, places=landmarks + 0.1)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}

    def misplaced() -> float:
        with torch.no_grad():
            _, finest = encoder.body.closer(kept.pictures / 255, kept.landmarks)
        return float(landmarks_off(finest, kept.places, kept.trust))

    first = off(encoder, kept), misplaced()
    look_for(0.1, encoder, kept, tmp_path / "closer.pt")
    assert off(encoder, kept) < first[0]
    assert misplaced() < first[1]
    assert changed(before, encoder)
    assert all(name.startswith(("heads.geometry", "heads.coef", "body.closer")) for name in changed(before, encoder))
    assert not encoder.training


def test_a_closer_look_that_was_stopped_goes_on(seen, tmp_path, monkeypatch):
    encoder, kept = copy.deepcopy(seen[0]), seen[1]
    monkeypatch.setattr("mien_lab.training.refit._EVERY_S", 0.0)
    half_way = tmp_path / "closer.pt"
    look_for(0.05, encoder, kept, half_way)
    steps = torch.load(half_way, weights_only=True)["step"]
    assert steps > 0
    look_for(0.1, copy.deepcopy(seen[0]), kept, half_way, resume=True)
    assert torch.load(half_way, weights_only=True)["step"] > steps
    # One that is over is not trained again.
    before = torch.load(half_way, weights_only=True)["step"]
    look_for(0.01, copy.deepcopy(seen[0]), kept, half_way, resume=True)
    assert torch.load(half_way, weights_only=True)["step"] == before


def test_being_off_is_nothing_where_the_truth_is_said():
    truth = torch.tensor([[0.0, 0.02, 0.5, 0.9]]).repeat(3, 1)
    said = torch.logit(truth.clamp(1e-6, 1 - 1e-6))
    none = coefficients_off(said, truth, torch.ones(3), torch.ones(4))
    assert float(none) == pytest.approx(0, abs=1e-4)
    assert float(coefficients_off(said + 1, truth, torch.ones(3), torch.ones(4))) > 0.01
    assert float(coefficients_off(said + 1, truth, torch.zeros(3), torch.ones(4))) == 0
