"""What was asked of a run, as typed; kept in the run directory, so that the run can be done again or gone on with."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from ..config import build
from ..errors import RunError
from ..recipe import Budget


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
    kinds: Mapping[str, str] = field(default_factory=dict)
    seed: int = 0
    epochs: int = 0
    steps: int = 0
    minutes: float = 0.0
    plan: str = ""  # default, measure, a file, or nothing: measured when the run is long enough to pay for it
    weights: str = ""
    settings: tuple[str, ...] = ()
    config: Mapping[str, Any] = field(default_factory=dict)
    header: Literal["auto", "none", "first"] = "auto"
    missing: tuple[str, ...] = ()
    encoding: str = ""
    delimiter: str = ""
    group: str = ""
    time: str = ""
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
        mine, theirs = dataclasses.asdict(self), dataclasses.asdict(other)
        return [
            f"{name}: {mine[name]!r}, now {theirs[name]!r}"
            for name in mine
            if name not in ("command", "version") and mine[name] != theirs[name]
        ]


def request_from_json(values: Mapping[str, Any]) -> Request:
    """A request from its JSON. Raises SettingError for what this version does not know."""
    return build(Request, {name: value for name, value in values.items() if name != "budget"})


def refuse_different(kept: Request, now: Request) -> None:
    """Raises RunError naming what differs, where a run is to be gone on with under another request."""
    lines = kept.differs(now)
    if lines:
        raise RunError(
            f"this run was asked for otherwise: {'; '.join(lines[:10])}",
            expected="the same request",
            fix="leave the flags out, as lamina fit RUN --resume, or give another --out",
        )
