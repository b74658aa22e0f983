"""Adam and AdamW in torch's fused kernels, without torch's bookkeeping around them."""

from __future__ import annotations

from collections.abc import Iterable
from operator import is_
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
        self.params: list[nn.Parameter] = [p for group in self.param_groups for p in group["params"]]
        self.moved: list[dict[str, Tensor]] = []  # the states of those that moved last, and what is made of them:
        self.counts: list[Tensor] = []
        self.lists: list[tuple[dict[str, Any], list[Any], list[list[Tensor]]]] = []

    @torch.no_grad()
    def step(self) -> None:
        """Move every parameter that has a gradient."""
        moving = [p for p in self.params if p.grad is not None]
        if not moving:
            return
        states = [self.state[p] for p in moving]
        if len(states) != len(self.moved) or not all(map(is_, states, self.moved)):
            self._list(moving)
        torch._foreach_add_(self.counts, 1)
        for group, params, (means, squares, counts) in self.lists:
            self.kernel(
                params,
                [p.grad for p in params],
                means,
                squares,
                [],
                counts,
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
            torch._foreach_sub_(self.counts, [self.found_inf] * len(self.counts))

    def _list(self, moving: list[nn.Parameter]) -> None:
        """Sort what the kernel is given by group, once for as long as the same parameters move.

        Those that have moved equally often share a count of their steps, since to add to a count takes as long as to
        move a small layer; none shares one with a parameter that stays behind.
        """
        counts: dict[float, Tensor] = {}
        for p in moving:
            state = self.state[p]
            if not state:  # under torch's names
                begun = torch.zeros((), device=p.device)
                state.update(step=begun, exp_avg=torch.zeros_like(p), exp_avg_sq=torch.zeros_like(p))
            state["step"] = counts.setdefault(float(state["step"]), state["step"].clone())
        self.moved, self.counts = [self.state[p] for p in moving], list(counts.values())
        self.lists = []
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            lists = [[self.state[p][word] for p in params] for word in ("exp_avg", "exp_avg_sq", "step")]
            if params:
                self.lists.append((group, params, lists))
