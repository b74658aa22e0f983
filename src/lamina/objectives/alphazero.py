"""AlphaZero: play against oneself with a tree search, learn to know at once what the search found, search better."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Annotated, Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from ..forms import Batch
from ..kinds.match import ASKED, NUMBER, SIDE, Match, moves_of, rules_of
from ..play.matches import play_out
from ..play.replay import Replay
from ..play.rivals import Perfect, Rival, Search
from ..play.tree import Trees
from ..rng import Rng
from .base import Turn

SUMS = 3  # figures before the chances of moves: points, matches, losses


@dataclass(frozen=True)
class AlphaZeroPlan:
    """Settings of the game."""

    simulations: Annotated[int, Field(ge=1, le=100_000)] = 50  # positions a search looks at before a move
    matches: Annotated[int, Field(ge=1, le=4096)] = 64  # side by side, one move in each a step
    turns: Annotated[int, Field(ge=1, le=1000)] = 4  # of learning, a step
    rows: Annotated[int, Field(ge=1, le=65_536)] = 256  # positions that a turn learns from
    replay: Annotated[int, Field(ge=1, le=10**7)] = 20_000  # positions that are kept
    noise: Annotated[float, Field(gt=0, le=100)] = 1.0  # concentration of the noise at a root: ten over its moves
    stir: Annotated[float, Field(ge=0, le=1)] = 0.25  # share of the noise
    heat: Annotated[float, Field(ge=0.1, le=100)] = 2.0  # logits of moves are divided by it: a search looks further
    bold: Annotated[int, Field(ge=0, le=10**6)] = 8  # moves that are drawn by visits; later ones are the most visited


@dataclass
class Ongoing:
    """A match against oneself: its moves, of which the last are our own, and for those what the search said."""

    moves: list[int]
    said: list[list[float]] = field(default_factory=list)


class AlphaZero:
    """Silver et al. 2018, https://doi.org/10.1126/science.aar6404. A step is one move in each match, by a search that
    asks the net, and some turns of learning from finished matches: the shares of visits, and who won.

    The rows of a batch are where new matches start. Not additive: batch norm. Judged, and served, with the search.
    """

    additive = False
    apart = True

    def __init__(self, net: Any, target: str, kind: Match, plan: AlphaZeroPlan | None = None):
        self.net, self.target, self.kind, self.plan = net, target, kind, plan or AlphaZeroPlan()
        self.matches: list[Ongoing] = []
        self.replay = Replay(self.plan.replay, {"planes": kind.shape, "lesson": (kind.actions + 1,)})

    def players(self) -> dict[str, nn.Module]:
        """The net, called "model"."""
        return {"model": self.net}

    def modules(self) -> dict[str, nn.Module]:
        """The positions that are learned from."""
        return {"replay": self.replay}

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """A move in each match, or more while too little was played, then turns of learning."""
        self.play(batch.targets[self.target], rng)
        device = next(self.net.parameters()).device
        for _ in range(self.plan.turns):
            kept = self.replay.draw(self.plan.rows, rng, device)
            loss, count = self.net.head.loss(self.net({self.target: kept["planes"]}), kept["lesson"])
            yield Turn("model", loss, count)

    @torch.no_grad()
    def play(self, rows: Tensor, rng: Rng) -> None:
        """One move in each match; so many more as there is nothing to learn from."""
        openings = cycle([moves_of(row) for row in rows.cpu().numpy()])
        while len(self.matches) < self.plan.matches:
            self.matches.append(Ongoing(list(next(openings))))
        draw = np.random.Generator(np.random.Philox(key=int(rng.integers(2**62, 1))))
        rules = rules_of(self.kind.world)
        while True:
            positions = [rules.after(match.moves) for match in self.matches]
            choices = self.search(positions, draw).choices
            for i, (match, position) in enumerate(zip(self.matches, positions, strict=True)):
                share = choices[i] / choices[i].sum()
                bold = len(match.moves) < self.plan.bold
                move = int(draw.choice(len(share), p=share)) if bold else int(share.argmax())
                match.moves.append(move)
                match.said.append(share.tolist())
                position.apply_action(move)
                if position.is_terminal():
                    self._learn_from(match, position.returns())
                    self.matches[i] = Ongoing(list(next(openings)))
            if len(self.replay):
                return

    def search(self, positions: list[Any], draw: np.random.Generator | None = None) -> Trees:
        """Searches from some positions; stirred by noise at their roots where there is something to draw it from."""
        was, plan = self.net.training, self.plan
        self.net.eval()
        device = next(self.net.parameters()).device

        def ask(planes: NDArray[np.float32]) -> tuple[Any, Any]:
            with torch.no_grad():
                form = self.net({self.target: torch.from_numpy(planes).to(device)})
                logits, worth = self.net.head.plain(form)
            return (logits / plan.heat).cpu().numpy(), worth.cpu().numpy()

        noise = None
        if draw is not None:
            legal = np.array([position.legal_actions_mask() for position in positions], np.bool_)
            noise = draw.gamma(10 * plan.noise / legal.sum(1, keepdims=True), size=legal.shape) * legal
            noise /= noise.sum(1, keepdims=True)
        made = Trees(rules_of(self.kind.world), positions, ask, plan.simulations, noise, plan.stir)
        self.net.train(was)
        return made

    def _learn_from(self, match: Ongoing, outcome: list[float]) -> None:
        """Put the positions of a finished match in the replay, with what the search said and what their mover got."""
        rules = rules_of(self.kind.world)
        position, planes, lessons = rules.after(match.moves[: len(match.moves) - len(match.said)]), [], []
        for move, said in zip(match.moves[-len(match.said) :], match.said, strict=True):
            planes.append(rules.planes(position))
            lessons.append([*said, outcome[position.current_player()]])
            position.apply_action(move)
        self.replay.add({"planes": torch.from_numpy(np.stack(planes)), "lesson": torch.tensor(lessons)})

    def figures(self, batch: Batch, rng: Rng) -> Tensor:
        """(B, 3 + A): of a match points (a half for a draw), 1 and whether it was lost, played out against the rival;
        of any row the shares of visits from its position."""
        del rng  # a match draws by its own number
        rows = batch.inputs[self.target].cpu().numpy()
        rules = rules_of(self.kind.world)
        choices = self.search([rules.after(moves_of(row)) for row in rows]).choices
        made = np.zeros((len(rows), SUMS))
        played = rows[:, NUMBER] != ASKED
        if played.any():
            came = self.against(rows[played])[0]
            made[played] = np.stack([(came + 1) / 2, np.ones(len(came)), came < 0], axis=1)
        return torch.from_numpy(np.concatenate([made, choices / choices.sum(1, keepdims=True)], axis=1))

    def against(self, rows: NDArray[np.int32]) -> tuple[NDArray[np.float64], list[Any]]:
        """Matches (n, 2 + M) played against the rival: what we have of each, 1, 0 or -1, and their last positions."""
        rules = rules_of(self.kind.world)
        positions = [rules.after(moves_of(row)) for row in rows]
        rivals = [rival_of(self.kind, int(row[NUMBER])) for row in rows]

        def ours(some: list[Any], which: list[int]) -> list[int]:
            del which
            found: list[int] = self.search(some).choices.argmax(1).tolist()
            return found

        return play_out(positions, rows[:, SIDE].tolist(), ours, rivals), positions

    def product(self) -> nn.Module:
        """The net."""
        net: nn.Module = self.net
        return net

    def state(self) -> dict[str, Any]:
        """The matches that are not over."""
        return {"matches": [[match.moves, match.said] for match in self.matches]}

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        self.matches = [Ongoing(list(moves), [list(row) for row in said]) for moves, said in state["matches"]]


def rival_of(kind: Match, number: int) -> Rival:
    """Whom match `number` is played against."""
    rules = rules_of(kind.world)
    return Perfect(rules, number) if kind.rival == "perfect" else Search(rules, number, kind.strength)
