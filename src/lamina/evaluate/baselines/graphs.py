"""Baselines for graphs: a forest on what can be counted; what nodes say alone, and what their neighbours are; how often
a node is an answer, and how many neighbours two nodes share."""

from __future__ import annotations

import warnings
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array  # type: ignore[import-untyped, unused-ignore]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

from ...kinds import Category, Node
from ...kinds.node import SLOT
from ...rng import key
from ..features import counts
from .task import Baseline, Inputs, Task

Floats = NDArray[np.float64]

TREES = 300
KEPT = (
    0.9  # of what a node is told by its neighbours in one round: Zhou et al. 2004 take 0.99, which says the same here
)
ROUNDS = 50
LEAST = 1e-6


def counted(task: Task, seconds: float | None) -> list[Baseline]:
    """Whole graphs: the mean or the shares of the classes, and a forest on what a graph holds how many of."""
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    del seconds
    (slot,) = task.slots
    x, target, n = counts(slot.kind, task.inputs[slot.name]), np.asarray(task.target), len(task.target)
    classes = isinstance(task.kind, Category)
    forest = RandomForestClassifier if classes else RandomForestRegressor
    with threadpool_limits(1):
        fitted = forest(TREES, min_samples_leaf=2, random_state=key(task.seed, "baseline") % 2**32).fit(x, target)

    def answer(inputs: Inputs) -> Floats:
        given = counts(slot.kind, inputs[slot.name])
        if not classes:
            return np.asarray(fitted.predict(given), np.float64)
        shares = np.zeros((len(given), task.outputs))
        shares[:, fitted.classes_] = fitted.predict_proba(given)
        return shares

    says = f"a forest of {TREES} trees on counts of nodes, edges and what is known of them; fitted on {n:,} graphs"
    return [_always(task), Baseline("forest", says, n, answer)]


def beside(task: Task, seconds: float | None) -> list[Baseline]:
    """Nodes of one graph: the commonest class, what is known of a node without the graph, and labels that spread along
    edges (Zhou et al. 2004, Learning with Local and Global Consistency, algorithm of section 2)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    del seconds
    rows, target, n = np.asarray(task.inputs[SLOT])[:, 0], np.asarray(task.target), len(task.target)
    found = [_always(task)]
    x = task.context.get("x")
    if x is not None:
        with warnings.catch_warnings(), threadpool_limits(1):
            warnings.simplefilter("ignore", ConvergenceWarning)
            fitted = LogisticRegression(max_iter=300).fit(x[rows], target)
            shares = np.zeros((len(x), task.outputs))
            shares[:, fitted.classes_] = fitted.predict_proba(x)
        says = f"logistic regression on what is known of a node alone; fitted on {n:,} nodes"
        found.append(Baseline("features alone", says, n, partial(_of_node, shares)))
    node = task.slots[0].kind
    assert isinstance(node, Node)
    near = _adjacency(task, node.size)
    degree = np.maximum(np.asarray(near.sum(1)), 1)
    start = np.zeros((node.size, task.outputs))
    start[rows, target] = 1
    known = start
    for _ in range(ROUNDS):
        known = KEPT * (near @ (known / np.sqrt(degree)[:, None])) / np.sqrt(degree)[:, None] + (1 - KEPT) * start
    known = known + LEAST * np.bincount(target, minlength=task.outputs) / n
    says = f"the labels of {n:,} nodes, passed on along the edges {ROUNDS} times"
    return [*found, Baseline("label propagation", says, n, partial(_of_node, known / known.sum(1, keepdims=True)))]


def ends(task: Task, seconds: float | None) -> list[Baseline]:
    """The other end of an edge: the node that is an answer most often, with the relation asked about where there is
    one; without relations, the nodes that share most neighbours."""
    del seconds
    asked, answers = np.asarray(task.inputs[SLOT]), task.target.values[task.target.starts]
    node, n = task.kind, len(answers)
    assert isinstance(node, Node)
    often = np.bincount(answers, minlength=node.size) + 1.0
    popular = partial(_alike, (often / often.sum())[None])
    found = [Baseline("popular", f"how often each node is an answer, in {n:,} rows", n, popular)]
    if asked.shape[1] > 1:
        kinds = int(asked[:, 1].max()) + 1
        table = np.zeros((kinds, node.size)) + 0.01 * often / often.sum()
        np.add.at(table, (asked[:, 1], answers), 1)
        says = f"how often each node is an answer to the relation, in {n:,} rows"
        return [*found, Baseline("frequency", says, n, partial(_by_relation, table / table.sum(1, keepdims=True)))]
    near = _adjacency(task, node.size)
    degree = np.asarray(near.sum(1))
    weigh = {
        "common neighbours": np.ones(node.size),
        "adamic-adar": 1 / np.log(np.maximum(degree, 2)),  # Adamic and Adar 2003, doi.org/10.1016/S0378-8733(03)00009-1
    }
    for name, weight in weigh.items():
        says = "neighbours that two nodes share" + (", the rarer the more they count" if name == "adamic-adar" else "")
        found.append(
            Baseline(name, f"{says}, in {near.nnz // 2:,} edges of training", n, partial(_shared, near, weight))
        )
    return found


def _adjacency(task: Task, size: int) -> Any:
    edges = task.context.get("edges", np.zeros((2, 0), np.int64))
    made = coo_array((np.ones(edges.shape[1]), (edges[0], edges[1])), shape=(size, size))
    return csr_array(made)


def _shared(near: Any, weight: Floats, inputs: Inputs) -> Floats:
    asked = np.asarray(inputs[SLOT])[:, 0]
    scores = (near[asked] @ csr_array(near.multiply(weight[:, None]))).toarray() + LEAST
    shares: Floats = scores / scores.sum(1, keepdims=True)
    return shares


def _of_node(shares: Floats, inputs: Inputs) -> Floats:
    found: Floats = shares[np.asarray(inputs[SLOT])[:, 0]]
    return found


def _by_relation(table: Floats, inputs: Inputs) -> Floats:
    found: Floats = table[np.minimum(np.asarray(inputs[SLOT])[:, 1], len(table) - 1)]
    return found


def _alike(always: Floats, inputs: Inputs) -> Floats:
    return np.repeat(always, len(next(iter(inputs.values()))), axis=0)


def _always(task: Task) -> Baseline:
    """The same answer to every row: the mean, or the shares of the classes."""
    target, n = np.asarray(task.target), len(task.target)
    if isinstance(task.kind, Category):
        shares = (np.bincount(target, minlength=task.outputs) + 1) / (n + task.outputs)
        return Baseline("majority", f"the shares of the classes in {n:,} rows", n, partial(_alike, shares[None]))
    return Baseline("mean", f"the mean of {n:,} rows", n, partial(_alike, np.asarray([target.mean(dtype=np.float64)])))
