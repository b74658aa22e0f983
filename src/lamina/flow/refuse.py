"""What can be told to be wrong before anything is read or written, and what before training begins."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from ..config import build, parse_json
from ..errors import LaminaError, PlanError, RunError, SettingError, SourceError, nearest
from ..findings import Findings
from ..kinds import kind_from_words
from ..models import PAGES, plan_of
from ..objectives import OBJECTIVES, Objective
from ..recipe import Recipe, kept_recipe
from ..recipe.recipe import Setting
from ..run import RunDirectory
from ..run.place import MANIFEST, REQUEST
from ..train import Plan, blocks
from .helpers import refuse_helpers
from .request import Request, settled

TIMED = ("", "default", "measure")
LINES = ("GIN text", "conll-u", "corpus", "delimited text", "fasta", "labelled lines", "labelled words")
READ: dict[str, tuple[str, ...]] = {  # which readers look at what is said of how a source is read
    "header": ("delimited text",),
    "missing": ("delimited text", "frame", "json lines"),
    "delimiter": ("delimited text",),
    "encoding": (*LINES, "parallel texts", "pictures with sentences", "triples", "ts"),
    "fold": ("GIN text",),
    "length": ("corpus",),
}


def refuse_early(request: Request) -> None:
    """Raise for settings, names and files that no data could make right."""
    asked = request.budget
    del asked  # more than one budget is refused where it is made
    recipe = settled(request.config, request.settings)
    _model(request.model, {name: value for name, value in recipe.model.items() if name != "name"})
    if request.objective and request.objective not in OBJECTIVES:
        raise SettingError(
            f'there is no objective "{request.objective}"', expected=nearest(request.objective, OBJECTIVES)
        )
    if request.known and request.model and PAGES[request.model].takes not in ("slots", "vector"):
        raise PlanError(
            f"{request.model} reads one series, and what --known names stands in another beside it",
            expected="a model that reads several inputs: tide, fuse, or mlp",
            fix="--model tide",
        )
    refuse_helpers(request)
    if recipe.train.freeze and not (request.start or request.weights):
        raise PlanError(
            "a body that never learned is to be frozen",
            expected="a body from another run, or from a file",
            fix="--from RUN, or --weights FILE",
        )
    for words in request.kinds.values():
        kind_from_words(words)
    if request.plan not in TIMED:
        read_plan(request.plan)
    if request.start:
        _start(request)
    weights = Path(request.weights)
    if request.weights and not weights.is_file() and not (weights / MANIFEST).is_file():
        raise SourceError(f"there is no weights file {weights}", expected="a .safetensors file, or a run")
    source = Path(request.source)
    if (source / MANIFEST).is_file() and (source / REQUEST).is_file():
        raise RunError(
            f"{source} is a run, not data",
            expected="data to learn from",
            fix=f"lamina fit {shlex.quote(str(source))} --resume",
        )


def stop_unread(request: Request, facts: Mapping[str, Any], findings: Findings) -> None:
    """Stop at what is said of how a source is read that nothing has looked at. `facts`: what the readers of the source,
    and of parts that stand elsewhere, say of themselves."""
    parts = (part for name in ("test", "valid") if isinstance(part := facts.get(name), Mapping))
    readers = [str(some.get("reader", "")) for some in (facts, *parts)]
    length = settled(request.config, request.settings).data.length
    said = {
        "header": f"--header {request.header}" if request.header != "auto" else "",
        "missing": f"--missing {shlex.quote(request.missing[0])}" if request.missing else "",
        "delimiter": f"--delimiter {shlex.quote(request.delimiter)}" if request.delimiter else "",
        "encoding": f"--encoding {shlex.quote(request.encoding)}" if request.encoding else "",
        "fold": f"--fold {request.fold}" if request.fold else "",
        "length": f"--set data.length={length}" if length else "",
    }
    for name, words in said.items():
        if words and not any(reader in READ[name] for reader in readers):
            told = f"{words} changes nothing: {request.source} is read as {readers[0]}"
            known = f"what is read as {' or '.join(READ[name])}"
            findings.stop(SettingError(told, expected=known, fix=f"leave {words} out"))


def refuse_unfit(recipe: Recipe, objective: Objective, rows: int, plan: Plan) -> None:
    """Raise for a batch that the training rows cannot fill, for blocks that are to be computed again where there are
    none, and for what batch norm forbids: slices, single rows."""
    batch, slices = recipe.train.batch, max(recipe.train.slices, plan.slices)
    if batch > rows:
        raise PlanError(
            f"a batch of {batch:,} is more than the {rows:,} training rows",
            expected=f"1 to {rows:,}",
            fix=f"--set train.batch={rows}",
        )
    if recipe.train.recompute and not any(map(blocks, objective.players().values())):
        raise PlanError(
            f"{recipe.model['name']} has no blocks that could be computed again on the way back",
            expected="a model stacked from blocks of several layers, such as mlp, cnn, resnet18, lstm or transformer",
            fix=f"leave train.recompute out; --set train.batch={max(1, batch // 2)} needs less memory too",
        )
    if objective.additive:
        return
    if batch == 1:
        raise PlanError(
            f"{recipe.model['name']} as {recipe.objective} learns nothing from a batch of one row: batch norm, or rows "
            "that answer for each other",
            expected="two rows or more",
            fix=f"--set train.batch={min(16, rows)}",
        )
    if slices > 1:
        raise PlanError(
            f"{slices} slices of a batch are not the whole batch to {recipe.model['name']} as {recipe.objective}: "
            "batch norm, or rows that answer for each other",
            expected="one slice",
            fix=f"--set train.slices=1 --set train.batch={max(2, batch // slices)}",
        )


def refuse_ranks(recipe: Recipe, least: int, ranks: int) -> None:
    """Raises PlanError where several processes cannot play a game, or the smallest batch, of `least` rows, has too few
    for them, or where they are to hold shards of what an optimiser needs whole."""
    if recipe.train.sharded and recipe.optimizer.name == "soap":
        raise PlanError(
            "the optimizer soap keeps the axes of whole matrices, and train.sharded cuts them",
            expected="sgd, rmsprop, adam, adamw, or muon, which gathers what it evens out",
            fix="--set optimizer.name=muon, or --set train.sharded=false",
        )
    if ranks > 1 and not OBJECTIVES[recipe.objective].spread:
        raise PlanError(
            f"the objective {recipe.objective} compares the rows of a batch, or plays on from step to step",
            expected="one process for it",
            fix="leave --ranks out; --set train.batch=N makes batches larger or smaller",
        )
    if ranks > least:
        raise PlanError(
            f"{ranks} processes share batches of {least} row{'' if least == 1 else 's'}",
            expected="a row or more for each",
            fix=f"--ranks {least}, or --set train.batch={4 * ranks}",
        )


def read_plan(name: str) -> Plan:
    """A plan from a file that a run wrote. Raises SettingError for one that is missing, of another shape, or of no use
    here."""
    try:
        plan = build(Plan, _mapping(parse_json(Path(name).read_bytes(), name), name))
    except OSError as error:
        raise SettingError(
            f"the plan {name} cannot be read: {error.strerror}", expected="default, measure, or the plan.json of a run"
        ) from None
    try:
        torch.empty(0, device=plan.device)
    except (RuntimeError, AssertionError):
        raise PlanError(f"{name} wants the device {plan.device}, which is not here", fix="--plan measure") from None
    return plan


def kept_model(run: str) -> dict[str, Setting]:
    """The page of another run, with its settings."""
    return kept_recipe(RunDirectory.open(run).read_json("recipe.json")).model


def _start(request: Request) -> None:
    """A run to go on from: finished, and with no other page than the one that is asked for."""
    if not RunDirectory.open(request.start).has("weights.safetensors"):
        raise RunError(f"the run {request.start} has no weights yet", expected="a finished run to go on from")
    kept = str(kept_model(request.start)["name"])
    if request.model not in ("", kept):
        raise PlanError(
            f"the run {request.start} has the model {kept}, and {request.model} is asked for",
            expected="to go on with the model that it has",
            fix=f"--model {kept}, or no --model at all",
        )


def _mapping(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise SettingError(f"{name} holds no plan", expected="the plan.json of a run")
    return value


def _model(name: str, settings: dict[str, Any]) -> None:
    """A page's settings; where no page is named yet, those of any page that could be chosen."""
    refusals: list[LaminaError] = []
    for page in [name] if name else PAGES:
        try:
            plan_of(page, settings)
            return
        except LaminaError as error:
            refusals.append(error)
    raise refusals[0]
