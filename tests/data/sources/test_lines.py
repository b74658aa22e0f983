"""Labelled lines, parts in json and running text."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest

from lamina.data.sources import ReadOptions, open_source
from lamina.data.sources.lines import read_corpus
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Text

GOOD = [f"{i % 2} film number {i} was watched" for i in range(24)]


def opened(path, **options):
    return open_source(path, ReadOptions(**options), findings := Findings()), findings


def column(table, name):
    return table.columns[name].take(np.arange(len(table))).to_pylist()


def test_a_line_is_a_label_and_a_sentence(tmp_path):
    path = tmp_path / "films.txt"
    path.write_text("\n".join([*GOOD, "__label__1\tafter a tab", "0   blanks\u2028and\x85signs  "]) + "\r\n")
    table, findings = opened(path)
    assert table.facts["reader"] == "labelled lines"
    assert (table.target, column(table, "label")) == ("label", ["0", "1"] * 12 + ["1", "0"])
    assert column(table, "text")[-3:] == ["film number 23 was watched", "after a tab", "blanks\u2028and\x85signs"]
    assert not findings.asides


def test_a_label_without_a_sentence_is_set_aside_by_its_line(tmp_path):
    path = tmp_path / "films.txt"
    path.write_text("\n".join([*GOOD[:6], "1", "", "0  ", *GOOD[6:]]))
    table, findings = opened(path)
    assert len(table) == 24
    assert [(one.where, one.reason) for one in findings.asides["source"]] == [
        ("films.txt, line 7", "a label without a sentence"),
        ("films.txt, line 9", "a label without a sentence"),
    ]


def test_files_of_one_name_are_its_parts(tmp_path):
    for part, lines in (("train", GOOD), ("dev", GOOD[:8]), ("test", GOOD[:6]), ("phrases", GOOD)):
        (tmp_path / f"stsa.binary.{part}.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    table, _ = opened(tmp_path / "stsa.binary")
    assert table.name == "stsa.binary"
    assert table.parts.tolist() == ["train"] * 24 + ["valid"] * 8 + ["test"] * 6
    assert column(table, "text")[24:26] == column(table, "text")[:2]


def test_lists_under_the_names_of_parts_are_parts_and_other_names_are_said(tmp_path):
    rows = [["what is up", "greet"], ["bye now", "leave"]]
    held = {"train": rows * 3, "oos_train": rows[:1], "val": rows, "test": rows[:1], "notes": [1], "oos_val": "no"}
    (tmp_path / "intents.json").write_text(json.dumps(held))
    table, findings = opened(tmp_path / "intents.json")
    assert table.parts.tolist() == ["train"] * 7 + ["valid"] * 2 + ["test"]
    assert (column(table, "label")[1], table.id_of(6)) == ("leave", "oos_train:0")
    assert len(findings.warnings) == 2
    assert '"notes" of intents.json is no part' in findings.warnings["left out notes"]


@pytest.mark.parametrize("row", [["only text"], ["text", 3], "text", ["a", "b", "c"]])
def test_a_row_of_another_shape_is_refused_by_its_number(tmp_path, row):
    (tmp_path / "intents.json").write_text(json.dumps({"train": [["a b", "x"], row]}))
    with pytest.raises(SourceError, match=r'row 1 of "train" is .*\n.*\[text, label\]'):
        opened(tmp_path / "intents.json")


def corpus(path, count=4000, letters="abc  é" * 8 + "\n"):
    text = "".join(np.random.default_rng(0).choice(list(letters), count))
    lines = "some words to begin\n" * 6 + text
    path.write_text(lines, encoding="utf-8", newline="")
    return lines


def test_windows_of_a_corpus_that_train_lie_before_those_whose_characters_are_asked_for_once(tmp_path):
    text = corpus(tmp_path / "c.txt")
    table, _ = opened(tmp_path / "c.txt", length=20)
    windows = ["".join(map(chr, row)) for row in table.columns["text"].take(np.arange(len(table)))]
    starts = np.array([int(name) for name in table.ids])
    assert all(text[start:].startswith(window) for start, window in zip(starts, windows, strict=True))
    cuts = [0, int(len(text) * 0.85), int(len(text) * 0.9), len(text)]
    for part, low, high in zip(("train", "valid", "test"), cuts, cuts[1:], strict=False):
        here = [(s, len(w)) for s, w, p in zip(starts, windows, table.parts, strict=True) if p == part]
        assert all(start + n <= high for start, n in here)
        lead = 0 if part == "train" else 10
        asked = sorted(place for start, n in here for place in range(start + lead + 1, start + n))
        if part == "train":
            assert all(start >= low for start, _ in here)
            assert {n for _, n in here} == {20}
            assert len(asked) > 3 * len(set(asked))  # and so each stands at many places
        else:
            assert asked == list(range(low, high))
    assert table.kinds["text"] == Text(by="characters", lower=False, length=20, lead=10)
    assert table.columns["text"].where(1) == "c.txt, character 6"


def test_all_of_a_new_text_is_asked_once_however_short_it_is(tmp_path):
    (tmp_path / "new.txt").write_text("to be or not to be")
    table = read_corpus(tmp_path / "new.txt", ReadOptions(length=8, new=True), Findings())
    windows = ["".join(map(chr, row)) for row in table.columns["text"].take(np.arange(len(table)))]
    assert windows == ["to be", "to be or", "be or no", "or not t", "not to b", " to be"]
    lead, starts = table.kinds["text"].lead, [int(name) for name in table.ids]
    rows = [(start, len(window)) for start, window in zip(starts, windows, strict=True)]
    asked = [place for at, n in rows for place in range(at + 1 + lead * (n > lead + 1), at + n)]
    assert asked == list(range(1, 18))  # all but the first, which nothing stands before
    assert table.parts is None
    (tmp_path / "new.txt").write_text("t")
    with pytest.raises(SourceError, match="1 characters"):
        read_corpus(tmp_path / "new.txt", ReadOptions(new=True), Findings())


def test_a_corpus_too_short_for_its_windows_is_refused_with_a_length_that_does(tmp_path):
    corpus(tmp_path / "c.txt", 2000)
    with pytest.raises(SourceError, match=r"2,120 characters, for windows of 256") as caught:
        opened(tmp_path / "c.txt")
    assert "--set data.length=53" in str(caught.value)
    opened(tmp_path / "c.txt", length=53)
    (tmp_path / "tiny.txt").write_text("a b c\n" * 6)
    with pytest.raises(SourceError, match="36 characters") as caught:
        opened(tmp_path / "tiny.txt")
    assert "data.length" not in str(caught.value)  # no length would do


@pytest.mark.parametrize("shift", [0, 1])
def test_a_long_corpus_is_known_wherever_the_first_look_at_it_ends(tmp_path, shift):
    (tmp_path / "c.txt").write_text("a" * shift + "é é é é é é\n" * 8000, encoding="utf-8")
    assert opened(tmp_path / "c.txt")[0].facts["reader"] == "corpus"
    (tmp_path / "c.txt").write_bytes(b"some words to begin\n" * 9000 + b"caf\xe9\n")
    with pytest.raises(SourceError, match="line 9001: byte 0xe9 is not utf-8; it looks like cp1252"):
        opened(tmp_path / "c.txt")
