"""Every numbered example runs to its end, in a folder of its own and with a small budget."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").glob("[0-9]*.py"))


def test_they_are_numbered_and_short():
    numbers = [path.name[:2] for path in EXAMPLES]
    assert len(set(numbers)) == len(numbers)
    assert all(number.isdecimal() for number in numbers)
    assert len(EXAMPLES) >= 6
    for path in EXAMPLES:
        assert 20 <= len(path.read_text().splitlines()) <= 80, path.name


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs(path, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", [path.name, "30"])
    runpy.run_path(str(path), run_name="__main__")
    assert capsys.readouterr().out.strip()
