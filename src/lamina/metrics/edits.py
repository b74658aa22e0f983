"""How much of a text has to be put right: insertions, deletions and exchanges, by words and by characters."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kinds import Text
from .scores import Score
from .sums import Case, share

NATS, TOKENS, WRONG = range(3)  # the figures of a head that hears texts

# Word edits and character edits in shares of the words and characters that were said, and rows that are all right.
SCORES: tuple[Score, ...] = (
    Score("wer", share(0, 1), "lower"),
    Score("cer", share(2, 3), "lower"),
    Score("exact", share(4, 5), "higher", "wilson"),
)
QUICK: tuple[Score, ...] = (
    Score("nats", share(NATS, TOKENS), "lower", quick=True),
    Score("token_errors", share(WRONG, TOKENS), "lower", quick=True),
)


def case_of(kind: Any, truth: Sequence[str], answer: Sequence[str | None]) -> Case:
    """Edits of texts by row; a row without an answer is one of which everything is wrong."""
    said = [_plain(kind, text) for text in truth]
    return Case(edit_figures(said, [text or "" for text in answer]))


def _plain(kind: Any, text: str) -> str:
    """A text as its kind writes it: letters lowered and signs apart from words, where it does so."""
    if isinstance(kind, Text) and kind.by == "words":
        return " ".join(next(iter(kind.split([text]))))
    return text.lower() if isinstance(kind, Text) and kind.lower and kind.by == "pieces" else text


def edits(truth: Sequence[Hashable], answer: Sequence[Hashable]) -> int:
    """The fewest insertions, deletions and exchanges from one to the other: Levenshtein 1966, by Wagner and Fischer.

    >>> edits("kitten", "sitting")
    3
    """
    numbers = {item: i for i, item in enumerate(dict.fromkeys([*truth, *answer]))}
    across = np.array([numbers[item] for item in answer], np.int64)
    steps = np.arange(len(answer) + 1)
    row = steps.copy()  # edits from the truth so far, none of it yet, to each beginning of the answer
    for done, item in enumerate(truth, 1):
        best = np.minimum(row[:-1] + (across != numbers[item]), row[1:] + 1)
        row = np.minimum.accumulate(np.concatenate([[done], best]) - steps) + steps  # and what is inserted after
    return int(row[-1])


def edit_figures(truth: Sequence[str], answer: Sequence[str]) -> NDArray[np.float64]:
    """For each row word edits, words, character edits, characters, and whether all is right, one: (n, 6).

    Words are what blanks part. Sums of columns 0 and 1 give the word error rate, of 2 and 3 the character error rate.
    """
    made = np.zeros((len(truth), 6))
    for row, (said, found) in zip(made, zip(truth, answer, strict=True), strict=True):
        words, guessed = said.split(), found.split()
        plain, written = " ".join(words), " ".join(guessed)
        row[:] = edits(words, guessed), len(words), edits(plain, written), len(plain), words == guessed, 1
    return made
