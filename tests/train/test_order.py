"""However often a run is stopped or killed, it meets the rows of one that never was, in their order."""

from __future__ import annotations

from bench import proof_order as bench
from hypothesis import example, given, settings
from hypothesis import strategies as st

STOPS = st.lists(st.tuples(st.integers(0, bench.LONGEST - 1), st.booleans()), max_size=4)


@example(rows=1, size=1, seed=0, kind="pictures", drop=False, stops=[(0, True), (0, False), (2, True)])
@example(rows=31, size=2, seed=1, kind="texts of alike length", drop=False, stops=[(15, True), (16, False)])
@example(rows=20, size=8, seed=2, kind="pictures", drop=False, stops=[(3, False)])
@settings(max_examples=25, deadline=None)
@given(
    rows=st.integers(1, 90),
    size=st.integers(1, 30),
    seed=st.integers(0, 10**6),
    kind=st.sampled_from(list(bench.SCHEMAS)),
    drop=st.booleans(),
    stops=STOPS,
)
def test_every_row_once_an_epoch_in_an_order_that_stops_do_not_change(rows, size, seed, kind, drop, stops):
    assert bench.wrong_with(bench.Drawn(rows, min(size, rows), seed, kind, drop, tuple(stops))) == ""
