"""Score raw rows through the same Predictor that answers, beside the baselines, with what a report wants to show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from numpy.typing import NDArray

from ..data.table import Table
from ..kinds import Category, Each, Kind, Link, Number, Series, Tags
from ..metrics import confusion, per_class, reliability, residual_summary, scored, scores_of
from ..metrics.series import coverage_of
from ..predict import Outputs, Predictor
from ..ragged import Ragged, some

Ints = NDArray[np.int64]
SCATTER = 400  # points of truth against answer that a report draws


@dataclass(frozen=True)
class Truth:
    """Raw rows of a table with their known answers: encoded, and in the user's units; rows without one are left out."""

    rows: Ints
    codes: Any
    values: Any

    def of(self, at: Ints) -> Truth:
        """Some of the rows, by their place."""
        return Truth(self.rows[at], some(self.codes, at), some(self.values, at))


def truth_of(table: Table, rows: Ints, name: str, kind: Kind) -> Truth:
    """The known answers of rows. A row whose answer is missing is left out; one of an unseen class is kept as -1."""
    raw = table.column(name).take(rows)
    encoded = kind.encode(raw)
    gone = np.array(kind.absent(encoded.array))
    if isinstance(kind, Category):
        values = raw if isinstance(raw, pa.Array) else pa.array(raw)
        gone = gone & values.is_null().to_numpy(zero_copy_only=False)
    gone[list(encoded.bad)] = True
    keep = np.flatnonzero(~gone)
    return Truth(rows[keep], encoded.array[keep], some(kind.reference(raw, encoded.array), keep))


def groups_of(table: Table, rows: Ints, name: str, target: str = "") -> NDArray[Any] | None:
    """Which group each row is of, by number, where rows were split by groups: intervals then draw whole groups.

    Windows whose targets share steps are no rows of their own either: stretches as long as a target are groups.
    """
    if not name or name not in table.columns:
        held = table.columns[target].holds if target in table.columns else ""
        return stretches(table.columns[target].take(rows)) if held == "ragged" else None
    values = pa.array(table.columns[name].take(rows)).dictionary_encode()
    numbers: NDArray[Any] = values.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return numbers


def stretches(spans: Any) -> NDArray[Any] | None:
    """Which stretch each window is of, by number, each as long as a window; None of rows that share nothing."""
    if not isinstance(spans, Ragged) or int(spans.lengths.sum()) <= len(spans.values):
        return None
    groups: NDArray[Any] = (spans.starts - spans.starts.min()) // int(spans.lengths.max())
    return groups


def score_rows(
    predictor: Predictor, truth: Truth, out: Outputs, groups: NDArray[Any] | None, seed: int, lost: int = 0
) -> dict[str, dict[str, Any]]:
    """Every score with its interval.

    Rows without an answer, and `lost` ones that could not even be read, count as wrong where that has a meaning.
    """
    kind = predictor.kind
    answer = without(kind.in_units(out.array), out.bad)
    found = scored(kind, truth.values, answer, groups=groups, seed=seed, lost=lost, link=predictor.link)
    if isinstance(kind, Series) and predictor.bands is not None:
        low, high = predictor.bands.around(answer)
        inside = ((truth.values >= low) & (truth.values <= high)).mean((1, 2))  # (n,); what has no answer is outside
        found["coverage"] = coverage_of(inside, groups, seed)
    return found


def without(answer: Any, bad: Iterable[int]) -> Any:
    """Answers with those of rows that could not be read taken out: not a number, of no length, or None."""
    gone = sorted(bad)
    if not gone:
        return answer
    if isinstance(answer, Ragged):
        at = np.isin(np.arange(len(answer)), gone)
        return Ragged(answer.values, answer.starts, np.where(at, 0, answer.lengths))
    if isinstance(answer, list):
        return [None if i in set(gone) else value for i, value in enumerate(answer)]
    answer = answer.astype(np.float64)
    answer[gone] = np.nan
    return answer


def decoded_truth(kind: Kind, truth: Truth) -> list[Any]:
    """The known answers as the user knows them."""
    if isinstance(kind, Category):
        return [kind.labels[c] if c >= 0 else None for c in truth.codes.tolist()]
    if isinstance(kind, Each):
        return [[kind.of.labels[c] if c >= 0 else None for c in row] for row in truth.codes]
    if isinstance(kind, Tags):
        return kind.decode(torch.from_numpy(truth.codes.astype(np.float32)))
    if isinstance(kind, Series):
        return kind.decode(truth.values)
    return list(truth.values)


def detail(kind: Kind, truth: Any, answer: Any, plain: Any) -> dict[str, Any]:
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
        "truth": [_plain(kind, value) for value in truth],
        "answer": [None if i in out.bad else _plain(kind, value) for i, value in enumerate(answers)],
        "problem": [out.bad.get(i, "") for i in range(len(ids))],
    }
    if isinstance(kind, Category | Tags | Each):
        columns["correct"] = [i not in out.bad and a == t for i, (a, t) in enumerate(zip(answers, truth, strict=True))]
    if isinstance(kind, Category | Tags):
        for i, label in enumerate(kind.labels):
            columns[f"p({label})"] = np.asarray(out.array)[:, i]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="zstd")
    return bytes(sink.getvalue())


def _plain(kind: Kind, value: Any) -> Any:
    """A value as a Parquet file can hold it: as it is, or as text."""
    if value is None or isinstance(kind, Series):
        return value
    if isinstance(value, str | int | float | bool) and not isinstance(kind, Tags):
        return value
    shown = kind.show(value)
    return shown if isinstance(shown, str) else None


def main_score(kind: Kind, link: Link = "aligned") -> tuple[str, str]:
    """The score a target is judged by first, and which way is better."""
    first = scores_of(kind, link)[0]
    return first.name, first.better
