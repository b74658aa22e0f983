"""Adam and AdamW in torch's fused kernels, without torch's bookkeeping around them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from .descent import Descent


class Adam(Descent):
    """torch's fused Adam, or AdamW where weight decay is `decoupled`, to the bit.

    Kingma and Ba 2015, https://arxiv.org/abs/1412.6980; Loshchilov and Hutter 2019, https://arxiv.org/abs/1711.05101.
    torch sorts all tensors by device and type in each step and enters its profiler, which for a small net takes twice
    as long as the arithmetic. Here the parameters of a group are of one device and type.
    """

    def __init__(self, params: Iterable[dict[str, Any]], lr: float, betas: tuple[float, float], *, decoupled: bool):
        super().__init__(params, lr=lr, betas=betas, eps=1e-8, weight_decay=0.0, fused=True)
        self.kernel = torch._fused_adamw_ if decoupled else torch._fused_adam_

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        groups = [(group, [p for p in group["params"] if p.grad is not None]) for group in self.param_groups]
        moving = [(group, params) for group, params in groups if params]
        self._begin([p for _, params in moving for p in params if p not in self.state])
        states = [self.state[p] for _, params in moving for p in params]
        if not states:
            return
        if len(states) < len(self.state):  # who stays behind may share its count with who moves
            for state in states:
                state["step"] = state["step"].clone()
        counts = list({id(state["step"]): state["step"] for state in states}.values())
        torch._foreach_add_(counts, 1)
        for group, params in moving:
            some, states = states[: len(params)], states[len(params) :]
            self.kernel(
                params,
                [p.grad for p in params],
                [state["exp_avg"] for state in some],
                [state["exp_avg_sq"] for state in some],
                [],
                [state["step"] for state in some],
                lr=group["lr"],
                beta1=group["betas"][0],
                beta2=group["betas"][1],
                weight_decay=group["weight_decay"],
                eps=group["eps"],
                amsgrad=False,
                maximize=False,
                found_inf=self.found_inf,
            )
        if self.found_inf is not None:
            torch._foreach_sub_(counts, [self.found_inf] * len(counts))

    def _begin(self, params: list[nn.Parameter]) -> None:
        """Make the state of parameters before their first step, under torch's names. Those that begin together share a
        count of their steps: to add to a count takes as long as to move a small layer."""
        if params:
            count = torch.zeros((), device=params[0].device)
        for p in params:
            self.state[p] = {"step": count, "exp_avg": torch.zeros_like(p), "exp_avg_sq": torch.zeros_like(p)}
