"""Lengths, parameters and public names are counted; raising a number is a change people see.

`budgets.json` holds the limits, and for each place that may pass one, its own limit with the reason.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

BUDGETS = json.loads((Path(__file__).parent / "budgets.json").read_text(encoding="utf-8"))


def functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Every function with its name, `Class.method` for a method."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{prefix}{child.name}", child
        inner = f"{prefix}{child.name}." if isinstance(child, ast.ClassDef | ast.FunctionDef) else prefix
        yield from functions(child, inner)


def parameters(function: ast.FunctionDef) -> int:
    """How many parameters a caller can fill in."""
    given = function.args
    names = [a.arg for a in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")]) + bool(given.vararg) + bool(given.kwarg)


def public(tree: ast.Module) -> set[str]:
    """The names a module defines for others, or those it lists in `__all__`."""
    names: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and target.id == "__all__":
                return set(ast.literal_eval(node.value))
            if isinstance(target, ast.Name):
                names.add(target.id)
    return {name for name in names if not name.startswith("_")}


def counted(modules, what: str) -> dict[str, int]:
    """What is counted, by place: `path` or `path:function`."""
    if what == "lines of a file":
        return {m.path: len(m.text.splitlines()) for m in modules.values()}
    if what == "public names of a module":
        return {m.path: len(public(m.tree)) for m in modules.values()}
    found = {f"{m.path}:{name}": f for m in modules.values() for name, f in functions(m.tree)}
    if what == "lines of a function":
        return {place: f.end_lineno - f.lineno + 1 for place, f in found.items()}
    return {place: parameters(f) for place, f in found.items()}


@pytest.mark.parametrize("what", BUDGETS)
def test_nothing_passes_its_budget(modules, what):
    most, raised = BUDGETS[what]["most"], BUDGETS[what]["raised"]
    over = {
        place: f"{n} {what}, at most {raised.get(place, [most])[0]}"
        for place, n in counted(modules, what).items()
        if n > raised.get(place, [most])[0]
    }
    assert not over, "\n".join(f"{place}: {said}" for place, said in over.items())


@pytest.mark.parametrize("what", BUDGETS)
def test_every_raised_budget_is_needed_and_has_its_reason(modules, what):
    most, raised, now = BUDGETS[what]["most"], BUDGETS[what]["raised"], counted(modules, what)
    for place, (limit, reason) in raised.items():
        assert len(reason.split()) >= 4, f"{place} gives no reason"
        assert limit >= now.get(place, 0) > most, f"{place} does not need its raised budget"


def test_the_counting_counts():
    head = "X = 1\n_y = 2\nclass A:\n    def f(self, a, /, b, *c, d=1, **e):\n        def g(): pass\n"
    tree = ast.parse(head + "def h():\n    'x'\n    return 1\n")
    found = dict(functions(tree))
    assert set(found) == {"A.f", "A.f.g", "h"}
    assert parameters(found["A.f"]) == 5
    assert found["h"].end_lineno - found["h"].lineno + 1 == 3
    assert public(tree) == {"X", "A", "h"}
    assert public(ast.parse("__all__ = ['p']\nq = 1")) == {"p"}
