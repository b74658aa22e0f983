"""What the runs of a job come to: medians, ratios to lamina with their spread, as a table in Markdown."""

from __future__ import annotations

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.peers.jobs import Job

MISSED = "no"  # by no budget that was tried


@dataclass(frozen=True)
class Entry:
    """One system's runs of a job: its budget in words, whether it was enough, and by round what was compared, processor
    seconds and the score where there is one; its share of the core, peak memory in MiB, rows a second, joules."""

    name: str
    budget: str
    reached: str
    cost: tuple[float, ...]
    busy: tuple[float, ...] = (0.0,)
    scores: tuple[float, ...] = ()
    had: float = 1.0
    peak: float = 0.0
    pace: float = 0.0
    joules: float | None = None
    stages: Mapping[str, float] = field(default_factory=dict)  # seconds by stage of a run, where it tells them

    @property
    def there(self) -> bool:
        """Whether the target was reached, where there is one."""
        return self.reached != MISSED


def spread(values: Sequence[float], digits: int) -> str:
    """The median, and the least and the most where there are several."""
    middle, low, high = (f"{pick(values):,.{digits}f}" for pick in (statistics.median, min, max))
    return f"{middle} ({low} to {high})" if len(values) > 1 else middle


def places(values: Sequence[float]) -> int:
    """How many places after the point say three digits or so."""
    return 0 if max(values) >= 100 else 1 if max(values) >= 10 else 2


def ratios(cost: Sequence[float], ours: Sequence[float]) -> list[float]:
    """A system's cost over lamina's, round by round."""
    return [a / b for a, b in zip(cost, ours, strict=False)]


def table(job: Job, entries: Sequence[Entry]) -> list[str]:
    """The lines of the table, lamina's entry first."""
    ours, what = entries[0], job.measure or "seconds"
    heads = ["system", "budget", "reached", job.score or "score", what, "× lamina"]
    heads += [] if job.measure else ["processor s", "× lamina"]
    heads += ["peak MiB", "rows/s", "energy, J"]
    lines = [f"| {' | '.join(heads)} |", f"|{' --- |' * 3}{' ---: |' * (len(heads) - 3)}"]
    for entry in entries:
        cells = [entry.name, entry.budget, entry.reached, spread(entry.scores, 4) if entry.scores else ""]
        for mine, theirs in ((entry.cost, ours.cost), (entry.busy, ours.busy))[: 1 if job.measure else 2]:
            times = ("" if entry.there else "≥ ") + spread(ratios(mine, theirs), 2)
            cells += [spread(mine, places(mine)), "1" if entry is ours else times]
        cells += [f"{entry.peak:,.0f}", f"{entry.pace:,.0f}" if entry.pace else ""]
        cells.append("not readable" if entry.joules is None else f"{entry.joules:,.0f}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def written(page: Path, name: str, lines: Sequence[str], heading: str) -> None:
    """Put a job's lines in its place on a page, between two marks; a new job goes to the end of the heading's part."""
    text = page.read_text()
    begin, end = f"<!-- peers {name} -->", f"<!-- end of {name} -->"
    part = "\n".join((begin, *lines, end))
    if begin in text:
        text = re.sub(f"{re.escape(begin)}.*?{re.escape(end)}", lambda _: part, text, flags=re.S)
    else:
        before, found, rest = text.partition(heading)
        if not found:
            before, found, rest = text.rstrip("\n") + "\n\n", heading, "\n"
        following = rest.find("\n## ")
        cut = len(rest) if following < 0 else following
        text = f"{before}{found}{rest[:cut].rstrip()}\n\n{part}\n{rest[cut:]}"
    page.write_text(text)


def verdicts(entries: Sequence[Entry], shared: bool = False) -> Mapping[str, float]:
    """The median ratio of each system but lamina that reached the target; below 1 it is ahead of lamina.

    On a core that was shared, by processor seconds.
    """
    costs = {entry.name: entry.busy if shared else entry.cost for entry in entries if entry.there}
    ours = entries[0].busy if shared else entries[0].cost
    return {entry.name: statistics.median(ratios(costs[entry.name], ours)) for entry in entries[1:] if entry.there}
