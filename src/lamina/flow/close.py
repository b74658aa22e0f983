"""From weights to the page: calibrated on validation, scored on the locked rows beside the baselines, reported."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import report
from ..data.batches import Batches
from ..evaluate import (
    Shown,
    Truth,
    calibration_from_json,
    decoded_truth,
    detail,
    fit_baselines,
    fit_temperature,
    groups_of,
    main_score,
    predictions,
    score_rows,
    stretches,
    truth_of,
    without,
    write_exhibits,
    write_plates,
)
from ..evaluate.alike import answered
from ..evaluate.made import Measure, measure_for, real_instead, rows_to_score
from ..findings import Findings, aside, unusable
from ..kinds import Category, Kind, Link, Number, Series, Tags
from ..kinds.span import Span
from ..metrics import figure_scores, scored
from ..predict import Outputs, Predictor, fit_bands
from ..predict.pairs import chosen, nearness
from ..ragged import Rows, some
from ..room import Room
from ..run import RunDirectory
from ..teller import Teller
from ..train import Plan
from ..train.judge import figures, outputs
from .prepare import Prepared, quarantine
from .request import Request

EXHIBITS = 12
HEAT = 16.0  # temperature at which tags are asked for: in float32 every share of more than 17 log-odds is 1
JUDGED = 32  # validation rows of a batch, of which a sweep takes four times as many
REAL = "real pictures"  # the report knows it by this name
BASELINE_SHARE = 0.1  # of a budget of minutes, at most, for fitting them


@dataclass(frozen=True)
class Validation:
    """The validation rows' truth and what the net answers before calibration, tags at a temperature of HEAT; worked
    out once."""

    truth: Any
    answer: Any
    figures: bool = False  # the answers are sums by row of the objective

    @classmethod
    def of(cls, predictor: Predictor, prepared: Prepared, seed: int) -> Validation:
        """Every validation row once, in float32; of what is learned from itself the figures."""
        part, target = prepared.store.part("valid"), prepared.schema.target
        batches, truth = Batches(part, prepared.schema, min(JUDGED, len(part)), seed), part.targets[target.name]
        most = prepared.schema.at_once()
        net, game, room = predictor.net, predictor.game, predictor.room
        found = figures(net, batches.sweep(most), game, Plan(), room) if game else None
        if found is None and predictor.link == "made":
            found = np.zeros((0, 2))  # what is made from nothing has no answers to look at
        if found is not None:
            return cls(truth, found, figures=True)
        heat = HEAT if isinstance(predictor.kind, Tags) else 1.0
        return cls(truth, outputs(net, batches.sweep(most), Plan(), room, temperature=heat))

    def logits(self, kind: Kind) -> NDArray[Any]:
        """Log-probabilities of classes, or log-odds of tags."""
        if isinstance(kind, Tags):
            shares = np.clip(self.answer.astype(np.float64), 1e-30, 1 - 2.0**-24)
            odds: NDArray[Any] = HEAT * (np.log(shares) - np.log1p(-shares))
            return odds
        logs: NDArray[Any] = np.log(np.maximum(self.answer, 1e-30))
        return logs


def calibrate(run: RunDirectory, kind: Kind, valid: Validation) -> None:
    """Fit the temperature, or the bands of a forecast, on validation rows and keep them."""
    if isinstance(kind, Category | Tags) and not valid.figures and not run.has("calibration.json"):
        run.write("calibration.json", fit_temperature(valid.logits(kind), valid.truth).to_json())
    if isinstance(kind, Series) and not run.has("bands.json"):
        bands = fit_bands(kind.in_units(valid.truth), kind.in_units(valid.answer))
        if bands is not None:
            run.write("bands.json", bands.to_json())


def close(
    run: RunDirectory,
    prepared: Prepared,
    valid: Validation,
    request: Request,
    seed: int,
    *,
    teller: Teller,
    room: Room,
) -> dict[str, Any]:
    """Score the locked rows, the validation rows and the baselines; write scores, predictions and exhibits.

    In a run of minutes the baselines have a share of them; otherwise a fixed rule, which can be repeated to the bit.
    """
    seconds = BASELINE_SHARE * 60 * request.minutes if request.minutes else None
    predictor, facts = Predictor.load(run, room), prepared.data["facts"]
    name, kind, link = predictor.schema.target.name, predictor.kind, predictor.link
    truth = truth_of(prepared.test, rows_to_score(prepared.test_rows, link), name, kind)
    with teller.bar("score", len(truth.rows)) as tell:
        out = predictor.outputs(prepared.test, truth.rows, lambda done: tell(done, "locked test rows"))
    groups = groups_of(prepared.test, truth.rows, request.group or facts.get("group", ""), name)
    main, better = main_score(kind, link)
    measure = measure_for(run, predictor, prepared.test, truth)
    counted = replace(out, array=measure(out.array))
    scores: dict[str, Any] = {
        "main": main,
        "better": better,
        "test": score_rows(predictor, truth, counted, groups, seed, lost_rows(prepared.data)),
        "baseline": _baselines(prepared, predictor, truth, (out, groups), seconds, seed, teller, measure),
        "valid": _valid(run, kind, valid, seed, link),
        "looks": 1,
    }
    table = prepared.test
    ids = [table.id_of(int(row)) for row in truth.rows]
    values = list(counted.array) if isinstance(kind, Span) else predictor.values(out)
    told = decoded_truth(kind, truth)
    if link == "paired":
        texts = sorted(set(told))
        values = [text for text, _ in chosen(nearness(predictor.net.head, kind, np.asarray(out.array), texts), texts)]
    if link == "alike":
        values, told = answered(truth.values, table.column(name).take(truth.rows), kind.in_units(out.array))
    run.write("predictions.parquet", predictions(kind, ids, told, values, out))
    _set_aside(run, prepared, truth, out, teller)
    read = np.setdiff1d(np.arange(len(truth.rows)), list(out.bad))  # of a row that could not be read nothing is shown
    truth, answer = truth.of(read), some(kind.in_units(out.array), read)
    scores["detail"] = detail(kind, truth.values, answer, some(_uncalibrated(out, predictor), read))

    def write(file: str, data: bytes) -> None:
        run.write(f"exhibits/{file}", data)

    records = []
    if isinstance(kind, Category | Number | Tags):
        records = write_exhibits(prepared.schema, table, truth.rows, truth.values, answer, write, EXHIBITS)
    shown = Shown(prepared.schema, table, truth, answer, some(values, read), predictor, seed)
    run.write("exhibits/exhibits.json", {"mistakes": records, "plates": write_plates(shown, write)})
    run.write("scores.json", scores)
    return scores


def lost_rows(data: dict[str, Any]) -> int:
    """How many test rows a reader set aside; those of `unusable` were found by an earlier try at scoring."""
    return int(data["quarantined"].get("test", 0)) - int(data.get("unusable", 0))


def _set_aside(run: RunDirectory, prepared: Prepared, truth: Truth, out: Outputs, teller: Teller) -> None:
    """Say, list and count the locked rows that turned out unusable, now that they have been opened."""
    table, schema, data = prepared.test, prepared.schema, prepared.data
    target, given = table.column(schema.target.name), [table.column(f.name) for f in schema.inputs]
    rows = rows_to_score(prepared.test_rows, schema.target.link)
    lost = [
        aside(target.where(int(row)), "its target is missing or cannot be read")
        for row in np.setdiff1d(rows, truth.rows)
    ]
    for place, why in sorted(out.bad.items()):
        at = truth.rows[place : place + 1]
        read = given[0].take(at)[0] if len(given) == 1 and given[0].holds == "files" else None
        lost.append(aside(given[0].where(int(at[0])), why, read))
    if not lost:
        return
    told = [unusable(lost, len(rows), "locked test")]
    told += ["one without an answer is left out"] * (len(lost) > len(out.bad))
    told += ["one that cannot be read is wrong wherever rows are counted, as in accuracy"] * bool(out.bad)
    teller.warn("; ".join([*told, "quarantine.jsonl lists them"]))
    if "unusable" in data:
        return  # listed by an earlier try, which was stopped before it was done
    found = Findings()
    found.set_aside("test", lost)
    before, lines = run.read_bytes("quarantine.jsonl"), quarantine(found)
    if not before.endswith(lines):  # a kill may have come between the two files
        run.write("quarantine.jsonl", before + lines)
    counted = {name: {**data.get(name, {}), **found.to_json()[name]} for name in ("quarantined", "reasons")}
    counted["quarantined"]["test"] += data["quarantined"].get("test", 0)
    run.write("data.json", {**data, **counted, "unusable": len(lost)})


def _valid(run: RunDirectory, kind: Kind, valid: Validation, seed: int, link: Link) -> dict[str, Any]:
    if valid.figures:
        return {name: {"value": value} for name, value in figure_scores(kind, link, valid.answer).items()}
    answer = kind.in_units(valid.answer)
    if run.has("calibration.json"):
        found = calibration_from_json(run.read_json("calibration.json"))
        answer = found.probabilities(valid.logits(kind), isinstance(kind, Tags))
    groups = stretches(valid.truth)
    return scored(kind, kind.in_units(valid.truth), answer, groups=groups, seed=seed, resamples=200, link=link)


def _baselines(
    prepared: Prepared,
    predictor: Predictor,
    truth: Truth,
    scored_as: tuple[Outputs, NDArray[Any] | None],
    seconds: float | None,
    seed: int,
    teller: Teller,
    measure: Measure,
) -> dict[str, Any]:
    """Fit the simple models on training rows and score them on the very rows the net was scored on, lost ones too."""
    train, kind, link = prepared.store.part("train"), predictor.kind, predictor.link
    out, groups = scored_as
    target = train.targets[predictor.schema.target.name]
    with teller.bar("baseline", 1.0):
        code = int(getattr(predictor.net.body, "code", 0))
        found = fit_baselines(
            prepared.schema, train.inputs, target, seconds, seed, prepared.context, code, predictor.game
        )
    inputs = encoded(prepared, truth.rows)
    lost = lost_rows(prepared.data)
    alike = partial(scored, kind, truth.values, groups=groups, seed=seed, lost=lost, resamples=200, link=link)
    scores = {}
    for baseline in found:
        answer = without(measure(kind.in_units(baseline.answer(inputs))), out.bad)
        scores[baseline.name] = alike(answer)
        teller.say("baseline", f"{baseline.name}: {baseline.says}")
    if link == "made":  # no rival: what nothing made can be expected to beat
        real = measure(real_instead((target, train.inputs.get(":codes")), inputs.get(":codes"), len(truth.rows)))
        scores[REAL] = alike(real)
    return scores


def encoded(prepared: Prepared, rows: NDArray[np.int64]) -> dict[str, Rows]:
    """Inputs of test rows by slot, as the store has those of the others."""
    slots = [slot for slot in prepared.schema.slots() if slot.role == "input"]
    return {slot.name: slot.encode(prepared.test.columns, rows).array for slot in slots}


def _uncalibrated(out: Outputs, predictor: Predictor) -> Any:
    """Probabilities as they were before the temperature: its power undone and brought back to a sum of one."""
    if (
        not isinstance(out.array, np.ndarray)
        or not isinstance(predictor.kind, Category)
        or predictor.temperature == 1.0
    ):
        return out.array
    raised = np.maximum(out.array, 1e-30) ** predictor.temperature
    undone: NDArray[np.float32] = raised / raised.sum(1, keepdims=True)
    return undone


def write_report(run: RunDirectory) -> str:
    """Write the page from the run's files; its path."""
    run.write("report.html", report.render(run).encode())
    return str(run.path / "report.html")
