"""The whole Transformer against torch's own, and a step at a time."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.forms import Tokens
from lamina.models.seq2seq import Seq2Seq, Seq2SeqPlan

PLAN = Seq2SeqPlan(width=32, depth=2, heads=4, hidden=64)
NAMES = {
    "reading.": "encoder.layers.",
    "writing.": "decoder.layers.",
    "norm_encoder.layers.": "encoder.norm.",
    "norm_decoder.layers.": "decoder.norm.",
    "read.qkv.weight": "self_attn.in_proj_weight",
    "read.qkv.bias": "self_attn.in_proj_bias",
    "read.out": "self_attn.out_proj",
    "recall.out": "multihead_attn.out_proj",
    "think.up": "linear1",
    "think.down": "linear2",
    "norm_read": "norm1",
}


def their_state(ours):
    state = {}
    for name, tensor in ours.state_dict().items():
        for our, their in NAMES.items():
            name = name.replace(our, their)
        last = "norm3" if name.startswith("decoder") else "norm2"
        state[name.replace("norm_think", last).replace("norm_recall", "norm2")] = tensor
    for i in range(PLAN.depth):
        for kind in ("weight", "bias"):
            parts = [state.pop(f"decoder.layers.{i}.recall.{part}.{kind}") for part in ("q", "kv")]
            state[f"decoder.layers.{i}.multihead_attn.in_proj_{kind}"] = torch.cat(parts)
    return state


def page():
    torch.manual_seed(0)
    body = Seq2Seq(PLAN, 32, 12).eval()
    for parameter in body.parameters():
        nn.init.normal_(parameter, std=0.2)
    return body


def texts():
    torch.manual_seed(1)
    mask = torch.arange(9) < torch.tensor([9, 2, 5])[:, None]
    return Tokens(torch.randn(3, 9, 32), mask), Tokens(torch.randn(3, 7, 32))


def test_with_the_same_weights_it_is_torchs_own():
    ours, (x, given) = page(), texts()
    encoder = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True, norm_first=True)
    encoder = nn.TransformerEncoder(encoder, 2, nn.LayerNorm(32), enable_nested_tensor=False)
    theirs = nn.Transformer(32, 4, 2, 2, 64, batch_first=True, norm_first=True, custom_encoder=encoder).eval()
    theirs.load_state_dict(their_state(ours))
    table, padding = ours.places.table, ~x.mask
    expected = theirs(
        x.x * 32**0.5 + table[:9],
        given.x * 32**0.5 + table[:7],
        tgt_mask=torch.ones(7, 7, dtype=torch.bool).triu(1),
        src_key_padding_mask=padding,
        memory_key_padding_mask=padding,
    )
    assert_close(ours(x, given).x, expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("cuts", [(1,) * 7, (3, 1, 2, 1)])
def test_a_step_at_a_time_is_all_at_once(cuts):
    body, (x, given) = page(), texts()
    with torch.no_grad():
        memory, cache = body.encode(x), body.begin()
        pieces = [body.decode(Tokens(piece), memory, cache).x for piece in given.x.split(cuts, dim=1)]
        assert_close(torch.cat(pieces, dim=1), body(x, given).x, rtol=0, atol=1e-5)


def test_rows_can_be_picked_on_the_way():
    body, (x, given) = page(), texts()
    rows = torch.tensor([1, 1, 0])
    with torch.no_grad():
        memory, cache = body.encode(x), body.begin()
        body.decode(Tokens(given.x[:, :4]), memory, cache)
        cache.pick(rows)
        picked = Tokens(memory.x[rows], memory.mask[rows])
        rest = body.decode(Tokens(given.x[rows, 4:]), picked, cache).x
        assert_close(rest, body(x, given).x[rows, 4:], rtol=0, atol=1e-5)


def test_what_is_written_depends_on_the_past_and_on_what_is_read():
    body, (x, given) = page(), texts()
    before = body(x, given).x
    changed = torch.cat([given.x[:, :4], -given.x[:, 4:]], dim=1)
    assert_close(body(x, Tokens(changed)).x[:, :4], before[:, :4])
    assert not torch.allclose(body(x, Tokens(changed)).x[:, 4:], before[:, 4:])
    assert not torch.allclose(body(Tokens(-x.x, x.mask), given).x, before)


def test_without_a_text_to_write_it_says_so():
    with pytest.raises(PlanError, match="writes a text from another"):
        page()(texts()[0])
