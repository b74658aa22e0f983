"""Tree search that asks a net: many searches at once, one position of each looked at together.

Silver et al. 2018 (AlphaZero), https://doi.org/10.1126/science.aar6404, with the rule of Rosin 2011 for where to look.
What is sure needs no guess (Winands et al. 2008, https://doi.org/10.1007/978-3-540-87608-3_3): a position from which a
win or all is known is worth that, and is looked into no more.
The layout, arrays over searches and nodes, is that of mctx, https://github.com/google-deepmind/mctx.

Axes: B searches, M nodes, A moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..worlds import Rules

Floats = NDArray[np.float64]
# planes (n, C, H, W) -> what moves are thought good, (n, A) logits, and what a position is worth to its mover, (n,)
Ask = Callable[[NDArray[np.float32]], tuple[NDArray[np.floating], NDArray[np.floating]]]

CURIOUS = 1.5  # the weight of what is thought good against what was found good


class Trees:
    """B searches from B positions, each looking at `simulations` positions. `noise` (B, A), shares of each root's
    moves, takes the place of a share `stir` of what the net thinks of them.

    `visits` (B, A) afterwards: how often each move of the root was looked into, and `choices` (B, A) the same without
    moves that are surely worse than others; `worth` (B,): what the root's mover may expect, from 1 for a win to -1. A
    position in which a game is over is worth what the rules say.
    """

    def __init__(
        self,
        rules: Rules,
        positions: Sequence[Any],
        ask: Ask,
        simulations: int,
        noise: Floats | None = None,
        stir: float = 0.0,
    ):
        count, size, moves = len(positions), simulations + 1, rules.actions
        self.rules, self.ask, self.rows = rules, ask, np.arange(count)
        self.positions: list[list[Any]] = [[position] for position in positions]
        self.prior = np.zeros((count, size, moves))
        self.tried = np.zeros((count, size, moves))  # how often
        self.found = np.zeros((count, size, moves))  # the sum of what came of it, to the node's mover
        self.child = np.full((count, size, moves), -1, np.int64)
        self.legal = np.zeros((count, size, moves), np.bool_)
        self.mover = np.zeros((count, size), np.int64)
        self.sure = np.full((count, size), np.nan)  # what a node surely brings the first player
        self.first = self._look([(b, 0, position) for b, position in enumerate(positions)])
        if noise is not None:
            self.prior[:, 0] = (1 - stir) * self.prior[:, 0] + stir * noise
        for node in range(1, size):
            if not np.isnan(self.sure[:, 0]).any():
                break
            self._simulate(node)

    @property
    def visits(self) -> Floats:
        """(B, A)"""
        return self.tried[:, 0]

    @property
    def choices(self) -> Floats:
        """(B, A)"""
        roots = np.zeros(len(self.rows), np.int64)
        worth, best = self._known(self.rows, roots), self._signs(self.rows, roots) * self.sure[:, 0]
        kept = np.where(np.isnan(best)[:, None], ~(worth < 0), worth == best[:, None]) & self.legal[:, 0]
        made = self.tried[:, 0] * kept
        return np.where(made.sum(1, keepdims=True) > 0, made, kept)

    @property
    def worth(self) -> Floats:
        """(B,)"""
        total, sure = self.tried[:, 0].sum(1), self._signs(self.rows, np.zeros_like(self.rows)) * self.sure[:, 0]
        guess = np.where(total > 0, self.found[:, 0].sum(1) / np.maximum(total, 1), self.first)
        return np.where(np.isnan(sure), guess, sure)

    def _simulate(self, node: int) -> None:
        """One walk down each tree to a move that was never made, or to an end; what is found there goes back up."""
        at, walking = np.zeros(len(self.rows), np.int64), np.isnan(self.sure[:, 0])
        path: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]] = []
        leaf = at.copy()
        while walking.any():
            rows = self.rows[walking]
            move = self._best(rows, at[rows])
            path.append((rows, at[rows], move))
            following = self.child[rows, at[rows], move]
            new = following < 0
            leaf[rows] = np.where(new, node, following)
            at[rows] = leaf[rows]
            walking[rows] = ~new & np.isnan(self.sure[rows, at[rows]])
        fresh = []
        for rows, nodes, moves in path:
            for b, above, move in zip(rows.tolist(), nodes.tolist(), moves.tolist(), strict=True):
                if self.child[b, above, move] < 0:
                    self.child[b, above, move] = node
                    fresh.append((b, node, self.positions[b][above].child(move)))
        looked = self._look(fresh)
        worth = np.nan_to_num(self.sure[self.rows, leaf])
        for (b, _, _), value in zip(fresh, looked, strict=True):
            worth[b] = value if self.mover[b, node] == 0 else -value
        for rows, nodes, moves in reversed(path):
            sign = self._signs(rows, nodes)
            self.tried[rows, nodes, moves] += 1
            self.found[rows, nodes, moves] += sign * worth[rows]
            ended = ~np.isnan(self.sure[rows, self.child[rows, nodes, moves]])
            if ended.any():
                self._conclude(rows[ended], nodes[ended])

    def _best(self, rows: NDArray[np.int64], nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """The move to look into: what was found of it, and the more the net thinks of it and the less it was tried."""
        tried, prior, worth = self.tried[rows, nodes], self.prior[rows, nodes], self._known(rows, nodes)
        mean = np.where(np.isnan(worth), self.found[rows, nodes] / np.maximum(tried, 1), worth)
        curious = CURIOUS * prior * np.sqrt(tried.sum(1, keepdims=True) + 1) / (1 + tried)
        open_ = self.legal[rows, nodes] & ~(worth < 0)
        chosen: NDArray[np.int64] = np.where(open_, mean + curious, -np.inf).argmax(1)
        return chosen

    def _signs(self, rows: NDArray[np.int64], nodes: NDArray[np.int64]) -> Floats:
        """1 where the first player moves, -1 where the second does."""
        return np.where(self.mover[rows, nodes] == 0, 1.0, -1.0)

    def _known(self, rows: NDArray[np.int64], nodes: NDArray[np.int64]) -> Floats:
        """What each move surely brings the mover of a node, (n, A); not a number where that is open."""
        child = self.child[rows, nodes]
        sure = np.where(child >= 0, self.sure[rows[:, None], child], np.nan)
        made: Floats = self._signs(rows, nodes)[:, None] * sure
        return made

    def _conclude(self, rows: NDArray[np.int64], nodes: NDArray[np.int64]) -> None:
        """A node with a move that wins is won, one whose moves are all known is worth the best of them."""
        worth, legal = self._known(rows, nodes), self.legal[rows, nodes]
        best = np.where(legal & ~np.isnan(worth), worth, -np.inf).max(1)
        done = (best == 1) | (~np.isnan(worth) | ~legal).all(1)
        self.sure[rows[done], nodes[done]] = self._signs(rows, nodes)[done] * best[done]

    def _look(self, fresh: Sequence[tuple[int, int, Any]]) -> Floats:
        """Put new nodes in the trees; what each is worth to its mover, by the rules at an end, else by the net."""
        worth, open_ = np.zeros(len(fresh)), []
        for i, (b, node, position) in enumerate(fresh):
            while len(self.positions[b]) <= node:
                self.positions[b].append(None)
            self.positions[b][node] = position
            if position.is_terminal():
                worth[i] = self.sure[b, node] = position.returns()[0]
            else:
                self.mover[b, node] = position.current_player()
                self.legal[b, node, position.legal_actions()] = True
                open_.append(i)
        if open_:
            logits, values = self.ask(np.stack([self.rules.planes(fresh[i][2]) for i in open_]))
            rows = np.array([fresh[i][0] for i in open_])
            nodes = np.array([fresh[i][1] for i in open_])
            self.prior[rows, nodes] = shares(logits, self.legal[rows, nodes])
            worth[open_] = values
        return worth


def shares(logits: NDArray[np.floating], legal: NDArray[np.bool_]) -> Floats:
    """The softmax over legal moves, (n, A)."""
    raised = np.where(legal, np.asarray(logits, np.float64), -np.inf)
    raised = np.exp(raised - raised.max(1, keepdims=True))
    made: Floats = raised / raised.sum(1, keepdims=True)
    return made
