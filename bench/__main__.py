"""`python -m bench [start] [step] [targets [SET …]] [race]`: without a name, all of them in this order."""

from __future__ import annotations

import sys

from bench import race, start, step, targets


def main() -> None:
    """Run the benches named on the command line."""
    names = sys.argv[1:]
    benches = {"start": start.main, "step": step.main, "race": race.main}
    if names and names[0] == "targets":
        targets.main(names[1:])
        return
    for name in names or ["start", "step", "targets", "race"]:
        print(f"\n== {name}: {(sys.modules[f'bench.{name}'].__doc__ or '').splitlines()[0]}", flush=True)
        if name == "targets":
            targets.main([])
        else:
            benches[name]()


if __name__ == "__main__":
    main()
