"""A class is told by its label, however the label came: as text, a truth or a number."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lamina.kinds import Category
from lamina.serve.values import label


@pytest.mark.parametrize("labels", [("False", "True"), ("false", "true"), ("FALSE", "TRUE")])
def test_truths_are_the_labels_that_say_so(labels):
    kind = Category(labels=labels)
    assert kind.encode(pa.array([True, False, None])).array.tolist() == [1, 0, -1]
    assert kind.encode(["true", "False", "TRUE", "yes"]).array.tolist() == [1, 0, 1, -1]


def test_truths_among_other_labels_are_found_and_letters_count_there():
    kind = Category(labels=("True", "maybe", "no"))
    assert kind.encode(np.array([True, False])).array.tolist() == [0, -1]
    assert kind.encode(["true", "maybe"]).array.tolist() == [-1, 1]


def test_numbers_are_the_labels_that_they_are_written_as():
    kind = Category(labels=("1.0", "1.1", "1.10", "2", "A"))
    assert kind.encode(np.array([1.0, 2.0, 3.0])).array.tolist() == [0, 3, -1]
    assert kind.encode(np.array([1, 2])).array.tolist() == [0, 3]
    assert kind.encode(np.array([1.1])).array.tolist() == [1]  # written as the first of two labels that are 1.1


def test_a_request_names_a_label_as_a_table_would():
    kind = Category(labels=("1.0", "2.0", "n/a", "True"))
    assert [label(kind, value) for value in (1, 2.0, "2.0", True, None)] == ["1.0", "2.0", "2.0", "True", None]
