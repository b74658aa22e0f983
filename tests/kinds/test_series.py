"""Series: fitted on each step once, standardised by channel, gaps refused or held, seasons found."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from lamina.data.table import RaggedArrays
from lamina.data.windows import Windows
from lamina.errors import KindError
from lamina.kinds import Series
from lamina.kinds.season import season_of
from lamina.ragged import Ragged


def column(*rows):
    return RaggedArrays("s", Ragged.of([np.asarray(row, float).reshape(len(row), -1) for row in rows]))


def test_values_come_back_in_the_users_units():
    rows = np.random.default_rng(0).normal(100, 5, (4, 20, 3)) * [1, 10, 100]
    kind = Series().fit(column(*rows), np.arange(4))
    array = kind.encode(column(*rows).take(np.arange(4))).array
    assert array.dtype == np.float32
    np.testing.assert_allclose(kind.decode(kind.collate(array)), rows, rtol=1e-5)
    np.testing.assert_allclose(array.values.std(0), 1, rtol=1e-5)


def test_past_and_future_are_measured_alike_by_each_step_of_training_once():
    values = np.random.default_rng(1).normal(size=(60, 2)).cumsum(0)
    starts = np.arange(10, 46)  # futures of 4 steps, the last ends at step 49
    past = Windows("past", values, starts - 10, 10, ("a", "b"), (0, 4))
    future = Windows("future", values, starts, 4, ("a", "b"), (10, 0))
    one, other = (Series().fit(c, np.arange(len(starts))) for c in (past, future))
    np.testing.assert_allclose(one.mean, values[:49].mean(0))
    np.testing.assert_allclose(one.std, values[:49].std(0))
    assert (one.mean, one.std, one.naive) == (other.mean, other.std, other.naive)
    assert (one.longest, other.longest) == (10, 4)
    assert one.channels == ("a", "b")


def test_a_step_without_a_number_makes_its_row_unusable_or_is_held():
    rows = column([1, 2, 3], [4, np.nan, np.nan], [np.nan, 1, 2], [np.inf, 1, 1])
    told = Series().fit(rows, np.arange(2)).encode(rows.take(np.arange(4)))
    assert {i: why.partition(" (")[0] for i, why in told.bad.items()} == {
        1: "2 of its 3 steps hold no number",
        2: "1 of its 3 steps hold no number",
        3: "1 of its 3 steps hold no number",
    }
    assert np.isfinite(told.array.values).all()
    held = Series(missing="hold").fit(rows, np.arange(2))
    encoded = held.encode(rows.take(np.arange(4)))
    assert list(encoded.bad) == [2, 3]  # nothing stands before them
    np.testing.assert_allclose(held.decode(encoded.array)[1], [[4], [4], [4]], rtol=1e-6)
    assert encoded.converted == {"steps without a number, the step before them repeated": 4}


def test_a_channel_that_never_moves_keeps_its_unit_and_is_named():
    """The mean of many 0.1 is not 0.1 to the last bit: what is left over is no deviation to measure by."""
    rows = [np.stack([np.full(40, 0.1), np.arange(40.0)], 1)] * 30
    kind = Series().fit(column(*rows), np.arange(20))
    assert (kind.mean[0], kind.std[0], kind.still) == (0.1, 1.0, ("1",))
    encoded = kind.encode(column(*rows).take(np.arange(3)))
    assert (encoded.array.values[:, 0] == 0).all()
    why = 'nothing is learned of channels that hold one number all through training, "1" (0.1)'
    assert encoded.converted == {why: 3}
    moved = Series().fit(column([1, 2]), np.arange(1))
    assert not moved.still
    assert not moved.encode([[1.0, 2.0]]).converted


def test_rows_of_a_length_that_training_never_saw_are_named():
    kind = Series().fit(column([1, 2, 3], [3, 2, 1]), np.arange(2))
    assert kind.encode([np.ones(4), np.ones(3)]).bad == {0: "it has 4 steps, and those of training 3"}
    varied = Series().fit(column([1, 2, 3], [3, 2]), np.arange(2))
    assert varied.encode([np.ones(4), np.ones(3)]).bad == {0: "it has 4 steps, and the longest of training 3"}
    with pytest.raises(KindError, match="series of 2 channels, where training had 1"):
        kind.encode([np.ones((3, 2))])


def test_a_batch_of_unequal_rows_is_padded_with_what_is_no_number():
    rows = column([1, 2, 3], [3, 2])
    kind = Series().fit(rows, np.arange(2))
    batch = kind.collate(kind.encode(rows.take(np.arange(2))).array)
    assert batch.shape == (2, 3, 1)
    assert torch.isnan(batch).flatten().tolist() == [False] * 5 + [True]


@pytest.mark.parametrize("season", [7, 24])
def test_a_season_is_found_through_noise_and_a_trend(season):
    at = np.arange(40 * season)
    noise = np.random.default_rng(0).normal(size=(len(at), 2))
    wave = np.sin(2 * np.pi * at / season)[:, None]
    assert season_of(wave * [2, 3] + noise + at[:, None] / 100) == season
    assert season_of(noise) == 1
    assert season_of(np.zeros((100, 1))) == 1


def test_a_series_is_shown_as_lines():
    assert Series().show([[1.0, 2.0], [3.0, 4.0], [2.0, 5.0]]).size == (240, 80)
    assert Series().show(None) == "nothing"
