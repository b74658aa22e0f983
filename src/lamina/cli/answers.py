"""Answers as a person reads them, and as files."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import SettingError

ENDINGS = (".csv", ".parquet", ".jsonl")
SHOWN = 3


def answer_table(answers: Sequence[Any]) -> list[tuple[str, ...]]:
    """A row for each answer: the value, the likeliest labels, what is to be said."""
    rows: list[tuple[str, ...]] = [("row", "answer", "likeliest", "note")]
    for a in answers:
        best = sorted(a.probabilities.items(), key=lambda item: -item[1])[:SHOWN]
        value = (
            f"{a.value:.6g}"
            if isinstance(a.value, float)
            else "; ".join(a.value)
            if isinstance(a.value, list)
            else a.value
        )
        chances = ", ".join(f"{label} {chance:.3f}" for label, chance in best)
        rows.append((a.id, "" if a.problem else value, chances, "; ".join([*a.warnings, *filter(None, [a.problem])])))
    return rows


def open_out(out: str) -> Path | None:
    """The file to write, refused before any work. Raises SettingError for an unknown ending, or a file in the way."""
    if not out:
        return None
    path = Path(out)
    if path.suffix not in ENDINGS:
        raise SettingError(f"{path.name} has no ending that is known", expected=" or ".join(ENDINGS))
    if path.exists():
        raise SettingError(
            f"{path} exists, and nothing is overwritten",
            fix=f"--out {shlex.quote(str(path.with_stem(f'{path.stem}-2')))}",
        )
    if not path.parent.is_dir():
        raise SettingError(f"there is no folder {path.parent}", fix=f"mkdir -p {shlex.quote(str(path.parent))}")
    return path


def write_answers(path: Path, answers: Sequence[Any]) -> None:
    """One row out for each row in: id, answer, probabilities by label, warnings, problem."""
    from ..files import write_bytes

    labels = list(dict.fromkeys(label for a in answers for label in a.probabilities))
    rows = [
        {
            "id": a.id,
            "answer": "; ".join(a.value) if isinstance(a.value, list) else a.value,
            **{f"p({label})": a.probabilities.get(label) for label in labels},
            "warnings": "; ".join(a.warnings),
            "problem": a.problem,
        }
        for a in answers
    ]
    names = ["id", "answer", *(f"p({label})" for label in labels), "warnings", "problem"]
    write_bytes(path, _encoded(path.suffix, names, rows))


def _encoded(ending: str, names: list[str], rows: list[dict[str, Any]]) -> bytes:
    if ending == ".csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, names, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode("utf-8", "surrogateescape")
    if ending == ".jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode("utf-8", "surrogateescape")
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({name: [row.get(name) for row in rows] for name in names}), sink)
    return bytes(sink.getvalue())
