"""Number: one real value, standardised, with the quantiles of the training rows kept."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..errors import KindError
from .base import PIECE, Column, Encoded, Ints, Kind, pieces
from .dates import WRITTEN, are_dates

BINS = 48
FLAGS = 6  # of different texts that are no numbers, which are all named as signs for nothing
LARGEST = 1e30  # standard deviations: float32 ends soon after, and its squares long before
NUMBER = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?"
BLANK = "[ \u00a0\u202f\t]*"
CASTS = {  # what each takes away: a sign at either end, behind a minus; marks between thousands anywhere
    "percent": rf"^([+-]?){BLANK}%{BLANK}|{BLANK}%$",
    "currency": rf"^([+-]?){BLANK}[$€£]{BLANK}|{BLANK}[$€£]$",
    "spaces": "()[ \u00a0\u202f_]",
}
GROUPED = r"^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$"  # commas that part thousands; a decimal one is not to be deleted


@dataclass(frozen=True)
class Number(Kind):
    """A real value. Encoded as float32 in units of the training rows' standard deviation, NaN where missing.

    `cast` says how text is turned into a number: "percent" reads 12% as 12, "currency" $1,200 as 1200, "spaces"
    1 000 as 1000; without it such text is refused, and with it a comma that parts no thousands, as in 12,5. `edges` are
    quantiles in standardised units; of more than a million rows, those of every second, third … row.
    """

    slot: ClassVar[str | None] = ":numbers"
    says: ClassVar[str] = "one real value: a price, a temperature"

    cast: Literal["", "percent", "currency", "spaces"] = ""
    mean: float = 0.0
    std: float = 1.0
    low: float = 0.0
    high: float = 0.0
    missing: int = 0
    edges: tuple[float, ...] = ()

    def fit(self, column: Column, rows: Ints) -> Self:
        every = -(-len(rows) // PIECE)
        parts: list[tuple[int, float, float, float, float]] = []  # of each piece: values, mean, variance, ends
        some: list[NDArray[np.float64]] = []
        missing = 0
        for piece in pieces(rows):
            raw = self._floats(column.take(piece), column, piece)
            known = raw[np.isfinite(raw)]
            missing += int(np.isnan(raw).sum())
            if len(known):
                parts.append(
                    (len(known), float(known.mean()), float(known.var()), float(known.min()), float(known.max()))
                )
                some.append(known[::every])
        if not parts:
            raise KindError(
                f'column "{column.name}" holds no number in {len(rows):,} training rows',
                expected="at least one value",
                fix=f"leave it out by naming the inputs you want with --input, or --kind {column.name}=Category",
            )
        counts, means, variances, lows, highs = map(np.array, zip(*parts, strict=True))
        weights = counts / counts.sum()
        mean = float(weights @ means)
        std = float(np.sqrt(weights @ (variances + np.square(means - mean)))) or 1.0
        cuts = np.unique(np.quantile(np.concatenate(some), np.linspace(0, 1, BINS + 1)))
        return replace(
            self,
            mean=mean,
            std=std,
            low=float(lows.min()),
            high=float(highs.max()),
            missing=missing,
            edges=tuple(float(e) for e in (cuts - mean) / std) if len(cuts) > 1 else (),
        )

    def encode(self, values: Any) -> Encoded:
        raw = self._floats(values)
        scaled = (raw - self.mean) / self.std
        endless = np.flatnonzero(np.abs(scaled) > LARGEST)
        bad = {int(i): "a number that is not finite, or too large to be reckoned with" for i in endless}
        scaled[endless] = np.nan
        return Encoded(scaled.astype(np.float32), bad)

    def collate(self, array: NDArray[Any]) -> Tensor:
        return torch.from_numpy(array)

    def absent(self, array: NDArray[Any]) -> NDArray[np.bool_]:
        gone: NDArray[np.bool_] = np.isnan(array)
        return gone

    def decode(self, output: Tensor) -> list[float]:
        values: list[float] = self.in_units(output.numpy()).tolist()
        return values

    def in_units(self, array: NDArray[Any]) -> NDArray[Any]:
        """Standardised values in the user's units, as float64."""
        return array.astype(np.float64) * self.std + self.mean

    def show(self, value: Any) -> str:
        return "missing" if value is None else f"{float(value):.6g}"

    def summary(self) -> str:
        gone = f", {self.missing:,} missing" if self.missing else ""
        return f"{self.low:.4g} to {self.high:.4g}, mean {self.mean:.4g}{gone}"

    def _floats(self, values: Any, column: Column | None = None, rows: Ints | None = None) -> NDArray[np.float64]:
        """Raw values as float64 of their own, NaN where there is none. Raises KindError for text that is no number,
        which names the column and the row if it is given them."""
        array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, from_pandas=False)
        if pa.types.is_dictionary(array.type):
            array = array.cast(array.type.value_type)
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            try:
                array = _parsed(array, self.cast)
            except pa.ArrowInvalid:
                raise _not_numbers(array, self.cast, column, rows) from None
        elif pa.types.is_time32(array.type):
            array = pc.cast(array, pa.int32())
        elif pa.types.is_time64(array.type) or pa.types.is_duration(array.type):
            array = pc.cast(array, pa.int64())
        elif pa.types.is_temporal(array.type):
            array = pc.cast(pc.cast(array, pa.timestamp("us")), pa.int64())
        elif pa.types.is_null(array.type):
            array = array.cast(pa.float64())
        try:
            floats: NDArray[np.float64] = pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False).copy()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise KindError(f"values of type {array.type} are not numbers", expected="numbers") from None
        return floats


def reads(cast: str, texts: Sequence[str]) -> bool:
    """Whether a cast, or "" for none, makes a number of every text.

    >>> reads("currency", ["$1,024.13", "-3"]), reads("currency", ["1024,13 €"])
    (True, False)
    """
    try:
        _parsed(pa.array(texts, pa.string()), cast)
    except pa.ArrowInvalid:
        return False
    return True


def _parsed(array: Any, cast: str) -> Any:
    """Texts as float64. Raises ArrowInvalid for one that is no number once the signs of the cast are gone."""
    return pc.cast(_undressed(array, cast), pa.float64())


def _undressed(array: Any, cast: str) -> Any:
    """Texts without the signs of a cast, and of money without commas that part thousands."""
    array = pc.utf8_trim_whitespace(array)
    if cast:
        array = pc.replace_substring_regex(array, CASTS[cast], r"\1")
    if cast == "currency":
        grouped = pc.match_substring_regex(array, GROUPED)
        array = pc.if_else(grouped, pc.replace_substring(array, ",", ""), array)
    return array


def _not_numbers(array: Any, cast: str, column: Column | None, rows: Ints | None) -> KindError:
    """What is wrong with texts that a cast makes no numbers of, and the way out that works for them."""
    texts = array.unique().drop_null()
    bare = _undressed(texts, cast).to_pylist()
    number = re.compile(rf"{NUMBER}|[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
    wrong = [text for text, left in zip(texts.to_pylist(), bare, strict=True) if not number.fullmatch(left)]
    shown = ", ".join(f'"{text[:40]}"' for text in wrong[:3])
    what, name = f"{len(wrong):,} different values are not numbers: {shown}", "COLUMN"
    if column is not None and rows is not None:
        name, at = column.name, column.where(int(rows[pc.index(array, wrong[0]).as_py()]))
        what = f'column "{name}" holds {len(wrong):,} different values that are not numbers, first in {at}: {shown}'
    other = next((c for c in CASTS if reads(c, texts.to_pylist())), "")
    commas = any(re.search(r"\d,\d", text) for text in wrong[:3])
    if commas and not other:
        grouped = ", and commas only before groups of three digits, as in 1,024.5" if cast == "currency" else ""
        return KindError(
            what,
            expected=f"a decimal point, as in 12.5{grouped}",
            fix="write a decimal comma as a point, and nothing between thousands",
        )
    kind = shlex.quote(f"{name}=Number(cast={other})")
    then = ", where a comma parts thousands" if commas else ""
    fix = f"--kind {kind}{then}" if other else _way_out(name, wrong)
    return KindError(what, expected="plain numbers such as 12.5, or a declared cast", fix=fix)


def _way_out(name: str, wrong: Sequence[str]) -> str:
    """What to type or write for texts that no cast makes numbers of."""
    if when := are_dates(dict.fromkeys(wrong, 1)):
        return f"leave out --kind {shlex.quote(f'{name}=Number')}, or write the column {WRITTEN[when]}"
    signs = [shlex.quote(text) for text in wrong] if len(wrong) <= FLAGS else ["SIGN"]
    missing = " ".join(f"--missing {sign}" for sign in signs)
    return f"{missing} for what stands for nothing, or --kind {shlex.quote(f'{name}=Category')} if they are names"
