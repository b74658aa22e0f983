"""The ways in for sounds: what stands beside a sound in its batch does not change what is made of it."""

import numpy as np
import pytest
import torch
from torch.testing import assert_close

from lamina.data.table import Files
from lamina.forms import Tokens
from lamina.kinds import Audio, Field, Slot
from lamina.kinds.audio import Sounds
from lamina.kinds.sounds import wave_file
from lamina.recipe.entries import ENTRIES, Wanted

DATA = [
    wave_file((np.sin(np.arange(n) * pitch) * 9000).astype(np.int16), 8000)
    for n, pitch in ((2000, 0.1), (3300, 0.3), (900, 0.5), (2500, 0.2))
]
KIND = Audio().fit(Files("sound", ["0", "1", "2", "3"], lambda name: DATA[int(name)]), np.arange(4))
TAKES = [takes for kind, takes, _ in ENTRIES if kind is Audio]


def entry(takes):
    make = next(make for kind, wants, make in ENTRIES if kind is Audio and wants == takes)
    return make(Wanted(Slot("sound", "input", (Field("sound", KIND, "input"),), False), None))


def batch(*data):
    return KIND.collate(KIND.encode(list(data)).array)


def made(takes, sounds):
    found = entry(takes)(sounds)
    return found.x if isinstance(found, Tokens) else found


@pytest.mark.parametrize("takes", TAKES)
def test_a_sound_is_the_same_alone_and_beside_longer_ones(takes):
    alone, company = made(takes, batch(DATA[2])), made(takes, batch(DATA[2], DATA[1]))
    own = alone.shape[1] if takes == "tokens" else None
    assert_close(company[0, :own] if own else company[0], alone[0], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("takes", TAKES)
def test_the_shape_is_the_one_it_says(takes):
    way, found = entry(takes), made(takes, batch(*DATA))
    assert found.shape[0] == 4
    if takes == "tokens":
        assert found.shape[2] == way.shape[1]
        assert found.shape[1] <= way.shape[0]
    else:
        assert found.shape[1:] == way.shape


def test_positions_after_the_end_are_masked():
    found = entry("tokens")(batch(DATA[0], DATA[1]))
    assert found.mask.sum(1).tolist() == [25, 42]  # 2000 and 3300 samples by 80


def test_bands_are_standard_over_the_training_rows():
    found = entry("tokens")(batch(*DATA))
    bands = found.x[found.mask]
    assert_close(bands.mean(0), torch.zeros(KIND.mels), atol=1e-3, rtol=0)
    assert_close(bands.std(0, correction=0), torch.ones(KIND.mels), atol=1e-3, rtol=0)


def test_what_training_hides_is_at_the_mean():
    given = batch(DATA[0])
    hidden = Sounds(given.samples, given.lengths, torch.tensor([[[0.0, 0.5, 0.0, 1.0]]]))
    frames, picture = made("tokens", hidden), made("map", hidden)
    assert frames[0, :12].abs().max() == 0
    assert_close(frames[0, 13:], made("tokens", given)[0, 13:])
    assert picture[0, 0, :, :6].abs().max() == 0  # a column stands for two hops
