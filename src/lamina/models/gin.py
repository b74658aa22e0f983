"""GIN: a node adds up its neighbours, so that graphs that differ are told apart as far as message passing ever can.

Xu et al. 2019, https://arxiv.org/abs/1810.00826, equations 4.1 and 4.2. A mean or a maximum over neighbours forgets how
many there are; a sum, followed by a net of two layers, does not.

Axes: V nodes, E edges, D width, L layers.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..forms import Nodes
from ..layers import Dropout, sum_at
from .body import Body


@dataclass(frozen=True)
class GinPlan:
    width: Annotated[int, Field(ge=1, le=4096)] = 32
    depth: Annotated[int, Field(ge=1, le=16)] = 4
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.0  # share of a layer's width silenced while training
    learn: bool = False  # whether how much a node counts itself is learned (GIN-eps) or one (GIN-0)


class Isomorphism(nn.Module):
    """MLP((1 + eps) x + sum over neighbours)      equation 4.1; both layers of the net are normed by batch

    x (V, N) and edges (2, E) -> (V, D)
    """

    eps: Tensor

    def __init__(self, given: int, width: int, learn: bool = False):
        super().__init__()
        if learn:
            self.eps = nn.Parameter(torch.zeros(()))
        else:
            self.register_buffer("eps", torch.zeros(()), persistent=False)
        self.net = nn.Sequential(
            nn.Linear(given, width), nn.BatchNorm1d(width), nn.ReLU(), nn.Linear(width, width), nn.BatchNorm1d(width)
        )

    def forward(self, x: Tensor, edges: Tensor) -> Tensor:
        heard = sum_at(x[edges[0]], edges[1], len(x))
        out: Tensor = self.net((1 + self.eps) * x + heard)
        return out.relu()


class Gin(Body):
    """Nodes (V, N) -> Nodes (V, L × D + N)      what each layer gave, side by side; a graph is the sum, equation 4.2"""

    def __init__(self, plan: GinPlan, width: int, edge_width: int):
        super().__init__()
        del edge_width  # what an edge is like does not count here
        widths = [width] + [plan.width] * plan.depth
        self.layers = nn.ModuleList([Isomorphism(*pair, plan.learn) for pair in pairwise(widths)])
        self.drop = Dropout(plan.drop)
        self.width = sum(widths)

    def forward(self, given: Nodes) -> Nodes:
        seen = [given.x]
        for layer in self.layers:
            seen.append(self.drop(layer(seen[-1], given.edges)))
        return dataclasses.replace(given, x=torch.cat(seen, dim=1), add=True)
