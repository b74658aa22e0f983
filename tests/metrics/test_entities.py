"""Entities held against a slow reading of the labels one after the other, and worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.kinds import Category, Each
from lamina.metrics import scored
from lamina.metrics.table import key_of
from lamina.ragged import Ragged


def kind(*labels):
    return Each(of=Category(labels=labels, counts=(1,) * len(labels)))


PLAIN = kind("B-a", "B-b", "I-a", "I-b", "O")
LETTERS = kind("B-a", "E-a", "E-b", "I-a", "I-b", "L-b", "O", "S-a", "U-b")


def found(of, truth, said):
    """Scores of rows of labels; a label that is none of the kind is one that training never saw."""
    labels = of.of.labels
    codes = [labels.index(x) if x in labels else -1 for row in truth for x in row.split()]
    told = np.array([labels.index(x) for row in said for x in row.split()])
    shares = np.full((len(told), len(labels)), 0.1, np.float32)
    shares[np.arange(len(told)), told] = 1.0
    lengths = np.array([len(row.split()) for row in truth]), np.array([len(row.split()) for row in said])
    answer = Ragged.packed(shares / shares.sum(1, keepdims=True), lengths[1])
    return scored(of, Ragged.packed(np.array(codes, np.int32), lengths[0]), answer, resamples=20)


def values(*given):
    """F1, precision and recall."""
    scores = found(*given)
    return tuple(scores[f"entity_{name}"]["value"] for name in ("f1", "precision", "recall"))


def read(labels):
    """The entities of a row as (first, last, type), label after label as the script of CoNLL 2000 reads them."""
    out, begun, before, type_before = [], None, "O", ""
    for at, label in enumerate([*labels, "O"]):
        letter, _, name = label.partition("-")
        new = letter in "BSU" or before in "OELSU" or name != type_before
        if begun is not None and (letter == "O" or new):
            out.append((begun, at - 1, type_before))
            begun = None
        if letter != "O" and new:
            begun = at
        before, type_before = letter, name
    return set(out)


@pytest.mark.parametrize("of", [PLAIN, LETTERS])
def test_entities_are_those_of_a_reading_label_by_label(of):
    draw, truth, said = np.random.default_rng(0), [], []
    for _ in range(60):
        length = int(draw.integers(1, 9))
        row = [of.of.labels[i] for i in draw.integers(0, len(of.of.labels), length)]
        truth.append(row)
        said.append([x if draw.random() < 0.7 else of.of.labels[int(draw.integers(len(of.of.labels)))] for x in row])
    there, told = [read(row) for row in truth], [read(row) for row in said]
    hits = sum(len(a & b) for a, b in zip(there, told, strict=True))
    sizes = sum(map(len, there)), sum(map(len, told))
    assert 0.1 < hits / sizes[0] < 0.9
    f1, precision, recall = values(of, [" ".join(row) for row in truth], [" ".join(row) for row in said])
    assert (f1, precision, recall) == pytest.approx((2 * hits / sum(sizes), hits / sizes[1], hits / sizes[0]))


@pytest.mark.parametrize(
    ("truth", "said", "expected"),
    [
        (["B-a I-a O"], ["B-a I-a O"], (1, 1, 1)),
        (["B-a I-a O"], ["B-a O O"], (0, 0, 0)),
        (["B-a I-a O"], ["B-b I-b O"], (0, 0, 0)),
        (["B-a I-a"], ["I-a I-a"], (1, 1, 1)),
        (["B-a", "I-a"], ["B-a", "I-a"], (1, 1, 1)),
        (["B-a B-a"], ["B-a I-a"], (0, 0, 0)),
        (["B-a O B-b"], ["B-a O O"], (2 / 3, 1, 1 / 2)),
        (["B-a O B-b"], ["B-a"], (2 / 3, 1, 1 / 2)),
        (["B-a B-new I-new"], ["B-a B-b I-b"], (1 / 2, 1 / 2, 1 / 2)),
    ],
    ids=["right", "cut", "of another type", "an I that begins", "rows are apart", "two in one", "one of two",
         "a text cut short", "a type never seen"],
)  # fmt: skip
def test_by_hand(truth, said, expected):
    assert values(PLAIN, truth, said) == pytest.approx(expected)


def test_where_nothing_is_there_nor_said_to_be_it_is_not_defined():
    scores = found(PLAIN, ["O O"], ["O O"])
    assert scores["entity_f1"]["value"] is None
    assert "no entity is there or was said to be" in scores["entity_f1"]["method"]


@pytest.mark.parametrize(
    ("of", "key"),
    [(PLAIN, "Entities"), (LETTERS, "Entities"), (kind("NOUN", "VERB"), "Each"), (kind("O"), "Each"),
     (kind("I-a", "O"), "Each"), (kind("B-a", "X"), "Each")],
)  # fmt: skip
def test_labels_that_mark_entities_are_known_by_their_form(of, key):
    assert key_of(of) == key
