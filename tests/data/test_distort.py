"""Sounds changed on the batch: by their own draws, within their bounds."""

import numpy as np
import torch
from torch.testing import assert_close

from lamina.data.augment import augmented, choose_augment
from lamina.data.distort import DRAWS, distorted, masks, moved
from lamina.forms import Batch
from lamina.kinds import Audio, Category, Field, Schema
from lamina.kinds.audio import Sounds
from lamina.rng import by_row

RATE = 8000


def sounds(*lengths):
    samples = torch.zeros(len(lengths), max(lengths), dtype=torch.int16)
    for row, length in zip(samples, lengths, strict=True):
        row[:length] = (torch.sin(torch.arange(length) / 5) * 10_000).to(torch.int16)
    return Sounds(samples, torch.tensor(lengths))


def draws(rows):
    return torch.from_numpy(by_row(np.asarray(rows), DRAWS, 0, "sounds", 0))


def test_nothing_asked_changes_nothing():
    given = sounds(4000, 3000)
    assert distorted(given, RATE, draws([0, 1])) is given
    assert_close(moved(given, torch.ones(2), torch.zeros(2, dtype=torch.long)).samples, given.samples)


def test_a_row_is_changed_the_same_in_whatever_batch_it_stands():
    ways = {"speed": 0.1, "gain": 6.0, "delay": 0.05, "hide": 2}
    both, alone = sounds(4000, 3000), sounds(3000)
    whole = distorted(both, RATE, draws([7, 8]), **ways)
    single = distorted(alone, RATE, draws([8]), **ways)
    length = int(single.lengths[0])
    assert int(whole.lengths[1]) == length
    assert_close(whole.samples[1, :length], single.samples[0, :length])
    assert_close(whole.hidden[1], single.hidden[0])
    assert not torch.equal(whole.hidden[0], whole.hidden[1])


def test_twice_as_fast_is_half_as_long_and_twice_as_high():
    given = sounds(4000)
    made = moved(given, torch.tensor([2.0]), torch.tensor([100]))
    assert made.lengths.tolist() == [2100]
    assert made.samples[0, :100].abs().max() == 0
    assert_close(made.samples[0, 100:2100], given.samples[0, ::2])


def test_louder_is_bounded_by_what_16_bits_hold():
    made = distorted(sounds(4000), RATE, torch.ones(1, DRAWS) * 0.999, gain=20.0)
    assert made.samples.max() == 32767
    assert made.samples.min() >= -32768


def test_masks_hide_at_most_what_is_said():
    found = masks(torch.rand(200, DRAWS)[:, 3:], 3, torch.full((200,), 2.0))
    assert found.shape == (200, 6, 4)
    over_bands, over_moments = found[:, :3], found[:, 3:]
    assert ((over_bands[..., 3] - over_bands[..., 2]) <= 0.2 + 1e-6).all()
    assert ((over_moments[..., 1] - over_moments[..., 0]) * 2.0 <= 0.12 + 1e-6).all()
    assert found.min() >= 0
    assert found.max() <= 1 + 1e-6
    short = masks(torch.rand(50, DRAWS)[:, 3:], 1, torch.full((50,), 0.1))[:, 1:]
    assert ((short[..., 1] - short[..., 0]) <= 0.2 + 1e-6).all()  # a share of a short sound, not the whole of it


def test_training_sounds_are_changed_by_row_and_epoch():
    kind = Audio(rate=RATE, seconds=1.0, mean=(0.0,) * 40, std=(1.0,) * 40)
    schema = Schema((Field("sound", kind, "input"), Field("label", Category(labels=("a", "b")), "target")))
    ways, reasons = choose_augment(schema, 900)
    assert min(ways.speed, ways.gain, ways.hide) > 0
    assert len(reasons) == 2

    def made(epoch):
        batch = Batch({"sound": sounds(4000, 3000)}, {"label": torch.tensor([0, 1])}, torch.tensor([4, 5]), epoch)
        return augmented(batch, ways, schema, 0, 0).inputs["sound"]

    assert_close(made(0).samples, made(0).samples)
    assert made(0).lengths.tolist() != made(1).lengths.tolist()
    assert made(0).hidden.shape == (2, 4, 4)
