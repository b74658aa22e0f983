"""The way from a source to a report, step by step; each step is redone from the run directory alone when it must be."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import torch

from ..errors import RunError, Stopped
from ..recipe import augment_words
from ..report import verdict
from ..run import RunDirectory
from ..teller import Teller
from .clock import Stages, environment, since_start
from .close import calibrate, close, write_report
from .learn import Learning
from .prepare import data_settings, look, prepare
from .request import Request, refuse_different, request_from_json
from .run import Run, Score

__all__ = [
    "Request",
    "Run",
    "Score",
    "begin",
    "data_settings",
    "free_name",
    "go_on",
    "look",
]

CLOSING_SHARE = 0.1  # of a budget of minutes, at most, for the baselines
CLOSING_SECONDS = 8.0  # for the scores and the page of a run of minutes


def begin(request: Request, source: Any, out: Path | str | None, teller: Teller, *, resume: bool = False) -> Run:
    """A new run from a request. Where `out` holds a run of an equal request and `resume` is asked for, go on with it.

    Raises LaminaError in the user's words; Stopped when asked to stop, with everything saved.
    """
    path = Path(out) if out else free_name(Path("runs"), request.source)
    if resume and path.exists():
        run = RunDirectory.open(path)
        refuse_different(request_from_json(run.request), request)
    else:
        budget = request.budget  # refused before anything is written
        del budget
        run = RunDirectory.create(path, request.to_json())
    return _carry_out(run, request, source, teller)


def go_on(path: Path | str, teller: Teller, source: Any = None) -> Run:
    """Take a run up where it is; a finished one is left as it is."""
    run = RunDirectory.open(path)
    return _carry_out(run, request_from_json(run.request), source, teller)


def _carry_out(run: RunDirectory, request: Request, source: Any, teller: Teller) -> Run:
    try:
        with run.hold():
            return _stages(run, request, source, teller)
    except (KeyboardInterrupt, Stopped) as stop:
        said = stop.what if isinstance(stop, Stopped) else "stopped; what was finished is saved"
        raise Stopped(said, fix=f"lamina fit {run.path} --resume") from None


def _stages(run: RunDirectory, request: Request, source: Any, teller: Teller) -> Run:
    if run.has("report.html"):
        teller.say("finished", f"{run.path}; nothing is left to do")
        return Run(run.path)
    stages = Stages()
    with stages.stage("read"):
        prepared = prepare(request, request.source if source is None else source, run, data_settings(request), teller)
        _say_data(prepared.data, run, teller)
    learning = Learning(request, run, prepared, teller)
    recipe = learning.recipe()
    net = learning.net(recipe)
    if not run.has("weights.safetensors"):
        batches = learning.batches(recipe)
        left = _training_seconds(request.minutes)
        with stages.stage("plan"):
            plan, recipe = learning.plan(recipe, net, batches, left)
        teller.say("model", _model_words(recipe, net))
        teller.say("plan", plan.words() + _expected_words(recipe, plan, batches.steps_per_epoch))
        with stages.stage("train"):
            learning.train(recipe, net, plan, batches, _training_seconds(request.minutes))
    with stages.stage("score"):
        calibrate(run, learning.trained(net), prepared, recipe)
        seconds = CLOSING_SHARE * 60 * request.minutes if request.minutes else None
        scores = close(run, prepared, recipe, seconds=seconds, looks=1, teller=teller)
    run.write("environment.json", environment(torch.get_num_threads(), stages.seconds))
    write_report(run)
    shutil.rmtree(run.path / "store", ignore_errors=True)
    teller.say("score", verdict(scores).text)
    return Run(run.path)


def free_name(folder: Path, source: str) -> Path:
    """runs/<source>-<n> with the first n that is free."""
    stem = Path(source).name.split(".")[0] or "data"
    number = 1
    while (folder / f"{stem}-{number}").exists():
        number += 1
    return folder / f"{stem}-{number}"


def _training_seconds(minutes: float) -> float:
    """What a budget of minutes leaves for training now: less what is spent, and what the closing will take."""
    if not minutes:
        return 0.0
    left = 60 * minutes * (1 - CLOSING_SHARE) - CLOSING_SECONDS - since_start()
    if left <= 0:
        raise RunError(
            f"{minutes:g} minutes are spent before training could begin ({since_start():.0f} s went on reading)",
            expected="a budget that reading, the baseline and scoring fit into",
            fix=f"--minutes {minutes + since_start() / 60:.1f}",
        )
    return left


def _say_data(data: dict[str, Any], run: RunDirectory, teller: Teller) -> None:
    parts = " · ".join(f"{n:,} {part}" for part, n in data["parts"].items())
    teller.say("data", f"{data['name']}: {data['rows']:,} rows")
    schema = run.read_json("schema.json")
    for f in schema["fields"]:
        if f["role"] == "target":
            teller.say("target", f'"{f["name"]}": {f["kind"]}, {schema["summaries"][f["name"]]} ({f["reason"]})')
    inputs = [f for f in schema["fields"] if f["role"] == "input"]
    shown = ", ".join(f'"{f["name"]}" {f["kind"]} {schema["summaries"][f["name"]]}' for f in inputs[:3])
    teller.say("inputs", shown + (f" and {len(inputs) - 3} more" if len(inputs) > 3 else ""))
    for name, why in schema["left_out"].items():
        teller.say("left out", f'"{name}": {why}')
    teller.say("split", f"{parts} ({data['how']}); the test part is locked")
    for warning in data["warnings"]:
        teller.warn(warning["text"])
    for part, n in data["quarantined"].items():
        teller.warn(f"{n:,} {part} rows were set aside; see quarantine.jsonl")


def _model_words(recipe: Any, net: torch.nn.Module) -> str:
    weights = sum(p.numel() for p in net.parameters())
    o = recipe.optimizer
    words = augment_words(recipe.augment)
    return (
        f"{recipe.model['name']}, {weights:,} weights; {recipe.budget}, batch {recipe.train.batch}, "
        f"{o.name} {o.rate:g}, {recipe.schedule.name}" + (f"; {words}" if words else "")
    )


def _expected_words(recipe: Any, plan: Any, per_epoch: int) -> str:
    total = recipe.budget.steps or recipe.budget.epochs * per_epoch
    if recipe.budget.minutes or not plan.step_ms:
        return ""
    return f"; about {total * plan.step_ms / 1000:.0f} s at {plan.step_ms:.1f} ms a step"
