"""`python -m bench [targets [SET …]] [ways [JOB …]] [peers [JOB …]] [start] [step] [ceiling] [growth]
[inference] [decode] [serving]`: without a name, all of them in this order."""

from __future__ import annotations

import importlib
import sys

TOLD = {"targets": "bench.targets", "ways": "bench.ways", "peers": "bench.peers.__main__"}  # what follows is theirs
PLAIN = ("start", "step", "ceiling", "growth", "inference", "decode", "serving")


def main() -> None:
    """Run the benches named on the command line, each loaded when its turn comes."""
    names = sys.argv[1:]
    if names and names[0] in TOLD:
        importlib.import_module(TOLD[names[0]]).main(names[1:])
        return
    for name in names or [*TOLD, *PLAIN]:
        print(f"\n== {name}", flush=True)
        if name in TOLD:
            importlib.import_module(TOLD[name]).main([])
        else:
            importlib.import_module(f"bench.{name}").main()


if __name__ == "__main__":
    main()
