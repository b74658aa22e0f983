"""The exam that every objective sits."""

from __future__ import annotations

import copy
import json

import pytest
import torch
from torch import nn

from lamina.errors import TrainingError
from lamina.forms import Batch, Tokens, Vector
from lamina.heads import CategoryHead, LanguageHead
from lamina.kinds import Alike, Category, Field, Image, Number, Schema, Text
from lamina.kinds.episode import Episode
from lamina.kinds.match import Match
from lamina.objectives import OBJECTIVES, Asked, Maker, Masked, Supervised, play_for
from lamina.recipe import HeadSettings, Recipe, build_net
from lamina.rng import Rng


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Linear(3, 4), CategoryHead(4, 2)

    def forward(self, inputs):
        return Vector(self.body(inputs["x"]))


def batch(rows: int = 6) -> Batch:
    draw = torch.Generator().manual_seed(0)
    targets = torch.randint(2, (rows,), generator=draw)
    return Batch({"x": torch.randn(rows, 3, generator=draw)}, {"y": targets}, torch.arange(rows))


class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.head = nn.Embedding(len(WORDS.vocab), 4), LanguageHead(4, WORDS, shift=False)

    def forward(self, inputs):
        return Tokens(self.body(inputs["t"]), inputs["t"] != 0)


WORDS = Text(vocab=("", "?", "<", ">", "#", "a", "b", "c"), length=9)
TEXTS = Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link="masked")))


def texts(rows: int = 6) -> Batch:
    ids = torch.randint(5, 8, (rows, 9), generator=torch.Generator().manual_seed(0))
    return Batch({"t": ids}, {"t": ids}, torch.arange(rows))


SPANS = Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link="spans")))
T5 = {"name": "t5", "width": 8, "depth": 1, "heads": 2, "hidden": 8, "drop": 0.0}


def spans():
    return play_for("span", Asked(build_net(Recipe(model=T5, head=HeadSettings(drop=0.0)), SPANS), SPANS))


PICTURE = Image(height=8, width=8, channels=1, mean=(0.5,), std=(0.3,))
SHADES = Category(labels=("dark", "light"), counts=(3, 3))
GIVEN = {
    "same": (Field("p", PICTURE, "input"),),
    "bound": (Field("p", PICTURE, "input"),),
    "views": (Field("p", PICTURE, "input"),),
    "made": (Field("c", SHADES, "input"),),
}


def drawn(name: str, model: str, **settings):
    """A game of pictures, played for a small net of a page."""
    link = OBJECTIVES[name].link
    schema = Schema((*GIVEN[link], Field("p", PICTURE, "target", link=link)))
    net = build_net(Recipe(model={"name": model, **settings}), schema)
    return play_for(name, Asked(net, schema))


def taught():
    torch.manual_seed(3)
    teacher = Net()
    schema = Schema((Field("x", Number(), "input"), Field("y", SHADES, "target")))
    return play_for("distil", Asked(Net(), schema, helpers={"teacher": teacher}))


def pictures(rows: int = 6) -> Batch:
    draw = torch.Generator().manual_seed(0)
    x = torch.randint(256, (rows, 1, 8, 8), dtype=torch.uint8, generator=draw)
    return Batch({"p": x, ":codes": torch.randint(2, (rows, 1), generator=draw)}, {"p": x}, torch.arange(rows))


def alike():
    """A game of classes told by examples, with a small convolution net."""
    schema = Schema((Field("p", PICTURE, "input"), Field("y", Alike(), "target", link="alike")))
    return play_for("prototypes", Asked(build_net(Recipe(model={"name": "cnn", "width": 4}), schema), schema))


def classes(rows: int = 6) -> Batch:
    return Batch({"p": pictures(rows).inputs["p"]}, {"y": torch.arange(rows) % 2 + 7}, torch.arange(rows))


def paired():
    """A game of pictures and what is said of them."""
    schema = Schema((Field("p", PICTURE, "input"), Field("t", WORDS, "target", link="paired")))
    return play_for("clip", Asked(build_net(Recipe(model={"name": "cnn", "width": 4}), schema), schema))


def captioned(rows: int = 6) -> Batch:
    return Batch({"p": pictures(rows).inputs["p"]}, {"t": texts(rows).targets["t"]}, torch.arange(rows))


ACTED = Episode(world="CartPole-v1", width=4, actions=2, longest=500, mean=(0.0,) * 4, std=(1.0,) * 4)
BOARD = Match(world="tic_tac_toe", rival="perfect", shape=(4, 3, 3), actions=9, longest=9)


def played(name: str, kind, model, **settings):
    """A game that is played, by a small net."""
    link = OBJECTIVES[name].link
    schema = Schema((Field("s", kind, "input"), Field("s", kind, "target", link=link)))
    return play_for(name, Asked(build_net(Recipe(model=model), schema), schema, settings))


def acting(name: str, **settings):
    return played(name, ACTED, {"name": "mlp", "width": 8, "depth": 1, "drop": 0.0}, actors=3, **settings)


def boards():
    model = {"name": "alphazero", "width": 4, "depth": 1}
    return played("alphazero", BOARD, model, matches=3, simulations=4, turns=2, rows=8, replay=50)


def starts(rows: int = 6) -> Batch:
    encoded = ACTED.collate(ACTED.encode(list(range(rows))).array)
    return Batch({"s": encoded}, {"s": encoded}, torch.arange(rows))


def openings(rows: int = 6) -> Batch:
    encoded = BOARD.collate(BOARD.encode([{"moves": [i], "side": i % 2, "number": i} for i in range(rows)]).array)
    return Batch({"s": encoded}, {"s": encoded}, torch.arange(rows))


# name -> the objective, and batches for it
MADE = {
    "supervised": (lambda: Supervised(Net(), "y"), batch),
    "masked": (lambda: Masked(Words(), TEXTS), texts),
    "span": (spans, texts),
    "autoencode": (lambda: drawn("autoencode", "autoencoder", width=4, code=3), pictures),
    "denoise": (lambda: drawn("denoise", "autoencoder", width=4, code=3), pictures),
    "vae": (lambda: drawn("vae", "vae", width=8, code=3), pictures),
    "gan": (lambda: drawn("gan", "dcgan", width=4, noise=5, stages=1), pictures),
    "ddpm": (lambda: drawn("ddpm", "ddpm_unet", width=8, depth=1), pictures),
    "prototypes": (alike, classes),
    "simclr": (lambda: drawn("simclr", "cnn", width=4), pictures),
    "clip": (paired, captioned),
    "ppo": (lambda: acting("ppo", moves=16, passes=2, parts=2), starts),
    "dqn": (lambda: acting("dqn", warm=30, rows=16, replay=100, sync=2), starts),
    "alphazero": (boards, openings),
    "distil": (taught, batch),
}


class Sat:
    """An objective with the batch it is examined on."""

    def __init__(self, name):
        torch.manual_seed(0)
        self.make, self.batch = MADE[name]
        self.made = self.make()


@pytest.fixture(params=list(OBJECTIVES))
def sat(request):
    return Sat(request.param)


def test_every_objective_sits_the_exam():
    assert list(MADE) == list(OBJECTIVES)
    assert all(name == game.name and game.says for name, game in OBJECTIVES.items())


def test_every_turn_is_that_of_a_known_player_who_can_be_moved(sat):
    objective, batch = sat.made, sat.batch
    turns = 0
    for turn in objective.turns(batch(), Rng(0)):
        player = objective.players()[turn.player]
        assert turn.loss.shape == ()
        assert turn.loss.isfinite()
        assert turn.count > 0
        player.zero_grad()
        turn.loss.backward()
        assert any(p.grad is not None and p.grad.any() for p in player.parameters())
        turns += 1
    assert turns >= 1


def test_every_player_gets_a_turn_and_none_is_a_bystander(sat):
    objective, batch = sat.made, sat.batch
    assert {turn.player for turn in objective.turns(batch(), Rng(0))} == set(objective.players())
    assert not set(objective.players()) & set(objective.modules())


def test_the_product_is_made_of_what_is_saved(sat):
    objective = sat.made
    saved = {id(p) for module in {**objective.players(), **objective.modules()}.values() for p in module.parameters()}
    assert {id(p) for p in objective.product().parameters()} <= saved


def test_the_same_draws_give_the_same_turns(sat):
    objective, batch = sat.made, sat.batch
    for module in objective.players().values():
        module.eval()
    again = copy.deepcopy(objective)  # where something is remembered, the second time is not the first
    first = [turn.loss.item() for turn in objective.turns(batch(), Rng(0, 1))]
    assert first == [turn.loss.item() for turn in again.turns(batch(), Rng(0, 1))]


def test_what_it_remembers_is_json_and_comes_back(sat):
    objective, batch = sat.made, sat.batch
    list(objective.turns(batch(), Rng(0)))
    state = json.loads(json.dumps(objective.state()))
    objective.load(state)
    assert objective.state() == state


def test_an_additive_game_adds_up_over_slices(sat):
    objective, batch = sat.made, sat.batch
    if not objective.additive:
        pytest.skip("says itself that it does not")
    whole = [t.loss * t.count for t in objective.turns(batch(), Rng(0))]
    parts = [[t.loss * t.count for t in objective.turns(part, Rng(0))] for part in batch().slices(1)]
    for turn, total in enumerate(whole):
        torch.testing.assert_close(sum(part[turn] for part in parts), total)
    counts = [sum(t.count for t in objective.turns(part, Rng(0))) for part in batch().slices(4)]
    assert min(counts) > 0


def test_figures_of_parts_are_those_of_the_whole_with_the_same_draws(sat):
    objective, rows = sat.made, sat.batch()
    if not objective.apart:
        pytest.skip("says itself that rows are held against each other")
    objective.product().eval()
    with torch.inference_mode():
        whole = objective.figures(rows, Rng(0))
        if whole is None:
            pytest.skip("has no figures")
        parts, start = [], 0
        for part in rows.slices(3):
            end = start + len(part)
            parts.append(objective.figures(part, Rng(0).rows(start, end, len(rows))))
            start = end
    torch.testing.assert_close(torch.cat(parts), whole, rtol=1e-4, atol=1e-5)


def test_a_game_without_draws_adds_up_over_four_slices():
    torch.manual_seed(0)
    game = Supervised(Net(), "y")
    whole = [t.loss * t.count for t in game.turns(batch(), Rng(0))]
    parts = [[t.loss * t.count for t in game.turns(part, Rng(0))] for part in batch().slices(4)]
    torch.testing.assert_close(sum(part[0] for part in parts), whole[0])


def test_it_goes_on_to_the_same_bits_from_a_checkpoint(sat):
    """Three steps, or two, saved, put into a new game, and one more."""

    def moved(game, step):
        for turn in game.turns(sat.batch(), Rng(0, step)):
            player = game.players()[turn.player]
            player.zero_grad()
            torch.manual_seed(step)
            turn.loss.backward()
            with torch.no_grad():
                for p in player.parameters():
                    p -= 0.05 * p.grad if p.grad is not None else 0.0

    def saved(game):
        return {n: copy.deepcopy(m.state_dict()) for n, m in {**game.players(), **game.modules()}.items()}, json.dumps(
            game.state()
        )

    game = sat.made
    for step in range(2):
        torch.manual_seed(step)
        moved(game, step)
    tensors, state = saved(game)
    torch.manual_seed(2)
    moved(game, 2)
    whole, _ = saved(game)
    torch.manual_seed(0)
    again = sat.make()
    for name, module in {**again.players(), **again.modules()}.items():
        module.load_state_dict(tensors[name])
    again.load(json.loads(state))
    torch.manual_seed(2)
    moved(again, 2)
    resumed, _ = saved(again)
    for name, found in whole.items():
        for key, value in found.items():
            assert torch.equal(value, resumed[name][key]), (name, key)


def test_a_training_that_was_stopped_ends_in_the_same_bits(sat, stopped_or_not):
    stopped_or_not(sat.make, sat.batch)


def test_all_that_has_state_comes_back_from_a_checkpoint(sat, lost):
    assert lost(sat.make, sat.batch) == []


def test_a_count_that_is_forgotten_is_found(lost):
    class Forgets(Supervised):
        count = 0

        def turns(self, batch, rng):
            self.count += 1
            yield from super().turns(batch, rng)

    with pytest.raises(TrainingError, match=r"objective\.count changed in training"):
        lost(lambda: Forgets(Net(), "y"), batch)


@pytest.mark.parametrize("name", ["vae", "gan", "ddpm"])
def test_what_a_maker_makes_are_shares_and_the_same_for_one_seed(name):
    torch.manual_seed(0)
    game, given = MADE[name][0](), {":codes": torch.tensor([[0], [1], [-1]])}
    assert isinstance(game, Maker)
    game.product().eval()
    with torch.inference_mode():
        first, again, other = (game.sample(given, 3, Rng(seed)) for seed in (0, 0, 1))
    assert first.shape == (3, 1, 8, 8)
    assert ((first >= 0) & (first <= 1)).all()
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    with torch.inference_mode():
        last = game.sample({":codes": given[":codes"][2:]}, 1, Rng(0).rows(2, 3, 3))
    torch.testing.assert_close(last, first[2:], rtol=1e-4, atol=1e-5)
