"""10,000 pictures from files answered by a finished run: `run.predict` of their folder."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from PIL import Image

import lamina
from bench.peers.data import fashion
from bench.peers.files import write
from bench.peers.gauge import say


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for i, (picture, label) in enumerate(zip(*fashion("train", 300), strict=True)):
            (root / "learned" / str(label)).mkdir(parents=True, exist_ok=True)
            Image.fromarray(picture).save(root / "learned" / str(label) / f"{i}.png")
        lamina.fit(root / "learned", model="cnn", steps=1, out=root / "run")
        names = write(root / "asked")
        began = time.perf_counter()
        answers = lamina.load(root / "run").predict(root / "asked")
        assert len(answers) == len(names)
        say(seconds=time.perf_counter() - began)


if __name__ == "__main__":
    main()
