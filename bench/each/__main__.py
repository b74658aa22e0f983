"""`python -m bench.each [ROW …]`: the rows named, or all in their order, as one table."""

from __future__ import annotations

import importlib
import sys
import tempfile
from pathlib import Path

import torch

from bench.each.row import Bench, Row
from bench.machine import product

ORDER = (
    "sentences",
    "intents",
    "tagging",
    "language",
    "masked",
    "translation",
    "questions",
    "sound",
    "speech",
    "forecast",
    "series",
    "nodes",
    "graphs",
    "molecules",
    "links",
    "segment",
    "detect",
    "restore",
    "fuse",
    "autoencode",
    "vae",
    "gan",
    "ddpm",
    "music",
    "fewshot",
    "contrast",
    "clip",
    "distil",
    "control",
    "selfplay",
    "structure",
)
MEANT = 126.0  # GFLOP/s of the machine that the minutes are meant for, two cores, float32
MOST = 3.0  # by so much, at most, minutes are stretched


def ceiling() -> float:
    """GFLOP/s of a float32 matrix product on two cores, the best of several."""
    torch.set_num_threads(2)
    return product(torch.float32)


def rows() -> dict[str, Row]:
    """The rows there are, in order."""
    here = {path.stem for path in Path(__file__).parent.glob("*.py")}
    return {name: importlib.import_module(f"bench.each.{name}").ROW for name in ORDER if name in here}


def main(names: list[str]) -> None:
    """Print a line for each figure as it comes."""
    known = rows()
    for name in names:
        if name not in known:
            raise SystemExit(f"there is no row {name}; rows: {', '.join(known)}")
    speed = ceiling()
    stretch = min(MOST, max(1.0, MEANT / speed))
    print(f"machine: {speed:.0f} GFLOP/s (meant: {MEANT:.0f}); minutes are stretched {stretch:.2f} times")
    head = f"{'row':<11} {'what':<34} {'score':<12} {'value':>8}  {'interval':<18} {'wanted':>8} {'':<7} "
    print(f"{head} {'baseline':<28} {'seconds':>7} {'MiB':>6}", flush=True)
    for name in names or list(known):
        row = known[name]
        if row.lacking:
            print(f"{name:<11} left out: {', '.join(row.lacking)} not in the data folder", flush=True)
            continue
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(Path(folder), stretch)
            for line in row.measure(bench):
                between = f"{line.low:.4g} to {line.high:.4g}" if line.low is not None and line.high is not None else ""
                wanted = "" if line.wanted is None else f"{line.wanted:g}"
                print(
                    f"{name:<11} {line.what:<34} {line.score:<12} {line.value:>8.4g}  {between:<18} {wanted:>8} "
                    f"{line.verdict:<7}  {line.baseline:<28} {line.seconds:>7.0f} {line.peak:>6.0f}",
                    flush=True,
                )


if __name__ == "__main__":
    main(sys.argv[1:])
