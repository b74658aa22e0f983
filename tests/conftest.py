"""What every test may ask for."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch

import lamina
from lamina.errors import Stopped
from lamina.teller import Quiet

ROOT = Path(__file__).parents[1]


@pytest.fixture(autouse=True, scope="session")
def signals_are_heard() -> None:
    """What runs in the background may ignore Ctrl-C, and would hand that on to the commands that tests start."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Workers of pytest-xdist share the cores; threads of torch would fight for them, and sums would differ."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real data sets: LAMINA_DATA, or one beside the repository."""
    folder = Path(os.environ.get("LAMINA_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"there is no folder {folder}; LAMINA_DATA names another")
    return folder


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run on digits, trained for a moment; only to be read. `own_run` has a copy to break."""
    out = tmp_path_factory.mktemp("trained") / "run"
    lamina.fit("digits", steps=60, out=out, teller=Quiet())
    return out


@pytest.fixture
def own_run(trained: Path, tmp_path: Path) -> Path:
    """A copy of the finished run."""
    return Path(shutil.copytree(trained, tmp_path / "run"))


@pytest.fixture(scope="session")
def halted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on digits that was stopped in the middle of training, both checkpoint slots written; only to be read."""
    out = tmp_path_factory.mktemp("halted") / "run"
    for step in (20, 40):
        with pytest.raises(Stopped):
            lamina.fit("digits", steps=60, out=out, teller=Stopper(step), resume=True)
    return out


class Stopper(Quiet):
    """Asks to stop, as Ctrl-C does, once training has come to a step."""

    def __init__(self, step: int):
        super().__init__()
        self.step = step

    @contextmanager
    def bar(self, what: str, total: float) -> Iterator[Callable[[float, str], None]]:
        """Watch the steps."""

        def tell(done: float, words: str) -> None:
            if what == "train" and done >= self.step:
                signal.raise_signal(signal.SIGINT)

        yield tell


def pytest_configure(config: pytest.Config) -> None:
    """Marks of our own."""
    config.addinivalue_line("markers", "slow: takes more than a minute; -m 'not slow' leaves it out")
