"""What is asked in Python, as the command line has it: names and paths are text, settings are words."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from ..config import read_file
from ..errors import SettingError
from .request import Request

TEXTS = tuple(f.name for f in fields(Request) if f.default == "")
LISTS = tuple(f.name for f in fields(Request) if f.default == ())
WEIGHED = ("sample_weight", "sample_weights", "class_weight", "class_weights", "weight")
COLUMN = "the name of one column"
SOURCE = "a path or a built-in name"
PARTS = 'lm.fit({"train": frame, "test": other}), and "valid" in the same way'
CHECKPOINT = "a .safetensors file of a net's weights, or a run; rows cannot be weighed"
WANTED = {  # what a name takes, and what to type for what is often meant by it
    "target": (f'{COLUMN}, or "none"', 'target="COLUMN"; where y is values, lm.fit((x, y))'),
    "group": (COLUMN, 'group="COLUMN"'),
    "time": (COLUMN, 'time="COLUMN"'),
    "test": (SOURCE, PARTS),
    "valid": (SOURCE, PARTS),
    "weights": (CHECKPOINT, ""),
    "kinds": ('a kind in words for each name, such as {"COLUMN": "Category()"}', ""),
    "settings": ('values by name, as {"train.batch": 8}, or words, as ["train.batch=8"]', ""),
    "config": ('names with values, as {"train": {"batch": 8}}, or the path of a settings file', ""),
}


def as_asked(asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked by name, as a request holds it. A path may be any that is one, a run stands for its directory, a
    name of a column may be a number, and one name may stand where several can.

    Raises SettingError for what cannot be meant, with what to type.
    """
    return {name: _as_held(name, value) for name, value in asked.items()}


def _as_held(name: str, value: Any) -> Any:
    if name in WEIGHED:
        raise SettingError(
            f"{name} is not known: rows cannot be weighed",
            expected="rows that all count alike",
            fix='settings={"head.balance": True}, which weighs rare classes up',
        )
    if name == "settings":
        return _words(value)
    if name == "config" and isinstance(value, str | os.PathLike):
        return read_file(Path(value))
    if name in ("config", "kinds") and not isinstance(value, Mapping):
        raise _unlike(name, value)
    if name == "kinds":
        return {_text(name, column): _text(name, kind) for column, kind in value.items()}
    if name in TEXTS:
        return _text(name, value)
    if name in LISTS:
        return _texts(name, value)
    return value


def _text(name: str, value: Any) -> str:
    if isinstance(value, int | np.integer) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str | os.PathLike):
        raise _unlike(name, value)
    return os.fsdecode(value)


def _texts(name: str, value: Any) -> list[str]:
    if isinstance(value, str | int) or not hasattr(value, "__iter__"):
        return [_text(name, value)]
    return [_text(name, one) for one in value]


def _words(settings: Any) -> list[str]:
    """Settings as the command line has them: name=value."""
    if isinstance(settings, Mapping):
        return [f"{name}={value}" for name, value in _flat(settings)]
    if not isinstance(settings, str | list | tuple):
        raise _unlike("settings", settings)
    return _texts("settings", settings)


def _flat(settings: Mapping[Any, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every setting by its name with dots, whether it came so or in a dict in the dict."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", str(value).lower() if value is None or isinstance(value, bool) else value


def _unlike(name: str, value: Any) -> SettingError:
    plain = value is None or isinstance(value, str | int | float)
    one = value[0] if isinstance(value, list | tuple) and len(value) == 1 else None
    expected, fix = WANTED.get(name, ("names, as text" if name in LISTS else "text", ""))
    return SettingError(
        f"{name} cannot be {value!r:.40}" if plain else f"{name} cannot be a {type(value).__name__}",
        expected=expected,
        fix=f'{name}="{one}"' if isinstance(one, str) else fix,
    )
