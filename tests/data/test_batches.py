"""Every row once an epoch, in an order that depends on (seed, epoch) alone, from any step on."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lamina.data.augment import Augment
from lamina.data.batches import Batches
from lamina.data.store import Part
from lamina.errors import PlanError
from lamina.kinds import Category, Field, Image, Link, Number, Schema, Text
from lamina.kinds.text import MARKS
from lamina.ragged import Ragged

SCHEMA = Schema(
    (
        Field("image", Image(height=4, width=4, channels=1, mean=(0.5,), std=(0.2,)), "input"),
        Field("a", Number(), "input"),
        Field("b", Number(), "input"),
        Field("label", Category(labels=tuple(range(5))), "target"),
    )
)


def part(rows: int) -> Part:
    """Row i is number 10 i + 3 of the table, and every array says so."""
    number = np.arange(rows) * 10 + 3
    images = np.broadcast_to((number % 251).astype(np.uint8)[:, None, None, None], (rows, 4, 4, 1)).copy()
    numbers = np.stack([number, -number], 1).astype(np.float32)
    return Part({"image": images, ":numbers": numbers}, {"label": (number % 5).astype(np.int32)}, number)


def epoch_of(batches: Batches, start: int = 0) -> list[int]:
    return torch.cat([b.rows for b in islice(batches(start), batches.steps_per_epoch)]).tolist()


@example(rows=3, size=2, start=1, seed=0)
@example(rows=11, size=2, start=7, seed=0)
@settings(max_examples=80, deadline=None)
@given(rows=st.integers(1, 90), size=st.integers(1, 40), start=st.integers(0, 200), seed=st.integers(0, 3))
def test_every_row_once_an_epoch_and_the_same_stream_from_any_step(rows, size, start, seed):
    batches = Batches(part(rows), SCHEMA, size, seed)
    steps = batches.steps_per_epoch
    first = start // steps * steps
    whole = list(islice(batches(first), 2 * steps))
    for epoch in (whole[:steps], whole[steps:]):
        assert sorted(torch.cat([b.rows for b in epoch]).tolist()) == part(rows).rows.tolist()
        sizes = {len(b) for b in epoch}
        assert max(sizes) - min(sizes) <= 1
        assert max(sizes) <= size + (size == 2)
        assert min(sizes) > 1 or size == 1 or rows == 1
    assert [b.epoch for b in whole] == [first // steps] * steps + [first // steps + 1] * steps
    resumed = islice(batches(start), 2 * steps - (start - first))
    for before, after in zip(whole[start - first :], resumed, strict=True):
        assert torch.equal(before.rows, after.rows)
        assert torch.equal(before.inputs["image"], after.inputs["image"])


def test_a_row_brings_its_own_values():
    batch = next(Batches(part(50), SCHEMA, 16, seed=1)())
    assert batch.inputs["image"].shape == (len(batch), 1, 4, 4)
    assert batch.inputs["image"].dtype == torch.uint8
    assert torch.equal(batch.inputs["image"][:, 0, 0, 0].long(), batch.rows % 251)
    assert torch.equal(batch.inputs[":numbers"], torch.stack([batch.rows, -batch.rows], 1).float())
    assert torch.equal(batch.targets["label"], batch.rows % 5)
    assert batch.targets["label"].dtype == torch.int64


def test_the_order_changes_with_the_epoch_and_the_seed():
    batches = Batches(part(50), SCHEMA, 16, seed=1)
    assert epoch_of(batches) != epoch_of(batches, batches.steps_per_epoch)
    assert epoch_of(batches) != epoch_of(Batches(part(50), SCHEMA, 16, seed=2))
    assert epoch_of(batches) == epoch_of(Batches(part(50), SCHEMA, 7, seed=1))  # and not with the batch


def test_full_batches_only_where_asked():
    batches = Batches(part(50), SCHEMA, 16, seed=1, drop_last=True)
    assert batches.steps_per_epoch == 3
    assert [len(b) for b in islice(batches(), 4)] == [16] * 4
    assert len(set(epoch_of(batches))) == 48


def test_a_sweep_sees_every_row_once_in_order_without_augmentation():
    batches = Batches(part(50), SCHEMA, 4, seed=1, augment=Augment(flip=1.0, crop=2, mixup=1.0))
    swept = list(batches.sweep())
    assert torch.cat([b.rows for b in swept]).tolist() == part(50).rows.tolist()
    assert [len(b) for b in swept] == [16, 16, 16, 2]
    assert not any(b.mixed for b in swept)


def test_augmentation_is_part_of_the_stream_and_does_not_move_with_the_start():
    data = part(40)
    data.inputs["image"][:] = np.random.default_rng(0).integers(0, 256, data.inputs["image"].shape)
    batches = Batches(data, SCHEMA, 8, seed=1, augment=Augment(flip=0.5, crop=1))
    stream = list(islice(batches(), 8))
    for before, after in zip(stream[3:], batches(3), strict=False):
        assert torch.equal(before.inputs["image"], after.inputs["image"])
    plain = next(Batches(data, SCHEMA, 8, seed=1)())
    assert not torch.equal(plain.inputs["image"], stream[0].inputs["image"])


def test_the_store_is_not_changed_by_what_is_done_to_a_batch():
    data = part(9)
    before = data.inputs["image"].copy()
    for batch in (next(Batches(data, SCHEMA, 4, 0)()), next(Batches(data, SCHEMA, 4, 0).sweep())):
        batch.inputs["image"].zero_()
    assert (data.inputs["image"] == before).all()


@pytest.mark.parametrize(("rows", "size", "drop"), [(0, 4, False), (5, 0, False), (5, 8, True)])
def test_a_batch_that_cannot_be_taken_stops_at_the_start(rows, size, drop):
    with pytest.raises(PlanError, match="cannot be taken from"):
        Batches(part(rows), SCHEMA, size, 0, drop_last=drop)


def ragged(rows: int) -> Part:
    lengths = np.random.default_rng(1).integers(1, 60, rows)
    texts = Ragged.packed(np.full(lengths.sum(), 5, np.int32), lengths)
    return Part({"en": texts}, {"de": texts}, np.arange(rows))


def written(link: Link = "written") -> Schema:
    kind = Text(vocab=(*MARKS, "a"), length=60)
    return Schema((Field("en", kind, "input"), Field("de", kind, "target", link=link)))


@pytest.mark.parametrize(
    ("rows", "size", "drop"), [(1000, 16, False), (1000, 16, True), (17, 16, False), (1, 4, False)]
)
def test_rows_of_alike_length_stand_together_and_every_one_comes_once(rows, size, drop):
    batches = Batches(ragged(rows), written(), size, 3, drop_last=drop)
    epochs = [list(islice(batches(e * batches.steps_per_epoch), batches.steps_per_epoch)) for e in range(2)]
    for epoch in epochs:
        seen = torch.cat([b.rows for b in epoch]).tolist()
        assert len(set(seen)) == len(seen)
        assert len(seen) == (rows // size * size if drop else rows)
    assert rows < 50 or [b.rows.tolist() for b in epochs[0]] != [b.rows.tolist() for b in epochs[1]]
    middle = batches.steps_per_epoch // 2
    for before, after in zip(epochs[0][middle:], batches(middle), strict=False):
        assert torch.equal(before.rows, after.rows)


def test_batches_of_alike_rows_hold_little_padding_and_come_in_no_order_of_length():
    def padding(link):
        batches = Batches(ragged(1000), written(link), 16, 3)
        epoch = list(islice(batches(0), batches.steps_per_epoch))
        return sum((b.inputs["en"] == 0).sum().item() for b in epoch), [b.inputs["en"].shape[1] for b in epoch]

    (little, lengths), (much, _) = padding("written"), padding("causal")
    assert little < 0.2 * much
    assert lengths != sorted(lengths)
    assert abs(np.corrcoef(np.arange(len(lengths)), lengths)[0, 1]) < 0.4


CHANGES = {
    "none": None,
    "by row": Augment(flip=0.5, crop=2, rotate=10.0, zoom=0.1, colour=0.2, erase=0.5),
    "mixed": Augment(crop=1, mixup=0.4),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("count", [1, 2, 3, 30])
def test_slices_of_what_comes_are_those_of_the_batch_and_gathered_alone_where_nothing_else_matters(
    change, count, monkeypatch
):
    asked = []
    plain = Batches.gather
    monkeypatch.setattr(
        Batches, "gather", lambda self, places, epoch: asked.append(len(places)) or plain(self, places, epoch)
    )
    batches = Batches(part(40), SCHEMA, 10, 0, CHANGES[change])
    for whole, coming in islice(zip(batches(3), batches.coming(3), strict=True), 6):
        asked.clear()
        parts = list(coming.slices(count))
        assert asked == ([10] if change == "mixed" else [])
        for wanted, some in zip(whole.slices(count), parts, strict=True):
            made = some.gathered()
            assert torch.equal(made.rows, wanted.rows)
            assert (made.epoch, made.mixed) == (wanted.epoch, wanted.mixed)
            for name, x in {**wanted.inputs, **wanted.targets}.items():
                assert torch.equal({**made.inputs, **made.targets}[name], x)


def test_texts_that_are_padded_to_the_longest_of_a_batch_are_gathered_whole():
    text = Ragged.of([np.full(n, n, np.int32) for n in (1, 5, 2, 4)])
    schema = Schema(
        (Field("text", Text(vocab=tuple("abcde")), "input"), Field("label", Category(labels=(0, 1)), "target"))
    )
    batches = Batches(Part({"text": text}, {"label": np.zeros(4, np.int32)}, np.arange(4)), schema, 4, 0)
    shapes = {part.gathered().inputs["text"].shape[1] for part in next(batches.coming()).slices(4)}
    assert shapes == {5}
