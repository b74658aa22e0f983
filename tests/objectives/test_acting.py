"""PPO and DQN: advantages, the clip and the target as their papers have them, and a pole that is held longer."""

import pytest
import torch

from lamina.errors import PlanError
from lamina.forms import Batch
from lamina.kinds import Field, Schema
from lamina.kinds.episode import Episode
from lamina.objectives import Asked, play_for
from lamina.objectives.ppo import Lived, advantages
from lamina.recipe import Budget, Optimizer, Recipe, Train, build_net
from lamina.rng import Rng
from lamina.train import Session, fit

KIND = Episode(world="CartPole-v1", width=4, actions=2, longest=500, mean=(0.0,) * 4, std=(0.5, 1.0, 0.1, 1.0))
SCHEMA = Schema((Field("s", KIND, "input"), Field("s", KIND, "target", link="acted")))


def game(name="ppo", **settings):
    torch.manual_seed(0)
    net = build_net(Recipe(model={"name": "mlp", "width": 64, "depth": 2, "drop": 0.0}), SCHEMA)
    return play_for(name, Asked(net, SCHEMA, settings))


@pytest.mark.parametrize("name", ["ppo", "dqn"])
def test_a_net_that_acts_is_the_net_that_learns(name):
    net = build_net(Recipe(model={"name": "mlp", "width": 64, "depth": 2, "drop": 0.1}), SCHEMA)
    with pytest.raises(PlanError, match="has dropout") as caught:
        play_for(name, Asked(net, SCHEMA))
    assert "--set model.drop=0" in str(caught.value)


def batch(rows=16, first=0):
    encoded = KIND.collate(KIND.encode(list(range(first, first + rows))).array)
    return Batch({"s": encoded}, {"s": encoded}, torch.arange(rows))


def test_advantages_are_sums_of_surprises_and_end_with_an_episode():
    """Schulman et al. 2016, equation 16, written out: a sum over all later steps of the same episode."""
    draw = torch.Generator().manual_seed(0)
    reward, worth = torch.randn(6, 2, generator=draw), torch.randn(6, 2, generator=draw)
    end, last = torch.zeros(6, 2), torch.randn(2, generator=draw)
    end[2, 0] = end[4, 1] = 1
    found = advantages(reward, worth, end, last, 0.9, 0.8)
    for e in range(2):
        beyond = [*worth[1:, e].tolist(), last[e].item()]
        for t in range(6):
            total, k = 0.0, t
            while True:
                stops = bool(end[k, e])
                surprise = float(reward[k, e]) + 0.9 * beyond[k] * (not stops) - float(worth[k, e])
                total += (0.9 * 0.8) ** (k - t) * surprise
                if stops or k == 5:
                    break
                k += 1
            assert found[t, e].item() == pytest.approx(total, abs=1e-5)


def lived(played, shift):
    """Four actions whose chances were `shift` lower, as logs, when they were taken; two came out well."""
    seen = torch.randn(4, 4, generator=torch.Generator().manual_seed(1))
    action = torch.tensor([0, 1, 0, 1])
    rows = torch.cat([torch.full((4, 1), -1.0), seen], 1)
    logits = played.net.head.plain(played.net({"s": rows}))[0].detach()
    chance = torch.log_softmax(logits, 1).gather(1, action[:, None]).squeeze(1) - shift
    return Lived(seen, action, chance, torch.tensor([1.0, 1.0, -1.0, -1.0]), torch.zeros(4))


def slope(played, some, part):
    played.net.zero_grad()
    played.loss(some, part).backward()
    return played.net.head.act.weight.grad.clone()


def test_what_moved_far_enough_already_is_moved_no_further():
    """A chance that has grown by more than the clip: what came out well has no slope left, what came out badly has."""
    played = game(worth=0.0, curious=0.0)
    far = lived(played, 0.5)
    both = slope(played, far, torch.tensor([0, 1, 2, 3]))
    far = Lived(far.seen, far.action, far.chance, torch.tensor([1.0, 1.0, -1.0, -1.0]), far.came)
    bad = torch.tensor([2, 3])
    # alone, advantages of one size are standardised away, so the slope of the bad ones is taken from the definition
    logits = played.net.head.plain(played.net({"s": torch.cat([torch.full((2, 1), -1.0), far.seen[bad]], 1)}))[0]
    logs = torch.log_softmax(logits, 1).gather(1, far.action[bad][:, None]).squeeze(1)
    played.net.zero_grad()
    ((logs - far.chance[bad]).exp() * 1.0).sum().div(4).backward()
    torch.testing.assert_close(both, played.net.head.act.weight.grad)


def test_at_first_the_slope_is_that_of_the_policy_gradient():
    played = game(worth=0.0, curious=0.0)
    near = lived(played, 0.0)
    found = slope(played, near, torch.arange(4))
    rows = torch.cat([torch.full((4, 1), -1.0), near.seen], 1)
    logs = torch.log_softmax(played.net.head.plain(played.net({"s": rows}))[0], 1)
    played.net.zero_grad()
    (-(logs.gather(1, near.action[:, None]).squeeze(1) * near.advantage).mean()).backward()
    torch.testing.assert_close(found, played.net.head.act.weight.grad)


def test_a_cut_episode_goes_on_to_be_worth_something():
    """Cut after one step each time: what it came to is the reward and the worth of where it was cut."""
    played = game(actors=2, moves=3)
    played.episodes.open(iter(range(10)))
    for world in played.episodes._worlds:
        world.longest = 1
    some = played.live(batch().targets["s"], Rng(0))
    assert (some.came > 1.0).all() or (some.came < 1.0).all() or some.came.std() > 0
    rows = torch.cat([torch.full((6, 1), -1.0), some.seen], 1)
    worth = played.net.head.plain(played.net({"s": rows}))[1].detach()
    assert not torch.allclose(some.came, torch.ones(6))  # as it would be if a cut were an end
    torch.testing.assert_close(some.advantage, some.came - worth)


@pytest.mark.parametrize("name", ["ppo", "dqn"])
def test_figures_are_returns_of_starts_and_chances_of_situations(name):
    played = game(name)
    rows = KIND.collate(KIND.encode([3, [0.0, 0.1, 0.02, 0.1], 4]).array)
    found = played.figures(Batch({"s": rows}, {"s": rows}, torch.arange(3)), Rng(0))
    assert found.shape == (3, 5)
    assert found[[0, 2], 0].min() >= 8
    assert found[:, 1].tolist() == [1, 0, 1]
    torch.testing.assert_close(found[:, 0], found[:, 2])  # a step earns 1 here
    assert found[1, 3:].sum() == pytest.approx(1.0)


@pytest.mark.parametrize(("name", "steps"), [("ppo", 12), ("dqn", 2000)])
def test_a_pole_is_held_longer_after_learning(name, steps):
    played, asked = game(name, **({"explore": 4_000} if name == "dqn" else {})), batch(20, 1000)
    before = played.figures(asked, Rng(0))[:, 0].mean()
    recipe = Recipe(
        budget=Budget(steps=steps), optimizer=Optimizer(name="adam", rate=0.002, decay=0.0), train=Train(average=0.0)
    )
    fit(played, lambda start: iter([batch(32)] * 10_000), recipe, session=Session(recipe))
    after = played.figures(asked, Rng(0))[:, 0].mean()
    assert after > 3 * before


def test_worths_of_a_net_without_norm_may_grow_beyond_all_bounds_and_ours_do_not():
    """A step earns 1 and the discount is 0.9, so nothing is worth more than 10."""
    played = game("dqn", warm=1000, sync=10, discount=0.9, explore=10**9)
    recipe = Recipe(
        budget=Budget(steps=300), optimizer=Optimizer(name="adam", rate=0.001, decay=0.0), train=Train(average=0.0)
    )
    fit(played, lambda start: iter([batch(32)] * 10_000), recipe, session=Session(recipe))
    assert played.worths(played.net, played.replay.kept_seen[:1000]).max() < 20


def test_the_target_of_dqn_is_that_of_its_paper():
    """van Hasselt et al. 2016: the net chooses the next action, the target net says what it is worth; over is over."""
    played = game("dqn", warm=40, rows=8)
    with torch.no_grad():
        for p in played.frozen.parameters():
            p += 0.1 * torch.randn(p.shape, generator=torch.Generator().manual_seed(2))
    turn = next(played.turns(batch(), Rng(0)))
    again = Rng(0)
    acted = len(played.replay) // played.plan.actors
    for _ in range(acted):  # the draws that acting took
        again.uniform(played.plan.actors), again.integers(2, played.plan.actors)
    kept = played.replay.draw(8, again)
    total = 0.0
    for i in range(8):

        def worth(net, name, action=None, i=i):
            row = torch.cat([torch.tensor([-1.0]), kept[name][i]])[None]
            logits, state = net.head.plain(net({"s": row}))
            q = (state + logits[0] - logits[0].mean()).detach()
            return q if action is None else float(q[action])

        best = int(worth(played.net, "next").argmax())
        beyond = 0.0 if kept["over"][i] else 0.99 * worth(played.frozen, "next", best)
        missed = worth(played.net, "seen", int(kept["action"][i])) - float(kept["reward"][i]) - beyond
        total += 0.5 * missed**2 if abs(missed) < 1 else abs(missed) - 0.5
    assert turn.loss.item() == pytest.approx(total / 8, rel=1e-4)
    assert kept["over"].any() or played.replay.kept_over.any()


def test_the_target_net_follows_after_so_many_steps():
    played = game("dqn", warm=20, rows=8, sync=2)
    with torch.no_grad():
        played.net.head.act.weight += 1.0
    equal = []
    for step in range(3):
        list(played.turns(batch(), Rng(0, step)))
        equal.append(torch.equal(played.net.head.act.weight, played.frozen.head.act.weight))
    assert equal == [False, True, True]
