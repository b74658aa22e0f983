"""The files of a run as the page reads them: each with its fields, any of which may be absent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

from pydantic import TypeAdapter, ValidationError

from ..config import parse_json
from ..errors import RunError, SettingError
from .plates import Plate

T = TypeVar("T")


class Reader(Protocol):
    """What the page needs of a run directory. Names are as in the run, for example "exhibits/0.png"."""

    def has(self, name: str) -> bool: ...
    def read_json(self, name: str) -> Any: ...
    def read_bytes(self, name: str) -> bytes: ...


@dataclass(frozen=True)
class Score:
    """One figure with its 95 % interval, the number of items behind it and how the interval was made."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    method: str | None = None


Named = dict[str, Score | None]


@dataclass(frozen=True)
class Confusion:
    """Row i, column j counts the rows whose truth is label i and whose answer is label j."""

    labels: list[Any]
    counts: list[list[int]]


@dataclass(frozen=True)
class ClassScore:
    """How one class, or one tag, fares."""

    label: Any
    precision: float | None = None
    recall: float | None = None
    f1: float | None = None
    n: int | None = None


@dataclass(frozen=True)
class Bin:
    """Answers of like confidence, and the share of them that is right."""

    confidence: float
    accuracy: float
    n: int = 0


@dataclass(frozen=True)
class Reliability:
    """Bins of confidence before and after calibration."""

    before: list[Bin] | None = None
    after: list[Bin] | None = None


@dataclass(frozen=True)
class Scatter:
    """Truth against answer, for a Number."""

    truth: list[float]
    answer: list[float]


@dataclass(frozen=True)
class Detail:
    """What is drawn beside the scores, by kind of target."""

    confusion: Confusion | None = None
    per_class: list[ClassScore] | None = None
    reliability: Reliability | None = None
    scatter: Scatter | None = None


@dataclass(frozen=True)
class Scores:
    """scores.json"""

    main: str | None = None
    better: Literal["higher", "lower"] | None = None
    test: Named | None = None
    baseline: dict[str, Named | None] | None = None
    valid: Named | None = None
    looks: int | None = None
    detail: Detail | None = None


@dataclass(frozen=True)
class Request:
    """request.json"""

    source: str | None = None
    target: str | None = None
    command: str | None = None
    seed: int | None = None
    version: str | None = None
    budget: dict[str, float] | None = None


@dataclass(frozen=True)
class Warned:
    """One warning about the data."""

    code: str
    text: str


@dataclass(frozen=True)
class Data:
    """data.json"""

    name: str | None = None
    fingerprint: str | None = None
    rows: int | None = None
    parts: dict[str, int] | None = None
    how: str | None = None
    locked: str | None = None
    facts: dict[str, Any] | None = None
    warnings: list[Warned] | None = None
    quarantined: dict[str, int] | None = None


@dataclass(frozen=True)
class Column:
    """One column of the schema."""

    name: str
    role: str = "input"
    reason: str | None = None
    kind: str | None = None
    link: str | None = None


@dataclass(frozen=True)
class Schema:
    """schema.json; what a kind keeps for itself is not shown, `summaries` say it in words."""

    fields: list[Column] = field(default_factory=list)
    left_out: dict[str, str] | None = None
    summaries: dict[str, str] | None = None


@dataclass(frozen=True)
class Leaks:
    """leaks.json"""

    found: list[Warned] | None = None


@dataclass(frozen=True)
class Choice:
    """One thing that was decided, and why."""

    what: str
    value: Any = None
    why: str | None = None


@dataclass(frozen=True)
class Recipe:
    """recipe.json"""

    recipe: dict[str, Any] | None = None
    choices: list[Choice] | None = None


@dataclass(frozen=True)
class Timing:
    """One candidate of the plan, as timed."""

    candidate: str
    ms: float | None = None
    chosen: bool | None = None


@dataclass(frozen=True)
class Plan:
    """plan.json, the timings apart from the settings in force."""

    timings: list[Timing] | None = None


@dataclass(frozen=True)
class LogLine:
    """One judged step of log.jsonl."""

    step: int
    epoch: float | None = None
    loss: float | None = None
    rate: float | None = None
    valid: dict[str, float | None] | None = None
    best: bool | None = None


@dataclass(frozen=True)
class Calibration:
    """calibration.json"""

    temperature: float | None = None
    ece_before: float | None = None
    ece_after: float | None = None
    nll_before: float | None = None
    nll_after: float | None = None
    rows: int | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Mistake:
    """One row that was answered wrong, with what it shows."""

    id: Any = None
    truth: Any = None
    answer: Any = None
    confidence: float | None = None
    picture: str | None = None
    shown: dict[str, Any] | None = None


@dataclass(frozen=True)
class Exhibits:
    """exhibits/exhibits.json"""

    mistakes: list[Mistake] | None = None
    plates: list[Plate] | None = None


@dataclass(frozen=True)
class Environment:
    """environment.json"""

    versions: dict[str, Any] | None = None
    chip: str | None = None
    threads: int | None = None
    seconds: dict[str, float] | None = None
    loader: dict[str, float] | None = None


def checked(cls: type[T], value: Any, name: str) -> T:
    """A value of a file as its dataclass. Raises RunError naming the file and the field that does not fit."""
    try:
        return TypeAdapter(cls).validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "its outermost value"
        came = repr(first["input"])
        raise RunError(
            f"{name} does not hold what it should: {where} is {came if len(came) <= 60 else came[:57] + '...'}",
            expected=first["msg"][0].lower() + first["msg"][1:],
            fix="make the file again from the run, or fit anew",
        ) from None


def read(cls: type[T], run: Reader, name: str) -> T | None:
    """A file of the run, or None where the run has none."""
    return checked(cls, run.read_json(name), name) if run.has(name) else None


def read_log(run: Reader) -> list[LogLine]:
    """The judged steps in order; an unfinished last line is left out."""
    if not run.has("log.jsonl"):
        return []
    *whole, _ = run.read_bytes("log.jsonl").split(b"\n")
    try:
        lines = [parse_json(line, "log.jsonl") for line in whole if line.strip()]
    except SettingError as error:
        raise RunError(error.what) from None
    return checked(list[LogLine], lines, "log.jsonl")


def scores_from(scores: Mapping[str, Any]) -> Scores:
    """The mapping that scores.json holds, checked."""
    return checked(Scores, scores, "scores.json")
