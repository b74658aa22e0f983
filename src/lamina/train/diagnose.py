"""When a loss or gradient is not finite twice in a row: which rows, and which layer first."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import TrainingError
from ..forms import Batch
from ..objectives import Objective
from ..rng import Rng

SHOWN = 5


def not_finite(objective: Objective, batch: Batch, step: int) -> TrainingError:
    """The error for a step that could not be taken: the rows and the layer are found by playing row by row."""
    players = objective.players()
    modes = {name: module.training for name, module in players.items()}
    for module in players.values():
        module.eval()
    rows = [int(part.rows[0]) for part in batch.slices(len(batch)) if not _finite(objective, part)]
    layer = _first_layer(objective, batch)
    for name, module in players.items():
        module.train(modes[name])
    which = ", ".join(map(str, rows[:SHOWN])) + (f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")
    where = f"rows {which}" if 0 < len(rows) < len(batch) else "every row of the batch" if rows else "no single row"
    return TrainingError(
        f"the loss or a gradient is not finite at step {step + 1:,}: {where}; first in {layer}",
        expected="finite numbers; no step was taken, the last good weights are kept",
        fix="--set optimizer.clip_norm=1, or a tenth of the optimizer.rate that recipe.json holds",
    )


def _finite(objective: Objective, part: Batch) -> bool:
    with torch.no_grad():
        return all(bool(turn.loss.isfinite()) for turn in objective.turns(part, Rng(0)))


def _first_layer(objective: Objective, batch: Batch) -> str:
    """The first module, in the order of the forward pass, whose output is not finite."""
    found: list[str] = []

    def watch(name: str) -> object:
        def hook(_module: nn.Module, _given: object, out: object) -> None:
            if isinstance(out, Tensor) and not bool(out.isfinite().all()):
                found.append(name)

        return hook

    handles = [
        module.register_forward_hook(watch(f"{player}.{name}"))
        for player, whole in objective.players().items()
        for name, module in whole.named_modules()
        if not list(module.children())
    ]
    with torch.no_grad():
        list(objective.turns(batch, Rng(0)))
    for handle in handles:
        handle.remove()
    return f'the layer "{found[0]}"' if found else "the loss or the backward pass"
