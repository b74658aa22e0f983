"""Score raw rows through the same Predictor that answers, beside the baselines, with what a report wants to show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ..data.table import Table
from ..kinds import Category, Kind, Number, Tags
from ..metrics import confusion, per_class, reliability, residual_summary, scored, scores_of
from ..predict import Outputs, Predictor

Ints = NDArray[np.int64]
SCATTER = 400  # points of truth against answer that a report draws


@dataclass(frozen=True)
class Truth:
    """Raw rows of a table with their known answers: encoded, and in the user's units; rows without one are left out."""

    rows: Ints
    codes: NDArray[Any]
    values: NDArray[Any]


def truth_of(table: Table, rows: Ints, name: str, kind: Kind) -> Truth:
    """The known answers of rows. A row whose answer is missing is left out; one of an unseen class is kept as -1."""
    raw = table.column(name).take(rows)
    encoded = kind.encode(raw)
    gone = kind.absent(encoded.array)
    if isinstance(kind, Category):
        values = raw if isinstance(raw, pa.Array) else pa.array(raw)
        gone = gone & values.is_null().to_numpy(zero_copy_only=False)
    gone[list(encoded.bad)] = True
    keep = np.flatnonzero(~gone)
    codes = encoded.array[keep]
    return Truth(rows[keep], codes, kind.in_units(codes))


def groups_of(table: Table, rows: Ints, name: str) -> NDArray[Any] | None:
    """Which group each row is of, by number, where rows were split by groups: intervals then draw whole groups."""
    if not name or name not in table.columns:
        return None
    values = pa.array(table.columns[name].take(rows)).dictionary_encode()
    numbers: NDArray[Any] = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return numbers


def score_rows(
    predictor: Predictor, truth: Truth, out: Outputs, groups: NDArray[Any] | None, seed: int, lost: int = 0
) -> dict[str, dict[str, Any]]:
    """Every score with its interval.

    Rows without an answer, and `lost` ones that could not even be read, count as wrong where that has a meaning.
    """
    answer = predictor.kind.in_units(out.array)
    if out.bad:
        answer = answer.astype(np.float64)
        answer[list(out.bad)] = np.nan
    return scored(predictor.kind, truth.values, answer, groups=groups, seed=seed, lost=lost)


def detail(kind: Kind, truth: NDArray[Any], answer: NDArray[Any], plain: NDArray[Any]) -> dict[str, Any]:
    """What a report draws: confusion, classes, reliability before (`plain`) and after calibration, or a scatter."""
    if isinstance(kind, Category):
        known = truth >= 0
        truth, answer, plain = truth[known], answer[known], plain[known]
        labels = [str(x) for x in kind.labels]
        predicted = answer.argmax(1)
        return {
            "confusion": {"labels": labels, "counts": confusion(truth, predicted, len(labels)).tolist()},
            "per_class": per_class(truth, predicted, labels),
            "reliability": {"before": reliability(truth, plain), "after": reliability(truth, answer)},
        }
    if isinstance(kind, Number):
        some = np.linspace(0, len(truth) - 1, min(SCATTER, len(truth))).astype(np.int64)
        return {
            "scatter": {"truth": truth[some].tolist(), "answer": answer[some].tolist()},
            "residuals": residual_summary(truth, answer),
        }
    if isinstance(kind, Tags):
        on = answer >= kind.threshold
        rows = []
        for i, label in enumerate(kind.labels):
            hit = float((on[:, i] & (truth[:, i] == 1)).sum())
            said, is_on = float(on[:, i].sum()), float(truth[:, i].sum())
            rows.append(
                {
                    "label": label,
                    "precision": hit / said if said else None,
                    "recall": hit / is_on if is_on else None,
                    "f1": 2 * hit / (said + is_on) if said + is_on else None,
                    "n": int(is_on),
                }
            )
        return {"per_class": rows}
    return {}


def predictions(kind: Kind, ids: list[str], truth: list[Any], answers: list[Any], out: Outputs) -> bytes:
    """The answers for the test rows as a Parquet file: id, truth, answer, problem, correct, probabilities by label."""
    columns: dict[str, Any] = {
        "id": ids,
        "truth": [kind.show(v) if isinstance(kind, Tags) else v for v in truth],
        "answer": [
            None if i in out.bad else kind.show(v) if isinstance(kind, Tags) else v for i, v in enumerate(answers)
        ],
        "problem": [out.bad.get(i, "") for i in range(len(ids))],
    }
    if not isinstance(kind, Number):
        columns["correct"] = [i not in out.bad and a == t for i, (a, t) in enumerate(zip(answers, truth, strict=True))]
    if isinstance(kind, Category | Tags):
        for i, label in enumerate(kind.labels):
            columns[f"p({label})"] = out.array[:, i]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return bytes(sink.getvalue())


def main_score(kind: Kind) -> tuple[str, str]:
    """The score a kind is judged by first, and which way is better."""
    first = scores_of(kind)[0]
    return first.name, first.better
