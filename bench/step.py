"""What a training step costs beside a bare loop that does the same: finite check, clipping, averaging, schedule.

Of a small net, in whose step the loop itself is a large part, and of a large one, `resnet50`.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lamina import rng
from lamina.forms import Batch, Form, Vector, pooled
from lamina.heads import CategoryHead
from lamina.models.resnet import RESNET50, ResNet
from lamina.objectives import Supervised
from lamina.recipe import Budget, Optimizer, Recipe, Train
from lamina.train import Plan, Session, fit

ROWS, INPUTS, WIDTH, CLASSES, BATCH, STEPS = 4096, 64, 128, 10, 32, 1500


class Net(nn.Module):
    """numbers (B, D) -> Vector, with a head"""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(INPUTS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())
        self.head = CategoryHead(WIDTH, CLASSES)

    def forward(self, inputs: dict[str, Tensor]) -> Form:
        return Vector(self.body(inputs["x"]))


class Photos(nn.Module):
    """pixels (B, 3, 64, 64) -> Map, by the `resnet50` page, with a head"""

    def __init__(self) -> None:
        super().__init__()
        self.body = ResNet(RESNET50, 3, 64, 64)
        self.head = CategoryHead(self.body.width, CLASSES)

    def forward(self, inputs: dict[str, Tensor]) -> Form:
        form: Form = self.body(inputs["x"])
        return form


@dataclass(frozen=True)
class Case:
    """A net with made rows, and how many steps are timed after how many that are not."""

    net: Callable[[], nn.Module]
    shape: tuple[int, ...]
    rows: int
    steps: int
    warm: int

    def data(self) -> tuple[Tensor, Tensor]:
        """Rows and labels."""
        return torch.randn(self.rows, *self.shape), torch.randint(CLASSES, (self.rows,))


SMALL = Case(Net, (INPUTS,), ROWS, STEPS, 20)
LARGE = Case(Photos, (3, 64, 64), 256, 6, 2)


def batches(x: Tensor, y: Tensor, seed: int) -> Iterator[tuple[Tensor, ...]]:
    """The rows in a keyed order, gathered by batch; what both loops are given."""
    epoch = 0
    while True:
        visits = torch.from_numpy(rng.order(len(x), seed, epoch))
        for begin in range(0, len(x), BATCH):
            rows = visits[begin : begin + BATCH]
            yield x.index_select(0, rows), y.index_select(0, rows), rows
        epoch += 1


def bare(x: Tensor, y: Tensor, case: Case = SMALL) -> float:
    """Seconds of the bare loop, without the first steps."""
    torch.manual_seed(0)
    net = case.net()
    params = list(net.parameters())
    averaged = [p.detach().clone() for p in params]
    groups = [{"params": [p for p in params if p.dim() > 1]}]
    groups += [{"params": [p for p in params if p.dim() < 2], "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)
    net.train()
    began = 0.0
    for step, (some, labels, _) in enumerate(batches(x, y, 0)):
        if step == case.warm:
            began = time.perf_counter()
        if step == case.warm + case.steps:
            break
        for group in adam.param_groups:
            group["lr"] = 1e-3 * (1 - step / (case.warm + case.steps))
        logits = net.head.out(net.head.drop(pooled(net({"x": some}))))  # type: ignore[operator, union-attr]
        loss = F.cross_entropy(logits, labels)
        adam.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.get_total_norm([p.grad for p in params if p.grad is not None])
        if math.isfinite(norm.item()) and math.isfinite(loss.item()):
            torch.nn.utils.clip_grads_with_norm_(params, 1.0, norm)
            adam.step()
            with torch.no_grad():
                torch._foreach_lerp_(averaged, params, 0.01)
    return time.perf_counter() - began


def ours(x: Tensor, y: Tensor, plan: Plan, case: Case = SMALL, plain: bool = False) -> float:
    """Seconds of `lamina.train.fit` on the same, without the first steps, in which a graph is compiled. `plain`: Adam
    alone, without decay, clipping and averages."""
    torch.manual_seed(0)
    recipe = Recipe(
        budget=Budget(steps=case.steps + case.warm),
        optimizer=Optimizer(rate=1e-3, decay=0.0 if plain else 0.01, clip_norm=0.0 if plain else 1.0),
        train=Train(batch=BATCH, average=0.0 if plain else 0.99),
    )
    net, began = case.net(), [0.0]

    def stream(start: int) -> Iterator[Batch]:
        assert start == 0
        for step, (some, labels, rows) in enumerate(batches(x, y, 0)):
            if step == case.warm:
                began[0] = time.perf_counter()
            yield Batch({"x": some}, {"y": labels}, rows)

    fit(Supervised(net, "y"), stream, recipe, plan, Session(recipe))  # type: ignore[arg-type]
    return time.perf_counter() - began[0]


def main(rounds: int = 9) -> None:
    """Interleave all, print medians and the ratios to the bare loop."""
    torch.set_num_threads(1)
    plain = Plan(threads=1)
    compare(
        "a small MLP, batch 32",
        SMALL,
        {"lamina.train.fit": plain, "its step compiled": Plan(threads=1, compile="step")},
        rounds,
    )
    compare("resnet50, 32 pictures of 64 × 64", LARGE, {"lamina.train.fit": plain}, max(1, rounds // 2 + 1))


def compare(what: str, case: Case, plans: dict[str, Plan], rounds: int) -> None:
    """A case: the bare loop and each plan in turn."""
    x, y = case.data()
    times: dict[str, list[float]] = {"bare loop": [], **{name: [] for name in plans}}
    bare(x, y, case)
    for _ in range(rounds):
        times["bare loop"].append(bare(x, y, case))
        for name, plan in plans.items():
            times[name].append(ours(x, y, plan, case))
    print(what)
    for name, seconds in times.items():
        ratio = [b / a for a, b in zip(times["bare loop"], seconds, strict=True)]
        spread = f"{statistics.median(ratio):.3f} of the bare loop ({min(ratio):.3f} to {max(ratio):.3f})"
        print(f"{name:<18} {1e6 * statistics.median(seconds) / case.steps:9.1f} µs a step, {spread}, {rounds} rounds")


if __name__ == "__main__":
    main()
