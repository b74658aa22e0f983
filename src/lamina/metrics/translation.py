"""How near written texts are to those of people: BLEU and chrF of a whole set, from counts that rows add up to.

BLEU: Papineni et al. 2002, https://aclanthology.org/P02-1040, as sacreBLEU has it (Post 2018,
https://aclanthology.org/W18-6319): one reference, the tokens of mteval-v13a, exponential smoothing. chrF: Popović 2015,
https://aclanthology.org/W15-3049, characters up to 6 at a time, recall twice the weight. Both from 0 to 100.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from ..kinds import Text
from .scores import Score
from .sums import Case, share
from .weights import Floats, Weights

WORDS, LETTERS = 4, 6  # tokens and characters in a run, at most
RECALL = 2.0  # how many times as much it weighs as precision
MATCHED, MADE = slice(0, WORDS), slice(WORDS, 2 * WORDS)  # runs of words: found in both texts, in the answer
LENGTHS = slice(2 * WORDS, 2 * WORDS + 2)  # tokens of the answer, of the truth
CHARACTERS = slice(2 * WORDS + 2, 2 * WORDS + 2 + 3 * LETTERS)  # runs in both, in the answer, in the truth, by length
EXACT, ROWS = 2 * WORDS + 2 + 3 * LETTERS, 2 * WORDS + 3 + 3 * LETTERS

MARKED = {"&quot;": '"', "&amp;": "&", "&lt;": "<", "&gt;": ">"}
APART = (  # as mteval-v13a.pl parts a line
    (re.compile(r"([\{-\~\[-\` -\&\(-\+\:-\@\/])"), r" \1 "),
    (re.compile(r"([^0-9])([\.,])"), r"\1 \2 "),
    (re.compile(r"([\.,])([^0-9])"), r" \1 \2"),
    (re.compile(r"([0-9])(-)"), r"\1 \2 "),
)


def tokens(text: str) -> list[str]:
    """A text as mteval-v13a, the tokenizer 13a of sacreBLEU, cuts it.

    >>> tokens("Well, 1,000 dogs.")
    ['Well', ',', '1,000', 'dogs', '.']
    """
    line = text.rstrip().replace("<skipped>", "").replace("-\n", "").replace("\n", " ")
    for sign, plain in MARKED.items():
        line = line.replace(sign, plain)
    line = f" {line} "
    for pattern, parted in APART:
        line = pattern.sub(parted, line)
    return line.split()


def case_of(kind: Any, truth: Sequence[str], answer: Sequence[str | None]) -> Case:
    """The counts of every row; a row without an answer is one in which nothing was written."""
    made = np.zeros((len(truth), ROWS + 1))
    for row, (wanted, text) in zip(made, zip(truth, answer, strict=True), strict=True):
        said, written = _plain(kind, wanted), text or ""
        ours, theirs = tokens(written), tokens(said)
        row[MATCHED], row[MADE], _ = _runs(ours, theirs, WORDS)
        row[LENGTHS] = len(ours), len(theirs)
        both, mine, other = _runs("".join(written.split()), "".join(said.split()), LETTERS)
        row[CHARACTERS] = np.concatenate(
            [both, np.where(other > 0, mine, 0), other]
        )  # of a row too short for any: none
        row[EXACT], row[ROWS] = ours == theirs, 1
    return Case(made)


def _plain(kind: Any, text: str) -> str:
    """A text as its kind writes it: letters lowered where it does so."""
    return text.lower() if isinstance(kind, Text) and kind.lower and kind.by != "characters" else text


def _runs(ours: Sequence[Hashable], theirs: Sequence[Hashable], most: int) -> tuple[Floats, Floats, Floats]:
    """Runs of 1 to `most` items: those in both, each as often as where it is rarer; those of ours; those of theirs."""
    made = np.zeros((3, most))
    for n in range(1, most + 1):
        mine, other = (Counter(tuple(x[i : i + n]) for i in range(len(x) - n + 1)) for x in (ours, theirs))
        made[:, n - 1] = (mine & other).total(), mine.total(), other.total()
    return made[0], made[1], made[2]


def bleu(case: Case, weights: Weights) -> Floats:
    """The geometric mean of the shares of runs of 1 to 4 tokens that stand in the truth too, less where the answers are
    shorter than the truth; of a share of nothing half of what one run would be, then a quarter …"""
    sums = case.sums(weights)  # (R, figures)
    matched, made = sums[:, MATCHED], sums[:, MADE]
    written, wanted = sums[:, LENGTHS].T
    halved = 2.0 ** np.cumsum((matched == 0) & (made > 0), axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(matched > 0, matched, 1 / halved) / made
        short = np.exp(np.minimum(0.0, 1 - wanted / written))
        found: Floats = 100 * short * np.exp(np.log(shares).mean(1))
    return np.where((matched.sum(1) > 0) & (made > 0).all(1), found, 0.0)


def chrf(case: Case, weights: Weights) -> Floats:
    """Runs of 1 to 6 characters, blanks left out: the mean share of the answer's that stand in the truth and of the
    truth's that stand in the answer, as one figure, the second weighing twice."""
    both, ours, theirs = np.split(case.sums(weights)[:, CHARACTERS], 3, axis=1)  # (R, 6) each
    there = (ours > 0) & (theirs > 0)
    orders = np.maximum(there.sum(1), 1)
    precise = np.where(there, both / np.maximum(ours, 1), 0.0).sum(1) / orders
    recalled = np.where(there, both / np.maximum(theirs, 1), 0.0).sum(1) / orders
    weighed = RECALL**2 * precise + recalled
    found: Floats = 100 * (1 + RECALL**2) * precise * recalled / np.where(weighed > 0, weighed, 1.0)
    return found


SCORES: tuple[Score, ...] = (
    Score("bleu", bleu, "higher"),
    Score("chrf", chrf, "higher"),
    Score("exact", share(EXACT, ROWS), "higher", "wilson"),
)
