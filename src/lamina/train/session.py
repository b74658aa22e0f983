"""What a run remembers while it trains: the step, the clock, the log, the best weights, how it is saved."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from torch import Tensor, nn

from ..errors import RunError, Stopped
from ..objectives import Objective
from ..ranks import ALONE, Ranks
from ..recipe import Recipe
from .census import Census
from .cut import cut_as
from .mover import Mover, averaged
from .plan import Plan
from .saving import Saving, loaded, under
from .schedule import Rates

Judge = Callable[[nn.Module], dict[str, float]]

LOG_EVERY = 100  # steps between lines of the log, at most; a line costs 2 ms


class Keeper(Protocol):
    """Where a session is kept: a log of lines and checkpoints. `lamina.run` has the one on disk."""

    def append(self, line: dict[str, Any]) -> None: ...
    def log_length(self) -> int: ...
    def truncate(self, length: int) -> None: ...
    def save(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None: ...
    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None: ...
    def replan(self, plan: dict[str, Any], why: str) -> None: ...


@dataclass(frozen=True)
class Progress:
    """What an observer sees: it may look, not steer."""

    step: int
    share: float
    loss: float
    scores: dict[str, float] | None  # of the best judgement so far
    seconds: float


class Session:
    """The memory of one training. Everything in it is in a checkpoint, so that a resumed run makes the same bits."""

    def __init__(
        self,
        recipe: Recipe,
        *,
        steps_per_epoch: int = 0,
        seconds: float = 0.0,
        keeper: Keeper | None = None,
        main: tuple[str, str] = ("loss", "lower"),
        judge_every: int = 0,
        observe: Callable[[Progress], None] | None = None,
        ranks: Ranks = ALONE,
    ):
        self.recipe, self.keeper, self.observe, self.ranks = recipe, keeper, observe, ranks
        self.per_epoch, self.seconds = steps_per_epoch, seconds
        budget = recipe.budget
        self.total = budget.steps or budget.epochs * steps_per_epoch
        if not budget.minutes and not self.total:
            raise RunError("a budget of no steps", expected="epochs with steps in them, steps, or minutes")
        self.main, self.better = main
        self.judge_every = recipe.train.judge_every or judge_every or steps_per_epoch or self.total
        self.log_every = max(1, min(self.judge_every // 5, LOG_EVERY))
        self.rates = Rates(recipe.schedule)
        self.step, self.share_seen, self.elapsed = 0, 0.0, 0.0
        self.best: float | None = None
        self.best_scores: dict[str, float] | None = None
        self.best_step, self.judged_step, self.since_best = 0, 0, 0
        self.best_tensors: dict[str, Tensor] = {}
        self.losses: Tensor | None = None  # sum since the last line of the log
        self.loss_count = 0
        self.last_loss = math.nan
        self.asked_to_stop = self.to_stop = self.to_save = False  # the first by a signal, the others by agreement
        self.judging = False
        self._clock, self._saving = time.monotonic(), Saving(recipe.train.save_seconds)
        self._census: Census | None = None  # until the first checkpoint

    # --- the clock and the schedule -------------------------------------------------------------------------------

    def share(self, step: int) -> float:
        """The share of the budget that is spent when a step begins, from 0 to 1: by the first process's clock. All
        processes also agree here on whether to stop, since a signal may have come to any of them."""
        if self.recipe.budget.minutes:
            now = time.monotonic()
            self.elapsed, self._clock = self.elapsed + now - self._clock, now
            share = min(1.0, self.elapsed / max(self.seconds, 1e-9))
        else:
            share = step / self.total
        mine = (share, float(self.ranks.many and self._saving.due)) if self.ranks.first else (0.0, 0.0)
        share, due, asked = self.ranks.agree(*mine, float(self.asked_to_stop))
        self.to_stop, self.to_save = asked > 0, due > 0
        return share

    @property
    def had_enough(self) -> bool:
        """Whether early stopping ends the run here."""
        return bool(self.recipe.train.patience) and self.since_best >= self.recipe.train.patience

    def replan(self, plan: Plan, rows: int) -> Plan:
        """Keep a plan of more slices, before any checkpoint of what was done under it."""
        if self.keeper is not None:
            step, slices = plan.halved[-1]
            why = (
                f"memory ran out at step {step + 1:,}: from here on a batch of {rows:,} rows is taken in {slices} "
                f"slices of {-(-rows // slices):,}, the same rows in the same order; --set train.slices={slices} does "
                "so from the start"
            )
            self.keeper.replan(plan.to_json(), why)
        return plan

    # --- what happens after a step --------------------------------------------------------------------------------

    def stepped(self, step: int, share: float, factor: float, movers: dict[str, Mover]) -> bool:
        """Count a step; now and then, which is the answer, write a line of the log.

        Losses are summed on their device and read late.
        """
        self.step, self.share_seen = step + 1, share
        for mover in movers.values():
            self.losses = mover.loss if self.losses is None else self.losses + mover.loss
        self.loss_count += 1
        due = self.step % self.log_every == 0
        if due:
            self._log(factor, {})
            self._tell()
        return due

    def judge_due(self, step: int, share: float) -> bool:
        """Whether the product is judged after this step; the last judgement is `finish`'s."""
        return (step + 1) % self.judge_every == 0 and share < 1 and step + 1 != self.total

    def judge_owed(self) -> bool:
        """Whether a run that is gone on with was stopped in the middle of a judgement."""
        return self.step > 0 and self.judged_step != self.step and self.judge_due(self.step - 1, self.share_seen)

    def judged(self, judge: Judge, objective: Objective, movers: dict[str, Mover]) -> None:
        """Judge the averaged product, keep it when none was better so far, tell the schedule.

        Of products that are judged alike the latest is kept: it has learned more, and a score that has come to its end,
        as against a perfect player, does not see what. A gain, for early stopping and the schedule, it is not.

        Raises Stopped when asked to stop meanwhile; all is saved then, and the judgement is owed. Raises RunError where
        several processes train and their weights are no longer the same.
        """
        if self.ranks.many and not self.ranks.same(sum(mover.length() for mover in movers.values())):
            raise RunError(
                f"after step {self.step:,} the processes no longer hold the same weights",
                expected="the same machine, libraries and threads everywhere",
                fix="--resume goes on from the last checkpoint",
            )
        with averaged(movers):
            scores = self.ranks.say(self._scores(judge, objective.product()))
            value = scores[self.main] if scores else math.nan
            gained = math.isfinite(value) and (
                self.best is None or (value > self.best if self.better == "higher" else value < self.best)
            )
            kept = gained or value == self.best
            if kept:
                self.best, self.best_step, self.best_scores = value, self.step, scores
                self.best_tensors = {k: v.detach().clone() for k, v in objective.product().state_dict().items()}
        if scores is None:
            self.save(objective, movers)
            raise self.stopped()
        self.judged_step = self.step
        self.since_best = 0 if gained else self.since_best + 1
        self.rates.judged(gained)
        self._log(self.rates.factor(self.share_seen), {"valid": scores, "best": kept})
        self._tell()

    def finish(self, judge: Judge | None, objective: Objective, movers: dict[str, Mover]) -> None:
        """The last judgement; then the product is left with its best weights, or its averaged ones when none judged."""
        if judge is not None and self.judged_step != self.step:
            self.judged(judge, objective, movers)
        self.save(objective, movers)
        if self.best_tensors:
            objective.product().load_state_dict(self.best_tensors)
        for mover in movers.values():
            if not self.best_tensors:
                mover.keep_average()
            mover.end()
        objective.product().eval()

    def _scores(self, judge: Judge, product: nn.Module) -> dict[str, float] | None:
        """What the judge says; None where it was cut short by the wish to stop. Several processes judge together, and
        none of them leaves the others."""
        try:
            self.judging = not self.ranks.many
            try:
                return None if self.to_stop or (self.judging and self.asked_to_stop) else judge(product)
            finally:
                self.judging = False
        except KeyboardInterrupt:
            if not self.asked_to_stop:
                raise
            return None

    def _log(self, factor: float, more: dict[str, Any]) -> None:
        if self.losses is not None and self.loss_count:
            self.last_loss = float(self.losses) / self.loss_count
        self.losses, self.loss_count = None, 0
        if self.keeper is None:
            return
        line = {
            "step": self.step,
            "epoch": round(self.step / self.per_epoch, 4) if self.per_epoch else None,
            "share": self.share_seen,
            "loss": self.last_loss if math.isfinite(self.last_loss) else None,
            "rate": self.recipe.optimizer.rate * factor,
            **more,
        }
        self.keeper.append(line)

    def _tell(self) -> None:
        if self.observe is not None:
            self.observe(Progress(self.step, self.share_seen, self.last_loss, self.best_scores, self.elapsed))

    # --- saved and restored ---------------------------------------------------------------------------------------

    def save_due(self) -> bool:
        """Whether it is time for a checkpoint: now, or where several have a part in it as the step began."""
        return self.keeper is not None and (self.to_save if self.ranks.many else self._saving.due)

    def save(self, objective: Objective, movers: dict[str, Mover]) -> None:
        """Write a checkpoint of everything that has state. Raises TrainingError where the first lacks some."""
        if self.keeper is None:
            return
        if self._census is not None:
            self._census.check(objective)
            self._census = None
        state = {
            "step": self.step,
            "share": self.share_seen,
            "elapsed": self.elapsed,
            "best": self.best,
            "best_step": self.best_step,
            "best_scores": self.best_scores,
            "judged_step": self.judged_step,
            "since_best": self.since_best,
            "last_loss": self.last_loss if math.isfinite(self.last_loss) else None,
            "loss_count": self.loss_count,
            "rates": self.rates.state(),
            "objective": objective.state(),
            "log": self.keeper.log_length(),
        }
        with self._saving.timed():
            self.keeper.save(dict(self._tensors(objective, movers)), state)

    def restore(self, objective: Objective, movers: dict[str, Mover]) -> None:
        """Take the newest checkpoint back, if there is one; the log is cut to where it was."""
        self._clock = time.monotonic()
        self._saving.begin(x for _, x in self._tensors(objective, movers))
        found = self.keeper.load() if self.keeper else None
        if found is None or self.keeper is None:
            self._census = Census(objective) if self.keeper else None
            return
        tensors, state = found
        for name, module in {**objective.players(), **objective.modules()}.items():
            loaded(module, under(tensors, f"module.{name}."), name)
        for name, mover in movers.items():
            mover.load(under(tensors, f"mover.{name}."))
        self.best_tensors = cut_as(objective.product(), under(tensors, "best."))
        self.losses = tensors.get("losses")
        self.step, self.share_seen, self.elapsed = state["step"], state["share"], state["elapsed"]
        self.best, self.best_step, self.since_best = state["best"], state["best_step"], state["since_best"]
        self.judged_step, self.best_scores = state["judged_step"], state["best_scores"]
        self.last_loss = math.nan if state["last_loss"] is None else state["last_loss"]
        self.loss_count = state["loss_count"]
        self.rates.load(state["rates"])
        objective.load(state["objective"])
        self.keeper.truncate(state["log"])

    def _tensors(self, objective: Objective, movers: dict[str, Mover]) -> Iterator[tuple[str, Tensor]]:
        for name, module in {**objective.players(), **objective.modules()}.items():
            for key, value in module.state_dict().items():
                yield f"module.{name}.{key}", value
        for name, mover in movers.items():
            for key, value in mover.state().items():
                yield f"mover.{name}.{key}", value
        for key, value in self.best_tensors.items():
            yield f"best.{key}", value
        if self.losses is not None:
            yield "losses", self.losses

    def stopped(self) -> Stopped:
        """The error that ends a run which was asked to stop."""
        return Stopped(f"stopped after step {self.step:,}; everything is saved")
