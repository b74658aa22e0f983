"""The optimisers of a recipe: torch's own, Muon, and SOAP."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..recipe import Optimizer
from .adam import Adam
from .descent import Descent
from .shards import WHOLE, Holding
from .soap import Soap

Moving = Descent | torch.optim.Optimizer
OUTER = ("entry.", "head.")  # the way in and the way out of a net
LEAST_SIDE = 8  # a matrix with a smaller side has no directions to even out
STACKED = {"qkv": 3, "kv": 2}  # layers whose matrix is several, one above the other: queries, keys and values


class Muon(Descent):
    """Momentum made orthogonal: every direction of a matrix moves by the same length.

    Jordan et al. 2024, https://kellerjordan.github.io/posts/muon/. A filter bank (O, I, k, k) is a matrix (O, I k k).
    The step of a matrix (m, n) is scaled by the root of max(1, m / n); weight decay is decoupled. Where a group says
    `stacked`, its matrices are so many in one, and each of those is evened out by itself. Differs: tables of vectors
    inside a body, as of places, are matrices like others; those of the way in are not. Of a matrix that is cut over
    processes the whole is gathered, and each moves its own rows.
    """

    def __init__(self, params: Iterable[dict[str, Any]], lr: float, momentum: float, held: Holding = WHOLE):
        super().__init__(params, lr=lr, momentum=momentum, weight_decay=0.0)
        self.held = held

    @torch.no_grad()
    def step(self) -> None:
        """Move every matrix that has a gradient."""
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                state["momentum"].lerp_(p.grad, 1 - group["momentum"])
                ahead = p.grad.lerp(state["momentum"], group["momentum"])  # Nesterov's look ahead
                whole = self.held.whole(p, ahead)
                matrix, count = whole.flatten(1), group.get("stacked", 1)
                matrix = matrix if count == 1 else matrix.reshape(count, -1, matrix.shape[1])
                length = max(1.0, matrix.shape[-2] / matrix.shape[-1]) ** 0.5
                p.mul_(1 - group["lr"] * group["weight_decay"])
                even = orthogonal(matrix).reshape(whole.shape)
                p.add_(self.held.own(p, even), alpha=-group["lr"] * length)


def orthogonal(matrix: Tensor) -> Tensor:
    """(m, n) -> (m, n), the same directions with singular values of about one; or several at once, (S, m, n) ->
    (S, m, n), in 0.3 to 0.6 of the time of one after the other.

    What was not small comes to 0.7 to 1.2. A step multiplies a small singular value by 3.44, so all five by 485 at
    most: of a matrix drawn at random some stay below 0.7, and what was nearly nothing stays so.

    Five steps of the Newton-Schulz iteration with the coefficients of the source, in bf16: a x + (b A + c A A) x, with
    A = x xᵀ. A sum and the product in it are one operation, which takes 0.5 to 0.85 of the time of two (torch 2.13, one
    thread of an Intel Xeon, 128 × 128 to 256 × 1,024).
    """
    wide, add = matrix.shape[-2] <= matrix.shape[-1], torch.addmm if matrix.dim() == 2 else torch.baddbmm
    x = (matrix if wide else matrix.mT).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        a = x @ x.mT
        x = add(x, add(a, a, a, beta=-4.7750, alpha=2.0315), x, beta=3.4445)
    made: Tensor = (x if wide else x.mT).to(matrix.dtype)
    return made


def optimizers_for(settings: Optimizer, named: Mapping[str, nn.Parameter], held: Holding = WHOLE) -> list[Moving]:
    """The optimisers of a player, held so: one, or Muon or SOAP for its inner matrices and AdamW for the rest.

    Weight decay falls on matrices and filters only, not on biases and norms. Each group keeps its own full rate as
    "rate"; a step is taken at a share of it.
    """
    if settings.name not in ("muon", "soap"):
        return [_plain(settings, settings.name, list(named.values()))]
    least = LEAST_SIDE if settings.name == "muon" else 1
    inner = {n: p for n, p in named.items() if not n.startswith(OUTER) and _is_matrix(held.shape(p), least)}
    rest = [p for n, p in named.items() if n not in inner]
    made: list[Moving] = []
    if inner:
        made.append(_muon(settings, inner, held) if settings.name == "muon" else _soap(settings, inner))
    return [*made, _plain(settings, "adamw", rest)] if rest else made


def _muon(settings: Optimizer, inner: Mapping[str, nn.Parameter], held: Holding) -> Moving:
    sorts: dict[int, list[nn.Parameter]] = {}
    for name, p in inner.items():
        sorts.setdefault(_stacked(name, inner, held), []).append(p)
    alike = {"weight_decay": settings.decay, "rate": settings.matrix_rate}
    groups = [{"params": params, "stacked": count, **alike} for count, params in sorts.items()]
    return Muon(groups, settings.matrix_rate, settings.momentum, held)


def _stacked(name: str, inner: Mapping[str, nn.Parameter], held: Holding) -> int:
    """How many matrices are one above the other in one: queries, keys and values, or the gates of a recurrent layer, as
    many times as wide as its state."""
    layer, _, leaf = name.rpartition(".")
    again = f"{layer}.{leaf.replace('_ih_', '_hh_')}"
    if leaf.startswith(("weight_ih_", "weight_hh_")) and again in inner:
        gates, width = held.shape(inner[again])
        return gates // width
    return STACKED.get(layer.rpartition(".")[2], 1)


def _soap(settings: Optimizer, inner: Mapping[str, nn.Parameter]) -> Moving:
    groups = [{"params": list(inner.values()), "weight_decay": settings.decay, "rate": settings.rate}]
    return Soap(groups, settings.rate, (settings.momentum, settings.beta2))


def _is_matrix(shape: torch.Size, least: int) -> bool:
    return len(shape) >= 2 and min(shape[0], shape[1:].numel()) >= least


def _plain(settings: Optimizer, name: str, params: list[nn.Parameter]) -> Moving:
    groups = [
        {"params": [p for p in params if p.dim() >= 2], "weight_decay": settings.decay, "rate": settings.rate},
        {"params": [p for p in params if p.dim() < 2], "weight_decay": 0.0, "rate": settings.rate},
    ]
    groups = [g for g in groups if g["params"]]
    rate, momentum, betas = settings.rate, settings.momentum, (settings.momentum, settings.beta2)
    match name:
        case "sgd":
            nesterov = settings.nesterov and momentum > 0
            return torch.optim.SGD(groups, lr=rate, momentum=momentum, nesterov=nesterov, fused=True)
        case "rmsprop":
            return torch.optim.RMSprop(groups, lr=rate, alpha=settings.beta2, momentum=momentum)
        case _:
            return Adam(groups, rate, betas, decoupled=name != "adam")
