"""Muon: what its step is, and which weights it moves."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.recipe import Optimizer
from lamina.train.optimizers import Muon, optimizers_for, orthogonal


def test_every_direction_of_a_matrix_becomes_about_as_long():
    for shape in ((16, 64), (64, 16), (24, 24)):
        torch.manual_seed(0)
        left, _, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
        matrix = left @ torch.diag(torch.logspace(0, -1.5, min(shape))) @ right  # lengths from 1 to 0.03
        lengths = torch.linalg.svdvals(orthogonal(matrix))
        assert lengths.max() < 1.3
        assert lengths.min() > 0.4


def test_the_first_step_is_the_orthogonal_gradient_at_the_rate():
    p = nn.Parameter(torch.zeros(32, 8))
    p.grad = torch.randn(32, 8)
    muon = Muon([{"params": [p], "weight_decay": 0.0}], lr=0.1, momentum=0.9)
    muon.step()
    assert_close(p.detach(), -0.1 * (32 / 8) ** 0.5 * orthogonal(p.grad), atol=1e-2, rtol=1e-2)


def test_queries_keys_and_values_are_evened_out_each_by_itself():
    net = nn.ModuleDict({"body": nn.ModuleDict({"qkv": nn.Linear(16, 48), "up": nn.Linear(16, 48)})})
    muon, _ = optimizers_for(Optimizer(name="muon", decay=0.0), dict(net.named_parameters()))
    before = {name: p.detach().clone() for name, p in net.named_parameters()}
    grad = torch.cat([torch.randn(16, 16), 1e-3 * torch.randn(32, 16)])  # values hardly matter to queries
    for name in ("qkv", "up"):
        net["body"][name].weight.grad = grad.clone()
    muon.step()
    moved = {name: (before[f"body.{name}.weight"] - net["body"][name].weight.detach())[32:] for name in ("qkv", "up")}
    assert torch.linalg.svdvals(moved["qkv"]).median() > 0.5 * Optimizer().matrix_rate
    assert torch.linalg.svdvals(moved["up"]).median() < 0.1 * Optimizer().matrix_rate


def test_filters_are_moved_by_muon_and_the_way_in_and_out_by_adamw():
    net = nn.ModuleDict({"entry": nn.Linear(16, 16), "body": nn.Conv2d(8, 16, 3), "head": nn.Linear(16, 10)})
    muon, adamw = optimizers_for(Optimizer(name="muon"), dict(net.named_parameters()))
    assert [tuple(p.shape) for g in muon.param_groups for p in g["params"]] == [(16, 8, 3, 3)]
    assert sum(p.numel() for g in adamw.param_groups for p in g["params"]) == 16 * 17 + 16 + 170
    assert [g["rate"] for g in muon.param_groups] == [Optimizer().matrix_rate]


@pytest.mark.parametrize(("cell", "gates"), [(nn.LSTM, 4), (nn.GRU, 3), (nn.RNN, 1)])
def test_the_gates_of_a_recurrent_layer_are_evened_out_each_by_itself(cell, gates):
    net = nn.ModuleDict({"body": nn.ModuleDict({"forth": cell(24, 16)})})
    muon, _ = optimizers_for(Optimizer(name="muon", decay=0.0), dict(net.named_parameters()))
    assert [(g["stacked"], len(g["params"])) for g in muon.param_groups] == [(gates, 2)]


def test_matrices_at_once_are_as_one_after_the_other():
    stack = torch.randn(3, 16, 40, generator=torch.Generator().manual_seed(0))
    for matrices in (stack, stack.mT):
        assert_close(orthogonal(matrices), torch.stack([orthogonal(x) for x in matrices]), atol=0.02, rtol=0.02)
