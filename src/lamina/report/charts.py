"""Small charts as geometry: data in, pixels of a fixed frame out. `templates/charts.html` draws them.

Drawn as SVG with the colours of the page, so that they turn dark with it, print sharply and take no plotting library.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Point = tuple[float, float]
Range = tuple[float, float]

LEFT, RIGHT, TOP, BOTTOM = 42.0, 10.0, 10.0, 34.0
SMALL, LARGE = (250.0, 150.0), (270.0, 270.0)  # the inside of the frame
MOST_POINTS = 600


@dataclass(frozen=True)
class Series:
    """Points (x, y) in the units of the data; `sizes` are radii in pixels and `titles` are shown on hovering. The
    points of a band go along one edge and back along the other."""

    name: str
    points: Sequence[Point]
    look: Literal["line", "said", "faint", "ideal", "dots", "band"] = "line"
    sizes: Sequence[float] = ()
    titles: Sequence[str] = ()


@dataclass(frozen=True)
class Tick:
    """A mark on an axis and its text."""

    at: float
    text: str


@dataclass(frozen=True)
class Dot:
    """A point as drawn, in the chart's own units."""

    x: float
    y: float
    r: float
    title: str


@dataclass(frozen=True)
class Drawn:
    """A series in pixels: the path of its line, empty for dots, and its dots."""

    name: str
    look: str
    path: str
    dots: list[Dot]


@dataclass(frozen=True)
class Chart:
    """A frame `wide` by `high` pixels with ticks on both sides and what is drawn inside."""

    title: str
    across: str
    up: str
    wide: float
    high: float
    large: bool
    box: tuple[float, float, float, float]  # left, top, right, bottom
    x_ticks: list[Tick]
    y_ticks: list[Tick]
    drawn: list[Drawn]
    mark: float | None

    @property
    def legend(self) -> list[Drawn]:
        """The series to name beside the chart: none where there is only one to name."""
        named = [d for d in self.drawn if d.name]
        return named if len(named) > 1 else []


def draw(
    title: str,
    series: Sequence[Series],
    across: str,
    up: str = "",
    *,
    large: bool = False,
    equal: bool = False,
    mark: float | None = None,
    zero: bool = False,
) -> Chart | None:
    """A chart of the series on common axes; None where there is nothing to draw.

    `equal` gives both axes one range, `mark` is an x to point out, with `zero` both axes begin there.
    """
    points = [p for s in series for p in s.points]
    if not points:
        return None
    points += [(0.0, 0.0)] if zero else []
    xs, ys = _span([x for x, _ in points]), _span([y for _, y in points])
    if equal:
        xs = ys = (min(xs[0], ys[0]), max(xs[1], ys[1]))
    inside, top = LARGE if large else SMALL, TOP + (14 if up else 0)
    box = (LEFT, top, LEFT + inside[0], top + inside[1])
    to_x, to_y = _scale(xs, (box[0], box[2])), _scale(ys, (box[3], box[1]))
    return Chart(
        title=title,
        across=across,
        up=up,
        wide=box[2] + RIGHT,
        high=box[3] + BOTTOM,
        large=large,
        box=box,
        x_ticks=[Tick(to_x(v), tick_text(v)) for v in ticks(xs, 6)],
        y_ticks=[Tick(to_y(v), tick_text(v)) for v in ticks(ys, 6)],
        drawn=[_place(s, to_x, to_y) for s in series],
        mark=None if mark is None else to_x(mark),
    )


def ticks(span: Range, most: int) -> list[float]:
    """Round values inside a range, at most `most`, a step of 1, 2 or 5 times a power of ten apart.

    >>> ticks((0.0, 1.0), 6)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    low, high = span
    rough = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= rough * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{i * step:.12g}") for i in range(first, last + 1)]


def tick_text(value: float) -> str:
    """A round value in few characters.

    >>> [tick_text(v) for v in (0.003, 0.25, 1500.0, 20000.0, -2.5e6)]
    ['0.003', '0.25', '1,500', '20k', '−2.5M']
    """
    size = abs(value)
    if 1e4 <= size < 1e9:
        said = f"{value / 1e6:g}M" if size >= 1e6 else f"{value / 1e3:g}k"
    else:
        said = f"{value:,.10g}" if 1e-4 <= size < 1e4 else f"{value:.3g}"
    return said.replace("-", "−")


def thinned(points: Sequence[Point], most: int = MOST_POINTS) -> list[Point]:
    """Points evenly taken from a long series, the first and the last among them."""
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    return [points[round(i * last / (most - 1))] for i in range(most)]


def _span(values: Sequence[float]) -> Range:
    """The range of the values with a little air, never empty."""
    low, high = min(values), max(values)
    if low == high:
        air = 0.05 * abs(high) or 1.0
        return low - air, high + air
    air = 0.04 * (high - low)
    return (low if low == 0 else low - air, high if high in (0, 1) else high + air)


class _scale:
    """The straight line that takes one range to another, rounded to a tenth of a pixel."""

    def __init__(self, source: Range, to: Range):
        self.low, self.start = source[0], to[0]
        self.slope = (to[1] - to[0]) / (source[1] - source[0])

    def __call__(self, value: float) -> float:
        return round(self.start + (value - self.low) * self.slope, 1)


def _place(series: Series, to_x: _scale, to_y: _scale) -> Drawn:
    spots = [(to_x(x), to_y(y)) for x, y in series.points]
    path = "" if series.look == "dots" or not spots else "M" + "L".join(f"{x} {y}" for x, y in spots)
    path += "Z" if series.look == "band" else ""
    dots = [
        Dot(x, y, round(size, 1), series.titles[i] if series.titles else "")
        for i, ((x, y), size) in enumerate(zip(spots, series.sizes, strict=False))
    ]
    return Drawn(series.name, series.look, path, dots)
