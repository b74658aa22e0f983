"""GAT: each node chooses, head by head, whom among its neighbours to listen to.

Veličković et al. 2018, https://arxiv.org/abs/1710.10903, equations 1 to 6. Differs: the last layer gives a width of its
own, not classes; the head has a matrix for those.

Axes: V nodes, E edges, H heads, K width of a head, D = H × K.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn
from torch.nn import functional as F

from ..errors import PlanError
from ..forms import Nodes
from ..layers import Dropout, SparseLinear, softmax_at, sum_at, with_loops
from ..sparse import Sparse
from .body import Body

SLOPE = 0.2  # of the scores below zero, section 3.3


@dataclass(frozen=True)
class GatPlan:
    sparse: ClassVar[bool] = True  # what is known of nodes may come as `Sparse`
    width: Annotated[int, Field(ge=1, le=4096)] = 64
    heads: Annotated[int, Field(ge=1, le=64)] = 8
    depth: Annotated[int, Field(ge=1, le=16)] = 2
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.6  # of what a layer reads, and of whom it listens to

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise PlanError(
                f"a width of {self.width} does not split into {self.heads} equal heads",
                expected="a width that is a multiple of the heads",
                fix=f"--set model.width={self.heads * max(1, self.width // self.heads)}",
            )


class GraphAttention(nn.Module):
    """x (V, N) and edges (2, E) -> (V, D)      the heads side by side, equation 5"""

    def __init__(self, given: int, width: int, heads: int, drop: float = 0.0):
        super().__init__()
        self.linear = SparseLinear(given, width, bias=False)
        self.source = nn.Parameter(torch.empty(heads, width // heads))  # the halves of the vector a in equation 1
        self.target = nn.Parameter(torch.empty(heads, width // heads))
        self.bias = nn.Parameter(torch.zeros(width))
        self.drop, self.heads = Dropout(drop), heads
        for weight in (self.linear.weight, self.source, self.target):
            nn.init.xavier_uniform_(weight)

    def forward(self, x: Tensor | Sparse, edges: Tensor) -> Tensor:
        source, target = with_loops(edges, len(x))
        told = self.linear(x).unflatten(-1, (self.heads, -1))  # (V, H, K)
        says, hears = (told * self.source).sum(-1), (told * self.target).sum(-1)  # (V, H) each
        scores = F.leaky_relu(says[source] + hears[target], SLOPE)  # (E + V, H)
        share = self.drop(softmax_at(scores, target, len(told)))
        return sum_at(told[source] * share.unsqueeze(-1), target, len(told)).flatten(1) + self.bias  # (V, D)


class Gat(Body):
    """Nodes (V, N) -> Nodes (V, D)"""

    def __init__(self, plan: GatPlan, width: int, edge_width: int):
        super().__init__()
        del edge_width  # what an edge is like does not count here
        widths = [width] + [plan.width] * (plan.depth - 1)
        heads = [plan.heads] * (plan.depth - 1) + [1]  # the last layer has one, as section 3.3 has it for Cora
        self.layers = nn.ModuleList(
            [GraphAttention(n, plan.width, h, plan.drop) for n, h in zip(widths, heads, strict=True)]
        )
        self.drop = Dropout(plan.drop)
        self.width = plan.width

    def forward(self, given: Nodes) -> Nodes:
        x = given.x
        for i, layer in enumerate(self.layers):
            x = layer(self.drop(F.elu(x) if i else x), given.edges)
        return dataclasses.replace(given, x=x)
