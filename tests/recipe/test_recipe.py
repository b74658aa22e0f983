"""The record of a run: what it refuses, and that it comes back from JSON as it was."""

from __future__ import annotations

import dataclasses
import json

import pytest

from lamina.errors import PlanError, SettingError
from lamina.recipe import Budget, Recipe, fit_budget, recipe_from_json, settle


def test_a_recipe_comes_back_from_json_as_it_was():
    recipe = settle(Recipe(), {"optimizer": {"rate": "1e-3"}}, ["model.width=64", "budget.epochs=3"])
    assert recipe_from_json(json.loads(json.dumps(dataclasses.asdict(recipe)))) == recipe


def test_the_words_win_over_the_file():
    recipe = settle(Recipe(), {"optimizer": {"rate": "0.5", "decay": "0.25"}}, ["optimizer.rate=0.125"])
    assert (recipe.optimizer.rate, recipe.optimizer.decay) == (0.125, 0.25)


@pytest.mark.parametrize(
    "word",
    [
        "optimizer.rate=0", "optimizer.rate=-1", "optimizer.rate=nan", "optimizer.rate=1e400", "optimizer.momentum=1",
        "optimizer.beta2=1", "optimizer.decay=-0.1", "optimizer.clip_norm=-1", "optimizer.name=adagrad",
        "schedule.warmup=1.5", "schedule.floor=-1", "schedule.cycles=0", "schedule.patience=0", "train.batch=0",
        "train.batch=-4", "train.slices=0", "train.average=1", "train.save_seconds=-1", "head.smoothing=1",
        "head.drop=1", "budget.epochs=-1", "budget.minutes=-1", "data.valid=1", "data.quarantine=2", "seed=-1",
    ],
)  # fmt: skip
def test_a_value_out_of_its_range_is_refused_by_name(word):
    with pytest.raises(SettingError, match=word.partition("=")[0]):
        settle(Recipe(), {}, [word])


def test_more_slices_than_rows_are_refused():
    settle(Recipe(), {}, ["train.batch=4", "train.slices=4"])
    with pytest.raises(PlanError, match="5 slices"):
        settle(Recipe(), {}, ["train.batch=4", "train.slices=5"])


def test_two_budgets_at_once_are_refused():
    with pytest.raises(PlanError, match="epochs and minutes"):
        Budget(epochs=1, minutes=2.0)


@pytest.mark.parametrize(
    ("budget", "words"),
    [(Budget(epochs=1), "1 epoch"), (Budget(steps=2), "2 steps"), (Budget(minutes=0.5), "0.5 minutes")],
)
def test_a_budget_is_said_in_words(budget, words):
    assert str(budget) == words


def test_a_default_budget_is_cut_to_what_fits():
    recipe = dataclasses.replace(Recipe(), budget=Budget(epochs=10))  # 4 steps an epoch of 1,000 rows
    assert fit_budget(recipe, 1000, step_ms=100, most_seconds=5) == (recipe, None)
    cut, choice = fit_budget(recipe, 1000, step_ms=1000, most_seconds=10)
    assert cut.budget == Budget(epochs=2)
    assert (choice.what, choice.value) == ("budget", "2 epochs")
    assert fit_budget(recipe, 1000, step_ms=60_000, most_seconds=10)[0].budget == Budget(epochs=1)


def test_nothing_in_a_recipe_can_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        Recipe().seed = 3
