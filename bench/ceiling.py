"""How near a step of a large net comes to what the machine's own matrix product reaches."""

from __future__ import annotations

import dataclasses

import torch
from torch import Tensor, nn

from bench.machine import copy, product
from lamina.forms import Batch, Form, Vector
from lamina.heads import CategoryHead
from lamina.models.cnn import Cnn, CnnPlan
from lamina.objectives import Supervised
from lamina.recipe import Budget, Optimizer, Recipe, Train
from lamina.train import Plan, cores, time_plan, work_of

SIDE, ROWS, CLASSES = 2048, 1024, 10
DTYPES = {"float32": torch.float32, "bf16": torch.bfloat16}


class Large(nn.Module):
    """numbers (B, 2048) -> Vector (B, 2048), through four layers as wide"""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(*(layer for _ in range(4) for layer in (nn.Linear(SIDE, SIDE), nn.ReLU())))
        self.head = CategoryHead(SIDE, CLASSES)

    def forward(self, inputs: dict[str, Tensor]) -> Form:
        return Vector(self.body(inputs["x"]))


class Pictures(nn.Module):
    """pixels (B, 1, 28, 28) -> Map, by the `cnn` page as it is for pictures of this size"""

    def __init__(self) -> None:
        super().__init__()
        self.body = Cnn(CnnPlan(), 1, 28, 28)
        self.head = CategoryHead(self.body.width, CLASSES)

    def forward(self, inputs: dict[str, Tensor]) -> Form:
        form: Form = self.body(inputs["x"])
        return form


NETS: dict[str, tuple[type[nn.Module], tuple[int, ...], float]] = {  # the net, a batch, the share that is wanted
    "4 layers of 2,048, batch 1,024": (Large, (ROWS, SIDE), 0.70),
    "cnn page, 28 × 28, batch 256": (Pictures, (256, 1, 28, 28), 0.50),
}


def main() -> None:
    """Print the ceilings, and each net's step as a share of them."""
    threads = cores()
    torch.set_num_threads(threads)
    print(f"{threads} threads; memory copy {copy():.1f} GB/s")
    recipe = Recipe(budget=Budget(steps=100), optimizer=Optimizer(name="adamw"), train=Train(batch=ROWS))
    for what, (net, shape, wanted) in NETS.items():
        torch.manual_seed(0)
        game = Supervised(net(), "y")
        y = torch.randint(CLASSES, shape[:1])
        batch = Batch({"x": torch.randn(shape)}, {"y": y}, torch.arange(len(y)))
        work = work_of(game, batch)
        base = Plan(threads=threads, layout="channels_last" if len(shape) == 4 else "contiguous")
        for precision, dtype in DTYPES.items():
            plan = dataclasses.replace(base, precision=precision)  # type: ignore[arg-type]
            before = product(dtype, SIDE)
            ms, _, _ = time_plan(recipe, game, batch, plan, 10.0)
            speed = max(before, product(dtype, SIDE))  # of a machine that others use, before the step and after
            reached = work / ms / 1e6
            share = f"{reached / speed:.2f} of {speed:,.0f} ({wanted:.2f} wanted)"
            print(f"{what:<32} {precision:<8} {ms:8.1f} ms a step, {reached:6.0f} GFLOP/s, {share}", flush=True)


if __name__ == "__main__":
    main()
