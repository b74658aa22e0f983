from __future__ import annotations

import gzip

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image as Pictures

from lamina.data.sources import ReadOptions, open_source
from lamina.data.sources.delimited import BLOCK
from lamina.data.table import Files
from lamina.errors import SourceError
from lamina.findings import Findings


def opened(path, data, **options):
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    findings = Findings()
    return open_source(path, ReadOptions(**options), findings), findings


def listed(table, name):
    return table.columns[name].array.to_pylist()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "t.csv"


def test_one_field_too_many_under_the_names_stops_with_the_line(path):
    with pytest.raises(SourceError, match=r"t\.csv: 3 fields under 2 names, line 2"):
        opened(path, "a,b\n1,2,3\n4,5,6\n7,8,9\n")


def test_one_longer_row_and_one_short_row_are_set_aside_and_the_others_keep_their_lines(path):
    table, findings = opened(path, "a,b\n1,x\n2,y,z\n3,x\n4\n5,y\n\n6,x\n")
    assert listed(table, "a") == [1, 3, 5, 6]
    assert [(r.where, r.reason) for r in findings.asides["source"]] == [
        ("t.csv, line 3", "3 fields under 2 names"),
        ("t.csv, line 5", "1 fields under 2 names"),
    ]
    assert all(len(row.sha256) == 64 for row in findings.asides["source"])
    assert [table.columns["a"].where(i) for i in range(4)] == [f"t.csv, line {n}" for n in (2, 4, 6, 8)]


def test_rows_set_aside_are_counted_by_row_where_quoted_fields_hold_line_ends(path):
    table, findings = opened(path, 'a,b\n1,"two\nlines"\n2,y,z\n3,x\n')
    assert listed(table, "b") == ["two\nlines", "x"]
    assert findings.asides["source"][0].where == "t.csv, row 2"


def plain(count):
    return "".join(f"{i},word\n" for i in range(count))


@pytest.mark.parametrize(
    "data",
    [
        f'a,b\n{plain(3)}"3,x\n{plain(9)}',
        f'a,b\n{plain(3)}3,"x\n{plain(9)}',
        f'a,b\n{plain(3)}3,"say ""so\n{plain(9)}',
        f'a,b\n{plain(3)}3,"x',
        f'a,b\n{plain(3)}"3,x\n\n\n',
        'a,b\r\n0,x\r\n1,x\r\n2,x\r\n3,"x\r\n4,x\r\n',
        f'a,b\n\n0,"x"\n"1",x,y\n3,"x\n{plain(9)}',
        f'a,b\n{plain(3)}"3,x\n{plain(40_000)}',
    ],
    ids=["first field", "last field", "doubled", "at the end", "blanks below", "crlf", "other rows", "long"],
)
def test_a_quote_that_is_never_closed_stops_with_the_line_it_opens_in(path, data):
    with pytest.raises(SourceError, match=r"t\.csv, line 5: a quote opens and is never closed"):
        opened(path, data)


def test_a_quote_that_is_never_closed_is_found_in_the_header_and_past_what_is_read_at_once(path, monkeypatch):
    with pytest.raises(SourceError, match=r"line 1: a quote opens and is never closed.*: \"b"):
        opened(path, f'a,"b\n{plain(5)}')
    monkeypatch.setattr("lamina.data.sources.delimited.BLOCK", 1 << 10)
    with pytest.raises(SourceError, match="line 102: a quote opens and is never closed"):
        opened(path, f'a,b\n{plain(100)}"3,x\n{plain(4000)}')
    with pytest.raises(SourceError, match="a row of over 1,024 bytes"):
        opened(path, f'a,b\n{plain(100)}3,"{plain(4000)}"\n')


def test_the_line_of_an_open_quote_counts_lines_that_were_set_aside(path):
    with pytest.raises(SourceError, match="line 4: a quote opens"):
        opened(path, f'a,b\n1,x\n2,\0\n3,"x\n{plain(9)}')


@pytest.mark.parametrize("last", ['3,""', '3,"x"', '3,5"', '3,"x""y"', '3,"x"y', '3,"a,"', '3,""""', '3,"two\nlines"'])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_quote_that_is_closed_or_stands_within_a_field_is_no_open_one(path, last, end):
    assert len(opened(path, f"a,b\n{plain(3)}{last}{end}")[0]) == 4


def test_a_set_aside_record_counts_as_its_lines(path):
    table, findings = opened(path, f'a,b\n{plain(9)}"9,x\n{plain(3)}4,x"\n{plain(9)}')
    assert len(table) == 18
    assert [(r.reason, r.lines) for r in findings.asides["source"]] == [("1 fields under 2 names, over 5 lines", 5)]
    assert findings.to_json()["quarantined"] == {"source": 5}
    assert table.facts["unread"] == 5


@pytest.mark.parametrize("word", ["NA", "None", "nan", "null", "N/A", "-"])
def test_a_word_for_nothing_is_text_unless_it_is_declared(path, word):
    data = f"code,n\n{word},1\nDE,2\n,3\n"
    assert listed(opened(path, data)[0], "code") == [word, "DE", None]
    assert listed(opened(path, data, missing=(word,))[0], "code") == [None, "DE", None]


def test_a_leading_zero_makes_text_and_is_said(path):
    table, findings = opened(path, "post,n\n01234,0\n99999,0.5\n")
    assert listed(table, "post") == ["01234", "99999"]
    assert listed(table, "n") == [0.0, 0.5]
    assert any("01234" in text for text in findings.warnings.values())
    assert sum(code.startswith("leading zero") for code in findings.warnings) == 1


@pytest.mark.parametrize(("sign", "word"), [(";", "semicolon"), ("\t", "tab"), ("|", "bar"), (",", "comma")])
def test_the_delimiter_is_found_and_recorded(path, sign, word):
    table, _ = opened(path, f"a{sign}b\n1{sign}x y\n2{sign}z\n")
    assert list(table.columns) == ["a", "b"]
    assert table.facts["delimiter"] == word


def test_a_comma_inside_text_does_not_pass_for_the_delimiter(path):
    table, _ = opened(path, "name;price\nDoe, J;1\nRoe, R;2\nPoe, E;3\n")
    assert list(table.columns) == ["name", "price"]


def test_a_declared_delimiter_is_taken(path):
    assert list(opened(path, "a:b\n1:2\n", delimiter=":")[0].columns) == ["a", "b"]


def test_two_columns_of_one_name_stop(path):
    with pytest.raises(SourceError, match='2 columns called "a"'):
        opened(path, "a,b,a\n1,2,3\n")


@pytest.mark.parametrize("data", ["", "\n\n", "   \n"])
def test_an_empty_file_stops(path, data):
    with pytest.raises(SourceError, match=r"t\.csv is empty"):
        opened(path, data)


def test_a_header_without_rows_stops(path):
    with pytest.raises(SourceError, match="a header and no rows"):
        opened(path, "a,b\n")


def test_numbers_too_large_or_endless_stay_numbers_for_the_kind_to_refuse(path):
    table, _ = opened(path, "n\n1\n1e999\n-inf\n")
    assert listed(table, "n") == [1.0, np.inf, -np.inf]


@pytest.mark.parametrize("word", ["nan", "0x1F", "1_000", "12345678901234567890123"])
def test_one_odd_word_far_below_keeps_a_column_text(path, word, monkeypatch):
    monkeypatch.setattr("lamina.data.sources.texts.SAMPLE", 2)
    assert listed(opened(path, f"n,m\n1,1\n2,2\n3,3\n4,{word}\n")[0], "m") == ["1", "2", "3", word]


def test_hexadecimal_is_not_a_number(path):
    assert listed(opened(path, "n,m\n31,0x1F\n12,0x20\n")[0], "m") == ["0x1F", "0x20"]


def test_numbers_of_twenty_digits_lose_none(path):
    digits = "12345678901234567890"
    assert listed(opened(path, f"n,m\n1,{digits}\n2,12345678901234567891\n")[0], "m")[0] == digits


def test_latin_1_in_utf_8_stops_with_line_guess_and_flag(path):
    data = "a,b\n1,x\n2,café\n".encode("latin-1")
    with pytest.raises(SourceError, match=r"t\.csv, line 3: byte 0xe9 is not utf-8") as caught:
        opened(path, data)
    assert caught.value.fix == "--encoding cp1252"
    assert listed(opened(path, data, encoding="cp1252")[0], "b") == ["x", "café"]


def test_a_bad_byte_between_two_reads_is_found(path):
    data = b"a,b\n" + b"1,xxxxxxxxxxxx\n" * (BLOCK // 15) + "2,é\n".encode()
    cut = data.index("é".encode())
    opened(path, data[: cut + 2])
    with pytest.raises(SourceError, match="is not utf-8"):
        opened(path, data[: cut + 1])


def test_an_unknown_encoding_is_named(path):
    with pytest.raises(SourceError, match='no encoding is called "utf-9"'):
        opened(path, "a,b\n1,2\n", encoding="utf-9")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_understood(path, encoding):
    table, _ = opened(path, "é,b\n1,x\n2,y\n".encode(encoding))
    assert list(table.columns) == ["é", "b"]


def test_lines_with_nul_bytes_are_set_aside(path):
    table, findings = opened(path, b"a,b\n1,x\n2,\0\n3,z\n")
    assert listed(table, "a") == [1, 3]
    assert [(r.where, r.reason) for r in findings.asides["source"]] == [("t.csv, line 3", "NUL bytes")]
    assert table.columns["a"].where(1) == "t.csv, line 4"


@pytest.mark.parametrize(
    ("data", "header"),
    [
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n6.0,2.2,virginica\n", "none"),
        ("length,width,name\n5.1,3.5,setosa\n4.9,3.0,setosa\n", "first"),
        ("good,pos\nbad,neg\nfine,pos\n", "none"),
        ("text,label\ngood,pos\nbad,neg\n", "first"),
        (",a,b\n0,1,2\n1,3,4\n", "first"),
    ],
)
def test_a_header_is_recognised_or_its_absence_said(path, data, header):
    table, findings = opened(path, data)
    assert table.facts["header"] == header
    assert any(code.startswith("headerless") for code in findings.warnings) == (header == "none")
    assert len(table) == data.count("\n") - (header == "first")


def test_the_header_can_be_said(path):
    assert listed(opened(path, "1,2\n3,4\n", header="first")[0], "1") == [3]
    assert listed(opened(path, "a,b\n3,4\n", header="none")[0], "column1") == ["a", "3"]


def test_blanks_around_fields_are_trimmed_and_said(path):
    table, _ = opened(path, "a, b\n1, x\n 2 , ?\n", missing=("?",))
    assert listed(table, "a") == [1, 2]
    assert listed(table, "b") == ["x", None]
    assert table.facts["blanks trimmed"] == ["a", "b"]


def test_only_iso_forms_are_moments(path):
    table, _ = opened(
        path, "day,other,at\n2020-01-31,1/2/2020,2020-01-31T10:00:00Z\n2020-02-01,3/2/2020,2020-02-01T10:00:00+02:00\n"
    )
    assert table.columns["day"].array.type == pa.timestamp("us")
    assert table.columns["other"].array.type == pa.string()
    assert table.columns["at"].array.type == pa.timestamp("us", tz="UTC")
    assert listed(table, "at")[1].hour == 8


def test_times_with_and_without_a_zone_stop_naming_the_column(path):
    with pytest.raises(SourceError, match=r'column "at" of t\.csv mixes times'):
        opened(path, "at,n\n2020-01-31T10:00:00Z,1\n2020-01-31T10:00:00,2\n")


def test_a_day_that_is_none_stays_text(path):
    assert listed(opened(path, "day,n\n2020-02-30,1\n2020-02-28,2\n")[0], "day") == ["2020-02-30", "2020-02-28"]


def test_a_damaged_gzip_is_named(tmp_path):
    packed = gzip.compress(b"a,b\n" + bytes(range(32, 127)) * 100)
    with pytest.raises(SourceError, match=r"t\.csv\.gz cannot be read"):
        opened(tmp_path / "t.csv.gz", packed[: len(packed) // 2])


def test_a_gzip_trap_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr("lamina.data.sources.reading.SMALL", 1 << 16)
    with pytest.raises(SourceError, match="over 250 times its size"):
        opened(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n" + b"0,0\n" * (1 << 18)))


def test_a_column_of_picture_paths_becomes_files_within_the_folder(tmp_path):
    (tmp_path / "in").mkdir()
    Pictures.new("L", (4, 4), 9).save(tmp_path / "in" / "1.png")
    table, _ = opened(tmp_path / "t.csv", "file,n\nin/1.png,1\nin/2.png,2\n../t.csv.png,3\n/etc/a.png,4\n")
    column = table.columns["file"]
    assert isinstance(column, Files)
    found = column.take(np.arange(4))
    assert found[0].startswith(b"\x89PNG")
    outside = "lies outside the folder of the table: put the table at or above the files it names"
    assert [data.reason for data in found[1:]] == ["no such file", outside, outside]


def test_an_absolute_path_that_lies_within_the_folder_is_that_file(tmp_path):
    (tmp_path / "in").mkdir()
    Pictures.new("L", (4, 4), 9).save(tmp_path / "in" / "1.png")
    names = (tmp_path / "in" / "1.png", tmp_path / "in" / ".." / "in" / "1.png", "in/../in/1.png", "in/1.png")
    table, findings = opened(tmp_path / "t.csv", "file,n\n" + "".join(f"{name},{n}\n" for n, name in enumerate(names)))
    assert table.columns["file"].names == ["in/1.png"] * 4
    assert not findings.warnings
    (tmp_path / "in" / "below").mkdir()
    _, findings = opened(tmp_path / "in" / "below" / "t.csv", f"file,n\n{names[0]},1\n../1.png,2\n")
    assert "lies outside the folder of the table" in findings.warnings["paths file"]


def test_names_of_pictures_that_are_nowhere_stay_text_and_it_is_said(path):
    table, findings = opened(path, "file,n\na.png,1\nb.png,2\n")
    assert listed(table, "file") == ["a.png", "b.png"]
    assert "paths file" in findings.warnings


def test_lines_may_end_as_on_old_macs(path):
    table, _ = opened(path, "a,b\r1,x\r2,y\r3,z")
    assert table.columns["a"].take(np.arange(3)).to_pylist() == [1, 2, 3]
