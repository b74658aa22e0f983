"""A step of the small net through `lamina.train.fit`."""

from __future__ import annotations

import torch

from bench.peers.gauge import say
from bench.step import CLASSES, INPUTS, ROWS, STEPS, ours
from lamina.train import Plan


def main(plan: Plan) -> None:
    """Time a plan, after a round that warms up."""
    torch.set_num_threads(1)
    x, y = torch.randn(ROWS, INPUTS), torch.randint(CLASSES, (ROWS,))
    ours(x, y, plan)
    say(us=1e6 * ours(x, y, plan) / STEPS)


if __name__ == "__main__":
    main(Plan(threads=1))
