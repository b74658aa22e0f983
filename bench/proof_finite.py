"""Proof by spoiling: a number that is not finite, wherever it comes up, moves nothing and is named.

    python -m bench.proof finite

Small games are trained; at a step drawn by chance NaN or infinity is put into an input, a label, the loss of a turn,
what a layer makes or the gradient that it sends back. The run must end with an error that names the rows and the layer,
and leave weights, optimisers, averages and the checkpoint as they were before that step, bit for bit; or, where the
number has gone again before it came to the loss (an infinity under a tanh), it must stay finite. Where the number comes
up once only, the run must end in the bits of one in which it never did.
"""

from __future__ import annotations

import dataclasses
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn

from bench.proof import Promise
from lamina.errors import Stopped, TrainingError
from lamina.forms import Batch
from lamina.kinds import Category, Field, Image, Link, Number, Schema, Text
from lamina.kinds.text import MARKS
from lamina.objectives import Asked, Objective, Turn, play_for
from lamina.recipe import Budget, HeadSettings, Optimizer, Recipe, Train, build_net
from lamina.rng import Rng, generator
from lamina.train import Plan, Session, fit

ROWS, STEPS = 6, 4
RECIPE = Recipe(
    budget=Budget(steps=STEPS), optimizer=Optimizer(name="adamw", rate=0.01), train=Train(batch=ROWS, average=0.5)
)
PICTURE = Image(height=8, width=8, channels=1, mean=(0.5,), std=(0.3,))
SHADES = Category(labels=("dark", "light"), counts=(3, 3))
WORDS = Text(vocab=(*MARKS, "a", "b", "c"), length=9)
NUMBERS = tuple(Field(name, Number(mean=0.0, std=1.0), "input") for name in "abc")


@dataclass
class Spoil:
    """What is spoiled: `what` of "input", "label", "loss", "output" or "gradient", in which layer (or whose turn), at
    which step and row, with which value, and whether only once."""

    what: str
    where: str
    step: int
    value: float
    row: int
    once: bool
    done: int = 0

    def due(self, step: int) -> bool:
        """Whether to spoil now; counted."""
        if step < self.step or (self.once and self.done):
            return False
        self.done += 1
        return True


@dataclass
class Seen:
    """What came of a run: its game, its error, and the newest checkpoint."""

    game: Objective
    error: str = ""
    tensors: dict[str, Tensor] = field(default_factory=dict)
    state: str = ""
    games: int = 0  # begun: one a slice, and twice as many in a step that is taken again

    def append(self, line: dict[str, Any]) -> None:
        """No log is kept."""

    def log_length(self) -> int:
        """No log is kept."""
        return 0

    def truncate(self, length: int) -> None:
        """No log is kept."""

    def save(self, tensors: dict[str, Tensor], state: dict[str, Any]) -> None:
        """Keep copies."""
        self.tensors, self.state = {name: x.detach().clone() for name, x in tensors.items()}, json.dumps(state)

    def load(self) -> None:
        """Every run begins anew."""

    def replan(self, plan: dict[str, Any], why: str) -> None:
        """Memory does not run out here."""


class Broken(torch.autograd.Function):
    """The same number on the way forward; on the way back one that is not finite."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, value: float) -> Tensor:  # type: ignore[override]
        """(…) -> (…)"""
        ctx.value = value
        return x.clone()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        """(…) -> (…)"""
        return _with(grad, ctx.value), None


def _with(x: Tensor, value: float) -> Tensor:
    """A copy with one number replaced, in the middle."""
    made = x.clone(memory_format=torch.contiguous_format)
    made.view(-1)[x.numel() // 2] = value
    return made


def _table() -> Objective:
    schema = Schema((*NUMBERS, Field("y", Number(mean=0.0, std=1.0), "target")))
    model: dict[str, Any] = {"name": "mlp", "width": 8, "depth": 2, "drop": 0.2}
    return play_for("supervised", Asked(build_net(Recipe(model=model), schema), schema))


def _pictures(name: str, link: Link | None, model: dict[str, Any]) -> Callable[[], Objective]:
    given = Field("c", SHADES, "input") if link == "made" else Field("p", PICTURE, "input")
    target = Field("y", SHADES, "target") if link is None else Field("p", PICTURE, "target", link=link)
    schema = Schema((given, target))
    return lambda: play_for(name, Asked(build_net(Recipe(model=model), schema), schema))


def _texts() -> Objective:
    schema = Schema((Field("t", WORDS, "input"), Field("t", WORDS, "target", link="spans")))
    model: dict[str, Any] = {"name": "t5", "width": 8, "depth": 1, "heads": 2, "hidden": 8, "drop": 0.1}
    return play_for("span", Asked(build_net(Recipe(model=model, head=HeadSettings(drop=0.0)), schema), schema))


def batch_of(step: int) -> Batch:
    """Rows for all games; those of a step are a function of the step."""
    draw = generator(0, "batch", step)
    x = torch.from_numpy(draw.standard_normal((ROWS, 3), dtype="float32"))
    p = torch.from_numpy(draw.integers(0, 256, (ROWS, 1, 8, 8), dtype="uint8"))
    t, c = torch.from_numpy(draw.integers(5, 8, (ROWS, 9))), torch.from_numpy(draw.integers(0, 2, ROWS))
    inputs, targets = {":numbers": x, "p": p, "t": t, ":codes": c[:, None]}, {"p": p, "t": t}
    return Batch(inputs, targets, torch.arange(100, 100 + ROWS))


GAMES: dict[str, tuple[Callable[[], Objective], int]] = {  # how each is made, and into how many slices a batch is cut
    "a table": (_table, 1),
    "a table in slices": (_table, 3),
    "pictures, batch norm": (_pictures("supervised", None, {"name": "cnn", "width": 4}), 1),
    "texts in slices": (_texts, 2),
    "a cloud of codes": (_pictures("vae", "bound", {"name": "vae", "width": 8, "code": 3}), 1),
    "noise taken away": (_pictures("ddpm", "made", {"name": "ddpm_unet", "width": 8, "depth": 1}), 1),
    "two players": (_pictures("gan", "made", {"name": "dcgan", "width": 4, "noise": 5, "stages": 1}), 1),
}


def train(name: str, spoil: Spoil | None = None, stop: int | None = None) -> Seen:
    """Train a game, spoiled or stopped before a step, and see what comes of it."""
    make, slices = GAMES[name]
    torch.manual_seed(0)
    seen = Seen(make())
    session, now, plain = Session(RECIPE, keeper=seen), [0], seen.game.turns

    def turns(batch: Batch, rng: Rng) -> Iterator[Turn]:
        seen.games += 1
        return plain(batch, rng)

    seen.game.turns = turns  # type: ignore[method-assign]
    hooks = [] if spoil is None else _hooks(seen.game, spoil, now)

    def batches(start: int) -> Iterator[Batch]:
        for step in range(start, STEPS + 1):
            now[0], session.asked_to_stop = step, stop is not None and step == stop - 1
            batch = batch_of(step)
            label = batch.inputs[":numbers"].sum(1) if "table" in name else batch.inputs[":codes"][:, 0]
            batch = dataclasses.replace(batch, targets={**batch.targets, "y": label})
            yield _spoiled(batch, spoil) if spoil is not None and step >= spoil.step else batch

    try:
        fit(seen.game, batches, RECIPE, Plan(slices=slices), session)
    except (TrainingError, Stopped) as error:
        seen.error = str(error)
    for hook in hooks:
        hook.remove()
    return seen


def _spoiled(batch: Batch, spoil: Spoil) -> Batch:
    part = {"input": "inputs", "label": "targets"}.get(spoil.what)
    if part is None:
        return batch
    slots = {key: x.clone() for key, x in getattr(batch, part).items()}
    slots[":numbers" if spoil.what == "input" else "y"][spoil.row] = spoil.value
    return dataclasses.replace(batch, **{part: slots})


def _hooks(game: Objective, spoil: Spoil, now: list[int]) -> list[Any]:
    if spoil.what == "loss":
        plain = game.turns

        def turns(batch: Batch, rng: Rng) -> Iterator[Turn]:
            for turn in plain(batch, rng):
                bad = turn.player == spoil.where and spoil.due(now[0])
                yield dataclasses.replace(turn, loss=turn.loss * spoil.value) if bad else turn

        game.turns = turns  # type: ignore[method-assign]
    if spoil.what not in ("output", "gradient"):
        return []

    def hook(_module: nn.Module, _given: object, out: Any) -> Any:
        if not isinstance(out, Tensor) or not out.is_floating_point() or not out.numel() or not spoil.due(now[0]):
            return None
        return _with(out, spoil.value) if spoil.what == "output" else Broken.apply(out, spoil.value)  # type: ignore[no-untyped-call]

    return [layers(game)[spoil.where].register_forward_hook(hook)]


def layers(game: Objective) -> dict[str, nn.Module]:
    """All layers of all players by name."""
    return {
        f"{player}.{path}".rstrip("."): module
        for player, whole in game.players().items()
        for path, module in whole.named_modules()
        if "parametrizations" not in path
    }


def tied(game: Objective, name: str) -> set[str]:
    """A layer, and those that share a weight with it: a gradient of that weight is of them all."""
    named = layers(game)
    own = {id(p) for p in named[name].parameters(recurse=False)}
    return {name} | {n for n, m in named.items() if own & {id(p) for p in m.parameters(recurse=False)}}


@cache
def at_work(name: str) -> tuple[str, ...]:
    """The layers of a game that make a tensor in a step."""
    game, found = GAMES[name][0](), []
    for path, module in layers(game).items():
        module.register_forward_hook(
            lambda _m, _g, out, path=path: found.append(path) if isinstance(out, Tensor) and out.numel() else None  # type: ignore[misc]
        )
    batch = batch_of(0)
    label = batch.inputs[":numbers"].sum(1) if "table" in name else batch.inputs[":codes"][:, 0]
    list(game.turns(dataclasses.replace(batch, targets={**batch.targets, "y": label}), Rng(0)))
    return tuple(dict.fromkeys(found))


@cache
def peaceful(name: str, stop: int | None) -> Seen:
    """A game trained without disturbance, to its end or to a step; at step 0 as it was made."""
    if stop == 0:
        torch.manual_seed(0)
        return Seen(GAMES[name][0]())
    return train(name, stop=stop)


def drawn(draw: random.Random) -> tuple[str, Spoil]:
    """A game and what to spoil in it."""
    name = draw.choice(list(GAMES))
    what = draw.choice(["loss", "output", "output", "gradient", "gradient", *["input", "label"] * ("table" in name)])
    players = list(GAMES[name][0]().players())
    where = draw.choice(players if what == "loss" else at_work(name)) if what in ("loss", "output", "gradient") else ""
    value = draw.choice([float("nan"), float("inf"), float("-inf")])
    return name, Spoil(what, where, draw.randrange(STEPS), value, draw.randrange(ROWS), draw.random() < 0.25)


def wrong_with(name: str, spoil: Spoil) -> str:
    """What was not as promised when a game was spoiled; nothing where all was."""
    seen = train(name, spoil)
    live = {f"{p}.{k}": x for p, m in seen.game.players().items() for k, x in m.state_dict().items()}
    if not all(bool(x.isfinite().all()) for x in (*live.values(), *seen.tensors.values())):
        return "a weight or a number in the checkpoint is not finite"
    if not seen.error:
        clamped = spoil.what == "input"  # by a table's way in, to which NaN is a value that is missing
        squashed = clamped or (spoil.what in ("output", "gradient") and seen.games == STEPS * GAMES[name][1])
        return (
            "" if squashed or _same(seen, peaceful(name, None)) else "the run differs from one that was never spoiled"
        )
    if spoil.once and spoil.what not in ("input", "label"):
        return f"a number that came up once ended the run: {seen.error}"
    ended = json.loads(seen.state)["step"] if spoil.what in ("output", "gradient") else spoil.step
    bent = ended > spoil.step and spoil.what == "output"  # a bend made a number of it, another than in peace
    before = peaceful(name, ended)  # a bend that is flat lets no slope through, as in peace
    kept = {f"{p}.{k}": x for p, m in before.game.players().items() for k, x in m.state_dict().items()}
    if ended == 0 and any(not torch.equal(live[key], kept[key]) for key in kept):
        return "a step was taken"
    if ended and not (
        bent or (_same(seen, before) and all(torch.equal(live[k], seen.tensors[f"module.{k}"]) for k in live))
    ):
        return "a step was taken"
    rows = f"rows {100 + spoil.row};" if spoil.what in ("input", "label") else ""
    found = re.search(r'first in .*?"([^"]*)"', seen.error)
    right = spoil.what not in ("output", "gradient") or (found is not None and found[1] in tied(seen.game, spoil.where))
    if rows not in seen.error or not right:
        return f"named is {seen.error.splitlines()[0]}"
    if spoil.what in ("loss", "label") and "first in the loss" not in seen.error:
        return f"named is {seen.error.splitlines()[0]}"
    return ""


def _same(one: Seen, other: Seen) -> bool:
    """Equal checkpoints, to the bit, the clock apart."""
    states = [{**json.loads(seen.state), "elapsed": 0} for seen in (one, other)]
    same = one.tensors.keys() == other.tensors.keys()
    return same and states[0] == states[1] and all(torch.equal(x, other.tensors[k]) for k, x in one.tensors.items())


def promises(quick: bool, seed: int = 0) -> Iterator[Promise]:
    """Trials drawn by chance, over all games; the seed says which."""
    began, draw, why, trials = time.monotonic(), random.Random(seed), [], 40 if quick else 300
    for _ in range(trials):
        name, spoil = drawn(draw)
        wrong = wrong_with(name, spoil)
        why += [f"{name}, {spoil}: {wrong}"] if wrong else []
    says = "a number that is not finite moves nothing; rows and layer are named"
    yield Promise(says, trials, len(why), time.monotonic() - began, tuple(why))
