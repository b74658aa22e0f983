"""What a training step costs beside a bare loop that does the same: finite check, clipping, averaging, schedule."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn import functional as F

from lamina import rng
from lamina.forms import Batch, Vector
from lamina.heads import CategoryHead
from lamina.objectives import Supervised
from lamina.recipe import Budget, Optimizer, Recipe, Train
from lamina.train import Plan, Session, fit

ROWS, INPUTS, WIDTH, CLASSES, BATCH, STEPS, WARM = 4096, 64, 128, 10, 32, 1500, 20


class Net(nn.Module):
    """numbers (B, D) -> Vector, with a head"""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(nn.Linear(INPUTS, WIDTH), nn.ReLU(), nn.Linear(WIDTH, WIDTH), nn.ReLU())
        self.head = CategoryHead(WIDTH, CLASSES)

    def forward(self, inputs: dict[str, torch.Tensor]) -> Vector:
        return Vector(self.body(inputs["x"]))


def batches(x: torch.Tensor, y: torch.Tensor, seed: int) -> Iterator[tuple[torch.Tensor, ...]]:
    """The rows in a keyed order, gathered by batch; what both loops are given."""
    epoch = 0
    while True:
        visits = torch.from_numpy(rng.order(ROWS, seed, epoch))
        for begin in range(0, ROWS, BATCH):
            rows = visits[begin : begin + BATCH]
            yield x[rows], y[rows], rows
        epoch += 1


def bare(x: torch.Tensor, y: torch.Tensor) -> float:
    """Seconds of the bare loop."""
    torch.manual_seed(0)
    net = Net()
    params = list(net.parameters())
    averaged = [p.detach().clone() for p in params]
    groups = [{"params": [p for p in params if p.dim() > 1]}]
    groups += [{"params": [p for p in params if p.dim() < 2], "weight_decay": 0.0}]
    adam = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), fused=True)
    net.train()
    began = time.perf_counter()
    for step, (some, labels, _) in enumerate(batches(x, y, 0)):
        if step == STEPS:
            break
        for group in adam.param_groups:
            group["lr"] = 1e-3 * (1 - step / STEPS)
        logits = net.head.out(net.head.drop(net({"x": some}).x))
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


def ours(x: torch.Tensor, y: torch.Tensor, plan: Plan) -> float:
    """Seconds of `lamina.train.fit` on the same, without the first steps, in which a graph is compiled."""
    torch.manual_seed(0)
    recipe = Recipe(
        budget=Budget(steps=STEPS + WARM),
        optimizer=Optimizer(rate=1e-3, decay=0.01, clip_norm=1.0),
        train=Train(batch=BATCH, average=0.99),
    )
    net, began = Net(), [0.0]

    def stream(start: int) -> Iterator[Batch]:
        assert start == 0
        for step, (some, labels, rows) in enumerate(batches(x, y, 0)):
            if step == WARM:
                began[0] = time.perf_counter()
            yield Batch({"x": some}, {"y": labels}, rows)

    fit(Supervised(net, "y"), stream, recipe, plan, Session(recipe))
    return time.perf_counter() - began[0]


def main(rounds: int = 9) -> None:
    """Interleave all, print medians and the ratios to the bare loop."""
    torch.set_num_threads(1)
    x, y = torch.randn(ROWS, INPUTS), torch.randint(CLASSES, (ROWS,))
    plans = {"lamina.train.fit": Plan(threads=1), "its step compiled": Plan(threads=1, compile="step")}
    times: dict[str, list[float]] = {"bare loop": [], **{name: [] for name in plans}}
    bare(x, y)
    for _ in range(rounds):
        times["bare loop"].append(bare(x, y))
        for name, plan in plans.items():
            times[name].append(ours(x, y, plan))
    for name, seconds in times.items():
        ratio = [b / a for a, b in zip(times["bare loop"], seconds, strict=True)]
        spread = f"{statistics.median(ratio):.3f} of the bare loop ({min(ratio):.3f} to {max(ratio):.3f})"
        print(f"{name:<18} {1e6 * statistics.median(seconds) / STEPS:7.1f} µs a step, {spread}, {rounds} rounds")


if __name__ == "__main__":
    main()
