"""Span: a stretch of a text that answers a question, where the answer stands word for word."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from ..ragged import Ragged, Rows
from .base import Column, Encoded, Ints, Kind, values_of
from .text import Text

NOWHERE = -1
PLACES = pa.struct({"text": pa.string(), "start": pa.int64(), "context": pa.string()})
PIECES = 4_000  # of a vocabulary: where answers are found by words that question and text share, rare words count
RARE = 0.99  # answers are given no longer than this share of those of training


@dataclass(frozen=True)
class Span(Kind):
    """The first and the last token, (2,), of an answer in the text that is read last.

    A raw value is {"text", "start", "context"}: the answer, the character it begins at, the text it stands in. `of` is
    how the texts beside it are cut into tokens, question and text alike; `long` the most tokens an answer is given.
    """

    slot: ClassVar[str | None] = None
    says: ClassVar[str] = "a stretch of a text that answers a question"
    placed: ClassVar[bool] = True

    of: Text = field(default_factory=lambda: Text(by="pieces", size=PIECES))
    long: int = 0
    mean: float = 0.0  # tokens of a training answer

    def fit(self, column: Column, rows: Ints) -> Self:
        values = column.take(rows)
        if not (isinstance(values, pa.Array | pa.ChunkedArray) and pa.types.is_struct(values.type)):
            raise KindError(
                f'column "{column.name}" holds no answers with their places',
                expected="answers as SQuAD has them: the text, where it begins, the text it stands in",
            )
        of = self.of.fit(Texts(column.name, _contexts(values)), np.arange(len(set(_contexts(values)))))
        ready = replace(self, of=of)
        found = np.asarray(ready.encode(values).array)
        long = (found[:, 1] - found[:, 0] + 1)[found[:, 0] >= 0]
        if not len(long):
            raise KindError(
                f'column "{column.name}" holds no answer in {len(rows):,} training rows', expected="answers"
            )
        return replace(ready, long=self.long or int(np.quantile(long, RARE)), mean=round(float(long.mean()), 3))

    def encode(self, values: Any) -> Encoded:
        made, bad = np.full((len(values), 2), NOWHERE, np.int64), {}
        places: dict[str, list[tuple[int, int]]] = {}
        for i, value in enumerate(values_of(values)):
            if value is None or value["text"] is None:
                continue
            text, start, context = value["text"], value["start"], value["context"]
            if not text.strip() or context[start : start + len(text)] != text:
                bad[i] = f'the answer "{text[:40]}" does not stand at character {start} of its text'
                continue
            if context not in places:
                places[context] = self.of.places(context)
            inside = [n for n, (a, b) in enumerate(places[context]) if b > start and a < start + len(text)]
            if inside:
                made[i] = inside[0], inside[-1]
            else:
                bad[i] = f'no token of the text stands at the answer "{text[:40]}"'
        return Encoded(made, bad)

    def collate(self, array: NDArray[Any]) -> Tensor:
        """(B, 2) places of the first and the last token."""
        return torch.from_numpy(np.ascontiguousarray(array, np.int64))

    def absent(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        gone: NDArray[np.bool_] = np.asarray(array)[:, 0] < 0
        return gone

    def decode(self, output: Any) -> list[tuple[int, int]]:
        """Places of the first and last token of each row; `onto` makes them the words that stand there."""
        return [(int(first), int(last)) for first, last in np.asarray(output)]

    def said(self, context: str, first: int, last: int) -> str:
        """What stands in a text from one token to another, to the character."""
        places = self.of.places(context)
        return context[places[first][0] : places[last][1]].strip() if 0 <= first <= last < len(places) else ""

    def onto(self, value: Any, inputs: Sequence[Any]) -> str:
        """The answer as it stands in the text that is read last."""
        return self.said(str(inputs[-1]), *value)

    def reference(self, values: Any, encoded: Rows) -> list[str]:
        """The answers as people gave them."""
        del encoded
        return [self.show(value) for value in values_of(values)]

    def misfits(self, encoded: Rows, inputs: Mapping[str, Rows]) -> dict[int, str]:
        """Rows whose answer stands after the tokens that are kept of their text."""
        text = [array for array in inputs.values() if isinstance(array, Ragged)][-1:]
        late = [np.flatnonzero(np.asarray(encoded)[:, 1] >= array.lengths) for array in text]
        return {int(i): "the answer stands after what is read of the text" for rows in late for i in rows}

    def show(self, value: Any) -> str:
        return str(value["text"]) if isinstance(value, Mapping) else "" if value is None else str(value)

    def summary(self) -> str:
        return f"answers of {self.mean:.1f} tokens, at most {self.long}; {self.of.summary()}"

    def to_json(self) -> dict[str, Any]:
        inner = self.of.to_json()
        of = {name: value for name, value in inner.items() if name != "kind"}
        return {"kind": "Span", "of": of, "long": self.long, "mean": self.mean}


@dataclass(frozen=True)
class Texts:
    """The different texts that answers stand in, as a column."""

    name: str
    all: Iterable[str]
    holds: str = "values"

    def __len__(self) -> int:
        return len(list(self.all))

    def take(self, rows: Ints) -> Any:
        """Some of the texts."""
        found = list(dict.fromkeys(self.all))
        return pa.array([found[i] for i in rows], pa.string())

    def where(self, row: int) -> str:
        """The number of a text."""
        return f"{self.name}, text {row}"


def _contexts(values: Any) -> list[str]:
    return [value["context"] for value in values_of(values) if value is not None]
