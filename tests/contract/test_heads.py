"""The exam that every head sits, on every form it is listed for."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from lamina.forms import Map, Tokens, Vector
from lamina.heads import HEADS, Asked, head_for
from lamina.kinds import Category, Number, Tags

ROWS, WIDTH = 7, 5
KINDS = {
    Category: Category(labels=("a", "b", "c"), counts=(5, 1, 2)),
    Tags: Tags(labels=("a", "b", "c", "d")),
    Number: Number(),
}
TARGETS = {
    Category: lambda draw: torch.randint(3, (ROWS,), generator=draw),
    Tags: lambda draw: torch.randint(2, (ROWS, 4), generator=draw).float(),
    Number: lambda draw: torch.randn(ROWS, generator=draw),
}
SHAPES = {Category: (3,), Tags: (4,), Number: ()}
SETTINGS = {
    Category: [{}, {"smoothing": 0.1}, {"balance": True}, {"balance": True, "smoothing": 0.1}],
    Tags: [{}, {"smoothing": 0.1}],
    Number: [{}],
}
CASES = [
    pytest.param(kind, form, settings, id=f"{kind.__name__}-{form.__name__}-{'-'.join(settings) or 'plain'}")
    for kind, forms, _, _ in HEADS
    for form in forms
    for settings in SETTINGS[kind]
]


def features(form: type, draw: torch.Generator) -> Vector | Map | Tokens:
    shape = {Vector: (), Map: (2, 3), Tokens: ()}[form]
    if form is Tokens:
        return Tokens(torch.randn(ROWS, 4, WIDTH, generator=draw), torch.rand(ROWS, 4, generator=draw) < 0.7)
    return form(torch.randn(ROWS, WIDTH, *shape, generator=draw))


def part(form: Vector | Map | Tokens, rows: slice) -> Vector | Map | Tokens:
    return Tokens(form.x[rows], form.mask[rows]) if isinstance(form, Tokens) else type(form)(form.x[rows])


def set_up(kind: type, form: type, settings: dict[str, object]) -> tuple[torch.nn.Module, object, Tensor]:
    torch.manual_seed(0)
    draw = torch.Generator().manual_seed(1)
    return head_for(Asked(KINDS[kind], WIDTH, **settings), form), features(form, draw), TARGETS[kind](draw)


def test_every_head_sits_the_exam():
    assert {kind for kind, *_ in HEADS} == set(KINDS)


@pytest.mark.parametrize(("kind", "form", "settings"), CASES)
def test_the_loss_is_a_finite_mean_with_its_count(kind, form, settings):
    head, given, target = set_up(kind, form, settings)
    loss, count = head.loss(given, target)
    assert (loss.shape, loss.dtype, count) == ((), torch.float32, ROWS)
    assert loss.isfinite()
    assert loss >= 0


@pytest.mark.parametrize(("kind", "form", "settings"), CASES)
def test_every_parameter_gets_a_gradient(kind, form, settings):
    head, given, target = set_up(kind, form, settings)
    head.loss(given, target)[0].backward()
    for name, parameter in head.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.isfinite().all(), name
        assert parameter.grad.any(), name


@pytest.mark.parametrize(("kind", "form", "settings"), CASES)
def test_the_decoding_has_the_shape_and_range_of_its_kind(kind, form, settings):
    head, given, _ = set_up(kind, form, settings)
    answer = head.decode(given, 1.5)
    assert answer.shape == (ROWS, *SHAPES[kind])
    assert answer.dtype == torch.float32
    if kind is not Number:
        assert ((answer >= 0) & (answer <= 1)).all()
    if kind is Category:
        assert_close(answer.sum(1), torch.ones(ROWS))
    assert len(KINDS[kind].decode(answer.detach())) == ROWS


@pytest.mark.parametrize(("kind", "form", "settings"), CASES)
def test_slices_weighed_by_their_counts_add_up_to_the_batch(kind, form, settings):
    head, given, target = set_up(kind, form, settings)
    whole, count = head.loss(given, target)
    slices = [head.loss(part(given, rows), target[rows]) for rows in (slice(0, 2), slice(2, 3), slice(3, None))]
    assert sum(n for _, n in slices) == count
    assert_close(sum(loss * n for loss, n in slices) / count, whole, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("kind", "form", "settings"), CASES)
def test_a_step_against_the_gradient_makes_the_loss_smaller(kind, form, settings):
    head, given, target = set_up(kind, form, settings)
    before = head.loss(given, target)[0]
    before.backward()
    moved = copy.deepcopy(head)
    with torch.no_grad():
        for parameter, old in zip(moved.parameters(), head.parameters(), strict=True):
            parameter -= 0.01 * old.grad
    assert moved.loss(given, target)[0] < before


@pytest.mark.parametrize(("kind", "form", "settings"), CASES)
def test_dropout_is_silent_when_it_is_judged(kind, form, settings):
    head, given, target = set_up(kind, form, {**settings, "drop": 0.5})
    torch.manual_seed(0)
    assert not torch.equal(head.loss(given, target)[0], head.loss(given, target)[0])
    head.eval()
    assert torch.equal(head.decode(given), head.decode(given))
