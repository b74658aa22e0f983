"""Settings from text: typed by the dataclass they belong to, refused with the nearest known name or the range.

A value stays text until the field it is meant for says what it is, so `no`, `010` and `12:30:00` are never guessed at
and `1e-3` is a number where a number is wanted. YAML is read with the core rules of version 1.2 in that sense: no tags,
no aliases, no repeated keys.
"""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError

from .errors import SettingError, nearest

T = TypeVar("T")

MAX_BYTES = 1 << 20
MAX_DEPTH = 16
MAX_DIGITS = 400
MAX_VALUES = 10_000

Loader: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every value stays text; thirty times as fast in C


def build(cls: type[T], values: Any, where: str = "") -> T:
    """Make a frozen dataclass from plain values, nested ones too.

    Raises SettingError: an unknown name (with the nearest known), a wrong type, a value out of its range.
    """
    if not isinstance(values, Mapping):
        raise SettingError(f"{where}{values!r:.40} holds no settings", expected="names with values")
    _known(cls, values, where)
    try:
        made: T = _reader(cls).validate_python(values)  # type: ignore[arg-type]  # a class can be hashed
    except ValidationError as error:
        raise _refusal(error, where) from None
    for name, _, value in explain(made):
        if any(
            isinstance(v, float) and not math.isfinite(v) for v in (value if isinstance(value, tuple) else (value,))
        ):
            raise SettingError(f"{where}{name} = {value} cannot be", expected="a finite number")
    return made


@cache
def _reader(cls: type[Any]) -> TypeAdapter[Any]:
    """What reads settings of a class, made once: it takes a millisecond or two, and a run reads a dozen."""
    return TypeAdapter(cls)


def change(base: T, words: list[str]) -> T:
    """A settings object with `key=value` words applied to it: change(recipe, ["optimizer.rate=0.01"]).

    Raises SettingError as `build` does, and for a word without `=`.
    """
    values = dataclasses.asdict(base)  # type: ignore[call-overload]
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise SettingError(f'"{word}" is not a setting', expected="key=value", fix=f"--set {name}=VALUE")
        _place(type(base), values, name.strip(), text.strip())
    return build(type(base), values)


def overlay(base: T, given: Mapping[str, Any]) -> T:
    """A settings object with a nested mapping (a settings file) laid over it."""
    values = dataclasses.asdict(base)  # type: ignore[call-overload]
    _known(type(base), given, "")
    _lay(values, given)
    return build(type(base), values)


def read_file(path: Path) -> dict[str, Any]:
    """A settings file, YAML or JSON, as nested text values; typed later by `overlay`.

    Raises SettingError: over 1 MiB, 16 levels or 10,000 values, an alias, a tag, a repeated key, or not a mapping.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SettingError(f"{path.name} holds {path.stat().st_size:,} bytes", expected="at most 1 MiB of settings")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"cannot read the settings file {path}: {error}", expected="YAML or JSON in UTF-8") from None
    try:
        _check_events(text, path.name)
        node = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise SettingError(f"{path.name} is neither YAML nor JSON: {error}") from None
    value = {} if node is None else _plain(node, path.name)
    if not isinstance(value, dict):
        raise SettingError(
            f"{path.name} does not hold settings", expected="names with values, as optimizer: {rate: 0.01}"
        )
    return value


def explain(base: Any, prefix: str = "") -> Iterator[tuple[str, str, Any]]:
    """Every setting with its type and value: ("optimizer.rate", "float, > 0", 0.003)."""
    hints = get_type_hints(type(base), include_extras=True)
    for f in dataclasses.fields(base):
        value = getattr(base, f.name)
        if dataclasses.is_dataclass(value):
            yield from explain(value, f"{prefix}{f.name}.")
        else:
            yield f"{prefix}{f.name}", _type_words(hints[f.name]), value


def parse_json(text: str | bytes, name: str) -> Any:
    """JSON as we write it, with caps on size, depth and digits; NaN and repeated keys are refused.

    Raises SettingError naming the file.
    """
    size = len(text)
    if size > 64 * MAX_BYTES:
        raise SettingError(f"{name} holds {size:,} bytes", expected="at most 64 MiB of JSON")
    try:
        return json.loads(
            text, object_pairs_hook=each_key_once, parse_constant=no_constant, parse_int=_int, parse_float=_float
        )
    except (ValueError, RecursionError) as error:
        raise SettingError(f"{name} is not the JSON it should be: {error}") from None


def each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON. Raises ValueError where a key stands twice."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key is repeated")
    return made


def no_constant(word: str) -> float:
    """Refuse NaN and Infinity, which JSON has not."""
    raise ValueError(f"{word} is not a number")


def _int(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


def _float(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits[:20]} is not a finite number")
    return value


def _check_events(text: str, name: str) -> None:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=Loader)):
        line = event.start_mark.line + 1 if event.start_mark else 0
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise SettingError(f"{name}, line {line}: an alias, anchor or tag", expected="plain values")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH:
            raise SettingError(
                f"{name}, line {line}: nested more than {MAX_DEPTH} deep", expected="two or three levels"
            )
        if count > 2 * MAX_VALUES:
            raise SettingError(f"{name} holds more than {MAX_VALUES:,} values", expected="a few dozen settings")


def _plain(node: yaml.Node, name: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return node.value
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, name) for item in node.value]
    made: dict[str, Any] = {}
    for key_node, value_node in node.value:
        word = key_node.value
        if not isinstance(word, str) or word in made:
            raise SettingError(f"{name}: the name {word!r} is repeated or no word")
        made[word] = _plain(value_node, name)
    return made


def _names(cls: type) -> dict[str, Any]:
    hints = get_type_hints(cls)
    return {f.name: hints[f.name] for f in dataclasses.fields(cls)}


def _known(cls: type, values: Mapping[str, Any], where: str) -> None:
    names = _names(cls)
    for word, value in values.items():
        if word not in names:
            raise SettingError(f'unknown setting "{where}{word}"', expected=nearest(str(word), names))
        if dataclasses.is_dataclass(names[word]) and isinstance(value, Mapping):
            _known(names[word], value, f"{where}{word}.")


def _place(cls: type, values: dict[str, Any], name: str, text: str) -> None:
    """Put text at a dotted name; below a free mapping (a model's own settings) any name is taken."""
    here, known, free = values, _names(cls), False
    *path, last = name.split(".", MAX_DEPTH)
    for i, word in enumerate(path):
        if not free and word not in known:
            raise SettingError(f'unknown setting "{name}"', expected=nearest(name, _dotted(cls)))
        inner = None if free else known[word]
        free = free or not dataclasses.is_dataclass(inner)
        here = here.setdefault(word, {})
        if not isinstance(here, dict):
            raise SettingError(f'"{".".join(path[: i + 1])}" is one value and has no settings below it')
        known = _names(inner) if dataclasses.is_dataclass(inner) else {}  # type: ignore[arg-type]
    if not free and last not in known:
        raise SettingError(f'unknown setting "{name}"', expected=nearest(name, _dotted(cls)))
    here[last] = None if text == "none" else text


def _dotted(cls: type, prefix: str = "") -> list[str]:
    out = []
    for word, hint in _names(cls).items():
        out += _dotted(hint, f"{prefix}{word}.") if dataclasses.is_dataclass(hint) else [prefix + word]  # type: ignore[arg-type]
    return out


def _lay(values: dict[str, Any], given: Mapping[str, Any]) -> None:
    for word, value in given.items():
        if isinstance(value, Mapping) and isinstance(values.get(word), dict):
            _lay(values[word], value)
        else:
            values[word] = value


def _refusal(error: ValidationError, where: str) -> SettingError:
    first = error.errors(include_url=False)[0]
    name = where + ".".join(str(part) for part in first["loc"])
    plain = first["input"] is None or isinstance(first["input"], str | int | float | list | tuple | Mapping)
    given = repr(first["input"]) if plain else f"a {type(first['input']).__name__}"
    shown = given if len(given) <= 60 else given[:57] + "..."
    return SettingError(f"{name} = {shown} cannot be", expected=first["msg"][0].lower() + first["msg"][1:])


def _type_words(hint: Any) -> str:
    """A type hint as a person says it: Annotated[float, Gt(0)] is "float, > 0"."""
    if get_origin(hint) is dict:
        return "names with values"
    signs = {"gt": ">", "ge": "≥", "lt": "<", "le": "≤"}
    base, *marks = get_args(hint) if hasattr(hint, "__metadata__") else (hint,)
    limits = [
        f"{sign} {value:g}"
        for mark in marks
        for part in (getattr(mark, "metadata", None) or [mark])
        for word, sign in signs.items()
        if (value := getattr(part, word, None)) is not None
    ]
    choices = get_args(base)
    words = " | ".join(_type_words(c) if isinstance(c, type) else str(c) for c in choices) if choices else base.__name__
    return ", ".join([words.replace("NoneType", "none"), *limits])
