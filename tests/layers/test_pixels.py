"""The entry for pictures."""

import pytest
import torch

from lamina.errors import PlanError
from lamina.layers import Pixels

MEAN, STD = (0.2, 0.5, 0.7), (0.1, 0.3, 0.2)


def test_bytes_and_shares_are_standardised_alike():
    pixels = torch.randint(0, 256, (4, 3, 5, 6), dtype=torch.uint8)
    shares = pixels.double() / 255
    expected = (shares - torch.tensor(MEAN).double().view(3, 1, 1)) / torch.tensor(STD).double().view(3, 1, 1)
    layer = Pixels(MEAN, STD, 3)
    torch.testing.assert_close(layer(pixels), expected.float(), rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(layer(shares.float()), expected.float(), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
@pytest.mark.parametrize("form", [torch.channels_last, torch.contiguous_format])
def test_the_memory_format_stays(form, dtype):
    pixels = torch.ones(2, 3, 4, 5, dtype=dtype).contiguous(memory_format=form)
    assert Pixels(MEAN, STD, 3)(pixels).is_contiguous(memory_format=form)


@pytest.mark.parametrize(("mean", "std"), [((0.5,), STD), (MEAN, (0.1, 0.2)), (MEAN, (0.1, 0.0, 0.2)), ((), ())])
def test_a_mean_or_std_that_does_not_fit_is_refused(mean, std):
    with pytest.raises(PlanError, match="do not fit 3 channels"):
        Pixels(mean, std, 3)
