"""Sculpted heads as meshes: whoever adds up their morph targets gets the face that mien draws."""

from __future__ import annotations

import numpy as np
import pytest

from mien.characters import Cast
from mien.core.arkit import COEFFICIENTS, COUNT, INDEX, as_coefficients
from mien.core.looks import look
from mien.core.mesh import Mesh, MeshCharacter
from mien.formats import gltf

pytestmark = pytest.mark.usefixtures("weights")

CAST = Cast()
PARTS = {"skin", "mouth", "teeth", "lashes", "eyes"}


@pytest.fixture(scope="module")
def meshes():
    """Made once for each character that a test asks for."""
    made: dict[str, Mesh] = {}
    return lambda name: made.setdefault(name, CAST[name].mesh())


def posed(mesh: Mesh, name: str, coefficients) -> np.ndarray:
    """A part as a viewer draws it: correctives first, then a sum of morph targets."""
    weights = coefficients.astype(np.float64).copy()
    for corrective in mesh.correctives:
        amount = min(float(coefficients[INDEX[n]]) for n in corrective.when)
        for other, add in corrective.add.items():
            weights[INDEX[other]] += amount * add
    (part,) = (p for p in mesh.parts if p.surface.name == name)
    return part.positions + np.tensordot(weights, part.moves, 1)


def own_skin(name: str, coefficients) -> np.ndarray:
    """The same vertices by mien's own way, in any order."""
    vertices, _, _ = CAST[name]._posed(coefficients)
    return vertices


@pytest.mark.parametrize("name", ["elena", "diego", "suna", "nia"])
def test_a_head_has_its_parts_and_every_coefficient_moves_one(meshes, name):
    mesh = meshes(name)
    assert isinstance(CAST[name], MeshCharacter)
    assert {p.surface.name for p in mesh.parts} >= PARTS
    travel = np.zeros(COUNT)
    for part in mesh.parts:
        if part.moves is not None:
            travel = np.maximum(travel, np.abs(part.moves).max((1, 2)))
    assert not [COEFFICIENTS[i] for i in np.flatnonzero(travel < 0.02)]


@pytest.mark.parametrize("name", ["elena", "wei"])
@pytest.mark.parametrize("expression", ["happiness", "anger", "contempt", "laugh", "tongue out"])
def test_a_realistic_head_adds_up_to_exactly_the_face_that_mien_draws(meshes, name, expression):
    c = look(expression).coefficients
    ours, theirs = own_skin(name, c), posed(meshes(name), "skin", c)
    # Every exported vertex is one of ours.
    for point in theirs[::97]:
        assert np.linalg.norm(ours - point, axis=1).min() < 2e-3


@pytest.mark.parametrize("name", ["suna", "nia"])
def test_a_stylised_head_comes_close_to_the_face_that_mien_draws(meshes, name):
    """Its warp bends what morph targets can only add up."""
    c = look("happiness").coefficients
    ours, theirs = own_skin(name, c), posed(meshes(name), "skin", c)
    away = [np.linalg.norm(ours - point, axis=1).min() for point in theirs[::41]]
    assert np.quantile(away, 0.95) < 0.04


def test_lids_close_over_the_eyes(meshes):
    shut = posed(meshes("elena"), "lashes", as_coefficients({"eyeBlinkLeft": 1.0, "eyeBlinkRight": 1.0}))
    rest = posed(meshes("elena"), "lashes", as_coefficients(np.zeros(COUNT)))
    assert (shut[:, 1] - rest[:, 1]).min() < -0.1


def test_eyes_turn_and_nothing_else_of_the_eye_moves_with_the_mouth(meshes):
    (eyes,) = (p for p in meshes("elena").parts if p.surface.name == "eyes")
    assert np.abs(eyes.moves[INDEX["eyeLookOutLeft"]]).max() > 0.08
    assert np.abs(eyes.moves[INDEX["mouthSmileLeft"]]).max() < 1e-6
    assert np.abs(eyes.moves[INDEX["jawOpen"]]).max() < 1e-6


def test_a_beard_goes_with_the_jaw_and_hair_stays(meshes):
    parts = {p.surface.name: p for p in meshes("diego").parts}
    assert parts["beard"].moves[INDEX["jawOpen"], :, 1].min() < -0.2
    assert parts["hair"].moves is None


@pytest.mark.parametrize("name", ["elena", "bruno", "nia"])
def test_surfaces_face_outward(meshes, name):
    for part in meshes(name).parts:
        a, b, c = (part.positions[part.triangles[:, k]] for k in range(3))
        facing = (np.cross(b - a, c - a) * part.normals[part.triangles].mean(1)).sum(1)
        assert (facing > -1e-7).mean() > 0.97, part.surface.name


@pytest.mark.parametrize("name", ["wei", "diego", "suna", "bruno", "nia"])
def test_a_file_is_small_and_true_to_its_head(meshes, name):
    mesh = meshes(name)
    data = gltf.write(mesh)
    assert len(data) < 4_000_000
    height = float(np.ptp(np.concatenate([p.positions for p in mesh.parts])[:, 1]))
    for one, other in zip(mesh.parts, gltf.read(data).parts, strict=True):
        assert np.abs(other.positions - one.positions).max() < 0.002 * height
        if one.moves is not None:
            assert np.abs(other.moves - one.moves).max() < 0.002 * height
