"""Which node is at the other end: every node is scored, and the softmax is over all of them."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import PlanError
from ..forms import Ends, Nodes
from ..layers import Dropout


class EndHead(nn.Module):
    """Ends -> a chance for each node: the dot product of what is asked for with what each node is."""

    def __init__(self, nodes: int, *, drop: float = 0.0, smoothing: float = 0.0):
        super().__init__()
        self.smoothing = smoothing
        self.drop = Dropout(drop)
        self.bias = nn.Parameter(torch.zeros(nodes))  # how often a node is the answer at all

    def logits(self, form: Ends) -> Tensor:
        """(B, V), before the softmax, in float32."""
        made: Tensor = self.drop(form.x) @ form.nodes.mT + self.bias
        return made.float()

    def loss(self, form: Ends, target: Tensor) -> tuple[Tensor, int]:
        """Mean cross-entropy in nats, and the rows behind it. Target: nodes (B,)."""
        return F.cross_entropy(self.logits(form), target, label_smoothing=self.smoothing), len(target)

    def decode(self, form: Ends, temperature: float = 1.0) -> Tensor:
        """(B, V) chances; logits are divided by the temperature first."""
        return (self.logits(form) / temperature).softmax(-1)


class LinkHead(nn.Module):
    """Nodes -> a chance for each node to be joined to the picked one: both through one matrix, then their dot product
    (Kipf and Welling 2016, https://arxiv.org/abs/1611.07308, section 2)."""

    def __init__(self, width: int, nodes: int, *, drop: float = 0.0):
        super().__init__()
        self.out = nn.Linear(width, width, bias=False)
        self.end = EndHead(nodes, drop=drop)

    def _ends(self, form: Nodes) -> Ends:
        if form.picked is None:
            raise PlanError("graphs of their own have no nodes in common", expected="one graph that all rows share")
        if form.relation is not None:
            raise PlanError("this page does not read relations", expected="one that does", fix="--model complex")
        nodes = self.out(form.x)  # (V, D)
        return Ends(nodes[form.picked] * nodes.shape[1] ** -0.5, nodes)

    def loss(self, form: Nodes, target: Tensor) -> tuple[Tensor, int]:
        """Mean cross-entropy in nats, and the rows behind it. Target: nodes (B,)."""
        return self.end.loss(self._ends(form), target)

    def decode(self, form: Nodes, temperature: float = 1.0) -> Tensor:
        """(B, V) chances; logits are divided by the temperature first."""
        return self.end.decode(self._ends(form), temperature)
