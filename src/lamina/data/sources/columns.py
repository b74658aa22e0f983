"""The columns of frames and of rows by name, one by one: each as arrow has it, in the few types that kinds know. What
can only be left out stays a column, which says what it holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as parquet

from ...errors import SourceError
from ...kinds import Column
from ..table import Objects, Values
from .pictures import bytes_column
from .reading import no_twins

INDEX = "__index_level_"  # how pandas names the column of an index that it writes
SPANS = ("IntervalDtype", "PeriodDtype")  # dtypes of pandas whose values are known by their text
A_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
# What arrow, pandas and polars raise for values that arrow has no type for.
REFUSED = (pa.ArrowException, TypeError, ValueError, OverflowError)


def arrays_of(source: Any, origin: str) -> dict[str, Any]:
    """The columns of a frame or of rows by name, each as an arrow column, or as `Objects` where arrow has no type for
    its values. Raises SourceError for what has no columns, and for two of one name."""
    named = list(_series(source))
    no_twins([name for name, _ in named], origin)
    arrays: dict[str, Any] = {}
    for name, values in named:
        array = _array(values)
        if array is None:
            listed = list(values)
            arrays[name] = Objects(name, _why(listed), len(listed), origin)
        else:
            arrays[name] = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    return {name: array for name, array in arrays.items() if not name.startswith(INDEX)}


def as_columns(arrays: Mapping[str, Any], origin: str) -> dict[str, Column]:
    """Arrow columns as ours, in the few types that kinds know."""
    return {name: _column(name, array, origin) for name, array in arrays.items()}


def array_of(values: Any) -> Any:
    """Python values, or a series of pandas, as arrow has them, or None where it has no type for them. Whole numbers
    that 64 bits do not hold are text, as in a CSV, and paths are."""
    try:
        return pa.array(values, from_pandas=True)
    except REFUSED:
        listed = list(values)
    for kind in (int, os.PathLike):
        if all(_gone(value) or (isinstance(value, kind) and not isinstance(value, bool)) for value in listed):
            return pa.array([None if _gone(value) else str(value) for value in listed], pa.string())
    return None


def _series(source: Any) -> Iterator[tuple[str, Any]]:
    """The columns by name, as the source has them. An index of pandas is one where it has a name."""
    if isinstance(source, list):
        for key in dict.fromkeys(key for row in source for key in row):
            yield str(key), [row.get(key) for row in source]
    elif hasattr(source, "iloc") and hasattr(source, "columns"):
        names = [str(name) for name in source.columns]
        for i, name in enumerate(names):
            yield name, source.iloc[:, i]
        index = source.index
        for level, name in enumerate(index.names):
            if name is not None and str(name) not in names and type(index).__name__ != "RangeIndex":
                yield str(name), index.get_level_values(level).to_series()
    elif hasattr(source, "get_columns"):
        for series in source.get_columns():
            yield series.name, series
    else:
        try:
            made = source if isinstance(source, pa.Table) else pa.table(source)
        except REFUSED as error:
            raise SourceError(
                f"a {type(source).__name__} cannot be read as a frame: {error}", expected="columns with names"
            ) from None
        yield from zip(made.column_names, made.columns, strict=True)


def _array(values: Any) -> Any:
    """A column of a frame as arrow has it, or None."""
    if isinstance(values, pa.ChunkedArray):
        return values
    try:
        if hasattr(values, "iloc"):
            values = _pandas(values)
        elif hasattr(values, "to_list"):  # of polars; what it keeps of Python objects are addresses
            return array_of(values.to_list()) if str(values.dtype) == "Object" else pa.chunked_array(values)
    except REFUSED:
        values = list(values)
    return array_of(values)


def _pandas(series: Any) -> Any:
    """A series of pandas in a dtype that arrow knows: sparse values as they are, a period by its start, and intervals
    as categories called by their text. Dtypes are known by their names, since pandas need not be installed."""
    kind = type(series.dtype).__name__
    if kind == "SparseDtype":
        return series.sparse.to_dense()
    if kind == "PeriodDtype":
        return series.dt.to_timestamp()
    if kind == "IntervalDtype":
        series = series.astype("category")
    categories = getattr(series.dtype, "categories", None)
    if type(getattr(categories, "dtype", None)).__name__ in SPANS:
        return series.cat.rename_categories(str)
    return series


def _gone(value: Any) -> bool:
    """Whether a Python value stands for none."""
    return (
        value is None or (isinstance(value, float) and value != value) or type(value).__name__ in ("NAType", "NaTType")
    )


def _why(values: Iterable[Any]) -> str:
    """What values are that arrow has no type for: their types, each with the first row of it."""
    first: dict[str, int] = {}
    for row, value in enumerate(values):
        if isinstance(value, str) and not _is_utf8(value):
            return f"text with half of a surrogate pair, in row {row}"
        if not _gone(value):
            first.setdefault(type(value).__name__, row)
    told = ", ".join(f"{kind} in row {row}" for kind, row in list(first.items())[:3])
    return f"values of {'different types' if len(first) > 1 else 'a type that no kind takes'}: {told}"


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _column(name: str, array: Any, origin: str) -> Column:
    if isinstance(array, Objects):
        return array
    try:
        made = plain(array)
    except pa.ArrowException:  # intervals of pandas in a table of arrow
        made = None
    if made is None or not _is_kept(made.type):
        return Objects(name, f"values of a type that no kind takes: {array.type}", len(array), origin)
    return bytes_column(name, made) or Values(name, made, origin)


def _is_kept(kind: Any) -> bool:
    """Whether the locked part can keep values of a type: Parquet has no object without fields."""
    if not pa.types.is_nested(kind):
        return True
    try:
        parquet.ParquetWriter(pa.BufferOutputStream(), pa.schema([("", kind)])).close()
    except pa.ArrowException:
        return False
    return True


def plain(array: Any) -> Any:
    """A column as text, bytes, whole numbers, floats, truths, moments or lists. Durations and times of day are seconds,
    whatever their unit, so that one unit in training is not taken for another in prediction."""
    kind = _unviewed(array.type)
    if kind != array.type:
        array = pc.cast(array, kind)
    if pa.types.is_dictionary(kind):
        return plain(pc.cast(array, kind.value_type))
    if pa.types.is_large_string(kind) or pa.types.is_null(kind):
        return pc.cast(array, pa.string())
    if pa.types.is_decimal(kind) or kind == pa.float16():
        return pc.cast(array, pa.float64())
    if pa.types.is_date(kind) or pa.types.is_timestamp(kind):
        return pc.cast(array, pa.timestamp("us", tz=getattr(kind, "tz", None)), safe=False)
    if pa.types.is_duration(kind) or pa.types.is_time(kind):
        whole = pc.cast(array, pa.int32() if pa.types.is_time32(kind) else pa.int64())
        return pc.divide(pc.cast(whole, pa.float64(), safe=False), float(A_SECOND[kind.unit]))
    if kind == pa.uint64():
        return pc.cast(array, pa.float64(), safe=False)
    return array


def _unviewed(kind: Any) -> Any:
    """A type with plain texts and bytes in place of views on them, which pyarrow can hardly take rows of."""
    if pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, _unviewed(kind.value_type), kind.ordered)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        inner = kind.value_field.with_type(_unviewed(kind.value_type))
        return pa.list_(inner) if pa.types.is_list(kind) else pa.large_list(inner)
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_unviewed(field.type)) for field in kind])
    return kind
