"""The breakages of `bench/mutations.py` can still be made; `make proof` makes them and sees that tests go red."""

from __future__ import annotations

import pytest
from bench.mutations import MUTATIONS


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_is_to_be_broken_stands_there_once(root, mutation):
    assert (root / "src" / "lamina" / mutation.file).read_text().count(mutation.old) == 1
    assert mutation.old != mutation.new
    for test in mutation.tests:
        file, _, name = test.partition("::")
        text = (root / "tests" / file).read_text()
        assert not name or f"def {name.partition('[')[0]}(" in text


def test_there_are_enough_and_no_two_are_one():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 30
