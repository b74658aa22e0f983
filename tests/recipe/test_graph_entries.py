"""The ways in for graphs: what is known of nodes, which nodes rows are about, edges that are hidden while training."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from lamina.errors import PlanError
from lamina.kinds import Field, Graph, Molecule, Node, Number, Relation, Schema, Slot
from lamina.kinds.features import Features
from lamina.kinds.records import GraphBatch
from lamina.models import build, plan_of
from lamina.models.gcn import GcnPlan
from lamina.recipe.entry import Wanted
from lamina.recipe.graphs import CountsEntry, GraphEntry, NodeEntry, shares
from lamina.recipe.usual import usual_for
from lamina.sparse import Sparse

PLAN = GcnPlan(width=6)
EDGES = np.array([[0, 1, 2, 1, 2, 3], [1, 2, 3, 0, 1, 2]])  # first each edge one way, then the other


def entry(context, *kinds, plan=PLAN):
    fields = tuple(Field(f"c{i}", kind, "input") for i, kind in enumerate(kinds or (Node(count=4),)))
    return NodeEntry(Wanted(Slot(":nodes", "input", fields, True), plan, context))


def test_words_are_shares_of_their_node_and_other_numbers_stay():
    assert shares(np.array([[1, 1], [0, 0], [0, 3]])).tolist() == [[0.5, 0.5], [0, 0], [0, 1]]
    plain = np.array([[0.5, -1.0]], np.float32)
    assert shares(plain) is not None
    np.testing.assert_array_equal(shares(plain), plain)


def test_all_nodes_go_in_and_those_asked_for_are_picked():
    way = entry({"edges": EDGES, "x": np.eye(4)})
    made = way(torch.tensor([[2], [0], [2]]))
    assert way.shape == (4, 0)
    assert made.x.shape == (4, 4)
    assert made.picked.tolist() == [2, 0, 2]
    assert not list(way.state_dict())  # what the graph holds is not part of the weights


@pytest.mark.parametrize(("name", "sparse"), [("gcn", True), ("gat", True), ("gin", False)])
def test_a_page_that_reads_sparse_matrices_is_given_one_where_little_is_not_zero(name, sparse):
    known = np.zeros((4, 40), np.float32)
    known[[0, 2, 3, 3], [5, 7, 5, 39]] = [1, 3, 1, 1]
    context, nodes = {"edges": EDGES, "x": known}, torch.arange(4).unsqueeze(1)
    plan = plan_of(name, {})
    made, full = (entry(c, plan=plan)(nodes) for c in (context, {**context, "x": known + 0.5}))
    assert isinstance(made.x, Sparse) is sparse
    assert isinstance(full.x, torch.Tensor)
    if not sparse:
        return
    torch.manual_seed(0)
    body = build(name, {}, (40, 0), "graph").eval()
    plain = dataclasses.replace(made, x=torch.from_numpy(shares(known)))
    torch.testing.assert_close(body(made).x, body(plain).x)


def test_nodes_of_which_nothing_is_known_have_learned_vectors():
    way = entry({"edges": EDGES})
    assert way.shape == (6, 0)
    assert list(way.state_dict()) == ["table"]


def test_where_edges_are_the_answer_some_are_hidden_while_training_both_ways():
    way = entry({"edges": EDGES, "edge_rows": np.arange(6), "x": np.eye(4)})
    assert way.shape == (4 + 6, 0)  # what is known, and a learned vector
    torch.manual_seed(0)
    seen = [way(torch.tensor([[0]])).edges for _ in range(20)]
    assert len({e.shape[1] for e in seen}) > 1
    for edges in seen:
        there = {tuple(e) for e in edges.T.tolist()}
        assert there == {(b, a) for a, b in there}
    assert way.eval()(torch.tensor([[0]])).edges.shape[1] == 6


def test_a_relation_stands_beside_its_node():
    way = entry({}, Node(count=4), Relation(("a", "b")))
    made = way(torch.tensor([[1, 0], [-1, -1]]))  # the last is no node: answered with nothing, after this
    assert way.shape == (6, 2)
    assert (made.picked.tolist(), made.relation.tolist()) == ([1, 0], [0, 0])


def test_two_nodes_in_one_row_are_refused():
    with pytest.raises(PlanError, match=r"c0 \(Node\), c1 \(Node\)"):
        entry({}, Node(count=4), Node(count=4))


def test_graphs_of_which_nothing_is_known_have_a_column_of_ones():
    way = GraphEntry(Wanted(Slot("g", "input", (Field("g", Graph(), "input"),), False), None))
    none = torch.zeros((0, 0))
    batch = GraphBatch(
        torch.zeros(3, 0), torch.zeros((2, 0), dtype=torch.long), none, torch.zeros(0).long(), torch.zeros(3).long(), 1
    )
    made = way(batch)
    assert way.shape == (1, 0)
    assert made.x.tolist() == [[1.0]] * 3
    assert made.edge_x is None


def test_edges_of_few_kinds_keep_their_kinds():
    kind = Graph(nodes=Features(((),), (0.0,), (1.0,)), edges=Features(((),), (0.0,), (1.0,)))
    way = GraphEntry(Wanted(Slot("g", "input", (Field("g", kind, "input"),), False), None))
    batch = GraphBatch(
        torch.zeros(3, 1),
        torch.tensor([[0, 1, 2], [1, 2, 0]]),
        torch.ones(1, 1),
        torch.zeros(3).long(),
        torch.zeros(3).long(),
        1,
    )
    assert way(batch).edge_kind.tolist() == [0, 0, 0]


def plain(columns):
    return Features(((),) * columns, (0.0,) * columns, (1.0,) * columns)


def test_beside_other_columns_a_graph_is_its_counts_alone_and_in_company():
    kind = Graph(nodes=plain(2), edges=plain(1))
    graph = torch.tensor([0, 0, 0, 1])
    edges = torch.tensor([[0, 1, 1, 2], [1, 0, 2, 1]])
    x, edge_x = torch.tensor([[1.0, 0], [0, 1], [0, 3], [5, 5]]), torch.tensor([[1.0], [1.0], [3.0], [3.0]])
    batch = GraphBatch(x, edges, edge_x, torch.arange(4), graph, 2)
    way = CountsEntry(Wanted(Slot("g", "input", (Field("g", kind, "input"),), False), None))
    made = way(batch)
    assert way.shape == (made.shape[1],) == (7,)
    torch.testing.assert_close(made[0, 2:5], torch.tensor([1 / 3, 4 / 3, 2.0]))  # means of nodes, then of edges
    torch.testing.assert_close(made[:, 5:].expm1(), torch.tensor([[3.0, 4.0], [1.0, 0.0]]))  # how many there are
    alone = way(GraphBatch(x[:3], edges, edge_x, torch.arange(4), graph[:3], 1))
    torch.testing.assert_close(alone, made[:1])


def test_a_molecule_beside_numbers_is_read_together_with_them():
    schema = Schema((Field("s", Molecule(), "input"), Field("n", Number(), "input"), Field("y", Number(), "target")))
    assert usual_for(schema).model == "fuse"
    alone = Schema((Field("s", Molecule(), "input"), Field("y", Number(), "target")))
    assert usual_for(alone).model == "mpnn"
