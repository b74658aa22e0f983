"""Baselines for texts with one answer: the shares of the classes, and a linear model of the words in each."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse  # type: ignore[import-untyped, unused-ignore]
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped, unused-ignore]

from ...kinds import Category, Schema, Slot, Text
from ...ragged import Ragged
from ..features import Features
from .columns import of_columns
from .task import Baseline, Inputs, Task

ITERATIONS = 200
CARE = 10.0  # inverse strength of the penalty
PAIRS = 1 << 20  # places that pairs of words are hashed to
MOST_WEIGHTS = 3_000_000  # features × classes: the solver holds twenty times as many numbers
STEP = np.int64(0x9E3779B1)


def bags(task: Task, seconds: float | None) -> list[Baseline]:
    """The plain columns' baselines; for texts with classes, words and pairs of words by TF-IDF, beside what else there
    is, and a logistic regression (Wang and Manning 2012 found such models hard to beat on short texts)."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    texts = [slot for slot in task.slots if isinstance(slot.kind, Text)]
    fields = tuple(f for f in task.schema.fields if not isinstance(f.kind, Text))
    found = of_columns(replace(task, schema=Schema(fields)), seconds)
    if not isinstance(task.kind, Category) or len(np.unique(task.target)) < 2:
        return found
    classes, n = len(task.kind.labels), len(task.target)
    matrix = _Matrix(task, texts)
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore", ConvergenceWarning)  # `says` tells it
        model = LogisticRegression(C=CARE, max_iter=ITERATIONS).fit(matrix(task.inputs), task.target)

    def answer(inputs: Inputs) -> Any:
        shares = np.zeros((len(next(iter(inputs.values()))), classes))
        shares[:, model.classes_] = model.predict_proba(matrix(inputs))
        return shares

    beside = ", beside the other inputs" if len(texts) < len(task.slots) else ""
    stopped = f", stopped at {ITERATIONS} iterations" if int(np.max(model.n_iter_)) >= ITERATIONS else ""
    says = f"logistic regression on words and pairs of words{beside}{stopped}; {n:,} rows"
    return [*found, Baseline("bag of words", says, n, answer)]


class _Matrix:
    """Inputs -> a sparse (n, F): words and pairs of words of each text weighed by TF-IDF, other inputs as features."""

    def __init__(self, task: Task, texts: Sequence[Slot]):
        from sklearn.feature_extraction.text import TfidfTransformer

        others = [slot for slot in task.slots if slot not in texts]
        self.features = Features(others, task.inputs) if others else None
        self.texts = []
        for slot in texts:
            vocab = len(slot.kind.vocab)  # type: ignore[attr-defined]
            counts = _counts(task.inputs[slot.name], vocab)
            often = np.asarray((counts > 0).sum(0)).ravel()
            most = min(int((often > 0).sum()), MOST_WEIGHTS // task.outputs)
            kept = np.sort(np.argsort(-often, kind="stable")[:most])  # what training has, the commonest if that is much
            self.texts.append((slot.name, vocab, kept, TfidfTransformer(sublinear_tf=True).fit(counts[:, kept])))

    def __call__(self, inputs: Inputs) -> Any:
        parts = [weigh.transform(_counts(inputs[name], vocab)[:, kept]) for name, vocab, kept, weigh in self.texts]
        if self.features is not None:
            parts.append(sparse.csr_matrix(self.features(inputs)))
        return sparse.hstack(parts, format="csr") if len(parts) > 1 else parts[0]


def _counts(rows: Ragged, vocab: int) -> Any:
    """Words and pairs of words of each row, counted: a sparse (n, vocab + PAIRS)."""
    rows = rows[:]
    owner, ids = rows.owners(), rows.values.astype(np.int64)
    inside = owner[1:] == owner[:-1] if len(ids) else np.zeros(0, bool)
    pairs = ((ids[:-1] * vocab + ids[1:]) * STEP % PAIRS)[inside] + vocab
    places = np.concatenate([ids, pairs])
    who = np.concatenate([owner, owner[1:][inside] if len(ids) else owner])
    return sparse.csr_matrix((np.ones(len(places)), (who, places)), shape=(len(rows), vocab + PAIRS))
