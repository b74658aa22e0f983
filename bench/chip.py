"""The machine a bench runs on: its chip, and its energy where that can be read; without torch."""

from __future__ import annotations

import platform
from pathlib import Path

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


def joules() -> float | None:
    """What the packages have used so far, in joules, by their own counters; None where they cannot be read."""
    found = 0.0
    try:
        for package in RAPL.glob("intel-rapl:?"):
            found += int((package / "energy_uj").read_text()) / 1e6
    except OSError:
        return None
    return found or None
