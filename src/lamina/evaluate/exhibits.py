"""Rows worth a look: the most confident mistakes, the largest errors, as pictures and texts for a report."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures
from PIL import ImageOps

from ..data.table import Table
from ..kinds import Audio, Category, Field, Graph, Image, Kind, Molecule, Number, Schema, Tags
from ..kinds.base import values_of
from ..kinds.image import PictureError
from ..kinds.sounds import SoundError

Ints = NDArray[np.int64]

DRAWN = (Image, Graph, Molecule)  # kinds that a value of is shown as a picture

LEAST, MOST = 64, 160  # the longer side of a picture in a report, in pixels
COLUMNS, LETTERS = 12, 80  # columns shown of a row, and letters of a value


def worst(truth: NDArray[Any], answer: NDArray[Any], kind: Kind, count: int) -> Ints:
    """The rows that are most wrong, the worst first; rows that are right, or have no truth or answer, are left out.

    Category (truth (n,), probabilities (n, C)): wrong, by confidence. Number ((n,), (n,)): by absolute error. Tags
    ((n, K), (n, K)): a tag wrong at the threshold, by the distance of the probabilities to the truth.
    """
    if isinstance(kind, Category):
        sureness = np.where((truth >= 0) & (answer.argmax(1) != truth), answer.max(1, initial=0), 0.0)
    elif isinstance(kind, Tags):
        missed = ((answer >= kind.threshold) != truth.astype(bool)).any(1)
        sureness = np.where(missed, np.abs(answer - truth).sum(1), 0.0)
    else:
        sureness = np.abs(answer.astype(np.float64) - truth)
    sureness = np.where(np.isfinite(sureness), sureness, 0.0)
    order = np.argsort(-sureness, kind="stable")[:count]
    picked: Ints = order[sureness[order] > 0]
    return picked


def write_exhibits(
    schema: Schema,
    table: Table,
    rows: Ints,
    truth: NDArray[Any],
    answer: NDArray[Any],
    write: Callable[[str, bytes], None],
    count: int = 24,
) -> list[dict[str, Any]]:
    """The worst `count` of some rows of a table, as records for a report; their pictures go to `write(name, bytes)`.

    `rows` (n,) are the table's rows that truth and answer belong to, which are as in `worst`. A record is {"id",
    "truth", "answer", "confidence" (of a Category, else None), "picture" (its place in a run, or None), "shown" (column
    -> text)}.
    """
    kind = schema.target.kind
    picked = worst(truth, answer, kind, count)
    images = [f for f in schema.inputs if isinstance(f.kind, Image | Audio)]
    others = [f for f in schema.inputs if not isinstance(f.kind, Image | Audio)][:COLUMNS]
    taken = {f.name: values_of(table.column(f.name).take(rows[picked])) for f in images[:1] + others}
    records = []
    for place, row in enumerate(picked.tolist()):
        name = None
        if images:
            name = _picture(images[0], taken[images[0].name][place], f"{place:03d}.png", write)
        records.append(
            {
                "id": table.id_of(int(rows[row])),
                "truth": _said(kind, truth[row]),
                "answer": _answered(kind, answer[row]),
                "confidence": float(answer[row].max()) if isinstance(kind, Category) else None,
                "picture": name,
                "shown": {f.name: _text(f.kind, taken[f.name][place]) for f in others},
            }
        )
    return records


def as_png(picture: Pictures.Image, most: int = MOST) -> bytes:
    """A picture as PNG for a report: a tiny one enlarged without smoothing to 64 pixels or more, a large one shrunk."""
    longest = max(picture.size)
    if longest < LEAST:
        times = -(-LEAST // longest)
        picture = picture.resize((picture.width * times, picture.height * times), Pictures.Resampling.NEAREST)
    elif longest > most:
        picture = ImageOps.contain(picture, (most, most), Pictures.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _picture(field: Field, value: Any, name: str, write: Callable[[str, bytes], None]) -> str | None:
    """Write one picture and give where a run has it; None for one that cannot be read."""
    try:
        shown = field.kind.show(value)
    except (PictureError, SoundError):
        return None
    if isinstance(shown, str):
        return None
    write(name, as_png(shown))
    return f"exhibits/{name}"


def _said(kind: Kind, code: Any) -> str:
    """The truth as text: a code, tags of 0 and 1, or a number."""
    if isinstance(kind, Category):
        return _text(kind, kind.labels[int(code)])
    if isinstance(kind, Tags):
        return _text(kind, [label for label, on in zip(kind.labels, code, strict=True) if on])
    return _text(kind, float(code))


def _answered(kind: Kind, answer: Any) -> str:
    """The answer as text: from probabilities, or a number."""
    if isinstance(kind, Category):
        return _said(kind, answer.argmax())
    return _said(kind, answer >= kind.threshold if isinstance(kind, Tags) else answer)


def _text(kind: Kind, value: Any) -> str:
    """A value as a short text; one that a Number was cast from, as it stands in the source."""
    if value is None:
        return "missing"
    plain = isinstance(kind, Number) and not isinstance(value, int | float)
    text = str(value if plain else kind.show(value))
    return text if len(text) <= LETTERS else text[: LETTERS - 1] + "…"
