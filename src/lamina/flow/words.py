"""What is decided on the way, in a few lines for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch

from ..kinds import ITSELF, Schema, Series
from ..objectives import OBJECTIVES
from ..recipe import Recipe, augment_words, rate_words
from ..report.words import count, loader_words
from ..teller import Teller, spoken
from ..train import Plan

SHOWN = 3  # inputs that are named one by one
CUT = ("characters", "steps")  # what one long row is cut into windows of


def say_columns(schema: Schema, asked: str, teller: Teller, *, every: bool = False) -> None:
    """The target first, with the flag that names another, then the inputs, `every` one with its reason, and what is
    left out."""
    for f in schema.fields:
        if f.role == "target":
            others = {g.name for g in schema.inputs} | set(schema.left_out)
            told = asked or f.link in ITSELF or isinstance(f.kind, Series) or "--target" in f.reason
            told = told or not others - {f.name}
            flag = "" if told else "; --target COLUMN names another"
            teller.say("target", f'"{f.name}": {type(f.kind).__name__}, {f.kind.summary()} ({f.reason}{flag})')
    if every:
        for f in schema.inputs:
            teller.say("input", f'"{f.name}": {type(f.kind).__name__}, {f.kind.summary()} ({f.reason})')
    named = ", ".join(f'"{f.name}" {type(f.kind).__name__} {f.kind.summary()}' for f in schema.inputs[:SHOWN])
    more = len(schema.inputs) - SHOWN
    if not every:
        teller.say("inputs", named + (f" and {more:,} more" if more > 0 else ""))
    for why, names in grouped(schema.left_out).items():
        told = ", ".join(f'"{name}"' for name in names[:SHOWN])
        teller.say("left out", f"{told}{f' and {len(names) - SHOWN:,} more' if len(names) > SHOWN else ''}: {why}")


def grouped(left_out: Mapping[str, str]) -> dict[str, list[str]]:
    """Columns that are left out, by the reason."""
    made: dict[str, list[str]] = {}
    for name, why in left_out.items():
        made.setdefault(why, []).append(name)
    return made


def say_data(data: dict[str, Any], teller: Teller) -> None:
    """Rows by part, how they were split, and every doubt."""
    parts = ", ".join(f"{n:,} {part}" for part, n in data["parts"].items())
    facts = data["facts"]
    cut = next((f"{facts[unit]:,} {unit} in {data['rows']:,} windows" for unit in CUT if unit in facts), "")
    teller.say("data", f"{data['name']}, {cut or count(data['rows'], 'row')}: {parts}, which is locked")
    teller.say("split", data["how"])
    series = facts.get("forecast")
    if series:
        known = f", {len(series['known'])} known ahead" if series.get("known") else ""
        known += ", and the calendar" if series.get("calendar") else ""
        told = f"{len(series['channels'])} channels{known}, a step of {series['step']}; {series['past']:,} steps back"
        flags = "--horizon, --set data.past; --target COLUMN learns one column instead"
        teller.say("forecast", f"{told}, {series['horizon']:,} ahead ({flags})")
    for warning in data["warnings"]:
        teller.warn(warning["text"])
    for part, n in data["quarantined"].items():
        teller.warn(f"{count(n, f'{part} row')} set aside: {data['reasons'][part]}; quarantine.jsonl lists them")


def say_recipe(recipe: Recipe, net: torch.nn.Module, plan: Plan, per_epoch: int, teller: Teller) -> None:
    """The game, the model, how it is trained and on what, with the seconds expected where a step was timed."""
    teller.say("objective", f"{recipe.objective}: {OBJECTIVES[recipe.objective].says}")
    weights = sum(p.numel() for p in net.parameters())
    augment = augment_words(recipe.augment)
    teller.say(
        "model", f"{recipe.model['name']}, {weights:,} weights" + (f"; augmented by {augment}" if augment else "")
    )
    rates = f"{rate_words(recipe.optimizer)}, {recipe.schedule.name}"
    teller.say("train", f"{recipe.budget}, batch {recipe.train.batch}, {rates}")
    total = recipe.budget.steps or recipe.budget.epochs * per_epoch
    expected = total * plan.step_ms / 1000
    timed = f"; about {spoken(expected)} at {plan.step_ms:.1f} ms a step" if total and plan.step_ms else ""
    teller.say("plan", plan.words() + timed)


def say_loader(means: dict[str, float], teller: Teller) -> None:
    """How much of a step training waited for its batch, where it took steps."""
    if said := loader_words(means):
        teller.say("loader", said)
