"""What is decided on the way, in a few lines for people."""

from __future__ import annotations

from typing import Any

import torch

from ..kinds import Schema, Series
from ..recipe import Recipe, augment_words, rate_words
from ..report.words import count
from ..teller import Teller, spoken
from ..train import Plan

SHOWN = 3  # inputs that are named one by one


def say_columns(schema: Schema, asked: str, teller: Teller, *, every: bool = False) -> None:
    """The target first, with the flag that names another, then the inputs, `every` one with its reason, and what is
    left out."""
    for f in schema.fields:
        if f.role == "target":
            alone = not schema.left_out and all(other.name == f.name for other in schema.fields)
            told = asked or alone or isinstance(f.kind, Series) or "--target" in f.reason
            flag = "" if told else "; --target COLUMN names another"
            teller.say("target", f'"{f.name}": {type(f.kind).__name__}, {f.kind.summary()} ({f.reason}{flag})')
    if every:
        for f in schema.inputs:
            teller.say("input", f'"{f.name}": {type(f.kind).__name__}, {f.kind.summary()} ({f.reason})')
    named = ", ".join(f'"{f.name}" {type(f.kind).__name__} {f.kind.summary()}' for f in schema.inputs[:SHOWN])
    more = len(schema.inputs) - SHOWN
    if not every:
        teller.say("inputs", named + (f" and {more:,} more" if more > 0 else ""))
    for name, why in schema.left_out.items():
        teller.say("left out", f'"{name}": {why}')


def say_data(data: dict[str, Any], teller: Teller) -> None:
    """Rows by part, how they were split, and every doubt."""
    parts = ", ".join(f"{n:,} {part}" for part, n in data["parts"].items())
    teller.say("data", f"{data['name']}, {count(data['rows'], 'row')}: {parts}, which is locked")
    teller.say("split", data["how"])
    series = data["facts"].get("forecast")
    if series:
        told = f"{len(series['channels'])} channels, a step of {series['step']}; {series['past']:,} steps back"
        flags = "--horizon, --set data.past; --target COLUMN learns one column instead"
        teller.say("forecast", f"{told}, {series['horizon']:,} ahead ({flags})")
    for warning in data["warnings"]:
        teller.warn(warning["text"])
    for part, n in data["quarantined"].items():
        teller.warn(f"{count(n, f'{part} row')} set aside; see quarantine.jsonl")


def say_recipe(recipe: Recipe, net: torch.nn.Module, plan: Plan, per_epoch: int, teller: Teller) -> None:
    """The model, how it is trained and on what, with the seconds that are expected where a step was timed."""
    weights = sum(p.numel() for p in net.parameters())
    augment = augment_words(recipe.augment)
    teller.say(
        "model", f"{recipe.model['name']}, {weights:,} weights" + (f"; augmented by {augment}" if augment else "")
    )
    rates = f"{rate_words(recipe.optimizer)}, {recipe.schedule.name}"
    game = "" if recipe.objective == "supervised" else f"{recipe.objective}, "
    teller.say("train", f"{game}{recipe.budget}, batch {recipe.train.batch}, {rates}")
    total = recipe.budget.steps or recipe.budget.epochs * per_epoch
    expected = total * plan.step_ms / 1000
    timed = f"; about {spoken(expected)} at {plan.step_ms:.1f} ms a step" if total and plan.step_ms else ""
    teller.say("plan", plan.words() + timed)
