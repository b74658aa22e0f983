"""Batch norm over all rows of a batch where several processes hold some of them each."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from ..ranks import Ranks


class SyncedNorm(_BatchNorm):
    """Batch norm whose means and variances are those of all processes' rows while it trains.

    (B, C, H, W) -> (B, C, H, W)      or (B, C), (B, C, T)

    Ioffe and Szegedy 2015, https://arxiv.org/abs/1502.03167, algorithm 1. torch's own needs an accelerator.
    """

    ranks: Ranks

    def _check_input_dim(self, input: Tensor) -> None:
        del input

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        axes, shape = [0, *range(2, x.dim())], [1, -1] + [1] * (x.dim() - 2)
        near = 0.0 if self.running_mean is None else self.running_mean.detach().clone()  # squares near zero keep digits
        wide = x.float() - (near if isinstance(near, float) else near.view(shape))
        count = wide.new_full((1,), x.numel() / x.shape[1])
        sums: Tensor = Summed.apply(torch.cat([wide.sum(axes), wide.square().sum(axes), count]), self.ranks)  # type: ignore[no-untyped-call]
        total, squares, n = torch.split(sums, [x.shape[1], x.shape[1], 1])
        off = total / n
        variance = squares / n - off.square()
        if self.running_mean is not None and self.running_var is not None and self.momentum is not None:
            with torch.no_grad():
                self.running_mean.lerp_((off + near).to(self.running_mean.dtype), self.momentum)
                self.running_var.lerp_((variance * n / (n - 1)).to(self.running_var.dtype), self.momentum)
                if self.num_batches_tracked is not None:
                    self.num_batches_tracked.add_(1)
        scale = (variance + self.eps).rsqrt()
        if self.affine:
            scale = scale * self.weight
        shift = self.bias - off * scale if self.affine else -off * scale
        made: Tensor = (wide * scale.view(shape) + shift.view(shape)).to(x.dtype)
        return made


class Summed(torch.autograd.Function):
    """The sum over all processes; its gradient is the sum of theirs."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, ranks: Ranks) -> Tensor:
        """The sum of all processes' x."""
        ctx.ranks = ranks
        x = x.clone()
        ranks.sum([x])
        return x

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        """What the losses of all processes say of x."""
        grad = grad.clone()
        ctx.ranks.sum([grad])
        return grad, None


def synced(module: nn.Module, ranks: Ranks) -> None:
    """Put a SyncedNorm in the place of every batch norm inside a module; it has the same weights, the very tensors."""
    for name, child in module.named_children():
        if isinstance(child, _BatchNorm) and not isinstance(child, SyncedNorm):
            made = SyncedNorm(child.num_features, child.eps, child.momentum, child.affine, child.track_running_stats)
            made.ranks = ranks
            made.__dict__["_parameters"], made.__dict__["_buffers"] = child._parameters, child._buffers
            setattr(module, name, made.train(child.training))
        else:
            synced(child, ranks)
