"""What each process holds where weights are cut: an MLP with averages, trained by AdamW.

    MALLOC_MMAP_THRESHOLD_=65536 python -m bench.shards [WIDTH]

Prints megabytes of weights, averages and optimiser state by process, and by how much its resident memory grew at most.
Processes are forked here and speak over gloo. Without the variable, glibc keeps much of what torch has freed.
"""

from __future__ import annotations

import os
import resource
import sys

import torch
import torch._dynamo  # loaded by optimisers' first step, once for all forks
import torch.distributed as dist
import torch.distributed.fsdp  # and these by what cuts a module
import torch.distributed.tensor
from torch import Tensor, nn

from lamina.forms import Batch, Vector
from lamina.heads import NumberHead
from lamina.objectives import Supervised
from lamina.ranks import ALONE, Ranks, joined
from lamina.recipe import Budget, Optimizer, Recipe, Train
from lamina.train import Mover, Plan, Session, fit

HERE, MEGA, ROWS, DEPTH = "127.0.0.1", 1e6, 32, 8


class Wide(nn.Module):
    """Layers of one width, in a list."""

    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(*[nn.Linear(width, width) for _ in range(DEPTH)])
        self.head = NumberHead(width)

    def forward(self, inputs: dict[str, Tensor]) -> Vector:
        return Vector(self.layers(inputs["x"]))


def held(mover: Mover) -> float:
    """Megabytes of weights, averages and optimiser state."""
    states = [x for p in mover.params for x in mover.state_of[p][p].values() if isinstance(x, Tensor)]
    return sum(x.nbytes for x in (*mover.params, *mover.averaged, *states)) / MEGA


def trained(ranks: Ranks, width: int, sharded: bool) -> str:
    """Four steps; what was held at the last, in words."""
    seen: list[float] = []
    settle = Mover.settle

    def watched(mover: Mover, finite: Tensor | bool) -> None:
        settle(mover, finite)
        seen.append(held(mover))

    Mover.settle = watched  # type: ignore[method-assign]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    batch = Batch({"x": torch.randn(ROWS, width)}, {"y": torch.randn(ROWS)}, torch.arange(ROWS))
    recipe = Recipe(budget=Budget(steps=4), optimizer=Optimizer(name="adamw"), train=Train(average=0.99))
    session = Session(recipe, ranks=ranks)
    fit(Supervised(Wide(width), "y"), lambda _: iter([batch] * 5), recipe, Plan(sharded=sharded), session)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / MEGA
    return f"{ranks.world:>9} {ranks.rank:>7} {'cut' if sharded else 'whole':>6} {seen[-1]:>8.1f} {grown:>8.1f}"


def main(words: list[str]) -> int:
    """One process, then two and three, each with whole weights and with shards."""
    width = int(words[0]) if words else 1024
    torch.set_num_threads(1)
    print(f"{'processes':>9} {'process':>7} {'held':>6} {'MB':>8} {'peak MB':>8}", flush=True)
    for world, sharded in ((1, False), (2, False), (2, True), (3, True)):
        store = dist.TCPStore(HERE, 0, world, True, wait_for_workers=False)
        pids = [os.fork() or _carry_out(rank, world, store.port, width, sharded) for rank in range(world)]
        for pid in pids:
            os.waitpid(pid, 0)
    return 0


def _carry_out(rank: int, world: int, port: int, width: int, sharded: bool) -> int:
    """The work of one process, which ends with it."""
    if world == 1:
        print(trained(ALONE, width, sharded), flush=True)
        os._exit(0)
    with joined(rank, world, dist.TCPStore(HERE, port, world, False)) as ranks:
        print(trained(ranks, width, sharded), flush=True)
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
