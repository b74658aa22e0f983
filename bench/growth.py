"""What a training step costs, and keeps in memory, as nets, inputs, batches and sources grow: one page with plots.

    taskset -c 1 python -m bench growth

Times are processor time on one thread, each the least of several rounds in which all sizes take turns. Memory is
counted by torch's allocator: the most that a forward and a backward pass hold at once beyond weights, gradients and the
batch. Each size is measured twice, with what blocks make kept and with blocks computed again. Writes docs/growth.md.
"""

from __future__ import annotations

import json
import math
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # torch's profiler announces itself otherwise

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import torch
from torch import nn
from torch.profiler import ProfilerActivity, profile

import lamina
from bench.growth_page import Curve, Point, fitted, write
from lamina import models
from lamina.forms import Batch, Form, Tokens
from lamina.heads import NumberHead
from lamina.objectives import Supervised
from lamina.recipe import Optimizer, Recipe, Train
from lamina.rng import Rng
from lamina.teller import Quiet, Tell
from lamina.train import Mover, Plan
from lamina.train.loop import play

ROUNDS, SECONDS = 3, 0.2  # rounds, and of each for a net
FEATURES = 16


@dataclass(frozen=True)
class Small:
    """A page with settings, the shape of a row it takes, and the rows of a batch."""

    page: str
    settings: Mapping[str, Any]
    shape: tuple[int, ...]
    rows: int


class Plain(nn.Module):
    """A page with a number for each row as its answer."""

    def __init__(self, small: Small):
        super().__init__()
        self.body = models.build(small.page, small.settings, small.shape)
        self.head, self.tokens = NumberHead(self.body.width), len(small.shape) == 2

    def forward(self, inputs: dict[str, torch.Tensor]) -> Form:
        form: Form = self.body(Tokens(inputs["x"]) if self.tokens else inputs["x"])
        return form


class Step:
    """A training step of a net on one batch, in the way of a plan."""

    def __init__(self, small: Small, plan: Plan):
        torch.manual_seed(0)
        self.game, self.plan = Supervised(Plain(small), "y"), plan
        recipe = Recipe(optimizer=Optimizer(rate=1e-4), train=Train(batch=small.rows))
        self.movers = {"model": Mover(plan.prepare(self.game.net), recipe)}
        rows = torch.arange(small.rows)
        self.batch = Batch({"x": torch.randn(small.rows, *small.shape)}, {"y": torch.randn(small.rows)}, rows)
        self.played = 0

    def ms(self) -> float:
        """Processor milliseconds of a step: the least of those that fit into a while, of three at least."""
        least, until = math.inf, time.process_time() + SECONDS
        for count in range(1000):
            began = time.process_time()
            play(self.game, self.plan, self.movers, self.batch, (0, self.played), 1.0)
            least, self.played = min(least, time.process_time() - began), self.played + 1
            if count > 1 and time.process_time() > until:
                break
        return 1000 * least

    def mib(self) -> float:
        """The most that a forward and a backward pass hold at once, beyond weights, their gradients and the batch."""
        for param in self.game.net.parameters():
            param.grad = torch.zeros_like(param)
        with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
            for turn in self.game.turns(self.batch, Rng(0)):
                turn.loss.backward()  # type: ignore[no-untyped-call]
        with tempfile.TemporaryDirectory() as folder:
            trace = Path(folder) / "trace.json"
            seen.export_chrome_trace(str(trace))
            events = json.loads(trace.read_text())["traceEvents"]
        return float(max(e["args"]["Total Allocated"] for e in events if e["name"] == "[memory]")) / 2**20


def transformer(depth: int = 2, width: int = 64, length: int = 32, rows: int = 16) -> Small:
    """A small transformer. Without dropout attention keeps no table of scores."""
    settings = {"width": width, "depth": depth, "heads": 4, "hidden": 4 * width, "drop": 0.0}
    return Small("transformer", settings, (length, FEATURES), rows)


GROWING: dict[str, tuple[Callable[[int], Small], tuple[int, ...]]] = {
    "depth": (lambda n: transformer(depth=n, length=64), (1, 2, 4, 8, 12, 16)),
    "length": (lambda n: transformer(length=n, rows=4), (16, 64, 128, 256, 512, 1024)),
    "width": (lambda n: transformer(width=n, rows=8), (32, 64, 128, 256, 384, 512)),
    "batch": (lambda n: transformer(rows=n), (1, 8, 16, 32, 64, 128)),
}
ROWS = (2000, 8000, 16_000, 32_000, 64_000, 128_000)
NETS = {
    "transformer, 8 blocks": transformer(depth=8, length=64),
    "gpt, 8 blocks": Small("gpt", {"width": 64, "depth": 8}, (64, FEATURES), 16),
    "lstm, 4 layers": Small("lstm", {"width": 64, "depth": 4}, (64, FEATURES), 16),
    "mlp, 8 layers": Small("mlp", {"width": 256, "depth": 8}, (64,), 512),
    "cnn, 3 stages": Small("cnn", {"width": 16}, (1, 28, 28), 32),
    "resnet18, narrow": Small("resnet18", {"width": 8}, (3, 32, 32), 16),
    "unet": Small("unet", {"width": 8}, (1, 64, 64), 8),
}


def measured(nets: Mapping[Any, Small]) -> dict[Any, Point]:
    """Every net in both ways: memory once, then time in rounds in which all take their turn."""
    plans = Plan(threads=1), Plan(threads=1, recompute=True)
    steps = {name: [Step(small, plan) for plan in plans] for name, small in nets.items()}
    points = {name: Point(mib=kept.mib(), mib_again=again.mib()) for name, (kept, again) in steps.items()}
    for _ in range(ROUNDS):
        for name, (kept, again) in steps.items():
            point = points[name]
            point.ms, point.ms_again = min(point.ms, kept.ms()), min(point.ms_again, again.ms())
    return points


class Enough(Exception):
    """The first step is done: what comes after it is not measured."""


class Watch(Quiet):
    """Ends a run as soon as its first step is taken."""

    @contextmanager
    def bar(self, what: str, total: float) -> Iterator[Tell]:
        """As that of any run, until training tells of its first step."""

        def tell(done: float, words: str) -> None:
            if what == "train":
                raise Enough(f"{words} at {done:g} of {total:g}")

        yield tell


def write_rows(folder: Path, rows: int) -> list[Path]:
    """A table of four numbers, a name and a class, as CSV and as Parquet."""
    draw = np.random.default_rng(0)
    columns: dict[str, Any] = {name: draw.normal(size=rows).round(4) for name in "abcd"}
    columns["side"] = draw.choice(["north", "south", "east"], rows)
    columns["grade"] = np.where(columns["a"] * columns["b"] > 0, "high", "low")
    table, paths = pa.table(columns), [folder / f"{rows}.csv", folder / f"{rows}.parquet"]
    pyarrow.csv.write_csv(table, paths[0])
    pyarrow.parquet.write_table(table, paths[1])
    return paths


def read_seconds(path: Path, out: Path) -> float:
    """Processor seconds from a table to the end of the first step."""
    asked = {"model": "mlp", "steps": 1, "plan": "default", "settings": ("train.batch=64",)}
    began = time.process_time()
    with suppress(Enough):
        lamina.fit(path, target="grade", out=out, teller=Watch(), **asked)  # type: ignore[arg-type]
    return time.process_time() - began


def reading(sizes: Sequence[int]) -> dict[str, list[tuple[float, float]]]:
    """(rows, seconds) of the way from a table to the end of the first step, by the sort of file."""
    least: dict[tuple[str, int], float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = {rows: write_rows(folder, rows) for rows in sizes}
        read_seconds(files[sizes[0]][0], folder / "first")  # loads libraries
        for count in range(ROUNDS):
            for rows, paths in files.items():
                for path in paths:
                    took = read_seconds(path, folder / f"{count}-{path.name}")
                    key = path.suffix[1:], rows
                    least[key] = min(least.get(key, math.inf), took)
    return {way: [(float(rows), least[way, rows]) for rows in sizes] for way in ("csv", "parquet")}


def main() -> None:
    """Measure all, print the fits, write the page."""
    torch.set_num_threads(1)
    curves = []
    for name, (make, sizes) in GROWING.items():
        curves.append(Curve(name, measured({n: make(n) for n in sizes})))
        for what in ("ms", "ms_again", "mib", "mib_again"):
            print(f"{name:<7} {what:<9} {fitted(curves[-1].of(what))}", flush=True)
    sources = reading(ROWS)
    for way, points in sources.items():
        print(f"rows    {way:<9} {fitted(points)}", flush=True)
    nets = measured(NETS)
    for name, point in nets.items():
        print(f"{name:<22} {point.ms:.2f} and {point.ms_again:.2f} ms, {point.mib:.2f} and {point.mib_again:.2f} MiB")
    write(curves, sources, nets)


if __name__ == "__main__":
    main()
