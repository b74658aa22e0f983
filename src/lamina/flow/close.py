"""From weights to the page: calibrated on validation, scored on the locked rows beside the baselines, reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from .. import report
from ..data.batches import Batches
from ..evaluate import (
    Truth,
    calibration_from_json,
    detail,
    fit_baselines,
    fit_temperature,
    groups_of,
    main_score,
    predictions,
    score_rows,
    truth_of,
    write_exhibits,
)
from ..kinds import Category, Kind, Number, Tags
from ..metrics import scored
from ..predict import Outputs, Predictor
from ..recipe import Net
from ..run import RunDirectory
from ..teller import Teller
from ..train import Plan
from ..train.judge import outputs
from .prepare import Prepared
from .request import Request

EXHIBITS = 12
BASELINE_SHARE = 0.1  # of a budget of minutes, at most


@dataclass(frozen=True)
class Validation:
    """The validation rows' truth and what the net answers before calibration, worked out once."""

    truth: NDArray[Any]
    answer: NDArray[Any]

    @classmethod
    def of(cls, net: Net, prepared: Prepared, seed: int) -> Validation:
        """Every validation row once, in float32."""
        part, target = prepared.store.part("valid"), prepared.schema.target
        return cls(*outputs(net, Batches(part, prepared.schema, 128, seed).sweep(), target.name, Plan()))

    def logits(self, kind: Kind) -> NDArray[Any]:
        """Log-probabilities of classes, or log-odds of tags."""
        logs: NDArray[Any] = np.log(np.maximum(self.answer, 1e-30))
        odds: NDArray[Any] = logs - np.log(np.maximum(1 - self.answer, 1e-30))
        return odds if isinstance(kind, Tags) else logs


def calibrate(run: RunDirectory, kind: Kind, valid: Validation) -> None:
    """Fit the temperature on validation rows and keep it."""
    if isinstance(kind, Category | Tags) and not run.has("calibration.json"):
        run.write("calibration.json", fit_temperature(valid.logits(kind), valid.truth).to_json())


def close(
    run: RunDirectory, prepared: Prepared, valid: Validation, request: Request, seed: int, *, teller: Teller
) -> dict[str, Any]:
    """Score the locked rows, the validation rows and the baselines; write scores, predictions and exhibits.

    In a run of minutes the baselines have a share of them; otherwise a fixed rule, which can be repeated to the bit.
    """
    seconds = BASELINE_SHARE * 60 * request.minutes if request.minutes else None
    predictor = Predictor.load(run)
    name, kind = predictor.schema.target.name, predictor.kind
    truth = truth_of(prepared.test, prepared.test_rows, name, kind)
    with teller.bar("score", len(truth.rows)) as tell:
        out = predictor.outputs(prepared.test, truth.rows, lambda done: tell(done, "locked test rows"))
    groups = groups_of(prepared.test, truth.rows, request.group)
    main, better = main_score(kind)
    answer = kind.in_units(out.array)
    scores: dict[str, Any] = {
        "main": main,
        "better": better,
        "test": score_rows(predictor, truth, out, groups, seed, prepared.data["quarantined"].get("test", 0)),
        "baseline": _baselines(prepared, predictor, truth, out, groups, seconds, seed, teller),
        "valid": _valid(run, kind, valid, seed),
        "looks": 1,
        "detail": detail(kind, truth.values, answer, _uncalibrated(out, predictor)),
    }
    table = prepared.test
    ids = [table.id_of(int(row)) for row in truth.rows]
    values = kind.decode(torch.from_numpy(out.array)) if len(ids) else []
    told = _decoded_truth(kind, truth)
    run.write("predictions.parquet", predictions(kind, ids, told, values, out))
    records = write_exhibits(
        prepared.schema,
        table,
        truth.rows,
        truth.values,
        answer,
        lambda name, data: run.write(f"exhibits/{name}", data),
        EXHIBITS,
    )
    run.write("exhibits/exhibits.json", {"mistakes": records})
    run.write("scores.json", scores)
    return scores


def _valid(run: RunDirectory, kind: Kind, valid: Validation, seed: int) -> dict[str, Any]:
    answer = kind.in_units(valid.answer)
    if run.has("calibration.json"):
        found = calibration_from_json(run.read_json("calibration.json"))
        answer = found.probabilities(valid.logits(kind), isinstance(kind, Tags))
    return scored(kind, kind.in_units(valid.truth), answer, seed=seed, resamples=200)


def _baselines(
    prepared: Prepared,
    predictor: Predictor,
    truth: Truth,
    out: Outputs,
    groups: NDArray[Any] | None,
    seconds: float | None,
    seed: int,
    teller: Teller,
) -> dict[str, Any]:
    """Fit the simple models on training rows and score them on the very rows the net was scored on."""
    train, kind = prepared.store.part("train"), predictor.kind
    with teller.bar("baseline", 1.0):
        found = fit_baselines(prepared.schema, train.inputs, train.targets[predictor.schema.target.name], seconds, seed)
    inputs = _encoded(prepared, truth.rows)
    scores = {}
    for baseline in found:
        answer = kind.in_units(baseline.answer(inputs))
        if out.bad:
            answer = answer.astype(np.float64)
            answer[list(out.bad)] = np.nan
        scores[baseline.name] = scored(kind, truth.values, answer, groups=groups, seed=seed, resamples=200)
        teller.say("baseline", baseline.says)
    return scores


def _encoded(prepared: Prepared, rows: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    slots = [slot for slot in prepared.schema.slots() if slot.role == "input"]
    return {slot.name: slot.encode(prepared.test.columns, rows).array for slot in slots}


def _uncalibrated(out: Outputs, predictor: Predictor) -> NDArray[np.float32]:
    """Probabilities as they were before the temperature: its power undone and brought back to a sum of one."""
    if not isinstance(predictor.kind, Category) or predictor.temperature == 1.0:
        return out.array
    raised = np.maximum(out.array, 1e-30) ** predictor.temperature
    plain: NDArray[np.float32] = raised / raised.sum(1, keepdims=True)
    return plain


def _decoded_truth(kind: Any, truth: Truth) -> list[Any]:
    if isinstance(kind, Category):
        return [kind.labels[c] if c >= 0 else None for c in truth.codes.tolist()]
    if isinstance(kind, Number):
        values: list[float] = truth.values.tolist()
        return values
    tags: list[Any] = kind.decode(torch.from_numpy(truth.codes.astype(np.float32)))
    return tags


def write_report(run: RunDirectory) -> str:
    """Write the page from the run's files; its path."""
    run.write("report.html", report.render(run).encode())
    return str(run.path / "report.html")
