"""BERT against another library's."""

import pytest
import torch
from torch.testing import assert_close
from transformers import BertConfig, BertModel

from lamina.forms import Tokens
from lamina.models.bert import Bert, BertPlan

NAMES = {
    "attention.output.dense": "read.out",
    "attention.output.LayerNorm": "norm_read",
    "intermediate.dense": "think.up",
    "output.dense": "think.down",
    "output.LayerNorm": "norm_think",
}


def reference():
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 128}
    theirs = BertModel(BertConfig(**sizes, max_position_embeddings=12, vocab_size=7), add_pooling_layer=False).eval()
    for parameter in theirs.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return theirs


def with_weights_of(theirs):
    first = theirs.embeddings
    state = {"places.table": first.position_embeddings.weight, "texts.weight": first.token_type_embeddings.weight}
    for kind in ("weight", "bias"):
        state[f"norm.{kind}"] = getattr(first.LayerNorm, kind)
        for i, block in enumerate(theirs.encoder.layer):
            read = [block.attention.self.query, block.attention.self.key, block.attention.self.value]
            state[f"blocks.{i}.read.qkv.{kind}"] = torch.cat([getattr(part, kind) for part in read])
            for name, ours in NAMES.items():
                state[f"blocks.{i}.{ours}.{kind}"] = block.get_parameter(f"{name}.{kind}")
    ours = Bert(BertPlan(width=32, depth=3, heads=4), 32, 12)
    ours.load_state_dict(state)
    return ours.eval()


@pytest.mark.parametrize("two", [False, True], ids=["one text", "two texts"])
def test_with_the_same_weights_it_is_the_other_librarys_net(two):
    theirs, x = reference(), torch.randn(3, 12, 32)
    mask = torch.arange(12) < torch.tensor([12, 5, 9])[:, None]
    segments = (torch.arange(12) >= torch.tensor([4, 3, 6])[:, None]).long() if two else None
    with torch.no_grad():
        ours = with_weights_of(theirs)(Tokens(x, mask, segments))
        expected = theirs(inputs_embeds=x, attention_mask=mask.long(), token_type_ids=segments).last_hidden_state
    assert_close(ours.x[mask], expected[mask], rtol=0, atol=1e-5)
    assert ours.segments is segments


def test_the_second_text_is_told_from_the_first():
    body, x = Bert(BertPlan(width=16, depth=1), 16, 6).eval(), torch.randn(1, 6, 16)
    first = torch.zeros(1, 6, dtype=torch.long)
    assert_close(body(Tokens(x)).x, body(Tokens(x, segments=first)).x)
    assert not torch.allclose(body(Tokens(x)).x, body(Tokens(x, segments=1 - first)).x)


def test_the_counts_are_those_of_bert_base():
    body = Bert(BertPlan(width=768, depth=12, heads=12), 768, 512)
    # 109,482,240 with a table of 30,522 tokens and the layer that BERT pools with
    assert sum(p.numel() for p in body.parameters()) == 109_482_240 - 30_522 * 768 - (768 + 1) * 768
