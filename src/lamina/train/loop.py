"""The training of everything: batches in, turns played, players moved, the product judged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from torch import nn

from ..forms import Batch
from ..objectives import Objective
from ..recipe import Recipe
from ..rng import Rng, key, reseed
from .diagnose import not_finite
from .mover import Mover
from .plan import Plan
from .session import Session

Batches = Callable[[int], Iterator[Batch]]  # from a step on, without end
Judge = Callable[[nn.Module], dict[str, float]]


def fit(
    objective: Objective,
    batches: Batches,
    recipe: Recipe,
    plan: Plan | None = None,
    session: Session | None = None,
    judge: Judge | None = None,
) -> nn.Module:
    """Train until the budget is spent, and give the product with its best weights.

    One step: every slice of the batch plays its game turn by turn; after each turn the player whose turn it was moves.
    Raises TrainingError when a loss or gradient is not finite twice in a row, Stopped when asked to stop.
    """
    plan, session = plan or Plan(), session or Session(recipe)
    movers = {name: Mover(plan.prepare(module), recipe) for name, module in objective.players().items()}
    session.restore(objective, movers)
    for step, batch in enumerate(batches(session.step), session.step):
        share = session.share(step)  # of the budget: the schedule's only clock
        if share >= 1 or session.had_enough:
            break
        factor = session.rates.factor(share)
        if not play(objective, movers, batch, plan, (recipe.seed, step), factor) and not play(
            objective, movers, batch, plan, (recipe.seed, step), factor
        ):
            raise not_finite(objective, batch, step)
        session.stepped(step, share, factor, movers)
        if judge is not None and session.judge_due(step, share):
            session.judged(judge, objective, movers)
        if session.save_due() or session.asked_to_stop:
            session.save(objective, movers)
        if session.asked_to_stop:
            raise session.stopped()
    session.finish(judge, objective, movers)
    return objective.product()


def play(
    objective: Objective, movers: dict[str, Mover], batch: Batch, plan: Plan, at: tuple[int, int], factor: float
) -> bool:
    """One step: the batch's slices play in lockstep. False when a player could not move for want of finite numbers."""
    parts = list(batch.slices(plan.slices))
    games = [objective.turns(part, Rng(*at, i, device=plan.device)) for i, part in enumerate(parts)]
    turn, finite = 0, True
    while (mover := advance(games, movers, plan, key(*at, turn))) is not None:
        mover.move(factor, alone=len(games) == 1)
        finite = finite and (not mover.on_host or bool(mover.finite))
        turn += 1
    return finite


def advance(games: list[Iterator[Any]], movers: dict[str, Mover], plan: Plan, seed: int) -> Mover | None:
    """The next turn of every slice, forward and backward; the player to move, or None when the game is over."""
    mover = None
    for i, game in enumerate(games):
        reseed(seed + i)  # dropout draws from torch's own generator
        with plan.autocast():
            turn = next(game, None)
        if turn is not None:
            if mover is None:
                mover = movers[turn.player]
                mover.begin()
            mover.gather(turn.loss, turn.count, alone=len(games) == 1)
    return mover
