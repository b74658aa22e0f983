"""Whether a graph answers as the net does: both are asked of the same rows, one at a time, a few, and all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..data.table import Table
from ..errors import RunError
from ..extras import extra
from ..predict import Predictor
from ..ragged import Ragged, Rows
from .ports import Answer, answers_of, given, ports_of

MOST = 256  # rows
FEW = (1, 7)  # rows at once, and all
BOUND = 1e-4  # of a number, or of 1 where it is less; of what is whole, the share that may differ


@dataclass(frozen=True)
class Parity:
    """How far the graph's answers are from the net's, at most: the difference over the number, or over 1 where that is
    less; of whole numbers the share of those that differ."""

    runtime: str
    rows: int
    batches: tuple[int, ...]
    largest: float
    bound: float = BOUND


def library() -> Any:
    """onnxruntime. Raises ExtraError where it is missing."""
    with extra("onnxruntime", "an exported net is held against the run"):
        import onnxruntime
    return onnxruntime


class Runtime:
    """onnxruntime with one graph."""

    def __init__(self, graph: bytes):
        onnxruntime = library()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = torch.get_num_threads(), 3
        self.name = f"onnxruntime {onnxruntime.__version__}"
        self.session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
        self.names = [port.name for port in self.session.get_inputs()]

    def answer(self, arrays: Sequence[Any]) -> list[NDArray[Any]]:
        """Arrays in, arrays out, both in the graph's order."""
        feed = {name: np.ascontiguousarray(x) for name, x in zip(self.names, arrays, strict=True)}
        made: list[NDArray[Any]] = self.session.run(None, feed)
        return made


def hold(graph: bytes, predictor: Predictor, table: Table, rows: NDArray[np.int64]) -> Parity:
    """Both asked of up to 256 rows of a table that can be read.

    Raises RunError where no row can, or their answers lie further apart than the bound.
    """
    rows = rows[:MOST]
    said = predictor.outputs(table, rows)
    good = np.array([i for i in range(len(rows)) if i not in said.bad], np.int64)
    if not len(good):
        raise RunError("no test row can be read to hold the exported net against", expected="the run's own test rows")
    runtime, ports, answers = Runtime(graph), ports_of(predictor.schema), answers_of(predictor.schema)
    ours = said.array if isinstance(said.array, Ragged) else np.asarray(said.array)
    batches, largest = tuple(dict.fromkeys(min(n, len(good)) for n in (*FEW, len(good)))), 0.0
    for size in batches:
        for start in range(0, len(good), size):
            some = good[start : start + size]
            inputs = predictor.encoded(table, rows[some])[0]
            theirs = held(runtime.answer(given(ports, inputs)), answers)
            largest = max(largest, apart(_picked(ours, some, predictor), theirs))
    if not largest <= BOUND:
        raise RunError(
            f"the exported net answers otherwise than the run: {largest:.1e} apart at most, on {len(good):,} test rows",
            expected=f"at most {BOUND:g}; nothing was written",
            fix="lamina predict RUN answers it; please tell us of this",
        )
    return Parity(runtime.name, len(good), batches, largest)


def _picked(ours: Rows, rows: NDArray[np.int64], predictor: Predictor) -> Rows:
    """What the net says of some rows; of figures their quotient, which is what a graph answers."""
    if isinstance(ours, Ragged):
        return Ragged(ours.values, ours.starts[rows], ours.lengths[rows])
    return ours[rows, 0] / ours[rows, 1] if predictor.link == "same" else ours[rows]


def held(theirs: Sequence[NDArray[Any]], answers: Sequence[Answer]) -> Rows:
    """What a graph answers as the net decodes it: units off, of tokens as far as each row goes."""
    first = theirs[0]
    if answers[0].scale:
        first = (first - np.squeeze(answers[0].shift)) / np.squeeze(answers[0].scale)
    if len(answers) == 2 and answers[1].name == "mask":
        return Ragged.packed(first[theirs[1]], theirs[1].sum(1))
    return first


def apart(ours: Rows, theirs: Rows) -> float:
    """The largest difference, as `Parity` has it; endless where shapes differ or a number is not finite."""
    if isinstance(ours, Ragged) and isinstance(theirs, Ragged):
        if not np.array_equal(ours.lengths, theirs.lengths):
            return np.inf
        return max((apart(a, b) for a, b in zip(ours, theirs, strict=True)), default=0.0)
    one, other = np.asarray(ours), np.asarray(theirs)
    if one.shape != other.shape:
        return np.inf
    if other.dtype.kind in "iu":
        return float(np.mean(one != other))
    a, b = one.astype(np.float64), other.astype(np.float64)
    if not np.isfinite(b).all():
        return np.inf
    return float((np.abs(a - b) / np.maximum(1, np.abs(a))).max(initial=0.0))
