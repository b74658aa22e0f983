"""Graph: nodes, and edges between them; one a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import torch
from PIL import Image as Pictures

from ..errors import KindError
from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind, values_of
from .drawing import draw_graph
from .features import NOTHING, Features, different
from .records import GraphBatch, Records, unpacked

WRITTEN = '{"nodes": [[…], …], "edges": [[0, 1], …]}, nodes counted from 0'


@dataclass(frozen=True)
class Graph(Kind):
    """A graph in each row, as `records` has it or as {"nodes": [[…], …], "edges": [[0, 1], …]}; encoded ragged.

    `nodes` and `edges` say what is known of them; of nodes of which nothing is known, how many edges come to each is.
    """

    slot: ClassVar[str | None] = None
    raw: ClassVar[tuple[str, ...]] = ("ragged", "values")
    says: ClassVar[str] = "nodes and the edges between them: a molecule, a protein, a circuit"

    nodes: Features = NOTHING
    edges: Features = NOTHING
    counted: bool = False  # nodes are known by how many edges come to them
    middle: tuple[float, float] = (0.0, 0.0)  # nodes and edges of the median graph

    def fit(self, column: Column, rows: Ints) -> Self:
        raw = raw_records(column.take(rows))
        wrong = faults(raw)
        lost = [why for why in wrong.values() if why.startswith("an edge")]
        if lost:
            raise KindError(f'column "{column.name}" has {lost[0]}', expected="edges between nodes that are there")
        made: Self = fitted(self, raw, column.name, list(wrong))
        return made

    def encode(self, values: Any) -> Encoded:
        raw = raw_records(values)
        bad = faults(raw)
        return encoded(self, raw.without(list(bad)), bad)

    def collate(self, array: Ragged) -> GraphBatch:
        """The graphs of a batch, side by side."""
        return collated(self, array)

    def decode(self, output: Any) -> list[Any]:
        del output
        raise KindError("graphs are read, not written", expected="another column as the target", fix="--target COLUMN")

    def show(self, value: Any) -> Pictures.Image | str:
        return draw_graph(raw_records(Ragged.of([value]) if isinstance(value, np.ndarray) else [value]))

    def summary(self) -> str:
        return f"{self.middle[0]:.0f} nodes and {self.middle[1]:.0f} edges in the middle one"


def raw_records(values: Any) -> Records:
    """Raw values of a graph column: ragged rows, or mappings with nodes and edges. Raises KindError for others."""
    if isinstance(values, Ragged):
        return unpacked(values)
    made = []
    for value in values_of(values):
        if not isinstance(value, Mapping) or "edges" not in value:
            raise KindError("a value is no graph", expected=WRITTEN)
        try:
            ends = np.asarray(value["edges"] or [], np.float64).reshape(-1, 2).T
            x = np.asarray(value.get("nodes") or [], np.float32)
        except ValueError:
            raise KindError("the nodes or edges of a graph are of unequal length", expected=WRITTEN) from None
        made.append((x.reshape(len(x), -1) if len(x) else x, ends, np.zeros((ends.shape[1], 0))))
    widths = {x.shape[1] for x, _, _ in made if len(x)}
    if len(widths) > 1:
        raise KindError(f"graphs know {sorted(widths)} numbers of a node", expected="equally many in all graphs")
    width = max(widths, default=0)
    return Records.of([(x if len(x) else np.zeros((0, width)), ends, edge_x) for x, ends, edge_x in made], width)


def faults(raw: Records) -> dict[int, str]:
    """Rows that are no graph to learn from, with the reason."""
    bad = {int(i): "a graph without nodes" for i in np.flatnonzero(raw.nodes == 0)}
    ends, owner = raw.ends, raw.edge_owner
    out = np.flatnonzero(((ends < 0) | (ends >= raw.nodes[owner])).any(0))
    for edge in out[::-1]:
        i = int(owner[edge])
        bad[i] = f"an edge from node {ends[0, edge]} to node {ends[1, edge]} of {raw.nodes[i]}"
    for values, row in ((raw.x, raw.owner), (raw.edge_x, owner)):
        for i in np.unique(row[~np.isfinite(values).all(1)]):
            bad.setdefault(int(i), "a number of a node or an edge that is not finite")
    return bad


def fitted(kind: Any, raw: Records, name: str, bad: list[int]) -> Any:
    """A kind of graph completed from training graphs."""
    raw = raw.without(bad)
    if not len(raw.x):
        raise KindError(f'column "{name}" holds no graph with a node', expected="graphs to learn from")
    counted = raw.x.shape[1] == 0
    nodes = Features.of(_known(raw, counted))
    here = raw.nodes > 0
    middle = float(np.median(raw.nodes[here])), float(np.median(raw.edges[here]))
    edges = Features.of(raw.edge_x) if len(raw.edge_x) else Features(((),) * raw.edge_x.shape[1])
    return replace(kind, nodes=nodes, edges=edges, counted=counted, middle=middle)


def encoded(kind: Any, raw: Records, bad: dict[int, str]) -> Encoded:
    """Graphs with what is known of nodes and edges as places among known values; rows of `bad` are empty."""
    if not len(raw.x):  # nothing but empty graphs, which do not tell how much is known of a node
        raw = replace(raw, x=np.zeros((0, len(kind.nodes.values)), np.float32))
        raw = replace(raw, edge_x=np.zeros((0, len(kind.edges.values)), np.float32))
    x = _known(raw, kind.counted)
    if x.shape[1] != len(kind.nodes.values) or raw.edge_x.shape[1] != len(kind.edges.values):
        raise KindError(
            f"{x.shape[1]} numbers a node and {raw.edge_x.shape[1]} an edge",
            expected=f"{len(kind.nodes.values)} a node and {len(kind.edges.values)} an edge, as training had",
        )
    made = replace(raw, x=kind.nodes.encode(x), edge_x=kind.edges.encode(raw.edge_x))
    loops = int((raw.ends[0] == raw.ends[1]).sum())
    alone = int(((raw.heard() == 0) & (raw.nodes[raw.owner] > 1)).sum())
    notes = {"edges from a node to itself": loops, "nodes without an edge": alone}
    return Encoded(made.packed(), bad, {note: n for note, n in notes.items() if n})


def collated(kind: Any, array: Ragged) -> GraphBatch:
    """Encoded graphs side by side, with no Python for each."""
    made = unpacked(array)
    kinds, of_kind = different(made.edge_x)
    return GraphBatch(
        torch.from_numpy(kind.nodes.spread(made.x)),
        torch.from_numpy(made.joint),
        torch.from_numpy(kind.edges.spread(kinds)),
        torch.from_numpy(of_kind),
        torch.from_numpy(made.owner),
        len(made.nodes),
    )


def _known(raw: Records, counted: bool) -> Any:
    return raw.heard()[:, None].astype(np.float32) if counted else raw.x
