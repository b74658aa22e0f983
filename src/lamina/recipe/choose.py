"""What is chosen when nothing is said, and why. Figures behind the rules stand in docs/tried.md."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

from .. import config
from ..data.augment import Augment, choose_augment
from ..data.together import choose_together, moves_together
from ..errors import PlanError, RunError
from ..kinds import Category, Image, Link, Schema, Series, Text
from ..kinds.photo import Photo
from ..models import PAGES
from ..objectives import OBJECTIVES
from .problem import Usual
from .recipe import Budget, Choice, Optimizer, Recipe, Train
from .usual import usual_for

FEW = 20_000  # rows
MANY = 5_000
USUAL = {  # rate and decay; where decay is part of the gradient it acts far more strongly, or not as meant at all
    "sgd": (0.05, 5e-4),
    "rmsprop": (0.001, 0.0),
    "adam": (0.001, 0.0),
    "adamw": (0.003, 0.05),
    "muon": (0.003, 0.05),
    "soap": (0.003, 0.05),
}
OPTIMIZERS = {
    "muon": "even steps in every direction of a filter bank: ahead of AdamW in every trial on pictures",
    "adamw": "weight decay apart from the gradient, not on biases and norms",
    "adam": "a step of its own size for each weight, and no decay",
}


def choose(
    schema: Schema,
    rows: int,
    *,
    model: str = "",
    objective: str = "",
    budget: Budget | None = None,
    seed: int = 0,
    weights: str = "",
    mirror: float | None = None,
) -> tuple[Recipe, list[Choice]]:
    """A recipe for a fitted schema and a number of training rows, with the reason for each choice.

    `mirror` is what `mirror_kept` measured on training rows, for pictures of which it is not plain.
    """
    game = objective or game_for(schema.target.link)
    usual = usual_for(schema, game)
    choices: list[Choice] = []

    def chosen(what: str, value: Any, why: str) -> None:
        choices.append(Choice(what, str(value), why))

    if game != "supervised":
        chosen("objective", game, "asked for" if objective else OBJECTIVES[game].says)
    name = model or usual.model
    chosen("model", name, "asked for" if model else f"the default for {usual.says}")
    choices += _weights(schema, rows, weights)
    least, most = usual.batch
    batch = min(max(rows, 1), max(least, min(most, 2 ** math.floor(math.log2(max(rows, 20) / 20)))))
    chosen("batch", batch, f"about a twentieth of {rows:,} training rows, from {least} to {most}")
    if budget is None:
        budget = Budget(epochs=min(usual.epochs[1], max(usual.epochs[0], round(usual.views / max(rows, 1)))))
        chosen("budget", budget, f"about {usual.views:,} views of training rows, at most five minutes as measured")
    else:
        chosen("budget", budget, "asked for")
    optimizer = usual.trained.get(name, usual.optimizer)
    chosen("optimizer", rate_words(optimizer), OPTIMIZERS[optimizer.name])
    chosen("schedule", usual.schedule.name, "falls to nothing at the end of the budget, whatever its length")
    drop = usual.few_drop if usual.few_drop is not None and rows < FEW else usual.head.drop
    head = dataclasses.replace(usual.head, drop=drop)
    target = schema.target.kind
    if not isinstance(target, Category | Text):
        head = dataclasses.replace(head, smoothing=0.0)
    if isinstance(target, Category) and target.counts and max(target.counts) > 10 * max(1, min(target.counts)):
        rarest = target.labels[target.counts.index(min(target.counts))]
        chosen("balance", "off", f'"{rarest}" is rare; --set head.balance=true weighs rare classes up')
    augment, reasons = _augment(schema, usual, rows, mirror)
    chosen("augment", augment_words(augment) or "none", "; ".join(reasons) or "nothing that leaves the answer as it is")
    recipe = Recipe(
        seed=seed,
        objective=game,
        model={"name": name, **_settings(name, usual), **_sized(name, schema), **_onward(name, schema)},
        budget=budget,
        optimizer=optimizer,
        schedule=usual.schedule,
        train=Train(batch=batch, average=usual.average[rows > MANY]),
        head=head,
        augment=augment,
    )
    return recipe, choices


def game_for(link: Link) -> str:
    """The first game that makes of the target what a link says; learning from answers where none does."""
    return next((game.name for game in OBJECTIVES.values() if game.link == link), "supervised")


def _augment(schema: Schema, usual: Usual, rows: int, mirror: float | None) -> tuple[Augment, list[str]]:
    """The changes that pictures bear, alone or with an answer that lies in them, and why."""
    if usual.as_they_are and rows >= FEW:
        return Augment(), [f"nothing is augmented: a small student does not learn {rows:,} rows by heart"]
    if moves_together(schema):
        return choose_together(schema, rows, mirror)
    if {Image, Text} <= {type(f.kind) for f in schema.inputs}:
        return Augment(), [
            "nothing is augmented: what a text says of a picture may be its left, its colour or one word"
        ]
    return choose_augment(schema, rows, kept=mirror)


def _settings(name: str, usual: Usual) -> Mapping[str, Any]:
    """A page's settings for a problem: those of the default page hold for pages with the same settings too."""
    alike = name in PAGES and type(PAGES[name].plan) is type(PAGES[usual.model].plan)
    return usual.others.get(name, usual.plan if alike else {})


def _onward(name: str, schema: Schema) -> dict[str, bool]:
    """A page that can read both ways reads onward only, where what comes next is to be learned: of a past, the way back
    would have read one step where a forecast is made."""
    able, target = name in PAGES and hasattr(PAGES[name].plan, "both"), schema.target
    return {"both": False} if able and (target.link == "causal" or isinstance(target.kind, Series)) else {}


def _sized(name: str, schema: Schema) -> dict[str, int]:
    """How many times larger than what it is given a page is to make its answer, or of how many steps, where it can and
    the target says so."""
    kind, plan = schema.target.kind, PAGES[name].plan if name in PAGES else None
    if isinstance(kind, Photo) and hasattr(plan, "times"):
        return {"times": kind.times}
    return {"steps": kind.longest} if isinstance(kind, Series) and hasattr(plan, "steps") else {}


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


def recipe_from_json(values: Any) -> Recipe:
    """A recipe from its JSON. Raises SettingError for what this version does not know."""
    return config.build(Recipe, values)


def kept_recipe(kept: Any) -> Recipe:
    """The recipe in what recipe.json holds. Raises RunError where it holds none."""
    if not isinstance(kept, dict) or not isinstance(kept.get("recipe"), dict):
        raise RunError(
            'recipe.json has no "recipe" in it',
            expected='{"recipe": {…}, "choices": […]}, as the run wrote it',
            fix="copy recipe.json again from where the run came, or fit again with another --out",
        )
    return recipe_from_json(kept["recipe"])


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
