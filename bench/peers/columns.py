"""Adult as one matrix: numbers of unit spread, a one for each category; what the nets that take vectors are given."""

from __future__ import annotations

from typing import Any

from pandas import DataFrame, read_csv
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from bench.peers.data import ADULT, NUMBERS, adult


def parts(rows: int = 0) -> tuple[DataFrame, Any, DataFrame, Any]:
    """The table and whether the income is above 50,000, of training and of test."""
    found: list[Any] = []
    for part in ("train", "test"):
        table = read_csv(adult(part), names=ADULT, skipinitialspace=True)[: rows if part == "train" and rows else None]
        found += [table.drop(columns="income"), (table["income"].str.rstrip(".") == ">50K").to_numpy().astype("int64")]
    return tuple(found)


def matrix() -> Any:
    """The transformer from a table to the matrix (n, 108), float32."""
    numbers, words = list(NUMBERS), [name for name in ADULT[:-1] if name not in NUMBERS]
    ones = OneHotEncoder(handle_unknown="ignore", sparse_output=False, dtype="float32")
    return make_column_transformer((StandardScaler(), numbers), (ones, words))
