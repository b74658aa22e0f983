"""One graph that all rows share: nodes to be classed, or edges to be foretold.

Two layouts: the raw folder of the Open Graph Benchmark (raw/edge.csv.gz, node-feat, node-label, split/…/train.csv.gz),
and a table of nodes beside a table of edges (nodes.csv, edges.csv).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import SourceError
from ...findings import Findings
from ...kinds import Node
from ..table import Table, Values
from .folders import Listing
from .options import ReadOptions
from .reading import fingerprint_names, shown, stamps_of
from .small import as_known, read_columns, read_matrix, read_numbers, read_whole

Ints = NDArray[np.int64]
Folder = tuple[Path, Listing]

IDS = ("node", "id", "name", "node_id", "index")
ENDS = (("source", "target"), ("from", "to"), ("src", "dst"), ("u", "v"))
ROWS_OF = "edge_rows"  # in the context: the row that each edge is the answer of, so that only training's are seen
SPLITS = {"train": "train", "valid": "valid", "val": "valid", "test": "test"}


@dataclass(frozen=True)
class Network:
    """A graph as it was read: names of its nodes or none, their count, edges (2, E) as listed, and what is known of
    the nodes, x (V, F) or None."""

    names: tuple[str, ...]
    count: int
    edges: Ints
    x: NDArray[np.float32] | None

    @property
    def kind(self) -> Node:
        """What a column that names nodes holds."""
        return Node(self.names, 0 if self.names else self.count)

    def context(self) -> dict[str, NDArray[Any]]:
        """The arrays that rows point into: edges both ways, each once."""
        both = np.concatenate([self.edges, self.edges[::-1]], axis=1)
        found: dict[str, NDArray[Any]] = {"edges": np.unique(both, axis=1).reshape(2, -1)}
        return found if self.x is None else {**found, "x": self.x}


def is_nodes(given: Folder) -> bool:
    """Whether a folder holds one graph as the Open Graph Benchmark lays it out."""
    return {"raw/edge.csv", "raw/node-label.csv"} <= {name.removesuffix(".gz") for name in given[1].stamps}


def is_network(given: Folder) -> bool:
    """Whether a folder holds a table of edges, perhaps with one of nodes beside it, and no other table."""
    tables = [n for n in given[1].stamps if n.removesuffix(".gz").endswith((".csv", ".tsv", ".parquet"))]
    return bool(_edge_tables(tables)[1]) and len(tables) == sum(map(bool, _edge_tables(tables)))


def _edge_tables(names: Sequence[str]) -> tuple[str, str]:
    """The files of nodes and of edges, "" for one that is not there."""
    found = {PurePosixPath(name.removesuffix(".gz")).stem: name for name in names if "/" not in name and ".csv" in name}
    return found.get("nodes", ""), found.get("edges", "")


def read_nodes(given: Folder, options: ReadOptions, findings: Findings) -> Table:
    """Nodes with a class each, in the published parts. Raises SourceError for files that do not fit each other."""
    del options
    root, names = given[0], list(given[1].stamps)
    files = {name.removesuffix(".gz"): root / name for name in names}
    labels = read_numbers(files["raw/node-label.csv"])
    if "raw/num-node-list.csv" in files and len(read_numbers(files["raw/num-node-list.csv"])) > 1:
        raise SourceError(f"{shown(root)} holds several graphs in this layout", expected="one graph")
    x = read_matrix(files["raw/node-feat.csv"]).astype(np.float32) if "raw/node-feat.csv" in files else None
    if x is not None and len(x) != len(labels):
        raise SourceError(
            f"{shown(root)}: {len(x):,} nodes have features and {len(labels):,} a label", expected="as many"
        )
    ends = read_whole(files["raw/edge.csv"]).T
    if len(ends) != 2:
        raise SourceError(f"raw/edge.csv has {len(ends)} numbers a line", expected="the two nodes of an edge")
    network = Network((), len(labels), _sound(ends, len(labels), "raw/edge.csv", 1, findings), x)
    folders = sorted({str(PurePosixPath(n).parent) for n in files if n.startswith("split/")})
    rows, parts = np.arange(len(labels)), None
    if folders:
        if len(folders) > 1:
            findings.warn("splits", f"{len(folders)} splits are published; {folders[0]} is used")
        rows, parts = _published(files, folders[0], len(labels))
    columns = {
        "node": Values("node", pa.chunked_array([pa.array(rows)]), root.name),
        "label": Values("label", pa.chunked_array([pa.array(labels[rows])]), root.name),
    }
    return _node_table(root, names, network, columns, "label", parts, [str(i) for i in rows])


def _published(files: dict[str, Path], folder: str, count: int) -> tuple[Ints, NDArray[np.str_]]:
    """The nodes of the published parts, and the part of each."""
    part = np.full(count, "", "<U5")
    for name, ours in SPLITS.items():
        if f"{folder}/{name}.csv" not in files:
            continue
        nodes = read_numbers(files[f"{folder}/{name}.csv"])
        if len(nodes) and not 0 <= nodes.min() <= nodes.max() < count:
            raise SourceError(f"{folder}/{name}.csv names node {nodes.max()} of {count}", expected=f"0 to {count - 1}")
        twice = nodes[part[nodes] != ""]
        if len(twice):
            raise SourceError(
                f"node {twice[0]} stands in {part[twice[0]]} and in {ours} of {folder}",
                expected="each node in one part: the test part would be seen in training",
            )
        part[nodes] = ours
    rows = np.flatnonzero(part != "")
    return rows, part[rows]


def read_network(given: Folder, options: ReadOptions, findings: Findings) -> Table:
    """A table of nodes beside a table of edges: a column of the nodes is answered, or, where the target is an end of
    the edges or nothing is known of the nodes, which node an edge goes to. Raises SourceError."""
    root, names = given[0], list(given[1].stamps)
    nodes_file, edges_file = _edge_tables(names)
    edges = read_columns(root / edges_file)
    first, second = _ends(edges, edges_file)
    nodes = read_columns(root / nodes_file) if nodes_file else None
    own = _id_column(nodes) if nodes is not None else ""
    if nodes is not None:
        ids = _texts(nodes[own])
    else:
        ids = sorted({*_texts(edges[first]), *_texts(edges[second])})
    place = {name: i for i, name in enumerate(ids)}
    if len(place) < len(ids):
        twice = next(name for i, name in enumerate(ids) if place[name] != i)
        lines = ", ".join(str(i + 2) for i, name in enumerate(ids) if name == twice)
        raise SourceError(
            f'node "{twice}" stands {ids.count(twice)} times in {nodes_file} (lines {lines})', expected="each once"
        )
    ends = np.stack([_places(edges[c], place, edges_file, c) for c in (first, second)])
    others = [name for name in (nodes.column_names if nodes is not None else []) if name != own]
    sound = _sound(ends, len(ids), edges_file, 2, findings)
    unused = [name for name in edges.column_names if name not in (first, second)]
    if unused:
        findings.warn("edge columns", f"what is known of the edges is not used: {', '.join(map(repr, unused))}")
    if nodes is None or options.target in (first, second) or not others:
        x = as_known(nodes, others, findings) if nodes is not None else None
        return _link_table(root, names, Network(tuple(ids), len(ids), sound, x), (first, second))
    target = options.target if options.target in others else others[-1]
    x = as_known(nodes, [name for name in others if name != target], findings)
    columns = {
        own: Values(own, pa.chunked_array([pa.array(ids)]), nodes_file, 2),
        target: Values(target, nodes[target], nodes_file, 2),
    }
    return _node_table(root, names, Network(tuple(ids), len(ids), sound, x), columns, target, None, ids)


def _node_table(
    root: Path,
    names: Sequence[str],
    network: Network,
    columns: dict[str, Values],
    target: str,
    parts: Any,
    ids: list[str],
) -> Table:
    node = next(iter(columns))
    facts = {"reader": "graph of nodes", "nodes": network.count, "edges": network.edges.shape[1]}
    return Table(
        columns,
        root.name or root.resolve().name,
        fingerprint_names(stamps_of(root, names)),
        parts,
        target,
        ids,
        facts,
        inputs=(node,),
        kinds={node: network.kind},
        context=network.context(),
    )


def _link_table(root: Path, names: Sequence[str], network: Network, ends: tuple[str, str]) -> Table:
    """Each edge as two rows, one from each end; `edge` numbers it, so that both stand in one part."""
    near: list[list[int]] = [[i] for i in range(network.count)]  # a node is not asked for as its own neighbour
    for a, b in network.edges.T.tolist():
        near[a].append(b)
        near[b].append(a)
    both = np.concatenate([network.edges, network.edges[::-1]], axis=1)
    say = network.names.__getitem__
    answers = [[say(b), *(say(o) for o in near[a] if o != b)] for a, b in both.T.tolist()]
    number = np.tile(np.arange(network.edges.shape[1]), 2)
    columns = {
        ends[0]: Values(ends[0], pa.chunked_array([pa.array([say(a) for a in both[0].tolist()])]), root.name),
        "edge": Values("edge", pa.chunked_array([pa.array(number)]), root.name),
        ends[1]: Values(ends[1], pa.chunked_array([pa.array(answers)]), root.name),
    }
    context = {"edges": both, ROWS_OF: np.arange(both.shape[1])}
    return Table(
        columns,
        root.name or root.resolve().name,
        fingerprint_names(stamps_of(root, names)),
        target=ends[1],
        ids=[f"{say(a)} to {say(b)}" for a, b in both.T.tolist()],
        facts={"reader": "graph of links", "nodes": network.count, "edges": network.edges.shape[1], "group": "edge"},
        inputs=(ends[0],),
        kinds=dict.fromkeys(ends, network.kind),
        context=context if network.x is None else {**context, "x": network.x},
    )


def _sound(ends: Ints, count: int, file: str, first: int, findings: Findings) -> Ints:
    """Edges (2, E) that are each there once and join two nodes; loops and repeats are counted in a warning.

    Raises SourceError for an end that is no node.
    """
    wrong = np.flatnonzero(((ends < 0) | (ends >= count)).any(0))
    if len(wrong):
        a, b = ends[:, wrong[0]]
        raise SourceError(
            f"{file}, line {wrong[0] + first}: an edge from node {a} to node {b} of {count:,}",
            expected=f"nodes from 0 to {count - 1}",
        )
    kept = ends[:, ends[0] != ends[1]]
    once = np.unique(np.sort(kept, axis=0), axis=1).reshape(2, -1)
    loops, again = ends.shape[1] - kept.shape[1], kept.shape[1] - once.shape[1]
    if loops:
        findings.warn("loops", f"{loops:,} edges of {file} go from a node to itself and are left out")
    if again:
        findings.warn("edges twice", f"{again:,} edges of {file} stand twice, or once each way; they count once")
    alone = count - len(np.unique(once))
    if alone:
        findings.warn("alone", f"{alone:,} of {count:,} nodes have no edge")
    return once


def _ends(edges: pa.Table, file: str) -> tuple[str, str]:
    names = {name.lower(): name for name in edges.column_names}
    for first, second in ENDS:
        if first in names and second in names:
            return names[first], names[second]
    if edges.num_columns < 2:
        raise SourceError(f"{file} has {edges.num_columns} column", expected="two ends of each edge: source,target")
    return edges.column_names[0], edges.column_names[1]


def _id_column(nodes: pa.Table) -> str:
    named = [name for name in nodes.column_names if name.lower() in IDS]
    found: str = (named or nodes.column_names)[0]
    return found


def _places(column: Any, place: dict[str, int], file: str, name: str) -> Ints:
    texts = _texts(column)
    for i, text in enumerate(texts):
        if text not in place:
            raise SourceError(
                f'{file}, line {i + 2}: "{text}" under "{name}" is no node', expected="a node of nodes.csv"
            )
    return np.array([place[text] for text in texts], np.int64)


def _texts(column: Any) -> list[str]:
    return [str(value) for value in column.to_pylist()]
