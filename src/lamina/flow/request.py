"""What was asked of a run, as typed; kept in the run directory, so that the run can be done again or gone on with."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field as Range

from ..config import build
from ..errors import PlanError, RunError
from ..recipe import Budget, Recipe, settle

Whole = Annotated[int, Range(ge=0, le=10**9)]

# What both a flag and a setting can say, by the setting's name.
TWICE = {
    "seed": "seed",
    "objective": "objective",
    "model.name": "model",
    "budget.epochs": "epochs",
    "budget.steps": "steps",
    "budget.minutes": "minutes",
}


@dataclass(frozen=True)
class Request:
    """Everything `lamina fit` can be told. `source` is the path or built-in name, or what was handed over in Python."""

    source: str
    target: str = ""
    test: str = ""
    valid: str = ""
    model: str = ""
    objective: str = ""
    inputs: tuple[str, ...] = ()
    known: tuple[str, ...] = ()  # columns of a series that are given for the future too
    kinds: Mapping[str, str] = field(default_factory=dict)
    horizon: Whole = 0  # steps of a series that are forecast; 0: a series is recognised, and 96
    seed: Annotated[int, Range(ge=0, le=2**62)] = 0
    epochs: Whole = 0
    steps: Whole = 0
    minutes: Annotated[float, Range(ge=0, le=100_000)] = 0.0
    plan: str = ""  # default, measure, a file, or nothing: measured when the run is long enough to pay for it
    weights: str = ""
    start: str = ""  # a run whose fitted inputs and whose net, but for the head, are where this one begins
    teacher: str = ""  # a run whose answers are learned
    judge: str = ""  # a run that looks at made pictures
    unseen: str = ""  # COL=CLASS, kept from training and left in the test part
    settings: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    header: Literal["auto", "none", "first"] = "auto"
    missing: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    group: str = ""
    time: str = ""
    fold: Annotated[int, Range(ge=0, le=1000)] = 0  # which of the published folds tests; 0: the first
    command: str = ""
    version: str = ""

    @property
    def budget(self) -> Budget | None:
        """The budget asked for, or None. Raises PlanError for more than one."""
        if not (self.epochs or self.steps or self.minutes):
            return None
        return Budget(self.epochs, self.steps, self.minutes)

    def to_json(self) -> dict[str, Any]:
        """The request as plain JSON, with what a report shows."""
        budget = {name: n for name, n in vars(self.budget).items() if n} if self.budget else {}
        return {**dataclasses.asdict(self), "budget": budget}

    def differs(self, other: Request) -> list[str]:
        """What was asked differently, one line a field; the command as typed does not count."""
        mine, theirs = _comparable(self), _comparable(other)
        return [
            f"{name}: {mine[name]!r}, now {theirs[name]!r}"
            for name in mine
            if name not in ("command", "version") and mine[name] != theirs[name]
        ]


def settled(config: Mapping[str, Any], words: Sequence[str]) -> Recipe:
    """The settings of a file and of --set words, typed and checked, where nothing else is chosen yet."""
    given = _given(config, words)
    budget = Budget() if any(name.startswith("budget.") for name in given) else Recipe().budget
    return settle(dataclasses.replace(Recipe(), budget=budget), config, list(words))


def whole(request: Request) -> Request:
    """The request with what its settings say of seed, model, objective and budget in the fields of those names.

    Raises PlanError where a flag and a setting differ, SettingError for a setting that is unknown or out of range.
    """
    given, recipe = _given(request.config, request.settings), settled(request.config, request.settings)
    for setting, name in TWICE.items():
        if setting not in given:
            continue
        value: Any = recipe
        for word in setting.split("."):
            value = value[word] if isinstance(value, dict) else getattr(value, word)
        flag = getattr(request, name)
        if flag not in (type(flag)(), value):
            raise PlanError(f"--{name} {flag} and the setting {setting}={value} differ", expected="one of the two")
        request = dataclasses.replace(request, **{name: value})
    return request


def request_from_json(values: Any) -> Request:
    """A request from its JSON. Raises SettingError for what this version does not know."""
    known = {n: v for n, v in values.items() if n != "budget"} if isinstance(values, Mapping) else values
    return build(Request, known)


def refuse_different(kept: Request, now: Request) -> None:
    """Raises RunError naming what differs, where a run is to be gone on with under another request."""
    lines = kept.differs(now)
    if lines:
        raise RunError(
            f"this run was asked for otherwise: {'; '.join(lines[:10])}",
            expected="the same request",
            fix="leave the flags out, as lamina fit RUN --resume, or give another --out",
        )


def _given(config: Mapping[str, Any], words: Sequence[str]) -> set[str]:
    """The dotted names of the settings that are given."""
    names = {word.partition("=")[0].strip() for word in words}
    for name, value in config.items():
        names |= {f"{name}.{inner}" for inner in value} if isinstance(value, Mapping) else {name}
    return names


def _comparable(request: Request) -> dict[str, Any]:
    """The fields, with paths written in one way."""
    values = dataclasses.asdict(request)
    paths = {name: os.path.normpath(values[name]) for name in ("source", "test", "valid") if values[name]}
    return {**values, **paths}
