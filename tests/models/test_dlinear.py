"""DLinear against the paper's own equations, and what a decomposition must do."""

import torch
from torch import nn
from torch.testing import assert_close

from lamina.forms import Tokens
from lamina.heads.series import SeriesHead
from lamina.models.dlinear import DLinear, DLinearPlan, moving_average


class Published(nn.Module):
    """Zeng et al. 2023, as their figure 2 and code have it: two linear maps, one for the trend, one for the rest."""

    def __init__(self, steps, horizon, window):
        super().__init__()
        self.window = window
        self.seasonal, self.trend = nn.Linear(steps, horizon), nn.Linear(steps, horizon)

    def forward(self, x):
        side = (self.window - 1) // 2
        front, end = x[:, :1].repeat(1, side, 1), x[:, -1:].repeat(1, side, 1)
        mean = nn.AvgPool1d(self.window, stride=1)(torch.cat([front, x, end], 1).permute(0, 2, 1)).permute(0, 2, 1)
        seasonal, trend = self.seasonal((x - mean).permute(0, 2, 1)), self.trend(mean.permute(0, 2, 1))
        return (seasonal + trend).permute(0, 2, 1)


def test_page_and_head_are_the_published_model():
    torch.manual_seed(0)
    theirs, body = Published(48, 12, 25), DLinear(DLinearPlan(window=25), 3, 48)
    head = SeriesHead(body.width, 12, 3, by_channel=True)
    with torch.no_grad():
        head.out.weight.copy_(torch.cat([theirs.seasonal.weight, theirs.trend.weight], 1))
        head.out.bias.copy_(theirs.seasonal.bias + theirs.trend.bias)
    x = torch.randn(5, 48, 3)
    assert_close(head.decode(body(Tokens(x))), theirs(x), rtol=1e-5, atol=1e-5)


def test_trend_and_rest_add_up_to_the_series():
    x = torch.randn(2, 30, 4)
    rest, trend = DLinear(DLinearPlan(), 4, 30)(Tokens(x)).x.chunk(2, -1)
    assert_close(rest + trend, x.mT)


def test_a_season_as_long_as_the_window_is_no_trend():
    season = torch.sin(torch.arange(100) * 2 * torch.pi / 25).reshape(1, 1, -1)
    assert moving_average(season, 25)[..., 12:-12].abs().max() < 1e-5
    assert moving_average(season, 10)[..., 12:-12].abs().max() > 0.3  # and the test can fail


def test_channels_do_not_meet():
    body, x = DLinear(DLinearPlan(), 2, 20), torch.randn(1, 20, 2)
    changed = x.clone()
    changed[..., 1] += 1
    assert_close(body(Tokens(changed)).x[:, 0], body(Tokens(x)).x[:, 0])
