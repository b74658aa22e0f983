"""The Evoformer's parts, each against its algorithm written out, and rows that padding leaves as they are."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from lamina.forms import Tokens
from lamina.models import build
from lamina.models.evoformer import Distance, OuterProduct, PairBias, TriangleMultiplication

SMALL = {"width": 8, "pair": 6, "depth": 2, "heads": 2, "outer": 3, "drop": 0.0}


@pytest.mark.parametrize("outgoing", [True, False])
def test_triangles_are_multiplied_as_their_algorithm_says(outgoing):
    """Algorithms 11 and 12 with loops over every pair and every third residue."""
    torch.manual_seed(0)
    part, pair = TriangleMultiplication(4, outgoing), torch.randn(1, 5, 5, 4)
    mask = torch.ones(1, 5, 5, dtype=torch.bool)
    z = part.norm(pair)
    values, gates = part.sides(z).chunk(2, dim=-1)
    a, b = (values * gates.sigmoid()).chunk(2, dim=-1)
    made = torch.zeros(1, 5, 5, 4)
    for i in range(5):
        for j in range(5):
            for k in range(5):
                made[0, i, j] += a[0, i, k] * b[0, j, k] if outgoing else a[0, k, i] * b[0, k, j]
    wanted = part.gate(z).sigmoid() * part.out(part.norm_out(made))
    assert_close(part(pair, mask), wanted, rtol=1e-4, atol=1e-5)


def test_the_outer_product_is_one_though_it_is_weighed_first():
    torch.manual_seed(0)
    part, x = OuterProduct(4, 3, 5), torch.randn(2, 6, 4)
    a, b = part.a(part.norm(x)), part.b(part.norm(x))
    outer = a[:, :, None, :, None] * b[:, None, :, None, :]  # (2, 6, 6, 3, 3): algorithm 10, line 3
    wanted = outer.flatten(-2) @ part.out.weight.flatten(1).T + part.out.bias
    assert_close(part(x), wanted, rtol=1e-4, atol=1e-5)


def test_residues_read_where_their_pairs_draw_them():
    """Algorithm 7 with loops; drawn hard to the next residue, each reads that one alone."""
    torch.manual_seed(0)
    part, x, pair = PairBias(4, 3, 2), torch.randn(1, 4, 4), torch.randn(1, 4, 4, 3)
    mask = torch.tensor([[True, True, True, False]])
    q, k, v = part.qkv(part.norm(x)).unflatten(-1, (3, 2, 2)).unbind(2)  # each (1, 4, H, K)
    bias, gate = part.bias(part.norm_pair(pair)), part.gate(part.norm(x)).sigmoid()
    rows = []
    for i in range(4):
        heads = []
        for h in range(2):
            scores = torch.stack([q[0, i, h] @ k[0, j, h] / 2**0.5 + bias[0, i, j, h] for j in range(3)])
            heads.append(scores.softmax(0) @ v[0, :3, h])
        rows.append(part.out(gate[0, i] * torch.cat(heads)))
    assert_close(part(x, pair, mask)[0], torch.stack(rows), rtol=1e-4, atol=1e-5)


def test_how_far_residues_lie_apart_counts_up_to_32():
    part = Distance(3)
    told = part(torch.zeros(1, 50, 1))
    assert_close(told[0, 40], told[5, 45])
    assert_close(told[0, 32], told[0, 49])
    assert not torch.allclose(told[0, 1], told[1, 0])  # either way is another
    assert not torch.allclose(told[0, 31], told[0, 32])


def test_what_stands_after_the_end_of_a_chain_changes_nothing():
    torch.manual_seed(0)
    body, x = build("evoformer", SMALL, (9, 5)).eval(), torch.randn(1, 6, 5)
    longer = Tokens(torch.cat([x, 9 * torch.randn(1, 3, 5)], dim=1), (torch.arange(9) < 6)[None])
    alone, padded = body(Tokens(x)), body(longer)
    assert_close(alone.x, padded.x[:, :6, :6], rtol=1e-4, atol=1e-5)
    assert_close(alone.single, padded.single[:, :6], rtol=1e-4, atol=1e-5)
    unmasked = body(Tokens(longer.x))
    assert not torch.allclose(alone.x, unmasked.x[:, :6, :6], atol=1e-3)  # and the test can fail


def test_a_chain_read_backwards_is_another():
    torch.manual_seed(0)
    body, x = build("evoformer", SMALL, (9, 5)).eval(), torch.randn(1, 6, 5)
    assert not torch.allclose(body(Tokens(x)).single, body(Tokens(x.flip(1))).single.flip(1), atol=1e-3)
