"""A graph as a picture: nodes that share an edge pull each other near, all others push each other away."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageDraw

from .records import Ints, Records

SIDE = 240  # pixels
MOST = 150  # nodes that are laid out; of more, the first so many are drawn
ROUNDS = 120
COLOURS = (
    (55, 110, 180),
    (225, 130, 40),
    (70, 150, 80),
    (190, 60, 70),
    (130, 100, 180),
    (140, 100, 80),
    (120, 120, 120),
)


def draw_graph(graph: Records) -> Pictures.Image:
    """The first graph of some; nodes are coloured by the first number known of them."""
    count = min(int(graph.nodes[0]), MOST)
    ends = graph.ends[:, : int(graph.edges[0])]
    ends = ends[:, (ends < count).all(0)]
    known = graph.x[:count, 0] if graph.x.shape[1] else np.zeros(count)
    return draw(ends, np.unique(known, return_inverse=True)[1], count)


def draw(ends: Ints, groups: Ints, count: int, ringed: int = -1) -> Pictures.Image:
    """Nodes (count,) in the colour of their group, one perhaps ringed, and edges (2, E), as a picture."""
    at = layout(ends, count)
    picture = Pictures.new("RGB", (SIDE, SIDE), "white")
    pen = ImageDraw.Draw(picture)
    for a, b in ends.T:
        pen.line([*at[a], *at[b]], fill=(170, 170, 170))
    radius = 5 if count <= 40 else 3
    for node, (x, y) in enumerate(at):
        group = groups[node]
        if node == ringed:
            pen.ellipse([x - 2 * radius, y - 2 * radius, x + 2 * radius, y + 2 * radius], outline="black", width=2)
        pen.ellipse([x - radius, y - radius, x + radius, y + radius], fill=COLOURS[int(group) % len(COLOURS)])
    return picture


def layout(ends: Ints, count: int) -> NDArray[np.float64]:
    """Places of nodes in a picture, (count, 2), the same every time: Fruchterman and Reingold 1991,
    https://doi.org/10.1002/spe.4380211102, figure 1."""
    turn = np.arange(count) * 2.399963  # the golden angle: an even spiral to start from
    at = (
        np.sqrt(np.arange(count) + 0.5)[:, None]
        * np.stack([np.cos(turn), np.sin(turn)], axis=1)
        / np.sqrt(max(count, 1))
    )
    wide = 1 / np.sqrt(max(count, 1))
    for step in range(ROUNDS):
        apart = at[:, None] - at[None]  # (V, V, 2)
        far = np.maximum(np.linalg.norm(apart, axis=-1, keepdims=True), 1e-3)
        move = (apart / far * wide**2 / far).sum(1)
        pull = at[ends[0]] - at[ends[1]]
        pull = pull * np.linalg.norm(pull, axis=-1, keepdims=True) / wide
        np.add.at(move, ends[0], -pull)
        np.add.at(move, ends[1], pull)
        length = np.maximum(np.linalg.norm(move, axis=-1, keepdims=True), 1e-9)
        at = at + move / length * np.minimum(length, 0.2 * (1 - step / ROUNDS))
    low, high = at.min(0, initial=0), at.max(0, initial=0)
    edge = 0.06 * SIDE
    placed: NDArray[np.float64] = edge + (at - low) / np.maximum(high - low, 1e-9) * (SIDE - 2 * edge)
    return placed
