"""Worlds: what they are called, what they refuse, the same from the same seed, and perfect play where it is known."""

import numpy as np
import pytest

from lamina.errors import SourceError
from lamina.worlds import Environment, Rules, name_of, solved, spoken


def test_a_world_is_called_by_a_name_and_settings():
    assert spoken("CartPole-v1") == ("CartPole-v1", {})
    assert spoken("frozen(slippery=False, size=4,rate=0.5,map=4x4)") == (
        "frozen",
        {"slippery": False, "size": 4, "rate": 0.5, "map": "4x4"},
    )


@pytest.mark.parametrize("words", ["", "a b", "a(b", "a(b)", "a(=1)", "os:system", "a(b=(1))"])
def test_what_is_no_name_is_refused(words):
    """A colon above all: gymnasium imports the module before it."""
    with pytest.raises(SourceError):
        spoken(words)


def walk(seed):
    world = Environment("CartPole-v1")
    return [world.begin(seed), *(world.act(action)[0] for action in (0, 1, 1, 0))]


def test_an_episode_is_the_same_from_the_same_seed():
    np.testing.assert_array_equal(walk(3), walk(3))
    assert not np.array_equal(walk(3), walk(4))


def test_what_is_seen_is_one_row_of_numbers_whatever_it_is():
    assert Environment("CartPole-v1").begin(0).shape == (4,)
    lake = Environment("FrozenLake-v1(is_slippery=False)")
    assert lake.begin(0).tolist() == [1.0] + [0.0] * 15  # a place among sixteen
    assert lake.act(2)[0].tolist() == [0.0, 1.0] + [0.0] * 14
    assert lake.longest == 100


def test_an_episode_without_an_end_of_its_own_is_cut():
    world = Environment("CartPole-v1")
    world.longest = 3
    world.begin(0)
    assert [world.act(i % 2)[2:] for i in range(3)] == [(False, False), (False, False), (False, True)]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("CartPol-v1", "did you mean gym:CartPole-v1"),
        ("Pendulum-v1", "numbered actions"),
        ("CartPole-v1(wheels=3)", "wheels"),
    ],
)
def test_an_environment_that_cannot_be_is_refused_with_what_to_type(name, says):
    with pytest.raises(SourceError, match=says):
        Environment(name)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("conect_four", "did you mean spiel:connect_four"),
        ("connect_four(rws=4)", "rows"),
        ("kuhn_poker", "nothing hidden"),
        ("backgammon", "no chance"),
    ],
)
def test_a_game_of_another_sort_is_refused(name, says):
    with pytest.raises(SourceError, match=says):
        Rules(name)


def test_moves_that_cannot_be_played_are_named():
    rules = Rules("tic_tac_toe")
    with pytest.raises(ValueError, match="move 2, 4, is none of"):
        rules.after([4, 4])
    with pytest.raises(ValueError, match="over before move 6"):
        rules.after([0, 3, 1, 4, 2, 5])


def test_the_last_plane_says_who_moves():
    rules = Rules("connect_four(rows=4,columns=5)")
    assert rules.shape == (4, 4, 5)
    assert not rules.planes(rules.after([]))[-1].any()
    assert rules.planes(rules.after([0]))[-1].all()


def test_tic_tac_toe_has_5478_positions_and_is_drawn():
    """Both are well known: OEIS A008907 counts the positions, and children find the other."""
    rules = Rules("tic_tac_toe")
    known = solved(rules)
    assert len(known) == 5478
    assert known[name_of(rules.after([]))] == 0.0
    assert known[name_of(rules.after([4, 1]))] == 1.0  # an edge is no answer to the middle
    assert known[name_of(rules.after([4, 0]))] == 0.0


def test_a_large_game_is_not_solved():
    assert solved(Rules("connect_four")) == {}
