"""The one frozen record of a run: everything that was decided before training, by rule or by the user."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field as Range

from ..data.augment import Augment
from ..errors import PlanError

Share = Annotated[float, Range(ge=0, le=1)]
Below1 = Annotated[float, Range(ge=0, lt=1)]
Part = Annotated[float, Range(gt=0, lt=1)]
Positive = Annotated[float, Range(gt=0, le=1e6)]
NotNegative = Annotated[float, Range(ge=0, le=1e6)]
Count = Annotated[int, Range(ge=1, le=10**9)]
Count0 = Annotated[int, Range(ge=0, le=10**9)]

Setting = str | int | float | bool | None


@dataclass(frozen=True)
class Optimizer:
    """How a gradient becomes a step. `decay` (weight decay) is not applied to biases and norms."""

    name: Literal["sgd", "rmsprop", "adam", "adamw", "muon", "soap"] = "adamw"
    rate: Positive = 0.003
    matrix_rate: Positive = 0.1  # muon, of inner matrices; `rate` is AdamW's for the rest
    momentum: Below1 = 0.9  # beta 1 of Adam
    nesterov: bool = True  # sgd only
    beta2: Below1 = 0.99
    decay: NotNegative = 0.05
    clip_norm: NotNegative = 0.0  # 0: no clipping
    clip_value: NotNegative = 0.0


@dataclass(frozen=True)
class Schedule:
    """The rate over the run: a factor of the optimiser's rate at each share of the budget."""

    name: Literal["constant", "step", "cosine", "one_cycle", "cyclical", "plateau"] = "one_cycle"
    warmup: Share = 0.1  # share of the budget that rises from nearly nothing
    floor: Share = 0.0  # the factor at the end
    cycles: Count = 3  # cyclical
    drops: Count = 3  # step
    factor: Share = 0.3  # step and plateau multiply by this
    patience: Count = 3  # plateau: judgements without a gain before a drop


@dataclass(frozen=True)
class Budget:
    """How long to train; exactly one is not 0. `minutes` is wall clock from process start to report written."""

    epochs: Count0 = 0
    steps: Count0 = 0
    minutes: Annotated[float, Range(ge=0, le=100_000)] = 0.0

    def __post_init__(self) -> None:
        given = {name: n for name, n in vars(self).items() if n}
        if len(given) > 1:
            raise PlanError(
                f"a budget in {' and '.join(given)} at once", expected="one of --epochs, --steps, --minutes"
            )

    def __str__(self) -> str:
        name, n = next(((k, v) for k, v in vars(self).items() if v), ("epochs", 0))
        return f"{n:g} {name[:-1] if n == 1 else name}"


@dataclass(frozen=True)
class Train:
    """How the loop runs."""

    batch: Count = 256
    slices: Count = 1  # a batch is cut into so many, their gradients accumulated
    recompute: bool = False  # blocks keep only what goes in and are computed again on the way back: less memory
    average: Below1 = 0.998  # decay of the averaged weights; 0: none
    patience: Count0 = 0  # judgements without a gain before stopping early; 0: never
    judge_every: Count0 = 0  # steps between judgements; 0: by the plan
    save_seconds: NotNegative = 20.0  # between checkpoints
    sharded: bool = False  # several processes hold a share of weights, averages and optimiser state each
    freeze: Literal["", "body"] = ""  # body: only the head learns, from what another run has learned


@dataclass(frozen=True)
class HeadSettings:
    """What all heads share."""

    drop: Below1 = 0.1
    smoothing: Below1 = 0.0
    balance: bool = False  # weigh classes by how rare they are


@dataclass(frozen=True)
class Data:
    """What is done with the rows before training."""

    quarantine: Share = 0.01  # the share of a part that may be set aside before it is an error
    valid: Part = 0.1
    test: Part = 0.15
    length: Count0 = 0  # characters of a window of a corpus; 0: 256
    parts: Annotated[str, Range(pattern=r"^(\d+/\d+/\d+)?$")] = ""  # steps of a series that train, choose and test
    past: Count0 = 0  # steps that a forecast looks back; 0: 3.5 times as many as it looks ahead
    gaps: Literal["leave", "hold"] = "leave"  # steps of a series that are not there; hold: as the step before
    shrink: Annotated[int, Range(ge=0, le=8)] = 0  # pictures are restored from copies so many times smaller
    side: Count0 = 0  # longest side of pictures; 0: as they are, at most 96


@dataclass(frozen=True)
class Recipe:
    """All settings of a run, nested by what they belong to; --set optimizer.rate=0.01 changes one."""

    seed: Annotated[int, Range(ge=0, le=2**62)] = 0
    objective: str = "supervised"
    game: dict[str, Setting] = field(default_factory=dict)  # what the objective has settings for
    model: dict[str, Setting] = field(default_factory=lambda: {"name": "mlp"})
    budget: Budget = Budget(epochs=10)
    optimizer: Optimizer = Optimizer()
    schedule: Schedule = Schedule()
    train: Train = Train()
    head: HeadSettings = HeadSettings()
    augment: Augment = field(default_factory=Augment)
    data: Data = Data()


@dataclass(frozen=True)
class Choice:
    """One thing that was decided, what it came to, and why."""

    what: str
    value: str
    why: str
