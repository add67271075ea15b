"""The encoder that ships becomes a network again that can be trained further."""

from pathlib import Path

import numpy as np
import pytest
from skimage import data

torch = pytest.importorskip("torch", reason="training takes PyTorch: `make lab`")
pytest.importorskip("onnx", reason="weights come out of ONNX files: `make lab`")

from mien.errors import BadFile, InputError  # noqa: E402
from mien.perception.encode import Encoder  # noqa: E402
from mien_lab.networks.mapper import CONFIGS, mapper  # noqa: E402
from mien_lab.training import mapper as mappers  # noqa: E402
from mien_lab.training import mapper_export  # noqa: E402
from mien_lab.training.encoder import shipped, trained  # noqa: E402
from mien_lab.training.export import PARITY, Asked, Shipped, parity  # noqa: E402
from mien_lab.training.restore import restore  # noqa: E402


def test_what_ships_answers_as_before_and_can_learn():
    encoder = trained(shipped())
    assert parity(Shipped(encoder), shipped(), encoder.config.side) < PARITY
    encoder(torch.rand(1, 3, 128, 128))[1].coefficients.sum().backward()
    assert encoder.body.salient.stages[0][0][0].weight.grad.abs().sum() > 0


def test_a_face_is_read_alike_by_the_file_and_by_what_it_is_made_from():
    crops = data.astronaut()[None, 60:188, 160:288].repeat(70, axis=0)
    said = Encoder(Asked(shipped())).said(crops)
    again = Encoder(Asked(trained(shipped()))).said(crops)
    assert said["landmarks"].shape == (70, 31, 2)
    for name, values in said.items():
        assert np.abs(values - again[name]).max() < 2 * PARITY, name


def test_a_training_of_the_mapper_can_begin_with_what_ships():
    recipe = mappers.recipe_for("fast", device="cpu", seed=0, minutes=1, start="shipped", rate=1e-4)
    assert recipe.rate == 1e-4
    net, _ = mappers.trained(Path(recipe.start))
    assert mapper_export.parity(mapper_export.Shipped(net), mappers.shipped()) < PARITY


def test_another_networks_file_and_a_missing_one_are_refused(tmp_path):
    with pytest.raises(BadFile, match="another network"):
        restore(mapper(CONFIGS["fast"]), shipped(), within="encoder")
    junk = tmp_path / "encoder.onnx"
    junk.write_bytes(b"not a network")
    with pytest.raises(BadFile, match="no ONNX file"):
        trained(junk)
    with pytest.raises(InputError, match="no checkpoint"):
        trained(tmp_path / "none.onnx")
