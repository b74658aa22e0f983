"""Numpy arrays as tables: x, (x, y), {name: array}, and the .npy and .npz files that hold them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ...errors import SourceError
from ...files import NOT_ARRAYS
from ...kinds import Column
from ..table import Arrays, Table, Values
from .archive import list_archive
from .folders import PARTS
from .reading import fingerprint_arrays, fingerprint_file, shown

ANSWERS = ("y", "label", "labels", "target")


def read_arrays(source: Any, name: str) -> Table:
    """Arrays in memory. `(x, y)` has the target y; of a dict, y, label or target; x_train and x_test are parts of x."""
    if isinstance(source, Mapping):
        arrays = {str(key): np.asarray(value) for key, value in source.items()}
    elif isinstance(source, tuple):
        if len(source) != 2:
            raise SourceError(f"a tuple of {len(source)} arrays", expected="(x, y), or a dict of named arrays")
        arrays = {"x": np.asarray(source[0]), "y": np.asarray(source[1])}
    else:
        arrays = {"x": np.asarray(source)}
    return _table(arrays, name, fingerprint_arrays(arrays))


def read_npy(path: Path) -> Table:
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
    return _table(arrays, path.name, fingerprint_file(path))


def _table(arrays: dict[str, NDArray[Any]], name: str, fingerprint: str) -> Table:
    whole, parts = _by_part(arrays, name)
    columns: dict[str, Column] = {}
    for key, array in whole.items():
        columns.update(_columns(key, array, name))
    target = next((key for key in ANSWERS if key in columns and len(columns) > 1), "")
    return Table(columns, name, fingerprint, parts, target, facts={"reader": "arrays"})


def _by_part(arrays: dict[str, NDArray[Any]], name: str) -> tuple[dict[str, NDArray[Any]], NDArray[np.str_] | None]:
    """Arrays named x_train and x_test put end to end as x, with the part of each row."""
    cut = {key: (key.rpartition("_")[0], PARTS.get(key.rpartition("_")[2].lower(), "")) for key in arrays}
    if not all(stem and part for stem, part in cut.values()):
        return arrays, None
    stems = list(dict.fromkeys(stem for stem, _ in cut.values()))
    found = [part for part in ("train", "valid", "test") if part in {p for _, p in cut.values()}]
    keys = {place: key for key, place in cut.items()}
    lacking = [f"{stem}_{part}" for stem in stems for part in found if (stem, part) not in keys]
    if lacking:
        raise SourceError(f"{name} has no array {lacking[0]}", expected=f"each of {', '.join(stems)} in each part")
    whole = {stem: np.concatenate([arrays[keys[stem, part]] for part in found]) for stem in stems}
    return whole, np.repeat(found, [len(arrays[keys[stems[0], part]]) for part in found])


def _columns(key: str, array: NDArray[Any], origin: str) -> dict[str, Column]:
    """One array as columns: a value a row, a column for each of its columns, or an array a row."""
    if array.ndim == 0:
        raise SourceError(f'"{key}" is a single value, {array!r}', expected="an array with a row for each example")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
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
