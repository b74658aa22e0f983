"""Whatever bytes a reader is given, it refuses them in the user's words or takes them; `make proof-fuzz` tries more."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from bench import fuzz
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lamina.errors import LaminaError

MAKERS = fuzz.makers()
Few = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@pytest.fixture(scope="module")
def target(request: pytest.FixtureRequest) -> Iterator[fuzz.Target]:
    with tempfile.TemporaryDirectory() as folder:
        yield MAKERS[request.param](Path(folder))


@pytest.mark.parametrize("target", MAKERS, indirect=True)
def test_the_inputs_to_begin_from_are_met_without_a_fault(target):
    assert not [error for seed in target.seeds if (error := fuzz.outcome(target, seed)) is not None]


@pytest.mark.parametrize("target", [name for name in MAKERS if name != "checkpoint"], indirect=True)  # holds addresses
def test_an_input_that_failed_is_made_again_on_another_day(target, request, tmp_path, monkeypatch):
    later = time.time() + 40 * 24 * 3600
    monkeypatch.setattr(time, "time", lambda: later)
    assert MAKERS[request.node.callspec.params["target"]](tmp_path).seeds == target.seeds


@pytest.mark.parametrize("target", MAKERS, indirect=True)
@Few
@given(number=st.integers(0, 2**31), draw=st.integers(0, 2**31))
def test_bytes_that_are_changed_are_refused_or_read(target, number, draw):
    data = fuzz.changed(target.seeds[number % len(target.seeds)], np.random.default_rng(draw))
    error = fuzz.outcome(target, data)
    assert error is None, data


def fails(data: bytes) -> None:
    raise KeyError(data)


def refuses(data: bytes) -> None:
    raise LaminaError("no")


def hangs(data: bytes) -> None:
    while True:
        pass


def swells(data: bytes) -> None:
    bytearray(3 << 30)


@pytest.mark.parametrize(
    ("take", "kind"), [(fails, KeyError), (hangs, fuzz.TooLong), (swells, MemoryError), (refuses, type(None))]
)
def test_what_is_amiss_is_seen(take, kind, monkeypatch):
    monkeypatch.setattr(fuzz, "SECONDS", 0.05)
    assert isinstance(fuzz.outcome(fuzz.Target("made", (), take), b"x"), kind)
