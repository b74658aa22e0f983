"""The encoder against torch's own."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.forms import Tokens
from lamina.models.transformer import Transformer, TransformerPlan

PLAN = TransformerPlan(width=32, depth=3, heads=4, hidden=64)
NAMES = {
    "read.qkv.weight": "self_attn.in_proj_weight",
    "read.qkv.bias": "self_attn.in_proj_bias",
    "read.out": "self_attn.out_proj",
    "think.up": "linear1",
    "think.down": "linear2",
    "norm_read": "norm1",
    "norm_think": "norm2",
}


def their_name(name):
    for ours, theirs in NAMES.items():
        name = name.replace(ours, theirs)
    return name.replace("blocks.", "layers.")


@pytest.mark.parametrize("places", ["waves", "learned"])
def test_with_the_same_weights_it_is_torchs_own(places):
    torch.manual_seed(0)
    ours = Transformer(TransformerPlan(width=32, depth=3, heads=4, hidden=64, places=places), 32, 12).eval()
    for parameter in ours.parameters():
        nn.init.normal_(parameter, std=0.2)
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True)
    theirs = nn.TransformerEncoder(layer, 3, norm=nn.LayerNorm(32), enable_nested_tensor=False).eval()
    theirs.load_state_dict({their_name(n): t for n, t in ours.state_dict().items() if n != "places.table"})
    x, mask = torch.randn(3, 10, 32), torch.arange(10) < torch.tensor([10, 3, 7])[:, None]
    scale = 32**0.5 if places == "waves" else 1.0
    expected = theirs(x * scale + ours.places.table[:10], src_key_padding_mask=~mask)
    assert_close(ours(Tokens(x, mask)).x[mask], expected[mask], rtol=0, atol=1e-5)


@pytest.mark.parametrize("places", ["waves", "learned"])
def test_the_order_of_tokens_counts(places):
    body = Transformer(TransformerPlan(width=32, depth=1, places=places), 32, 12).eval()
    x = torch.randn(2, 5, 32)
    assert not torch.allclose(body(Tokens(x)).x.mean(1), body(Tokens(x.flip(1))).x.mean(1), atol=1e-4)
