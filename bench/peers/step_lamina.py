"""A step of the small net through `lamina.train.fit`."""

from __future__ import annotations

import statistics

import torch

from bench.peers.gauge import say
from bench.step import CLASSES, INPUTS, ROWS, STEPS, ours
from lamina.train import Plan


def main(plan: Plan, plain: bool = False) -> None:
    """Time a plan, after a round that warms up: the median of several, as with the peers."""
    torch.set_num_threads(1)
    x, y = torch.randn(ROWS, INPUTS), torch.randint(CLASSES, (ROWS,))
    ours(x, y, plan, plain=plain)
    say(us=1e6 * statistics.median(ours(x, y, plan, plain=plain) for _ in range(5)) / STEPS)


if __name__ == "__main__":
    main(Plan(threads=1))
