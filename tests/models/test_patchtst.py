"""PatchTST: the paper's patches, and transformers' model with the same weights."""

import pytest
import torch
from torch.testing import assert_close

from lamina.errors import PlanError
from lamina.forms import Tokens
from lamina.heads.series import SeriesHead
from lamina.models.patchtst import PatchTst, PatchTstPlan, cut_patches

PLAN = PatchTstPlan(width=8, depth=2, heads=2, hidden=16, patch=8, stride=4, drop=0.0)


def made(channels=3, length=32):
    torch.manual_seed(0)
    body = PatchTst(PLAN, channels, length)
    torch.nn.init.normal_(body.place)
    body.train()
    for _ in range(3):
        body(Tokens(torch.randn(16, length, channels)))  # so that the norms' means are not those they began with
    return body.eval()


def theirs_of(body, head, transformers):
    """transformers' PatchTSTForPrediction with our weights; the padding at the end is made before it."""
    config = transformers.PatchTSTConfig(
        num_input_channels=3, context_length=36, patch_length=8, patch_stride=4, prediction_length=5, d_model=8,
        num_hidden_layers=2, num_attention_heads=2, ffn_dim=16, norm_type="batchnorm", pre_norm=False, scaling=None,
        activation_function="gelu", attention_dropout=0.0, ff_dropout=0.0, path_dropout=0.0, head_dropout=0.0,
        positional_dropout=0.0, use_cls_token=False, share_projection=True, loss="mse", channel_attention=False,
        pooling_type=None,
    )  # fmt: skip
    model = transformers.PatchTSTForPrediction(config).eval()
    encoder, state = model.model.encoder, {}
    state["embedder.input_embedding.weight"], state["embedder.input_embedding.bias"] = (
        body.embed.weight,
        body.embed.bias,
    )
    state["positional_encoder.position_enc"] = body.place
    for i, block in enumerate(body.blocks):
        weights, biases = block.attend.qkv.weight.chunk(3), block.attend.qkv.bias.chunk(3)
        for name, weight, bias in zip(("q_proj", "k_proj", "v_proj"), weights, biases, strict=True):
            state[f"layers.{i}.self_attn.{name}.weight"], state[f"layers.{i}.self_attn.{name}.bias"] = weight, bias
        pairs = {"self_attn.out_proj": block.attend.out, "ff.0": block.feed[0], "ff.3": block.feed[3]}
        pairs |= {"norm_sublayer1.batchnorm": block.norm_attend, "norm_sublayer3.batchnorm": block.norm_feed}
        for name, part in pairs.items():
            state |= {f"layers.{i}.{name}.{key}": value for key, value in part.state_dict().items()}
    encoder.load_state_dict(state)
    model.head.projection.load_state_dict(head.out.state_dict())
    return model


def test_transformers_model_with_these_weights_answers_the_same():
    transformers = pytest.importorskip("transformers")
    body = made()
    head = SeriesHead(body.width, 5, 3, by_channel=True)
    x = torch.randn(4, 32, 3)
    normed, shift, scale = body.level(x)
    padded = torch.cat([normed, normed[:, -1:].expand(-1, 4, -1)], 1)
    with torch.no_grad():
        model = theirs_of(body, head, transformers)
        found = model(past_values=padded).prediction_outputs
        answer = head.decode(body(Tokens(x)))
    assert_close(answer, found * scale[:, None] + shift[:, None], rtol=1e-5, atol=1e-5)


def test_patches_are_counted_as_the_paper_counts_them():
    x = torch.arange(336.0).expand(2, -1)
    patches = cut_patches(x, 16, 8)
    assert patches.shape == (2, (336 - 16) // 8 + 2, 16)  # 42: the paper's PatchTST/42
    assert patches[0, 1, 0] == 8
    assert patches[0, -1].tolist() == [*range(328, 336), *[335] * 8]


def test_channels_do_not_meet():
    body, x = made(), torch.randn(2, 32, 3)
    changed = x.clone()
    changed[..., 2] = torch.randn(2, 32)
    assert_close(body(Tokens(changed)).x[:, :2], body(Tokens(x)).x[:, :2])
    assert not torch.allclose(body(Tokens(changed)).x[:, 2], body(Tokens(x)).x[:, 2])


def test_an_answer_moves_with_the_level_of_its_window():
    body = made()
    head, x = SeriesHead(body.width, 5, 3, by_channel=True), torch.randn(2, 32, 3)
    assert_close(head.decode(body(Tokens(10 * x + 3))), 10 * head.decode(body(Tokens(x))) + 3, rtol=1e-3, atol=1e-3)


def test_a_window_shorter_than_a_patch_is_refused():
    with pytest.raises(PlanError, match="shorter than a patch"):
        PatchTst(PLAN, 3, 7)
