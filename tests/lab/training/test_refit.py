"""The last layers learn what the features say, and the rest of the encoder stays as it was."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien_lab.networks.encoder import CONFIGS, Encoder  # noqa: E402
from mien_lab.training.augment import Loader  # noqa: E402
from mien_lab.training.faces import Pool  # noqa: E402
from mien_lab.training.losses import coefficients_off  # noqa: E402
from mien_lab.training.refit import Kept, Recipe, fit, looked_at  # noqa: E402

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
    with torch.no_grad():
        mean, _ = encoder.body.expression(kept.features[:FACES].float()).chunk(2, dim=1)
    torch.testing.assert_close(mean, kept.before[:FACES], atol=2e-3, rtol=1e-2)
    assert not torch.allclose(kept.features[:FACES], kept.features[FACES:])


def test_layers_learn_what_features_say_and_nothing_else_changes(seen):
    encoder, kept = seen
    trunk = encoder.body.salient.state_dict()
    before = {name: value.clone() for name, value in trunk.items()}
    even = torch.ones(52)

    def off() -> float:
        with torch.no_grad():
            mean, _ = encoder.body.expression(kept.features.float()).chunk(2, dim=1)
            said = encoder.heads.coefficients(mean)
        return float(coefficients_off(said, kept.coefficients, kept.trust, even))

    first = off()
    fit(encoder, kept, 3, even, replace(Recipe(), epochs=60, batch=16), lambda _: None)
    assert off() < 0.5 * first
    assert all(torch.equal(before[name], value) for name, value in encoder.body.salient.state_dict().items())
    assert not encoder.training


def test_being_off_is_nothing_where_the_truth_is_said():
    truth = torch.tensor([[0.0, 0.02, 0.5, 0.9]]).repeat(3, 1)
    said = torch.logit(truth.clamp(1e-6, 1 - 1e-6))
    none = coefficients_off(said, truth, torch.ones(3), torch.ones(4))
    assert float(none) == pytest.approx(0, abs=1e-4)
    assert float(coefficients_off(said + 1, truth, torch.ones(3), torch.ones(4))) > 0.01
    assert float(coefficients_off(said + 1, truth, torch.zeros(3), torch.ones(4))) == 0
