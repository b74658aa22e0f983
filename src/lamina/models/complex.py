"""ComplEx: nodes and relations are complex vectors, and a triple is true as far as their product is real and large.

Trouillon et al. 2016, https://arxiv.org/abs/1606.06357, equations 8 to 11; DistMult (Yang et al. 2014,
https://arxiv.org/abs/1412.6575) is the same with real vectors, for which head and tail may change places. Differs: all
tails are compared at once by a softmax, as Lacroix et al. 2018, https://arxiv.org/abs/1806.07297, found best. The
vectors of the nodes come with the input, and no edge is read: what is known stands in the vectors.

Axes: V nodes, B questions, D width; a complex vector of rank D / 2 is its real half and then its imaginary half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

import torch
from pydantic import Field
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Ends, Nodes
from ..layers import Dropout
from .body import Body


@dataclass(frozen=True)
class ComplexPlan:
    width: Annotated[int, Field(ge=2, le=8192)] = 200  # twice the rank
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.3  # share of a question that is silenced while training


class Trilinear(Body):
    """Questions, a node and a relation each, as what the answer should be like: `ask` says by what product."""

    def __init__(self, plan: ComplexPlan, width: int, edge_width: int):
        super().__init__()
        if not edge_width:
            raise PlanError(
                "these edges have no relations to tell apart",
                expected="triples of a knowledge graph",
                fix="--model gcn",
            )
        self.relation = nn.Embedding(edge_width, width)
        self.drop = Dropout(plan.drop)
        self.width = width
        nn.init.normal_(self.relation.weight, std=0.1)

    def _question(self, given: Nodes) -> tuple[Tensor, Tensor]:
        if given.picked is None or given.relation is None:
            raise PlanError("graphs of their own hold no triples", expected="triples of one graph", fix="--model gin")
        return given.x[given.picked], self.relation(given.relation)


class Complex(Trilinear):
    """Nodes (V, D) -> Ends (B, D) and (V, D)"""

    def __init__(self, plan: ComplexPlan, width: int, edge_width: int):
        if width % 2:
            raise PlanError(
                f"a width of {width} has no two halves", expected="an even width", fix="--set model.width=200"
            )
        super().__init__(plan, width, edge_width)

    def forward(self, given: Nodes) -> Ends:
        node, relation = self._question(given)
        (a, b), (c, d) = node.chunk(2, dim=1), relation.chunk(2, dim=1)  # (B, D / 2) each: a + bi and c + di
        return Ends(
            self.drop(torch.cat([a * c - b * d, a * d + b * c], dim=1)), given.x
        )  # dot: Re(head · rel · conj tail)


class DistMult(Trilinear):
    """Nodes (V, D) -> Ends (B, D) and (V, D)"""

    def forward(self, given: Nodes) -> Ends:
        node, relation = self._question(given)
        return Ends(self.drop(node * relation), given.x)
