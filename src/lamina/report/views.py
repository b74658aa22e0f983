"""What the page lays out, worked out of the files of a run: one function for one figure."""

from __future__ import annotations

import base64
import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .charts import Chart, Series, draw, thinned
from .files import Bin, ClassScore, Confusion, LogLine, Mistake, Reader, Reliability, Scatter, Score, Scores
from .verdict import baselines, best_baseline, lower, main_name
from .words import count, interval, number, percent, short

MOST_CLASSES = 30
MOST_PAIRS = 20
MOST_MISTAKES = 24
MOST_DOTS = 1500
MOST_PICTURE = 1 << 20
PICTURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}


@dataclass(frozen=True)
class Whisker:
    """One row of the opening figure: places in per cent of the track; `off` is "below" or "above" beside the scale."""

    name: str
    value: str
    interval: str
    at: float
    low: float | None
    wide: float | None
    off: str
    ours: bool


def whiskers(scores: Scores) -> list[Whisker]:
    """The main score of the model and of each baseline with their intervals, best first.

    The scale is that of the model and the best baseline, so that what lies between them can be seen.
    """
    model = (scores.test or {}).get(main_name(scores) or "")
    best = best_baseline(scores)
    if model is None or model.value is None or best is None:
        return []
    near = [v for s in (model, best[1]) for v in (s.value, s.low, s.high) if v is not None]
    air = 0.4 * (max(near) - min(near)) or 0.05 * abs(near[0]) or 1.0
    ends = min(near) - air, max(near) + air
    made = [_whisker("model", model, ends, ours=True)] + [_whisker(who, s, ends) for who, s in baselines(scores)]
    return [row for _, row in sorted(made, key=lambda pair: pair[0], reverse=not lower(scores))]


def _whisker(who: str, score: Score, ends: tuple[float, float], ours: bool = False) -> tuple[float, Whisker]:
    def place(value: float) -> float:
        return min(100.0, max(0.0, round(100 * (value - ends[0]) / (ends[1] - ends[0]), 2)))

    value = score.value or 0.0
    off = "below" if value < ends[0] else "above" if value > ends[1] else ""
    if score.low is None or score.high is None:
        return value, Whisker(who, number(value), "", place(value), None, None, off, ours)
    low, high = place(score.low), place(score.high)
    return value, Whisker(who, number(value), interval(score), place(value), low, round(high - low, 2), off, ours)


def best_step(log: Sequence[LogLine]) -> int | None:
    """The step whose weights were kept."""
    return next((line.step for line in reversed(log) if line.best), None)


def curves(log: Sequence[LogLine], scores: Scores | None) -> list[Chart]:
    """Loss, the validation scores (the main one first, at most two) and the learning rate over steps."""
    if len(log) < 2:
        return []
    best = best_step(log)
    names = list(dict.fromkeys(name for line in log for name in line.valid or {}))
    main = main_name(scores) if scores else None
    shown = [n for n in sorted(names, key=lambda n: n != main) if n != "log_loss" or n == main][:2]
    loss = [Series("training", _over(log, [line.loss for line in log]), "faint")]
    if "log_loss" in names:
        loss.append(Series("validation", _over(log, _valid(log, "log_loss"))))
    made = [draw("Loss", loss, "step", mark=best)]
    for name in shown:
        made.append(draw(f"Validation {name}", [Series("", _over(log, _valid(log, name)))], "step", mark=best))
    made.append(draw("Learning rate", [Series("", _over(log, [line.rate for line in log]))], "step"))
    return [chart for chart in made if chart is not None]


def _valid(log: Sequence[LogLine], name: str) -> list[float | None]:
    return [(line.valid or {}).get(name) for line in log]


def _over(log: Sequence[LogLine], values: Sequence[float | None]) -> list[tuple[float, float]]:
    return thinned([(line.step, v) for line, v in zip(log, values, strict=True) if v is not None])


@dataclass(frozen=True)
class Cell:
    """A count of the confusion matrix; `heat` from 0 to 1 colours it, answers that are right in another hue."""

    n: int
    heat: float
    right: bool


@dataclass(frozen=True)
class Pair:
    """Rows of one class that were taken for another."""

    truth: Any
    answer: Any
    n: int
    share: float


@dataclass(frozen=True)
class Matrix:
    """The confusion matrix up to 30 classes; beyond, only the pairs most often confused."""

    labels: list[Any]
    cells: list[list[Cell]]
    pairs: list[Pair]
    classes: int


def matrix(confusion: Confusion) -> Matrix | None:
    """A confusion matrix made ready, or None where its rows and labels do not fit."""
    counts, labels = confusion.counts, confusion.labels
    n = len(labels)
    if not n or len(counts) != n or any(len(row) != n for row in counts):
        return None
    pairs = [
        Pair(labels[i], labels[j], counts[i][j], counts[i][j] / max(1, sum(counts[i])))
        for i in range(n)
        for j in range(n)
        if i != j and counts[i][j] > 0
    ]
    pairs.sort(key=lambda p: -p.n)
    if n > MOST_CLASSES:
        return Matrix([], [], pairs[:MOST_PAIRS], n)
    worst = max((p.share for p in pairs), default=1.0)
    cells = [[_cell(row, j, i == j, worst) for j in range(n)] for i, row in enumerate(counts)]
    return Matrix(labels, cells, pairs[:5], n)


def _cell(row: Sequence[int], j: int, right: bool, worst: float) -> Cell:
    """Heat is the share of the row; that of mistakes is set against the worst mistake, so that rare ones show."""
    share = row[j] / max(1, sum(row))
    return Cell(row[j], round(share if right else 0.75 * share / worst, 3), right)


def classes(per_class: Sequence[ClassScore]) -> tuple[list[ClassScore], int]:
    """The classes to list, all up to 30 in their order, else the 30 with the lowest F1; and how many are not shown."""
    if len(per_class) <= MOST_CLASSES:
        return list(per_class), 0
    worst = sorted(per_class, key=lambda c: c.f1 if c.f1 is not None else 2.0)[:MOST_CLASSES]
    return worst, len(per_class) - MOST_CLASSES


def reliability(found: Reliability) -> Chart | None:
    """Confidence against the share that is right, before and after the temperature; on the diagonal they agree."""
    bins = [
        (name, bins, look)
        for name, bins, look in (("before", found.before, "faint"), ("after", found.after, "line"))
        if bins
    ]
    if not bins:
        return None
    series = [Series("", [(0.0, 0.0), (1.0, 1.0)], "ideal")]
    series += [_curve(name, some, look) for name, some, look in bins]
    return draw("Reliability", series, "confidence", "share right", large=True, equal=True)


def _curve(name: str, bins: Sequence[Bin], look: Any) -> Series:
    most = max(1, *(b.n for b in bins)) if len(bins) > 1 else max(1, bins[0].n)
    filled = [b for b in bins if b.n]
    return Series(
        name,
        [(b.confidence, b.accuracy) for b in filled],
        look,
        [1.5 + 4 * (b.n / most) ** 0.5 for b in filled],
        [f"{count(b.n, 'row')}, {percent(b.confidence)} confident, {percent(b.accuracy)} right" for b in filled],
    )


def scatter(found: Scatter) -> tuple[list[Chart], int, int]:
    """Answer against truth, and error against answer; with the numbers of rows drawn and of all rows."""
    pairs = list(zip(found.truth, found.answer, strict=False))
    some = thinned(pairs, MOST_DOTS)
    if not some:
        return [], 0, 0
    ends = [v for pair in some for v in pair]
    least, most = min(ends), max(ends)
    answers = [a for _, a in some]
    sizes = [2.2] * len(some)
    ideal = Series("", [(least, least), (most, most)], "ideal")
    level = Series("", [(min(answers), 0.0), (max(answers), 0.0)], "ideal")
    errors = [(a, a - t) for t, a in some]
    made = [
        draw(
            "Answer against truth", [ideal, Series("", some, "dots", sizes)], "truth", "answer", large=True, equal=True
        ),
        draw(
            "Error against answer", [level, Series("", errors, "dots", sizes)], "answer", "answer − truth", large=True
        ),
    ]
    return [chart for chart in made if chart is not None], len(some), len(pairs)


@dataclass(frozen=True)
class Shown:
    """A mistake as it is shown: what stands for the row, what was answered, what is true."""

    id: str
    truth: str
    answer: str
    sure: str
    picture: str
    small: bool
    columns: list[tuple[str, str]]


def mistakes(run: Reader, found: Sequence[Mistake]) -> list[Shown]:
    """The worst mistakes, with their pictures read into the page."""
    made = []
    for m in found[:MOST_MISTAKES]:
        picture, small = picture_of(run, m.picture)
        columns = [(short(k), short(v, 80)) for k, v in list((m.shown or {}).items())[:12]]
        sure = "" if m.confidence is None else percent(m.confidence)
        made.append(Shown(_id(m.id), short(m.truth, 60), short(m.answer, 60), sure, picture, small, columns))
    return made


def _id(value: Any) -> str:
    return str(value) if isinstance(value, int) else "" if value is None else short(value, 80)


def picture_of(run: Reader, name: str | None, most: int = MOST_PICTURE) -> tuple[str, bool]:
    """A picture of the run as a data URI, and whether it is small enough to be enlarged pixel by pixel.

    Only PNG and JPEG of up to `most` bytes that lie in exhibits/; of anything else there is no picture.
    """
    if not name or not re.fullmatch(r"exhibits/[A-Za-z0-9_][A-Za-z0-9_.-]*", name) or not run.has(name):
        return "", False
    data = run.read_bytes(name)
    media = next((m for magic, m in PICTURES.items() if data.startswith(magic)), None)
    if media is None or len(data) > most:
        return "", False
    small = media == "image/png" and len(data) >= 24 and max(struct.unpack(">II", data[16:24])) <= 96
    return f"data:{media};base64,{base64.b64encode(data).decode('ascii')}", small


def flat(settings: Mapping[str, Any], say: Callable[[Any], str], prefix: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as dotted names with their values."""
    for name, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from flat(value, say, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", say(value)


def plain(value: Any) -> str:
    """A setting as it would be typed, not rounded."""
    if value is None or value == {} or value == []:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(plain(v) for v in value) if isinstance(value, (list, tuple)) else str(value)
