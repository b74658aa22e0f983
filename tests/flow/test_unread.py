"""What is said of how a source is read, where its reader does not look at it."""

from __future__ import annotations

import ast

import pytest

import lamina
from lamina.errors import SettingError
from lamina.findings import Findings
from lamina.flow import Request
from lamina.flow.check import check
from lamina.flow.refuse import READ, stop_unread
from lamina.teller import Quiet

SAID = {
    "header": {"header": "none"},
    "missing": {"missing": ("?",)},
    "delimiter": {"delimiter": ";"},
    "encoding": {"encoding": "cp1252"},
    "fold": {"fold": 3},
    "length": {"settings": ("data.length=40",)},
}


def test_the_readers_that_look_are_those_that_are_named(root):
    folder = root / "src" / "lamina" / "data" / "sources"
    for path in set(folder.glob("*.py")) - {folder / "__init__.py", folder / "handed.py"}:  # these hand on to others
        tree = ast.parse(path.read_text(encoding="utf-8"))
        words = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
        looks = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "options"
        }
        for name, readers in READ.items():
            named = words & set(readers)
            assert not named or name in looks, f"{path.name} does not look at {name}: {named}"
            assert named or name not in looks, f"{path.name} looks at {name}, and none of its readers is named"


@pytest.mark.parametrize("name", SAID)
def test_what_no_reader_looks_at_is_refused(name):
    for facts in ({"reader": READ[name][-1]}, {"reader": "parquet", "test": {"reader": READ[name][0]}}):
        stop_unread(Request("a", **SAID[name]), facts, found := Findings())
        assert not found.errors
    stop_unread(Request("a", **SAID[name]), {"reader": "class folders"}, found := Findings())
    with pytest.raises(SettingError, match="changes nothing: a is read as class folders") as caught:
        found.raise_errors()
    assert READ[name][0] in caught.value.expected
    assert caught.value.fix.startswith("leave ")


def test_it_is_refused_before_training_and_leaves_no_run(tmp_path):
    with pytest.raises(SettingError, match="--fold 3 changes nothing: digits is read as built-in"):
        lamina.fit("digits", fold=3, steps=1, out=tmp_path / "run", teller=Quiet())
    assert not list(tmp_path.iterdir())


def test_a_look_through_the_source_says_it_with_all_else():
    found = check(Request("digits", fold=3, encoding="cp1252"), Quiet())
    assert [problem.split(" changes")[0] for problem in found.problems] == [
        "SettingError: --encoding cp1252",
        "SettingError: --fold 3",
    ]
