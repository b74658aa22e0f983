"""What several exams ask: whether a training that was stopped, and taken up again, ends in the same bits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from lamina.errors import Stopped
from lamina.forms import Batch
from lamina.recipe import Budget, Optimizer, Recipe, Train
from lamina.train import Mover, Plan, Session, fit
from lamina.train.census import counted, differing, root_of

RECIPE = Recipe(budget=Budget(steps=6), optimizer=Optimizer(name="adam", rate=0.01), train=Train(batch=6))


class Keeper:
    """Keeps the newest checkpoint as JSON and copies of tensors."""

    def __init__(self) -> None:
        self.kept: tuple[dict[str, Tensor], str] | None = None

    def append(self, line: Any) -> None: ...
    def log_length(self) -> int:
        return 0

    def truncate(self, length: int) -> None: ...
    def save(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        self.kept = ({name: x.detach().clone() for name, x in tensors.items()}, json.dumps(state))

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        return None if self.kept is None else (self.kept[0], json.loads(self.kept[1]))

    def replan(self, plan: dict[str, Any], why: str) -> None: ...


@pytest.fixture
def stopped_or_not() -> Callable[..., None]:
    """Train a game to its end at once, and again stopped after steps 1 and 3, each time made anew from the checkpoint:
    optimisers, averages, running means and power iterations, all that a loop keeps of every player, are the same."""

    def train(begun: Any, make: Callable[[], Any], batch: Callable[[], Batch], stops: tuple[int, ...]) -> Any:
        keeper, game = Keeper(), begun
        for stop in (*stops, None):
            session = Session(RECIPE, keeper=keeper)
            torch.manual_seed(len(stops))  # fresh weights are those of the checkpoint, or of the first start
            game = make() if keeper.kept else game

            def batches(start: int, stop: int | None = stop, session: Session = session) -> Iterator[Batch]:
                for step in range(start, 100):
                    session.asked_to_stop = step == stop
                    yield batch()

            try:
                fit(game, batches, RECIPE, session=session)
            except Stopped:
                continue
        return {name: m.state_dict() for name, m in {**game.players(), **game.modules()}.items()}

    def check(make: Callable[[], Any], batch: Callable[[], Batch]) -> None:
        states = []
        for stops in ((), (1, 3)):
            torch.manual_seed(0)
            states.append(train(make(), make, batch, stops))
        whole, resumed = states
        torch.manual_seed(0)
        fresh = make()
        first = {name: m.state_dict() for name, m in {**fresh.players(), **fresh.modules()}.items()}
        for name, tensors in whole.items():
            for key, value in tensors.items():
                assert torch.equal(value, resumed[name][key]), (name, key)
        learned = [k for name in fresh.players() for k, x in whole[name].items() if not torch.equal(x, first[name][k])]
        assert learned  # and it did learn

    return check


# what is set anew by every step or start, and need not come back
ANEW = {
    "session": ("keeper", "observe", "_clock", "_saving", "_census", "asked_to_stop", "to_stop", "ranks"),
    "mover": ("loss", "finite", "weight", "before", "past", "turns", "several", "live", "seen", "params", "ranks"),
}
# what every move sets, and the state as an optimiser sorts it for a step
SORTED = re.compile(r"\['lr'\]$|\['optimizers'\]\[\d+\]\.(moved|counts|lists)")


class Watched(Session):
    """A session that remembers what it saved."""

    def save(self, objective: Any, movers: dict[str, Mover]) -> None:
        self.saved = everything(self, objective, movers)
        super().save(objective, movers)


def everything(session: Session, objective: Any, movers: dict[str, Mover]) -> dict[str, str]:
    """(path, digest) of all that has state in a training, but for what is set anew."""
    roots = {root_of(objective), root_of(session)}
    found = dict(counted(vars(objective), "objective", roots))
    for name, module in {**objective.players(), **objective.modules()}.items():
        found |= counted(dict(module.state_dict()), f"module.{name}", roots)
        found |= counted(dict(module.named_buffers()), f"buffer.{name}", roots)
    for name, mover in movers.items():
        parts = {word: x for word, x in vars(mover).items() if word not in ANEW["mover"]}
        found |= counted(parts, f"mover.{name}", roots)
        for path, p in mover.named.items():
            found |= counted(mover.state_of[p].get(p, {}), f"mover.{name}.optimizer.{path}", roots)
    found |= counted({n: x for n, x in vars(session).items() if n not in (*ANEW["session"], "saved")}, "session", roots)
    return {path: x for path, x in found.items() if not SORTED.search(path)}


@pytest.fixture
def lost() -> Callable[..., list[str]]:
    """Train a game for three steps; what of all that has state then is not there when it is made anew from the
    checkpoint, by path."""

    def find(make: Callable[[], Any], batch: Callable[[], Batch]) -> list[str]:
        keeper, game = Keeper(), make()
        session = Watched(RECIPE, keeper=keeper, judge_every=10)  # a line of the log every other step

        def batches(start: int) -> Iterator[Batch]:
            for step in range(start, 100):
                session.asked_to_stop = step == 2
                yield batch()

        with pytest.raises(Stopped):
            fit(game, batches, RECIPE, session=session)
        again, other = make(), Session(RECIPE, keeper=keeper, judge_every=10)
        movers = {name: Mover(Plan().prepare(module), RECIPE) for name, module in again.players().items()}
        other.restore(again, movers)
        return differing(session.saved, everything(other, again, movers))

    return find
