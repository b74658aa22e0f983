"""Frames from source to answer: what a column's type says is heard in training and in prediction alike."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import lamina as lm
from lamina.errors import SourceError
from lamina.teller import Quiet

ROWS = 400


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    made = pd.DataFrame({"x": rng.normal(size=ROWS), "z": rng.normal(size=ROWS)})
    return made.assign(c=rng.choice(list("abc"), ROWS), y=3 * made.x + made.z)


def fit(frame, tmp_path, **asked):
    return lm.fit(frame, out=str(tmp_path / "run"), teller=Quiet(), **{"target": "y", "steps": 3, **asked})


def values(answers):
    return [answer.value for answer in answers]


def test_a_column_of_objects_changes_no_answer_in_training_nor_in_prediction(frame, tmp_path):
    odd = frame.assign(q=pd.Series(["a", {}, 3, 1j] * 100, dtype=object), p=pd.Series([{}] * ROWS))
    run = fit(odd[["q", "x", "z", "c", "p", "y"]], tmp_path)
    plain = values(run.predict(frame[:5]))
    assert values(run.predict(odd[:5])) == plain == values(run.predict(odd[:5].rename(columns={"q": "other"})))
    with pytest.raises(SourceError, match='column "x" of frame holds values of different types: str in row 0'):
        run.predict(odd[:5].assign(x=odd.q))


def test_a_duration_is_a_number_of_seconds_whatever_its_unit(frame, tmp_path):
    waited = frame.assign(t=pd.to_timedelta(np.arange(ROWS), unit="s").astype("timedelta64[ns]"))
    run = fit(waited, tmp_path)
    row = waited.iloc[[100]]
    other = row.astype({"t": "timedelta64[s]"})
    assert values(run.predict(row)) == values(run.predict(other)) == values(run.predict(row.assign(t=100.0)))
    assert values(run.predict(row)) != values(run.predict(row.assign(t=0.1)))


def test_numbers_as_text_are_numbers_in_training_and_in_prediction(frame, tmp_path):
    told = frame.astype({"x": str, "z": str})
    run = fit(told, tmp_path)
    assert len(set(values(run.predict(told[:5])))) == 5
    assert values(run.predict(told[:5])) == values(run.predict(frame[:5]))
    assert values(run.predict(told[:5].to_dict("records"))) == values(run.predict(frame[:5]))


def test_text_labels_that_look_like_numbers_in_one_row_are_met_in_prediction(frame, tmp_path):
    run = fit(frame.assign(c=frame.c.replace({"a": "1.10"})), tmp_path)
    (said,) = run.predict([{"x": 0.5, "z": 0.5, "c": "1.10"}])
    assert not said.warnings
