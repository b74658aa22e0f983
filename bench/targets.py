"""What `lamina fit` reaches on the locked test parts of real sets, beside what it should reach.

Needs the data folder (LAMINA_DATA); a set that is absent is said and left out.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

DATA = Path(os.environ.get("LAMINA_DATA", "../shared/data"))


@dataclass(frozen=True)
class Row:
    """One command over some seeds, and what the mean of its score should be at least, or at most."""

    name: str
    words: tuple[str, ...]
    score: str
    wanted: float
    higher: bool = True
    seeds: tuple[int, ...] = (0,)
    seconds: float = 0.0  # what a run may take, 0: as long as it takes

    @property
    def source(self) -> Path:
        """Where the data lies; a built-in name is no path."""
        return Path(self.words[0])


ADULT = ("--header", "none", "--missing", "?", "--test", str(DATA / "adult/adult-test.csv.gz"), "--model", "mlp")
HOUSING = ("--target", "median_house_value", "--set", "data.test=0.2")
ROWS = (
    Row("digits", ("digits",), "accuracy", 0.975, seeds=(0, 1, 2, 3, 4), seconds=60),
    Row("adult", (str(DATA / "adult/adult-train.csv.gz"), *ADULT), "auc", 0.909, seeds=(0, 1, 2)),
    Row("california", (str(DATA / "california-housing/housing.csv.gz"), *HOUSING), "rmse", 51_000, False, (0, 1, 2)),
    Row("fashion", (str(DATA / "fashion-mnist"), "--minutes", "5"), "accuracy", 0.93, seconds=300),
    Row("clothing", (str(DATA / "clothing-small"), "--minutes", "5"), "accuracy", 0.72, seconds=600),
)


def run(row: Row, seed: int, folder: Path) -> tuple[float, float, str]:
    """Seconds of the whole process, the score on the locked test part, and the best baseline beside it."""
    words = [sys.executable, "-m", "lamina", "fit", *row.words, "--seed", str(seed), "--json"]
    began = time.monotonic()
    done = subprocess.run([*words, "--out", str(folder / f"{row.name}-{seed}")], capture_output=True, text=True)
    took = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"{' '.join(words)} ended with {done.returncode}: {done.stdout[-500:]}{done.stderr[-500:]}")
    found = json.loads(done.stdout)
    rivals = {name: scores[row.score]["value"] for name, scores in found["baseline"].items()}
    pick = max if row.higher else min
    best = pick((value, name) for name, value in rivals.items() if value is not None)
    return took, found["test"][row.score]["value"], f"{best[1]} {best[0]:.4g}"


def main(names: list[str]) -> None:
    """Print a line for each row as it ends."""
    print(
        f"{'set':<12} {'score':<9} {'mean':>9} {'least':>9} {'most':>9}  {'wanted':>10}  {'seconds':>8}  best baseline"
    )
    with tempfile.TemporaryDirectory() as folder:
        for row in ROWS:
            if names and row.name not in names:
                continue
            if len(row.words) > 1 and not row.source.exists():
                print(f"{row.name:<12} left out: {row.source} is not there")
                continue
            found = [run(row, seed, Path(folder)) for seed in row.seeds]
            scores, seconds = [score for _, score, _ in found], max(took for took, _, _ in found)
            mean = statistics.mean(scores)
            good = (mean >= row.wanted if row.higher else mean <= row.wanted) and seconds <= (row.seconds or seconds)
            sign = "≥" if row.higher else "≤"
            figures = " ".join(f"{x:>9.4g}" if row.higher else f"{x:>9,.0f}" for x in (mean, min(scores), max(scores)))
            print(
                f"{row.name:<12} {row.score:<9} {figures}  {sign} {row.wanted:>8,g}  {seconds:>8.0f}  {found[0][2]}"
                f"  {'reached' if good else 'MISSED'}",
                flush=True,
            )


if __name__ == "__main__":
    main(sys.argv[1:])
