"""MPNN: atoms send messages along bonds, and what a message says depends on the bond.

Gilmer et al. 2017, https://arxiv.org/abs/1704.01212, sections 2 and 5: edge network, gated unit, and the readout of
equation 4 (Li et al. 2016, https://arxiv.org/abs/1511.05493). Differs: the edge network has as many hidden units as the
width, messages are not sent backward by a matrix of their own, and what a round says and what is read out of a graph
are normed by batch.

Axes: V nodes, E edges, N and G what is known of a node and of an edge, D width, B graphs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Nodes, Vector
from ..layers import Dropout, sum_at
from .body import Body

FAR = (
    3.0  # standard deviations that a readout is held within: a sum over a graph far larger than any seen has no bounds
)


@dataclass(frozen=True)
class MpnnPlan:
    width: Annotated[int, Field(ge=1, le=1024)] = 64
    depth: Annotated[int, Field(ge=1, le=16)] = 3  # rounds of messages, with the same weights
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of the readout silenced while training


class EdgeMessage(nn.Module):
    """A(edge) x of the neighbour, summed: the edge makes the matrix, section 5.1

    x (V, D), edges (2, E) and a matrix for each edge, or with `kind` (E,) for each of K kinds -> (V, D)
    """

    def __init__(self, width: int, edge_width: int):
        super().__init__()
        self.matrix = nn.Sequential(nn.Linear(edge_width, width), nn.ReLU(), nn.Linear(width, width * width))
        self.bias = nn.Parameter(torch.zeros(width))

    def matrices(self, edge_x: Tensor) -> Tensor:
        """A matrix for each edge, or kind of edge: (E, D, D)."""
        width = len(self.bias)
        made: Tensor = self.matrix(edge_x).view(-1, width, width)
        return made

    def forward(self, x: Tensor, edges: Tensor, matrices: Tensor, kind: Tensor | None = None) -> Tensor:
        if kind is None:
            said = torch.bmm(matrices, x[edges[0]].unsqueeze(-1)).squeeze(-1)  # (E, D)
        else:  # few kinds of edges: each node through each of their matrices, in one product
            every = (x @ matrices.permute(2, 0, 1).flatten(1)).view(len(x), *matrices.shape[:2])  # (V, K, D)
            said = every[edges[0], kind]
        return sum_at(said, edges[1], len(x)) + self.bias


class Mpnn(Body):
    """Nodes (V, N) with edge_x (E, G) -> Vector (B, D)"""

    def __init__(self, plan: MpnnPlan, width: int, edge_width: int):
        super().__init__()
        self.enter = nn.Linear(width, plan.width)
        self.message = EdgeMessage(plan.width, max(edge_width, 1))
        self.rounds = nn.ModuleList([nn.BatchNorm1d(plan.width) for _ in range(plan.depth)])
        self.update = nn.GRUCell(plan.width, plan.width)
        self.gate = nn.Linear(2 * plan.width, plan.width)
        self.value = nn.Linear(plan.width, plan.width)
        self.norm = nn.BatchNorm1d(plan.width)
        self.drop = Dropout(plan.drop)
        self.width = plan.width

    def forward(self, given: Nodes) -> Vector:
        if given.picked is not None:
            raise PlanError("mpnn reads out whole graphs, not nodes", expected="a graph in each row", fix="--model gcn")
        first = x = self.enter(given.x).relu()  # (V, D)
        edge_x = given.edge_x if given.edge_x is not None else x.new_ones(given.edges.shape[1], 1)
        matrices = self.message.matrices(edge_x)  # (E, D, D)
        for norm in self.rounds:
            x = self.update(norm(self.message(x, given.edges, matrices, given.edge_kind)).relu(), x)
        told = torch.sigmoid(self.gate(torch.cat([x, first], dim=1))) * self.value(x)  # (V, D)
        read = self.norm(sum_at(told, given.graph, given.graphs)).clamp(-FAR, FAR)
        return Vector(self.drop(read))
