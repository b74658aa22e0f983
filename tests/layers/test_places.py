"""Places and distances are those of the papers."""

import math

import pytest
import torch
from torch.testing import assert_close
from transformers.models.gpt_neox.modeling_gpt_neox import apply_rotary_pos_emb
from transformers.models.t5.modeling_t5 import T5Attention

from lamina.errors import PlanError
from lamina.layers.places import Distances, Places, Turns, Waves


def test_waves_are_the_papers():
    table = Waves(6, 50)(torch.zeros(1, 50, 6))[0]
    for place, i in ((0, 0), (7, 1), (49, 2)):
        angle = place / 10000 ** (2 * i / 6)
        assert_close(table[place, 2 * i : 2 * i + 2], torch.tensor([math.sin(angle), math.cos(angle)]))
    assert not list(Waves(6, 50).parameters())
    assert not Waves(6, 50).state_dict()


def test_an_odd_width_ends_with_a_sine():
    assert_close(Waves(5, 9).table[:, 4], torch.sin(torch.arange(9) / 10000 ** (4 / 5)))


@pytest.mark.parametrize("layer", [Places, Waves])
def test_places_go_on_from_where_a_text_was_left(layer):
    places, x = layer(8, 10), torch.randn(2, 10, 8)
    assert_close(places(x[:, 6:], 6), places(x)[:, 6:])
    with pytest.raises(PlanError, match=r"11 positions is too long(.|\n)*at most 10"):
        places(x[:, :5], 6)


def test_turns_are_the_other_librarys():
    q, k = torch.randn(2, 2, 3, 11, 8)
    angle = torch.arange(11)[:, None] / 10000 ** (torch.arange(0, 8, 2) / 8).repeat(2)
    theirs = apply_rotary_pos_emb(q, k, angle.cos()[None], angle.sin()[None])
    assert_close((Turns(8, 20)(q), Turns(8, 20)(k)), theirs, rtol=0, atol=1e-5)


def test_turned_positions_know_how_far_apart_they_are_and_not_where():
    q, k = torch.randn(2, 1, 5, 8)
    turns = Turns(8, 100)
    assert_close(turns(q) @ turns(k).mT, turns(q, 60) @ turns(k, 60).mT, rtol=0, atol=1e-5)
    assert not torch.allclose(turns(q) @ turns(k).mT, turns(q, 60) @ turns(k).mT, atol=0.1)
    with pytest.raises(PlanError, match=r"101 positions is too long(.|\n)*at most 100"):
        turns(q, 96)


def test_heads_of_an_odd_width_are_not_turned():
    with pytest.raises(PlanError, match="width 5 cannot be turned in pairs"):
        Turns(5, 9)


@pytest.mark.parametrize("both", [True, False])
@pytest.mark.parametrize(("buckets", "far"), [(32, 128), (8, 20), (33, 50)])
def test_buckets_are_the_other_librarys(both, buckets, far):
    distance = torch.arange(-300, 301)
    expected = T5Attention._relative_position_bucket(distance, both, buckets, far)
    assert torch.equal(Distances(2, buckets, far, both).bucket(distance), expected)


def test_near_distances_are_told_apart_and_far_ones_are_not():
    bucket = Distances(1).bucket
    assert len(set(bucket(torch.arange(-7, 8)).tolist())) == 15
    assert bucket(torch.tensor([128])) == bucket(torch.tensor([5000])) != bucket(torch.tensor([-128]))


def test_buckets_that_do_not_fit_are_refused():
    with pytest.raises(PlanError, match="64 buckets do not reach as far as 16 positions"):
        Distances(2, buckets=64, far=16)
    with pytest.raises(PlanError, match="2 buckets"):
        Distances(2, buckets=2)
