"""Average precision against the library that COCO publishes it with, and by hand."""

import contextlib
import io

import numpy as np
import pytest

from lamina.kinds.boxes import Boxes
from lamina.metrics.boxes import Case, ap, ap50
from lamina.metrics.weights import Weights, once
from lamina.ragged import Ragged

KIND = Boxes(height=100, width=100, labels=("a", "b", "c"))


def drawn(seed, rows=12):
    """Some truth, and answers of which many are near it."""
    draw = np.random.default_rng(seed)
    truths, answers = [], []
    for _ in range(rows):
        count = draw.integers(0, 6)
        corner, sides = draw.uniform(0, 60, (count, 2)), draw.uniform(8, 40, (count, 2))
        truth = np.concatenate([draw.integers(0, 2, (count, 1)), corner, corner + sides], axis=1)
        shaken = truth[draw.random(count) < 0.8].copy()
        shaken[:, 1:] += draw.normal(0, 3, (len(shaken), 4))
        wrong = draw.uniform(0, 50, (draw.integers(0, 4), 2))
        more = np.concatenate([draw.integers(0, 2, (len(wrong), 1)), wrong, wrong + 20], axis=1)
        said = np.concatenate([shaken, more])
        answers.append(np.concatenate([said, draw.random((len(said), 1)).round(2)], axis=1))
        truths.append(truth)
    return Ragged.of(truths, np.float32, (5,)), Ragged.of(answers, np.float32, (6,))


def published(truth, answer):
    """AP and AP50 by pycocotools."""
    coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is a development dependency")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    things, found = [], []
    for i in range(len(truth)):
        for code, x0, y0, x1, y1 in truth.row(i).astype(float):
            box = [x0, y0, x1 - x0, y1 - y0]
            area = box[2] * box[3]
            thing = {"image_id": i + 1, "category_id": int(code), "bbox": box, "area": area, "iscrowd": 0}
            things.append({"id": len(things) + 1, **thing})
        for code, x0, y0, x1, y1, score in answer.row(i).astype(float):
            box = [x0, y0, x1 - x0, y1 - y0]
            found.append({"image_id": i + 1, "category_id": int(code), "bbox": box, "score": score})
    with contextlib.redirect_stdout(io.StringIO()):
        held = coco.COCO()
        held.dataset = {
            "info": {},
            "images": [{"id": i + 1} for i in range(len(truth))],
            "categories": [{"id": i} for i in range(3)],
            "annotations": things,
        }
        held.createIndex()
        judge = evaluation.COCOeval(held, held.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[0], judge.stats[1]


@pytest.mark.parametrize("seed", range(6))
def test_it_is_what_coco_says(seed):
    truth, answer = drawn(seed)
    case, weights = Case.of(KIND, truth, answer), once(len(truth))
    theirs = published(truth, answer)
    assert ap(case, weights)[0] == pytest.approx(theirs[0], abs=1e-5)
    assert ap50(case, weights)[0] == pytest.approx(theirs[1], abs=1e-5)


def test_a_row_counted_twice_is_as_if_it_were_there_twice():
    truth, answer = drawn(1)
    rows = np.array([0, 0, 1, 2, 3, 3, 3, 5])
    weights = Weights(np.bincount(rows, minlength=len(truth))[None].astype(float), np.zeros(1))
    told = ap(Case.of(KIND, truth, answer), weights)
    again = ap(Case.of(KIND, truth[rows], answer[rows]), once(len(rows)))
    assert told == pytest.approx(again, abs=1e-9)


def test_what_is_found_twice_is_wrong_once():
    box = [[0, 10, 10, 30, 30]]
    truth = Ragged.of([np.array(box, np.float32)])
    once_said = np.array([[*box[0], 0.9]], np.float32)
    surer = np.array([[0, 60, 60, 90, 90, 0.95], *once_said], np.float32)
    twice = np.array([*once_said, [*box[0], 0.8]], np.float32)
    values = [ap50(Case.of(KIND, truth, Ragged.of([said])), once(1))[0] for said in (once_said, surer, twice)]
    assert values == pytest.approx([1, 0.5, 1])  # a second box after all is found costs nothing, a surer wrong one half


def test_nothing_found_and_nothing_there():
    nothing = Ragged.of([np.zeros((0, 6), np.float32)])
    one = Ragged.of([np.array([[0, 10, 10, 30, 30]], np.float32)])
    assert ap50(Case.of(KIND, one, nothing), once(1))[0] == 0
    assert np.isnan(ap50(Case.of(KIND, nothing[:], nothing), once(1))[0])
