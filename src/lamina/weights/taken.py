"""Which tensors of a loaded checkpoint are a net's weights, and what else stands beside them.

A checkpoint is what its author put in a dictionary: weights under a name of their own choice, the state of an
optimiser, averages, counts, the words of the command. Weights are a dictionary of named tensors; where there are
several, the user says which. Nothing is left out unsaid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..errors import SettingError, SourceError
from ..findings import printable

TOP = "."  # what the dictionary that holds all is called
DEEP = 8  # dictionaries inside each other that are looked into
TIMES = 16  # as many bytes as a file has, written for tensors that are parts of each other
SLACK = 64 << 20
WRAPPERS = ("module.", "_orig_mod.")  # DataParallel, torch.compile
PLAIN = (
    *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2),
    *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
)


@dataclass
class Found:
    """What stands in a checkpoint: named tensors by the key they stand under, and all else in words."""

    groups: dict[str, dict[str, Tensor]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Taken:
    """The weights that were taken out of a checkpoint, the key they stood under, what was taken off all their names,
    what was left out, each in words, and names that stand for one tensor."""

    tensors: dict[str, Tensor]
    key: str
    wrappers: tuple[str, ...]
    left: tuple[str, ...]
    shared: tuple[tuple[str, ...], ...]


def take(loaded: Any, key: str, path: Path, size: int) -> Taken:
    """The weights in what a file of `size` bytes, unpacked, was loaded as.

    Raises SourceError where there are none, or they are not finite or more than the file holds, and SettingError where
    there are several and none is chosen by its key, or by one that is none.
    """
    found = look(loaded)
    if not found.groups:
        held = f": it holds {_listed(found.left)}" if found.left else ""
        raise SourceError(
            f"{path} holds no tensors with names{held}", expected="weights by name, as model.state_dict() has them"
        )
    choices = [f"{name} ({counted(group)})" for name, group in found.groups.items()]
    if key and key not in found.groups:
        raise SettingError(f'{path} has no tensors under "{printable(key)}"', expected=f"--key with {_or(choices)}")
    if not key and len(found.groups) > 1:
        raise SettingError(
            f"{path} holds tensors under several keys", expected=_or(choices), fix=f"--key {next(iter(found.groups))}"
        )
    key = key or next(iter(found.groups))
    others = [said for name, said in zip(found.groups, choices, strict=True) if name != key]
    tensors, wrappers = unwrapped(found.groups[key])
    _refuse_more(path, tensors, size)
    _refuse_odd(path, tensors)
    return Taken(tensors, key, wrappers, (*others, *found.left), shared(tensors))


def look(loaded: Any) -> Found:
    """All that stands in a checkpoint. The same dictionary, met again, is said and not looked into."""
    found = Found()
    _look(loaded, "", found, {id(loaded): TOP}, DEEP)
    return found


def _look(node: Any, at: str, found: Found, seen: dict[int, str], deep: int) -> None:
    named: dict[str, Tensor] = {}
    for name, value in _entries(node):
        place = f"{at}.{name}" if at else str(name)
        if isinstance(value, Tensor) and isinstance(node, dict) and isinstance(name, str) and not unwritable(value):
            named[name] = Tensor.detach(value)
        elif _is_optimiser(value):
            found.left.append(f"{printable(place)} (state of an optimiser)")
        elif isinstance(value, dict | list) and len(value):
            if id(value) in seen:
                found.left.append(f"{printable(place)} (the same as {seen[id(value)]})")
                continue
            seen[id(value)] = printable(place)
            inner = Found()
            if deep:
                _look(value, place, inner, seen, deep - 1)
            found.groups.update(inner.groups)
            found.left += inner.left if inner.groups else [f"{printable(place)} ({len(value):,} entries)"]
        else:
            found.left.append(f"{printable(place)} ({_words(value)})")
    if any(x.dim() for x in named.values()):
        found.groups[printable(at) or TOP] = named
    else:
        found.left += [f"{printable(f'{at}.{name}' if at else name)} (one number)" for name in named]


def _entries(node: Any) -> list[tuple[Any, Any]]:
    """What a dictionary or list holds, asked of its class: a file can give an instance methods of its own."""
    if isinstance(node, dict):
        return [(name if isinstance(name, str | int) else type(name).__name__, x) for name, x in dict.items(node)]
    return list(enumerate(node)) if isinstance(node, list) else []


def _is_optimiser(value: Any) -> bool:
    return isinstance(value, dict) and dict.__contains__(value, "state") and dict.__contains__(value, "param_groups")


def unwritable(tensor: Tensor) -> str:
    """Why a tensor is none that a plain file holds; nothing where it is one."""
    if tensor.layout != torch.strided or tensor.is_nested:
        return "a sparse or nested tensor"
    if tensor.is_quantized or tensor.dtype not in PLAIN:
        return f"a tensor of {str(tensor.dtype).removeprefix('torch.')}"
    return "" if tensor.device.type == "cpu" else "a tensor without numbers"


def _words(value: Any) -> str:
    """What a value is that is no weight, without its content."""
    if isinstance(value, Tensor):
        return unwritable(value) or "a tensor without a name"
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float | complex):
        return "a number"
    if isinstance(value, str):
        return "a text"
    return "nothing" if value is None else f"a {type(value).__name__}"


def unwrapped(tensors: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], tuple[str, ...]]:
    """The tensors under the names that the net itself has for them: what a wrapper puts before all of them is off."""
    made, off = dict(tensors), []
    while found := next((word for word in WRAPPERS if all(name.startswith(word) for name in made)), ""):
        made = {name.removeprefix(found): x for name, x in made.items()}
        off.append(found)
    return made, tuple(off)


def shared(tensors: Mapping[str, Tensor]) -> tuple[tuple[str, ...], ...]:
    """Names that stand for one tensor, as tied weights do."""
    places: dict[Any, list[str]] = {}
    for name, x in tensors.items():
        if x.numel():
            places.setdefault((x.data_ptr(), x.dtype, tuple(x.shape), x.stride()), []).append(name)
    return tuple(tuple(names) for names in places.values() if len(names) > 1)


def _refuse_more(path: Path, tensors: Mapping[str, Tensor], size: int) -> None:
    """Raise where tensors claim more bytes than the file has, before one of them is looked at."""
    total = sum(x.numel() * x.itemsize for x in tensors.values())
    claimed = [name for name, x in tensors.items() if x.untyped_storage().nbytes() > size]
    if claimed or (total > SLACK and total > TIMES * size):
        what = f'"{printable(claimed[0])}" claims more than that' if claimed else f"its tensors come to {total:,}"
        raise SourceError(
            f"{path} holds {size:,} bytes, and {what}", expected=f"at most {TIMES} times the bytes of the file"
        )


def _refuse_odd(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Raise for names that no file can hold, and numbers that are not finite."""
    odd = [name for name in tensors if name == "__metadata__" or not _is_text(name)]
    if odd:
        raise SourceError(f'{path} has a tensor named "{printable(odd[0])}"', expected="names that can be written")
    broken = [name for name, x in tensors.items() if x.is_floating_point() and not _finite(x)]
    if broken:
        raise SourceError(
            f"{path} holds numbers that are not finite in {_listed(broken)}",
            expected="weights that training did not spoil",
            fix="an earlier checkpoint of the same training",
        )


def _finite(x: Tensor) -> bool:
    return bool((x if x.itemsize > 1 else x.float()).isfinite().all())


def _is_text(name: str) -> bool:
    try:
        return bool(name.encode("utf-8")) or not name
    except UnicodeEncodeError:
        return False


def counted(group: Mapping[str, Tensor]) -> str:
    """How many tensors, and how many numbers they hold, in words."""
    numbers = sum(x.numel() for x in group.values())
    return f"{len(group):,} tensor{'' if len(group) == 1 else 's'}, {numbers:,} numbers"


def _or(words: list[str]) -> str:
    return " or ".join(words[:10]) + (f", and {len(words) - 10} more" if len(words) > 10 else "")


def _listed(names: list[str]) -> str:
    shown = ", ".join(map(printable, names[:10]))
    return shown + (f" and {len(names) - 10} more" if len(names) > 10 else "")
