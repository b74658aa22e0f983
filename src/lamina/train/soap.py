"""SOAP: Adam in the axes in which Shampoo sees a matrix."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from .descent import Descent

MOST_SIDE = 2048  # a longer side keeps its own axes: its covariance would be larger than is worth its time
EVERY = 10  # steps between turns of the axes


class Soap(Descent):
    """Vyas et al. 2024, https://arxiv.org/abs/2409.11321, algorithm 3.

    The mean of G Gᵀ and of Gᵀ G says in which directions a matrix's gradients lie; the squares of Adam are kept along
    those, and its steps turned back. The axes follow by one QR step every EVERY steps. A filter bank (O, I, k, k) is a
    matrix (O, I k k). The first gradient finds the axes and moves nothing. Weight decay is decoupled.
    """

    def __init__(self, params: Iterable[dict[str, Any]], lr: float, betas: tuple[float, float], eps: float = 1e-8):
        super().__init__(params, lr=lr, weight_decay=0.0)
        self.betas, self.eps = betas, eps

    @torch.no_grad()
    def step(self) -> None:
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._move(p, group["lr"], group["weight_decay"])

    def _move(self, p: nn.Parameter, rate: float, decay: float) -> None:
        assert p.grad is not None
        state, grad, (beta1, beta2) = self.state[p], p.grad.flatten(1), self.betas
        if not state:
            state["steps"] = torch.zeros(())
            state["mean"], state["square"] = torch.zeros_like(grad), torch.zeros_like(grad)
            for side, x in (("left", grad @ grad.mT), ("right", grad.mT @ grad)):
                if len(x) <= MOST_SIDE:
                    state[side], state[f"{side}_axes"] = x * (1 - beta2), torch.linalg.eigh(x)[1].flip(1).contiguous()
            return
        state["steps"] += 1
        count = int(state["steps"])
        turned = _turn(grad, state)
        state["mean"].lerp_(grad, 1 - beta1)
        state["square"].lerp_(turned.square(), 1 - beta2)
        mean = _turn(state["mean"], state) / (1 - beta1**count)
        root = (state["square"] / (1 - beta2**count)).sqrt() + self.eps
        p.mul_(1 - rate * decay)
        p.sub_(_turn(mean / root, state, back=True).view(p.shape), alpha=rate)
        for side, x in (("left", grad @ grad.mT), ("right", grad.mT @ grad)):
            if side in state:
                state[side].lerp_(x, 1 - beta2)
        if count % EVERY == 0:
            _follow(state)


def _turn(x: Tensor, state: dict[str, Tensor], back: bool = False) -> Tensor:
    """A matrix in the axes of its gradients, or from there back in its own."""
    left, right = state.get("left_axes"), state.get("right_axes")
    if left is not None:
        x = left @ x if back else left.mT @ x
    if right is not None:
        x = x @ right.mT if back else x @ right
    return x


def _follow(state: dict[str, Tensor]) -> None:
    """Turn the axes towards those of the covariances by one power iteration, the longest first; the squares, which
    belong to axes, change places with them."""
    square = state["square"]
    for side, dim in (("left", 0), ("right", 1)):
        if side not in state:
            continue
        axes = state[f"{side}_axes"]
        sizes = (axes * (state[side] @ axes)).sum(0)
        at = sizes.argsort(descending=True)
        square = square.index_select(dim, at)
        state[f"{side}_axes"].copy_(torch.linalg.qr(state[side] @ axes[:, at])[0])
    state["square"].copy_(square)
