"""What one row costs over HTTP, beside the same row handed to `Run.predict` in Python; and many clients at once.

    python -m bench.serving RUN [REQUESTS]

The server is a process of its own, asked over one connection that is kept, in rounds that take turns with
`Run.predict`; both see the same rows, and processor seconds stand beside wall seconds, for client and server share what
cores they are given. Without a run, one on handwritten digits is trained for a moment.
"""

from __future__ import annotations

import http.client
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa

import lamina
from lamina.serve.ways import WAYS
from lamina.teller import Quiet

ROUNDS, CLIENTS = 5, 8
JSON = {"content-type": "application/json"}
TICK = os.sysconf("SC_CLK_TCK")


@contextmanager
def served(run: Path) -> Iterator[tuple[str, int]]:
    """The address of a server, and its process."""
    words = [sys.executable, "-m", "lamina", "serve", str(run), "--port", "0", "--json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["address"].removeprefix("http://"), process.pid
        finally:
            process.terminate()


def asked(host: str, body: bytes, count: int) -> list[float]:
    """Seconds of each of some requests over one connection."""
    client, times = http.client.HTTPConnection(host), []
    for _ in range(count):
        began = time.perf_counter()
        client.request("POST", "/predict", body, JSON)
        response = client.getresponse()
        response.read()
        assert response.status == 200
        times.append(time.perf_counter() - began)
    client.close()
    return times


def called(run: Any, frame: Any, count: int) -> list[float]:
    """Seconds of each of some answers in this process."""
    times = []
    for _ in range(count):
        began = time.perf_counter()
        run.predict(frame)
        times.append(time.perf_counter() - began)
    return times


def used(process: int) -> float:
    """Processor seconds of a process so far."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def frame_of(run: Any, rows: list[dict[str, Any]]) -> Any:
    """Rows of a request as a frame in memory: a picture as its bytes."""
    kinds = {f.name: f.kind for f in run.predictor().schema.inputs}
    ways = {name: WAYS[type(kind).__name__] for name, kind in kinds.items()}
    return pa.table({name: [way.read(kinds[name], row[name]) for row in rows] for name, way in ways.items()})


def timed(work: Callable[[], list[float]], spent: Callable[[], float]) -> tuple[list[float], float]:
    """The times of some work, and the processor seconds of each."""
    before = spent()
    times = work()
    return times, (spent() - before) / len(times)


def measure(path: Path, count: int) -> None:
    """Print one table."""
    run = lamina.load(path)
    with served(path) as (host, process):
        client = http.client.HTTPConnection(host)
        client.request("GET", "/")
        example = json.loads(client.getresponse().read())["request"]["body"]
        client.close()
        body, frame = json.dumps(example).encode(), frame_of(run, example["rows"])
        asked(host, body, 20), called(run, frame, 20)
        rounds = []
        for _ in range(ROUNDS):
            here = timed(lambda: called(run, frame, count), time.process_time)
            there = timed(lambda: asked(host, body, count), lambda: used(process))
            rounds.append((here, there))
        for name, which in (("Run.predict", 0), ("over HTTP", 1)):
            walls = sorted(1000 * t for one in rounds for t in one[which][0])
            spent = statistics.median(1000 * one[which][1] for one in rounds)
            middle, late = walls[len(walls) // 2], walls[int(0.95 * len(walls))]
            print(f"{name:<12} {middle:6.2f} ms in the middle, {late:6.2f} at 95 %, {spent:6.2f} of the processor")
        ratios = [statistics.median(there[0]) / statistics.median(here[0]) for here, there in rounds]
        costs = [there[1] / here[1] for here, there in rounds]
        print(f"over HTTP / Run.predict: {_said(ratios)} of wall, {_said(costs)} of the server's processor")
        began, before = time.perf_counter(), used(process)
        threads = [threading.Thread(target=asked, args=(host, body, count)) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        every = CLIENTS * count
        took, spent = time.perf_counter() - began, used(process) - before
        print(
            f"{CLIENTS} clients: {every / took:,.0f} requests a second, {1000 * spent / every:.2f} ms of the processor"
        )


def _said(ratios: list[float]) -> str:
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main(path: str = "", count: str = "200") -> None:
    """Ask a run, or one that is trained for a moment."""
    if path:
        measure(Path(path), int(count))
        return
    with tempfile.TemporaryDirectory() as folder:
        lamina.fit("digits", steps=60, out=Path(folder) / "run", teller=Quiet())
        measure(Path(folder) / "run", int(count))


if __name__ == "__main__":
    main(*sys.argv[1:])
