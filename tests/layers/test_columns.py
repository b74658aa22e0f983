"""The entry for tables: numbers against the formula of the paper, and codes that were never seen."""

import math

import pytest
import torch

from lamina.errors import PlanError
from lamina.layers import Columns, PiecewiseLinear

EDGES = [(-1.5, -0.5, 0.0, 2.0), (), (-1.0, 1.0), (0.0, 0.001, 0.002, 0.5, 3.0)]
NAN = math.nan


def by_hand(x, cuts):
    """Equation 1, one number and one bin at a time, with the open ends held at -1 and 2."""
    out = []
    bins = len(cuts) - 1
    for t in range(1, bins + 1):
        low, high = cuts[t - 1], cuts[t]
        if x < low and t > 1:
            e = 0.0
        elif x >= high and t < bins:
            e = 1.0
        else:
            e = (x - low) / (high - low)
        out.append(min(max(e, -1.0), 2.0))
    return out


def test_numbers_are_encoded_as_the_paper_says():
    torch.manual_seed(0)
    numbers = torch.cat(
        [torch.randn(40, 4), 30 * torch.randn(20, 4), torch.tensor([[0.0, 0, 1, 0.5], [2.0, 1, -1, 0]])]
    )
    numbers[3, 2] = NAN
    layer = PiecewiseLinear(EDGES, [False, False, True, True])
    expected = []
    for row in numbers.tolist():
        known = [0.0 if math.isnan(x) else x for x in row]
        coded = [e for x, cuts in zip(known, EDGES, strict=True) for e in by_hand(x, cuts)]
        expected.append([*coded, float(math.isnan(row[2])), float(math.isnan(row[3]))])
    torch.testing.assert_close(layer(numbers), torch.tensor(expected), rtol=1e-4, atol=1e-5)
    assert layer.width == 3 + 0 + 1 + 4 + 2


def test_cuts_that_float32_cannot_part_are_one():
    layer = PiecewiseLinear([(1.0, 1.0 + 1e-12, 2.0)])
    torch.testing.assert_close(layer(torch.tensor([[1.5]])), torch.tensor([[0.5]]))


def test_a_freak_value_stays_within_bounds():
    columns = Columns(EDGES, [])
    out = columns(torch.tensor([[1e30, -1e30, math.inf, -math.inf], [NAN] * 4]), None)
    assert out.isfinite().all()
    assert out.abs().max() == 8


def test_a_missing_number_is_the_mean_with_a_flag():
    columns = Columns(EDGES, [], [True] * 4)
    missing, mean = columns(torch.tensor([[NAN] * 4, [0.0] * 4]), None)
    torch.testing.assert_close(missing[:-4], mean[:-4])
    assert missing[-4:].tolist() == [1.0] * 4
    assert mean[-4:].tolist() == [0.0] * 4


def test_each_code_of_each_column_has_a_vector_of_its_own():
    columns = Columns([], [3, 2])
    assert columns.width == 2 * 4
    codes = torch.tensor([[a, b] for a in (-1, 0, 1, 2) for b in (-1, 0, 1)])
    out = columns(None, codes)
    assert len(out[:, :4].unique(dim=0)) == 4
    assert len(out[:, 4:].unique(dim=0)) == 3
    assert len(torch.cat([out[:, :4], out[:, 4:]]).unique(dim=0)) == 6  # seven, and both of -1 are zero
    torch.testing.assert_close(out[0], torch.zeros(8))


def test_learning_that_a_value_is_missing_leaves_other_codes_alone():
    columns = Columns([], [3, 2])
    columns(None, torch.tensor([[-1, 1]])).sum().backward()
    assert columns.table.weight.grad.any(1).nonzero().flatten().tolist() == [0, 6]


@pytest.mark.parametrize(("edges", "cards"), [(EDGES, []), ([], [3, 200]), ([()], []), (EDGES, [1])])
def test_either_part_may_be_empty_or_absent(edges, cards):
    columns = Columns(edges, cards)
    numbers, codes = torch.randn(5, len(edges)), torch.zeros(5, len(cards), dtype=torch.long)
    out = columns(numbers, codes)
    assert out.shape == (5, columns.width)
    torch.testing.assert_close(columns(numbers if edges else None, codes if cards else None), out)


def test_what_does_not_fit_together_is_refused():
    with pytest.raises(PlanError, match="without columns"):
        Columns([], [])
    with pytest.raises(PlanError, match="3 signs of missing values for 4 columns"):
        PiecewiseLinear(EDGES, [True] * 3)


def test_what_follows_from_the_constructor_is_not_saved():
    assert not Columns(EDGES, []).state_dict()
    assert list(Columns(EDGES, [4]).state_dict()) == ["table.weight"]
