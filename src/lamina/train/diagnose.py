"""When a loss or gradient is not finite twice in a row: which rows, and which layer first."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import LaminaError, TrainingError
from ..forms import Batch
from ..objectives import Objective
from ..rng import Rng
from .mover import Mover
from .recompute import computed_once

SHOWN = 5
LOOKING = 10.0  # seconds that rows are played one by one, at most


def not_finite(
    objective: Objective, movers: Mapping[str, Mover], batch: Batch, step: int, again: Callable[[], object]
) -> TrainingError:
    """The error for a step that could not be taken: the rows are found by playing row by row, the layer by playing the
    step once more, with the same draws, under watch. No step is taken after it."""
    for mover in movers.values():
        mover.end()  # each process plays rows by itself
    layer, rows = first_layer(objective, again), bad_rows(objective, batch)
    which = ", ".join(map(str, rows[:SHOWN])) + (f" and {len(rows) - SHOWN} more" if len(rows) > SHOWN else "")
    where = f"rows {which}" if 0 < len(rows) < len(batch) else "every row of the batch" if rows else "no single row"
    return TrainingError(
        f"the loss or a gradient is not finite at step {step + 1:,}: {where}; first in {layer}",
        expected="finite numbers; no step was taken, the last good weights are kept",
        fix="--set optimizer.clip_norm=1, or a tenth of the optimizer.rate that recipe.json holds",
    )


def bad_rows(objective: Objective, batch: Batch) -> list[int]:
    """The rows that hold what is not finite; where none does, those whose loss or gradient is not, each alone."""
    slots = [x for x in (*batch.inputs.values(), *batch.targets.values()) if isinstance(x, Tensor) and x.numel()]
    held = torch.zeros(len(batch), dtype=torch.bool)
    for x in slots:
        held |= ~x.reshape(len(batch), -1).isfinite().all(1).cpu()
    if held.any():
        return [int(row) for row in batch.rows.cpu()[held]]
    players, until, found = objective.players(), time.monotonic() + LOOKING, []
    modes = {name: module.training for name, module in players.items()}
    for module in players.values():
        module.eval()
    for part in batch.slices(len(batch)):
        if time.monotonic() > until:
            break
        if not _finite(objective, part):
            found.append(int(part.rows[0]))
    for name, module in players.items():
        module.train(modes[name])
    return found


def _finite(objective: Objective, part: Batch) -> bool:
    """Whether losses and gradients of a part are finite; a game that needs more rows than one is no help."""
    try:
        for turn in objective.turns(part, Rng(0)):
            moved = [p for p in objective.players()[turn.player].parameters() if p.requires_grad]
            grads = torch.autograd.grad(turn.loss, moved, allow_unused=True)
            if not all(bool(x.isfinite().all()) for x in (turn.loss, *grads) if x is not None):
                return False
    except (RuntimeError, ValueError, IndexError, LaminaError):
        return True
    return True


def first_layer(objective: Objective, again: Callable[[], object]) -> str:
    """Where a number is first not finite while a step is played again: on the way forward, else on the way back."""
    watch, modules = Watch(), {**objective.players(), **objective.modules()}
    with ExitStack() as hooks, torch.compiler.set_stance("force_eager"), computed_once(modules.values()):
        for name, module in modules.items():
            watch.look_at(module, name, hooks)
        again()
    return watch.forward or watch.backward or "no layer: each output and gradient is finite, a sum of them is not"


class Watch:
    """Looks at what layers make and at the gradients they send back, and keeps the first of each that is not finite.

    Each layer is given a view of its own of what it reads, so that the gradient it sends back is told from that of the
    others which read the same. A gradient that comes to a layer spoiled, and was sent by none, was spoiled by what is
    done between: in the layer around it, or in the loss.
    """

    def __init__(self) -> None:
        self.forward, self.backward = "", ""
        self.around: list[str] = []  # the layers that are at work, the innermost last
        self.home: dict[int, str] = {}  # id of an output -> the layer in which it is used, "" for none
        self.through: set[int] = set()  # ids of what came out of a layer as it went in
        self.kept: list[Tensor] = []  # all these tensors, so that no id comes twice

    def look_at(self, whole: nn.Module, player: str, hooks: ExitStack) -> None:
        """Watch all layers of a player for as long as `hooks` stay."""
        for path, module in whole.named_modules():
            name = f"{player}.{path}".partition(".parametrizations")[0].rstrip(".")
            hooks.callback(module.register_forward_pre_hook(self._enters(name), with_kwargs=True).remove)
            hooks.callback(module.register_forward_hook(self._leaves(name), with_kwargs=True).remove)
            for param in module.parameters(recurse=False):
                if param.requires_grad:
                    hooks.callback(param.register_post_accumulate_grad_hook(self._gets(name)).remove)

    def _enters(self, name: str) -> Callable[..., Any]:
        def hook(_module: nn.Module, args: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
            self.around.append(name)
            return tuple(self._own(x, name) for x in args), {key: self._own(x, name) for key, x in named.items()}

        return hook

    def _own(self, x: Any, name: str) -> Any:
        if not (isinstance(x, Tensor) and x.requires_grad and torch.is_grad_enabled()):
            return x
        view = x.view_as(x)
        self.kept.append(view)
        at = id(view)
        view.register_hook(lambda grad: None if at in self.through else self._sent(grad, name))  # type: ignore[no-untyped-call]
        return view

    def _leaves(self, name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, args: tuple[Any, ...], named: dict[str, Any], out: Any) -> None:
            self.around.pop()
            made, read = list(tensors_in(out)), list(tensors_in([*args, *named.values()]))
            self.through |= set(map(id, read)) & set(map(id, made))
            if not self.forward and not all(map(finite, made)):
                given = all(map(finite, read))
                self.forward = f'the layer "{name}"' if given else f'what is given to the layer "{name}"'
            for x in made:
                if x.requires_grad:
                    self.home[id(x)] = self.around[-1] if self.around else ""
                    self.kept.append(x)
                    x.register_hook(partial(self._came, id(x)))  # type: ignore[no-untyped-call]

        return hook

    def _gets(self, name: str) -> Callable[[Tensor], None]:
        return lambda param: self._sent(param.grad, name)

    def _came(self, made: int, grad: Tensor) -> None:
        self._sent(grad, self.home[made])

    def _sent(self, grad: Tensor | None, name: str) -> None:
        if not self.backward and grad is not None and not finite(grad):
            self.backward = f'the gradient of the layer "{name}"' if name else "the loss"


def finite(x: Tensor) -> bool:
    """Whether all numbers of a tensor are finite; whole numbers always are."""
    return bool(x.isfinite().all())


def tensors_in(value: Any) -> Iterator[Tensor]:
    """The tensors of a value: one, or those of a form, a list or a dictionary."""
    if isinstance(value, Tensor):
        yield value
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from tensors_in(getattr(value, field.name))
    elif isinstance(value, list | tuple | dict):
        for part in value.values() if isinstance(value, dict) else value:
            yield from tensors_in(part)
