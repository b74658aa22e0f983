"""What translation has to be better than: the source as it stands, and each word by the one it most often comes to.

The second is model 1 of Brown et al. 1993, https://aclanthology.org/J93-2003: which word comes from which is not known,
so pairs of words are counted by how likely they are, and how likely they are is told from the counts, in turns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...kinds import Text
from .task import Baseline, Inputs, Task

TURNS = 8
MOST = 60_000  # pairs of sentences that are counted
WORD = re.compile(r"\w+|[^\w\s]")
NOTHING = ""  # what words come from that have no word in the source
Ints = NDArray[np.int64]


def translated(task: Task, seconds: float | None) -> list[Baseline]:
    """The source copied, and a word for each word."""
    del seconds
    slot = next(slot for slot in task.slots if isinstance(slot.kind, Text))
    read, kind, name = slot.kind, task.kind, slot.name
    assert isinstance(read, Text)
    assert isinstance(kind, Text)
    sources, targets = task.inputs[name][:MOST], task.target[:MOST]
    words = word_pairs(
        [WORD.findall(read.text(row)) for row in sources], [WORD.findall(kind.text(row)) for row in targets]
    )

    def copied(inputs: Inputs) -> list[str]:
        return [read.text(row) for row in inputs[name]]

    def by_word(inputs: Inputs) -> list[str]:
        return [" ".join(words.get(word, word) for word in WORD.findall(text)) for text in copied(inputs)]

    n = len(sources)
    return [
        Baseline("copy", "the source as it stands", 0, copied),
        Baseline("word by word", f"for each word the one it most likely comes to, of {n:,} pairs of texts", n, by_word),
    ]


def word_pairs(sources: Sequence[Sequence[str]], targets: Sequence[Sequence[str]]) -> dict[str, str]:
    """For each word of the sources the likeliest word of the targets, by TURNS turns of model 1."""
    ours, source = _numbered([[NOTHING, *row] for row in sources])
    theirs, target = _numbered(targets)
    lengths = np.array([len(row) + 1 for row in sources]), np.array([len(row) for row in targets])
    starts = [np.cumsum(n) - n for n in lengths]
    each = np.repeat(lengths[0], lengths[1])  # words that each target word may come from
    first = np.repeat(np.repeat(starts[0], lengths[1]), each)
    place = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    pairs, place_of = np.unique(source[first + place] * len(theirs) + np.repeat(target, each), return_inverse=True)
    asked = np.repeat(np.arange(len(target)), each)
    chance = np.ones(len(pairs))
    for _ in range(TURNS):
        likely = chance[place_of]
        shares = likely / np.bincount(asked, likely)[asked]  # of a target word, by the words it may come from
        counts = np.bincount(place_of, shares)
        chance = counts / np.bincount(pairs // len(theirs), counts)[pairs // len(theirs)]
    order = np.lexsort((chance, pairs // len(theirs)))
    last = np.flatnonzero(np.diff(pairs[order] // len(theirs), append=-1))
    return {ours[pairs[i] // len(theirs)]: theirs[pairs[i] % len(theirs)] for i in order[last]}


def _numbered(rows: Sequence[Sequence[str]]) -> tuple[list[str], Ints]:
    """The different words, and the number of each word of all rows, one after the other."""
    numbers: dict[str, int] = {}
    found = [numbers.setdefault(word, len(numbers)) for row in rows for word in row]
    return list(numbers), np.array(found, np.int64)
