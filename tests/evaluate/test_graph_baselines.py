"""Baselines of graphs, and what a report shows of them, on graphs small enough to know the answer."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.evaluate.baselines import fit_baselines
from lamina.kinds import Category, Field, Graph, Node, Number, Relation, Schema
from lamina.kinds.drawing import draw, layout
from lamina.kinds.records import Records
from lamina.ragged import Ragged

# two groups of four nodes, each joined to all of its group, and one edge between the groups
PAIRS = [(a, b) for start in (0, 4) for a in range(start, start + 4) for b in range(a + 1, start + 4)] + [(3, 4)]
EDGES = np.array([*PAIRS, *((b, a) for a, b in PAIRS)]).T
TWO = Category(labels=("a", "b"), counts=(1, 1))


def by_name(schema, inputs, target, context):
    return {b.name: b for b in fit_baselines(schema, inputs, target, None, 0, context)}


def test_labels_spread_along_edges():
    schema = Schema((Field("n", Node(count=8), "input"), Field("y", TWO, "target")))
    found = by_name(schema, {":nodes": np.array([[0], [7]])}, np.array([0, 1]), {"edges": EDGES, "x": np.eye(8)})
    assert list(found) == ["majority", "features alone", "label propagation"]
    every = found["label propagation"].answer({":nodes": np.arange(8)[:, None]})
    assert every.argmax(1).tolist() == [0] * 4 + [1] * 4
    np.testing.assert_allclose(every.sum(1), 1)


def test_nodes_that_share_neighbours_are_likely_to_be_joined():
    schema = Schema((Field("a", Node(count=8), "input"), Field("b", Node(count=8), "target")))
    hidden = [i for i, (a, b) in enumerate(EDGES.T) if {a, b} != {0, 1}]
    target = Ragged.of([np.array([b]) for b in EDGES[1, hidden]])
    found = by_name(schema, {":nodes": EDGES[0, hidden][:, None]}, target, {"edges": EDGES[:, hidden]})
    assert list(found) == ["popular", "common neighbours", "adamic-adar"]
    for name in ("common neighbours", "adamic-adar"):
        chances = found[name].answer({":nodes": np.array([[0]])})[0]
        assert chances[1] > chances[[4, 5, 6, 7]].max()


def test_a_relation_has_its_usual_answer():
    relation = Relation(("likes", "fears"))
    fields = (Field("a", Node(count=3), "input"), Field("r", relation, "input"), Field("b", Node(count=3), "target"))
    asked = np.array([[0, 0], [1, 0], [2, 1], [0, 1]])
    found = by_name(Schema(fields), {":nodes": asked}, Ragged.of([np.array([b]) for b in (1, 1, 2, 2)]), {})
    assert found["frequency"].answer({":nodes": np.array([[2, 0], [2, 1]])}).argmax(1).tolist() == [1, 2]


@pytest.mark.parametrize(("kind", "name"), [(TWO, "majority"), (Number(), "mean")])
def test_a_forest_counts_what_a_graph_holds(kind, name):
    draws = np.random.default_rng(0)
    sizes = draws.integers(2, 20, 200)
    raw = Records.of([(np.zeros((n, 1)), np.zeros((2, 0)), np.zeros((0, 0))) for n in sizes])
    graph = Graph()
    target = (sizes > 10).astype(np.int64) if kind is TWO else sizes.astype(np.float32)
    schema = Schema((Field("g", graph, "input"), Field("y", kind, "target")))
    found = by_name(schema, {"g": raw.packed()}, target, {})
    assert list(found) == [name, "forest"]
    answer = found["forest"].answer({"g": raw.packed()})
    wrong = np.abs((answer.argmax(1) if kind is TWO else answer) - target).mean()
    assert wrong < 0.1


def test_a_drawn_graph_keeps_neighbours_near_and_is_the_same_every_time():
    at = layout(EDGES, 8)
    np.testing.assert_array_equal(at, layout(EDGES, 8))
    near = np.linalg.norm(at[EDGES[0]] - at[EDGES[1]], axis=1).mean()
    apart = np.linalg.norm(at[[0, 1, 2]] - at[[5, 6, 7]], axis=1).mean()
    assert near < apart
    assert draw(EDGES, np.zeros(8), 8).size == (240, 240)
    assert draw(np.zeros((2, 0), np.int64), np.zeros(1), 1).getcolors()
