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
JOBS = (
    Job(
        "pictures",
        "Fashion-MNIST, one small convolution net",
        (
            System("lamina", (320, 370, 420, 470), "steps", fit=(str(DATA / "fashion-mnist"),)),
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
