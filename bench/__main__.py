"""`python -m bench [start] [step] [ceiling] [growth] [targets [SET …]] [ways [JOB …]] [peers [JOB …]]`: without a
name, all of them in this order."""

from __future__ import annotations

import sys

from bench import ceiling, growth, start, step, targets, ways
from bench.peers import __main__ as peers

PLAIN = {"start": start.main, "step": step.main, "ceiling": ceiling.main, "growth": growth.main}
TOLD = {"targets": targets.main, "ways": ways.main, "peers": peers.main}  # what follows the name is theirs


def main() -> None:
    """Run the benches named on the command line."""
    names = sys.argv[1:]
    if names and names[0] in TOLD:
        TOLD[names[0]](names[1:])
        return
    for name in names or [*PLAIN, *TOLD]:
        print(f"\n== {name}", flush=True)
        if name in TOLD:
            TOLD[name]([])
        else:
            PLAIN[name]()


if __name__ == "__main__":
    main()
