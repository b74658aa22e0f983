"""What a look at the data found is said at once, with the way past it."""

from __future__ import annotations

import hashlib

import pytest

from lamina.errors import KindError, SourceError, SplitError
from lamina.findings import Findings, aside, printable


def rows(n: int, reason: str = "cut after 5 of 9 bytes"):
    return [aside(f"{i}.jpg", reason, b"x") for i in range(n)]


def test_one_error_is_raised_as_itself_and_several_as_a_list():
    found = Findings()
    found.raise_errors()
    found.stop(KindError("first"), "--a")
    with pytest.raises(KindError, match="first"):
        found.raise_errors()
    found.stop(SplitError("second"), "--b")
    with pytest.raises(SourceError, match=r"2 problems[^$]*1\. KindError: first[^$]*2\. SplitError: second"):
        found.raise_errors()


def test_the_flags_get_past_every_error_and_stand_once():
    found = Findings()
    for flags in ("--a", "", "--b 1", "--a"):
        found.stop(SourceError("x"), flags)
    assert found.flags() == "--a --b 1"


def test_a_warning_is_said_once():
    found = Findings()
    found.warn("depth", "first")
    found.warn("depth", "second")
    assert found.warnings == {"depth": "first"}


@pytest.mark.parametrize(("bad", "stops"), [(0, False), (1, False), (2, True), (100, True)])
def test_more_than_the_allowed_share_set_aside_is_an_error(bad, stops):
    found = Findings()
    found.set_aside("train", rows(bad))
    found.check_share("train", 100, 0.01)
    assert bool(found.errors) is stops
    if stops:
        assert f"{bad} of 100 train rows" in found.errors[0][0].what


def test_the_offered_share_does_get_past():
    for bad in (2, 7, 33, 100):
        found = Findings()
        found.set_aside("train", rows(bad))
        found.check_share("train", 100, 0.01)
        share = float(found.flags().rpartition("=")[2])
        again = Findings()
        again.set_aside("train", rows(bad))
        again.check_share("train", 100, share)
        assert not again.errors, bad


def test_parts_are_counted_apart():
    found = Findings()
    found.set_aside("train", rows(5))
    found.check_share("test", 10, 0.0)
    assert not found.errors
    assert found.to_json()["quarantined"] == {"train": 5}


def test_like_reasons_are_counted_together_in_the_words_of_the_first():
    found = Findings()
    found.set_aside(
        "train", [*rows(1, "zero bytes"), *rows(2, "cut after 5 of 99 bytes"), *rows(3, "cut after 12 of 1000 bytes")]
    )
    found.check_share("train", 6, 0.0)
    assert "(cut after 5 of 99 bytes, and 4 like it; 1 × zero bytes)" in found.errors[0][0].what


def test_a_reason_that_recurs_to_the_letter_is_said_with_its_count():
    found = Findings()
    found.set_aside("source", rows(30, "4 fields under 3 names"))
    found.check_share("source", 300, 0.01)
    assert "30 of 300 source rows cannot be used (30 × 4 fields under 3 names)" in found.errors[0][0].what


def test_a_row_of_many_lines_counts_as_many():
    found = Findings()
    found.set_aside("source", [aside("t.csv, row 601", "1 fields under 2 names", b"x", lines=50)])
    found.check_share("source", 1000, 0.04)
    assert "50 of 1,000 source rows" in found.errors[0][0].what
    assert found.to_json()["quarantined"] == {"source": 50}
    assert found.quarantine_lines()[0]["lines"] == 50


def test_of_several_figures_for_one_setting_the_largest_is_offered():
    found = Findings()
    for flags in (
        "--set data.quarantine=0.05",
        "--missing ?",
        "--set data.quarantine=0.11",
        "--set data.quarantine=0.03",
    ):
        found.stop(SourceError("x"), flags)
    assert found.flags() == "--set data.quarantine=0.11 --missing ?"


def test_a_quarantined_row_keeps_the_hash_of_its_bytes():
    found = Findings()
    found.set_aside("test", [aside("a.jpg", "html", b"<html>"), aside("row 3", "no number")])
    first, second = found.quarantine_lines()
    assert first == {
        "part": "test",
        "where": "a.jpg",
        "reason": "html",
        "sha256": hashlib.sha256(b"<html>").hexdigest(),
        "lines": 1,
    }
    assert second["sha256"] == ""


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[31mb", "\udcff.jpg", "a\rb", "\u202egpj"])
def test_a_printed_name_cannot_steer_the_terminal(name):
    shown = printable(name)
    assert shown.isprintable()
    shown.encode("utf-8")


def test_a_plain_name_is_printed_as_it_is():
    assert printable("Größe 1.jpg") == "Größe 1.jpg"


def test_of_rows_set_aside_the_commonest_reason_is_said():
    found = Findings()
    found.set_aside("train", [*rows(2, "cut after 5 of 99 bytes"), *rows(1, "zero bytes")])
    found.set_aside("test", rows(1, "zero bytes"))
    assert found.to_json()["reasons"] == {"train": "cut after 5 of 99 bytes, and others", "test": "zero bytes"}
