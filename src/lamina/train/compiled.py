"""A game whose step is one compiled graph: forward, loss and gradient, with no Python between the operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, cast

import torch
from torch import Tensor

from ..errors import PlanError
from ..forms import Batch
from ..objectives import Objective, Turn
from ..rng import Rng

Shapes = tuple[Any, ...]


class Compiled:
    """The turns of a game of one player and one turn, each with its gradients taken, by `torch.compile`.

    Only batches of `rows` rows are played so; any other, as the last of an epoch may be, is left to the game itself,
    since each length would be compiled anew. Each shape that comes has a graph of its own, which looks at nothing but
    what it is given: what `torch.compile` would check before each step, that the net is the one it was, takes as long
    as a layer. Dropout draws from torch's generator, as without compiling, but other masks. Raises PlanError where the
    game has more than one player, and in its first turn where it cannot be one graph.
    """

    def __init__(self, objective: Objective, rows: int):
        players = objective.players()
        if len(players) != 1:
            raise PlanError(f"a game of {len(players)} players is no single graph", fix="--plan measure")
        self.objective, self.rows, self.additive = objective, rows, objective.additive
        (self.player, module), *_ = players.items()
        self.params = [p for p in module.parameters() if p.requires_grad]
        self.graphs: dict[Shapes, Callable[..., Any]] = {}

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """The one turn of a step, with its gradients."""
        if len(batch) != self.rows:
            yield from self.objective.turns(batch, rng)
            return
        given = batch.inputs, batch.targets, batch.rows, batch.mixed
        shapes = shapes_of(*given)
        if shapes not in self.graphs:
            self.graphs[shapes] = self._graph(*given)
        loss, grads, norm, count = self.graphs[shapes](*given)
        yield Turn(self.player, loss, count, grads, norm, last=True)

    def _graph(self, *given: Any) -> Callable[..., Any]:
        """The step for one shape of a batch."""
        from torch._dynamo import config  # takes seconds to load
        from torch._inductor import config as inductor

        unguarded: Any = {"guard_filter_fn": lambda guards: [False for _ in guards]}
        compiled = torch.compile(self._step, fullgraph=True, dynamic=False, options=unguarded)
        whole = config.patch(trace_autograd_ops=True, record_runtime_overhead=False)  # with its gradient
        on_host = self.params[0].device.type == "cpu"  # where calls from Python are what costs
        plain = inductor.patch(size_asserts=False, alignment_asserts=False, cpp_wrapper=on_host)
        try:
            with whole, plain:
                made = cast(Any, compiled).aot_compile((given, {}))
        except torch._dynamo.exc.TorchDynamoException as error:
            why = " ".join(str(error).split("\n")[:2])
            raise PlanError(
                f"this game cannot be one compiled graph: {why}",
                expected="a game that draws no numbers of its own and looks at none that it computed",
                fix="--plan measure",
            ) from None
        made.disable_guard_check()
        return partial(made, self)  # as the method that it is made from

    def _step(
        self, inputs: dict[str, Any], targets: dict[str, Any], rows: Tensor, mixed: bool
    ) -> tuple[Tensor, tuple[Tensor | None, ...], Tensor, int]:
        batch = Batch(inputs, targets, rows, mixed=mixed)
        (turn,) = self.objective.turns(batch, cast(Rng, None))
        with torch.autocast(turn.loss.device.type, enabled=False):
            grads = torch.autograd.grad(turn.loss, self.params, allow_unused=True)
            squares = [g.square().sum() for g in grads if g is not None]
        return turn.loss.detach(), grads, torch.stack(squares).sum().sqrt(), turn.count


def shapes_of(inputs: Mapping[str, Any], targets: Mapping[str, Any], rows: Tensor, mixed: bool) -> Shapes:
    """What a graph is made for: the shape and type of each tensor by name, and whether rows are mixed. Raises PlanError
    where a batch holds more than tensors."""
    try:
        return mixed, rows.shape, *((name, x.shape, x.dtype) for part in (inputs, targets) for name, x in part.items())
    except AttributeError:
        raise PlanError(
            "this game cannot be one compiled graph: its batches hold more than plain tensors", fix="--plan measure"
        ) from None
