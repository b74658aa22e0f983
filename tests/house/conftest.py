"""The source of the house as the tests of this folder read it: text and syntax trees, nothing imported."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src"


@dataclass(frozen=True)
class Module:
    """A module of the package: `name` with dots, `path` from the repository."""

    name: str
    file: Path

    @property
    def path(self) -> str:
        return f"src/{self.file.relative_to(SOURCE).as_posix()}"

    @property
    def package(self) -> str:
        return self.name if self.file.name == "__init__.py" else self.name.rpartition(".")[0]

    @cached_property
    def text(self) -> str:
        return self.file.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)


@pytest.fixture(scope="session")
def modules() -> dict[str, Module]:
    """Every module of lamina by its dotted name."""
    found = {}
    for file in sorted((SOURCE / "lamina").rglob("*.py")):
        parts = file.relative_to(SOURCE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = Module(name, file)
    return found
