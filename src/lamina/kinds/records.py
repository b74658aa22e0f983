"""Graphs as rows of numbers: how one graph stands in a ragged row, and many side by side in a batch.

A row is one run of float32: V, E, F and G, then what is known of the nodes (V × F), where each edge begins (E) and ends
(E), counted from 0 within the graph, and what is known of the edges (E × G). Whole numbers up to 2 ** 24 are exact.

Axes: n graphs, V nodes, E edges, F and G numbers known of a node and of an edge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..ragged import Ragged

Ints = NDArray[np.int64]
Floats = NDArray[np.float32]

HEAD = 4


@dataclass(frozen=True)
class Records:
    """Graphs side by side: nodes (n,) and edges (n,) of each, x (V, F), ends (2, E) counted within each graph,
    edge_x (E, G)."""

    nodes: Ints
    edges: Ints
    x: Floats
    ends: Ints
    edge_x: Floats

    @classmethod
    def of(cls, graphs: Sequence[tuple[Any, Any, Any]], width: int = 0, edge_width: int = 0) -> Records:
        """Graphs given one by one as x (V, F), ends (2, E) and edge_x (E, G); the widths are for none at all."""
        parts = [
            (np.asarray(x, np.float32), np.asarray(ends, np.int64).reshape(2, -1), np.asarray(edge_x, np.float32))
            for x, ends, edge_x in graphs
        ]
        return cls(
            np.array([len(x) for x, _, _ in parts], np.int64),
            np.array([ends.shape[1] for _, ends, _ in parts], np.int64),
            np.concatenate([x for x, _, _ in parts] or [np.zeros((0, width), np.float32)]),
            np.concatenate([ends for _, ends, _ in parts] or [np.zeros((2, 0), np.int64)], axis=1),
            np.concatenate([edge_x for _, _, edge_x in parts] or [np.zeros((0, edge_width), np.float32)]),
        )

    @property
    def owner(self) -> Ints:
        """The graph that each node is of, (V,)."""
        return np.repeat(np.arange(len(self.nodes)), self.nodes)

    @property
    def edge_owner(self) -> Ints:
        """The graph that each edge is of, (E,)."""
        return np.repeat(np.arange(len(self.edges)), self.edges)

    @property
    def joint(self) -> Ints:
        """The ends of the edges counted over all graphs, (2, E)."""
        return self.ends + (np.cumsum(self.nodes) - self.nodes)[self.edge_owner]

    def heard(self) -> Ints:
        """How many edges come to each node, (V,)."""
        return np.bincount(self.joint[1], minlength=len(self.x))

    def without(self, rows: Sequence[int]) -> Records:
        """The same graphs, some of them emptied."""
        gone = np.isin(np.arange(len(self.nodes)), rows)
        nodes, edges = ~gone[self.owner], ~gone[self.edge_owner]
        return Records(
            np.where(gone, 0, self.nodes),
            np.where(gone, 0, self.edges),
            self.x[nodes],
            self.ends[:, edges],
            self.edge_x[edges],
        )

    def packed(self) -> Ragged:
        """A ragged row for each graph."""
        width, edge_width = self.x.shape[1], self.edge_x.shape[1]
        sizes = np.stack([np.full_like(self.nodes, HEAD), self.nodes * width, self.edges, self.edges])  # (4, n)
        sizes = np.concatenate([sizes, (self.edges * edge_width)[None]])
        lengths = sizes.sum(0)
        starts = np.cumsum(lengths) - lengths + np.cumsum(sizes, axis=0) - sizes  # (5, n): where each block begins
        values = np.empty(int(lengths.sum()), np.float32)
        head = np.stack([self.nodes, self.edges, np.full_like(self.nodes, width), np.full_like(self.nodes, edge_width)])
        blocks = (head.T, self.x, self.ends[0], self.ends[1], self.edge_x)
        for begin, size, block in zip(starts, sizes, blocks, strict=True):
            values[places(begin, size)] = block.reshape(-1)
        return Ragged.packed(values, lengths)


def unpacked(rows: Ragged) -> Records:
    """Ragged rows as graphs side by side. All rows know equally much of a node, and of an edge."""
    if not len(rows):
        none = np.zeros(0, np.int64)
        return Records(none, none, _bare(none), np.zeros((2, 0), np.int64), _bare(none))
    head = rows.values[rows.starts[:, None] + np.arange(HEAD)].astype(np.int64)  # (n, 4)
    nodes, edges, width, edge_width = head[:, 0], head[:, 1], int(head[0, 2]), int(head[0, 3])
    begin = rows.starts + HEAD
    ends = begin + nodes * width
    source = rows.values[places(ends, edges)]
    target = rows.values[places(ends + edges, edges)]
    return Records(
        nodes,
        edges,
        rows.values[places(begin, nodes * width)].reshape(-1, width) if width else _bare(nodes),
        np.stack([source, target]).astype(np.int64),
        rows.values[places(ends + 2 * edges, edges * edge_width)].reshape(-1, edge_width)
        if edge_width
        else _bare(edges),
    )


def places(starts: Ints, lengths: Ints) -> Ints:
    """The numbers from each start on, as many as its length says, one run after the other.

    >>> places(np.array([5, 20]), np.array([3, 2])).tolist()
    [5, 6, 7, 20, 21]
    """
    made: Ints = np.repeat(starts - np.cumsum(lengths) + lengths, lengths) + np.arange(lengths.sum())
    return made


def _bare(counts: Ints) -> Floats:
    return np.zeros((int(counts.sum()), 0), np.float32)


@dataclass(frozen=True)
class GraphBatch:
    """Graphs of a batch as one graph of many pieces: x (V, F), edges (2, E) counted over all, and the row that each
    node is of, graph (V,). What is known of edges is edge_x (K, G), of which edge_kind (E,) names one for each."""

    x: Tensor
    edges: Tensor
    edge_x: Tensor
    edge_kind: Tensor
    graph: Tensor
    graphs: int

    def __len__(self) -> int:
        return self.graphs

    def to(self, device: Any, non_blocking: bool = False) -> GraphBatch:
        """The same batch on a device."""
        return self._each(lambda x: x.to(device, non_blocking=non_blocking))

    def pin_memory(self) -> GraphBatch:
        """The same batch in memory that a device reads faster."""
        return self._each(lambda x: x.pin_memory())

    def _each(self, change: Callable[[Tensor], Tensor]) -> GraphBatch:
        tensors = (self.x, self.edges, self.edge_x, self.edge_kind, self.graph)
        x, edges, edge_x, edge_kind, graph = (change(tensor) for tensor in tensors)
        return GraphBatch(x, edges, edge_x, edge_kind, graph, self.graphs)

    def cut(self, start: int, end: int) -> GraphBatch:
        """Some graphs, one after the other."""
        first, last = torch.searchsorted(self.graph, torch.tensor([start, end], device=self.graph.device)).tolist()
        kept = (self.edges[0] >= first) & (self.edges[0] < last)
        return GraphBatch(
            self.x[first:last],
            self.edges[:, kept] - first,
            self.edge_x,
            self.edge_kind[kept],
            self.graph[first:last] - start,
            min(end, self.graphs) - start,
        )
