"""Ways to reach the same sooner: optimisers, schedules, averaging, batches; each against the default, over seeds.

    python -m bench ways [JOB ...] [--seeds 5] [--views N] [--ways "no smoothing"]

Every way trains on the same rows for the same views of them, once for each seed, on one thread, and is scored on
validation rows: what is chosen here is not chosen on a test part. Printed: the mean, and the mean of the differences
to the default by seed with its 95 % interval (Student's t).
"""

from __future__ import annotations

import argparse
import gzip
import math
import os
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import torch

import lamina as lm
from bench.peers.data import fashion
from lamina.teller import Quiet

DATA = Path(os.environ.get("LAMINA_DATA", "../shared/data"))
T95 = {2: 12.71, 3: 4.30, 4: 3.18, 5: 2.78, 6: 2.57, 7: 2.45, 8: 2.36, 9: 2.31, 10: 2.26}  # by number of seeds


@dataclass(frozen=True)
class Job:
    """What is trained: a source with the words of its `fit`, the views of rows, and what the default is changed to."""

    score: str
    views: int
    batch: int
    words: Mapping[str, object] = field(default_factory=dict)
    ways: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


SCHEDULES = {
    "cosine": ("schedule.name=cosine",),
    "constant, averaged": ("schedule.name=constant",),
    "not averaged": ("train.average=0",),
}
REGULAR = {"no smoothing": ("head.smoothing=0",), "not averaged": ("train.average=0",)}

MUON = {"muon, matrix rate 0.02": ("optimizer.name=muon", "optimizer.matrix_rate=0.02", "optimizer.rate=0.002")}


def adamw(*rates: float) -> dict[str, tuple[str, ...]]:
    """AdamW for all weights, where Muon moves the inner matrices by default."""
    return {f"adamw, rate {rate:g}": ("optimizer.name=adamw", f"optimizer.rate={rate}") for rate in rates}


JOBS = {
    "pictures": Job(
        "accuracy", 24_000, 256, {"model": "cnn"},
        {
            "adamw": ("optimizer.name=adamw",),
            "soap": ("optimizer.name=soap",),
            "sgd": ("optimizer.name=sgd",),
            **SCHEDULES,
            "no smoothing": ("head.smoothing=0",),
            "batch 128": ("train.batch=128",),
            "batch 512": ("train.batch=512",),
            "adamw, rate 0.01": ("optimizer.name=adamw", "optimizer.rate=0.01"),
            "soap, rate 0.01": ("optimizer.name=soap", "optimizer.rate=0.01"),
            "soap, rate 0.03": ("optimizer.name=soap", "optimizer.rate=0.03"),
            "sgd, rate 0.3": ("optimizer.name=sgd", "optimizer.rate=0.3"),
            "batch 512, rates × 2": ("train.batch=512", "optimizer.matrix_rate=0.2", "optimizer.rate=0.006"),
            "matrix rate 0.05": ("optimizer.matrix_rate=0.05",),
            "matrix rate 0.2": ("optimizer.matrix_rate=0.2",),
        },
    ),
    "table": Job(
        "auc", 60_000, 256, {"model": "mlp"},
        {
            "muon": ("optimizer.name=muon",),
            "soap": ("optimizer.name=soap",),
            "sgd": ("optimizer.name=sgd",),
            **SCHEDULES,
            "batch 64": ("train.batch=64",),
            "adamw, rate 0.003": ("optimizer.rate=0.003",),
            "soap, rate 0.01": ("optimizer.name=soap", "optimizer.rate=0.01"),
        },
    ),
    "text": Job(
        "nats", 8_000, 16, {"model": "gpt", "settings": ("model.width=64", "model.depth=2", "data.length=64")},
        {
            "adamw": ("optimizer.name=adamw",),
            "soap": ("optimizer.name=soap",),
            **SCHEDULES,
            "batch 64": ("train.batch=64",),
            "adamw, rate 0.01": ("optimizer.name=adamw", "optimizer.rate=0.01"),
            "soap, rate 0.01": ("optimizer.name=soap", "optimizer.rate=0.01"),
        },
    ),
    "cifar": Job("accuracy", 72_000, 256, {}, REGULAR | adamw(0.003, 0.01)),
    "sentences": Job("accuracy", 41_520, 64, {}, REGULAR | adamw(0.002, 0.004)),
    "translation": Job("bleu", 12_800, 64, {"target": "de"}, REGULAR | adamw(0.0015, 0.003)),
    "gaps": Job("nats", 12_800, 64, {"objective": "span", "target": "none"}, adamw(0.0015, 0.003)),
    "questions": Job("nats", 10_000, 32, {}, MUON | adamw(0.001)),
    "sounds": Job("accuracy", 5_400, 32, {}, adamw(0.001, 0.003)),
    "simclr": Job("nats", 45_000, 256, {"objective": "simclr"}, adamw(0.001, 0.003)),
    "proteins": Job("lddt", 480, 1, {}, adamw(0.002, 0.004)),
}  # fmt: skip
PLACES = {
    "table": "adult",
    "text": "tinyshakespeare/input.txt",
    "cifar": "cifar10/cifar10-subset.zip",
    "sentences": "sst/stsa.binary",
    "translation": "multi30k-en-de",
    "gaps": "sst/stsa.binary",
    "questions": "xquad-en/xquad.en.json",
    "sounds": "fsdd",
    "simclr": "cifar10/cifar10-subset.zip",
    "proteins": "proteins",
}


def source_of(job: str) -> object:
    """Rows of a job, few enough that a run takes seconds, or a minute for what shows in longer runs alone."""
    return fashion("train", 15_000) if job == "pictures" else str(DATA / PLACES[job])


def trained(job: Job, source: object, settings: tuple[str, ...], seed: int, folder: Path) -> float:
    """The score on validation rows after one run."""
    batch = next((int(word.partition("=")[2]) for word in settings if word.startswith("train.batch=")), job.batch)
    words = {**job.words, "settings": (*job.words.get("settings", ()), f"train.batch={batch}", *settings)}  # type: ignore[misc]
    out = folder / f"{time.monotonic_ns()}"
    run = lm.fit(source, out=out, seed=seed, steps=job.views // batch, plan="default", teller=Quiet(), **words)  # type: ignore[arg-type]
    if job.score == "bleu":  # a run judges translations by their nats, and writes none but for the test part
        return run.score(pairs("val"))["bleu"].value
    return float(run.all_scores()["valid"][job.score]["value"])


def pairs(part: str) -> pd.DataFrame:
    """Sentences of Multi30k in both languages."""
    both = {to: gzip.decompress((DATA / PLACES["translation"] / f"{part}.{to}.gz").read_bytes()) for to in ("en", "de")}
    return pd.DataFrame({to: text.decode().splitlines() for to, text in both.items()})


def line(name: str, values: list[float], default: list[float]) -> str:
    """A way's mean, and its gain over the default with an interval."""
    said = f"{name:<22} {statistics.mean(values):8.4f}"
    if values is default:
        return said
    gains = [a - b for a, b in zip(values, default, strict=True)]
    mean, n = statistics.mean(gains), len(gains)
    half = T95.get(n, 1.96) * statistics.stdev(gains) / math.sqrt(n) if n > 1 else math.inf
    return f"{said}  {mean:+.4f} ({mean - half:+.4f} to {mean + half:+.4f})"


def main(words: list[str]) -> None:
    """Print a line for each way as it comes."""
    asked = argparse.ArgumentParser(prog="python -m bench ways")
    asked.add_argument("jobs", nargs="*", metavar="JOB", help=", ".join(JOBS))
    asked.add_argument("--seeds", type=int, default=5)
    asked.add_argument("--ways", default="", help="some ways only, with semicolons; the default always")
    asked.add_argument("--views", type=int, default=0, help="rows that a run sees, in place of the job's own count")
    given = asked.parse_args(words)
    torch.set_num_threads(1)
    for name in given.jobs or JOBS:
        job, source = JOBS[name], source_of(name)
        job = replace(job, views=given.views or job.views)
        print(f"{name}: {job.score} on validation rows, {job.views:,} views, seeds 0 to {given.seeds - 1}", flush=True)
        default: list[float] = []
        wanted = [way.strip() for way in given.ways.split(";")] if given.ways else list(job.ways)
        for way, settings in {"default": (), **{way: job.ways[way] for way in wanted}}.items():
            with tempfile.TemporaryDirectory() as folder:
                values = [trained(job, source, settings, seed, Path(folder)) for seed in range(given.seeds)]
            default = default or values
            print(line(way, values, default), flush=True)


if __name__ == "__main__":
    import sys

    main(sys.argv[1:])
