"""The joint embedding's parts: what is missing does not count, every way to fuse learns, the file answers alike."""

import itertools

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien.retrieval.joint import Known, batch_of  # noqa: E402
from mien_lab.data.worded import worded  # noqa: E402
from mien_lab.networks.embedding import FUSIONS, JointEmbedding  # noqa: E402
from mien_lab.training.embedding import Recipe, _batches, _on, contrast, loaded, recipes_for, train, vectors  # noqa: E402


class Letters:
    """Sentences as counts of their letter pairs: no weights, and like sentences are alike."""

    def encode(self, texts):
        out = np.zeros((len(texts), 384), np.float32)
        for row, text in zip(out, texts, strict=True):
            for pair in itertools.pairwise(text):
                row[hash_of(pair)] += 1
        return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-6)


def hash_of(pair):
    return (ord(pair[0]) * 31 + ord(pair[1])) % 384


@pytest.mark.parametrize("fusion", FUSIONS)
def test_vectors_are_unit_and_what_is_missing_does_not_count(fusion):
    network = JointEmbedding(fusion).eval()
    faces = worded(6, 2)
    known = [faces.known(i, look=i % 2 == 0, text=faces.said[i][0] if i % 3 else "", graph=i > 2) for i in range(1, 6)]
    batch = batch_of(known, Letters())
    with torch.no_grad():
        plain = network(*_on(batch, torch.device("cpu")))
        batch.look[batch.present[:, 0] == 0] = 7.0
        batch.nodes[batch.kinds == 0] = -3.0
        disturbed = network(*_on(batch, torch.device("cpu")))
    assert np.allclose(np.linalg.norm(plain.numpy(), axis=1), 1.0, atol=1e-5)
    assert torch.allclose(plain, disturbed, atol=1e-5)


def test_the_order_of_tags_does_not_matter():
    network = JointEmbedding().eval()
    look = worded(1, 3).looks[0]
    one, other = (
        vectors(network, [Known(look, "", "anime", "", "", tags)], Letters())
        for tags in (("a b", "c d"), ("c d", "a b"))
    )
    assert np.allclose(one, other, atol=1e-5)


@pytest.mark.parametrize("fusion", FUSIONS)
def test_training_tells_pairs_apart_better_than_before_and_goes_on_where_it_was(fusion, tmp_path):
    recipe = Recipe(fusion, minutes=5, steps=12, faces=120, batch=48)
    path = train(recipe, tmp_path, device="cpu", report=lambda words: None, encoder=Letters())
    batch = next(_batches(worded(120, 0), recipe, Letters(), np.random.default_rng(9)))
    where = torch.device("cpu")

    def loss(network):
        with torch.no_grad():
            return float(
                contrast(network.eval(), _on(batch[0], where), _on(batch[1], where), torch.from_numpy(batch[2]))
            )

    torch.manual_seed(0)
    untrained = loss(JointEmbedding(fusion))
    kept = torch.load(path, weights_only=True)
    assert kept["step"] == 12
    trained = JointEmbedding(fusion)
    trained.load_state_dict(kept["network"])
    assert loss(trained) < untrained
    again = train(Recipe(fusion, minutes=5, steps=15, faces=120, batch=48), tmp_path, device="cpu", resume=True,
                  report=lambda words: None, encoder=Letters())  # fmt: skip
    assert torch.load(again, weights_only=True)["step"] == 15


def test_the_file_answers_as_the_network_does(tmp_path):
    pytest.importorskip("onnxscript")
    from mien_lab.training.embedding_export import export_embedding

    recipe = Recipe(minutes=1, steps=2, faces=60, batch=24)
    network = loaded(train(recipe, tmp_path, device="cpu", report=lambda words: None, encoder=Letters()))
    told = export_embedding(network, tmp_path / "joint.onnx")
    assert told["parity"] < 1e-4
    assert told["size"] < 25e6


def test_an_unknown_way_to_fuse_is_named():
    with pytest.raises(Exception, match="cross"):
        recipes_for("crossed", seed=0, minutes=1.0)
