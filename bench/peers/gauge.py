"""What the jobs without a target share: the same small thing done again and again, and the time of one."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable


def repeated(work: Callable[[], object], times: int, warm: int = 3) -> list[float]:
    """Seconds of each of several turns, after some that do not count."""
    for _ in range(warm):
        work()
    found = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        found.append(time.perf_counter() - began)
    return found


def say(**figures: float) -> None:
    """Print the line."""
    print(json.dumps(figures), flush=True)


def milliseconds(work: Callable[[], object], times: int = 200) -> None:
    """Print the median time of one turn."""
    say(ms=1000 * statistics.median(repeated(work, times)))
