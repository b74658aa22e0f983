"""`python -m bench.machine`: what one core reaches, a matrix product in float32 and bf16 and a copy in memory."""

from __future__ import annotations

import time
from collections.abc import Callable

import torch


def best(work: Callable[[], object], rounds: int = 8) -> float:
    """Seconds of the fastest of several rounds."""
    least = float("inf")
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - began)
    return least


def product(dtype: torch.dtype, side: int = 2048) -> float:
    """GFLOP/s of a square matrix product on as many threads as torch has now."""
    a = torch.randn(side, side).to(dtype)
    return 2 * side**3 / best(lambda: a @ a) / 1e9


def copy(megabytes: int = 256) -> float:
    """GB/s of a copy in memory, bytes read and bytes written counted."""
    a = torch.zeros(megabytes << 18)
    b = torch.empty_like(a)
    return 2 * a.nbytes / best(lambda: b.copy_(a)) / 1e9


def main() -> None:
    """Print what one core reaches, in words."""
    torch.set_num_threads(1)
    found = product(torch.float32), product(torch.bfloat16), copy()
    print("one core: matrix product {:.0f} GFLOP/s in float32, {:.0f} in bf16; copy {:.1f} GB/s".format(*found))


if __name__ == "__main__":
    main()
