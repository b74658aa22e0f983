"""Texts in two languages, line for line, and what is refused of them."""

from __future__ import annotations

import gzip

import pytest

from lamina.data.schema import make_schema
from lamina.data.sources import ReadOptions, open_source
from lamina.errors import SourceError
from lamina.findings import Findings
from lamina.kinds import Text

EN = ["A dog runs.", "Two men sit.", "A girl reads a book.", "Snow falls."]
DE = ["Ein Hund rennt.", "Zwei Männer sitzen.", "Ein Mädchen liest ein Buch.", "Schnee fällt."]


def write(folder, name, lines):
    folder.mkdir(exist_ok=True, parents=True)
    data = "".join(f"{line}\n" for line in lines).encode()
    (folder / name).write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


def texts(folder, **parts):
    for part, (en, de) in (parts or {"train": (EN, DE)}).items():
        write(folder, f"{part}.en", en)
        write(folder, f"{part}.de.gz", de)
    return folder


def rows(table):
    return list(zip(*(table.columns[name].array.to_pylist() for name in ("en", "de")), strict=True))


def test_parts_are_known_by_name_and_what_is_left_over_is_said(tmp_path):
    folder = texts(
        tmp_path / "x", train=(EN, DE), val=(EN[:2], DE[:2]), test_2016=(EN[2:], DE[2:]), test_2017=(EN[:1], DE[:1])
    )
    findings = Findings()
    table = open_source(folder, findings=findings)
    assert rows(table) == list(zip([*EN, *EN[:2], *EN[2:]], [*DE, *DE[:2], *DE[2:]], strict=True))
    assert table.parts.tolist() == ["train"] * 4 + ["valid"] * 2 + ["test"] * 2
    assert table.facts["not used"] == ["test_2017"]
    assert "test_2017" in findings.warnings["parts not used"]
    assert table.id_of(6) == "test_2016:1"


@pytest.mark.parametrize(
    ("name", "asked", "target"),
    [("flickr-en-de", "", "de"), ("flickr-de-en", "", "en"), ("flickr", "", "en"), ("flickr-en-de", "en", "en")],
)
def test_the_direction_is_asked_for_or_named_by_the_folder(tmp_path, name, asked, target):
    table = open_source(texts(tmp_path / name), ReadOptions(target=asked))
    assert (table.target, table.inputs) == (target, ("de" if target == "en" else "en",))
    assert ("asked" in table.facts["direction"]) == bool(asked)


def test_both_texts_are_cut_into_pieces_unless_asked_otherwise(tmp_path):
    table = open_source(texts(tmp_path / "en-de"))
    schema = make_schema(table, None, (), {}, Findings())
    assert schema.target.link == "written"
    assert {f.kind for f in schema.fields} == {Text(by="pieces", lower=False, size=8000)}
    asked = make_schema(table, None, (), {"en": Text()}, Findings())
    assert (asked.inputs[0].kind, asked.target.kind.by) == (Text(), "pieces")


def test_texts_of_unequal_length_are_refused_with_both_counts(tmp_path):
    with pytest.raises(SourceError, match=r"train\.\w\w.* holds [43] lines and .*train\.\w\w.* [43]"):
        open_source(texts(tmp_path / "x", train=(EN, DE[:3])))


def test_empty_lines_are_set_aside_and_counted(tmp_path):
    findings = Findings()
    table = open_source(texts(tmp_path / "x", train=([*EN, "", "A cat."], [*DE, "Leer.", "  "])), findings=findings)
    assert rows(table) == list(zip(EN, DE, strict=True))
    told = [(row.where, row.reason) for row in findings.asides["source"]]
    assert told == [("train.en, line 5", "an empty line"), ("train.de.gz, line 6", "an empty line")]


def test_a_text_that_is_not_utf8_and_one_without_a_training_part_are_refused(tmp_path):
    folder = texts(tmp_path / "x")
    (folder / "train.en").write_bytes("Ünder\n".encode("latin-1") * 4)
    with pytest.raises(SourceError, match=r"train\.en, line 1: byte 0xdc is not utf-8"):
        open_source(folder)
    with pytest.raises(SourceError, match="none of these texts is to be trained on"):
        open_source(texts(tmp_path / "y", test=(EN, DE), valid=(EN, DE)))


def test_other_folders_are_left_to_their_readers(tmp_path):
    write(tmp_path, "train.csv", ["a,b", *(f"{i},{i % 2}" for i in range(20))])
    write(tmp_path, "train.md", ["about"])
    write(tmp_path, "train.py", ["pass"])
    assert list(open_source(tmp_path).columns) == ["a", "b"]
