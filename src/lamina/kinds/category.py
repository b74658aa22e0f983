"""Category: one of a few values seen many times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from .base import Column, Encoded, Ints, Kind, pieces

Label = str | int | float | bool

MOST = 10_000


@dataclass(frozen=True)
class Category(Kind):
    """One of `labels`. Encoded as int32, the place in `labels`, -1 where missing or never seen in training."""

    slot: ClassVar[str | None] = ":codes"
    says: ClassVar[str] = "one of a few values seen many times: a species, a grade"

    labels: tuple[Label, ...] = ()
    counts: tuple[int, ...] = ()
    missing: int = 0

    def fit(self, column: Column, rows: Ints) -> Self:
        found: Counter[Any] = Counter()
        for piece in pieces(rows):
            for item in pc.value_counts(_plain(column.take(piece))).to_pylist():
                found[item["values"]] += item["counts"]
        missing = found.pop(None, 0)
        labels = list(self.labels) or sorted(found, key=lambda v: (isinstance(v, str), v))
        strange = [v for v in found if v not in set(labels)]
        if strange:
            raise KindError(
                f'column "{column.name}" holds {strange[0]!r}, none of the {len(labels)} labels declared for it',
                expected=f"one of {', '.join(map(repr, labels[:8]))}",
            )
        if not labels or len(labels) > MOST:
            raise KindError(
                f'column "{column.name}" holds {len(labels):,} different values in {len(rows):,} training rows',
                expected=f"1 to {MOST:,} values seen many times",
                fix=f"--kind {column.name}=Number, or leave it out by naming the inputs you want with --input",
            )
        return replace(
            self, labels=tuple(labels), counts=tuple(int(found.get(v, 0)) for v in labels), missing=int(missing)
        )

    def encode(self, values: Any) -> Encoded:
        plain = _plain(values)
        want = pa.array(list(self.labels))
        if plain.type != want.type:
            plain = called(plain, self.labels) if pa.types.is_string(want.type) else _meet(plain, want.type)
        elif {str(label).lower() for label in self.labels} == {"true", "false"} and pa.types.is_string(want.type):
            plain = called(plain, self.labels)
        codes = pc.fill_null(pc.index_in(plain, value_set=want), -1)
        codes = pc.if_else(pc.is_null(plain), -1, codes)
        return Encoded(codes.to_numpy(zero_copy_only=False).astype(np.int32))

    def collate(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array.astype(np.int64))

    def absent(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        gone: NDArray[np.bool_] = array < 0
        return gone

    def decode(self, output: Tensor) -> list[Label]:
        """(B, classes) probabilities to the likeliest label of each row."""
        return [self.labels[i] for i in output.argmax(-1).tolist()]

    def chances(self, row: Any) -> dict[str, float]:
        return dict(zip(map(str, self.labels), map(float, row), strict=True))

    def summary(self) -> str:
        gone = f", {self.missing:,} missing" if self.missing else ""
        return f"{len(self.labels):,} {'value' if len(self.labels) == 1 else 'classes'}{gone}"


def _plain(values: Any) -> Any:
    """Raw values as one arrow array of text, whole numbers, floats or truths."""
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.cast(kind.value_type)
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type) or pa.types.is_null(array.type):
        return array.cast(pa.string())
    if pa.types.is_integer(array.type):
        return array.cast(pa.int64())
    if pa.types.is_floating(array.type):
        array = array.cast(pa.float64())
        return pc.if_else(pc.is_nan(array), pa.scalar(None, pa.float64()), array)
    if pa.types.is_temporal(array.type):
        return array.cast(pa.string())
    return array


def called(array: Any, labels: Sequence[Label]) -> Any:
    """Truths and numbers as the text that labels have for them: True may be "true" there, and 2.0 "2.0" or "2"; what
    two labels stand for, as "1.1" and "1.10" for 1.1, is neither. Of labels that are truths, in any letters."""
    truths = {str(label).lower(): label for label in labels}
    numbers: dict[float, Label | None] = {}
    for label in labels:
        try:
            numbers[float(label)] = None if float(label) in numbers else label
        except ValueError:
            continue
    words = array.dictionary_encode()
    plain = pc.cast(words.dictionary, pa.string()).to_pylist()
    for i, value in enumerate(words.dictionary.to_pylist()):
        if plain[i] not in labels:
            number = (
                numbers.get(float(value)) if isinstance(value, int | float) and not isinstance(value, bool) else None
            )
            plain[i] = (
                number or (truths.get(plain[i].lower()) if plain[i].lower() in ("true", "false") else None) or plain[i]
            )
    return pa.array(plain, pa.string()).take(words.indices)


def _meet(array: Any, kind: Any) -> Any:
    """Values of another type brought to the labels' type where each can be; the others become missing."""
    out = []
    for value in array.to_pylist():
        try:
            out.append(None if value is None else pa.scalar(value).cast(kind).as_py())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            out.append(None)
    return pa.array(out, kind)
