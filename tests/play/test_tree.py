"""Tree search: equal to one written out plainly, and it sees what is one or two moves away."""

import math

import numpy as np
import pytest

from lamina.play.tree import CURIOUS, Trees, shares
from lamina.worlds import Rules, name_of, solved

RULES = Rules("tic_tac_toe")


def opinion(planes):
    """Some opinion of each position that is a function of it alone."""
    flat = planes.reshape(len(planes), -1)
    weights = np.sin(np.arange(flat.shape[1] * 10.0)).reshape(flat.shape[1], 10)
    made = flat @ weights
    return made[:, :9], np.tanh(made[:, 9])


def even(planes):
    return np.zeros((len(planes), 9)), np.zeros(len(planes))


class Node:
    """A position in a tree written out plainly: one search, objects and recursion."""

    def __init__(self, position, ask):
        self.position, self.children, self.tried, self.found = position, {}, {}, {}
        self.mover = position.current_player()
        self.sure = None  # what it surely brings the first player
        if position.is_terminal():
            self.worth = self.sure = position.returns()[0]
            return
        logits, worth = ask(RULES.planes(position)[None])
        raised = {move: math.exp(logits[0, move]) for move in position.legal_actions()}
        self.prior = {move: value / sum(raised.values()) for move, value in raised.items()}
        self.worth = worth[0] if self.mover == 0 else -worth[0]  # to the first player
        self.tried = dict.fromkeys(self.prior, 0)
        self.found = dict.fromkeys(self.prior, 0.0)

    def known(self, move):
        """What a move surely brings who makes it."""
        child = self.children.get(move)
        return None if child is None or child.sure is None else self.sign * child.sure

    @property
    def sign(self):
        return 1 if self.mover == 0 else -1

    def walk(self, ask):
        if self.sure is not None:
            return self.sure
        total = sum(self.tried.values())

        def merit(move):
            n, known = self.tried[move], self.known(move)
            mean = self.found[move] / max(n, 1) if known is None else known
            return mean + CURIOUS * self.prior[move] * math.sqrt(total + 1) / (1 + n)

        move = max((move for move in self.prior if (self.known(move) or 0) >= 0), key=merit)
        if move not in self.children:
            self.children[move] = Node(self.position.child(move), ask)
            worth = self.children[move].worth
        else:
            worth = self.children[move].walk(ask)
        self.tried[move] += 1
        self.found[move] += self.sign * worth
        knowns = [self.known(move) for move in self.prior]
        if 1 in knowns or None not in knowns:
            self.sure = self.sign * max(known for known in knowns if known is not None)
        return worth


@pytest.mark.parametrize("moves", [[], [4], [0, 4, 8], [0, 4, 1, 2, 6]])
def test_many_at_once_are_as_one_written_out(moves):
    others = [[1], [2, 3], [0, 1, 2, 3, 4, 5, 7]]  # searches beside it do not matter
    trees = Trees(RULES, [RULES.after(row) for row in [moves, *others]], opinion, 60)
    plain = Node(RULES.after(moves), opinion)
    for _ in range(60):
        if plain.sure is None:
            plain.walk(opinion)
    assert trees.visits[0].tolist() == [plain.tried.get(move, 0) for move in range(9)]
    worth = sum(plain.found.values()) / 60 if plain.sure is None else plain.sign * plain.sure
    assert trees.worth[0] == pytest.approx(worth)


def test_every_simulation_is_counted_and_no_illegal_move_is_tried():
    trees = Trees(RULES, [RULES.after([4]), RULES.after([0, 1])], opinion, 25)
    assert trees.visits.sum(1).tolist() == [25, 25]
    assert trees.visits[0, 4] == 0
    assert trees.visits[1, :2].tolist() == [0, 0]


def test_a_win_is_taken_and_a_threat_is_met():
    win, threat = RULES.after([0, 3, 1, 4]), RULES.after([0, 3, 1])  # 2 wins; 2 has to be stopped
    trees = Trees(RULES, [win, threat], even, 200)
    assert trees.choices.argmax(1).tolist() == [2, 2]
    assert trees.worth[0] == 1.0


def test_what_is_surely_lost_is_not_chosen_however_often_it_was_looked_into():
    def wrong(planes):  # thinks most of the corner that loses, and that all is well
        return np.tile(np.where(np.arange(9) == 8, 9.0, 0.0), (len(planes), 1)), np.full(len(planes), 0.5)

    trees = Trees(RULES, [RULES.after([0, 3, 1])], wrong, 40)
    assert trees.visits[0, 8] > 1
    assert trees.choices[0, 8] == 0


def test_a_small_rest_of_a_game_is_solved():
    known = solved(RULES)
    for moves in ([0, 4, 8, 2, 6], [0, 1, 2, 3, 4], [4, 0, 8, 2, 1]):
        position = RULES.after(moves)
        trees = Trees(RULES, [position], even, 200)
        sign = 1 if position.current_player() == 0 else -1
        assert trees.worth[0] == sign * known[name_of(position)]
        best = [m for m in position.legal_actions() if known[name_of(position.child(m))] == known[name_of(position)]]
        assert int(trees.choices[0].argmax()) in best


def test_noise_moves_what_is_looked_at():
    noise = np.zeros((1, 9))
    noise[0, 7] = 1.0
    plain = Trees(RULES, [RULES.after([])], even, 20)
    stirred = Trees(RULES, [RULES.after([])], even, 20, noise, 0.9)
    assert stirred.visits[0, 7] > plain.visits[0, 7]


def test_chances_are_those_of_legal_moves():
    made = shares(np.array([[800.0, 801.0, 900.0]]), np.array([[True, True, False]]))
    assert made[0, 2] == 0
    assert made[0, 1] / made[0, 0] == pytest.approx(math.e)
