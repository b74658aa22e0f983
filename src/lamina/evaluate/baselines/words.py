"""Baselines for text: the usual label of a word, and what follows so many tokens most often."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ...heads.write import ended
from ...kinds import Each, Text
from ...kinds.text import PADDING, START
from ...objectives import Spans
from ...ragged import Ragged
from ...rng import Rng
from .task import Baseline, Inputs, Task

ORDERS = (1, 2, 3)  # tokens that a model of what follows looks at, itself included
NAMES = (
    ("unigram", "how often a token occurs"),
    ("bigram", "what follows a token"),
    ("trigram", "what follows two tokens"),
)
BACK = 0.4  # the share of what a shorter past says
MOST = 2_000_000  # training tokens that are counted


def usual_label(task: Task, seconds: float | None) -> list[Baseline]:
    """The label that each word has most often in training; of a word never seen, the commonest of all."""
    del seconds
    kind, (slot,) = task.kind, task.slots[:1]
    assert isinstance(kind, Each)
    ids, codes, classes = task.inputs[slot.name][:].values, task.target[:].values, len(kind.of.labels)
    words = len(getattr(slot.kind, "vocab", ())) or int(ids.max(initial=0)) + 1
    known = codes >= 0
    counts = np.bincount(ids[known] * classes + codes[known], minlength=words * classes).reshape(words, classes)
    whole = counts.sum(0)
    shares = (counts + whole / max(1, whole.sum())) / (counts.sum(1, keepdims=True) + 1)
    shares = shares.astype(np.float32)

    def answer(inputs: Inputs) -> Ragged:
        rows = inputs[slot.name]
        return Ragged(shares[rows.values], rows.starts, rows.lengths)

    n = len(task.target)
    return [Baseline("usual label", f"the label each word has most often in {n:,} rows", n, answer)]


def ngrams(task: Task, seconds: float | None) -> list[Baseline]:
    """What follows no, one and two tokens, by counts, each longer past mixed with the shorter (Jelinek and Mercer
    1980). Answers are figures: nats, tokens, hits, without those of a lead."""
    del seconds
    return _models(task, len(ORDERS), led=True)


def frequency(task: Task, seconds: float | None) -> list[Baseline]:
    """How often each token occurs, whatever stands around it: what a hidden word is to one who does not look."""
    del seconds
    return _models(task, 1, led=False)


def written_runs(task: Task, seconds: float | None) -> list[Baseline]:
    """How often each token, mark and end is written, and what is written after each, counted in the runs that the game
    takes out of training rows; figures are of the very runs the net is asked for. Without a game, of whole texts."""
    game = task.game
    if not isinstance(game, Spans):
        return frequency(task, seconds)
    (slot,) = task.slots
    at_once, rows = task.schema.at_once(), task.target[:]
    many = max(1, int(np.searchsorted(rows.lengths.cumsum(), MOST, side="right")))
    asked = _asked(game, rows[:many], (task.seed, "runs"), at_once)

    def answer(order: int, inputs: Inputs) -> NDArray[Any]:
        return model.figures(_asked(game, inputs[slot.name], (0, "figures"), at_once), order)

    model, made = _Counts(asked.values, game.head.vocab), []
    for order, (name, told) in zip(ORDERS[:2], NAMES, strict=False):
        says = f"{told}, by counts of what was taken out of {len(asked):,} rows, with marks and ends"
        made.append(Baseline(name, says, len(asked), partial(answer, order)))
    return made


def _asked(game: Spans, rows: Ragged, key: tuple[int, str], at_once: int) -> Ragged:
    """What the net is asked to write of rows that are drawn so many at once: the start mark, each run after its mark,
    the end."""
    made = []
    for start in range(0, len(rows), at_once):
        ids = torch.from_numpy(rows[start : start + at_once].padded(PADDING).astype(np.int64))
        for row in ended(game.taken(ids, Rng(*key, start))[1]).numpy():
            made.append(np.concatenate([[START], row[row != PADDING]]))
    return Ragged.of(made, np.int64)


def _models(task: Task, longest: int, led: bool) -> list[Baseline]:
    (slot,) = task.slots
    kind, rows = slot.kind, task.target[:]
    assert isinstance(kind, Text)
    lead = kind.lead if led else 0
    model = _Counts(rows.values[:MOST].astype(np.int64), len(kind.vocab))
    made = []
    for order, (name, told) in zip(ORDERS[:longest], NAMES, strict=False):
        says = f"{told}, by counts of {min(MOST, len(rows.values)):,} tokens"
        made.append(Baseline(name, says, len(rows), partial(_figures, model, slot.name, (order, lead))))
    return made


def _figures(model: _Counts, slot: str, asked: tuple[int, int], inputs: Inputs) -> NDArray[Any]:
    return model.figures(inputs[slot], *asked)


class _Counts:
    """Counts of tokens after their past, and the mixed shares of each."""

    def __init__(self, tokens: NDArray[np.int64], vocab: int):
        self.vocab = vocab
        asked = tokens[tokens != START]  # which stands before a text and is no part of it
        self.single = (np.bincount(asked, minlength=vocab) + 1) / (len(asked) + vocab)
        self.tables = []
        for order in ORDERS[1:]:
            grams, counts = np.unique(_grams(tokens, order, vocab), return_counts=True)
            by_past = np.lexsort((-counts, grams // vocab))
            pasts, first = np.unique((grams // vocab)[by_past], return_index=True)
            wholes = np.add.reduceat(counts[by_past], first)
            self.tables.append((grams, counts, pasts, wholes, (grams % vocab)[by_past][first]))

    def figures(self, rows: Ragged, order: int, lead: int = 0) -> NDArray[Any]:
        """(n, 3): nats lost, tokens asked for (all but the first and the lead of a row that is longer than it), tokens
        that were the likeliest."""
        made = np.zeros((len(rows), 3))
        for i, row in enumerate(rows):
            ids = row.astype(np.int64)
            share, said = self.single[ids].copy(), np.full(len(ids), self.single.argmax())
            for n, (grams, counts, pasts, wholes, best) in zip(ORDERS[1:order], self.tables, strict=False):
                if len(ids) < n:
                    break
                here = _grams(ids, n, self.vocab)
                told, whole = _look(grams, counts, here), _look(pasts, wholes, here // self.vocab)
                mixed = np.where(whole > 0, told / np.maximum(whole, 1), 0.0)
                weight = whole / (whole + 1 / BACK)
                share[n - 1 :] = weight * mixed + (1 - weight) * share[n - 1 :]
                said[n - 1 :] = np.where(whole > 0, _look(pasts, best, here // self.vocab), said[n - 1 :])
            first = 1 + lead * (len(ids) > lead + 1)
            lost = -np.log(np.maximum(share[first:], 1e-12)).sum()
            made[i] = lost, max(0, len(ids) - first), (said[first:] == ids[first:]).sum()
        return made


def _grams(tokens: NDArray[np.int64], order: int, vocab: int) -> NDArray[np.int64]:
    """Runs of so many tokens as one number each."""
    made = tokens[: len(tokens) - order + 1].copy()
    for at in range(1, order):
        made = made * vocab + tokens[at : len(tokens) - order + 1 + at]
    return made


def _look(keys: NDArray[np.int64], values: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """The value of each wanted key, 0 for one that is not there."""
    at = np.minimum(np.searchsorted(keys, wanted), max(0, len(keys) - 1))
    found: NDArray[np.int64] = np.where(keys[at] == wanted, values[at], 0) if len(keys) else np.zeros_like(wanted)
    return found
