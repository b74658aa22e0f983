"""Imports go down: from lower floors and from one's own folder, in no ring, and not hidden inside a function."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

GROUND = (
    "errors",
    "extras",
    "findings",
    "config",
    "rng",
    "shapes",
    "sparse",
    "files",
    "mel",
    "ragged",
    "ranks",
    "room",
    "signals",
    "teller",
    "worlds",
)
FLOORS = (
    ("ground",),
    ("kinds", "forms", "layers"),
    ("data", "models", "metrics", "play", "run"),
    ("heads",),
    ("objectives", "weights"),
    ("recipe",),
    ("predict", "train"),
    ("evaluate", "explain", "compress", "tune", "export"),
    ("report", "serve"),
    ("flow", "cli", "door", "__main__"),
)
FLOOR = {part: number for number, parts in enumerate(FLOORS) for part in parts}
# on one floor nobody imports a neighbour, save that the door and the command line open on what is behind them
NEIGHBOURS = {("door", "flow"), ("cli", "door"), ("cli", "flow"), ("__main__", "cli")}
LAZY = (
    "lamina",
    "lamina.cli",
    "lamina.report",
    "lamina.serve",
)  # may import ourselves inside a function, so that a start costs nothing


def part_of(name: str) -> str:
    """The folder that a dotted name stands in, or the module beside the folders; the ground floor is one folder."""
    part = name.split(".")[1] if "." in name else "door"
    return "ground" if part in GROUND else part


def imported(module, node: ast.stmt, known) -> list[str]:
    """The modules of ours that an import statement names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names if alias.name.split(".")[0] == "lamina"]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        above = module.package.split(".")
        base = ".".join([*above[: len(above) - node.level + 1], *filter(None, [base])])
    if base.split(".")[0] != "lamina":
        return []
    return [f"{base}.{alias.name}" if f"{base}.{alias.name}" in known else base for alias in node.names]


def arrows(module, known, inside: bool | None = None):
    """(module imported, line) of a module; `inside` functions only, outside them only, or all."""
    hidden = {
        id(node)
        for function in ast.walk(module.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(module.tree):
        if inside is None or (id(node) in hidden) is inside:
            for name in imported(module, node, known):
                yield name, node.lineno


def test_every_part_stands_on_a_floor(modules):
    assert {part_of(name) for name in modules} <= set(FLOOR)


def test_every_import_goes_down(modules):
    wrong = []
    for module in modules.values():
        here = part_of(module.name)
        for name, line in arrows(module, modules):
            there = part_of(name)
            if there != here and FLOOR[there] >= FLOOR[here] and (here, there) not in NEIGHBOURS:
                wrong.append(f"{module.path}:{line} imports {name}: from floor {FLOOR[here]} to {FLOOR[there]}")
    assert not wrong, "\n".join(wrong)


def test_what_is_imported_is_there(modules):
    wrong = [
        f"{m.path}:{line} {name}" for m in modules.values() for name, line in arrows(m, modules) if name not in modules
    ]
    assert not wrong, "\n".join(wrong)


def test_there_is_no_ring(modules):
    graph = {
        module.name: {name for name, _ in arrows(module, modules, inside=False) if name != module.name}
        for module in modules.values()
        if module.name != "lamina"  # the door opens on everything, lazily
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_nobody_imports_ourselves_inside_a_function_but_the_door_and_the_command_line(modules):
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules.values()
        if module.package not in LAZY
        for name, line in arrows(module, modules, inside=True)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_wrong_arrow_would_be_seen(modules):
    module = modules["lamina.kinds.category"]
    node = ast.parse("from ..train import fit\nfrom . import base\nimport lamina.models.cnn").body
    assert [imported(module, n, modules) for n in node] == [
        ["lamina.train"],
        ["lamina.kinds.base"],
        ["lamina.models.cnn"],
    ]
    assert FLOOR[part_of("lamina.train")] > FLOOR[part_of(module.name)]
