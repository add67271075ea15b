"""The encoder's parts: shapes, mirrors, splits, what training keeps."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training takes PyTorch: `make lab`")

from mien.core.arkit import COEFFICIENTS, mirror_order  # noqa: E402
from mien.core.character import FEATURES  # noqa: E402
from mien.perception.encode import MARGIN  # noqa: E402
from mien_lab.networks.attention import Exchange, Regions  # noqa: E402
from mien_lab.networks.encoder import CONFIGS, PARTS, STYLES, Encoder, parameters_m, split  # noqa: E402
from mien_lab.training import fer, loop  # noqa: E402
from mien_lab.training.augment import Loader, Strength  # noqa: E402
from mien_lab.training.encoder import Recipe, Sources, Trainer, recipe_for  # noqa: E402
from mien_lab.training.faces import Pool, read_crop  # noqa: E402
from mien_lab.training.losses import Adversary, Weights, losses  # noqa: E402

CPU = torch.device("cpu")


def pool(n: int = 12, *, side: int = 40, cast: bool = True, seed: int = 0) -> Pool:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (n, side // 8, side // 8, 3), dtype=np.uint8)
    emotion = rng.dirichlet(np.ones(8), n).astype(np.float32)
    return Pool(
        crops=np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2),
        masks=rng.integers(0, 16, (n if cast else 0, 40, 40), dtype=np.uint8),
        emotion=emotion,
        fer=np.full(n, -1) if cast else rng.integers(0, 7, n),
        affect=rng.uniform(-1, 1, (n, 2)).astype(np.float32),
        coefficients=rng.random((n, 52), dtype=np.float32),
        trust=np.ones(n, dtype=np.float32),
        head=rng.uniform(-0.3, 0.3, (n, 3)).astype(np.float32),
        identity=np.arange(n) % 3 if cast else np.full(n, -1),
        style=np.arange(n) % 4 if cast else np.full(n, STYLES.index("photo")),
        pair=np.arange(n) // 3 if cast else np.full(n, -1),
        landmarks=rng.uniform(-0.5, 0.5, (n, 31, 2)).astype(np.float32),
        rows=np.arange(n),
    )


def trainer(folder: Path, *, resume: bool = False) -> Trainer:
    """A single-stream network of random weights on twelve made-up faces: the quickest there is."""
    recipe = Recipe("transformer", photos=4, cast=6, minutes=60, steps=100)
    tiles = np.zeros((12, 48, 48), dtype=np.uint8)
    faces = fer.FerFaces(
        tiles=tiles,
        landmarks=np.zeros((12, 478, 3), dtype=np.float32),
        votes=pool().emotion,
        counts=np.ones(12, dtype=bool),
        labels=np.arange(12) % 7,
        split=np.array([fer.TRAIN] * 8 + [fer.VALIDATION] * 4),
    )
    given = Sources(
        photos=Loader(pool(cast=False), 128, CPU),
        cast=Loader(pool(), 128, CPU),
        votes=faces,
        names=("a", "b", "c"),
        photo_rows=faces.of(fer.TRAIN),
        photo_chances=np.full(8, 1 / 8),
        groups=[np.array([0, 1, 2]), np.array([3, 4, 5])],
        cast_test=np.array([6, 7, 8]),
        rarity=torch.ones(52),
    )
    return Trainer(recipe, given, folder, CPU, resume=resume)


@pytest.mark.parametrize("name", CONFIGS)
def test_every_configuration_gives_the_latent_of_table_2(name: str) -> None:
    network = Encoder(CONFIGS[name], ["a", "b"]).eval()
    side = network.config.side
    with torch.no_grad():
        encoded, said = network(torch.rand(2, 3, side, side))
        picture = network.decoder(encoded.mean)
    assert [part.shape[1] for part in split(encoded.mean)] == list(PARTS.values()) == [64, 128, 48, 16]
    assert said.coefficients.shape == (2, 52)
    assert said.identity.shape == (2, 2)
    torch.testing.assert_close(encoded.regions.sum(dim=(2, 3)), torch.ones(2, 4))
    assert picture.shape == (2, 3, 56, 56)
    assert 0 <= picture.min() <= picture.max() <= 1


def test_the_paper_configuration_is_as_large_as_the_paper_says() -> None:
    assert parameters_m(Encoder(CONFIGS["paper"], ["a"] * 30)) == pytest.approx(28.9, rel=0.03)


def test_streams_that_have_learned_nothing_yet_do_not_disturb_each_other() -> None:
    exchange = Exchange(8, 12, width=8, heads=2)
    first, second = torch.rand(2, 8, 5, 5), torch.rand(2, 12, 5, 5)
    same, also = exchange(first, second)
    torch.testing.assert_close((same, also), (first, second))
    for attention in (exchange.to_first, exchange.to_second):
        torch.nn.init.ones_(attention.gate)
    heard, _ = exchange(first, second)
    assert not torch.allclose(heard, first)


def test_a_region_sees_what_lies_under_its_attention_on_either_side() -> None:
    regions = Regions(6, 4)
    maps = torch.rand(3, 6, 14, 14)
    where, looks = regions(maps)
    left, right = looks.reshape(3, 2, 4, 6).unbind(1)
    changed = maps.clone()
    changed[..., 10:] = 0
    _, after = regions(changed)
    still, other = after.reshape(3, 2, 4, 6).unbind(1)
    # What lies on the right of the picture reaches the left look through the attention's own shape alone.
    assert (left - still).abs().max() < 0.5 * (right - other).abs().max()
    torch.testing.assert_close(where.sum(dim=(2, 3)), torch.ones(3, 4))
    assert looks.min() >= 0
    assert looks.max() <= 1


def test_a_face_and_its_mirror_image_are_not_the_same_to_it() -> None:
    torch.manual_seed(0)
    network = Encoder(CONFIGS["compact"], ["a"]).eval()
    lopsided = torch.rand(1, 3, 128, 128)
    lopsided[..., :64] = 0.5
    even = torch.cat([lopsided[..., 64:].flip(3), lopsided[..., 64:]], dim=3)
    apart = []
    with torch.no_grad():
        for picture in (lopsided, even):
            both = [split(network(side)[0].mean)[1] for side in (picture, picture.flip(3))]
            apart.append((both[0] - both[1]).abs().max())
    assert apart[0] > 1e-5
    assert apart[1] == 0


def test_without_variation_a_batch_is_what_the_encoder_sees_at_run_time() -> None:
    faces = pool(2, side=160)
    picture = Loader(faces, 128, CPU).plain([0]).pictures[0].permute(1, 2, 0).numpy()
    wanted = read_crop(faces.crops[0], 128) / 255
    assert np.abs(picture - wanted).mean() < 0.01


def test_a_mirrored_face_has_mirrored_labels() -> None:
    faces = pool(64)
    loader = Loader(faces, 40, CPU)
    still = replace(Strength(), turn_rad=0, grow=0, shift=0, light=0, grey=0, soft=0, hidden=0)
    batch = loader.varied(np.arange(64), still, torch.Generator().manual_seed(3))
    straight = loader.plain(np.arange(64))
    flipped = (batch.head[:, 0] != straight.head[:, 0]).numpy()
    assert 10 < flipped.sum() < 55
    # Threes of one pair show one expression still.
    assert all(len(set(flipped[faces.pair == pair])) == 1 for pair in set(faces.pair.tolist()))
    left, right = COEFFICIENTS.index("mouthSmileLeft"), COEFFICIENTS.index("mouthSmileRight")
    ours, theirs = batch.coefficients.numpy(), straight.coefficients.numpy()
    np.testing.assert_array_equal(ours[flipped, left], theirs[flipped, right])
    np.testing.assert_array_equal(ours[flipped][:, mirror_order()], theirs[flipped])
    np.testing.assert_array_equal(ours[~flipped], theirs[~flipped])
    # A photo's own noise is the only thing that still differs.
    assert (batch.masks[flipped] - straight.masks[flipped].flip(3)).abs().max() < 1e-5
    assert (batch.pictures[flipped] - straight.pictures[flipped].flip(3)).abs().mean() < 0.05


def test_landmarks_move_with_the_picture() -> None:
    faces = pool(6, side=160)
    faces.crops[:] = 0
    corner = FEATURES.index("mouth_corner_left")
    # A white spot in the crop where the subject's left corner of the mouth is.
    for crop, (x, y) in zip(faces.crops, (faces.landmarks[:, corner] + 1) / 2 * 160, strict=True):
        crop[round(y) - 4 : round(y) + 4, round(x) - 4 : round(x) + 4] = 255
    moved = replace(Strength(), light=0, grey=0, soft=0, hidden=0)
    batch = Loader(faces, 128, CPU).varied(np.arange(6), moved, torch.Generator().manual_seed(5))
    flipped = (batch.head[:, 0] * torch.from_numpy(faces.head[:, 0]) < 0).numpy()
    assert 0 < flipped.sum() < 6
    for k, picture in enumerate(batch.pictures):
        rows, columns = torch.nonzero(picture[1] > 0.6, as_tuple=True)
        seen = torch.stack([columns.float().mean(), rows.float().mean()])
        # In a mirror the left corner is the right one.
        name = "mouth_corner_right" if flipped[k] else "mouth_corner_left"
        place = (batch.landmarks[k, FEATURES.index(name)] + 1) / 2 * 128 - 0.5
        assert (seen - place).norm() < 1.5


def test_what_is_shifted_stays_inside_the_kept_crop() -> None:
    strength = Strength()
    reach = np.exp(2 * strength.grow) / MARGIN + 2 * 2 * strength.shift
    assert reach < 1.15


def test_photos_of_one_face_never_lie_on_two_sides() -> None:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (60, 6, 6), dtype=np.uint8)
    tiles = np.repeat(np.repeat(coarse, 8, axis=1), 8, axis=2)
    tiles = np.concatenate([tiles, tiles[:30, :, ::-1], tiles[:30]])
    public = np.zeros(len(tiles), dtype=bool)
    public[:10] = True
    sides = fer.split(tiles, public)
    assert (sides[:10] == fer.PUBLIC).all()
    assert (sides[60:70] == fer.LEFT_OUT).all()
    assert (sides[90:100] == fer.LEFT_OUT).all()
    for i in range(10, 30):
        assert sides[i] == sides[60 + i] == sides[90 + i]


def test_every_part_of_the_loss_answers_and_learns() -> None:
    torch.manual_seed(0)
    network = Encoder(CONFIGS["compact"], ["a", "b", "c"])
    adversary = Adversary(3, len(STYLES))
    batch = Loader(pool(4, cast=False, seed=1), 128, CPU).plain(range(4)) + Loader(pool(6), 128, CPU).plain(range(6))
    encoded, said = network(batch.pictures)
    total, parts = losses(network, adversary, batch, encoded, said, Weights(), torch.ones(52))
    assert set(parts) == set(Weights.__slots__)
    total.backward()
    still = [n for n, p in network.named_parameters() if p.grad is None or not p.grad.abs().sum() > 0]
    # Behind a closed gate nothing learns before the gate does, nor before a layer that begins with nothing.
    assert not [name for name in still if "exchanges" not in name and not name.startswith("heads.geometry.0")]


@pytest.mark.parametrize("side", [64, 88])
def test_smaller_pictures_train_the_same_network(side: int) -> None:
    network = Encoder(CONFIGS["compact"], ["a", "b", "c"])
    batch = Loader(pool(6), side, CPU).plain(range(6))
    encoded, said = network(batch.pictures)
    total, _ = losses(network, Adversary(3, len(STYLES)), batch, encoded, said, Weights(), torch.ones(52))
    assert batch.pictures.shape == (6, 3, side, side)
    assert encoded.mean.shape == (6, 256)
    assert torch.isfinite(total)


def test_pictures_grow_to_what_the_network_is_made_for() -> None:
    recipe = recipe_for("compact", device="cpu", seed=0, minutes=1)
    sides = [recipe.side(progress) for progress in (0.0, 0.5, 0.8, 1.0)]
    assert sides == sorted(sides)
    assert sides[0] < sides[-1] == CONFIGS["compact"].side
    assert Recipe().side(0.0) == CONFIGS["compact"].side


def test_training_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    first = trainer(tmp_path)
    before = [first.step()["emotion"] for _ in range(3)]
    assert all(np.isfinite(before))
    first.save()
    again = trainer(tmp_path, resume=True)
    assert again.clock.step == 3
    assert again.clock.elapsed_s >= first.clock.spent_s
    for a, b in zip(first.encoder.state_dict().values(), again.encoder.state_dict().values(), strict=True):
        torch.testing.assert_close(a, b)
    again.step()
    assert set(again.validate(few=True)) == {"val_ferplus", "val_fer", "val_coef_mae", "val_coef_r", "val_cast_emotion"}


def test_the_rate_warms_up_and_comes_to_rest() -> None:
    rates = [loop.rate(p) for p in np.linspace(0, 1, 50)]
    assert rates[0] < 0.05
    assert max(rates) == pytest.approx(1, abs=0.02)
    assert rates[-1] < 0.01
    assert all(a >= b for a, b in itertools.pairwise(rates[3:]))


def test_a_half_written_checkpoint_is_never_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.pt"
    loop.save(path, {"step": 1})

    def torn(content: object, beside: Path) -> None:
        Path(beside).write_bytes(b"half")
        raise KeyboardInterrupt

    monkeypatch.setattr(loop.torch, "save", torn)
    with pytest.raises(KeyboardInterrupt):
        loop.save(path, {"step": 2})
    assert loop.load(path, CPU) == {"step": 1}
    assert [p.name for p in tmp_path.iterdir()] == ["x.pt"]
