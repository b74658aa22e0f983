"""Episodes side by side, what is remembered of them, matches and rivals."""

import itertools

import numpy as np
import pytest
import torch

from lamina.play.episodes import Episodes, returns_of
from lamina.play.matches import play_out
from lamina.play.replay import Replay
from lamina.play.rivals import Chance, Perfect, Search
from lamina.rng import Rng
from lamina.worlds import Rules

RULES = Rules("tic_tac_toe")


def test_where_an_episode_ends_the_next_start_takes_its_place():
    episodes, starts = Episodes("CartPole-v1", 2), itertools.count(10)
    episodes.open(starts)
    assert [start for start, _ in episodes.played] == [10, 11]
    ended = 0
    for _ in range(15):  # always to the left: a pole falls within 12 steps
        moved = episodes.act(np.zeros(2, np.int64), starts)
        ended += int(moved.over.sum())
        falls = moved.over[:, None] & np.ones(4, bool)
        np.testing.assert_array_equal(episodes.now[~falls], moved.seen[~falls])
        assert (episodes.now[falls] != moved.seen[falls]).any() or not falls.any()
    assert ended >= 2
    assert next(starts) == 12 + ended


def test_episodes_go_on_from_what_was_kept():
    one, other = Episodes("CartPole-v1", 3), Episodes("CartPole-v1", 3)
    one.open(iter([1, 2, 3]))
    for i in range(6):
        one.act(np.array([i % 2, 1, 0]), iter([4, 5, 6]))
    other.load(one.state())
    np.testing.assert_array_equal(one.now, other.now)
    moved = [episodes.act(np.array([1, 0, 1]), iter([7])) for episodes in (one, other)]
    np.testing.assert_array_equal(moved[0].seen, moved[1].seen)


def test_returns_are_those_of_episodes_played_alone():
    def act(seen):
        return (seen[:, 2] > 0).astype(np.int64)

    together = returns_of("CartPole-v1", [1, 2, 3], act)
    alone = [returns_of("CartPole-v1", [start], act) for start in (1, 2, 3)]
    assert together[0].tolist() == [float(total[0]) for total, _ in alone]
    assert together[1].tolist() == [int(steps[0]) for _, steps in alone]
    assert len(set(together[1].tolist())) > 1


def test_the_oldest_makes_room_for_the_newest():
    replay = Replay(5, {"x": (2,), "y": ()})
    for i in range(4):
        replay.add({"x": torch.full((2, 2), float(i)), "y": torch.tensor([i, i + 0.5])})
    assert len(replay) == 5
    assert sorted(replay.kept_y.tolist()) == [1.5, 2.0, 2.5, 3.0, 3.5]
    drawn = replay.draw(50, Rng(0))
    assert torch.equal(drawn["x"][:, 0], drawn["y"].floor())  # rows stay together
    assert torch.equal(drawn["y"], replay.draw(50, Rng(0))["y"])


def test_what_is_remembered_is_in_the_state_of_a_module():
    one, other = Replay(4, {"x": (1,)}), Replay(4, {"x": (1,)})
    one.add({"x": torch.ones(3, 1)})
    other.load_state_dict(one.state_dict())
    assert len(other) == 3
    assert not list(one.parameters())


def against(make, games=40):
    """What the first of two rivals has of matches, sides in turn."""
    mine, theirs = [make[0](i) for i in range(games)], [make[1](i) for i in range(games)]
    positions = [RULES.after([]) for _ in range(games)]

    def ours(some, which):
        return [mine[i].move(position) for i, position in zip(which, some, strict=True)]

    return play_out(positions, [i % 2 for i in range(games)], ours, theirs)


def test_perfect_play_never_loses_and_draws_with_itself():
    perfect = lambda seed: Perfect(RULES, seed)  # noqa: E731
    assert (against([perfect, Chance]) >= 0).all()
    assert against([perfect, Chance]).mean() > 0.5
    assert (against([perfect, perfect]) == 0).all()


def test_search_is_stronger_the_more_it_looks_at():
    strong, weak = (lambda seed, n=n: Search(RULES, seed, n) for n in (200, 3))
    assert against([strong, weak]).mean() > 0.3


@pytest.mark.parametrize("make", [lambda s: Perfect(RULES, s), Chance, lambda s: Search(RULES, s, 20)])
def test_a_rival_does_the_same_from_the_same_seed(make):
    def moves(seed):
        rival, position, made = make(seed), RULES.after([]), []
        while not position.is_terminal():
            made.append(rival.move(position))
            position.apply_action(made[-1])
        return made

    assert moves(1) == moves(1)
    assert len({tuple(moves(seed)) for seed in range(6)}) > 1
