"""Recurrent nets: one step after another, each reads a token and what the step before remembered.

lstm: Hochreiter and Schmidhuber 1997, https://doi.org/10.1162/neco.1997.9.8.1735, with the forget gate of Gers et al.
2000, whose bias begins at one (Jozefowicz et al. 2015, http://proceedings.mlr.press/v37/jozefowicz15.html).
gru: Cho et al. 2014, https://arxiv.org/abs/1406.1078; as torch and cuDNN have it, the reset gate falls on what the
matrix from step to step has made, r ∘ (U h + b), where the paper's falls on the state, U (r ∘ h). rnn: Elman 1990,
https://doi.org/10.1207/s15516709cog1402_1. Both ways: Schuster and Paliwal 1997, https://doi.org/10.1109/78.650093.
Matrices from step to step begin orthogonal.

The way back reads each row turned round within its own length, so that it begins at the last token and no padding
reaches a state. That is what packing does, in half the time: forward and backward of one layer both ways at B = 64, D =
128, T = 128 of which 20 to 128 are tokens, processor time on one thread of an AMD EPYC, torch 2.13, best of 5: lstm
111 ms and 300 ms packed, gru 134 and 206, rnn 53 and 96.

Axes: B batch, T positions, N width of the input, D width of a state.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Tokens
from ..layers import Dropout
from .body import Body

CELLS: dict[str, type[nn.LSTM] | type[nn.GRU] | type[nn.RNN]] = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn": nn.RNN}
GATES = {"lstm": 4, "gru": 3, "rnn": 1}
FORGET = 1  # the place of the forget gate among the four of an LSTM: input, forget, cell, output

Memory = Tensor | tuple[Tensor, Tensor]  # a state (1, B, D), or state and cell of an LSTM


@dataclass(frozen=True)
class RnnPlan:
    cell: Literal["lstm", "gru", "rnn"] = "lstm"
    width: Annotated[int, Field(ge=1, le=16384)] = 256  # of a state
    depth: Annotated[int, Field(ge=1, le=16)] = 2  # layers
    drop: Annotated[float, Field(ge=0, lt=1)] = 0.1  # share of features silenced between layers while training
    both: bool = True  # read back from the end too; without, a position knows only what came before


LSTM = RnnPlan()
GRU = RnnPlan(cell="gru")
RNN = RnnPlan(cell="rnn")


@dataclass
class State:
    """What each layer remembers of the tokens it has read."""

    layers: list[Memory | None]

    def pick(self, rows: Tensor) -> None:
        """Go on with these rows, in this order."""
        for i, kept in enumerate(self.layers):
            if isinstance(kept, tuple):
                self.layers[i] = (kept[0][:, rows], kept[1][:, rows])
            elif kept is not None:
                self.layers[i] = kept[:, rows]


class Layer(nn.Module):
    """Forth, and back where `both`: (B, T, N) -> (B, T, D), or (B, T, 2 * D)"""

    def __init__(self, plan: RnnPlan, given: int):
        super().__init__()
        cell = CELLS[plan.cell]
        self.forth = cell(given, plan.width, batch_first=True)
        self.back = cell(given, plan.width, batch_first=True) if plan.both else None

    def forward(self, x: Tensor, turned: Tensor | None, kept: Memory | None = None) -> tuple[Tensor, Memory]:
        """`turned` (B, T) are the positions of each row from its last token to its first, padding where it was."""
        forth, kept = self.forth(x, kept)
        if self.back is None or turned is None:
            return forth, kept
        back = turn(self.back(turn(x, turned))[0], turned)
        return torch.cat([forth, back], dim=-1), kept


class Rnn(Body):
    """Tokens (B, T, N) -> Tokens (B, T, D), or (B, T, 2 * D) both ways      Rows are padded at their end."""

    def __init__(self, plan: RnnPlan, width: int, length: int):
        super().__init__()
        del length  # any will do
        self.plan, self.width, self.ahead = plan, plan.width * (2 if plan.both else 1), plan.both
        self.token_std = 1.0  # as large as the states: 2.09 nats a character, 2.53 at 0.02 (docs/tried.md)
        self.layers = nn.ModuleList([Layer(plan, self.width if i else width) for i in range(plan.depth)])
        self.drop = Dropout(plan.drop)
        for module in self.modules():
            if isinstance(module, nn.RNNBase):
                draw(module, GATES[plan.cell])

    def forward(self, x: Tokens, given: Any = None) -> Tokens:
        del given
        return self.read(x, self.begin())

    def begin(self) -> State:
        """A state in which nothing is remembered, for `step`."""
        return State([None] * len(self.layers))

    def step(self, x: Tokens, state: State) -> Tokens:
        """As forward, for tokens that follow those which the state remembers; it remembers them too afterwards."""
        if self.plan.both:
            raise PlanError(
                "a net that reads both ways cannot go on from what it has read", fix="--set model.both=false"
            )
        return self.read(x, state)

    def read(self, x: Tokens, state: State) -> Tokens:
        """Every layer over all tokens."""
        turned = turning(x.x, x.mask) if self.plan.both else None
        h = x.x
        for i, layer in enumerate(self.layers):
            h, state.layers[i] = layer(self.drop(h) if i else h, turned, state.layers[i])
        return replace(x, x=h)


def turning(x: Tensor, mask: Tensor | None) -> Tensor:
    """Positions of each row from its last token to its first, (B, T); those of padding stay where they are."""
    place = torch.arange(x.shape[1], device=x.device)
    if mask is None:
        return place.flip(0).expand(x.shape[0], -1)
    length = mask.sum(1, keepdim=True)  # (B, 1)
    return torch.where(place < length, length - 1 - place, place)


def turn(x: Tensor, turned: Tensor) -> Tensor:
    """Each row of (B, T, D) in the order of its positions in (B, T). Twice is once back."""
    rows = turned + torch.arange(x.shape[0], device=x.device)[:, None] * x.shape[1]
    return x.flatten(0, 1).index_select(0, rows.flatten()).view_as(x)


def draw(cell: nn.RNNBase, gates: int) -> None:
    """Draw weights gate by gate: orthogonal from step to step, Xavier from the input; an LSTM begins by remembering."""
    for name, parameter in cell.named_parameters():
        if name.startswith("bias"):
            nn.init.zeros_(parameter)
            continue
        for gate in parameter.chunk(gates):
            (nn.init.orthogonal_ if name.startswith("weight_hh") else nn.init.xavier_uniform_)(gate)
    if isinstance(cell, nn.LSTM):
        nn.init.ones_(cell.get_parameter("bias_ih_l0").chunk(gates)[FORGET])
