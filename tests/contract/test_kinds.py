"""The exam for every kind: JSON and back, encode and decode, bad rows by number, and fitted on training rows only."""

from __future__ import annotations

import base64
import io
import json
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pictures

from lamina.data.table import Arrays, Files, RaggedArrays, Values
from lamina.errors import KindError
from lamina.forms import cut
from lamina.kinds import (
    KINDS,
    Category,
    Image,
    Kind,
    Node,
    Number,
    Relation,
    Tags,
    Unreadable,
    kind_from_json,
    kind_from_words,
)
from lamina.kinds.episode import Episode
from lamina.kinds.match import Match
from lamina.kinds.sounds import wave_file
from lamina.ragged import Ragged, joined
from lamina.serve.values import Unfit
from lamina.serve.ways import WAYS, checked, way_of


def png(shade: int, side: int = 6) -> bytes:
    out = io.BytesIO()
    Pictures.new("RGB", (side, side), (shade, 0, 255 - shade)).save(out, "PNG")
    return out.getvalue()


def values(*items: Any) -> Values:
    return Values("v", pa.chunked_array([pa.array(items)]), "t.csv", 2)


def pictures(*data: bytes) -> Files:
    return Files("v", [str(i) for i in range(len(data))], lambda name: data[int(name)])


def labels(*present: int) -> bytes:
    out = io.BytesIO()
    Pictures.fromarray(np.resize(np.array(present, np.uint8), (6, 5))).save(out, "PNG")
    return out.getvalue()


def scene(label: str, at: int) -> dict[str, Any]:
    box = {"label": label, "x0": float(at), "y0": 2.0, "x1": at + 9.0, "y1": 12.0}
    return {"width": 30, "height": 20, "boxes": [box] * (at % 3 + 1)}


def tone(pitch: float, samples: int = 800) -> bytes:
    return wave_file((np.sin(np.arange(samples) * pitch) * 9000).astype(np.int16), 8000)


# Ten rows of each kind; the last two are unlike the first eight, on which it is fitted.
COLUMNS: dict[str, Any] = {
    "Image": pictures(*(png(i * 25) for i in range(8)), png(255, 40), b"damaged"),
    "Category": values("a", "b", "a", "c", "b", "a", "b", "c", "never seen", None),
    "Tags": values("a;b", "b", "", "a", "c;a", "b;c", "a", "c", "d;e;a", "z"),
    "Number": values(1.0, 2.0, 3.5, None, 4.0, 5.0, -2.0, 0.0, 1e9, float("inf")),
    "Audio": pictures(*(tone(0.1 * i, 500 + 40 * i) for i in range(1, 9)), tone(2.0, 5000), b"damaged"),
    "Text": values("a cat sat", "the dog", "cat", "a", "dog sat", "the cat", "a dog", "sat", "a new word", ""),
    "Each": values(["x", "y"], ["x"], ["y"], ["y", "x", "x"], ["x"], ["y"], ["x"], ["y"], ["new", "x"], []),
    "Series": RaggedArrays(
        "v", Ragged.of([np.arange(6.0).reshape(3, 2) * i for i in range(9)] + [np.full((3, 2), 7.0)])
    ),
}
COLUMNS |= {
    "Graph": values(
        *({"nodes": [[i % 3, 0.1 * i], [1, 0.5]], "edges": [[0, 1], [1, 0]]} for i in range(8)),
        {"nodes": [[7, 9.0], [1, 1.0]], "edges": [[1, 0]]},
        {"nodes": [], "edges": []},
    ),
    "Molecule": values("CCO", "c1ccccc1", "CC(=O)O", "CN", "CCCC", "C#N", "OCC", "CCC", "BrCCl", "no molecule"),
    "Node": values(*("abcabcab"), "d", "nowhere"),
    "Relation": values(*("xyxyxyxy"), "z", "nothing"),
}
COLUMNS["Notes"] = values(*([[60, 64 + i], [], [62]] * (1 + i % 2) for i in range(8)), [[50], [51]] * 9, [[7]])
COLUMNS["Alike"] = values("a", "b", "a", "c", "b", "a", "b", "c", "never seen", None)
COLUMNS |= {
    "Mask": pictures(*(labels(0, i % 3) for i in range(8)), labels(0, 7), b"damaged"),
    "Boxes": values(*(scene(("cat", "dog")[i % 2], i) for i in range(8)), scene("bird", 3), None),
    "Photo": pictures(*(png(i * 25, 6 + i) for i in range(8)), png(255, 40), b"damaged"),
}
SAYS = "snow falls in oslo, rain falls in rome"
COLUMNS["Span"] = values(
    *({"text": word, "start": SAYS.index(word), "context": SAYS} for word in SAYS.replace(",", "").split()[:8]),
    {"text": "warm evening", "start": 2, "context": "a warm evening at last"},
    {"text": "lima", "start": 3, "context": SAYS},
)
COLUMNS["Protein"] = values(*("MKVLAAGIVTAHDE"[i % 3 :] for i in range(8)), "MKV", "no protein!")
COLUMNS["Structure"] = RaggedArrays(
    "v",
    Ragged.of(
        [np.arange(9.0 * n).reshape(n, 3, 3) for n in (8, 9, 10, 8, 9, 10, 8, 9, 14)] + [np.full((9, 3, 3), np.nan)]
    ),
)
COLUMNS["Episode"] = values(*range(8), 99, -3)
COLUMNS["Match"] = values("", "0", "4", "0 4", "4 0", "8", "7", "1 2 3", "4 5 6", "4 4")
# What nodes and relations there are, a graph says, and what can be played a world, not the training rows.
BEGUN = {
    "Node": Node(("a", "b", "c", "d")),
    "Relation": Relation(("x", "y", "z")),
    "Episode": Episode(world="CartPole-v1"),
    "Match": Match(world="tic_tac_toe", shape=(4, 3, 3), actions=9, longest=9),
}
TRAIN = np.arange(8)
every = pytest.mark.parametrize("name", KINDS)


@dataclass(frozen=True)
class Short:
    """A column that ends after its training rows."""

    whole: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.whole, name)

    def __len__(self) -> int:
        return len(TRAIN)

    def take(self, rows: np.ndarray) -> Any:
        assert rows.max() < len(TRAIN)
        return self.whole.take(rows)


def fitted(name: str) -> Kind:
    return BEGUN.get(name, KINDS[name]()).fit(COLUMNS[name], TRAIN)


def test_every_kind_sits_the_exam():
    assert set(COLUMNS) == set(KINDS)


@every
def test_json_and_back_is_the_same_kind(name):
    kind = fitted(name)
    again = kind_from_json(json.loads(json.dumps(kind.to_json(), allow_nan=False)))
    assert again == kind
    assert kind_from_words(name) == KINDS[name]()


@every
def test_it_is_fitted_on_training_rows_only(name):
    column, begun = COLUMNS[name], BEGUN.get(name, KINDS[name]())
    if name in ("Node", "Relation", "Match"):
        assert fitted(name) == begun
        return
    assert begun.fit(column, TRAIN) == begun.fit(Short(column), TRAIN)
    assert begun.fit(column, TRAIN) != begun.fit(column, np.arange(9))


@every
def test_each_row_is_encoded_alone(name):
    kind, column = fitted(name), COLUMNS[name]
    whole = kind.encode(column.take(np.arange(10))).array
    single = joined([kind.encode(column.take(np.array([i]))).array for i in range(10)])
    assert len(whole) == len(single) == 10
    for one, other in zip(whole, single, strict=True):
        np.testing.assert_array_equal(one, other)


@every
def test_a_batch_has_the_rows_first(name):
    kind = fitted(name)
    made = kind.collate(kind.encode(COLUMNS[name].take(TRAIN)).array)
    assert len(made) == len(TRAIN)
    assert len(cut(made, 2, 5)) == 3
    assert kind.says
    assert kind.summary()


BAD = (
    "Notes",
    "Image",
    "Number",
    "Audio",
    "Photo",
    "Graph",
    "Molecule",
    "Node",
    "Relation",
    "Span",
    "Episode",
    "Match",
    "Protein",
    "Structure",
)


@pytest.mark.parametrize(("name", "row"), [(name, 9) for name in BAD])
def test_a_row_that_cannot_be_used_is_named(name, row):
    bad = fitted(name).encode(COLUMNS[name].take(np.arange(10))).bad
    assert list(bad) == [row]
    assert bad[row]


ANSWERED = {"Each", "Boxes", "Span", "Structure"}  # never an input, so that no request carries one


def as_json(name: str, value: Any) -> Any:
    """A raw value as a request has it: files in base64, arrays as lists."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.tolist() if isinstance(value, np.ndarray) else [0.1 * value] * 4 if name == "Episode" else value


def test_every_kind_that_is_an_input_can_be_sent():
    assert set(WAYS) == set(KINDS) - ANSWERED


@pytest.mark.parametrize("name", WAYS)
def test_a_value_sent_as_json_is_encoded_as_one_that_was_read(name):
    kind, taken = fitted(name), COLUMNS[name].take(np.arange(10))
    rows = taken.to_pylist() if isinstance(taken, pa.Array) else list(taken)
    rows = rows[:9] if name == "Number" else rows  # the last is infinity, which JSON has not
    sent = json.loads(json.dumps([as_json(name, value) for value in rows]))
    column = checked(way_of("v", kind), kind, "v", sent)
    places = np.arange(len(sent))
    assert column.holds in kind.raw
    one = kind.encode(column.take(places))
    other = kind.encode(sent if name == "Episode" else COLUMNS[name].take(places))
    assert one.bad == other.bad
    for ours, theirs in zip(one.array, other.array, strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize("name", WAYS)
def test_the_example_of_a_kind_is_answered(name):
    kind = fitted(name)
    column = checked(way_of("v", kind), kind, "v", [json.loads(json.dumps(WAYS[name].example(kind)))])
    assert not kind.encode(column.take(np.arange(1))).bad


@pytest.mark.parametrize("name", WAYS)
@pytest.mark.parametrize("value", [{"a": []}, [{}], True, [[None]], [["a", 1]], -1, 1e299, "/etc/passwd", None, "", []])
def test_what_is_no_value_of_a_kind_is_refused_or_bad(name, value):
    kind = fitted(name)
    with suppress(Unfit):
        column = checked(way_of("v", kind), kind, "v", [value])
        assert len(kind.encode(column.take(np.arange(1))).array) == 1


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
