"""T5 against another library's, and a step at a time."""

import pytest
import torch
from torch.testing import assert_close
from transformers import T5Config, T5Model

from lamina.errors import PlanError
from lamina.forms import Tokens
from lamina.models.t5 import T5, T5Plan

PLAN = T5Plan(width=32, depth=2, heads=4, hidden=48, buckets=8, far=10)


def reference():
    torch.manual_seed(0)
    sizes = {"d_model": 32, "d_kv": 8, "d_ff": 48, "num_layers": 2, "num_heads": 4}
    near = {"relative_attention_num_buckets": 8, "relative_attention_max_distance": 10}
    theirs = T5Model(T5Config(**sizes, **near, vocab_size=7, feed_forward_proj="relu")).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return theirs


def with_weights_of(theirs):
    state = {}
    for ours, stack in (("reading", theirs.encoder), ("writing", theirs.decoder)):
        state[f"{ours}.norm.weight"] = stack.final_layer_norm.weight
        for i, block in enumerate(stack.block):
            here, (own, *memory, think) = f"{ours}.blocks.{i}", block.layer
            q, k, v = (getattr(own.SelfAttention, part).weight for part in "qkv")
            state[f"{here}.read.qkv.weight"] = torch.cat([q, k, v])
            state[f"{here}.read.out.weight"] = own.SelfAttention.o.weight
            state[f"{here}.norm_read.weight"] = own.layer_norm.weight
            for other in memory:
                read = other.EncDecAttention
                state[f"{here}.recall.q.weight"] = read.q.weight
                state[f"{here}.recall.kv.weight"] = torch.cat([read.k.weight, read.v.weight])
                state[f"{here}.recall.out.weight"] = read.o.weight
                state[f"{here}.norm_recall.weight"] = other.layer_norm.weight
            state[f"{here}.think.up.weight"] = think.DenseReluDense.wi.weight
            state[f"{here}.think.down.weight"] = think.DenseReluDense.wo.weight
            state[f"{here}.norm_think.weight"] = think.layer_norm.weight
        first = stack.block[0].layer[0].SelfAttention
        state[f"{ours}.distances.table.weight"] = first.relative_attention_bias.weight
    ours = T5(PLAN, 32, 64)
    ours.load_state_dict(state)
    return ours.eval()


def texts():
    torch.manual_seed(1)
    mask = torch.arange(25) < torch.tensor([25, 2, 14])[:, None]
    return Tokens(torch.randn(3, 25, 32), mask), Tokens(torch.randn(3, 17, 32))


def test_with_the_same_weights_it_is_the_other_librarys_net():
    theirs, (x, given) = reference(), texts()
    with torch.no_grad():
        expected = theirs(inputs_embeds=x.x, attention_mask=x.mask.long(), decoder_inputs_embeds=given.x)
        ours = with_weights_of(theirs)(x, given).x
    scale = float(expected.last_hidden_state.abs().max())
    assert_close(ours, expected.last_hidden_state, rtol=0, atol=1e-5 * max(scale, 1))


@pytest.mark.parametrize("cuts", [(1,) * 17, (3, 1, 12, 1)])
def test_a_step_at_a_time_is_all_at_once(cuts):
    body, (x, given) = with_weights_of(reference()), texts()
    with torch.no_grad():
        memory, cache = body.encode(x), body.begin()
        pieces = [body.decode(Tokens(piece), memory, cache).x for piece in given.x.split(cuts, dim=1)]
        assert_close(torch.cat(pieces, dim=1), body(x, given).x, rtol=0, atol=1e-5)


def test_what_is_written_depends_on_the_past_and_on_what_is_read():
    body, (x, given) = with_weights_of(reference()), texts()
    before = body(x, given).x
    changed = torch.cat([given.x[:, :4], -given.x[:, 4:]], dim=1)
    assert_close(body(x, Tokens(changed)).x[:, :4], before[:, :4])
    assert not torch.allclose(body(x, Tokens(changed)).x[:, 4:], before[:, 4:])
    assert not torch.allclose(body(Tokens(-x.x, x.mask), given).x, before)


def test_only_distances_count_and_not_where_a_text_begins():
    body, x = with_weights_of(reference()), torch.randn(1, 9, 32)
    later = Tokens(torch.cat([torch.zeros(1, 4, 32), x], dim=1), torch.arange(13)[None] >= 4)
    assert_close(body.encode(later).x[:, 4:], body.encode(Tokens(x)).x)
    assert not torch.allclose(body.encode(Tokens(x.flip(1))).x.flip(1), body.encode(Tokens(x)).x)


def test_a_row_without_tokens_is_finite():
    body, (x, given) = with_weights_of(reference()), texts()
    out = body(Tokens(x.x, torch.zeros_like(x.mask)), given).x
    out.sum().backward()
    assert out.isfinite().all()
    assert all(p.grad.isfinite().all() for p in body.parameters())


def test_scores_begin_as_large_as_one():
    torch.manual_seed(0)
    body = T5(T5Plan(width=256, depth=1), 256, 64)
    read, x = body.reading.blocks[0].read, torch.randn(4, 32, 256)
    q, k, _ = read.qkv(x).unflatten(-1, (3, 4, -1)).permute(2, 0, 3, 1, 4)
    assert 0.8 < (q @ k.mT).std() < 1.2


def test_without_a_text_to_write_it_says_so():
    with pytest.raises(PlanError, match="writes a text from another"):
        T5(PLAN, 32, 64)(texts()[0])
