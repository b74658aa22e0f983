"""A census of what training changes: all of it must come back from a checkpoint, and what does not is named.

What a step changes is found, not declared: numbers, texts, tensors, arrays and the states of random generators, in all
that can be reached from an objective. Objects are looked into where they are ours or of the objective's own package;
others, such as a simulator, are taken to be made again by `load`.
"""

from __future__ import annotations

import copy
import hashlib
import json
from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import TrainingError
from ..objectives import Objective
from ..run.tensors import bytes_of

PLAIN = bool | int | float | complex | str | bytes | np.generic
INNER = frozenset(vars(nn.Module()))  # what every module has: its tensors, children and hooks, and its mode
SHOWN = 5


class Census:
    """Taken before the first step of an objective, asked at its first checkpoint.

    A twin is kept of the objective as it was, without its modules, which costs next to nothing. What the objective then
    puts into a checkpoint is loaded into the twin, and where the two still differ, something would be lost. Of modules,
    checkpoints hold the parameters and the buffers that `state_dict` names, so nothing else in them may change.
    """

    def __init__(self, objective: Objective):
        self.roots = {root_of(objective), root_of(self)}
        modules = reached(objective, self.roots)
        self.modules = dict(self._beside(objective, modules))
        shared = [x for m in modules.values() for x in (m, *m.parameters(), *m.buffers())]
        try:
            self.twin: Objective | None = copy.deepcopy(objective, {id(x): x for x in shared})
        except TypeError:  # it holds what cannot be copied, such as a lock: its modules are counted all the same
            self.twin = None

    def check(self, objective: Objective) -> None:
        """Raises TrainingError naming what has changed and would not come back."""
        lost = differing(self.modules, dict(self._beside(objective, reached(objective, self.roots))))
        if self.twin is not None:
            self.twin.load(json.loads(json.dumps(objective.state(), default=lambda x: x.item())))
            pair = [dict(counted(game, "objective", self.roots)) for game in (objective, self.twin)]
            lost += differing(*pair)
        if lost:
            many = len(lost) > SHOWN
            which = ", ".join(lost[:SHOWN]) + (f" and {len(lost) - SHOWN} more" if many else "")
            raise TrainingError(
                f"{which} changed in training and would be lost with the process",
                expected="what is remembered between steps in state() and load(), and every module in players() or "
                "modules(), with what it remembers in buffers that its state_dict() names",
                fix=f"return {lost[0].rpartition('.')[2]} in state() and take it back in load(), or register_buffer it",
            )

    def _beside(self, objective: Objective, modules: Mapping[str, nn.Module]) -> Iterator[tuple[str, str]]:
        """What modules hold beside what is saved of them."""
        saved = {
            id(x)
            for module in {**objective.players(), **objective.modules()}.values()
            for x in module.state_dict(keep_vars=True).values()
        }
        for path, module in modules.items():
            own = {name: x for name, x in vars(module).items() if name not in INNER}
            held = {**dict(module.named_parameters(recurse=False)), **dict(module.named_buffers(recurse=False)), **own}
            for name, value in held.items():
                yield from counted(value, f"{path}.{name}", frozenset(), saved)


def counted(
    value: Any, path: str, roots: set[str] | frozenset[str], passed: set[int] | None = None
) -> Iterator[tuple[str, str]]:
    """(path, digest) of each thing in a value that may differ between two moments, modules left out.

    Objects are looked into where the package of their class is one of `roots`. Things in `passed`, by id, are left out,
    and so is, the second time, what is reached twice.
    """
    passed = set() if passed is None else passed
    if isinstance(value, PLAIN):
        yield path, repr(value)
        return
    if value is None or isinstance(value, nn.Module | type) or id(value) in passed:
        return
    passed.add(id(value))
    found = digest(value)
    if found:
        yield path, found
        return
    for name, part in parts_of(value, roots):
        yield from counted(part, f"{path}{name}", roots, passed)


def digest(value: Any) -> str:
    """What a tensor, an array or a random generator holds, as a short text; nothing for what is none of them."""
    match value:
        case Tensor():
            return f"{list(value.shape)} {_hash(bytes_of(value.detach().cpu().contiguous()).numpy().data)}"
        case np.ndarray():
            data = repr(value.tolist()).encode() if value.dtype.hasobject else value.tobytes()
            return f"{list(value.shape)} {_hash(data)}"
        case torch.Generator():
            return _hash(value.get_state().numpy().data)
        case np.random.Generator():
            return _hash(repr(value.bit_generator.state).encode())
        case np.random.RandomState():
            return _hash(repr(value.get_state()).encode())
    return ""


def parts_of(value: Any, roots: set[str] | frozenset[str]) -> list[tuple[str, Any]]:
    """The parts of a container, or the attributes of an object that is looked into, each with how it is written."""
    if isinstance(value, Mapping):
        return [(f"[{key!r}]", part) for key, part in value.items() if isinstance(key, PLAIN)]
    if isinstance(value, list | tuple | deque):
        return [(f"[{i}]", part) for i, part in enumerate(value)]
    if isinstance(value, set | frozenset):
        return [("{}", sorted(map(repr, value)))]
    if root_of(value) in roots and hasattr(value, "__dict__"):
        return [(f".{name}", part) for name, part in vars(value).items()]
    return []


def reached(value: Any, roots: set[str], path: str = "objective") -> dict[str, nn.Module]:
    """All modules that can be reached from a value, by path; each once."""
    found: dict[str, nn.Module] = {}
    passed: set[int] = set()
    left = deque([(path, value)])
    while left:
        at, now = left.popleft()
        if isinstance(now, PLAIN | Tensor | np.ndarray) or id(now) in passed:
            continue
        if isinstance(now, nn.Module):
            found |= {f"{at}.{name}".rstrip("."): m for name, m in now.named_modules() if id(m) not in passed}
            passed |= {id(m) for m in now.modules()}
        else:
            passed.add(id(now))
            left.extend((f"{at}{name}", part) for name, part in parts_of(now, roots))
    return found


def differing(before: Mapping[str, str], after: Mapping[str, str]) -> list[str]:
    """The paths that are not the same in both."""
    return [path for path in {**after, **before} if before.get(path) != after.get(path)]


def root_of(value: Any) -> str:
    """The package that the class of a value is of."""
    return type(value).__module__.partition(".")[0]


def _hash(data: Any) -> str:
    return hashlib.blake2b(data, digest_size=8).hexdigest()
