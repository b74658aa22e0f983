"""A game whose step is one compiled graph: forward, loss and gradient, with no Python between the operations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import torch
from torch import Tensor

from ..errors import PlanError
from ..forms import Batch
from ..objectives import Objective, Turn
from ..rng import Rng


class Compiled:
    """The turns of a game of one player and one turn, each with its gradients taken, by `torch.compile`.

    Only batches of `rows` rows are played so; any other, as the last of an epoch may be, is left to the game itself,
    since each length would be compiled anew. Dropout draws from torch's generator, as without compiling, but other
    masks. Raises PlanError where the game has more than one player, and in its first turn where it cannot be one graph.
    """

    def __init__(self, objective: Objective, rows: int):
        players = objective.players()
        if len(players) != 1:
            raise PlanError(f"a game of {len(players)} players is no single graph", fix="--plan measure")
        self.objective, self.rows, self.additive = objective, rows, objective.additive
        (self.player, module), *_ = players.items()
        self.params = [p for p in module.parameters() if p.requires_grad]
        from torch._dynamo import config  # takes seconds to load

        config.trace_autograd_ops = True  # the gradient is part of the graph
        self.graph = torch.compile(self._step, fullgraph=True, dynamic=False)

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """The one turn of a step, with its gradients."""
        if len(batch) != self.rows:
            yield from self.objective.turns(batch, rng)
            return
        try:
            loss, grads, count = self.graph(batch.inputs, batch.targets, batch.rows, batch.mixed)
        except torch._dynamo.exc.TorchDynamoException as error:
            why = " ".join(str(error).split("\n")[:2])
            raise PlanError(
                f"this game cannot be one compiled graph: {why}",
                expected="a game that draws no numbers of its own and looks at none that it computed",
                fix="--plan measure",
            ) from None
        yield Turn(self.player, loss, count, grads)

    def _step(
        self, inputs: dict[str, Any], targets: dict[str, Any], rows: Tensor, mixed: bool
    ) -> tuple[Tensor, tuple[Tensor | None, ...], int]:
        batch = Batch(inputs, targets, rows, mixed=mixed)
        (turn,) = self.objective.turns(batch, cast(Rng, None))
        with torch.autocast(turn.loss.device.type, enabled=False):
            grads = torch.autograd.grad(turn.loss, self.params, allow_unused=True)
        return turn.loss.detach(), grads, turn.count
