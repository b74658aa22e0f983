"""Numbers in another dress: text such as 12%, $3, 1 000, 1.335,64 or (5), and words for nothing among numbers.

Nothing here is repaired. What a cast of `Number` reads is named with that cast; for the rest it is said how the file
has to be written, since a comma that is taken for the wrong thing makes 102413 of 1024,13.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..errors import KindError
from .number import CASTS, NUMBER, reads

SAMPLE = 2_000  # different values that are looked at
WORDS = 12  # different texts for nothing, at most: more are names
SHORT = 16  # characters of such a text, at most
ENOUGH = 20  # different values, before words among them are taken for nothing
MARKS = " \u00a0\u202f_'\u2019"  # that part thousands, besides comma and point
DRESS = re.compile(
    r"(?P<open>\()?(?P<minus>[+-]?)\s*(?P<before>[$€£]?)\s*(?P<inner>[+-]?)(?P<body>[\d.][^$€£%()]*?)"
    r"\s*(?P<after>[$€£%]?)(?P<close>\))?"
)
# What is between the signs. The first form that fits is the one; "either" is 10,241: ten thousand, or ten and a bit.
FORMS = {
    "plain": re.compile(r"\d+\.?\d*|\.\d+"),
    "either": re.compile(r"[1-9]\d{0,2},\d{3}"),
    "thousands": re.compile(r"[1-9]\d{0,2}(,\d{3})+(\.\d*)?"),
    "comma": re.compile(rf"\d+,\d+|\d{{1,3}}(([.{MARKS}])\d{{3}})(\2\d{{3}})*,\d+"),
    "marks": re.compile(rf"\d{{1,3}}([{MARKS}]\d{{3}})+(\.\d+)?"),
    "points": re.compile(r"\d{1,3}(\.\d{3}){2,}"),
    "pairs": re.compile(r"\d{1,2}(,\d\d)+,\d{3}(\.\d*)?"),  # 1,00,000: one lakh
}
WHY = {
    "brackets": "brackets for what is below zero",
    "pairs": "commas that do not part thousands",
    "points": "points between thousands",
    "marks": "marks between thousands",
}


@dataclass(frozen=True)
class Numeral:
    """A text that is a number: the form of its digits, the sign of money or percent at it, and the number itself."""

    text: str
    form: str
    sign: str
    brackets: bool
    plain: str

    @property
    def bare(self) -> bool:
        """Whether the text is a plain number already."""
        return self.form == "plain" and not self.sign and not self.brackets


def numeral(text: str) -> Numeral | None:
    """The number that a text is in some dress, or None. Of "either" it is the one with a decimal comma.

    >>> numeral("($1,024.13)").plain, numeral("1.024,13 €").plain, numeral("12 May")
    ('-1024.13', '1024.13', None)
    """
    text = text.strip()
    if re.fullmatch(NUMBER, text):
        return Numeral(text, "plain", "", False, text)
    parts = DRESS.fullmatch(text)
    if parts is None or bool(parts["open"]) != bool(parts["close"]):
        return None
    if (parts["before"] and parts["after"]) or len(f"{parts['minus']}{parts['inner']}{parts['open'] or ''}") > 1:
        return None
    form = next((name for name, pattern in FORMS.items() if pattern.fullmatch(parts["body"])), "")
    if not form:
        return None
    digits = re.sub(f"[{MARKS}]", "", parts["body"])
    if form in ("comma", "either", "points"):
        digits = digits.replace(".", "").replace(",", ".")
    below = "-" if parts["open"] or "-" in (parts["minus"], parts["inner"]) else ""
    sign = parts["before"] or parts["after"]
    return Numeral(text, form, sign, bool(parts["open"]), below + digits.replace(",", ""))


def refuse_dressed(name: str, counts: Mapping[str, int]) -> None:
    """Raise KindError for a column of numbers that a reader would take for words: those in another dress, and those
    among which a few texts stand for nothing."""
    head = list(counts)[:SAMPLE]
    found = {text: numeral(text) for text in head}
    numerals = [one for one in found.values() if one is not None]
    words = [text for text, one in found.items() if one is None]
    dressed = [one for one in numerals if not one.bare]
    if not numerals or (words and not _stand_for_nothing(words, head, counts)):
        return
    if dressed:
        _refuse(name, numerals, dressed, words)
    elif words:
        wrong = sum(counts[word] for word in words)
        raise KindError(
            f'column "{name}" holds numbers, and {wrong:,} values that are none: {_quoted(words)}',
            expected="numbers, and signs for nothing that are declared",
            fix=f"{_missing(words)}, or --kind {shlex.quote(name + '=Category')} if they are names",
        )


def _stand_for_nothing(words: Sequence[str], head: Sequence[str], counts: Mapping[str, int]) -> bool:
    """Whether words among numbers are few, short and at most half of the rows; codes such as 0123 are no numbers."""
    rows, wrong = sum(counts[v] for v in head), sum(counts[w] for w in words)
    few = len(words) <= 3 or (len(words) <= WORDS and max(map(len, words)) <= SHORT)
    codes = any(re.match(r"[+-]?0\d", value) for value in head)
    return few and len(head) > ENOUGH and wrong <= 0.5 * rows and not codes


def _refuse(name: str, numerals: Sequence[Numeral], dressed: Sequence[Numeral], words: Sequence[str]) -> None:
    """Raise for numbers in another dress, unless they may be labels: two in all, or all of them in brackets."""
    texts, forms = [one.text for one in numerals], {one.form for one in dressed}
    cast = next((c for c in CASTS if reads(c, texts)), "")
    signed = any(one.sign for one in dressed)
    if not signed and ((len(texts) <= 2 and not cast) or all(one.brackets for one in numerals)):
        return
    also = f"; {_missing(words)} for what is no number" if words else ""
    if "comma" in forms:
        commas = [one for one in dressed if one.form == "comma"]
        shown = max(commas[:3], key=lambda one: len(one.text))  # with a point between thousands, if one has it
        raise KindError(
            f'column "{name}" holds numbers with a decimal comma: {_quoted([one.text for one in commas])}',
            expected="a decimal point, as in 12.5",
            fix=f"write them with a point: {_instead(shown)}{also}",
        )
    if "either" in forms and not _thousands(numerals):
        _refuse_either(name, [one for one in dressed if one.form == "either"], cast, also)
    if cast:
        flags = f"--kind {shlex.quote(f'{name}=Number(cast={cast})')}"
        raise KindError(
            f'column "{name}" holds numbers written as text: {_quoted([one.text for one in dressed])}',
            expected="plain numbers, or a declared cast",
            fix=f"{flags} {_missing(words)}" if words else flags,
        )
    bracketed = [one for one in dressed if one.brackets]
    kind = "brackets" if bracketed else next((form for form in WHY if form in forms), "")
    odd = bracketed or [one for one in dressed if one.form == kind] or dressed
    raise KindError(
        f'column "{name}" holds numbers with {WHY.get(kind, "several signs")}: {_quoted([one.text for one in odd])}',
        expected="plain numbers, as in -1024.5",
        fix=f"write them plainly: {_instead(odd[0])}{also}",
    )


def _refuse_either(name: str, either: Sequence[Numeral], cast: str, also: str) -> None:
    """Raise for commas before three digits in every value, which a cast would make a thousand times too large where
    they are decimal ones. The way out is the user's to choose, so that no flag stands first."""
    one, grouped = either[0], either[0].text
    ways = f"--kind {shlex.quote(f'{name}=Number(cast={cast})')}" if cast else "write them without the comma"
    raise KindError(
        f'column "{name}" holds numbers whose comma may part thousands or be a decimal comma: '
        f"{_quoted([each.text for each in either])}",
        expected=f'plain numbers: is "{grouped}" {one.plain} or {one.plain.replace(".", "")}?',
        fix=f"write them with a point if the comma is a decimal one ({_instead(one)}), or {ways} if it parts "
        f"thousands{also}",
    )


def _thousands(numerals: Sequence[Numeral]) -> bool:
    """Whether some value shows that commas part thousands: by a second one, by a decimal point, or by $ or £, in which
    nothing is priced to three decimals (fuel is, in €)."""
    grouped = re.compile(r"\d{1,3}\.\d{3}")  # may be thousands itself
    return any(
        one.form == "thousands"
        or (one.form == "either" and one.sign in ("$", "£"))
        or (one.form == "plain" and "." in one.plain and not grouped.fullmatch(one.plain.lstrip("+-")))
        for one in numerals
    )


def _instead(one: Numeral) -> str:
    return f'{one.plain} for "{one.text[:40]}"'


def _missing(words: Sequence[str]) -> str:
    return " ".join(f"--missing {shlex.quote(word)}" for word in words)


def _quoted(values: Sequence[str]) -> str:
    return ", ".join(f'"{value[:40]}"' for value in values[:3])
