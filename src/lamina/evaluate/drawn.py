"""Plates of graphs: some of them drawn, what is around some nodes, and what was answered to questions of edges."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..kinds import Category, Node
from ..kinds.base import values_of
from ..kinds.drawing import draw
from ..metrics.links import ranks
from .shown import Item, Plate, Shown

GRAPHS = 8
AROUND = 6  # neighbourhoods drawn of a large graph
WHOLE = 100  # nodes of a graph that is drawn as a whole
NEAR = 40  # nodes of a neighbourhood
ANSWERS = 5


def graphs(shown: Shown) -> list[Plate]:
    """Some graphs as pictures, each with its truth and what was answered."""
    source, kind = shown.schema.inputs[0], shown.schema.target.kind
    items = []
    for at in shown.some(GRAPHS):
        row = int(shown.truth.rows[at])
        picture = source.kind.show(values_of(shown.table.column(source.name).take(np.array([row])))[0])
        truth = shown.truth.values[at]
        true = kind.labels[int(truth)] if isinstance(kind, Category) else truth
        said = f"{shown.table.id_of(row)}: {kind.show(true)}, answered {kind.show(shown.values[at])}"
        items.append(Item(said) if isinstance(picture, str) else Item(said, picture))
    return [Plate("Graphs of the test part", tuple(items), "Each with its truth and its answer.")]


def nodes(shown: Shown) -> list[Plate]:
    """The graph, or what is around some test nodes of a large one, in the colours of the answers."""
    kind, edges = shown.schema.inputs[0].kind, _edges(shown)
    assert isinstance(kind, Node)
    if edges is None or not isinstance(shown.schema.target.kind, Category):
        return []
    with torch.inference_mode():
        answer = shown.predictor.net.answer({":nodes": torch.arange(kind.size)[:, None]}, shown.predictor.temperature)
    assert isinstance(answer, torch.Tensor)
    classes = answer.argmax(1).numpy()
    if kind.size <= WHOLE:
        return [Plate("The graph", (Item("all nodes", draw(edges, classes, kind.size)),), "A colour for each answer.")]
    source, items = shown.schema.inputs[0], []
    for at in shown.some(AROUND):
        row = shown.truth.rows[at : at + 1]
        centre = int(np.asarray(kind.encode(shown.table.column(source.name).take(row)).array)[0])
        near = _near(edges, centre)
        inside = np.isin(edges, near).all(0)
        place = np.searchsorted(near, edges[:, inside])
        true = shown.schema.target.kind.labels[int(shown.truth.values[at])]
        said = f"around {shown.table.id_of(int(row[0]))}: {true}, answered {shown.values[at]}"
        items.append(Item(said, draw(place, classes[near], len(near), int(np.searchsorted(near, centre)))))
    says = "Each test node, ringed, among those within two steps; a colour for each answer."
    return [Plate("What is around some nodes", tuple(items), says)]


def links(shown: Shown) -> list[Plate]:
    """Questions of the test part, the answers thought likeliest, and at what place the true one stands."""
    kind, items = shown.schema.target.kind, []
    assert isinstance(kind, Node)
    rank, _ = ranks(shown.truth.values, np.asarray(shown.answer, np.float64))
    for at in shown.some():
        row = shown.truth.rows[at : at + 1]
        asked = [str(values_of(shown.table.column(f.name).take(row))[0]) for f in shown.schema.inputs]
        chances = np.asarray(shown.answer[at])
        best = np.argsort(-chances, kind="stable")[:ANSWERS]
        true = int(shown.truth.values.row(int(at))[0])
        told = ", ".join(f"{_name(kind, i)} {chances[i]:.2f}" for i in best.tolist())
        texts = (
            ("asked", " · ".join(asked)),
            ("likeliest", told),
            ("true", f"{_name(kind, true)}, place {rank[at]:g}"),
        )
        items.append(Item(texts=texts))
    says = "The place of the truth is counted without other answers that are true as well."
    return [Plate("Questions and answers", tuple(items), says)]


def _name(kind: Node, number: int) -> str:
    return kind.names[number] if kind.names else str(number)


def _edges(shown: Shown) -> NDArray[np.int64] | None:
    """The edges that the net reads."""
    found: Any = dict(shown.predictor.net.named_buffers()).get("entry.parts.0.edges")
    return None if found is None else found.numpy()


def _near(edges: NDArray[np.int64], centre: int) -> NDArray[np.int64]:
    """The nodes within two steps of one, in order, at most NEAR."""
    found = np.array([centre])
    for _ in range(2):
        beside = edges[1, np.isin(edges[0], found)]
        found = np.concatenate([found, np.setdiff1d(beside, found)])[:NEAR]
    return np.sort(found)
