"""The exam for every source: it opens, its rows have names and come in any order, its fingerprint is its own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from bench.small import MAKERS, csv

from lamina.data.sources import BUILTIN, SOURCES, open_source
from lamina.data.table import Table
from lamina.errors import SourceError
from lamina.findings import Findings


def arrays(root: Path, change: int) -> Any:
    return np.arange(12.0).reshape(4, 3) + change, np.array(["a", "b", "a", "b"])


def named_arrays(root: Path, change: int) -> Any:
    made = {f"{name}_{part}": np.arange(4) + change for name in "xy" for part in ("train", "test")}
    return {**made, "x_train": np.zeros((4, 2, 2)), "x_test": np.ones((4, 2, 2))}


def pandas(root: Path, change: int) -> Any:
    return pd.DataFrame({"a": [1.5, None, 3 + change], "b": ["x", "y", "x"]})


def polars(root: Path, change: int) -> Any:
    return pl.DataFrame({"a": [1.5, None, 3.0 + change], "b": ["x", "y", "x"]})


def arrow(root: Path, change: int) -> Any:
    return pa.table({"a": [1, 2, 3 + change], "b": pa.array(["x", "y", "x"]).dictionary_encode()})


def environment(root: Path, change: int) -> Any:
    return "gym:CartPole-v1" if change else "gym:Acrobot-v1"


def game(root: Path, change: int) -> Any:
    return "spiel:connect_four(rows=4,columns=5)" if change else "spiel:tic_tac_toe"


MADE = (arrays, named_arrays, pandas, polars, arrow, environment, game)  # what is no file
every = pytest.mark.parametrize("make", [*MAKERS, *MADE], ids=lambda make: make.__name__)


def rows_of(table: Table, rows: np.ndarray) -> list[list[Any]]:
    taken = [column.take(rows) for column in table.columns.values()]
    return [
        column.to_pylist() if hasattr(column, "to_pylist") else [np.asarray(v).tolist() for v in column]
        for column in taken
    ]


@every
def test_it_opens_without_a_finding(make, tmp_path):
    findings = Findings()
    table = open_source(make(tmp_path, 0), findings=findings)
    assert len(table) > 0
    assert not findings.errors
    assert not findings.asides


@every
def test_rows_have_names_of_their_own(make, tmp_path):
    table = open_source(make(tmp_path, 0))
    assert len({table.id_of(i) for i in range(len(table))}) == len(table)
    assert all(column.where(len(table) - 1) for column in table.columns.values())


@every
def test_it_can_be_taken_in_any_order(make, tmp_path):
    table = open_source(make(tmp_path, 0))
    forward, backward = np.arange(len(table)), np.arange(len(table))[::-1].copy()
    for there, back in zip(rows_of(table, forward), rows_of(table, backward), strict=True):
        assert there == back[::-1]


@every
def test_the_fingerprint_is_stable_and_changes_with_the_content(make, tmp_path):
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir(), after.mkdir()
    source = make(before, 0)
    first = open_source(source).fingerprint
    assert first == open_source(source).fingerprint
    assert len(first) >= 64
    assert first != open_source(make(after, 1)).fingerprint


@every
def test_its_facts_are_json(make, tmp_path):
    table = open_source(make(tmp_path, 0))
    assert json.loads(json.dumps(table.facts, allow_nan=False)) == table.facts
    assert table.facts["reader"]
    assert table.target in ("", *table.columns)


@pytest.mark.parametrize("name", BUILTIN)
def test_built_in_names_open_and_say_their_target(name):
    table = open_source(name)
    assert table.target in table.columns
    assert len(table) >= 150


def test_every_reader_is_described():
    assert all(text and "\n" not in text for text in SOURCES.values())


def test_an_unknown_name_is_met_with_the_nearest_known():
    with pytest.raises(SourceError, match="did you mean digits"):
        open_source("digit")


def test_an_unknown_path_is_met_with_its_nearest_sibling(tmp_path):
    csv(tmp_path, 0)
    with pytest.raises(SourceError, match=r"t\.csv"):
        open_source(tmp_path / "tt.csv")


def test_what_is_no_data_is_refused_by_its_type():
    with pytest.raises(SourceError, match="a set cannot be read"):
        open_source({1, 2})
