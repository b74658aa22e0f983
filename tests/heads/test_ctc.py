"""Connectionist temporal classification, held against the sum over all ways of saying a text."""

import itertools
import math

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from lamina.errors import TrainingError
from lamina.forms import Tokens
from lamina.heads.ctc import CtcHead, best_path, best_prefix


def scores(seed, positions=5, classes=3):
    return torch.log_softmax(2 * torch.randn(positions, classes, generator=torch.Generator().manual_seed(seed)), -1)


def said(path):
    return tuple(token for token, _ in itertools.groupby(path) if token)


def chances(x):
    """Every text with its probability, by all paths there are."""
    found = {}
    for path in itertools.product(range(x.shape[1]), repeat=len(x)):
        text = said(path)
        found[text] = found.get(text, 0.0) + math.exp(sum(float(x[t, c]) for t, c in enumerate(path)))
    return found


def head_of(x, **settings):
    """A head that hands on the scores it is given."""
    head = CtcHead(x.shape[-1], x.shape[-1], **settings).eval()
    with torch.no_grad():
        head.out.weight.copy_(torch.eye(x.shape[-1]))
        head.out.bias.zero_()
    return head


@pytest.mark.parametrize("text", [(1,), (1, 2), (1, 1), (2, 1, 2)])
def test_the_loss_is_that_of_all_paths_together(text):
    x = scores(0)
    loss, count = head_of(x).loss(Tokens(x[None]), torch.tensor([[*text, 0, 0]]))
    assert count == len(text)
    assert float(loss.detach()) * count == pytest.approx(-math.log(chances(x)[text]), abs=1e-5)


@pytest.mark.parametrize("seed", range(12))
def test_a_wide_beam_finds_the_likeliest_text(seed):
    x = scores(seed)
    found = chances(x)
    assert tuple(best_prefix(x.numpy(), 100)) == max(found, key=found.__getitem__)


def test_the_beam_sums_paths_where_the_best_path_does_not():
    x = np.log(np.array([[0.6, 0.4], [0.6, 0.4]]))  # no single path is likelier than blank, blank: 0.36
    assert best_path(x) == []
    assert best_prefix(x, 4) == [1]  # 0.64 in three ways


def test_a_token_said_twice_on_end_is_said_once():
    path = np.array([0, 1, 1, 0, 1, 2, 2, 0])
    assert best_path(np.eye(3)[path]) == [1, 1, 2]


@pytest.mark.parametrize("beam", [1, 8])
def test_padding_is_never_read(beam):
    x = torch.stack([scores(1, 9), scores(2, 9)])
    mask = torch.arange(9) < torch.tensor([[9], [4]])
    other = torch.where(mask.unsqueeze(2), x, scores(3, 9))
    head = head_of(x, beam=beam)
    for got, want in zip(
        (head.decode(Tokens(other, mask)).x, head.loss(Tokens(other, mask), torch.tensor([[1, 2], [2, 0]]))[0]),
        (head.decode(Tokens(x, mask)).x, head.loss(Tokens(x, mask), torch.tensor([[1, 2], [2, 0]]))[0]),
        strict=True,
    ):
        assert_close(got, want)


def test_a_text_longer_than_its_sound_is_refused_in_training_and_left_out_when_judged():
    x = scores(0, 3)[None]
    head = head_of(x[0]).train()
    with pytest.raises(TrainingError, match="one needs 4 positions and has 3"):
        head.loss(Tokens(x), torch.tensor([[1, 1, 2]]))
    figures = head.eval().figures(Tokens(x), torch.tensor([[1, 1, 2]]))
    assert figures[0, 0] == 0


def test_figures_count_the_tokens_that_the_best_path_has_wrong():
    path = torch.tensor([[0, 1, 1, 2, 0], [1, 0, 1, 0, 0]])
    x = torch.nn.functional.one_hot(path, 3).float() * 20
    figures = head_of(x[0]).figures(Tokens(x), torch.tensor([[1, 2], [2, 0]]))
    assert figures[:, 1].tolist() == [2, 1]
    assert figures[:, 2].tolist() == [0, 2]
