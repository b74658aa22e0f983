"""Dates and times that came as text: known by their common forms, and never read, since 01/02/2021 is two days."""

from __future__ import annotations

import re
from collections.abc import Mapping

WRITTEN = {"date": "as 2021-01-31", "time of day": "as a number, such as 12.5 for 12:30"}  # to be taken as a number
OTHERS = 0.1  # of the different texts, or of the rows, that need not be dates: signs for nothing, slips
_DAY, _MONTH, _YEAR = r"(0?[1-9]|[12]\d|3[01])", r"(0?[1-9]|1[0-2])", r"(1[5-9]|2[01])\d\d"
_NAMED = (  # in English and in German
    r"(jan(uary?)?|feb(ruary?)?|mar(ch)?|märz?|apr(il)?|ma[iy]|jun[ei]?|jul[iy]?|aug(ust)?|sept?(ember)?|o[ck]t(ober)?"
    r"|nov(ember)?|de[cz](ember)?)\.?"
)
_CLOCK = r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d([.,]\d+)?)?(\s?[ap]\.?m\.?)?(\s?(z|utc|gmt|[+-]\d\d:?\d\d))?"
_DAYS = (
    rf"{_DAY}(?P<a>[./-]){_MONTH}(?P=a){_YEAR}",  # 31.12.2021, 31/12/2021
    rf"{_MONTH}(?P<b>[/-]){_DAY}(?P=b){_YEAR}",  # 12/31/2021
    rf"{_YEAR}(?P<c>[./-]){_MONTH}(?P=c){_DAY}",  # 2021/12/31
    r"\d{1,2}/\d{1,2}/\d\d",  # 12/31/21
    r"(0[1-9]|[12]\d|3[01])\.(0[1-9]|1[0-2])\.\d\d",  # 31.12.21: with noughts, as 1.2.10 is a version
    rf"{_DAY}\.?[ -]{_NAMED}[ -]({_YEAR}|\d\d)",  # 31 Dec 2021, 31-Dec-21
    rf"{_NAMED} {_DAY},? {_YEAR}",  # Dec 31, 2021
)
DATE = re.compile(rf"((mon|tue|wed|thu|fri|sat|sun)[a-z]*,? )?({'|'.join(_DAYS)})([t, ]\s*{_CLOCK})?", re.IGNORECASE)
CLOCK = re.compile(_CLOCK, re.IGNORECASE)


def are_dates(counts: Mapping[str, int]) -> str:
    """What the texts of a column, with how often each came, nearly all are: "date", "time of day", or "" for neither.

    >>> are_dates({"01.01.2021": 1, "2 May 2021, 9:00": 3}), are_dates({"9:15 pm": 1}), are_dates({"4:3": 1})
    ('date', 'time of day', '')
    """
    for word, form in (("date", DATE), ("time of day", CLOCK)):
        others = [often for text, often in counts.items() if form.fullmatch(text.strip()) is None]
        # A sign for nothing may come in many rows, and a few days in nearly all.
        if counts and min(len(others) / len(counts), sum(others) / sum(counts.values())) <= OTHERS:
            return word
    return ""
