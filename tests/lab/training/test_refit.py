"""The heads of coefficients learn what is seen at the landmarks, and the rest of the encoder stays as it was."""

import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien_lab.networks.closer import PLACED, SEEN  # noqa: E402
from mien_lab.networks.encoder import CONFIGS, PLACES, Encoder  # noqa: E402
from mien_lab.training.augment import Loader  # noqa: E402
from mien_lab.training.faces import Pool  # noqa: E402
from mien_lab.training.losses import coefficients_off, landmarks_off  # noqa: E402
from mien_lab.training.refit import Kept, Recipe, SpreadOut, fit, look_closer, looked_at, silence  # noqa: E402

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


def test_every_face_is_looked_at_plainly_and_then_from_elsewhere(seen):
    encoder, kept = seen
    assert len(kept) == 2 * FACES
    torch.testing.assert_close(kept.coefficients[:FACES, 24], torch.linspace(0, 1, FACES))
    assert kept.seen.shape[1] == encoder.heads.geometry[0].in_features
    assert not torch.allclose(kept.seen[:FACES], kept.seen[FACES:])
    assert kept.pictures.shape == (2 * FACES, 3, 128, 128)
    assert encoder.heads.closely[0].in_features == kept.seen.shape[1] + SEEN


def test_numbers_spread_out_answer_as_before_and_are_spread_out(seen):
    encoder, kept = seen
    layer = copy.deepcopy(encoder.heads.geometry[0])
    before = layer(kept.seen.float())
    spread_out = SpreadOut(kept.seen, slice(0, PLACES))
    spread_out.enter(layer)
    numbers = spread_out.of(kept.seen).float()
    torch.testing.assert_close(layer(numbers), before, atol=2e-2, rtol=1e-2)
    assert numbers.mean(dim=0).abs().max() < 0.05
    assert numbers.std(dim=0).max() < 1.2
    spread_out.leave(layer)
    torch.testing.assert_close(layer.weight, encoder.heads.geometry[0].weight, atol=1e-3, rtol=1e-3)


def test_heads_of_coefficients_learn_what_is_seen_and_nothing_else_changes(seen):
    encoder, kept = seen
    encoder = copy.deepcopy(encoder)
    before = {name: value.clone() for name, value in encoder.state_dict().items()}
    even = torch.ones(52)

    def off() -> float:
        with torch.no_grad():
            said = encoder.heads.coefficients(kept.expression) + encoder.heads.geometry(kept.seen.float())
        return float(coefficients_off(said, kept.coefficients, kept.trust, even))

    first = off()
    fit(encoder, kept, even, replace(Recipe(), epochs=60, batch=16), lambda _: None)
    assert off() < 0.5 * first
    after = encoder.state_dict()
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert {name.rsplit(".", 2)[0] for name in changed} == {"heads.geometry", "heads.coefficients"}
    assert not encoder.training


def test_a_closer_look_that_is_silenced_says_nothing(seen):
    encoder = copy.deepcopy(seen[0])
    last = encoder.heads.closely[3]
    torch.nn.init.normal_(last.weight)
    silence(encoder)
    given = torch.rand(2, encoder.heads.closely[0].in_features)
    torch.testing.assert_close(encoder.heads.closely(given), torch.zeros(2, 52))


def look_for(minutes: float, encoder: Encoder, kept: Kept, half_way: Path, *, resume: bool = False) -> list[str]:
    said: list[str] = []
    recipe = replace(Recipe(), minutes=minutes, close_batch=8)
    look_closer(encoder, kept, torch.ones(52), recipe, half_way, resume=resume, report=said.append)
    return said


def test_the_closer_look_learns_what_is_seen_and_nothing_else_changes(seen, tmp_path):
    encoder, kept = copy.deepcopy(seen[0]), seen[1]
    before = {name: value.clone() for name, value in encoder.state_dict().items()}

    def off() -> float:
        with torch.no_grad():
            close, placed = encoder.body.closer(kept.pictures / 255, kept.landmarks)
            closely = encoder.heads.closely(torch.cat([kept.seen.float(), close], dim=1))
            said = encoder.heads.coefficients(kept.expression) + encoder.heads.geometry(kept.seen.float()) + closely
        misplaced = landmarks_off(placed, kept.places[:, PLACED], kept.trust)
        return float(coefficients_off(said, kept.coefficients, kept.trust, torch.ones(52)) + misplaced)

    first = off()
    look_for(0.08, encoder, kept, tmp_path / "closer.pt")
    assert off() < 0.8 * first
    changed = {name for name, value in before.items() if not torch.equal(value, encoder.state_dict()[name])}
    told = ("heads.geometry", "heads.coefficients", "heads.closely", "body.closer")
    assert changed
    assert all(name.startswith(told) for name in changed)
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
