"""The ways in for graphs: a batch of graphs, or nodes of one graph that all rows share."""

from __future__ import annotations

import dataclasses

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Nodes
from ..kinds import Node, Relation
from ..kinds.records import GraphBatch
from ..sparse import Sparse
from .entry import Entry, Wanted

FEW = 0.2  # share of numbers that are not zero below which a matrix is held as sparse
HIDDEN = 0.3  # share of the edges that a step of training does not see where edges are the answer


class GraphEntry(Entry):
    """Graphs of a batch -> Nodes (V, N); a lone column of ones for nodes of which nothing is known."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        self.shape = (max(wanted.kind.nodes.width, 1), wanted.kind.edges.width)

    def forward(self, batch: GraphBatch) -> Nodes:
        x = batch.x if batch.x.shape[1] else batch.x.new_ones(len(batch.x), 1)
        if not self.shape[1]:
            return Nodes(x, batch.graph, batch.edges, batch.graphs)
        few = len(batch.edge_x) < len(batch.edge_kind)
        return Nodes(x, batch.graph, batch.edges, batch.graphs, batch.edge_x, batch.edge_kind if few else None)


class CountsEntry(Entry):
    """Graphs of a batch -> (B, 2 N + G + 2): what is known of their nodes as sums and as means, of their edges as
    means, and how many of both there are, in logarithms. For pages that read a graph beside other columns."""

    def __init__(self, wanted: Wanted):
        super().__init__()
        self.nodes = GraphEntry(wanted)
        known, told = self.nodes.shape
        self.shape = (2 * known + told + 2,)

    def forward(self, batch: GraphBatch) -> Tensor:
        nodes: Nodes = self.nodes(batch)
        whose = batch.graph[batch.edges[0]]  # (E,) the graph of each edge
        counts = [torch.bincount(of, minlength=batch.graphs).unsqueeze(1) for of in (batch.graph, whose)]
        sums = _summed(nodes.x, batch.graph, batch.graphs)
        parts = [sums.clamp(min=0).log1p(), sums / counts[0].clamp(min=1)]
        if nodes.edge_x is not None:
            told = nodes.edge_x if nodes.edge_kind is None else nodes.edge_x[nodes.edge_kind]
            parts.append(_summed(told, whose, batch.graphs) / counts[1].clamp(min=1))
        return torch.cat([*parts, *(n.to(sums.dtype).log1p() for n in counts)], dim=1)


def _summed(x: Tensor, graph: Tensor, graphs: int) -> Tensor:
    return x.new_zeros(graphs, x.shape[1]).index_add_(0, graph, x)


class NodeEntry(Entry):
    """Nodes by number (B, 1), perhaps each with a relation (B, 2) -> Nodes (V, N) of the one graph, those picked.

    What is known of the nodes comes with the graph: words of a text as shares of it (Kipf and Welling 2017, section
    5.2), other numbers as they are. Of nodes of which nothing is known, and where edges are the answer, a vector each
    is learned.
    """

    x: Tensor
    values: Tensor
    columns: Tensor
    starts: Tensor
    edges: Tensor
    graph: Tensor

    def __init__(self, wanted: Wanted):
        super().__init__()
        kinds = [f.kind for f in wanted.slot.fields]
        nodes, relations = kinds[0], [k for k in kinds[1:] if isinstance(k, Relation)]
        if not isinstance(nodes, Node) or len(kinds) > 2 or len(relations) < len(kinds) - 1:
            shown = ", ".join(f"{f.name} ({type(f.kind).__name__})" for f in wanted.slot.fields)
            raise PlanError(f"no model takes these together: {shown}", expected="one node, perhaps with one relation")
        known, edges = wanted.context.get("x"), wanted.context.get("edges", np.zeros((2, 0)))
        self.hides = "edge_rows" in wanted.context
        learned = wanted.plan.width if known is None or self.hides else 0
        given = np.zeros((nodes.size, 0), np.float32) if known is None else shares(known)
        self.table = nn.Parameter(torch.randn(nodes.size, learned) * learned**-0.5) if learned else None
        self.sparse = not learned and getattr(wanted.plan, "sparse", False) and 0 < np.mean(given != 0) < FEW
        if self.sparse:
            rows, columns = np.nonzero(given)
            starts = np.searchsorted(rows, np.arange(nodes.size))
            for name, array in (("values", given[rows, columns]), ("columns", columns), ("starts", starts)):
                self.register_buffer(name, torch.from_numpy(array), persistent=False)
        else:
            self.register_buffer("x", torch.from_numpy(given), persistent=False)
        self.register_buffer("edges", torch.from_numpy(edges.astype(np.int64)), persistent=False)
        self.register_buffer("graph", torch.zeros(nodes.size, dtype=torch.long), persistent=False)
        self.shape = (learned + given.shape[1], len(relations[0].names) if relations else 0)

    def forward(self, nodes: Tensor) -> Nodes:
        nodes = nodes.clamp(min=0)  # a node that is none is answered with nothing, after this
        made = Nodes(self._known(), self.graph, self._seen(), 1, picked=nodes[:, 0])
        return dataclasses.replace(made, relation=nodes[:, 1]) if nodes.shape[1] > 1 else made

    def _known(self) -> Tensor | Sparse:
        """What is known of the nodes (V, N): sparse where little is not zero and the page reads that."""
        if self.sparse:
            return Sparse(self.values, self.columns, self.starts)
        return self.x if self.table is None else torch.cat([self.x, self.table], dim=1)

    def _seen(self) -> Tensor:
        """The edges; where they are the answer, some are hidden while training, so that not all are read off."""
        if not self.training or not self.hides:
            return self.edges
        kept = (
            torch.rand(self.edges.shape[1] // 2, device=self.edges.device) >= HIDDEN
        )  # an edge goes both ways or none
        return self.edges[:, kept.repeat(2)]


def shares(known: NDArray[np.float32]) -> NDArray[np.float32]:
    """Counts or signs of words (V, F) as shares of each node's sum; other numbers as they are."""
    known = known.astype(np.float32)
    if not len(known) or known.min() < 0 or not np.array_equal(known, np.rint(known)):
        return known
    made: NDArray[np.float32] = known / np.maximum(known.sum(1, keepdims=True), 1)
    return made
