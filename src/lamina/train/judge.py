"""Judge a product on the validation part: every row once, by the scores of its target kind."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..data.batches import Batches
from ..forms import Batch, as_rows
from ..kinds import Field
from ..metrics import figure_scores, kind_scores
from ..objectives import Objective
from ..ragged import Rows, joined
from ..ranks import ALONE, Ranks
from ..rng import Rng
from ..room import Room
from .plan import Plan


class ValidationJudge:
    """`judge(net)` gives the quick scores of a target over the validation rows; the net's mode stays as it was.

    Where the objective has figures, they are what is scored, with the same draws at every judgement. Several processes
    share the batches, each row in one of them, and the first has the scores. `room` is what rows of a batch fit into.
    """

    def __init__(
        self,
        rows: Batches,
        target: Field,
        plan: Plan,
        objective: Objective,
        ranks: Ranks = ALONE,
        room: Room | None = None,
    ):
        self.rows, self.target, self.plan, self.objective, self.ranks = rows, target, plan, objective, ranks
        self.room = room or Room()

    def __call__(self, net: nn.Module) -> dict[str, float]:
        """Scores by name; none where this is not the first process."""
        kind, link = self.target.kind, self.target.link
        most = self.rows.schema.at_once() if self.objective.apart else sys.maxsize
        sums = figures(net, self.rows.sweep(most), self.objective, self.plan, self.room, self.ranks)
        answer = outputs(net, self.rows.sweep(most), self.plan, self.room, self.ranks) if sums is None else None
        if not self.ranks.first:
            return {}
        if sums is not None:
            return figure_scores(kind, link, sums)
        truth = self.rows.part.targets[self.target.name]
        return kind_scores(kind, kind.in_units(truth), kind.in_units(answer), link)


def figures(
    net: nn.Module, batches: Iterator[Batch], objective: Objective, plan: Plan, room: Room, ranks: Ranks = ALONE
) -> NDArray[np.float64] | None:
    """What the objective sums up by row (n, k) over some batches, in evaluation mode; None where it has no figures.
    Of several processes the first has them all, the others none of theirs, (0, 0)."""
    was, made, none = net.training, [], False

    def summed(number: int, count: int, part: Batch, start: int) -> NDArray[np.float64] | None:
        rng = Rng(0, "figures", number, device=plan.device).rows(start, start + len(part), count)
        with plan.autocast():
            sums = objective.figures(part, rng)
        return None if sums is None else sums.double().cpu().numpy()

    net.eval()
    with torch.inference_mode():
        for number, batch, counts in ranks.rounds(batches):
            found = room.parts(partial(summed, number, len(batch)), batch, objective.apart)
            parts = [part for part in found if part is not None]
            none = not parts
            if none:
                break
            made += [np.concatenate(parts)] if counts else []
    net.train(was)
    if ranks.agree(float(none))[0] or not (made or ranks.many):
        return None
    gathered = ranks.gather(made)
    return np.concatenate([np.asarray(x) for x in gathered]) if gathered else np.zeros((0, 0))


def outputs(
    net: nn.Module, batches: Iterator[Batch], plan: Plan, room: Room, ranks: Ranks = ALONE, *, temperature: float = 1.0
) -> Rows:
    """What the net answers over some batches, in evaluation mode for the while; of several processes the first has it
    all, the others nothing."""
    was = net.training

    def answered(part: Batch, _start: int) -> Rows:
        with plan.autocast():
            return as_rows(_answer(net, part, temperature))

    net.eval()
    with torch.inference_mode():
        rounds = [(joined(room.parts(answered, batch)), counts) for _, batch, counts in ranks.rounds(batches)]
    net.train(was)
    found = ranks.gather([answers for answers, counts in rounds if counts])
    return joined(found) if found else np.zeros(0)


def _answer(net: Any, batch: Batch, temperature: float) -> Any:
    """A net's own answer, or what its head decodes: a net need not be ours."""
    if hasattr(net, "answer"):
        return net.answer(batch.inputs, temperature)
    return net.head.decode(net(batch.inputs), temperature)
