"""GPT-2 against another library's, and a step at a time."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close
from transformers import GPT2Config, GPT2Model

from lamina.forms import Tokens
from lamina.models.gpt import Gpt, GptPlan

PLAN = GptPlan(width=32, depth=3, heads=4)


def reference():
    torch.manual_seed(0)
    config = GPT2Config(n_layer=3, n_head=4, n_embd=32, n_positions=12, vocab_size=7)
    theirs = GPT2Model(config).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.2)  # norms and biases too, which begin as ones and zeros
    return theirs


def with_weights_of(theirs):
    """Our page with the other library's weights, whose linear layers lie the other way round."""
    names = {"ln_1": "norm_read", "attn.c_attn": "read.qkv", "attn.c_proj": "read.out"}
    names |= {"ln_2": "norm_think", "mlp.c_fc": "think.up", "mlp.c_proj": "think.down"}
    state = {"places.table": theirs.wpe.weight, "norm.weight": theirs.ln_f.weight, "norm.bias": theirs.ln_f.bias}
    for i, block in enumerate(theirs.h):
        for name, tensor in block.state_dict().items():
            part, kind = name.rsplit(".", 1)
            state[f"blocks.{i}.{names[part]}.{kind}"] = tensor.T if tensor.dim() == 2 else tensor
    ours = Gpt(PLAN, 32, 12)
    ours.load_state_dict(state)
    return ours.eval()


def test_with_the_same_weights_it_is_the_other_librarys_net():
    theirs = reference()
    ours, x = with_weights_of(theirs), torch.randn(3, 12, 32)
    with torch.no_grad():
        assert_close(ours(Tokens(x)).x, theirs(inputs_embeds=x).last_hidden_state, rtol=0, atol=1e-5)


def test_the_future_does_not_reach_the_past():
    body, x = Gpt(PLAN, 32, 12).eval(), torch.randn(2, 8, 32)
    changed = torch.cat([x[:, :5], -x[:, 5:]], dim=1)
    assert_close(body(Tokens(x)).x[:, :5], body(Tokens(changed)).x[:, :5])
    assert not torch.allclose(body(Tokens(x)).x[:, 5:], body(Tokens(changed)).x[:, 5:])


def turned():
    torch.manual_seed(0)
    body = Gpt(replace(PLAN, places="turned"), 32, 12)
    assert not any("places" in name or "turns" in name for name in body.state_dict())  # nothing is learned of places
    return body.eval()


@pytest.mark.parametrize("make", [lambda: with_weights_of(reference()), turned])
def test_a_step_at_a_time_is_all_at_once(make):
    body, x = make(), torch.randn(3, 12, 32)
    whole = body(Tokens(x)).x
    with torch.no_grad():
        for cuts in ((1,) * 12, (5, 1, 1, 4, 1)):
            cache = body.begin()
            pieces = [body.step(Tokens(piece), cache).x for piece in x.split(cuts, dim=1)]
            assert_close(torch.cat(pieces, dim=1), whole, rtol=0, atol=1e-5)
            assert cache.length == 12


def test_the_last_matrix_of_a_step_begins_smaller_the_deeper_the_net():
    torch.manual_seed(0)
    body = Gpt(GptPlan(width=128, depth=8, heads=4), 128, 16)
    for block in body.blocks:
        assert abs(block.read.qkv.weight.std() / 0.02 - 1) < 0.05
        for last in (block.read.out, block.think.down):
            assert abs(last.weight.std() / (0.02 / 4) - 1) < 0.05


def test_the_counts_are_those_of_gpt2():
    body = Gpt(GptPlan(width=768, depth=12, heads=12), 768, 1024)
    assert sum(p.numel() for p in body.parameters()) == 124_439_808 - 50_257 * 768  # without the table of tokens
