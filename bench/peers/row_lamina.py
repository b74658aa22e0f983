"""One row of Adult answered by a finished run: `run.predict` of a table of one row, as it comes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import lamina
from bench.peers.columns import parts
from bench.peers.gauge import milliseconds


def main() -> None:
    table, _, test, _ = parts(3000)
    table["income"] = parts(3000)[1].astype(str)
    with tempfile.TemporaryDirectory() as folder:
        run = lamina.fit(table, target="income", model="mlp", epochs=1, out=Path(folder) / "run")
        milliseconds(lambda: run.predict(test[:1]))


if __name__ == "__main__":
    main()
