"""CoNLL-U: sentences with ten fields a word."""

from __future__ import annotations

import numpy as np
import pytest

from lamina.data.sources import ReadOptions, open_source
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Each, Text


def word(number, form, upos, fields=10):
    return "\t".join([str(number), form, form.lower(), upos, "X", "_", "0", "root", "_", "_"][:fields])


def sentence(*words, name=""):
    return "\n".join([*([f"# sent_id = {name}"] if name else []), "# text = …", *words])


TWO = sentence(word(1, "Dogs", "NOUN"), word(2, "bark", "VERB"), name="s-1")
CUT = sentence(word("1-2", "im", "_"), word(1, "in", "ADP"), word(2, "dem", "DET"), word("2.1", "e", "X"), name="s-2")


def opened(path):
    findings = Findings()
    return open_source(path, ReadOptions(), findings), findings


def column(table, name):
    return table.columns[name].take(np.arange(len(table))).to_pylist()


def test_a_sentence_is_a_row_of_words_with_their_parts_of_speech(tmp_path):
    path = tmp_path / "a.conllu"
    path.write_text("\n\n".join([TWO, sentence(word(1, "Aha\u2028!", "INTJ"))]) + "\r\n", newline="")
    table, findings = opened(path)
    assert column(table, "form") == [["Dogs", "bark"], ["Aha\u2028!"]]
    assert column(table, "upos") == [["NOUN", "VERB"], ["INTJ"]]
    assert column(table, "lemma")[0] == ["dogs", "bark"]
    assert (table.target, table.inputs, list(table.ids)) == ("upos", ("form",), ["s-1", "line 6"])
    assert isinstance(table.kinds["form"], Text)
    assert isinstance(table.kinds["upos"], Each)
    assert not findings.asides


def test_contracted_words_and_empty_ones_are_not_words(tmp_path):
    (tmp_path / "a.conllu").write_text(CUT + "\n\n" + TWO + "\n")
    table, _ = opened(tmp_path / "a.conllu")
    assert column(table, "form")[0] == ["in", "dem"]
    assert column(table, "upos")[0] == ["ADP", "DET"]
    assert table.facts["words"] == 4


def test_a_sentence_with_a_line_of_other_fields_is_set_aside_whole(tmp_path):
    bad = sentence(word(1, "a", "X"), word(2, "b", "X", fields=9), word(3, "c", "X"), name="s-9")
    (tmp_path / "a.conllu").write_text("\n\n".join([TWO, bad, CUT]) + "\n")
    table, findings = opened(tmp_path / "a.conllu")
    assert list(table.ids) == ["s-1", "s-2"]
    (one,) = findings.asides["source"]
    assert one.where == "a.conllu, line 6"
    assert one.reason == "9 fields where 10 were expected, in line 9"


def test_a_folder_has_its_parts_by_name(tmp_path):
    for part, count in (("train", 3), ("dev", 1), ("test", 2)):
        (tmp_path / f"en-ud-{part}.conllu").write_text("\n\n".join([TWO] * count) + "\n")
    (tmp_path / "README.md").write_text("words")
    table, _ = opened(tmp_path)
    assert table.parts.tolist() == ["train"] * 3 + ["valid"] + ["test"] * 2
    assert list(table.ids[3:]) == ["valid:s-1", "test:s-1", "test:s-1"]
    assert table.target == "upos"
    assert isinstance(table.kinds["upos"], Each)


def test_a_folder_without_a_training_part_is_refused(tmp_path):
    (tmp_path / "en-ud-dev.conllu").write_text(TWO)
    with pytest.raises(SourceError, match=r"no training part: en-ud-dev\.conllu"):
        opened(tmp_path)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"1\tcaf\xe9\t_\n", "line 1: byte 0xe9 is not utf-8"),
        (b"# only = a remark\n\n", "holds no sentence"),
        (word(1, "a", "X", fields=4).encode(), "holds no sentence"),
    ],
)
def test_what_holds_no_sentence_is_refused(tmp_path, data, told):
    (tmp_path / "a.conllu").write_bytes(data)
    with pytest.raises(SourceError, match=told):
        opened(tmp_path / "a.conllu")


NAMED = "-DOCSTART- -X- O\n\nEU NNP B-ORG\nrejects VBZ O\n\n#rome NN B-LOC\n. . O\n"


def test_words_with_their_labels_alone_are_read(tmp_path):
    (tmp_path / "a.conll").write_text(NAMED)
    table, findings = opened(tmp_path / "a.conll")
    assert column(table, "form") == [["EU", "rejects"], ["#rome", "."]]
    assert column(table, "label") == [["B-ORG", "O"], ["B-LOC", "O"]]
    assert column(table, "field2") == [["NNP", "VBZ"], ["NN", "."]]
    assert (table.target, table.inputs, list(table.ids)) == ("label", ("form",), ["line 3", "line 6"])
    assert not findings.asides


def test_fields_may_be_apart_by_tabs_and_words_hold_blanks(tmp_path):
    (tmp_path / "a.iob").write_text("New York\tB-LOC\n\t\n#\tO\n\nx\n\ny\tO\n")
    table, findings = opened(tmp_path / "a.iob")
    assert column(table, "form") == [["New York"], ["#"], ["y"]]
    assert [one.reason for one in findings.asides["source"]] == ["1 fields where 2 were expected, in line 5"]


def test_ten_fields_in_a_conll_file_are_those_of_universal_dependencies(tmp_path):
    (tmp_path / "a.conll").write_text("#a remark\n" + TWO + "\n")
    assert opened(tmp_path / "a.conll")[0].target == "upos"


def test_one_field_a_line_has_no_label(tmp_path):
    (tmp_path / "a.conll").write_text("EU\nrejects\n")
    with pytest.raises(SourceError, match="a word and its label a line"):
        opened(tmp_path / "a.conll")
