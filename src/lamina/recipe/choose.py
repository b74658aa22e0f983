"""What is chosen when nothing is said, and why. Figures behind the rules stand in docs/tried.md."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from .. import config
from ..data.augment import Augment, choose_augment
from ..errors import PlanError
from ..kinds import Category, Image, Schema
from .recipe import Budget, Choice, HeadSettings, Optimizer, Recipe, Schedule, Train

SMALL = 64  # pictures up to this side are small
PICTURE_VIEWS = 600_000  # views of training rows that a default budget aims at
TABLE_VIEWS = 600_000
FEW = 20_000  # pictures
USUAL = {  # rate and decay; where decay is part of the gradient it acts far more strongly, or not as meant at all
    "sgd": (0.05, 5e-4),
    "rmsprop": (0.001, 0.0),
    "adam": (0.001, 0.0),
    "adamw": (0.003, 0.05),
    "muon": (0.003, 0.05),
}
OPTIMIZERS = {
    "muon": "even steps in every direction of a filter bank: ahead of AdamW in every trial on pictures",
    "adamw": "weight decay apart from the gradient, not on biases and norms",
}


def choose(
    schema: Schema,
    rows: int,
    *,
    model: str = "",
    budget: Budget | None = None,
    seed: int = 0,
    weights: str = "",
    mirror: float | None = None,
) -> tuple[Recipe, list[Choice]]:
    """A recipe for a fitted schema and a number of training rows, with the reason for each choice.

    `mirror` is what `mirror_kept` measured on training rows, for pictures of which it is not plain.
    """
    pictures = any(isinstance(f.kind, Image) for f in schema.inputs)
    choices: list[Choice] = []

    def chosen(what: str, value: Any, why: str) -> None:
        choices.append(Choice(what, str(value), why))

    name = model or ("cnn" if pictures else "mlp")
    chosen(
        "model", name, "asked for" if model else "the default for pictures" if pictures else "the default for tables"
    )
    choices += _weights(schema, rows, weights)
    batch = min(max(rows, 1), int(2 ** min(8, max(4, math.floor(math.log2(max(rows, 1) / 20))))))
    chosen("batch", batch, f"about a twentieth of {rows:,} training rows, from 16 to 256")
    if budget is None:
        views = PICTURE_VIEWS if pictures else TABLE_VIEWS
        budget = Budget(epochs=min(60 if pictures else 100, max(10, round(views / max(rows, 1)))))
        chosen("budget", budget, f"about {views:,} views of training rows, at most five minutes as measured")
    else:
        chosen("budget", budget, "asked for")
    optimizer = Optimizer(name="muon") if pictures else Optimizer(rate=0.001, decay=0.01, clip_norm=1.0)
    chosen("optimizer", rate_words(optimizer), OPTIMIZERS[optimizer.name])
    schedule = Schedule(warmup=0.2) if pictures else Schedule(name="cosine", warmup=0.05)
    chosen("schedule", schedule.name, "falls to nothing at the end of the budget, whatever its length")
    head = HeadSettings(smoothing=0.1, drop=0.2 if rows < FEW else 0.0) if pictures else HeadSettings(drop=0.0)
    target = schema.target.kind
    if not isinstance(target, Category):
        head = dataclasses.replace(head, smoothing=0.0)
    if isinstance(target, Category) and target.counts and max(target.counts) > 10 * max(1, min(target.counts)):
        rarest = target.labels[target.counts.index(min(target.counts))]
        chosen("balance", "off", f'"{rarest}" is rare; --set head.balance=true weighs rare classes up')
    augment, reasons = choose_augment(schema, rows, kept=mirror)
    chosen("augment", augment_words(augment) or "none", "; ".join(reasons) or "nothing that leaves the answer as it is")
    recipe = Recipe(
        seed=seed,
        model={"name": name},
        budget=budget,
        optimizer=optimizer,
        schedule=schedule,
        train=Train(batch=batch, average=0.998 if rows > 5000 else 0.99),
        head=head,
        augment=augment,
    )
    return recipe, choices


def _weights(schema: Schema, rows: int, weights: str) -> list[Choice]:
    photos = any(isinstance(f.kind, Image) and f.kind.channels == 3 and f.kind.height >= 48 for f in schema.inputs)
    if weights:
        return [Choice("weights", weights, "asked for")]
    if not photos or rows >= FEW:
        return []
    why = f"{rows:,} photos are few: a net that has seen a large set before usually answers far better"
    way = "--model resnet18 --weights FILE.safetensors starts from such a one"
    return [Choice("weights", "from scratch", f"{why}; {way}")]


def settle(recipe: Recipe, overlay: Mapping[str, Any], words: list[str]) -> Recipe:
    """A chosen recipe with a settings file and --set words laid over it; the words have the last word.

    Raises SettingError for what is unknown or out of range, PlanError for settings that do not go together.
    """
    recipe = _usual(recipe, overlay, words)
    if overlay:
        recipe = config.overlay(recipe, overlay)
    if words:
        recipe = config.change(recipe, words)
    if recipe.train.slices > recipe.train.batch:
        raise PlanError(
            f"a batch of {recipe.train.batch} rows cannot be cut into {recipe.train.slices} slices",
            expected="at most one slice a row",
            fix=f"--set train.slices={recipe.train.batch}",
        )
    return recipe


def _usual(recipe: Recipe, overlay: Mapping[str, Any], words: list[str]) -> Recipe:
    """Where another optimiser is asked for, its usual rate and decay take the place of the chosen one's."""
    asked = overlay.get("optimizer")
    name = asked.get("name") if isinstance(asked, Mapping) else None
    for word in words:
        key, _, value = word.partition("=")
        name = value.strip() if key.strip() == "optimizer.name" else name
    if name not in USUAL or name == recipe.optimizer.name:
        return recipe
    rate, decay = USUAL[name]
    return dataclasses.replace(recipe, optimizer=dataclasses.replace(recipe.optimizer, rate=rate, decay=decay))


def fit_budget(recipe: Recipe, rows: int, step_ms: float, most_seconds: float) -> tuple[Recipe, Choice | None]:
    """A default budget cut to what fits the time, by the measured step; settled before training, so repeatable."""
    per_epoch = math.ceil(rows / recipe.train.batch)
    seconds = recipe.budget.epochs * per_epoch * step_ms / 1000
    if seconds <= most_seconds:
        return recipe, None
    epochs = max(1, math.floor(most_seconds * 1000 / (per_epoch * step_ms)))
    why = f"{recipe.budget.epochs} would take {seconds / 60:.0f} min at {step_ms:.0f} ms a step; --minutes allows more"
    return dataclasses.replace(recipe, budget=Budget(epochs=epochs)), Choice("budget", f"{epochs} epochs", why)


def recipe_from_json(values: Mapping[str, Any]) -> Recipe:
    """A recipe from its JSON. Raises SettingError for what this version does not know."""
    return config.build(Recipe, values)


def augment_words(augment: Augment) -> str:
    """The augmentations that are on, in a few words: "flip, crop 2"."""
    words = []
    for name, value in vars(augment).items():
        if value and value != getattr(Augment(), name):
            words.append(name if value is True else f"{name} {value:g}" if isinstance(value, int | float) else name)
    return ", ".join(words)


def rate_words(optimizer: Optimizer) -> str:
    """An optimiser and its rate in a few words: "muon 0.1 and adamw 0.003"."""
    if optimizer.name == "muon":
        return f"muon {optimizer.matrix_rate:g} and adamw {optimizer.rate:g}"
    return f"{optimizer.name} {optimizer.rate:g}"
