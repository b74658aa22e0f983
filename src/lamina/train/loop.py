"""The training of everything: batches in, turns played, players moved, the product judged."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from torch import Tensor, nn

from ..errors import PlanError
from ..forms import Coming
from ..layers.synced import synced
from ..objectives import Objective
from ..ranks import ALONE, Ranks
from ..recipe import Recipe
from ..rng import Rng, key, reseed, spread
from ..room import ran_out
from .compiled import Compiled
from .diagnose import not_finite
from .memory import halved, in_all, too_late
from .mover import Mover
from .plan import Plan
from .session import Judge, Session

Batches = Callable[[int], Iterator[Coming]]  # from a step on, without end


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
    Where several processes train, each plays some of the slices, and the players move by what all have gathered.
    Raises PlanError when the objective's batches cannot be cut into the plan's slices, TrainingError when a loss or
    gradient is not finite twice in a row, Stopped when asked to stop.
    """
    plan, session = plan or Plan(), session or Session(recipe)
    check_slices(objective, plan)
    ranks, players = session.ranks, objective.players()
    for module in players.values() if ranks.many else ():
        synced(module, ranks)
    movers = {name: Mover(plan.prepare(module, ranks), recipe, ranks) for name, module in players.items()}
    game = plan.game(objective, recipe.train.batch, ranks.world)
    session.restore(objective, movers)
    if judge is not None and session.judge_owed():
        session.judged(judge, objective, movers)
    for step, batch in enumerate(batches(session.step), session.step):
        share = session.share(step)  # of the budget: the schedule's only clock
        if share >= 1 or session.had_enough:
            break
        factor = session.rates.factor(share)
        again = partial(play, movers=movers, batch=batch, at=(recipe.seed, step), factor=factor, ranks=ranks)
        one = partial(again, game)
        finite, fits = take(one, plan, session, objective, movers, batch)
        plan = plan if fits == plan else session.replan(fits, len(batch))
        if not finite:
            session.save(objective, movers)
            raise not_finite(objective, movers, batch.gathered(), step, partial(again, objective, plan, ranks=ALONE))
        if session.stepped(step, share, factor, movers) and any(bool(m.refused >= 2) for m in movers.values()):
            # a device decides, and is asked now and then
            raise not_finite(objective, movers, batch.gathered(), step, partial(again, objective, plan, ranks=ALONE))
        if judge is not None and session.judge_due(step, share):
            session.judged(judge, objective, movers)
        if session.save_due() or session.to_stop:
            session.save(objective, movers)
        if session.to_stop:
            raise session.stopped()
    session.finish(judge, objective, movers)
    return objective.product()


def take(
    one: Callable[[Plan], bool],
    plan: Plan,
    session: Session,
    objective: Objective,
    movers: dict[str, Mover],
    batch: Coming,
) -> tuple[bool, Plan]:
    """One step, in twice as many slices where memory runs out, and once more where a number was not finite: whether it
    was taken, and the plan that fits."""
    state = objective.state() if objective.additive else {}  # others cannot be cut
    before = copy.deepcopy(state) if state else {}
    while True:
        try:
            return one(plan) or one(plan), plan
        except (RuntimeError, MemoryError) as error:
            if not ran_out(error):
                raise
            late = too_late(error, session.ranks, movers.values())
        for mover in movers.values():  # after the except, so that the tensors of the failed step are gone
            mover.undo()
        plan = halved(plan, objective, session.step, len(batch), session.ranks.world, late)
        objective.load(before)


def play(
    game: Objective | Compiled,
    plan: Plan,
    movers: dict[str, Mover],
    batch: Coming,
    at: tuple[int, int],
    factor: float,
    ranks: Ranks = ALONE,
) -> bool:
    """One step: the batch's slices play in lockstep. False when a player could not move for want of finite numbers."""
    for mover in movers.values():
        mover.remember(alone=len(movers) == 1)
    count = plan.dealt_at(at[1], len(batch), ranks.world)
    own = ranks.own(batch.slices(count))
    games = {i: game.turns(part.gathered(), Rng(*at, "turns", i, device=plan.device)) for i, part in own}
    seed, alone = spread(key(at[0], "layers"), at[1]), count == 1
    finite: Tensor | bool = True
    moving: Mover | None = None

    def onward() -> Mover | None:
        """Move whoever's turn it was and play the next turn as far as its gradients; None when the game is over."""
        nonlocal seed, finite
        if moving is not None:
            moving.move(factor, alone)
            seed, finite = seed + count, moving.finite & finite
        return None if finite is False else advance(games, movers, plan, seed, alone)

    while (moving := in_all(plan.meeting(game, ranks), onward)) is not None:
        moving.share()
    for mover in movers.values():
        mover.settle(finite)
    return finite is not False


def advance(
    games: dict[int, Iterator[Any]], movers: dict[str, Mover], plan: Plan, seed: int, alone: bool
) -> Mover | None:
    """The next turn of every slice, forward and backward; the player to move, or None when the game is over."""
    mover = None
    for i in [*games]:
        reseed(seed + i)  # dropout draws from torch's own generator
        with plan.autocast():
            turn = next(games[i], None)
        if turn is None or turn.last:
            del games[i]
        if turn is not None:
            if mover is None:
                mover = movers[turn.player]
                mover.begin()
            mover.gather(turn, alone)
    return mover


def check_slices(objective: Objective, plan: Plan) -> None:
    """Raises PlanError when a batch is to be cut into slices and its slices do not add up to the whole."""
    if plan.slices > 1 and not objective.additive:
        raise PlanError(
            f"a batch in {plan.slices} slices does not train as the whole batch does: batch norm reads means over rows",
            expected="one slice, or a model without batch norm",
            fix="--set train.slices=1, or --model mlp",
        )
