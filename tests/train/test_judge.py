"""The judge looks at every validation row once and leaves the net as it was."""

from __future__ import annotations

import pytest
import torch

from lamina.kinds import Number
from lamina.train import Plan, ValidationJudge


@pytest.mark.parametrize("training", [True, False])
def test_a_judgement_is_of_all_rows_in_evaluation_mode(toys, training):
    game = toys.supervised(toys.Dense, torch.nn.BatchNorm1d, 0.5)
    net = game.net.train(training)
    batches = toys.numbers(5)(0)
    rows = [next(batches), next(batches)]
    before = toys.tensors_of(net)
    judge = ValidationJudge(lambda: iter(rows), "y", Number(mean=10.0, std=2.0), Plan())
    found = judge(net)
    assert net.training is training
    assert toys.same(toys.tensors_of(net), before)
    assert found == judge(net)  # dropout is silent
    net.eval()
    errors = [2.0 * (net.head.decode(net(b.inputs)) - b.targets["y"]) for b in rows]  # in the user's units
    assert found["rmse"] == pytest.approx(torch.cat(errors).square().mean().sqrt().item(), rel=1e-5)
