"""Recurrent layers as one operation of a graph each, however many steps a row has.

A trace would write out every step, and so fix how many there are. ONNX has the three cells as operations of their own,
with their gates in an order of their own: https://onnx.ai/onnx/operators/onnx__LSTM.html, and GRU and RNN beside it.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

# torch's name of a cell -> the operation, and which of torch's gates stand in its order
CELLS = {"LSTM": ("LSTM", (0, 3, 1, 2)), "GRU": ("GRU", (1, 0, 2)), "RNN_TANH": ("RNN", (0,))}


class Recurrent(nn.Module):
    """A finished layer of one direction in a traced net: (B, T, N) -> (B, T, D), beginning with nothing remembered."""

    given: Tensor
    kept: Tensor
    bias: Tensor

    def __init__(self, cell: nn.RNNBase):
        super().__init__()
        self.name, order = CELLS[cell.mode]
        self.width = cell.hidden_size

        def gates(name: str) -> Tensor:
            parts = cell.get_parameter(name).detach().chunk(len(order))
            return torch.cat([parts[at] for at in order]).unsqueeze(0)

        self.register_buffer("given", gates("weight_ih_l0"))  # (1, gates × D, N)
        self.register_buffer("kept", gates("weight_hh_l0"))  # (1, gates × D, D)
        self.register_buffer("bias", torch.cat([gates("bias_ih_l0"), gates("bias_hh_l0")], dim=1))

    def forward(self, x: Tensor, kept: Any = None) -> tuple[Tensor, None]:
        assert kept is None
        rows, steps, _ = x.shape
        attributes: dict[str, Any] = {"hidden_size": self.width}
        if self.name == "GRU":
            attributes["linear_before_reset"] = (
                1  # the reset gate is applied to what the matrix has made, as torch does
            )
        states = torch.onnx.ops.symbolic(
            self.name,
            (x.transpose(0, 1), self.given, self.kept, self.bias),  # (T, B, N)
            attributes,
            dtype=x.dtype,
            shape=(steps, 1, rows, self.width),
        )
        return states.squeeze(1).transpose(0, 1), None


def as_operations(net: nn.Module) -> nn.Module:
    """Put the operation in the place of every recurrent layer of a net that is to be traced, in place."""
    for module in list(net.modules()):
        for name, child in module.named_children():
            if isinstance(child, nn.RNNBase):
                setattr(module, name, Recurrent(child))
    return net
