"""Attention reads what it may and nothing else, and says what torch's own says."""

import pytest
import torch
from torch import nn
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.layers.attention import Attention, Reading, attended
from lamina.layers.cache import Cache, Past

torch.manual_seed(0)


def theirs(read, width, heads):
    """torch's own layer with the weights of one of ours."""
    made = nn.MultiheadAttention(width, heads, batch_first=True)
    parts = [read.qkv] if isinstance(read, Attention) else [read.q, read.kv]
    state = {"in_proj_weight": torch.cat([p.weight for p in parts]), "in_proj_bias": torch.cat([p.bias for p in parts])}
    made.load_state_dict(state | {"out_proj.weight": read.out.weight, "out_proj.bias": read.out.bias})
    return made


def mask_of(*lengths):
    return torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]


def test_with_the_same_weights_it_is_torchs_own():
    read, x, mask = Attention(16, 4), torch.randn(3, 6, 16), mask_of(6, 2, 4)
    expected, _ = theirs(read, 16, 4)(x, x, x, key_padding_mask=~mask)
    assert_close(read(x, mask), expected, rtol=0, atol=1e-6)
    future = torch.ones(6, 6, dtype=torch.bool).triu(1)
    expected, _ = theirs(read, 16, 4)(x, x, x, attn_mask=future)
    read.causal = True
    assert_close(read(x), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("mask", [None, mask_of(6, 2, 4), mask_of(6, 0, 4), "amounts"])
def test_in_bf16_it_says_the_same_as_in_float32(causal, mask):
    """Plain products take the place of the fused kernel there; a row without any token reads zeros in both."""
    q, k, v = (torch.randn(3, 2, 6, 8, requires_grad=True) for _ in range(3))
    if isinstance(mask, str):
        mask = torch.randn(3, 2, 6, 6).masked_fill(torch.rand(3, 2, 6, 6) < 0.3, -torch.inf)
        mask[0, :, 2] = -torch.inf
    elif mask is not None:
        mask = mask[:, None, None]
    causal = causal and mask is None
    low = [x.detach().bfloat16().requires_grad_() for x in (q, k, v)]
    exact, rough = attended(q, k, v, mask, causal, 0.3), attended(*low, mask, causal, 0.3)
    assert rough.dtype == torch.bfloat16
    assert_close(rough.float(), exact, rtol=0, atol=0.03)
    exact.square().sum().backward()
    rough.float().square().sum().backward()
    for fine, coarse in zip((q, k, v), low, strict=True):
        assert_close(coarse.grad.float(), fine.grad, rtol=0.05, atol=0.1)


def test_reading_a_memory_is_torchs_own():
    read, x, memory, mask = Reading(16, 4), torch.randn(3, 5, 16), torch.randn(3, 7, 16), mask_of(7, 1, 3)
    expected, _ = theirs(read, 16, 4)(x, memory, memory, key_padding_mask=~mask)
    assert_close(read(x, memory, mask), expected, rtol=0, atol=1e-6)


def test_the_future_does_not_reach_the_past():
    read = Attention(16, 4, causal=True)
    x = torch.randn(2, 6, 16)
    changed = torch.cat([x[:, :4], x[:, 4:] + 1], dim=1)
    for mask in (None, mask_of(6, 6)):
        assert_close(read(x, mask)[:, :4], read(changed, mask)[:, :4])
        assert not torch.allclose(read(x, mask)[:, 4:], read(changed, mask)[:, 4:])


def test_amounts_can_be_added_to_scores_and_the_future_stays_hidden():
    read, x, amounts = Attention(16, 4, causal=True), torch.randn(2, 6, 16), torch.randn(1, 4, 6, 6)
    future = torch.ones(6, 6, dtype=torch.bool).triu(1)
    both = amounts.masked_fill(future, -torch.inf).expand(2, 4, 6, 6).flatten(0, 1)
    expected, _ = theirs(read, 16, 4)(x, x, x, attn_mask=both)
    assert_close(read(x, amounts), expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("causal", [False, True])
def test_nothing_is_read_where_there_is_no_token(causal):
    read, mask = Attention(16, 4, causal), mask_of(6, 3)
    x = torch.randn(2, 6, 16)
    changed = torch.where(mask[..., None], x, torch.randn_like(x))
    assert_close(read(x, mask)[mask], read(changed, mask)[mask])
    assert_close(read(x, mask)[1, :3], read(x[1:, :3])[0])
    assert causal or not torch.allclose(read(x)[1, :3], read(changed)[1, :3])


@pytest.mark.parametrize("drop", [0.0, 0.5])
def test_a_row_without_tokens_is_finite_and_so_is_its_gradient(drop):
    read, x = Attention(8, 2, drop=drop), torch.randn(2, 3, 8, requires_grad=True)
    out = read(x, mask_of(3, 0))
    out.sum().backward()
    assert out.isfinite().all()
    assert x.grad.isfinite().all()
    if not drop:
        assert_close(out[1], read.out.bias.expand(3, 8))


@pytest.mark.parametrize("cuts", [(1,) * 7, (4, 1, 1, 1), (3, 4), (7,)])
def test_what_is_read_a_piece_at_a_time_is_read_as_it_was_at_once(cuts):
    read, x, past = Attention(16, 4, causal=True), torch.randn(2, 7, 16), Past()
    with torch.no_grad():
        pieces = [read(piece, past=past) for piece in x.split(cuts, dim=1)]
        assert_close(torch.cat(pieces, dim=1), read(x), rtol=0, atol=1e-6)
    assert past.length == 7


def test_a_memory_is_looked_at_once():
    read, memory, past = Reading(16, 4), torch.randn(2, 5, 16), Past()
    x = torch.randn(2, 1, 16)
    with torch.no_grad():
        first = read(x, memory, past=past)
        assert_close(read(x, torch.zeros_like(memory), past=past), first)
    assert past.length == 5


def test_rows_of_a_cache_are_picked_in_order():
    read, x = Attention(16, 4, causal=True), torch.randn(3, 5, 16)
    cache = Cache([Past()])
    rows = torch.tensor([2, 0, 2])
    with torch.no_grad():
        read(x[:, :4], past=cache.written[0])
        cache.pick(rows)
        assert_close(read(x[rows, 4:], past=cache.written[0]), read(x)[rows, 4:])
    assert cache.length == 5


def test_an_empty_cache_has_no_rows_to_pick():
    cache = Cache([Past()], [Past()])
    cache.pick(torch.tensor([0]))
    assert cache.length == 0


@pytest.mark.parametrize("layer", [Attention, Reading])
def test_a_width_that_does_not_split_is_refused_with_heads_that_do(layer):
    with pytest.raises(PlanError, match=r"width of 250 does not split into 4 equal heads(.|\n)*--set model.heads=5"):
        layer(250, 4)
    assert layer(250, 5).heads == 5


def test_scores_may_go_unscaled():
    scaled, plain, x = Attention(16, 4), Attention(16, 4, scaled=False), torch.randn(2, 3, 16)
    plain.load_state_dict(scaled.state_dict())
    with torch.no_grad():
        plain.qkv.weight[:16] *= 0.5
        plain.qkv.bias[:16] *= 0.5
    assert_close(plain(x), scaled(x))
