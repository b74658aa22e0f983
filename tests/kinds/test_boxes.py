"""Where things are, in the pixels of the squeezed picture."""

import numpy as np
import pyarrow as pa
import pytest

from lamina.data.table import Values
from lamina.errors import KindError
from lamina.kinds.boxes import Boxes


def value(*boxes, width=200, height=100):
    names = ("label", "x0", "y0", "x1", "y1")
    return {"width": width, "height": height, "boxes": [dict(zip(names, box, strict=True)) for box in boxes]}


CAT, DOG = ("cat", 10.0, 20.0, 50.0, 60.0), ("dog", 100.0, 0.0, 200.0, 100.0)
ROWS = [value(CAT, DOG), value(), value(DOG)]


def fitted(rows=ROWS, kind=None):
    return (kind or Boxes()).fit(Values("boxes", pa.chunked_array([pa.array(rows)])), np.arange(len(rows)))


def test_training_says_the_classes_and_the_size():
    kind = fitted()
    assert (kind.labels, kind.counts, kind.many, kind.height, kind.width) == (("cat", "dog"), (1, 2), 2, 100, 200)
    assert kind.sizes == ((40, 40), (100, 100))


def test_boxes_are_squeezed_with_their_picture():
    held = fitted(kind=Boxes(side=100)).encode(ROWS).array
    assert held.lengths.tolist() == [2, 0, 1]
    assert held.row(0).tolist() == [[0, 5, 10, 25, 30], [1, 50, 0, 100, 50]]


def test_a_batch_is_padded_with_boxes_of_no_class():
    kind = fitted()
    x = kind.collate(kind.encode(ROWS).array)
    assert x.shape == (3, 2, 5)
    assert x[:, :, 0].tolist() == [[0, 1], [-1, -1], [1, -1]]


def test_a_class_that_training_never_saw_is_refused():
    held = fitted().encode([value(("bird", 1.0, 1.0, 5.0, 5.0)), None])
    assert held.bad == {
        0: 'a box of the class "bird", which no training picture has',
        1: "nothing says what is in the picture",
    }


def test_answers_come_as_boxes_with_a_name_and_a_score():
    found = fitted().decode([np.array([[1, 5, 6, 7, 8, 0.91]], np.float32), np.zeros((0, 6))])
    assert found == [[{"label": "dog", "score": 0.91, "box": [5, 6, 7, 8]}], []]
    assert fitted().show(found[0]) == "1 × dog"


def test_no_boxes_teach_nothing():
    with pytest.raises(KindError, match="holds no box"):
        fitted([value(), value()])
