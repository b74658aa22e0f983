"""A run that is none: a directory with a manifest, and answers that a test decides on."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from lamina.kinds import Category, Field, Image, Number, Schema
from lamina.predict import Answer
from lamina.run import RunDirectory
from lamina.serve import Limits, Place, Server
from lamina.teller import Quiet

SCHEMA = Schema(
    (
        Field("age", Number(mean=40.0, std=10.0, low=0.0, high=90.0), "input"),
        Field("colour", Category(("green", "red")), "input"),
        Field("kept", Category(("no", "yes")), "target"),
    ),
    {"name": "an identifier"},
)
PICTURES = Schema(
    (Field("image", Image(height=8, width=8, channels=1), "input"), Field("label", Category(("a", "b")), "target"))
)


@dataclass
class Made:
    """What answers rows with their numbers, or as `call` says."""

    files: dict[str, Any]
    schema: Schema = SCHEMA
    forecast: Any = None
    heading: str = "answer"
    call: Callable[[Any], list[Answer]] = field(
        default=lambda table: [Answer(str(row), "yes", {"no": 0.25, "yes": 0.75}) for row in range(len(table))]
    )

    def answer(self, table: Any) -> list[Answer]:
        return self.call(table)


@dataclass
class Bench:
    """Makes servers of a directory that holds no more than a manifest and weights that nobody reads."""

    path: Path
    made: Made
    heard: Quiet

    def server(self, token: str = "", verbose: bool = False, **limits: Any) -> Server:
        return Server(
            self.path, self.read, Place(port=0, token=token), Limits(**limits), teller=self.heard, verbose=verbose
        )

    def read(self) -> Made:
        return replace(self.made, files=RunDirectory.open(self.path).files())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    run = RunDirectory.create(tmp_path / "run", {})
    run.write("weights.safetensors", b"weights")
    return Bench(run.path, Made({}), Quiet())


@pytest.fixture(scope="session")
def asked(tmp_path_factory: pytest.TempPathFactory, served: Any) -> Iterator[Any]:
    """One server for all that only ask it."""
    run = RunDirectory.create(tmp_path_factory.mktemp("asked") / "run", {})
    run.write("weights.safetensors", b"weights")
    limits = {"body": 4_000, "rows": 3, "seconds": 0.5}
    with served(Bench(run.path, Made({}), Quiet()).server(**limits)) as ask:
        yield ask


def until(true: Callable[[], Any]) -> None:
    """Wait for something to become true."""
    for _ in range(400):
        if true():
            return
        time.sleep(0.02)
    raise AssertionError("it never came true")
