"""`python -m bench.proof [NAME …]`: what is promised, tried many times; a name alone is one of PROOFS.

Prints one table: promise, trials, failures, seconds. The exit code is 1 where a failure is not 0.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import cast

# Modules bench.proof_NAME, each with `promises(quick)`.
PROOFS = ("kill", "files", "stops", "scale", "order", "finite", "mutations", "ranks", "fuzz", "export")


@dataclass(frozen=True)
class Promise:
    """One line of the table: what is promised, how often it was tried, how often it did not hold, and why."""

    says: str
    trials: int
    failures: int
    seconds: float
    why: tuple[str, ...] = ()


Promises = Callable[[bool], Iterator[Promise]]


def main(words: list[str]) -> int:
    """Try the promises named, or all, and print a line for each as it comes."""
    asked = argparse.ArgumentParser(prog="python -m bench.proof", description=__doc__)
    asked.add_argument("names", nargs="*", choices=[*PROOFS, []], metavar="NAME", help=", ".join(PROOFS))
    asked.add_argument("--quick", action="store_true", help="a tenth of the trials")
    given = asked.parse_args(words)
    print(f"{'promise':<78} {'trials':>7} {'failures':>8} {'seconds':>7}", flush=True)
    failed = 0
    for name in given.names or PROOFS:
        promises = cast("Promises", importlib.import_module(f"bench.proof_{name}").promises)
        for promise in promises(given.quick):
            print(f"{promise.says:<78} {promise.trials:>7,} {promise.failures:>8,} {promise.seconds:>7.0f}", flush=True)
            for line in promise.why[:5]:
                print(f"    {line}", flush=True)
            failed += promise.failures
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
