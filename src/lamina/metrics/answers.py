"""How near answers found in a text are to those of people, as SQuAD counts (Rajpurkar et al. 2016,
https://arxiv.org/abs/1606.05250, section 6.1): letters lowered, signs, articles and blanks left out."""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from .scores import Score
from .sums import Case, share

ARTICLES = re.compile(r"\b(a|an|the)\b")
SIGNS = str.maketrans("", "", string.punctuation)
F1, EXACT, ROWS = range(3)


def words(text: str) -> list[str]:
    """The words of an answer that count.

    >>> words("The Denver Broncos!")
    ['denver', 'broncos']
    """
    return ARTICLES.sub(" ", text.lower().translate(SIGNS)).split()


def overlap(truth: Sequence[str], answer: Sequence[str]) -> float:
    """The harmonic mean of the shares of either's words that are in the other; of two answers without words 1."""
    if not truth or not answer:
        return float(list(truth) == list(answer))
    both = (Counter(truth) & Counter(answer)).total()
    return 2 * both / (len(truth) + len(answer))


def case_of(kind: Any, truth: Sequence[str], answer: Sequence[str | None]) -> Case:
    """Figures by row; a row without an answer has none of its words."""
    del kind
    rows = [(words(said), words(found or "")) for said, found in zip(truth, answer, strict=True)]
    return Case(np.array([(overlap(a, b), float(a == b), 1.0) for a, b in rows]).reshape(-1, 3))


SCORES: tuple[Score, ...] = (
    Score("f1", share(F1, ROWS), "higher"),
    Score("exact", share(EXACT, ROWS), "higher", "wilson"),
)
# Figures of a head that points: nats of both ends, two, whether both are right, one.
QUICK: tuple[Score, ...] = (
    Score("nats", share(0, 1), "lower", quick=True),
    Score("both_ends", share(2, 3), "higher", quick=True),
)
