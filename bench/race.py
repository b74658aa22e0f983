"""Fashion-MNIST to 0.913 on its test part: an ordinary loop, a hand-tuned script, `lamina fit`.

Each has one core of its own; two run at the same time, so that both meet the same machine. Time is a whole process's:
imports, reading, training, and for lamina the baselines, scores and report as well.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.net import DATA

TARGET = 0.913
# The smallest budget, of those tried, whose final score reached the target.
BUDGETS = {"loop": ("--epochs", "7"), "script": ("--epochs", "2"), "lamina": ("--steps", "370")}


def command(system: str, seed: int, folder: Path) -> list[str]:
    """The command of a system."""
    if system == "lamina":
        fit = [sys.executable, "-m", "lamina", "fit", str(DATA), *BUDGETS[system], "--json"]
        return [*fit, "--seed", str(seed), "--out", str(folder / f"lamina-{seed}")]
    module = {"loop": "bench.eager", "script": "bench.tuned"}[system]
    return [sys.executable, "-m", module, *BUDGETS[system], "--seed", str(seed)]


def pair(first: str, second: str, seed: int, folder: Path) -> dict[str, tuple[float, float]]:
    """Two systems at the same time, each on its own core: seconds and test accuracy of each."""
    cores = sorted(os.sched_getaffinity(0))[:2]
    running = {}
    for system, core in zip((first, second), cores if seed % 2 else cores[::-1], strict=True):
        words = ["taskset", "-c", str(core), *command(system, seed, folder)]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        running[system] = (
            time.monotonic(),
            subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=environment),
        )
    found: dict[str, tuple[float, float]] = {}
    while len(found) < len(running):
        time.sleep(0.05)
        for system, (began, process) in running.items():
            if system not in found and process.poll() is not None:
                out = process.stdout.read() if process.stdout else ""
                last = out.strip().splitlines()[-1]
                score = json.loads(last)["test"]["accuracy"]["value"] if system == "lamina" else float(last)
                found[system] = (time.monotonic() - began, score)
    return found


def main(rounds: int = 3, rivals: tuple[str, ...] = ("script", "loop")) -> None:
    """Print each round, then the medians and their ratios."""
    seen: dict[str, list[tuple[float, float]]] = {}
    ratios: dict[str, list[float]] = {rival: [] for rival in rivals}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(rounds):
            for rival in rivals:
                place = Path(folder) / f"{rival}-{seed}"
                place.mkdir()
                found = pair(rival, "lamina", seed, place)
                ratios[rival].append(found["lamina"][0] / found[rival][0])
                for system, (seconds, score) in found.items():
                    seen.setdefault(system, []).append((seconds, score))
                    print(f"round {seed}  {system:<7} {seconds:6.1f} s  accuracy {score:.4f}", flush=True)
    print(f"\n{'system':<8} {'budget':<12} {'seconds':>8} {'accuracy':>9} {'reached ' + str(TARGET):>14}")
    for system, runs in seen.items():
        seconds, scores = zip(*runs, strict=True)
        reached = sum(score >= TARGET for score in scores)
        took, score = statistics.median(seconds), statistics.median(scores)
        print(f"{system:<8} {' '.join(BUDGETS[system]):<12} {took:>8.1f} {score:>9.4f} {reached:>8} of {len(scores)}")
    for rival, values in ratios.items():
        low, high = min(values), max(values)
        print(f"lamina / {rival}: {statistics.median(values):.2f} ({low:.2f} to {high:.2f} over {len(values)} rounds)")


if __name__ == "__main__":
    main()
