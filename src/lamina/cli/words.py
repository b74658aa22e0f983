"""The words of a command as the door knows them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PLAIN = (
    "target",
    "test",
    "valid",
    "model",
    "objective",
    "horizon",
    "seed",
    "epochs",
    "steps",
    "minutes",
    "plan",
    "weights",
    "start",
    "teacher",
    "judge",
    "unseen",
    "header",
    "encoding",
    "delimiter",
    "group",
    "time",
    "fold",
)
REPEATED = ("inputs", "known", "settings", "missing")


def asked_of(given: Mapping[str, Any], typed: Sequence[str]) -> dict[str, Any]:
    """The options that were given, and the command as typed; what was not said is left out.

    Raises SettingError for a --kind that is not COL=KIND, and what a settings file gives reason for.
    """
    from ..config import read_file
    from ..errors import SettingError

    asked: dict[str, Any] = {name: given[name] for name in PLAIN if given.get(name) not in (None, "")}
    asked |= {name: tuple(given[name]) for name in REPEATED if given.get(name)}
    pairs = [word.partition("=") for word in given.get("kind") or ()]
    for column, equals, _ in pairs:
        if not equals:
            raise SettingError(f'"{column}" is not COL=KIND', expected="such as --kind age=Number")
    if pairs:
        asked["kinds"] = {column: kind for column, _, kind in pairs}
    if given.get("config"):
        asked["config"] = read_file(Path(given["config"]))
    return {**asked, "command": shlex.join(["lamina", *typed])}
