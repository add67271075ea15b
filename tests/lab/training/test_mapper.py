"""The mapping network: an untrained one gives the reference back, pairs are true, a few steps lower the loss."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from mien.core.character import FEATURES  # noqa: E402
from mien.perception.encode import MARGIN  # noqa: E402
from mien_lab.data import breed  # noqa: E402
from mien_lab.data.plan import HELD_OUT  # noqa: E402
from mien_lab.evaluation.mapping_ablation import (  # noqa: E402
    unseen_figures,
    without_close_ups,
    without_corrections,
)
from mien_lab.networks.close_up import put_back  # noqa: E402
from mien_lab.networks.closer import to_view  # noqa: E402
from mien_lab.networks.mapper import (  # noqa: E402
    CONFIGS,
    Condition,
    Discriminators,
    Moves,
    Spread,
    compose,
    look_up,
    mapper,
)
from mien_lab.training import pairs  # noqa: E402
from mien_lab.training.mapper import Loader, Trainer, encoder_square, recipe_for, trained  # noqa: E402
from mien_lab.training.mapper_losses import close_losses, moving  # noqa: E402


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """On pictures this small several threads wait for each other longer than they work."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def drawn():
    return [pairs.scene(number) for number in (1, 2)]


@pytest.fixture
def loader(drawn):
    joined = pairs.Pairs(
        **{name: np.concatenate([getattr(d, name) for d in drawn]) for name in pairs.Pairs.__dataclass_fields__}
    )
    n = len(joined)
    read = {
        "coefficients": joined.bounded,
        "style": np.eye(5, dtype=np.float32)[np.zeros(n, int)],
        "landmarks": joined.landmarks,
        "latent": np.zeros((n, 256), np.float32),
    }
    loader = Loader(joined, read, torch.device("cpu"))
    loader.look(96)
    return loader


@pytest.fixture(scope="module")
def places(drawn):
    """Landmarks of a face at rest over the square, (1, 31, 2)."""
    return torch.from_numpy(drawn[0].landmarks[:1] * MARGIN)


def condition(n):
    face = torch.from_numpy(pairs.scene(1).landmarks[:1] * MARGIN)
    return Condition(torch.rand(n, 52), torch.rand(n, 52), torch.rand(n, 5), face.repeat(n, 1, 1), torch.rand(n, 256))


def test_pictures_of_a_scene_differ_in_the_face_alone(drawn):
    for scene in drawn:
        off = np.abs(scene.crops[1:].astype(int) - scene.crops[0])
        # A cartoon's head is squashed and stretched a little, hair and all.
        assert off[:, :6].mean() < 0.5 * off[:, 80:180, 80:160].mean()
        assert off.max() > 60


def test_nobody_who_is_held_out_acts_or_is_a_parent():
    held = {name for names in HELD_OUT.values() for name in names}
    for style in HELD_OUT:
        assert not held & {spec["id"] for spec in breed.parents(style)}
        assert {spec["id"] for spec in breed.parents(style, unseen=True)} <= held
    rng = np.random.default_rng(0)
    assert not any(held & set(breed.bred("anime", rng)["id"].split("+")) for _ in range(20))


def test_an_untrained_network_hardly_touches_the_reference():
    net = mapper(CONFIGS["fast"]).eval()
    reference = torch.rand(1, 3, 96, 96)
    with torch.no_grad():
        said = net(reference, condition(1))
    assert said.mask.mean() < 0.25
    assert said.flow.abs().max() < 0.02
    assert said.attention.sum() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("name", ["fast", "paper"])
def test_every_configuration_draws_at_its_size(name):
    net = mapper(CONFIGS[name]).eval()
    side = 64
    with torch.no_grad():
        said = net(torch.rand(2, 3, side, side), condition(2))
        made = compose(torch.rand(2, 3, side, side), said)
    assert made.shape == (2, 3, side, side)
    assert (said.paint >= 0).all()
    assert (said.paint <= 1).all()


def test_nothing_moved_and_nothing_painted_is_the_reference():
    reference = torch.rand(1, 3, 48, 48)
    still = mapper(CONFIGS["fast"])(reference, condition(1))
    still = still._replace(flow=torch.zeros(1, 2, 48, 48), mask=torch.zeros(1, 1, 48, 48))
    assert torch.allclose(compose(reference, still), reference, atol=1e-5)


def test_landmarks_lie_where_the_features_are_drawn(drawn):
    scene = drawn[0]
    for picture, landmarks in zip(scene.crops, scene.landmarks, strict=True):
        for side in ("left", "right"):
            x, y = (landmarks[FEATURES.index(f"iris_{side}")] + 1) / 2 * pairs.KEPT
            # The pupil is the darkest thing for a cheek's width, unless the lids hide it.
            brow = landmarks[FEATURES.index(f"lid_upper_{side}")] - landmarks[FEATURES.index(f"lid_lower_{side}")]
            if np.linalg.norm(brow) > 0.04:
                cheek = (landmarks[FEATURES.index(f"cheek_{side}")] + 1) / 2 * pairs.KEPT
                assert picture[int(y), int(x)].mean() < picture[int(cheek[1]), int(cheek[0])].mean()


def test_landmarks_go_where_their_pictures_go(loader):
    nose = FEATURES.index("nose_tip")
    loader._whole.zero_()
    for crop, place in zip(loader._whole, loader._places, strict=True):
        x, y = ((place[nose] + 1) / 2 * pairs.KEPT).long()
        crop[:, y - 4 : y + 5, x - 4 : x + 5] = 255
    loader.look(120)
    batch = loader.varied(24, np.random.default_rng(5))
    across = (torch.arange(120) + 0.5) / 60 - 1
    light = batch.truth.sum(dim=1) / batch.truth.sum(dim=(1, 2, 3))[:, None, None]
    found = torch.stack([(light.sum(dim=1) * across).sum(dim=1), (light.sum(dim=2) * across).sum(dim=1)], dim=1)
    assert (found - batch.places[:, nose]).abs().max() < 0.02
    # In a mirror image the left eye still is the one at the right.
    left, right = (batch.places[:, FEATURES.index(f"iris_{side}"), 0] for side in ("left", "right"))
    assert (left > right).all()


def test_landmarks_stay_where_nothing_changes_and_follow_a_turned_face(places):
    torch.manual_seed(0)
    moves = Moves(CONFIGS["fast"])
    torch.nn.init.normal_(moves.layers[4].weight, std=0.05)
    own, wanted, style = torch.rand(1, 52), torch.rand(1, 52), torch.eye(5)[:1]
    assert torch.equal(moves(Condition(own, own, style, places)), places)
    moved = moves(Condition(wanted, own, style, places))
    assert (moved - places).abs().max() > 0.01
    turn = torch.tensor([[0.8, -0.6], [0.6, 0.8]])
    turned = moves(Condition(wanted, own, style, 0.7 * places @ turn + 0.1))
    assert torch.allclose(turned, 0.7 * moved @ turn + 0.1, atol=1e-5)


def test_close_ups_learn_to_paint_what_a_warp_cannot_show_and_nothing_outside_of_their_views(loader, tmp_path):
    recipe = replace(
        recipe_for("fast", device="cpu", seed=0, minutes=9, steps=12), close_from=0.0, close_batch=4,
        sides=((0.0, 96),),
    )  # fmt: skip
    trainer = Trainer(recipe, loader, loader, Blind(), tmp_path, torch.device("cpu"), resume=False)
    batch = loader.plain(np.array([0, 6]), np.array([1, 7]))

    def off():
        with torch.no_grad():
            warped, moved, _ = trainer.net.warped(batch.reference, batch.condition)
            views = trainer.net.close_ups(warped, moved, batch.condition)
            return views, moved, sum(close_losses(Blind(), views, batch.truth).values()).item()

    before = {name: value.clone() for name, value in trainer.net.state_dict().items()}
    _, _, first = off()
    for _ in range(12):
        trainer.step()
    views, moved, last = off()
    assert last < 0.95 * first
    changed = {name for name, value in trainer.net.state_dict().items() if not torch.equal(value, before[name])}
    assert changed
    assert all(name.startswith(("close.", "told_close.")) for name in changed)
    paint, mask, _ = put_back(views, 192)
    x, y = ((moved[0, FEATURES.index("lip_upper_inner")] + 1) * 96).long()
    assert mask[0, 0, y, x] > 0.03
    assert mask[:, :, :20].max() == 0
    # The right eye's view is a mirror image, and lies where the eye does.
    for side, view in zip(("left", "right"), views, strict=False):
        inside = to_view(view.frame, moved)[0, FEATURES.index(f"iris_{side}")]
        assert inside.abs().max() < 0.6
    assert paint.shape == (2, 3, 192, 192)


def test_what_lies_by_a_landmark_goes_along_and_the_hair_stays(places):
    moved = places.clone()
    chin = FEATURES.index("chin")
    moved[:, chin, 1] += 0.2
    face = torch.zeros(1, 3, 96, 96)
    face[:, :, :4] = 0.5
    x, y = ((places[0, chin] + 1) / 2 * 96).long()
    face[:, :, y - 2 : y + 2, x - 2 : x + 2] = 1
    grid = torch.stack(torch.meshgrid(*[(torch.arange(96) + 0.5) / 48 - 1] * 2, indexing="xy"))[None]
    made = look_up(face, Spread()(places, moved, grid))
    lowered = int((moved[0, chin, 1] + 1) / 2 * 96)
    assert made[0, 0, lowered, x] > 0.6
    assert torch.allclose(made[:, :, :4], face[:, :, :4], atol=0.02)


def test_a_mirrored_pair_has_a_mirrored_expression(loader):
    batch = loader.varied(16, np.random.default_rng(3))
    wanted = batch.condition.wanted.numpy()
    known = loader.pairs.bounded
    mirrored = [min(np.abs(known - row).sum(axis=1)) > 1e-3 for row in wanted]
    assert 0 < sum(mirrored) < 16
    assert batch.reference.shape == (16, 3, 96, 96)


def test_what_moves_is_found_where_pictures_differ():
    one, other = torch.zeros(1, 3, 96, 96), torch.zeros(1, 3, 96, 96)
    other[:, :, 40:60, 40:60] = 0.5
    found = moving(one, other)[0, 0]
    assert found[50, 50] == 1
    assert found[5, 5] == 0


def test_discriminators_answer_for_the_style_that_is_asked():
    judges = Discriminators()
    answers = judges(torch.rand(3, 3, 96, 96), torch.tensor([0, 1, 2]))
    assert [a.dim() for a in answers] == [3, 3]


def test_a_few_steps_bring_a_pair_nearer(loader):
    torch.manual_seed(0)
    net = mapper(CONFIGS["fast"])
    batch = loader.plain(np.array([0, 6]), np.array([1, 7]))
    optimiser = torch.optim.Adam(net.parameters(), lr=2e-3)
    seen = []
    for _ in range(12):
        off = (compose(batch.reference, net(batch.reference, batch.condition)) - batch.truth).abs().mean()
        optimiser.zero_grad()
        off.backward()
        optimiser.step()
        seen.append(off.item())
    assert seen[-1] < 0.9 * seen[0]


def test_what_an_untrained_network_is_worth_is_nothing_over_the_reference_unchanged(loader):
    torch.manual_seed(0)
    still = unseen_figures(None, loader, side=96)
    fresh = unseen_figures(mapper(CONFIGS["fast"]).eval(), loader, side=96)
    assert still["gain"] == 0
    assert "attention_precision" not in still
    assert 0 < still["eps"] < 1
    assert fresh["psnr"] == pytest.approx(still["psnr"], abs=1.0)
    assert abs(fresh["gain"]) < 0.2
    assert 0 <= fresh["attention_precision"] <= 1


def test_a_network_without_its_parts_is_its_landmarks_alone():
    torch.manual_seed(0)
    net = mapper(CONFIGS["fast"]).eval()
    reference, told = torch.rand(2, 3, 96, 96), condition(2)
    with torch.no_grad():
        for layer in (net.flow, net.paint):
            layer.weight.normal_(std=0.1)
        whole = net(reference, told)
        silent = without_corrections(net)(reference, told)
        alone = without_close_ups(without_corrections(net))(reference, told)
        warped, _, _ = net.warped(reference, told)
        again = net(reference, told)
    assert (compose(reference, whole) - compose(reference, silent)).abs().max() > 0.05
    assert (compose(reference, silent) - compose(reference, alone)).abs().max() > 1e-3
    torch.testing.assert_close(compose(reference, alone), warped, atol=1e-4, rtol=0)
    # What was silenced was a copy.
    torch.testing.assert_close(again.paint, whole.paint)


def test_the_paper_s_settings_are_those_of_a_gpu_training():
    recipe = recipe_for("fast", device="cpu", seed=0, minutes=1, without="attention")
    assert recipe.network.attention is False
    assert recipe.weights.attention == 0


def test_the_encoder_sees_its_own_square(drawn):
    assert encoder_square(drawn[0].crops[0]).shape == (128, 128, 3)


class Blind(torch.nn.Module):
    """A critic that sees colours, and in every face the same expression."""

    def texture(self, pictures):
        return torch.nn.functional.avg_pool2d(pictures, 4)

    def read(self, pictures):
        return pictures.new_zeros(len(pictures), 52), pictures.new_ones(len(pictures), 128)


def test_a_training_goes_on_where_it_was_and_learns_where_landmarks_go_apart_from_pictures(loader, tmp_path):
    recipe = replace(
        recipe_for("fast", device="cpu", seed=0, minutes=9, steps=3), batch=2, sides=((0.0, 96),), cycle_from=0.0,
        close_from=1.0,
    )  # fmt: skip
    said = []

    def trainer(recipe, resume):
        return Trainer(recipe, loader, loader, Blind(), tmp_path, torch.device("cpu"), resume=resume)

    first = trainer(recipe, resume=False)
    parts = first._batch(1.0)
    assert {"reconstruction", "painted", "cycle", "still"} <= set(parts)
    assert all(p.grad is None for p in first.net.moves.parameters())
    assert first.net.spread.reach.grad is not None
    first.run(said.append)
    assert "val_way" in said[-1]
    again = trainer(replace(recipe, steps=5), resume=True)
    assert again.clock.step == 3
    assert torch.equal(again.net.moves.layers[0].weight, first.net.moves.layers[0].weight)
    fresh = trainer(recipe, resume=False)
    kept = fresh.net.stem.weight.clone()
    before = fresh._move(fresh.net)["moved"]
    assert torch.equal(fresh.net.stem.weight, kept)
    assert [again.step() for _ in range(2)][-1]["moved"] < before
    net, config = trained(first.path)
    assert config.places
    assert net.moves.layers[0].weight.shape == first.net.moves.layers[0].weight.shape
