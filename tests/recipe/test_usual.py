"""Another optimiser comes with its own usual rate and decay, unless those are asked for too."""

from __future__ import annotations

from lamina.recipe import Recipe, settle


def test_another_optimiser_brings_its_usual_rate_and_decay():
    found = settle(Recipe(), {}, ["optimizer.name=sgd"]).optimizer
    assert (found.rate, found.decay) == (0.05, 5e-4)
    assert settle(Recipe(), {"optimizer": {"name": "adam"}}, []).optimizer.decay == 0.0


def test_what_is_asked_for_has_the_last_word():
    found = settle(Recipe(), {}, ["optimizer.name=sgd", "optimizer.rate=0.2"]).optimizer
    assert (found.name, found.rate, found.decay) == ("sgd", 0.2, 5e-4)


def test_the_chosen_optimiser_keeps_its_rate():
    base = settle(Recipe(), {}, ["optimizer.rate=0.5"])
    assert settle(base, {}, [f"optimizer.name={base.optimizer.name}"]).optimizer.rate == 0.5
