"""The photo network learns, goes on where it was stopped, and its file says what it says."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien.perception.encode import SIDE, SMALL_SIDE  # noqa: E402
from mien_lab.networks.emotion import EmotionNet, seen  # noqa: E402
from mien_lab.training import fer  # noqa: E402
from mien_lab.training.augment import Loader  # noqa: E402
from mien_lab.training.emotion import Recipe, Trainer, trained, validation  # noqa: E402
from mien_lab.training.emotion_export import export  # noqa: E402
from mien_lab.training.faces import Pool  # noqa: E402

FACES = 48
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def given():
    """Faces whose lower half is bright where they are happy and dark where they are sad."""
    rng = np.random.default_rng(0)
    kind = np.arange(FACES) % 2
    crops = rng.integers(90, 130, (FACES, SMALL_SIDE, SMALL_SIDE, 1))
    crops[:, SMALL_SIDE // 2 :] += np.where(kind, 80, -80)[:, None, None, None]
    votes = np.eye(8, dtype=np.float32)[1 + kind]
    pool = Pool(
        crops=crops.astype(np.uint8),
        masks=np.empty((0, 40, 40), dtype=np.uint8),
        emotion=votes,
        fer=1 + kind,
        affect=np.zeros((FACES, 2), dtype=np.float32),
        coefficients=np.zeros((FACES, 52), dtype=np.float32),
        trust=np.zeros(FACES, dtype=np.float32),
        head=np.zeros((FACES, 3), dtype=np.float32),
        identity=np.full(FACES, -1),
        style=np.full(FACES, 4),
        pair=np.full(FACES, -1),
        landmarks=np.zeros((FACES, 31, 2), dtype=np.float32),
        rows=np.arange(FACES),
    )
    faces = fer.FerFaces(
        tiles=np.zeros((FACES, 48, 48), dtype=np.uint8),
        landmarks=np.zeros((FACES, 478, 3), dtype=np.float32),
        votes=votes,
        counts=np.ones(FACES, dtype=bool),
        labels=1 + kind,
        split=np.where(np.arange(FACES) < 32, fer.TRAIN, fer.VALIDATION),
    )
    return Loader(pool, SMALL_SIDE, CPU), faces


def test_it_learns_and_goes_on_where_it_was_stopped(given, tmp_path):
    # Six of the eight emotions are nobody's here.
    recipe = Recipe(steps=10, batch=16, small=16, average=0.5, evened=0.0)
    Trainer(recipe, *given, tmp_path, CPU, resume=False).run(lambda _: None)
    longer = Trainer(replace(recipe, steps=30), *given, tmp_path, CPU, resume=True)
    assert longer.clock.step == 10
    longer.run(lambda _: None)
    network = trained(longer.path)
    assert validation(network, *given)["val_ferplus"] == 1
    assert [row["step"] for row in longer.curves.rows()] == [10, 30]


def test_what_is_rare_in_training_is_evened_in_the_finished_network(given, tmp_path):
    loader, faces = given
    faces = replace(faces, votes=np.tile(np.array([0.5, 0.4, *[0.1 / 6] * 6], dtype=np.float32), (FACES, 1)))
    trainer = Trainer(Recipe(steps=1, batch=8, small=16, evened=0.5), loader, faces, tmp_path, CPU, resume=False)
    trainer.run(lambda _: None)
    before = trainer.average.module.emotion.bias
    raised = (trained(trainer.path).emotion.bias - before).detach().numpy()
    assert raised == pytest.approx(-0.5 * np.log(faces.votes[0]), abs=1e-5)


def test_what_it_sees_knows_neither_light_nor_contrast_nor_colour():
    picture = torch.rand(2, 1, SIDE, SIDE).expand(-1, 3, -1, -1)
    plain = seen(picture, 48)
    assert plain.shape == (2, 1, 48, 48)
    torch.testing.assert_close(seen(0.2 + 0.5 * picture, 48), plain, atol=2e-3, rtol=0)


def test_the_file_says_what_the_network_says_for_any_number_of_faces(tmp_path):
    import onnxruntime

    torch.manual_seed(0)
    report = export(EmotionNet(), tmp_path / "small.onnx")
    assert report["parity"] < 1e-4
    session = onnxruntime.InferenceSession(str(tmp_path / "small.onnx"), providers=["CPUExecutionProvider"])
    emotion, own = session.run(["emotion", "fer"], {"crops": np.zeros((7, SIDE, SIDE, 3), dtype=np.uint8)})
    assert emotion.shape == (7, 8)
    assert own.sum(axis=1) == pytest.approx(np.ones(7), abs=1e-5)
