"""Judge a product on the validation part: every row once, by the scores of its target kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ..forms import Batch
from ..heads import Head
from ..kinds import Kind
from ..metrics import kind_scores
from .plan import Plan


class ValidationJudge:
    """`judge(net)` gives the quick scores of a target kind over the validation rows; the net's mode stays as it was."""

    def __init__(self, sweep: Callable[[], Iterator[Batch]], target: str, kind: Kind, plan: Plan):
        self.sweep, self.target, self.kind, self.plan = sweep, target, kind, plan

    def __call__(self, net: nn.Module) -> dict[str, float]:
        """Scores by name."""
        truth, answer = outputs(net, self.sweep(), self.target, self.plan)
        return kind_scores(self.kind, self.kind.in_units(truth), self.kind.in_units(answer))


def outputs(
    net: nn.Module, batches: Iterator[Batch], target: str, plan: Plan
) -> tuple[NDArray[np.generic], NDArray[np.float32]]:
    """The truth and what the net's head decodes, over some batches; evaluation mode for the while."""
    was, head = net.training, cast(Head, net.head)
    net.eval()
    truths, answers = [], []
    with torch.inference_mode():
        for batch in batches:
            with plan.autocast():
                answer = head.decode(net(batch.inputs))
            answers.append(answer.float().cpu())
            truths.append(batch.targets[target].cpu())
    net.train(was)
    return torch.cat(truths).numpy(), torch.cat(answers).numpy()
