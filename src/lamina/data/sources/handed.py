"""What is handed over in Python as a table: frames, series, arrays, and rows by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import SourceError
from ...findings import Findings
from ..table import Table
from .arrays import read_arrays, stem_and_part
from .folders import PARTS
from .frames import is_frame, is_series, read_frame, read_series
from .join import join
from .options import ReadOptions

# What is data once it is written otherwise: what it is known by, what it is, and what to type.
MENDED = (
    ("collect", ", which is not computed yet,", "frame.collect()"),
    ("toarray", ", a sparse matrix,", "x.toarray(), where it fits into memory"),
    (
        "adjacency",
        ", one graph,",
        'networkx.to_pandas_edgelist(graph).to_csv("graph/edges.csv", index=False), and the folder "graph"',
    ),
    ("__getitem__", "", "x, y = zip(*data), and (numpy.stack(x), numpy.array(y)), where its rows are pairs of arrays"),
)


def read_handed(source: Any, options: ReadOptions, findings: Findings) -> Table:
    """A table of what is no path and no name. Raises SourceError for what is no data, with what to type."""
    if parts := _parts(source):
        (_, train), *others = parts
        table = read_handed(train, options, findings)
        for part, other in others:
            table = join(table, read_handed(other, options, findings), part, options.target, findings)
        return table
    if is_series(source):
        return read_series(source, "x" if source.name is None else str(source.name), "series", options, findings)
    if is_frame(source):
        return read_frame(source, "frame", options, findings)
    if isinstance(source, np.ndarray | tuple | list | dict) or hasattr(source, "__array__"):
        return read_arrays(source, "arrays", options, findings)
    what, fix = next(((what, fix) for sign, what, fix in MENDED if hasattr(source, sign)), ("", ""))
    raise SourceError(
        f"a {type(source).__name__}{what} cannot be read as data",
        expected="a path, a built-in name, numpy arrays, or a pandas, polars or pyarrow frame, or rows by name",
        fix=fix,
    )


def _parts(source: Any) -> list[tuple[str, Any]]:
    """What stands under the names of parts in a dict, train first, or under names such as x_train where some of it are
    frames; nothing where parts are not what the names tell."""
    if not isinstance(source, dict):
        return []
    named = {str(key): value for key, value in source.items()}
    parts = [(PARTS.get(key.lower(), ""), value) for key, value in named.items()]
    cut = [(*stem_and_part(key), value) for key, value in named.items()]
    if all(stem and part for stem, part, _ in cut) and any(is_frame(value) or is_series(value) for *_, value in cut):
        found = dict.fromkeys(part for _, part, _ in cut)
        parts = [(part, {stem: value for stem, at, value in cut if at == part}) for part in found]
    names = [part for part, _ in parts]
    if len(parts) < 2 or "train" not in names or not all(names):
        return []
    if len(set(names)) < len(names):
        raise SourceError(
            f"two parts of {', '.join(named)} are the same", expected="train, and valid or test, once each"
        )
    return sorted(parts, key=lambda part: part[0] != "train")
