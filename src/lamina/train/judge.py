"""Judge a product on the validation part: every row once, by the scores of its target kind."""

from __future__ import annotations

from collections.abc import Iterator
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
from ..rng import Rng
from .plan import Plan


class ValidationJudge:
    """`judge(net)` gives the quick scores of a target over the validation rows; the net's mode stays as it was.

    Where the objective has figures, they are what is scored, with the same draws at every judgement.
    """

    def __init__(self, rows: Batches, target: Field, plan: Plan, objective: Objective):
        self.rows, self.target, self.plan, self.objective = rows, target, plan, objective

    def __call__(self, net: nn.Module) -> dict[str, float]:
        """Scores by name."""
        kind, link = self.target.kind, self.target.link
        sums = figures(net, self.rows.sweep(), self.objective, self.plan)
        if sums is not None:
            return figure_scores(kind, link, sums)
        truth, answer = self.rows.part.targets[self.target.name], outputs(net, self.rows.sweep(), self.plan)
        return kind_scores(kind, kind.in_units(truth), kind.in_units(answer), link)


def figures(net: nn.Module, batches: Iterator[Batch], objective: Objective, plan: Plan) -> NDArray[np.float64] | None:
    """What the objective sums up by row (n, k) over some batches, in evaluation mode; None where it has no figures."""
    was, made = net.training, []
    net.eval()
    with torch.inference_mode():
        for number, batch in enumerate(batches):
            with plan.autocast():
                sums = objective.figures(batch, Rng(0, "figures", number, device=plan.device))
            if sums is None:
                break
            made.append(sums.double().cpu())
    net.train(was)
    return torch.cat(made).numpy() if made else None


def outputs(net: nn.Module, batches: Iterator[Batch], plan: Plan) -> Rows:
    """What the net answers over some batches, in evaluation mode for the while."""
    was = net.training
    net.eval()
    with torch.inference_mode():
        answers = []
        for batch in batches:
            with plan.autocast():
                answers.append(as_rows(_answer(net, batch)))
    net.train(was)
    return joined(answers)


def _answer(net: Any, batch: Batch) -> Any:
    """A net's own answer, or what its head decodes: a net need not be ours."""
    return net.answer(batch.inputs) if hasattr(net, "answer") else net.head.decode(net(batch.inputs))
