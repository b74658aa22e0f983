"""What a report shows of texts that were written from others: each beside its source and what a person wrote."""

from __future__ import annotations

import numpy as np

from ..kinds.base import values_of
from ..kinds.span import Span
from .shown import Item, Plate, Shown

AROUND = 300  # characters shown on either side of an answer
SAYS = "Some by chance, the same for one seed: the source, what people wrote of it, and what the net wrote."


def translated(shown: Shown) -> list[Plate]:
    """Sources, references and answers."""
    sources, items = shown.schema.inputs, []
    for at in shown.some().tolist():
        row = int(shown.truth.rows[at])
        read = [(f.name, f.kind.show(values_of(shown.table.column(f.name).take(np.array([row])))[0])) for f in sources]
        texts = [*((name, str(text)) for name, text in read), ("reference", str(shown.truth.values[at]))]
        items.append(Item(shown.table.id_of(row), texts=(*texts, ("written", str(shown.values[at])))))
    return [Plate("Written texts", tuple(items), SAYS)]


def found(shown: Shown) -> list[Plate]:
    """Questions with the text their answer stands in, what was answered marked in it."""
    kind = shown.schema.target.kind
    assert isinstance(kind, Span)
    asked, read = (shown.table.column(f.name) for f in (shown.schema.inputs[0], shown.schema.inputs[-1]))
    items = []
    for at in shown.some().tolist():
        row = np.array([int(shown.truth.rows[at])])
        question, text = (str(values_of(column.take(row))[0]) for column in (asked, read))
        texts = (
            ("question", question),
            ("text", marked(kind, text, *map(int, shown.answer[at]))),
            ("truth", str(shown.truth.values[at])),
            ("answered", str(shown.values[at])),
        )
        items.append(Item(shown.table.id_of(int(row[0])), texts=texts))
    return [Plate("Questions and answers", tuple(items), "Some by chance; what was answered stands between ⟦ and ⟧.")]


def marked(kind: Span, text: str, first: int, last: int) -> str:
    """A text with one stretch of its tokens between brackets, and what is far from it left out."""
    places = kind.of.places(text)
    if not 0 <= first <= last < len(places):
        return text[: 2 * AROUND]
    start, end = places[first][0], places[last][1]
    start += len(text[start:end]) - len(text[start:end].lstrip())
    before, after = text[max(0, start - AROUND) : start], text[end : end + AROUND]
    dots = ("…" if start > AROUND else "", "…" if end + AROUND < len(text) else "")
    return f"{dots[0]}{before}⟦{text[start:end]}⟧{after}{dots[1]}"
