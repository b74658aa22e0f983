"""A step of the small net by a bare fused loop that does what lamina's does."""

from __future__ import annotations

import statistics

import torch

from bench.peers.gauge import say
from bench.step import CLASSES, INPUTS, ROWS, STEPS, bare


def main() -> None:
    torch.set_num_threads(1)
    x, y = torch.randn(ROWS, INPUTS), torch.randint(CLASSES, (ROWS,))
    bare(x, y)
    say(us=1e6 * statistics.median(bare(x, y) for _ in range(5)) / STEPS)


if __name__ == "__main__":
    main()
