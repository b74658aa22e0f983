"""The page of `bench growth`: a table, a plot and a sentence for each way of growing."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from textwrap import fill

import numpy as np
import torch

from bench.drawn import as_file
from lamina.flow.clock import chip
from lamina.report.charts import Series, draw

DOCS = Path(__file__).parents[1] / "docs"
WIDE = 130  # columns of the page
POWERS = np.arange(0.2, 3.001, 0.01)
Points = Sequence[tuple[float, float]]


@dataclass
class Point:
    """What was measured of one net: milliseconds of a step and MiB, with blocks kept and with blocks computed again."""

    ms: float = math.inf
    ms_again: float = math.inf
    mib: float = 0.0
    mib_again: float = 0.0


@dataclass(frozen=True)
class Curve:
    """A net that grows in one way: what was measured at each size."""

    name: str
    points: Mapping[int, Point]

    def of(self, what: str) -> list[tuple[float, float]]:
        """(size, value) of one of the things measured."""
        return [(float(size), float(getattr(point, what))) for size, point in self.points.items()]


@dataclass(frozen=True)
class Fit:
    """A cost as `fixed + each * size ** power`, and the largest relative miss among the points."""

    fixed: float
    each: float
    power: float
    miss: float

    def __str__(self) -> str:
        return f"{self.fixed:.3g} + {self.each:.3g} n^{self.power:.2f}, within {100 * self.miss:.0f} %"


def fitted(points: Points) -> Fit:
    """The fit that misses least in relative terms, with no part below zero."""
    sizes, costs = (np.array(values) for values in zip(*points, strict=True))
    best, least = Fit(0.0, 0.0, 1.0, math.inf), math.inf
    for power in POWERS:
        parts = np.stack([np.ones_like(sizes), sizes**power], axis=1) / costs[:, None]
        for used in ([0, 1], [1]):
            found = np.zeros(2)
            found[used] = np.linalg.lstsq(parts[:, used], np.ones_like(costs), rcond=None)[0]
            missed = parts @ found - 1
            if found.min() >= 0 and missed @ missed < least - 1e-12:
                least = float(missed @ missed)
                best = Fit(float(found[0]), float(found[1]), float(power), float(abs(missed).max()))
    return best


SAYS = {
    "depth": (
        "Depth",
        "blocks",
        "A transformer of width 64, 64 positions, 16 rows a batch. Both costs are a straight line in the number of "
        "blocks: power {ms} for time, {mib} for memory.",
    ),
    "length": (
        "Length",
        "positions",
        "A transformer of 2 blocks and width 64, 4 rows a batch, without dropout, so that attention keeps no table of "
        "scores. Attention reads every position from every other, the rest of a block reads each for itself: time lies "
        "between the line and the square, power {ms}. Memory, power {mib}, stays a line.",
    ),
    "width": (
        "Width",
        "features",
        "A transformer of 2 blocks, 32 positions, 8 rows a batch. Matrices have the square of the width, and time "
        "tends to it: power {ms}. What is kept of each position is as wide as the net, and beside it stands the "
        "gradient of one matrix on its way: power {mib}.",
    ),
    "batch": (
        "Batch",
        "rows of a batch",
        "A transformer of 2 blocks, width 64, 32 positions. A batch is a straight line above what a step costs by "
        "itself: power {ms} for time, {mib} for memory.",
    ),
}
HEAD = (
    "`python -m bench growth` writes this page: what a training step costs, and what it holds in memory, as the net, "
    "its input, the batch and the source grow.",
    "{date}, one core of an {chip} under a load of {load:.0f}, torch {torch}, one thread. Times are processor time "
    "through the loop that every run takes (finite check, AdamW, averaging), each the least of three rounds. Memory is "
    "the most that torch's allocator holds at once in a forward and a backward pass, beyond weights, gradients and the "
    'batch. "Again" is with `--set train.recompute=true`: blocks keep only what goes into them, and are computed again '
    "when their gradients are due. A fit is *fixed + each · n^power*, the power from 0.2 to 3 in steps of 0.01, "
    "nearest to the points in relative terms.",
)
OF_ROWS = (
    "Four numbers, a name and a class a row: processor seconds from the call to the end of the first step, in which "
    "kinds are found, rows split and looked through for leaks, and the store written. A line above a fixed part: "
    "{powers}."
)
OF_NETS = (
    "The weights come out the same to the bit: `tests/contract` asks it of every page. The more layers stand in a "
    "block, the more is saved: a block of a transformer keeps its input alone, a convolution with its norm one map in "
    "place of two. The price is one more forward pass of each block, and never is less held than what one block makes."
)


def write(curves: Sequence[Curve], sources: Mapping[str, Points], nets: Mapping[str, Point]) -> None:
    """Write docs/growth.md and its plots."""
    (DOCS / "growth").mkdir(exist_ok=True)
    about = {
        "load": os.getloadavg()[0],
        "date": date.today(),
        "chip": chip(),
        "torch": torch.__version__.partition("+")[0],
    }
    parts = ["# Growth\n", *(paragraph(said.format(**about)) for said in HEAD)]
    for curve in curves:
        parts += section(curve)
    parts += rows_section(sources)
    parts += nets_section(nets)
    (DOCS / "growth.md").write_text("\n".join(parts) + "\n", encoding="utf-8")


def section(curve: Curve) -> Iterator[str]:
    """One way of growing."""
    title, across, says = SAYS[curve.name]
    fits = {what: fitted(curve.of(what)) for what in ("ms", "ms_again", "mib", "mib_again")}
    for kind, unit in (("ms", "ms a step"), ("mib", "MiB")):
        lines = {"kept": curve.of(kind), "computed again": curve.of(f"{kind}_again")}
        plot(f"{curve.name}-{kind}", f"{title}: {'time' if kind == 'ms' else 'memory'}", lines, across, unit)
    powers = {what: f"{fit.power:.2f}" for what, fit in fits.items()}
    yield f"## {title}\n"
    again = compared(list(curve.points.values())[-1])
    yield paragraph(f"{says.format(**powers)} Computed again, a step of the largest {again}.")
    yield f"![time by {across}](growth/{curve.name}-ms.svg) ![memory by {across}](growth/{curve.name}-mib.svg)\n"
    yield f"| {across} | ms | again | MiB | again |\n| ---: | ---: | ---: | ---: | ---: |"
    for size, p in curve.points.items():
        yield f"| {size:,} | {figure(p.ms)} | {figure(p.ms_again)} | {figure(p.mib)} | {figure(p.mib_again)} |"
    yield "| power | " + " | ".join(powers.values()) + " |"
    yield "| fixed | " + " | ".join(figure(fit.fixed) for fit in fits.values()) + " |"
    yield "| largest miss | " + " | ".join(f"{100 * fit.miss:.0f} %" for fit in fits.values()) + " |\n"


def rows_section(sources: Mapping[str, Points]) -> Iterator[str]:
    """What the rows of a source cost before the first step is taken."""
    plot("rows", "Rows of a source: to the first step", sources, "rows", "seconds")
    fits = {way: fitted(points) for way, points in sources.items()}
    yield "## Rows of a source\n"
    powers = " and ".join(f"power {fit.power:.2f} from {way}" for way, fit in fits.items())
    yield paragraph(OF_ROWS.format(powers=powers))
    yield "![seconds to the first step by rows](growth/rows.svg)\n"
    yield f"| rows | {' | '.join(f'{way}, s' for way in sources)} |\n| ---: |{' ---: |' * len(sources)}"
    for at in zip(*sources.values(), strict=True):
        yield f"| {int(at[0][0]):,} | {' | '.join(figure(seconds) for _, seconds in at)} |"
    yield f"| power | {' | '.join(f'{fit.power:.2f}' for fit in fits.values())} |"
    yield f"| fixed | {' | '.join(figure(fit.fixed) for fit in fits.values())} |"
    yield f"| largest miss | {' | '.join(f'{100 * fit.miss:.0f} %' for fit in fits.values())} |\n"


def nets_section(nets: Mapping[str, Point]) -> Iterator[str]:
    """What computing again saves and costs, net by net."""
    yield "## Kept or computed again\n"
    yield paragraph(OF_NETS)
    yield "| net | ms | again | | MiB | again | |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |"
    for name, p in nets.items():
        time, part = f"× {p.ms_again / p.ms:.2f}", f"× {p.mib_again / p.mib:.2f}"
        cells = [name, figure(p.ms), figure(p.ms_again), time, figure(p.mib), figure(p.mib_again), part]
        yield f"| {' | '.join(cells)} |"


def plot(name: str, title: str, lines: Mapping[str, Points], across: str, up: str) -> None:
    """Draw two lines into docs/growth/."""
    (one, here), (other, there) = lines.items()
    series = [
        Series(one, here, "line", sizes=[3.0] * len(here)),
        Series(other, there, "said", sizes=[3.0] * len(there)),
    ]
    chart = draw(title, series, across, up, zero=True)
    assert chart is not None
    (DOCS / "growth" / f"{name}.svg").write_text(as_file(chart), encoding="utf-8")


def paragraph(said: str) -> str:
    """Words as lines of the page, with an empty line after them."""
    return fill(said, WIDE, break_long_words=False, break_on_hyphens=False) + "\n"


def compared(point: Point) -> str:
    """A step computed again beside the same kept, in words."""
    return f"takes {point.ms_again / point.ms:.2f} of the time and {point.mib_again / point.mib:.2f} of the memory"


def figure(value: float) -> str:
    """A number in three figures.

    >>> [figure(v) for v in (0.0, 0.01234, 12.345, 1234.5)]
    ['0', '0.0123', '12.3', '1,234']
    """
    if not value:
        return "0"
    digits = max(0, 2 - math.floor(math.log10(abs(value))))
    return f"{value:,.{digits}f}"
