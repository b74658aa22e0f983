"""Draws are functions of their names, never of what was drawn before."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina import rng
from lamina.rng import Rng, by_row, generator, key, order

NAMES = st.lists(st.one_of(st.integers(-5, 5), st.text(max_size=3)), max_size=3)


@given(st.integers(0, 2**62), NAMES)
def test_a_key_fits_every_generator(seed, names):
    assert 0 <= key(seed, *names) < 2**63
    assert key(seed, *names) == key(seed, *names)


def test_keys_differ_in_every_name_and_in_how_names_are_cut():
    keys = [
        key(*k) for k in [(0,), (1,), (0, "a"), (0, "b"), (0, "a", "b"), (0, "ab"), (0, "a", 1), (0, "a", 11), (0, 1)]
    ]
    assert len(set(keys)) == len(keys)


@settings(max_examples=30)
@given(st.integers(0, 300), st.integers(0, 2**62), st.integers(0, 50))
def test_an_order_is_a_permutation(rows, seed, epoch):
    made = order(rows, seed, epoch)
    assert made.dtype == np.int64
    assert np.array_equal(np.sort(made), np.arange(rows))


def test_an_order_belongs_to_its_seed_and_epoch():
    first = order(100, 0, 0)
    generator(0, "something else").random(1000)
    assert np.array_equal(first, order(100, 0, 0))
    assert not np.array_equal(first, order(100, 0, 1))
    assert not np.array_equal(first, order(100, 1, 0))


def test_places_in_an_order_are_uniform():
    seen = np.bincount([int(order(8, seed, 0)[0]) for seed in range(4000)], minlength=8)
    assert ((seen - 500) ** 2 / 500).sum() < 24.3  # chi squared of 7 degrees, one in a thousand


def test_a_row_draws_the_same_in_whatever_batch_it_stands():
    rows = np.array([5, 0, 9, 2**40])
    whole = by_row(rows, 3, 7, "augment", 1)
    assert whole.shape == (4, 3)
    assert np.array_equal(by_row(rows[::-1].copy(), 3, 7, "augment", 1), whole[::-1])
    assert np.array_equal(by_row(rows[2:3], 3, 7, "augment", 1), whole[2:3])
    assert np.array_equal(by_row(rows, 2, 7, "augment", 1), whole[:, :2])  # more draws do not change the first
    for other in [(8, "augment", 1), (7, "augment", 2), (7, "other", 1)]:
        assert not np.array_equal(by_row(rows, 3, *other), whole)


def test_draws_by_row_are_uniform_and_unrelated():
    draws = by_row(np.arange(50_000), 3, 0, "x")
    assert draws.dtype == np.float32
    assert (draws >= 0).all()
    assert (draws < 1).all()
    for column in draws.T:
        seen = np.histogram(column, 100, (0, 1))[0]
        assert ((seen - 500) ** 2 / 500).sum() < 149  # chi squared of 99 degrees, one in a thousand
    near = np.corrcoef(np.column_stack([draws, np.roll(draws, 1, axis=0)]).T)
    assert (np.abs(near - np.eye(6)) < 0.02).all()  # columns, and rows side by side


def test_torch_draws_are_keyed_and_leave_the_global_generator_alone():
    torch.manual_seed(0)
    before = torch.get_rng_state()
    made = Rng(3, 10, 0)
    first, second = made.normal(2, 3), made.normal(2, 3)
    assert first.shape == (2, 3)
    assert not torch.equal(first, second)
    assert torch.equal(Rng(3, 10, 0).normal(2, 3), first)
    assert not torch.equal(Rng(3, 10, 1).normal(2, 3), first)
    assert torch.equal(torch.get_rng_state(), before)


def test_torch_draws_have_the_ranges_they_say():
    made = Rng(0)
    assert 0 <= float(made.uniform(1000).min()) < 0.01 < 0.99 < float(made.uniform(1000).max()) < 1
    assert set(made.integers(3, 1000).tolist()) == {0, 1, 2}
    assert float(made.normal(10_000).std()) == pytest.approx(1, abs=0.05)


def test_reseeding_repeats_what_dropout_draws():
    rng.reseed(5)
    first = torch.rand(3)
    rng.reseed(5)
    assert torch.equal(torch.rand(3), first)


def test_some_rows_draw_what_they_draw_among_all():
    whole, some = Rng(0, "x"), Rng(0, "x").rows(2, 5, 8)
    for draw in (lambda rng, n: rng.normal(n, 2), lambda rng, n: rng.uniform(n), lambda rng, n: rng.integers(9, n, 3)):
        assert torch.equal(draw(some, 3), draw(whole, 8)[2:5])
    with pytest.raises(ValueError, match="for 3 of 8 rows"):
        some.normal(8, 2)
