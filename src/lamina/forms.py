"""What a model hands on, and what a batch is.

Axes: B batch, T positions, D width, C channels, H and W height and width of a map.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from .ragged import Ragged, Rows


@dataclass(frozen=True)
class Vector:
    """One vector a row: x (B, D)."""

    x: Tensor


@dataclass(frozen=True)
class Map:
    """Features on a grid: x (B, C, H, W)."""

    x: Tensor


@dataclass(frozen=True)
class Tokens:
    """One vector a position: x (B, T, D), mask (B, T) true where there is a token, or None for everywhere.

    `segments` (B, T) numbers the text that a position is of, where several stand in one row.
    """

    x: Tensor
    mask: Tensor | None = None
    segments: Tensor | None = None


@dataclass(frozen=True)
class Channels:
    """One vector a channel of a series: x (B, C, D).

    `shift` and `scale` (B, C) are what a page took out of each channel; an answer × scale + shift has them back.
    """

    x: Tensor
    shift: Tensor | None = None
    scale: Tensor | None = None


@dataclass(frozen=True)
class Future:
    """The steps to come of each channel of a series, as a page has decoded them: steps (B, C, H), to which the head
    adds a linear map of the past, x (B, C, L). `shift` and `scale` are as those of `Channels`.
    """

    x: Tensor
    steps: Tensor
    shift: Tensor | None = None
    scale: Tensor | None = None


@dataclass(frozen=True)
class Pyramid:
    """Features on grids of several sides, the finest first: each (B, C, H, W)."""

    levels: tuple[Tensor, ...]

    @property
    def x(self) -> Tensor:
        """The places of all levels, one after the other: (B, C, P)."""
        return torch.cat([level.flatten(2) for level in self.levels], dim=2)


@dataclass(frozen=True)
class Nodes:
    """One vector a node of all graphs of a batch: x (V, D), graph (V,) the row of each, edges (2, E), graphs B.

    Pages whose plan says `sparse` may be given an x of which little is not zero as `Sparse`; they hand on none.

    An edge goes from `edges[0]` to `edges[1]`, and edge_x (E, G), where there is one, tells what it is like; where they
    are of few kinds it has a row for each kind, (K, G), and edge_kind (E,) says which one an edge is of. `picked`
    (B,) are the nodes that rows are about, where all rows share one graph, and `relation` (B,) how each is joined to
    the node that is asked for. `add`: a graph is the sum of its nodes, not their mean.
    """

    x: Any  # a Tensor or Sparse
    graph: Tensor
    edges: Tensor
    graphs: int
    edge_x: Tensor | None = None
    edge_kind: Tensor | None = None
    picked: Tensor | None = None
    relation: Tensor | None = None
    add: bool = False


@dataclass(frozen=True)
class Ends:
    """What the other end of an edge should be like, x (B, D), and all nodes that it may be, nodes (V, D)."""

    x: Tensor
    nodes: Tensor


@dataclass(frozen=True)
class Pairs:
    """One vector for each pair of positions: x (B, T, T, D), mask (B, T).

    `single` (B, T, D) is one for each position, where a page tells of both.
    """

    x: Tensor
    mask: Tensor | None = None
    single: Tensor | None = None


Form = Vector | Map | Tokens | Channels | Future | Pyramid | Nodes | Pairs | Ends


def over_map(x: Tensor) -> Tensor:
    """The mean over height and width, (B, C, H, W) -> (B, C).

    The gradient of a mean over the last axes lies as plain rows do, whatever x lies like. Where x lies channels last,
    what reads both takes 8 times as long as with a gradient that lies alike: 9.2 and 1.1 ms for relu and mean at (256,
    128, 7, 7), bf16, forward and backward, 5 % of a step of `cnn` (torch 2.13, one thread of an AMD EPYC).
    """
    if x.is_contiguous() or not x.is_contiguous(memory_format=torch.channels_last):
        return x.mean((2, 3))
    return x.permute(0, 2, 3, 1).mean((1, 2))


def pooled(form: Form) -> Tensor:
    """One vector a row from any form, by the mean over its places: (B, D)."""
    match form:
        case Vector(x):
            return x
        case Map(x):
            return over_map(x)
        case Channels(x) | Future(x):
            return x.mean(1)
        case Pyramid(levels):
            return over_map(levels[-1])
        case Pairs(x, Tensor() as mask):
            both = (mask[:, :, None] & mask[:, None]).unsqueeze(-1).to(x.dtype)  # (B, T, T, 1)
            return (x * both).sum((1, 2)) / both.sum((1, 2)).clamp(min=1)
        case Pairs(x):
            return x.mean((1, 2))
        case Nodes(Tensor() as x, picked=Tensor() as rows):
            return x[rows]
        case Nodes(Tensor() as x, graph, _, graphs):
            total = x.new_zeros(graphs, x.shape[1]).index_add_(0, graph, x)
            if form.add:
                return total
            return total / torch.bincount(graph, minlength=graphs).clamp(min=1).unsqueeze(1)
        case Tokens(x, Tensor() as mask):
            weight = mask.unsqueeze(-1).to(x.dtype)  # (B, T, 1)
            return (x * weight).sum(1) / weight.sum(1).clamp(min=1)
    return form.x.mean(1)


def as_rows(answer: Tensor | Tokens) -> Rows:
    """What a head decodes, as rows on the host: a tensor (B, ...) as it is, Tokens as far as each row goes."""
    if isinstance(answer, Tensor):
        return np.asarray(answer.detach().float().cpu())
    x = answer.x.float() if answer.x.is_floating_point() else answer.x
    array = x.detach().cpu().numpy()
    if answer.mask is None:
        return Ragged.of(list(array))
    here = answer.mask.cpu().numpy()
    return Ragged.packed(array[here], here.sum(1))


class Coming(Protocol):
    """A batch, or the rows of one that are gathered when they are needed."""

    def __len__(self) -> int: ...
    def gathered(self) -> Batch: ...
    def slices(self, count: int) -> Iterator[Coming]: ...


@dataclass
class Batch:
    """Rows gathered for one step: inputs and targets by slot, and which rows they are, (B,).

    A slot holds a tensor, B first, or a `Packed` of B rows.

    `epoch` is which pass over the training rows this is.
    """

    inputs: dict[str, Any]
    targets: dict[str, Any]
    rows: Tensor
    epoch: int = 0
    mixed: bool = field(default=False)  # targets are shares of classes (MixUp, CutMix)

    def __len__(self) -> int:
        return len(self.rows)

    def gathered(self) -> Batch:
        """The batch itself."""
        return self

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        if device.type == "cpu":
            return self
        inputs, targets = (
            {name: x.to(device, non_blocking=True) for name, x in part.items()} for part in (self.inputs, self.targets)
        )
        return Batch(inputs, targets, self.rows, self.epoch, self.mixed)

    def slices(self, count: int) -> Iterator[Batch]:
        """The batch cut into `count` parts of nearly equal length, none empty."""
        if count == 1:
            yield self
            return
        for part in torch.arange(len(self)).tensor_split(min(count, len(self))):
            start, end = int(part[0]), int(part[-1]) + 1
            yield Batch(
                {name: cut(x, start, end) for name, x in self.inputs.items()},
                {name: cut(x, start, end) for name, x in self.targets.items()},
                self.rows[start:end],
                self.epoch,
                self.mixed,
            )


def cut(x: Any, start: int, end: int) -> Any:
    """Some rows of what a slot holds, one after the other."""
    return x[start:end] if isinstance(x, Tensor) else x.cut(start, end)
