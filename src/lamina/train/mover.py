"""Move one player: gradients in, one step out that is finite, clipped, scheduled and averaged."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from ..objectives import Turn
from ..ranks import ALONE, Ranks
from ..recipe import Recipe
from .optimizers import optimizers_for
from .shards import WHOLE, holding


class Mover:
    """The optimisers of one player, with its averaged weights.

    No step is taken from a loss or gradient that is not finite: on the host by a plain test, on a device by the fused
    optimiser's own flag, without waiting for it. `finite` tells afterwards.

    In a step of the loop: `remember`, then for each of its turns `begin`, `gather` by slice, `share` and `move`, then
    `settle`, or `undo` where the step came to no end. A step of several turns is whole or never was: what the first of
    them changes is copied before. That a lone player has more than one turn is known once it has taken a step.
    Where several processes train, each gathers its own slices, and all move alike by the sum; or each moves its rows of
    every weight, where the player is cut (`shards.py`).
    """

    def __init__(self, module: nn.Module, recipe: Recipe, ranks: Ranks = ALONE):
        self.settings, self.ranks = recipe.optimizer, ranks
        self.module, self.held = module, holding(module, ranks)
        self.named = self.held.params({name: p for name, p in module.named_parameters() if p.requires_grad})
        self.params = list(self.named.values())
        self.optimizers = optimizers_for(recipe.optimizer, self.named, self.held)
        self.groups = [group for optimizer in self.optimizers for group in optimizer.param_groups]
        self.state_of = {p: o.state for o in self.optimizers for group in o.param_groups for p in group["params"]}
        on_host = all(p.device.type == "cpu" for p in self.params)
        self.waits = on_host or not all(
            o.defaults.get("fused") for o in self.optimizers
        )  # for the answer, before it steps
        self.decay = recipe.train.average
        kept = module.state_dict(keep_vars=True)
        self.buffers = [b for name, b in module.named_buffers() if name in kept]  # running statistics of norms
        self.before = [b.clone() for b in self.buffers]
        self.live = [*self.params, *(b for b in self.buffers if b.is_floating_point())]
        self.seen = [x.detach() for x in self.live]  # the same numbers, without a part in any gradient
        self.averaged = [x.clone() for x in self.seen] if self.decay else []
        self.moves = 0
        self.turns, self.several = 0, True  # moves within a step; whether a step may have more turns than one
        self.past: list[tuple[Tensor, Tensor]] = []  # what a move changes, beside what it was before the first
        self.refused = torch.zeros((), device=self.params[0].device)  # steps in a row, where nobody waits to know
        self.weight: Tensor | float = 0.0  # items behind the gradients gathered so far, which are sums over them
        self.norm: Tensor | None = None  # of these gradients, where it is known
        self.nothing = self.loss = self.total = torch.zeros((), device=self.params[0].device)
        self.finite: Tensor | bool = True

    def remember(self, alone: bool = True) -> None:
        """Start a step: keep the running statistics, which a forward pass changes, as they are. `alone`: there is no
        other player."""
        self.held.open()
        if self.buffers:
            torch._foreach_copy_(self.before, self.buffers)
        self.several, self.turns = not alone or self.turns != 1, 0
        if not self.several:
            self.past = []
        self.loss = self.nothing

    def begin(self) -> None:
        """Start a turn: no gradients, nothing gathered."""
        for p in self.params:  # what zero_grad does, without its bookkeeping
            p.grad = None
        self.held.forget()
        self.total, self.weight, self.norm = self.nothing, 0.0, None

    def gather(self, turn: Turn, alone: bool) -> None:
        """Backward from one slice's mean loss, made a sum over its items unless it is the only slice."""
        loss, items = turn.loss, 1 if alone else max(turn.count, 1)
        if turn.grads is None:
            (loss if items == 1 else loss * items).backward()  # type: ignore[no-untyped-call]
        else:
            self._take(turn.grads, items)
            self.norm = turn.norm if alone else None
        self.held.backward_done()
        self.weight += turn.count
        self.loss = loss.detach()
        if not alone:
            self.total = self.total + self.loss * items
            self.loss = self.total / max(self.weight, 1)

    def share(self) -> None:
        """Add what all processes gathered. A parameter that no loss of any of them reached stays without a gradient."""
        if not self.ranks.many:
            return
        self.held.take()
        params = [p for p in self.params if not self.held.is_cut(p)]
        held = [torch.zeros_like(p) if p.grad is None else p.grad for p in params]
        reached = torch.tensor([float(p.grad is not None) for p in params])
        total = self.total.double()
        mean = torch.stack([total, torch.ones_like(total) * self.weight])
        self.ranks.sum([*held, reached, mean])
        for p, grad, count in zip(params, held, reached.tolist(), strict=True):
            if p.grad is None and count:
                p.grad = grad
        self.weight = mean[1].clamp(min=1)
        self.loss = (mean[0] / self.weight).to(self.loss.dtype)

    def _take(self, grads: tuple[Tensor | None, ...], count: int) -> None:
        """Gather gradients that are taken already."""
        for p, grad in zip(self.params, grads, strict=True):
            if grad is not None:
                grad = grad if count == 1 else grad * count
                if grad.stride() != p.stride():  # fused optimisers read numbers as they lie
                    grad = torch.empty_like(p).copy_(grad)
                p.grad = grad if p.grad is None else p.grad + grad

    def move(self, factor: float, alone: bool) -> None:
        """One step with the gathered gradients, at `factor` times the set rate."""
        grads = [p.grad for p in self.params if p.grad is not None]
        if not alone:
            torch._foreach_div_(grads, self.weight if isinstance(self.weight, Tensor) else max(self.weight, 1))
        norm = self.held.norm(self.params) if self.norm is None else self.norm
        for group in self.groups:
            group["lr"] = group["rate"] * factor
        long = True  # longer than the clip allows, or not known here
        if self.waits:
            length = norm.item()
            self.finite = math.isfinite(length) and math.isfinite(self.loss.item())
            if not self.finite:
                return
            long = length > self.settings.clip_norm
        else:
            self.finite = (norm + self.loss.abs()).isfinite()
            for optimizer in self.optimizers:
                optimizer.found_inf = (~self.finite).float()  # type: ignore[union-attr]
        if self.settings.clip_norm and long:
            torch._foreach_mul_(grads, shortening(norm, self.settings.clip_norm))
        if self.settings.clip_value:
            torch._foreach_clamp_min_(grads, -self.settings.clip_value)
            torch._foreach_clamp_max_(grads, self.settings.clip_value)
        if self.several and not self.turns:
            self._keep()
        self.turns += 1
        self.held.close()
        for optimizer in self.optimizers:
            optimizer.step()
        self.held.open()

    def _keep(self) -> None:
        """Copy the weights and the optimisers' state, as they are before the first move of a step."""
        states = [x for p in self.params for x in self.state_of[p].get(p, {}).values() if isinstance(x, Tensor)]
        live = [*self.seen[: len(self.params)], *states]
        if len(live) == len(self.past) and all(x is held for x, (held, _) in zip(live, self.past, strict=True)):
            torch._foreach_copy_([kept for _, kept in self.past], live)
        else:
            self.past = [(x, x.clone()) for x in live]

    @property
    def torn(self) -> bool:
        """Whether the step at hand has moved it, wholly or in part, and nothing was kept that `undo` could put back."""
        return self.turns > 0 and not self.several

    def undo(self, finite: Tensor | bool = False) -> None:
        """Put back what the step has changed so far, but not where it was finite, which a device decides itself."""
        self.held.close()
        past = self.past if self.turns else []
        for live, before in [*zip(self.buffers, self.before, strict=True), *past]:
            live.copy_(before if finite is False else torch.where(torch.as_tensor(finite), live, before))
        if finite is False:
            known = {id(live) for live, _ in past}
            for p in self.params:
                p.grad = None
                made = [x for x in self.state_of[p].get(p, {}).values() if isinstance(x, Tensor) and id(x) not in known]
                if made and (known or not self.moves):  # a first step that broke off may have left half a state
                    self.state_of[p].pop(p)
            self.turns = 0

    def settle(self, finite: Tensor | bool) -> None:
        """End a step: average the weights, or put everything back where a turn was not finite."""
        if finite is not True:
            self.undo(finite)
            if finite is False:
                return
            self.refused = torch.where(torch.as_tensor(finite), 0.0, self.refused + 1)  # decided on the device
        self.moves += 1
        if self.averaged:  # the memory is short while there is little to remember
            torch._foreach_lerp_(self.averaged, self.seen, 1 - min(self.decay, (1 + self.moves) / (10 + self.moves)))

    @torch.no_grad()
    def swap(self) -> None:
        """Exchange the live weights and the averaged ones; twice is as never."""
        self.held.close()
        for live, kept in zip(self.live, self.averaged, strict=True) if self.averaged else ():
            was = live.clone()
            live.copy_(kept)
            kept.copy_(was)
        self.held.open()

    @torch.no_grad()
    def keep_average(self) -> None:
        """Leave the averaged weights in the module for good."""
        self.held.close()
        if self.averaged:
            torch._foreach_copy_(self.live, self.averaged)

    def end(self) -> None:
        """Leave the module whole in every process, each of which is by itself from now on. It is moved no more."""
        self.held.end()
        self.held, self.ranks = WHOLE, ALONE
        self.params = [p for p in self.module.parameters() if p.requires_grad]
        self.state_of = {p: defaultdict(dict) for p in self.params}

    def length(self) -> float:
        """The sum of the sizes of all live numbers that every process holds: equal where all of them are."""
        cut = {i for i, p in enumerate(self.params) if self.held.is_cut(p)}
        sizes = [x.abs().sum(dtype=torch.float64) for i, x in enumerate(self.seen) if i not in cut]
        return float(torch.stack(sizes).sum()) if sizes else 0.0

    def state(self) -> dict[str, Tensor]:
        """Optimiser state, averages and counts as tensors by name."""
        out = {
            f"average.{i}": self.held.marked(p, x)
            for i, (p, x) in enumerate(zip(self.live, self.averaged, strict=False))
        }
        for name, param in self.named.items():
            for word, value in self.state_of[param].get(param, {}).items():
                if value is not None:
                    out[f"optimizer.{name}.{word}"] = self.held.marked(param, torch.as_tensor(value))
        out["moves"], out["refused"] = torch.tensor(self.moves), self.refused
        return out

    def load(self, state: dict[str, Tensor]) -> None:
        """Take `state` back, to the bit."""
        for i, (p, x) in enumerate(zip(self.live, self.averaged, strict=False)):
            x.copy_(self.held.own(p, state[f"average.{i}"]))
        for name, param in self.named.items():
            prefix = f"optimizer.{name}."
            kept = {key[len(prefix) :]: value for key, value in state.items() if key.startswith(prefix)}
            if kept:
                self.state_of[param][param] = {
                    word: _like(param, self.held.own(param, value)) for word, value in kept.items()
                }
        self.moves = int(state["moves"])
        self.refused.copy_(state["refused"])


def shortening(norm: Tensor, longest: float) -> Tensor:
    """What brings gradients of a norm to at most `longest`, as torch's clipping computes it. Of a norm on the host by
    plain numbers: three operations on a tensor of one number take as long as to move a small layer."""
    if norm.device.type != "cpu":
        return (longest / (norm + 1e-6)).clamp(max=1.0)
    return torch.scalar_tensor(min(1.0, float(1 / (norm.numpy() + 1e-6) * longest)), dtype=norm.dtype)


def _like(param: Tensor, value: Tensor) -> Tensor:
    """Optimiser state as it was: of the parameter's shape in the parameter's own layout, or a single count."""
    return torch.empty_like(param).copy_(value) if value.shape == param.shape else value.clone()


@contextmanager
def averaged(movers: dict[str, Mover]) -> Iterator[None]:
    """All players with their averaged weights in place for as long as the block runs."""
    for mover in movers.values():
        mover.swap()
    try:
        yield
    finally:
        for mover in movers.values():
            mover.swap()
