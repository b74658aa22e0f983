"""GCN: each node becomes a weighted sum of itself and its neighbours, and then that of what they became.

A neighbour weighs 1/√(d d'), by how many each of the two is joined to, itself among them.

Kipf and Welling 2017, https://arxiv.org/abs/1609.02907, equations 2 and 9. Differs: the matrix of the last layer is the
head's, which comes to the same, since a sum over neighbours and a matrix may change places.

Axes: V nodes, E edges, D width.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, ClassVar

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Nodes
from ..layers import Dropout, SparseLinear, sum_at, with_loops, xavier
from ..sparse import Sparse
from .body import Body


@dataclass(frozen=True)
class GcnPlan:
    sparse: ClassVar[bool] = True  # what is known of nodes may come as `Sparse`
    width: Annotated[int, Field(ge=1, le=4096)] = 16
    depth: Annotated[int, Field(ge=1, le=16)] = 2  # steps along edges that a message goes
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.5  # share of what a layer reads that is silenced while training


class GraphConvolution(nn.Module):
    """X' = D^-1/2 (A + I) D^-1/2 X W + b      equation 2: neighbours weigh less the more neighbours they have

    x (V, N) and edges (2, E) -> (V, D)
    """

    def __init__(self, given: int, width: int):
        super().__init__()
        self.linear = SparseLinear(given, width, bias=False)
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x: Tensor | Sparse, edges: Tensor) -> Tensor:
        return spread(self.linear(x), edges) + self.bias


class Gcn(Body):
    """Nodes (V, N) -> Nodes (V, D)"""

    def __init__(self, plan: GcnPlan, width: int, edge_width: int):
        super().__init__()
        del edge_width  # what an edge is like does not count here
        widths = [width] + [plan.width] * (plan.depth - 1)
        self.convs = nn.ModuleList([GraphConvolution(*pair) for pair in pairwise(widths)])
        self.drop = Dropout(plan.drop)
        self.width = widths[-1]
        xavier(self)

    def forward(self, given: Nodes) -> Nodes:
        x = given.x
        for conv in self.convs:
            x = conv(self.drop(x), given.edges).relu()
        return dataclasses.replace(given, x=spread(self.drop(x), given.edges))


def spread(x: Tensor, edges: Tensor) -> Tensor:
    """D^-1/2 (A + I) D^-1/2 X, where A has a one for each edge and D counts the edges that come to a node: (V, D)."""
    source, target = with_loops(edges, len(x))
    ones = torch.ones(len(target), device=x.device)  # of x's own type a sum of them would stop at 256, in bf16
    share = sum_at(ones, target, len(x)).rsqrt()  # (V,), from 1 down
    weight = (share[source] * share[target]).to(x.dtype)  # (E,)
    return sum_at(x[source] * weight.unsqueeze(1), target, len(x))
