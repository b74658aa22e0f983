"""Teacher and student: learn what a finished net says of every class, not only which one is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor
from torch.nn import functional as F

from ..forms import Batch
from ..rng import Rng
from .base import OneNet, Turn, row_by_row


@dataclass(frozen=True)
class DistilPlan:
    """Settings of a lesson."""

    heat: Annotated[float, Field(ge=0.1, le=100)] = 2.0  # logits of both are divided by it: how soft the lesson is
    share: Annotated[float, Field(ge=0, le=1)] = 0.9  # of the loss that is the teacher's; the rest is the answers'


class Distil(OneNet):
    """Hinton, Vinyals and Dean 2015, https://arxiv.org/abs/1503.02531, section 2: the cross-entropy of the student with
    the teacher's softened chances, times heat² so that its gradient does not shrink with the heat, and that with the
    answers. The teacher sees the very rows the student sees, augmented as they are, and is not moved.
    """

    def __init__(self, net: Any, target: str, teacher: Any, plan: DistilPlan | None = None):
        self.net, self.target, self.teacher, self.plan = net, target, teacher, plan or DistilPlan()
        self.frozen = {"teacher": teacher.eval().requires_grad_(False)}
        self.additive = row_by_row(net)

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn: the student's loss on teacher and answers."""
        del rng
        with torch.no_grad():
            lesson = self.teacher.head.logits(self.teacher(batch.inputs))  # (B, classes)
        form = self.net(batch.inputs)
        answers, count = self.net.head.loss(form, batch.targets[self.target])
        taught = soft_loss(self.net.head.logits(form), lesson, self.plan.heat)
        yield Turn("model", self.plan.share * taught + (1 - self.plan.share) * answers, count)

    def figures(self, batch: Batch, rng: Rng) -> None:
        """None: the student's answers are scored."""
        del batch, rng


def soft_loss(student: Tensor, teacher: Tensor, heat: float) -> Tensor:
    """heat² · KL(teacher || student) of softened chances, logits (B, classes) each: the mean over rows.

    The teacher's own entropy is left out of Hinton's cross-entropy: it moves nothing, and 0 is a lesson learned.
    """
    told, said = (teacher / heat).log_softmax(-1), (student / heat).log_softmax(-1)
    return heat**2 * F.kl_div(said, told, reduction="batchmean", log_target=True)
