"""How long the command takes to say its help, beside a bare typer and rich help; and what an import costs."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

BARE = """
import typer
app = typer.Typer(help="A bare command.", no_args_is_help=True, add_completion=False, rich_markup_mode="rich")
@app.command()
def fit(source: str, target: str = "", epochs: int = 0) -> None:
    "Fit."
@app.command()
def score(run: str) -> None:
    "Score."
app()
"""


def seconds(words: list[str]) -> float:
    """One run of a command, in seconds."""
    began = time.perf_counter()
    subprocess.run(words, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def main(rounds: int = 9) -> None:
    """Interleave the commands, print medians and the ratio."""
    commands = {
        "python": [sys.executable, "-c", "pass"],
        "bare typer help": [sys.executable, "-c", BARE, "--help"],
        "lamina --help": [sys.executable, "-m", "lamina", "--help"],
        "import lamina": [sys.executable, "-c", "import lamina"],
    }
    found: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds):
        for name, words in commands.items():
            found[name].append(seconds(words))
    for name, times in found.items():
        middle, low, high = (1000 * pick(times) for pick in (statistics.median, min, max))
        print(f"{name:<16} {middle:7.1f} ms  ({low:.1f} to {high:.1f})")
    ratio = [a / b for a, b in zip(found["lamina --help"], found["bare typer help"], strict=True)]
    print(f"lamina --help / bare typer help: {statistics.median(ratio):.2f}")


if __name__ == "__main__":
    main()
