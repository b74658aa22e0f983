"""Proof by drawing: every row comes once an epoch, in an order that no stop, kill or new start changes.

    python -m bench.proof order

Rows, batch, seed, the way batches are made and the steps at which the run is stopped (with a checkpoint) or killed
(back to the one before) are drawn by chance; a game that only notes which rows it meets is trained to its end.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from bench.proof import Promise
from lamina.data.augment import Augment
from lamina.data.batches import Batches
from lamina.data.store import Part
from lamina.errors import Stopped
from lamina.forms import Batch
from lamina.kinds import Category, Field, Image, Schema, Text
from lamina.kinds.text import MARKS
from lamina.objectives import Turn
from lamina.objectives.base import OneNet
from lamina.ragged import Ragged
from lamina.recipe import Budget, Optimizer, Recipe, Train
from lamina.rng import Rng
from lamina.train import Session, fit

LONGEST = 40  # steps of a trial
PICTURE = Field("p", Image(height=4, width=4, channels=1, mean=(0.5,), std=(0.2,)), "input")
TEXT = Text(vocab=(*MARKS, "a"), length=30)
SCHEMAS = {
    "pictures": Schema((PICTURE, Field("y", Category(labels=("a", "b"), counts=(1, 1)), "target"))),
    "texts of alike length": Schema((Field("t", TEXT, "input"), Field("u", TEXT, "target", link="written"))),
}


@dataclass(frozen=True)
class Drawn:
    """What is drawn for a trial. `stops` are (step, whether killed), in the order of steps."""

    rows: int
    size: int
    seed: int
    kind: str
    drop: bool
    stops: tuple[tuple[int, bool], ...]


class Killed(Exception):
    """Stands for SIGKILL: nothing is saved."""


class Notes(OneNet):
    """A game of one number that notes the rows it meets, and a sum of what they hold, in the order of steps."""

    additive = True

    def __init__(self) -> None:
        self.net = nn.Linear(1, 1)
        nn.init.ones_(self.net.weight)
        self.met: list[tuple[list[int], int]] = []

    def turns(self, batch: Batch, rng: Rng) -> Iterator[Turn]:
        """One turn that moves nothing to speak of."""
        del rng
        held = (1000 * next(iter(batch.inputs.values())).double()).long().flatten(1)  # (B, n)
        self.met.append((batch.rows.tolist(), int((held * torch.arange(1, held.shape[1] + 1)).sum())))
        yield Turn("model", self.net.weight.sum(), len(batch))

    def state(self) -> dict[str, Any]:
        """What was met, so that a new start takes it up."""
        return {"met": self.met}

    def load(self, state: dict[str, Any]) -> None:
        """Take `state` back."""
        self.met = [(list(rows), int(held)) for rows, held in state["met"]]


@dataclass
class Keeper:
    """Keeps the newest checkpoint."""

    kept: tuple[dict[str, Tensor], str] | None = None
    lines: list[str] = field(default_factory=list)

    def append(self, line: dict[str, Any]) -> None:
        """Add a line."""
        self.lines.append(json.dumps(line))

    def log_length(self) -> int:
        """Lines so far."""
        return len(self.lines)

    def truncate(self, length: int) -> None:
        """Cut the log."""
        del self.lines[length:]

    def save(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Keep copies."""
        self.kept = {name: x.detach().clone() for name, x in tensors.items()}, json.dumps(state)

    def load(self) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
        """The newest; where there is none, the log begins anew."""
        if self.kept is None:
            self.lines.clear()
            return None
        return self.kept[0], json.loads(self.kept[1])

    def replan(self, plan: dict[str, Any], why: str) -> None:
        """Memory does not run out here."""


def batches_of(drawn: Drawn) -> Batches:
    """Made anew, as a new process makes them."""
    numbers = np.arange(drawn.rows) * 3 + 5
    if drawn.kind == "pictures":
        values = np.random.default_rng(1).integers(0, 256, (drawn.rows, 4, 4, 1), dtype=np.uint8)
        part = Part({"p": values}, {"y": (numbers % 2).astype(np.int32)}, numbers)
    else:
        lengths = np.random.default_rng(1).integers(1, 30, drawn.rows)
        texts = Ragged.packed(np.full(lengths.sum(), 5, np.int32), lengths)
        part = Part({"t": texts}, {"u": texts}, numbers)
    change = Augment(flip=0.5, crop=1, mixup=0.4) if drawn.kind == "pictures" else None
    return Batches(part, SCHEMAS[drawn.kind], drawn.size, drawn.seed, change, drop_last=drawn.drop)


def trained(drawn: Drawn, steps: int, stops: tuple[tuple[int, bool], ...]) -> tuple[list[Any], list[str]]:
    """What the game met and the lines of the log, of a training that was stopped and killed at some steps."""
    recipe = Recipe(
        seed=drawn.seed,
        budget=Budget(steps=steps),
        optimizer=Optimizer(name="sgd", rate=0.01),
        train=Train(batch=drawn.size, average=0.0),
    )
    keeper, left = Keeper(), list(stops)
    while True:
        game, batches = Notes(), batches_of(drawn)
        session = Session(recipe, keeper=keeper, judge_every=5)

        def within(start: int, batches: Batches = batches, session: Session = session) -> Iterator[Batch]:
            for step, batch in enumerate(batches(start), start):
                if left and step >= left[0][0]:
                    killed = left.pop(0)[1]
                    if killed:
                        raise Killed
                    session.asked_to_stop = True
                yield batch

        try:
            fit(game, within, recipe, session=session)
        except (Killed, Stopped):
            continue
        return game.met, keeper.lines


def wrong_with(drawn: Drawn) -> str:
    """What was not as promised; nothing where all was."""
    batches = batches_of(drawn)
    per_epoch = batches.steps_per_epoch
    steps = min(LONGEST, 3 * per_epoch)
    stops = tuple((step % steps, killed) for step, killed in drawn.stops)
    met, lines = trained(drawn, steps, tuple(sorted(stops)))
    whole, peaceful = trained(drawn, steps, ())
    if met != whole or lines != peaceful:
        return "a run that was stopped met other rows than one that was not"
    if [rows for rows, _ in met] != [b.rows.tolist() for b in islice(batches(0), steps)]:
        return "training met other rows than its batches hold"
    orders = []
    for first in range(0, steps - per_epoch + 1, per_epoch):
        seen = [row for rows, _ in met[first : first + per_epoch] for row in rows]
        if len(set(seen)) != len(seen) or len(seen) != (per_epoch * drawn.size if drawn.drop else drawn.rows):
            return f"epoch {first // per_epoch} does not hold every row once"
        orders.append(seen)
    if drawn.rows > 20 and len(orders) > 1 and orders[0] == orders[1]:
        return "two epochs have one order"
    return ""


def promises(quick: bool, seed: int = 0) -> Iterator[Promise]:
    """Trials drawn by chance; the seed says which."""
    began, draw, why, trials = time.monotonic(), random.Random(seed), [], 30 if quick else 300
    for _ in range(trials):
        size = draw.randrange(1, 30)
        stops = tuple((draw.randrange(LONGEST), draw.random() < 0.5) for _ in range(draw.randrange(5)))
        rows, drop = draw.randrange(size, 120), draw.random() < 0.3
        drawn = Drawn(rows, size, draw.randrange(10**6), draw.choice(list(SCHEMAS)), drop, stops)
        wrong = wrong_with(drawn)
        why += [f"{drawn}: {wrong}"] if wrong else []
    says = "every row once an epoch, the order the same however often it is stopped"
    yield Promise(says, trials, len(why), time.monotonic() - began, tuple(why))
