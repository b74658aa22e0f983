"""The exam for every kind: JSON and back, encode and decode, bad rows by number, and fitted on training rows only."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from lamina.data.table import Arrays, Files, Values
from lamina.errors import KindError
from lamina.kinds import KINDS, Category, Image, Kind, Number, Tags, Unreadable, kind_from_json, kind_from_words


def png(shade: int, side: int = 6) -> bytes:
    out = io.BytesIO()
    Pictures.new("RGB", (side, side), (shade, 0, 255 - shade)).save(out, "PNG")
    return out.getvalue()


def values(*items: Any) -> Values:
    return Values("v", pa.chunked_array([pa.array(items)]), "t.csv", 2)


def pictures(*data: bytes) -> Files:
    return Files("v", [str(i) for i in range(len(data))], lambda name: data[int(name)])


COLUMNS: dict[str, Any] = {
    "Image": pictures(*(png(i * 25) for i in range(8)), png(255, 40), b"damaged"),
    "Category": values("a", "b", "a", "c", "b", "a", "b", "c", "never seen", None),
    "Tags": values("a;b", "b", "", "a", "c;a", "b;c", "a", "c", "d;e;a", "z"),
    "Number": values(1.0, 2.0, 3.5, None, 4.0, 5.0, -2.0, 0.0, 1e9, float("inf")),
}
TRAIN = np.arange(8)
every = pytest.mark.parametrize("name", KINDS)


def fitted(name: str) -> Kind:
    return KINDS[name]().fit(COLUMNS[name], TRAIN)


@every
def test_json_and_back_is_the_same_kind(name):
    kind = fitted(name)
    again = kind_from_json(json.loads(json.dumps(kind.to_json(), allow_nan=False)))
    assert again == kind
    assert kind_from_words(name) == KINDS[name]()


@every
def test_it_is_fitted_on_training_rows_only(name):
    column = COLUMNS[name]
    assert column.take(np.array([8, 9])) != column.take(np.array([0, 1]))
    short = (
        type(column)(column.name, column.names[:8], column.read)
        if name == "Image"
        else values(*column.take(TRAIN).to_pylist())
    )
    assert KINDS[name]().fit(column, TRAIN) == KINDS[name]().fit(short, TRAIN)
    assert KINDS[name]().fit(column, TRAIN) != KINDS[name]().fit(column, np.arange(9))


@every
def test_each_row_is_encoded_alone(name):
    kind, column = fitted(name), COLUMNS[name]
    whole = kind.encode(column.take(np.arange(10))).array
    single = np.concatenate([kind.encode(column.take(np.array([i]))).array for i in range(10)])
    np.testing.assert_array_equal(whole, single)
    assert len(whole) == 10


@every
def test_a_batch_is_a_tensor_with_the_rows_first(name):
    kind = fitted(name)
    tensor = kind.collate(kind.encode(COLUMNS[name].take(TRAIN)).array)
    assert isinstance(tensor, torch.Tensor)
    assert len(tensor) == len(TRAIN)
    assert kind.says
    assert kind.summary()


@pytest.mark.parametrize(("name", "row"), [("Image", 9), ("Number", 9)])
def test_a_row_that_cannot_be_used_is_named(name, row):
    bad = fitted(name).encode(COLUMNS[name].take(np.arange(10))).bad
    assert list(bad) == [row]
    assert bad[row]


def test_an_unreadable_file_keeps_its_reason():
    bad = fitted("Image").encode([png(3), Unreadable("permission denied; chmod u+r")]).bad
    assert bad == {1: "permission denied; chmod u+r"}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["NA", "None", "nan", "é", "", "0", "00"]), min_size=1, max_size=30))
def test_labels_come_back_from_their_places(labels):
    column = values(*labels)
    kind = Category().fit(column, np.arange(len(labels)))
    codes = kind.encode(column.take(np.arange(len(labels)))).array
    assert kind.decode(torch.eye(len(kind.labels))[torch.from_numpy(codes).long()]) == labels


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30))
def test_numbers_come_back_from_their_units(numbers):
    column = values(*numbers)
    kind = Number().fit(column, np.arange(len(numbers)))
    back = kind.decode(torch.from_numpy(kind.encode(column.take(np.arange(len(numbers)))).array))
    np.testing.assert_allclose(back, numbers, atol=1e-5 * max(1.0, *map(abs, numbers)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcde"), unique=True), min_size=1, max_size=20).filter(any))
def test_tags_come_back_whatever_their_order(rows):
    column = values(*rows)
    kind = Tags().fit(column, np.arange(len(rows)))
    back = kind.decode(torch.from_numpy(kind.encode(column.take(np.arange(len(rows)))).array).float())
    assert [set(tags) for tags in back] == [set(tags) for tags in rows]


@settings(max_examples=15, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([(), (1,), (3,)]))
def test_arrays_of_bytes_are_encoded_as_they_are(high, wide, colours):
    array = np.random.default_rng(0).integers(0, 256, (3, high, wide, *colours)).astype(np.uint8)
    kind = Image().fit(Arrays("v", array), np.arange(3))
    np.testing.assert_array_equal(kind.encode(array).array.reshape(array.shape), array)
    tensor = kind.collate(kind.encode(array).array)
    assert tensor.shape == (3, kind.channels, high, wide)


def test_an_unknown_kind_is_met_with_the_nearest():
    with pytest.raises(KindError, match='did you mean "Category"'):
        kind_from_words("Categry")
