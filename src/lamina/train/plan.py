"""How the machine runs a recipe: precision, layout, compilation, threads."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from ..errors import PlanError
from ..forms import Batch
from ..objectives import Objective
from ..ranks import ALONE, Ranks
from ..recipe import Recipe
from ..rng import Rng
from .compiled import Compiled
from .cut import shard
from .recompute import recompute

SMALL_STEP = 2e9  # operations: about 20 ms of one core
RATE = 4e10  # operations a second and core, in float32
STEP_SECONDS = 5e-4  # what a step costs beside its operations


@dataclass(frozen=True)
class Plan:
    """What the machine does differently without changing what is learned. `judge_every` in steps, 0 for an epoch.

    `halved` holds (step, slices) for each time that memory ran out: from that step on, a batch is cut into so many.
    """

    precision: Literal["float32", "bf16"] = "float32"
    layout: Literal["contiguous", "channels_last"] = "contiguous"
    compile: Literal["", "net", "step"] = ""  # nothing, the net's forward and backward, or the loss with its gradient
    slices: int = 1
    threads: int = 0  # 0: as torch found them
    device: str = "cpu"
    judge_every: int = 0
    step_ms: float = 0.0  # as timed; 0: not timed
    closing: float = 0.0  # seconds of a budget of minutes that are kept for scoring, as timed
    timings: tuple[dict[str, Any], ...] = ()
    halved: tuple[tuple[int, int], ...] = ()
    recompute: bool = False  # blocks are computed again on the way back
    sharded: bool = False  # where several processes train, each holds a share of the weights

    def __post_init__(self) -> None:
        if self.recompute and self.compile:
            raise PlanError(
                "a plan that compiles, and computes blocks again on the way back",
                expected="one of the two: what a graph keeps is the compiler's affair",
                fix="--plan measure",
            )
        if self.sharded and (self.compile or self.layout == "channels_last"):
            raise PlanError(
                f"weights that are cut over processes, and a plan that "
                f"{'compiles' if self.compile else 'lays them out channels last'}",
                expected="plain rows of weights: torch cuts those, and a compiled graph holds whole ones",
                fix="--plan measure, or --set train.sharded=false",
            )

    def slices_at(self, step: int) -> int:
        """How many slices the batch of a step is cut into."""
        return max([self.slices, *(slices for first, slices in self.halved if first <= step)])

    def dealt_at(self, step: int, rows: int, world: int) -> int:
        """How many slices of a batch of so many rows are dealt out to so many processes: one or more for each, and
        equally many where weights are gathered as they are needed, since all are called for them."""
        count = max(self.slices_at(step), world)
        return min(-(-count // world), max(1, rows // world)) * world if self.sharded else count

    def meeting(self, game: Objective | Compiled, ranks: Ranks) -> Ranks:
        """Those who say together whether a turn fitted in memory: none, where they speak with each other within a turn,
        for batch norm or for weights."""
        return ranks if game.additive and not self.sharded else ALONE

    def prepare(self, module: nn.Module, ranks: Ranks = ALONE) -> nn.Module:
        """The module on its device, in its layout, its blocks computed again, cut into shards and compiled as planned,
        ready to train; changed in place."""
        self.use_threads()
        module.to(self.device)
        if self.layout == "channels_last":
            module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if self.recompute:
            recompute(module)
        if self.sharded and ranks.many:
            shard(module, ranks)
        if self.compile == "net":
            module.compile()
        return module.train()

    def game(self, objective: Objective, batch: int, world: int = 1) -> Objective | Compiled:
        """The game as it is played: each slice of a batch one compiled graph, if so planned, but not where batch norms
        of several processes meet in it."""
        if self.compile != "step" or (world > 1 and not objective.additive):
            return objective
        return Compiled(objective, batch // max(self.slices, world))

    def use_threads(self) -> None:
        """Set torch's threads to the plan's; they are the whole process's."""
        if self.threads:
            torch.set_num_threads(self.threads)

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision in which a forward pass runs."""
        if self.precision == "float32":
            return nullcontext()
        return torch.autocast(torch.device(self.device).type, torch.bfloat16)

    def words(self) -> str:
        """The plan in a few words: "bf16, channels_last, 2 threads"."""
        compiled = f"{self.compile} compiled" if self.compile else ""
        again = "blocks computed again" if self.recompute else ""
        sharded = "sharded" if self.sharded else ""
        parts = [self.precision, self.layout if self.layout != "contiguous" else "", compiled, again, sharded]
        threads = self.threads or torch.get_num_threads()
        return ", ".join([*filter(None, parts), f"{threads} thread{'' if threads == 1 else 's'}", self.device])

    def to_json(self) -> dict[str, Any]:
        """The plan as plain JSON."""
        return dataclasses.asdict(self)


def default_plan(recipe: Recipe, *, pictures: bool, work: float, threads: int) -> Plan:
    """The plan without timing: what was best or level on every machine measured so far, for a step of so much work.

    `work` in floating-point operations a step, `threads` the most there are cores for. A small step runs on one thread:
    waking another costs more than it brings, and far more on a machine that is busy otherwise.
    """
    return Plan(
        layout="channels_last" if pictures and not recipe.train.sharded else "contiguous",
        slices=recipe.train.slices,
        threads=1 if work < SMALL_STEP else threads,
        device=best_device(),
        recompute=recipe.train.recompute,
        sharded=recipe.train.sharded,
    )


def work_of(objective: Objective, batch: Batch) -> float:
    """Floating-point operations of a training step: three times a forward pass, counted on a copy."""
    with Counter() as counter, torch.no_grad():
        list(deepcopy(objective).turns(batch, Rng(0)))
    return 3.0 * float(counter.total)


def _recurrent(x: Tensor, read: Tensor, kept: Tensor, *_: Any, **__: Any) -> int:
    """An LSTM over x (T, B, N): every weight of what is read and of what is kept, at every position."""
    return 2 * x.shape[0] * x.shape[1] * (read.numel() + kept.numel())


def _attended(q: Tensor, k: Tensor, v: Tensor, *_: Any, **__: Any) -> int:
    """q (B, H, T, K) with k (B, H, S, K), and what comes of it with v (B, H, S, L)."""
    return 2 * q.shape[:-1].numel() * k.shape[2] * (k.shape[3] + v.shape[3])


# What torch has no formula for: what a processor's library does as one operation.
FORMULAS: dict[Any, Callable[..., Any]] = {
    torch.ops.aten.mkldnn_rnn_layer: _recurrent,
    torch.ops.aten._scaled_dot_product_flash_attention_for_cpu: _attended,
}


class Counter(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the floating-point operations of what runs inside, by torch's own formulas and those above.

    torch's `FlopCounterMode` counts the same, and loads torch's compiler first, to keep it out of what it does.
    """

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.total = 0.0

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run an operation, and count it."""
        made = func(*args, **(kwargs or {}))
        formula = FORMULAS.get(func._overloadpacket) or flop_registry.get(func._overloadpacket)
        self.total += formula(*args, **(kwargs or {}), out_val=made) if formula else 0.0
        return made


def expected_seconds(work: float, steps: int, threads: int) -> float:
    """Seconds that so many steps should take, at a modest rate for a processor of today; a guess, not a promise."""
    return steps * (work / (RATE * threads) + STEP_SECONDS)


def best_device() -> str:
    """An accelerator if there is one, else the processor."""
    return "cuda" if torch.cuda.is_available() else "cpu"
