"""1,000 characters written by a finished run of the small GPT: `run.write`."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import lamina
from bench.peers.data import DATA
from bench.peers.gauge import say

SETTINGS = ("model.width=128", "data.length=64")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        text = (DATA / "tinyshakespeare" / "input.txt").read_text()[:100_000]
        (Path(folder) / "plays.txt").write_text(text)
        run = lamina.fit(Path(folder) / "plays.txt", steps=1, out=Path(folder) / "run", settings=SETTINGS)
        "".join(run.write("ROMEO:", 10))
        began = time.perf_counter()
        written = "".join(run.write("ROMEO:", 1000))
        assert len(written) >= 1000
        say(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main()
