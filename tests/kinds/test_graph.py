"""Graphs, molecules and nodes as values: there and back, side by side, and what is refused."""

from __future__ import annotations

import sys

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.data.table import RaggedArrays, Values
from lamina.errors import KindError
from lamina.kinds import Graph, Molecule, Node, Relation
from lamina.kinds.features import Features
from lamina.kinds.infer import infer
from lamina.kinds.molecule import is_smiles
from lamina.kinds.records import Records, unpacked

SMILES = ["CCO", "c1ccccc1", "CC(=O)O", "C#N", "CN", "CCCC(C)C", "O=C=O", "c1ccncc1C", "ClCCl", "C1CC1"]


def graphs(seed: int, sizes: list[tuple[int, int]], width: int = 2, edge_width: int = 1) -> Records:
    """Graphs drawn at random, of so many nodes and edges."""
    draw = np.random.default_rng(seed)
    return Records.of(
        [
            (draw.integers(0, 3, (n, width)), draw.integers(0, n, (2, e)), draw.normal(size=(e, edge_width)))
            for n, e in sizes
        ],
        width,
        edge_width,
    )


def column(raw: Records) -> RaggedArrays:
    return RaggedArrays("g", raw.packed())


def texts(*items: str) -> Values:
    return Values("smiles", pa.chunked_array([pa.array(items)]), "t.csv", 2)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 9)), min_size=1, max_size=6), st.integers(0, 3))
def test_graphs_come_back_from_their_rows(sizes, width):
    raw = graphs(0, sizes, width, width)
    back = unpacked(raw.packed())
    for name in ("nodes", "edges", "x", "ends", "edge_x"):
        np.testing.assert_array_equal(getattr(back, name), getattr(raw, name))


def test_a_batch_is_the_graphs_side_by_side():
    raw = graphs(1, [(3, 4), (1, 0), (4, 2)])
    kind = Graph().fit(column(raw), np.arange(3))
    batch = kind.collate(kind.encode(raw.packed()).array)
    assert batch.graph.tolist() == [0, 0, 0, 1, 2, 2, 2, 2]
    assert batch.edges[:, :4].tolist() == raw.ends[:, :4].tolist()
    assert batch.edges[:, 4:].tolist() == (raw.ends[:, 4:] + 4).tolist()
    last = batch.cut(1, 3)
    assert (len(last), last.graph.tolist()) == (2, [0, 1, 1, 1, 1])
    assert torch.equal(last.edges, batch.edges[:, 4:] - 3)
    known = torch.from_numpy(kind.edges.spread(kind.edges.encode(raw.edge_x)))
    assert torch.equal(batch.edge_x[batch.edge_kind], known)
    assert torch.equal(last.edge_x[last.edge_kind], known[4:])


def test_an_edge_that_leads_nowhere_stops_training_and_is_named():
    for bad, said in ((-1, "to node -1 of 3"), (3, "to node 3 of 3")):
        raw = graphs(2, [(3, 2), (3, 2)])
        raw.ends[1, 3] = bad
        with pytest.raises(KindError, match=said):
            Graph().fit(column(raw), np.arange(2))
    good = graphs(2, [(3, 2), (3, 2)])
    assert list(Graph().fit(column(good), np.arange(2)).encode(raw.packed()).bad) == [1]


def test_an_empty_graph_is_set_aside_and_loops_and_lone_nodes_are_counted():
    raw = Records.of(
        [
            (np.zeros((3, 1)), [[0, 1], [0, 1]], np.zeros((2, 0))),
            (np.zeros((0, 1)), np.zeros((2, 0)), np.zeros((0, 0))),
            (np.full((2, 1), np.nan), [[0], [1]], np.zeros((1, 0))),
        ]
    )
    kind = Graph().fit(column(raw), np.arange(1))
    found = kind.encode(raw.packed())
    assert found.bad[1] == "a graph without nodes"
    assert "not finite" in found.bad[2]
    assert found.converted == {"edges from a node to itself": 2, "nodes without an edge": 1}
    assert len(kind.collate(found.array)) == 3


def test_nodes_of_which_nothing_is_known_are_known_by_their_edges():
    raw = graphs(3, [(4, 5), (4, 3)], width=0)
    kind = Graph().fit(column(raw), np.arange(2))
    assert kind.counted
    batch = kind.collate(kind.encode(raw.packed()).array)
    heard = [len(set()) + raw.heard()[i] for i in range(8)]
    known = kind.nodes.values[0] or (1,)
    assert batch.x.shape == (8, len(known))
    if kind.nodes.values[0]:
        assert [known[int(row.argmax())] for row in batch.x] == heard


def test_few_whole_numbers_have_a_sign_each_and_others_are_standardised():
    x = np.array([[6, 0.5, 1], [7, 1.5, 0], [6, 2.5, 1]], np.float32)
    known = Features.of(x)
    assert known.values == ((6, 7), (), ())
    spread = known.spread(known.encode(x))
    assert spread[:, :2].tolist() == [[1, 0], [0, 1], [1, 0]]
    assert spread[:, 3].tolist() == [1, 0, 1]
    assert abs(spread[:, 2].mean()) < 1e-6
    assert known.spread(known.encode(np.array([[8, 1.5, 0]], np.float32)))[0, :2].tolist() == [0, 0]  # never seen


def test_graphs_in_json_are_recognised():
    rows = [{"nodes": [[1.0], [2.0]], "edges": [[0, 1], [1, 0]]}] * 3
    made, why = infer("g", Values("g", pa.chunked_array([pa.array(rows)])), "input")
    assert isinstance(made, Graph)
    assert why
    assert made.fit(Values("g", pa.chunked_array([pa.array(rows)])), np.arange(3)).middle == (2.0, 2.0)
    with pytest.raises(KindError, match="unequal length"):
        made.encode([{"nodes": [[1.0], [2.0, 3.0]], "edges": []}])


def test_a_molecule_is_its_atoms_and_bonds_both_ways():
    pytest.importorskip("rdkit", reason="rdkit, the extra called molecules, is not installed")
    kind = Molecule().fit(texts(*SMILES), np.arange(10))
    raw = unpacked(kind.encode(["CCO", "c1ccccc1"]).array)
    assert raw.nodes.tolist() == [3, 6]
    assert raw.edges.tolist() == [4, 12]
    same = unpacked(kind.encode(["OCC"]).array)
    assert sorted(map(tuple, same.x)) == sorted(map(tuple, raw.x[:3]))  # another way to write it, the same atoms
    assert kind.show("CCO").size == (240, 240)


def test_a_text_that_is_no_smiles_is_set_aside_with_its_reason():
    pytest.importorskip("rdkit", reason="rdkit, the extra called molecules, is not installed")
    kind = Molecule().fit(texts(*SMILES), np.arange(10))
    bad = kind.encode(["CCO", "c1ccc", "", None, "C" * 20_000]).bad
    assert sorted(bad) == [1, 2, 3, 4]
    assert "no SMILES that can be read" in bad[1]
    assert "20,000 signs" in bad[4]


def test_smiles_are_known_by_their_name_or_since_they_parse():
    pytest.importorskip("rdkit", reason="rdkit, the extra called molecules, is not installed")
    assert is_smiles("smiles", ["CCO", "CN"])
    assert is_smiles("canonical_smiles", ["CCO", "CN"])
    assert is_smiles("column1", SMILES)
    assert not is_smiles("code", ["CC", "CN", "CO", "IN"])  # short words that would parse
    assert not is_smiles("smiles", ["a man smiles at me", "she smiles back"])
    assert not is_smiles("text", ["f(x)=1", "g[0](2)", "a1b2", "ring#5"])


def test_without_rdkit_nothing_is_taken_for_a_molecule(monkeypatch):
    monkeypatch.setitem(sys.modules, "rdkit", None)
    assert not is_smiles("column1", SMILES)


def test_a_node_is_known_by_its_name_or_its_number():
    named, numbered = Node(("a", "b", "c")), Node(count=3)
    assert named.encode(["c", "a"]).array.tolist() == [2, 0]
    assert named.encode(["z", None]).bad == {0: '"z" is no node of the graph', 1: "no node is named"}
    assert numbered.encode([2, "1"]).array.tolist() == [2, 1]
    assert list(numbered.encode([3, -1, "x", 0]).bad) == [0, 1, 2]
    assert named.decode(torch.tensor([[0.1, 0.7, 0.2]])) == ["b"]


def test_what_else_is_true_stands_behind_the_answer():
    kind = Node(("a", "b", "c"))
    found = kind.encode(pa.array([["b", "a"], ["c"]]))
    assert [row.tolist() for row in found.array] == [[1, 0], [2]]
    assert kind.collate(found.array).tolist() == [1, 2]
    assert kind.show(["b", "a"]) == "b"


@pytest.mark.parametrize("kind", [Node(), Relation()])
def test_a_node_without_a_graph_is_refused(kind):
    with pytest.raises(KindError, match="there is no graph"):
        kind.fit(texts("a", "b"), np.arange(2))
