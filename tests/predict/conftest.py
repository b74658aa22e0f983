"""Two small runs on tables: one with a line of names, one without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lamina
from lamina.teller import Quiet

NAMES = ("id", "age", "colour", "size", "kept")


def rows(count: int, seed: int = 0) -> list[tuple[str, ...]]:
    """Rows whose answer follows from age and colour."""
    rng = np.random.default_rng(seed)
    made = []
    for i in range(count):
        age, colour = int(rng.integers(18, 90)), str(rng.choice(["red", "green", "blue"]))
        kept = "yes" if age > 50 or colour == "red" else "no"
        made.append((f"P{i:03d}", str(age), colour, f"{rng.normal():.3f}", kept))
    return made


def csv(*made: tuple[str, ...], header: bool = True) -> str:
    """Rows as a file."""
    return "\n".join(map(",".join, [NAMES, *made] if header else made)) + "\n"


@pytest.fixture(scope="session")
def table_run(tmp_path_factory: pytest.TempPathFactory) -> lamina.Run:
    """A run on a table with names; its source is deleted afterwards."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "table.csv").write_text(csv(*rows(300)))
    run = lamina.fit(folder / "table.csv", steps=60, out=folder / "run", teller=Quiet())
    (folder / "table.csv").unlink()
    return run


@pytest.fixture(scope="session")
def bare_run(tmp_path_factory: pytest.TempPathFactory) -> lamina.Run:
    """A run on a table without names, whose target is the second column."""
    folder = tmp_path_factory.mktemp("bare")
    turned = [(r[1], r[4], r[2], r[3]) for r in rows(300)]
    (folder / "table.csv").write_text(csv(*turned, header=False))
    return lamina.fit(folder / "table.csv", "column2", steps=60, header="none", out=folder / "run", teller=Quiet())


@pytest.fixture
def new(tmp_path: Path):
    """`new(rows…)`: a file of new rows without the target."""

    def write(*made: tuple[str, ...], names: tuple[str, ...] = NAMES[:4]) -> Path:
        path = tmp_path / "new.csv"
        path.write_text("\n".join(map(",".join, [names, *made] if names else made)) + "\n")
        return path

    return write
