"""A label for every token: beside the tokens, or named as one that is not."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
import torch

from lamina.data.table import Values
from lamina.errors import KindError
from lamina.kinds import Category, Each, Text, kind_from_json
from lamina.ragged import Ragged


def column(*rows) -> Values:
    return Values("tags", pa.chunked_array([pa.array(list(rows), pa.list_(pa.string()))]))


@pytest.fixture
def kind():
    return Each().fit(column(["verb", "noun"], ["noun"], ["never"]), np.array([0, 1]))


def test_labels_are_those_of_training_rows_and_others_are_none(kind):
    assert kind.of.labels == ("noun", "verb")
    assert kind.of.counts == (2, 1)
    coded = kind.encode([["noun", "never", "verb", None], ["verb"]]).array
    assert [row.tolist() for row in coded] == [[0, -1, 1, -1], [1]]
    assert kind.collate(coded).tolist() == [[0, -1, 1, -1], [1, -1, -1, -1]]


def test_labels_stand_in_the_row_that_holds_them(kind):
    array = pa.array([["noun"], None, ["verb", "noun"], [], ["verb"]], pa.list_(pa.string()))
    assert [row.tolist() for row in kind.encode(array).array] == [[0], [], [1, 0], [], [1]]
    assert [row.tolist() for row in kind.encode(array[2:]).array] == [[1, 0], [], [1]]
    assert kind.absent(kind.encode(array).array).tolist() == [False, True, False, True, False]


def test_a_row_with_more_or_fewer_labels_than_tokens_is_named_with_both_counts(kind):
    words = Text().fit(column(["a", "b", "c"]), np.arange(1))
    tokens = words.encode([["a"], ["a", "b", "c"], ["b", "a"]]).array
    labels = kind.encode([["noun"], ["noun", "verb"], ["noun", "verb", "noun"]]).array
    assert kind.misfits(labels, {"words": tokens, ":numbers": np.zeros((3, 1))}) == {
        1: "2 labels stand beside 3 tokens",
        2: "3 labels stand beside 2 tokens",
    }


def test_the_likeliest_label_of_each_place_is_the_answer(kind):
    shares = Ragged.of([np.array([[0.9, 0.1], [0.2, 0.8]]), np.array([[0.4, 0.6]])])
    assert kind.decode(shares) == [["noun", "verb"], ["verb"]]


def test_it_is_the_same_after_json(kind):
    again = kind_from_json(json.loads(json.dumps(kind.to_json())))
    assert again == kind
    assert isinstance(again.of, Category)


def test_what_is_no_list_is_refused(kind):
    with pytest.raises(KindError, match="no lists"):
        kind.encode(pa.array(["noun"]))


def test_the_answer_to_nothing_is_padding(kind):
    assert torch.equal(kind.collate(kind.encode([[], []]).array), torch.full((2, 1), -1))
