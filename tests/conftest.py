"""What every test may ask for."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# Products of numpy take one thread each, as torch's do below: two that share a core with another worker wait for each
# other by turning. It is read when numpy is first loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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


@dataclass(frozen=True)
class Asking:
    """Who asks a server: `ask("GET", "/health")` is a status, the headers, and what the JSON says."""

    server: Any

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server.address.rpartition(":")[2])

    def __call__(self, method: str, path: str, body: Any = b"", **headers: str) -> tuple[int, Any, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return response.status, response.headers, json.loads(response.read() or b"null")
        finally:
            connection.close()

    def rows(self, *rows: Any, **headers: str) -> tuple[int, Any]:
        """The status and the answer for rows."""
        status, _, said = self(
            "POST", "/predict", json.dumps({"rows": rows}), **{"content_type": "application/json", **headers}
        )
        return status, said


@contextmanager
def answering(server: Any) -> Iterator[Asking]:
    """A server in a thread of its own, for as long as the block runs."""
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield Asking(server)
    finally:
        server.stop()
        thread.join(20)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def served() -> Callable[[Any], Any]:
    """`with served(server) as ask:`"""
    return answering


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
