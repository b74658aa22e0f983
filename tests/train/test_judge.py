"""The judge looks at every validation row once and leaves the net as it was."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lamina.data.batches import Batches
from lamina.data.store import Part
from lamina.kinds import Field, Number, Schema
from lamina.train import Plan, ValidationJudge

Y = np.arange(10, dtype=np.float32)


class Plain(Number):
    """Rows of three numbers, three of which are answered together."""

    slot = None

    def at_once(self):
        return 3


@pytest.mark.parametrize("training", [True, False])
def test_a_judgement_is_of_all_rows_in_evaluation_mode(toys, training):
    game = toys.supervised(toys.Dense, torch.nn.BatchNorm1d, 0.5)
    net = game.net.train(training)
    part = Part({"x": np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)}, {"y": Y}, np.arange(10))
    fields = (Field("x", Plain(), "input"), Field("y", Number(mean=10.0, std=2.0), "target"))
    rows = Batches(part, Schema(fields), 1, 0)
    before = toys.tensors_of(net)
    judge = ValidationJudge(rows, fields[1], Plan(), game)
    found = judge(net)
    assert net.training is training
    assert toys.same(toys.tensors_of(net), before)
    assert found == judge(net)  # dropout is silent
    net.eval()
    errors = [2.0 * (net.head.decode(net(b.inputs)) - b.targets["y"]) for b in rows.sweep()]  # in the user's units
    assert len(errors) > 1
    assert found["rmse"] == pytest.approx(torch.cat(errors).square().mean().sqrt().item(), rel=1e-5)


@pytest.mark.parametrize(("apart", "sizes"), [(True, [3, 3, 3, 1]), (False, [8, 2])])
def test_rows_are_judged_few_at_once_but_where_they_are_held_against_each_other(toys, monkeypatch, apart, sizes):
    game = toys.supervised(toys.Dense)
    part = Part({"x": np.zeros((10, 3), np.float32)}, {"y": Y}, np.arange(10))
    fields = (Field("x", Plain(), "input"), Field("y", Number(), "target"))
    plain, seen = game.net.head.decode, []
    monkeypatch.setattr(type(game), "apart", apart)
    monkeypatch.setattr(game.net.head, "decode", lambda form, heat: seen.append(len(form.x)) or plain(form))
    ValidationJudge(Batches(part, Schema(fields), 2, 0), fields[1], Plan(), game)(game.net)
    assert seen == sizes


def test_where_memory_runs_out_a_judgement_is_of_halves_and_the_same(toys, monkeypatch):
    game = toys.supervised(toys.Dense, torch.nn.BatchNorm1d)
    part = Part({"x": np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)}, {"y": Y}, np.arange(10))
    fields = (Field("x", Plain(), "input"), Field("y", Number(mean=10.0, std=2.0), "target"))
    judge = ValidationJudge(Batches(part, Schema(fields), 2, 0), fields[1], Plan(), game)
    whole, plain, sizes = judge(game.net), game.net.head.decode, []

    def decode(form, heat):
        sizes.append(len(form.x))
        if len(form.x) > 2:
            raise MemoryError
        return plain(form)

    monkeypatch.setattr(game.net.head, "decode", decode)
    assert judge(game.net)["rmse"] == pytest.approx(whole["rmse"], rel=1e-6)
    assert [size for size in sizes if size <= 2] == [2, 1, 2, 1, 2, 1, 1]
    monkeypatch.setattr(game.net.head, "decode", lambda form, heat: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        judge(game.net)
