"""Number: one real value, standardised, with the quantiles of the training rows kept."""

from __future__ import annotations

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

BINS = 48
LARGEST = 1e30  # standard deviations: float32 ends soon after, and its squares long before
CASTS = {"percent": ("%",), "currency": ("$", "€", "£", ","), "spaces": (" ", "\u00a0", "\u202f", "_")}


@dataclass(frozen=True)
class Number(Kind):
    """A real value. Encoded as float32 in units of the training rows' standard deviation, NaN where missing.

    `cast` says how text is turned into a number: "percent" reads 12% as 12, "currency" $1,200 as 1200, "spaces"
    1 000 as 1000; without it such text is refused. `edges` are quantiles in standardised units; of more than a million
    rows, those of every second, third … row.
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
            raw = self._floats(column.take(piece))
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

    def _floats(self, values: Any) -> NDArray[np.float64]:
        """Raw values as float64 of their own, NaN where there is none. Raises KindError for text that is no number."""
        array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, from_pandas=False)
        if pa.types.is_dictionary(array.type):
            array = array.cast(array.type.value_type)
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            for sign in CASTS.get(self.cast, ()):
                array = pc.replace_substring(array, sign, "")
            array = pc.utf8_trim_whitespace(array)
            try:
                array = pc.cast(array, pa.float64())
            except pa.ArrowInvalid:
                raise _not_numbers(array) from None
        elif pa.types.is_temporal(array.type):
            array = pc.cast(pc.cast(array, pa.timestamp("us")), pa.int64())
        elif pa.types.is_null(array.type):
            array = array.cast(pa.float64())
        try:
            floats: NDArray[np.float64] = pc.cast(array, pa.float64(), safe=False).to_numpy(zero_copy_only=False).copy()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            raise KindError(f"values of type {array.type} are not numbers", expected="numbers") from None
        return floats


def _not_numbers(array: Any) -> KindError:
    wrong = []
    for value in array.unique().to_pylist():
        try:
            float(value) if value is not None else 0.0
        except ValueError:
            wrong.append(value)
    shown = ", ".join(f'"{w}"' for w in wrong[:3])
    return KindError(
        f"{len(wrong):,} different values are not numbers: {shown}",
        expected="plain numbers such as 12.5, or a declared cast",
        fix="--kind COLUMN=Number(cast=percent | currency | spaces), or --missing SIGN if it stands for nothing",
    )
