"""Text: words, pieces of words or characters, as numbers in a vocabulary that training rows teach."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from pydantic import Field as Range
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged
from .base import Column, Encoded, Ints, Kind, Link, values_of
from .pieces import Pieces, learn_pieces

MARKS = ("", "<unknown>", "<start>", "<end>", "<mask>")  # ids 0 to 4
PADDING, UNKNOWN, START, END, MASK = range(5)
WORD = re.compile(r"\w+|[^\w\s]")
CHUNK = 4096
LONG = 512  # tokens that a row is cut to, unless asked otherwise
SHOWN = 200
PIECES = 8_000  # of a vocabulary that texts are written in


@dataclass(frozen=True)
class Text(Kind):
    """Free text as ids (T,) of `vocab`, whose first five are marks: padding, unknown, start, end, mask.

    `by`: "words" (runs of letters and digits, each other sign alone), "characters", or "pieces" (byte pairs, Sennrich
    et al. 2016, with the library tokenizers). `size` is the most tokens of a vocabulary, `least` how often one must
    occur in training; others become the unknown one. `length`: tokens that a row is cut to, counted when it happens; 0
    takes the longest of training, up to 512. `lead`: the first so many tokens of a longer row are read, and what comes
    next is not scored there, since windows of a running text overlap by so many. A row may be given as a list of words
    already; a list is never cut up further, so that a label a word can stand beside it.
    """

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = "free text: sentences, documents, a corpus"
    raw: ClassVar[tuple[str, ...]] = ("values", "ragged")
    itself: ClassVar[Link | None] = "causal"

    by: Literal["words", "characters", "pieces"] = "words"
    lower: bool = True
    size: Annotated[int, Range(ge=8, le=1_000_000)] = 20_000
    least: Annotated[int, Range(ge=1, le=1_000_000)] = 1
    length: Annotated[int, Range(ge=0, le=1_000_000)] = 0
    lead: Annotated[int, Range(ge=0, le=1_000_000)] = 0
    vocab: tuple[str, ...] = ()
    merges: tuple[str, ...] = ()  # of byte pairs, in their order
    mean: float = 0.0  # tokens of a training row
    within: float = 1.0  # the share of training rows that is no longer than `length`

    def fit(self, column: Column, rows: Ints) -> Self:
        counts: Counter[str] = Counter()
        merges = self.merges
        if self.by == "pieces" and not merges:
            texts = (self._plain(v) for values in _chunks(column, rows) for v in values if v is not None)
            vocab, found = learn_pieces(texts, self.size, MARKS)
            merges = tuple(found)
        else:
            vocab = list(self.vocab)
        lengths: list[int] = []
        ready = replace(self, vocab=tuple(vocab), merges=merges)
        for values in _chunks(column, rows):
            for tokens in ready.split(values):
                lengths.append(len(tokens))
                if not vocab:
                    counts.update(tokens)
        if not vocab:
            known = sorted((w for w, n in counts.items() if n >= self.least), key=lambda w: (-counts[w], w))
            vocab = [*MARKS, *known[: self.size - len(MARKS)]]
        if len(vocab) <= len(MARKS):
            raise KindError(
                f'column "{column.name}" holds no text in {len(rows):,} training rows', expected="words to learn from"
            )
        length = self.length or max(1, min(max(lengths, default=1), LONG))
        return replace(
            ready,
            vocab=tuple(vocab),
            length=length,
            within=round(float(np.mean(np.array(lengths or [0]) <= length)), 6),
            mean=round(float(np.mean(lengths or [0])), 3),
        )

    def encode(self, values: Any) -> Encoded:
        """Texts, lists of words, or code points (Ragged) to ids (T,) int32; an empty text is bad."""
        rows = [self.ids(tokens) for tokens in self.split(values)] if not isinstance(values, Ragged) else None
        coded = self._points(values) if isinstance(values, Ragged) else Ragged.of(rows or [], np.int32)
        bad = {int(i): "a text without a single word" for i in np.flatnonzero(coded.lengths == 0)}
        long = np.flatnonzero(coded.lengths > self.length) if self.length else ()
        if not len(long):
            return Encoded(coded, bad)
        cut = Ragged(coded.values, coded.starts, np.minimum(coded.lengths, self.length))
        fitted = f", in which {self.within:.0%} of training rows fit" if self.within < 1 else ""
        told = {int(i): f"is cut to the first {self.length:,} of its {coded.lengths[i]:,} tokens" for i in long}
        return Encoded(cut, bad, {f"cut to their first {self.length:,} tokens{fitted}": len(long)}, told=told)

    def split(self, values: Any) -> Iterable[Sequence[str]]:
        """The tokens of each raw value, as text."""
        if isinstance(values, Ragged):
            return ([chr(c) for c in row] for row in values)
        return (self._tokens(value) for value in values_of(values))

    def words(self, value: Any) -> list[str]:
        """The tokens of a value as they stand in it: of a text each with its capitals, of a list its own."""
        if isinstance(value, str):
            return [value[first:after].strip() for first, after in self.places(value)]
        return [str(word) for word in value]

    def places(self, text: str) -> list[tuple[int, int]]:
        """Of each token of a text the characters it stands on: the first, and the one after its last."""
        if self.by == "pieces":
            return self._pieces.places(self._plain(text))
        if self.by == "words":
            return [match.span() for match in WORD.finditer(self._plain(text))]
        return [(i, i + 1) for i in range(len(text))]

    def ids(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """Tokens by their numbers, (T,)."""
        known = self.numbers
        return np.array([known.get(token, UNKNOWN) for token in tokens], np.int32)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each token; a word that is written like a mark is none."""
        return {token: i for i, token in enumerate(self.vocab) if i >= len(MARKS)}

    @cached_property
    def _pieces(self) -> Pieces:
        return Pieces(self.vocab, self.merges)

    def _plain(self, value: str) -> str:
        """In small letters where asked, as long as before: İ is the one letter whose small form is two characters."""
        return value.replace("İ", "i").lower() if self.lower and self.by != "characters" else value

    def _tokens(self, value: Any) -> Sequence[str]:
        if value is None:
            return ()
        if not isinstance(value, str):
            return [self._plain(str(word)) for word in value]
        if self.by == "characters":
            return list(value)
        return self._pieces.split(self._plain(value)) if self.by == "pieces" else WORD.findall(self._plain(value))

    def _points(self, values: Ragged) -> Ragged:
        """Code points to ids, by a table of the few that occur."""
        different, places = np.unique(values.values, return_inverse=True)
        ids = self.ids([chr(c) for c in different])
        return Ragged(ids[places.reshape(-1)].astype(np.int32), values.starts, values.lengths)

    def collate(self, array: Ragged) -> Tensor:
        """(B, T) ids, padded with 0."""
        return torch.from_numpy(array.padded(PADDING).astype(np.int64))

    def absent(self, array: Ragged) -> NDArray[np.bool_]:
        return array.empty

    def decode(self, output: Any) -> list[str]:
        """Ids, a Ragged or (B, T), to texts; marks are left out, and everything after an end."""
        rows = output if isinstance(output, Ragged) else np.asarray(output)
        return [self.text(row) for row in rows]

    def text(self, ids: Iterable[int]) -> str:
        """Ids as one text."""
        words = []
        for i in map(int, ids):
            if i == END:
                break
            if i >= len(MARKS):
                words.append(self.vocab[i])
        return self._pieces.join(words) if self.by == "pieces" else ("" if self.by == "characters" else " ").join(words)

    def in_units(self, array: Any) -> Any:
        """Ids as texts; probabilities and figures as they are."""
        return self.decode(array) if isinstance(array, Ragged) and array.values.ndim == 1 else array

    def reference(self, values: Any, encoded: Any) -> Any:
        """What was written: a list of texts, words that training never saw included."""
        del encoded
        return [self.show(value) for value in (values if isinstance(values, Ragged) else values_of(values))]

    def show(self, value: Any) -> str:
        if isinstance(value, np.ndarray):
            return "".join(map(chr, value))
        return "" if value is None else value if isinstance(value, str) else " ".join(map(str, value))

    def summary(self) -> str:
        return f"{self.mean:.0f} {self.by} a row, {len(self.vocab):,} different"

    def linked(self, inputs: Sequence[Kind]) -> Link:
        """Written token by token; from sound, aligned in time but not place by place."""
        return "ctc" if any(type(kind).__name__ == "Audio" for kind in inputs) else "written"


def in_pieces(kind: Kind) -> Kind:
    """A Text of which nothing was asked, in the pieces that texts are written in: whatever is written can be put
    together again, and every word has some. Other kinds as they are."""
    return Text(by="pieces", lower=False, size=PIECES) if kind == Text() else kind


def _chunks(column: Column, rows: Ints) -> Iterable[Any]:
    """The values of a column, some at a time."""
    for start in range(0, len(rows), CHUNK):
        taken = column.take(rows[start : start + CHUNK])
        yield taken if isinstance(taken, Ragged) else values_of(taken)


def is_text(array: Any) -> bool:
    """Whether texts read as sentences: two words or more on average. Array: pyarrow strings."""
    head = array.drop_null()[:SHOWN]
    if not len(head) or not pa.types.is_string(head.type):
        return False
    return float(np.mean([len(value.split()) for value in head.to_pylist()])) >= 2
