"""Finished runs that another run leans on: a teacher to learn from, a judge of what is made. Both are kept inside the
run, so that it is whole where they are not. And the class that is kept from training, to be told apart after."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
from torch import nn

from ..data.split import Split
from ..data.table import Table
from ..errors import KindError, PlanError, RunError, SettingError, nearest
from ..heads import HEADS
from ..kinds import Category, Field, Image, Kind, Link, Schema
from ..objectives import OBJECTIVES
from ..predict import Predictor
from ..run import RunDirectory
from ..run.inner import Inner, keep_inside
from .request import Request

HELPERS = ("teacher", "judge")
LEARNED: dict[Link, tuple[str, str]] = {  # what a game learns from itself where that is no picture, and what brings it
    "causal": ("text", ""),
    "masked": ("text", ""),
    "spans": ("text", ""),
    "acted": ("episode", "lamina fit gym:CartPole-v1"),
    "played": ("match", "lamina fit spiel:tic_tac_toe"),
}


def refuse_helpers(request: Request) -> None:
    """Raise for a helper that is missing, not finished, or of no use to the objective asked for."""
    game = OBJECTIVES.get(request.objective or "supervised")
    if game is None:
        return
    if game.helper and not getattr(request, game.helper):
        raise PlanError(
            f"the objective {game.name} has no {game.helper}",
            expected=f"a finished run of the same rows to be the {game.helper}",
            fix=f"--{game.helper} RUN",
        )
    useless = {
        "teacher": game.helper != "teacher" and "nobody is taught: --objective distil learns from a teacher",
        "judge": game.link != "made" and "nothing is made: a judge looks at what --objective gan or ddpm makes",
        "unseen": game.link != "same" and "only what is given back is told apart: --objective autoencode or denoise",
    }
    for name, why in useless.items():
        if getattr(request, name) and why:
            raise PlanError(f"--{name} {getattr(request, name)} is of no use here", expected=why)
    for name in HELPERS:
        path = getattr(request, name)
        if path and not RunDirectory.open(path).has("scores.json"):
            raise RunError(
                f"the {name} {path} is not finished",
                expected="a run that has come to its scores",
                fix=f"lamina fit {shlex.quote(path)} --resume",
            )
    if request.unseen and not all(request.unseen.partition("=")):
        raise SettingError(f'"{request.unseen}" is not COL=CLASS', expected="such as --unseen label=7")


def helpers_of(run: RunDirectory, request: Request, schema: Schema) -> dict[str, nn.Module]:
    """The nets of the helpers that were asked for, from the run itself once they are kept there.

    Raises PlanError for one that answers other classes, or reads other rows.
    """
    found: dict[str, nn.Module] = {}
    for name in HELPERS:
        path = getattr(request, name)
        if not path:
            continue
        kept = Inner(run, name)
        if not kept.has("weights.safetensors"):
            helper = Predictor.load(RunDirectory.open(path))
            _refuse_other(name, path, helper.schema, schema)
            keep_inside(run, name, RunDirectory.open(path))
        found[name] = Predictor.load(kept).net
    return found


def _refuse_other(name: str, path: str, theirs: Schema, ours: Schema) -> None:
    """Raise unless a helper answers our classes from rows like ours."""
    looked = ours.inputs if name == "teacher" else (ours.target,)
    asked = (ours.target,) if name == "teacher" else ours.inputs
    rows = f'"{", ".join(f.name for f in looked)}" as here'
    if len(theirs.inputs) != len(looked) or any(map(_differ, theirs.inputs, looked)):
        shown = ", ".join(f"{f.name} ({type(f.kind).__name__} {f.kind.summary()})".strip() for f in theirs.inputs)
        raise PlanError(f"the {name} {path} reads other rows: {shown}", expected=rows, fix=f"--{name} RUN")
    kind = theirs.target.kind
    if not isinstance(kind, Category):
        raise PlanError(f"the {name} {path} answers no class: its target is of kind {type(kind).__name__}")
    for f in asked:
        known = {str(label) for label in kind.labels}
        other = [str(x) for x in f.kind.labels if str(x) not in known] if isinstance(f.kind, Category) else [f.name]
        if other or (name == "teacher" and isinstance(f.kind, Category) and f.kind.labels != kind.labels):
            raise PlanError(
                f'the {name} {path} answers other classes than "{f.name}": {", ".join(other[:5]) or "another order"}',
                expected=f"a run that answers {', '.join(str(x) for x in getattr(f.kind, 'labels', ())[:10])}",
                fix=f"--{name} RUN",
            )


def _differ(theirs: Field, ours: Field) -> bool:
    """Whether two columns are encoded otherwise. Pictures need the same size: each net standardises them itself."""
    a, b = theirs.kind, ours.kind
    if isinstance(a, Image) and isinstance(b, Image):
        return (a.height, a.width, a.channels) != (b.height, b.width, b.channels)
    return a.to_json() != b.to_json()


def refuse_link(request: Request, schema: Schema) -> None:
    """Raise where the objective asked for learns something from itself, and no one column can be, or not so."""
    link = OBJECTIVES[request.objective].link if request.objective else None
    target = next((f for f in schema.fields if f.role == "target"), None)
    if link is None or (target is not None and target.link == link and _answered(target.kind, link)):
        return
    able = [f.name for f in schema.fields if f.kind.itself is not None and _answered(f.kind, link)]
    wanted, bringer = LEARNED.get(link, ("picture", ""))
    raise PlanError(
        f"the objective {request.objective} learns one {wanted} column, and there "
        + (f"are {len(able)}: {', '.join(able)}" if able else "is none"),
        expected=f"one column of {wanted}s",
        fix=" ".join(f"--input {name}" for name in able[:1]) or bringer or "--objective supervised",
    )


def _answered(kind: Kind, link: Link) -> bool:
    """Whether a head answers a kind that is learned so."""
    return any(isinstance(kind, answered) and link == how for answered, _, how, _ in HEADS)


def without_unseen(cut: Split, table: Table, unseen: str) -> Split:
    """The split with the rows of one class left in the test part only. Raises KindError where no row is of it."""
    if not unseen:
        return cut
    column, _, label = unseen.partition("=")
    if column not in table.columns or table.columns[column].holds != "values":
        raise KindError(
            f'--unseen names "{column}", which is no column of classes', expected=nearest(column, table.columns)
        )
    values: list[Any] = pa.array(table.columns[column].take(np.arange(len(table)))).to_pylist()
    known = np.array([str(x) != label for x in values])
    if known.all():
        raise KindError(
            f'no row has the class "{label}" in "{column}"', expected=nearest(label, {str(x) for x in values})
        )
    if known[cut.test].all() or not known[cut.test].any():
        raise KindError(
            f'the test part has no row of "{label}", or no other, to tell apart', expected="both kinds of row"
        )
    how = f'{cut.how}; rows with "{label}" in "{column}" in the test part only'
    return replace(cut, train=cut.train[known[cut.train]], valid=cut.valid[known[cut.valid]], how=how)
