"""Learning from answers: what the game says of itself."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from lamina.errors import SettingError
from lamina.forms import Batch, Vector
from lamina.heads import NumberHead
from lamina.objectives import Supervised, game_of
from lamina.rng import Rng


class Net(nn.Module):
    def __init__(self, norm: nn.Module):
        super().__init__()
        self.body, self.head = nn.Sequential(nn.Linear(3, 4), norm), NumberHead(4)

    def forward(self, inputs):
        return Vector(self.body(inputs["x"]))


@pytest.mark.parametrize(
    ("norm", "additive"),
    [
        (nn.LayerNorm(4), True),
        (nn.Identity(), True),
        (nn.GroupNorm(2, 4), True),
        (nn.BatchNorm1d(4), False),
        (nn.SyncBatchNorm(4), False),
    ],
)
def test_slices_add_up_unless_a_norm_reads_over_rows(norm, additive):
    assert Supervised(Net(norm), "y").additive is additive


def test_the_turn_is_the_heads_loss_on_the_target():
    net = Net(nn.LayerNorm(4))
    batch = Batch({"x": torch.randn(5, 3)}, {"y": torch.randn(5), "z": torch.zeros(5)}, torch.arange(5))
    (turn,) = Supervised(net, "y").turns(batch, Rng(0))
    want = (net.head.decode(net(batch.inputs)) - batch.targets["y"]).square().mean()
    torch.testing.assert_close(turn.loss, want)
    assert (turn.player, turn.count) == ("model", 5)


def test_a_setting_of_a_game_that_has_none_is_refused_so():
    with pytest.raises(SettingError, match='supervised has no setting "heat"') as caught:
        game_of("supervised", {"heat": 3})
    assert (caught.value.expected, caught.value.fix) == ("no setting of the game: it has none", "leave game.heat out")
