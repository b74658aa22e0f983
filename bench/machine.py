"""The machine a bench runs on: its chip, its measured ceilings, and its energy where that can be read."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch

RAPL = Path("/sys/class/powercap")


def chip() -> str:
    """The processor's name, and whether it multiplies bf16 by itself."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    name = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    flags = next((set(line.split(":", 1)[1].split()) for line in lines if line.startswith("flags")), set())
    wide = [flag for flag in ("amx_bf16", "avx512_bf16", "avx512f", "avx2") if flag in flags]
    return f"{name}{', ' + wide[0] if wide else ''}"


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


def ceilings() -> str:
    """What one core reaches, in words."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    found = product(torch.float32), product(torch.bfloat16), copy()
    torch.set_num_threads(threads)
    return "one core: matrix product {:.0f} GFLOP/s in float32, {:.0f} in bf16; copy {:.1f} GB/s".format(*found)


def joules() -> float | None:
    """What the packages have used so far, in joules, by their own counters; None where they cannot be read."""
    found = 0.0
    try:
        for package in RAPL.glob("intel-rapl:?"):
            found += int((package / "energy_uj").read_text()) / 1e6
    except OSError:
        return None
    return found or None
