"""The jobs, and who does each: the one table that says which systems run what, with which budgets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.peers.data import DATA

SHARE = 0.8  # of the seeds, whose final score has to reach the target: 4 of 5


@dataclass(frozen=True)
class System:
    """Who does a job: the script `bench.peers.JOB_NAME`, or `lamina fit` with some words.

    A system with a constant rate is nested: the first n epochs of a longer run are a run of n epochs, so one run that
    is judged after every epoch tells what each budget reaches.
    """

    name: str
    budgets: tuple[int, ...] = (1,)  # tried from the least
    unit: str = "epochs"
    nested: bool = False
    like: str = ""  # learns number for number what this one learns, so it needs the same budget
    fit: tuple[str, ...] = ()  # `lamina fit` with these words, in place of a script
    code: str = ""  # a line of Python, in place of a script


@dataclass(frozen=True)
class Job:
    """A job, the score on the locked test part, what it has to reach, and the systems; `lamina` is the first of them.

    Where `measure` names a figure of the script's line, that is compared; else seconds of the whole process.
    """

    name: str
    says: str
    systems: tuple[System, ...]
    score: str = ""
    target: float | None = None
    higher: bool = True
    measure: str = ""
    needs: str = ""  # a path under the data folder

    def good(self, score: float) -> bool:
        """Whether a score reaches the target."""
        return self.target is None or (score >= self.target if self.higher else score <= self.target)

    @property
    def lacking(self) -> bool:
        """Whether its data is not there."""
        return bool(self.needs) and not (DATA / self.needs).exists()


ADULT = ("--header", "none", "--missing", "?", "--test", str(DATA / "adult/adult-test.csv.gz"), "--model", "mlp")
SHAKESPEARE = str(DATA / "tinyshakespeare/input.txt")
SMALL = ("--set", "model.width=128", "--set", "data.length=64")
JOBS = (
    Job(
        "pictures",
        "Fashion-MNIST, one small convolution net",
        (
            System("lamina", (370, 420, 470, 520), "steps", fit=(str(DATA / "fashion-mnist"),)),
            System("loop", tuple(range(1, 13)), nested=True),
            System("script", (1, 2, 3)),
            System("keras", tuple(range(1, 13)), nested=True),
            System("lightning", tuple(range(1, 13)), like="loop"),
            System("fastai", (2, 3, 4, 5)),
            System("skorch", tuple(range(1, 13)), like="loop"),
        ),
        score="accuracy",
        target=0.915,
        needs="fashion-mnist",
    ),
    Job(
        "sentences",
        "SST-2, sentences alone",
        (
            System("lamina", (1, 2, 3, 4, 6), fit=(str(DATA / "sst/stsa.binary"),)),
            System("loop", tuple(range(1, 9)), nested=True),
            System("keras", tuple(range(1, 6)), nested=True),
            System("trainer", (2, 3, 4, 6, 8)),
            System("sklearn", unit="fit"),
        ),
        score="accuracy",
        target=0.78,
        needs="sst",
    ),
    Job(
        "table",
        "Adult, its published test part",
        (
            System("lamina", (1, 2, 3, 4, 6, 10), fit=(str(DATA / "adult/adult-train.csv.gz"), *ADULT)),
            System("fastai", (1, 2, 3, 5)),
            System("keras", tuple(range(1, 11)), nested=True),
            System("skorch", (1, 2, 3, 4, 6)),
            System("sklearn", (10, 20, 50, 100), "trees"),
        ),
        score="auc",
        target=0.908,
        needs="adult",
    ),
    Job(
        "characters",
        "Shakespeare by characters, 4 blocks of width 128, windows of 64",
        (
            System("lamina", (200, 300, 400, 600, 900), "steps", fit=(SHAKESPEARE, *SMALL)),
            System("loop", (500, 1000, 1500, 2000, 2500), "steps"),
            System("keras", tuple(range(1, 11)), "× 250 steps", nested=True),
            System("trainer", (500, 1000, 1500, 2000, 2500), "steps"),
        ),
        score="nats",
        target=1.88,
        higher=False,
        needs="tinyshakespeare",
    ),
    Job(
        "graph",
        "Cora, its public split, a GCN for 200 epochs",
        (
            System("lamina", (200,), fit=(str(DATA / "cora"),)),
            System("loop", (200,)),
            System("pyg", (200,)),
        ),
        score="accuracy",
        needs="cora",
    ),
    Job(
        "cifar",
        "CIFAR-10, 10,000 pictures, one small convolution net",
        (
            System("lamina", (4, 6, 8, 12), fit=(str(DATA / "cifar10/cifar10-subset.zip"),)),
            System("loop", tuple(range(1, 21)), nested=True),
            System("keras", tuple(range(1, 21)), nested=True),
        ),
        score="accuracy",
        target=0.70,
        needs="cifar10",
    ),
    Job(
        "forecast",
        "ETTh1, seven channels, 96 hours ahead",
        (
            System("lamina", (1, 2, 4, 6, 12), fit=(str(DATA / "etth1"), "--set", "data.parts=8640/2880/2880")),
            System("loop", tuple(range(1, 9)), nested=True),
            System("keras", tuple(range(1, 16)), nested=True),
            System("sklearn", unit="fit"),
        ),
        score="mse",
        target=0.385,
        higher=False,
        needs="etth1",
    ),
    Job(
        "writing",
        "1,000 characters from a small GPT, its model loaded",
        (System("lamina"), System("loop"), System("trainer")),
        measure="seconds",
        needs="tinyshakespeare",
    ),
    Job(
        "files",
        "10,000 pictures answered from PNG files, the model loaded but for lamina",
        (System("lamina"), System("loop"), System("keras")),
        measure="seconds",
        needs="fashion-mnist",
    ),
    Job(
        "row",
        "one row of Adult answered, as it comes",
        (System("lamina"), System("loop"), System("keras"), System("sklearn")),
        measure="ms",
        needs="adult",
    ),
    Job(
        "start",
        "a process that imports and ends",
        (
            System("lamina", code="import lamina"),
            System("bare", code="pass"),
            System("beside torch", code="import torch, lamina"),
            System("all with torch", code="import torch, lamina.flow"),
            System("torch", code="import torch"),
            System("keras", code="import keras"),
            System("fastai", code="import fastai.basics"),
            System("lightning", code="import lightning"),
            System("trainer", code="from transformers import Trainer"),
            System("sklearn", code="import sklearn.ensemble"),
            System("skorch", code="import skorch"),
        ),
    ),
    Job(
        "step",
        "a step of a small MLP, batch 32",
        (
            System("lamina"),
            System("compiled"),
            System("plain"),
            System("bare"),
            System("loader"),
            System("keras"),
            System("clipped"),
            System("lightning"),
            System("trainer"),
        ),
        measure="us",
    ),
)


def enough(reached: int, seeds: int) -> bool:
    """Whether so many of the seeds are enough."""
    return reached >= SHARE * seeds


def smallest(job: Job, budgets: Sequence[int], scores: Sequence[Sequence[float]]) -> int | None:
    """The smallest budget that enough seeds reach the target with; `scores` has a row a seed, a column a budget."""
    for budget, column in zip(budgets, zip(*scores, strict=True), strict=True):
        if enough(sum(job.good(score) for score in column), len(column)):
            return budget
    return None
