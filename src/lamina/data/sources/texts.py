"""What the text of a table's column is: whole numbers, numbers, moments, or text that stays text."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ...errors import SourceError
from ...findings import Findings

SAMPLE = 2_000
PLAIN_NUMBER = r"^[+-]?(\d+\.?\d*([eE][+-]?\d+)?|\.\d+([eE][+-]?\d+)?|(?i:inf|infinity))$"
LEADING_ZERO = r"^-?0\d"
LONG = r"^[+-]?\d{19,}$"  # a float would lose its last digits
MOMENT = r"^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$"
ZONED = r"(Z|[+-]\d{2}:?\d{2})$"


def typed(
    name: str, text: Any, missing: tuple[str, ...], where: str, findings: Findings, stays: bool = False
) -> tuple[Any, bool]:
    """A column of text as what it holds, or as text where it `stays` so, and whether blanks around its values were
    trimmed.

    The empty field and the declared signs are missing; `NA`, `None` and `nan` are text. Numbers with a leading zero
    stay text (a postcode, a number of an account). Only ISO forms are read as moments.
    """
    bare = pc.utf8_trim_whitespace(text)
    trimmed = pc.sum(pc.binary_length(bare)).as_py() != pc.sum(pc.binary_length(text)).as_py()
    text = _without(bare, ("", *missing))
    head = text.drop_null()[:SAMPLE]
    if stays or not len(head):
        return text, trimmed
    if _all(head, PLAIN_NUMBER):
        return _numbers(name, text, where, findings), trimmed
    if _all(head, MOMENT) and _all(text.drop_null(), MOMENT):
        return _moments(name, text, where), trimmed
    return text, trimmed


def numbers_in(name: str, text: Any, missing: tuple[str, ...], where: str, findings: Findings) -> Any:
    """A column of text as the numbers that `typed` reads in it, or, where it holds others, as it is but for the
    declared signs."""
    bare = _without(pc.utf8_trim_whitespace(text), ("", *missing))
    head = bare.drop_null()[:SAMPLE]
    if len(head) and _all(head, PLAIN_NUMBER):
        made = _numbers(name, bare, where, findings)
        if not pa.types.is_string(made.type):
            return made
    return _without(text, missing)


def _without(text: Any, signs: tuple[str, ...]) -> Any:
    """Text with null in place of signs that stand for nothing."""
    gone = pc.is_in(text, value_set=pa.array(signs, pa.string()))
    return pc.if_else(gone, pa.scalar(None, pa.string()), text) if pc.any(gone).as_py() else text


def _numbers(name: str, text: Any, where: str, findings: Findings) -> Any:
    """Text that begins as numbers: int64, float64, or as it was where some of it is no plain number."""
    zeros = text.filter(pc.or_(pc.starts_with(text, "0"), pc.starts_with(text, "-0")))
    zeros = zeros.filter(pc.match_substring_regex(zeros, LEADING_ZERO))
    if len(zeros):
        example = zeros[0].as_py()
        findings.warn(
            f"leading zero {name}", f'column "{name}" of {where} holds {example}; the leading zero makes it text'
        )
        return text
    for kind in (pa.int64(), pa.float64()):
        try:
            numbers = pc.cast(text, kind)
        except pa.ArrowInvalid:
            if pc.any(pc.match_substring_regex(text, LONG)).as_py():
                return text
            continue
        # A cast to whole numbers reads 0x1F, one to floats reads nan; both are text here.
        odd = pc.match_substring(text, "x", ignore_case=True) if kind == pa.int64() else pc.is_nan(numbers)
        return text if pc.any(odd).as_py() else numbers
    return text


def _moments(name: str, text: Any, where: str) -> Any:
    """ISO dates and times, in UTC where they say their zone. Raises SourceError where only some of them do."""
    dates = pc.match_substring_regex(text, r"^\d{4}-\d{2}-\d{2}$")
    zoned = pc.if_else(dates, pc.equal(1, 0), pc.match_substring_regex(text, ZONED))
    if pc.any(zoned).as_py() and not pc.all(zoned).as_py():
        raise SourceError(
            f'column "{name}" of {where} mixes times with a zone and times without',
            expected="all of one sort, as 2020-01-02T03:04:05Z",
            fix="write the zone on every row",
        )
    try:
        return pc.cast(text, pa.timestamp("us", tz="UTC") if pc.any(zoned).as_py() else pa.timestamp("us"))
    except pa.ArrowInvalid:  # the form of a date and no date: 2020-02-31
        return text


def _all(text: Any, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(text, pattern)).as_py())
