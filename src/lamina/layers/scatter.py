"""What nets on graphs share: values on edges, summed at nodes; values of nodes, read along edges.

Axes: V nodes, E edges, D width, H heads. An edge goes from `edges[0]` to `edges[1]`; a node hears along the edges that
come to it.
"""

from __future__ import annotations

import torch
from torch import Tensor


def sum_at(values: Tensor, places: Tensor, count: int) -> Tensor:
    """values (E, ...) summed by the place (E,) that each belongs to: (count, ...), zeros where nothing comes."""
    return values.new_zeros(count, *values.shape[1:]).index_add_(0, places, values)


def softmax_at(scores: Tensor, places: Tensor, count: int) -> Tensor:
    """scores (E, H) as shares that add to one among those of a place: (E, H)."""
    at = places.unsqueeze(1).expand_as(scores)  # (E, H)
    highest = scores.new_full((count, scores.shape[1]), -torch.inf).scatter_reduce_(0, at, scores.detach(), "amax")
    grown = (scores - highest[places]).exp()  # at most 1, so that none is infinite
    shares: Tensor = grown / sum_at(grown, places, count)[places]
    return shares


def with_loops(edges: Tensor, count: int) -> Tensor:
    """edges (2, E) with one loop from every node to itself: (2, E + V). Loops that are there are not doubled."""
    kept = edges[:, edges[0] != edges[1]]
    return torch.cat([kept, torch.arange(count, device=edges.device).expand(2, -1)], dim=1)
