"""Less memory for more work: a net keeps only what goes into each block, and computes the block again on the way back.

Chen et al. 2016, https://arxiv.org/abs/1604.06174, with the net's own blocks as segments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ..recipe.entry import Entry

OWN = "parametrizations"  # under this name torch keeps how a weight is made, which is no layer


def blocks(module: nn.Module) -> list[nn.Module]:
    """What a net is stacked from: the members of its lists and sequences that hold layers of their own; of those that
    stand in one another, the innermost. Ways in are none: nothing of what they make is worth computing twice."""
    lists = (part for part in module.modules() if isinstance(part, nn.ModuleList | nn.Sequential))
    found = {id(member): member for part in lists for member in part if _layered(member)}
    return [b for b in found.values() if not any(id(part) in found for part in b.modules() if part is not b)]


def _layered(module: nn.Module) -> bool:
    return not isinstance(module, Entry) and any(name != OWN for name, _ in module.named_children())


class Recomputed:
    """The forward pass of a block, of which only what goes in is kept until its gradients are asked for.

    Then it is computed again, with the same draws and in the same precision; the running statistics that it reads are
    put back to what they were, and afterwards to what they had come to, so that a batch norm sees each batch once.
    """

    def __init__(self, block: nn.Module):
        self.plain = block.forward
        kept = set(block.state_dict(keep_vars=True))
        self.statistics = [b for name, b in block.named_buffers() if name in kept]  # as those of norms

    def __call__(self, *given: Any, **named: Any) -> Any:
        if not torch.is_grad_enabled():
            return self.plain(*given, **named)
        return checkpoint(self.plain, *given, use_reentrant=False, context_fn=self._contexts, **named)

    def _contexts(self) -> tuple[AbstractContextManager[None], AbstractContextManager[None]]:
        """Around the first time, and around every later one. What statistics are now is what the later ones read."""
        return nullcontext(), AsThen(self.statistics)


class AsThen(AbstractContextManager[None]):
    """Statistics as they are when this is made, for as long as each block runs that it stands around."""

    def __init__(self, statistics: list[Tensor]):
        self.statistics, self.then = statistics, [b.clone() for b in statistics]
        self.now: list[Tensor] = []

    def __enter__(self) -> None:
        self.now = [b.clone() for b in self.statistics]
        self._put(self.then)

    def __exit__(self, *error: object) -> None:
        self._put(self.now)

    def _put(self, values: list[Tensor]) -> None:
        if values:
            torch._foreach_copy_(self.statistics, values)


def recompute(module: nn.Module) -> None:
    """Let each block of a net be computed again where gradients need it; changed in place, and once only."""
    for block in blocks(module):
        if not isinstance(block.forward, Recomputed):
            block.forward = Recomputed(block)


@contextmanager
def computed_once(modules: Iterable[nn.Module]) -> Iterator[None]:
    """For as long as the block runs, nets keep what they compute, so that who looks on sees each thing once."""
    held: list[tuple[nn.Module, Callable[..., Any]]] = [
        (part, part.forward) for module in modules for part in module.modules() if isinstance(part.forward, Recomputed)
    ]
    for part, forward in held:
        part.forward = forward.plain  # type: ignore[attr-defined]
    try:
        yield
    finally:
        for part, forward in held:
            part.forward = forward
