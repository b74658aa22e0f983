"""The one record of a run, and its choosers."""

from .choose import augment_words, choose, fit_budget, kept_recipe, rate_words, recipe_from_json, settle
from .net import Net, build_net
from .recipe import Budget, Choice, Data, HeadSettings, Optimizer, Recipe, Schedule, Train

__all__ = [
    "Budget",
    "Choice",
    "Data",
    "HeadSettings",
    "Net",
    "Optimizer",
    "Recipe",
    "Schedule",
    "Train",
    "augment_words",
    "build_net",
    "choose",
    "fit_budget",
    "kept_recipe",
    "rate_words",
    "recipe_from_json",
    "settle",
]
