"""Arrays and frames as tables: x, (x, y), {name: array}, and the .npy and .npz files that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from ...errors import SourceError
from ...files import NOT_ARRAYS
from ...findings import Findings
from ...kinds import Column, Kind
from ..table import Arrays, Table, Values
from .answers import one_answer
from .archive import list_archive
from .folders import PARTS
from .frames import is_frame, is_series, names_of, read_frame, read_series
from .options import ReadOptions
from .reading import fingerprint_arrays, fingerprint_file, no_twins, shown

Held = NDArray[Any] | Table
ANSWERS = ("y", "label", "labels", "target")


def read_arrays(source: Any, name: str, options: ReadOptions, findings: Findings) -> Table:
    """Arrays, frames and series in memory. `(x, y)` has the target y; of a dict, y, label or target; x_train and x_test
    are parts of x. A frame keeps the names of its columns, and of `(x, y)` a series the name that it has."""
    if isinstance(source, tuple) and len(source) != 2:
        raise SourceError(f"a tuple of {len(source)} arrays", expected="(x, y), or a dict of named arrays")
    held = source if isinstance(source, Mapping) else {"x": source}
    held = {"x": source[0], "y": source[1]} if isinstance(source, tuple) else held
    taken = names_of(source[0]) if isinstance(source, tuple) else None
    read: dict[str, Held] = {}
    for key, value in ((str(key), value) for key, value in held.items()):
        if is_series(value):
            read[key] = read_series(value, _called(value, key, taken), name, options, findings)
        else:
            read[key] = read_frame(value, name, options, findings) if is_frame(value) else _array(key, value, options)
    arrays = {key: one for key, one in read.items() if not isinstance(one, Table)}
    prints = [fingerprint_arrays(arrays)] if arrays else []
    prints += [one.fingerprint for one in read.values() if isinstance(one, Table)]
    return _table(read, Table({}, name, "+".join(prints)), options, findings)


def _called(series: Any, key: str, taken: list[str] | None) -> str:
    """The name of a series that stands in a pair, unless a column beside it has that name; else its key."""
    own = "" if series.name is None or taken is None else str(series.name)
    return own if own and own not in (taken or ()) else key


def read_npy(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """A .npy or .npz file. Raises SourceError for one that holds Python objects; those are never loaded."""
    try:
        if path.suffix.lower() == ".npz":
            list_archive(path)
            with np.load(path, allow_pickle=False) as held:
                arrays = {key: held[key] for key in held.files}
        else:
            arrays = {"x": np.load(path, mmap_mode="r", allow_pickle=False)}
    except ValueError as error:
        if "allow_pickle" in str(error) or "object" in str(error).lower():
            raise _objects(shown(path)) from None
        raise SourceError(f"{shown(path)} is not a numpy file that can be read: {error}") from None
    except NOT_ARRAYS as error:
        raise SourceError(f"{shown(path)} is not a numpy file that can be read: {error}") from None
    return _table(arrays, Table({}, path.name, fingerprint_file(path)), options, findings)


def _table(held: Mapping[str, Held], empty: Table, options: ReadOptions, findings: Findings) -> Table:
    """Arrays as the columns of a table that has a name and none yet. An answer is one column, whatever it came as."""
    whole, parts = _by_part(held, empty.name)
    named = (options.target, *ANSWERS)
    answer = next((key for key in named if key in whole and len(whole) > 1), "")
    columns: list[tuple[str, Column]] = []
    target, kinds = "", dict[str, Kind]()
    for key, one in whole.items():
        made = dict(one.columns) if isinstance(one, Table) else _columns(key, one, empty.name)
        if key == answer and len(made) > 1:
            labels = list(made) if isinstance(one, Table) else range(len(made))
            column, kinds[key] = one_answer(key, made, labels, options.tags, findings)
            made = {key: column}
        target = next(iter(made)) if key == answer else target
        columns += made.items()
    no_twins([column for column, _ in columns], empty.name)
    names = tuple(name for one in whole.values() if isinstance(one, Table) for name in one.categories)
    table = replace(empty, columns=dict(columns), parts=parts, target=target, facts={"reader": "arrays"})
    return replace(table, kinds=kinds, categories=names)


def _array(key: str, value: Any, options: ReadOptions) -> NDArray[Any]:
    """Anything as an array. Lists of texts are a list of labels a row where they are an answer, else columns of text.

    Raises SourceError for rows of different lengths.
    """
    if isinstance(value, list) and key.partition("_")[0] in (options.target, *ANSWERS) and _are_labels(value):
        return np.fromiter(value, object, len(value))
    try:
        return as_array(value)
    except ValueError:
        raise SourceError(f'"{key}" holds rows of different lengths or shapes', expected="rows of one shape") from None


def as_array(value: Any) -> NDArray[Any]:
    """Anything as an array; of a tensor its values, wherever they lie and whatever learns from them."""
    if not isinstance(value, torch.Tensor):
        return np.asarray(value)
    value = value.detach().cpu()
    array: NDArray[Any] = (value.float() if value.dtype == torch.bfloat16 else value).numpy()
    return array


def _are_labels(rows: Any) -> bool:
    return all(isinstance(row, list | tuple) and all(isinstance(one, str) for one in row) for row in rows)


def _by_part(held: Mapping[str, Held], name: str) -> tuple[Mapping[str, Held], NDArray[np.str_] | None]:
    """Arrays named x_train and x_test put end to end as x, with the part of each row."""
    arrays = {key: one for key, one in held.items() if not isinstance(one, Table)}
    cut = {key: stem_and_part(key) for key in held}
    if len(arrays) < len(held) or not all(stem and part for stem, part in cut.values()):
        return held, None
    stems = list(dict.fromkeys(stem for stem, _ in cut.values()))
    found = [part for part in ("train", "valid", "test") if part in {p for _, p in cut.values()}]
    keys = {place: key for key, place in cut.items()}
    lacking = [f"{stem}_{part}" for stem in stems for part in found if (stem, part) not in keys]
    if lacking:
        raise SourceError(f"{name} has no array {lacking[0]}", expected=f"each of {', '.join(stems)} in each part")
    whole = {stem: np.concatenate([arrays[keys[stem, part]] for part in found]) for stem in stems}
    return whole, np.repeat(found, [len(arrays[keys[stems[0], part]]) for part in found])


def stem_and_part(key: str) -> tuple[str, str]:
    """Of a name such as x_train what stands before the part, and the part; "" for none."""
    stem, _, part = key.rpartition("_")
    return stem, PARTS.get(part.lower(), "")


def _columns(key: str, array: NDArray[Any], origin: str) -> dict[str, Column]:
    """One array as columns: a value a row, a column for each of its columns, or an array a row."""
    if array.ndim == 0:
        one = array[()]
        raise SourceError(
            f'"{key}" is one value, {one!r}' if array.dtype != object else f'"{key}" is a {type(one).__name__}',
            expected="an array with a row for each example",
            fix=f"{key}.toarray(), where it fits into memory" if hasattr(one, "toarray") else "",
        )
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.dtype == object and array.ndim == 1 and len(array) and _are_labels(array):
        labels = pa.array(list(array), pa.list_(pa.string()))
        return {key: Values(key, pa.chunked_array([labels]), origin)}
    if array.dtype == object:
        array = _texts(key, array)
    if array.dtype.byteorder not in "=|":  # pyarrow and torch take numbers as this machine writes them
        array = array.astype(array.dtype.newbyteorder("="))
    if array.dtype.kind not in "biufUM":
        raise SourceError(f'"{key}" holds {array.dtype}', expected="numbers, truths, texts or moments")
    if array.ndim == 1:
        return {key: _values(key, array, origin)}
    if array.ndim == 2:
        return {f"{key}{i}": _values(f"{key}{i}", array[:, i - 1], origin) for i in range(1, array.shape[1] + 1)}
    return {key: Arrays(key, array, origin)}


def _values(key: str, array: NDArray[Any], origin: str) -> Values:
    if array.dtype.kind == "M":
        array = array.astype("datetime64[us]")
    if array.dtype == np.float16:
        array = array.astype(np.float32)
    return Values(key, pa.chunked_array([pa.array(np.ascontiguousarray(array))]), origin)


def _texts(key: str, array: NDArray[Any]) -> NDArray[Any]:
    """An array of Python texts as text; anything else in it is refused."""
    if not all(isinstance(value, str) for value in array.flat):
        raise _objects(f'"{key}"')
    return array.astype(np.str_)


def _objects(what: str) -> SourceError:
    return SourceError(
        f"{what} holds Python objects, which are never loaded",
        expected="arrays of numbers or texts",
        fix='give them a type before saving: array.astype("float32")',
    )
