"""Answers as a person reads them, and as files."""

from __future__ import annotations

import csv
import io
import itertools
import json
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..errors import SettingError

ENDINGS = (".csv", ".parquet", ".jsonl")
SHOWN, MOST = 3, 6  # labels with their chances, and things found in a picture, that a table for people has


def answer_table(answers: Sequence[Any], heading: str = "answer") -> list[tuple[str, ...]]:
    """A row for each answer: the value under a heading, the likeliest labels, what is to be said; of a forecast a
    column a channel."""
    channels = _channels(answers)
    if channels:
        return [("time", *channels), *((a.id, *(a.problem or _banded(a, name) for name in channels)) for a in answers)]
    rows: list[tuple[str, ...]] = [("row", heading, "likeliest", "note")]
    for a in answers:
        best = sorted({**a.probabilities, **a.likeliest}.items(), key=lambda item: -item[1])[:SHOWN]
        value = " ".join(map(_beside, a.words, a.value)) if a.words else _said(a.value)
        chances = ", ".join(f"{label} {chance:.3f}" for label, chance in best)
        rows.append((a.id, "" if a.problem else value, chances, "; ".join([*a.warnings, *filter(None, [a.problem])])))
    kept = [i for i in range(4) if i < 2 or any(row[i] for row in rows[1:])]  # nothing to say is no column
    return [tuple(row[i] for i in kept) for row in rows]


def _said(value: Any) -> Any:
    """A value in a cell of a table for people: boxes with their edges, a picture by its size, else its own words."""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        told = [x if isinstance(x, str) else _boxed(x) for x in value]
        more = len(told) - MOST if any(not isinstance(x, str) for x in value) else 0
        return "; ".join([*told[:MOST], f"and {more} more"] if more > 0 else told)
    return f"{value.shape[0]} × {value.shape[1]} picture" if hasattr(value, "shape") else value


def _beside(word: str, label: str) -> str:
    """A word with its label, where it has one: O is the label of what is no part of an entity."""
    return word if label == "O" else f"{word}/{label}"


def _boxed(found: Any) -> str:
    """A thing found, with its corners in whole pixels."""
    left, top, right, bottom = (round(edge) for edge in found["box"])
    return f"{found['label']} {found['score']:.2f} from {left}, {top} to {right}, {bottom}"


def _channels(answers: Sequence[Any]) -> list[str]:
    """The channels of a forecast: of answers that are numbers by name."""
    named = [a.value for a in answers if isinstance(a.value, dict)]
    if not all(isinstance(x, float) for value in named for x in value.values()):
        return []
    return list(dict.fromkeys(name for value in named for name in value))


def _banded(answer: Any, channel: str) -> str:
    value = f"{answer.value[channel]:.4g}"
    if channel not in answer.bands:
        return value
    low, high = answer.bands[channel]
    return f"{value} ({low:.4g} to {high:.4g})"


def open_out(out: str) -> Path | None:
    """The file to write, refused before any work. Raises SettingError for an unknown ending, or a file in the way."""
    if not out:
        return None
    path = Path(out)
    if path.suffix not in ENDINGS:
        raise SettingError(f"{path.name} has no ending that is known", expected=" or ".join(ENDINGS))
    if path.exists():
        raise _in_the_way(path, path)
    if not path.parent.is_dir():
        raise SettingError(f"there is no folder {path.parent}", fix=f"mkdir -p {shlex.quote(str(path.parent))}")
    return path


def refuse_folder(path: Path) -> None:
    """Raises SettingError where something stands in place of the folder that answers of a file each go to."""
    folder = path.with_suffix("")
    if os.path.lexists(folder):
        raise _in_the_way(folder, path, f", where {path.name} would have its files")


def _in_the_way(found: Path, path: Path, why: str = "") -> SettingError:
    """The refusal of a place that is taken, with the first name of which neither file nor folder is there."""
    ways = (path.with_stem(f"{path.stem}-{n}") for n in itertools.count(2))
    free = next(way for way in ways if not os.path.lexists(way) and not os.path.lexists(way.with_suffix("")))
    return SettingError(
        f"{found} exists{why}, and nothing is overwritten",
        expected="a name that is free",
        fix=f"--out {shlex.quote(str(free))}",
    )


def write_answers(path: Path, answers: Sequence[Any]) -> None:
    """One row out for each row in: id, answer, the words that are labelled, probabilities by label (of many the
    likeliest, as JSON), warnings, problem. Pictures, and answers that are a file of their own, go to a folder beside
    the file, which must not be there yet. Of a forecast one row for each step ahead: a column a channel, and the edges
    of its band. Raises SettingError where such a folder is there."""
    from ..files import write_bytes

    channels = _channels(answers)
    if channels:
        ahead, columns = _ahead(answers, channels)
        write_bytes(path, _encoded(path.suffix, columns, ahead))
        return
    labels = list(dict.fromkeys(label for a in answers for label in a.probabilities))
    if any(map(_is_file, (a.value for a in answers))):
        refuse_folder(path)
        path.with_suffix("").mkdir()
    kept = [_kept(a.value, path, f"{place:05d}-{Path(a.id).stem}") for place, a in enumerate(answers)]
    rows = [
        {
            "id": a.id,
            "answer": value,
            "words": " ".join(a.words),
            **{f"p({label})": a.probabilities.get(label) for label in labels},
            "likeliest": json.dumps(a.likeliest, ensure_ascii=False),
            "warnings": "; ".join(a.warnings),
            "problem": a.problem,
        }
        for a, value in zip(answers, kept, strict=True)
    ]
    chances = ["likeliest"] if any(a.likeliest for a in answers) else [f"p({label})" for label in labels]
    words = ["words"] if any(a.words for a in answers) else []
    names = ["id", "answer", *words, *chances, "warnings", "problem"]
    rows = [{name: row[name] for name in names} for row in rows]
    write_bytes(path, _encoded(path.suffix, names, rows))


def _is_file(value: Any) -> bool:
    """Whether an answer is kept as a file of its own: a picture, or what says so itself."""
    return hasattr(value, "shape") or hasattr(value, "as_file")


def _kept(value: Any, path: Path, name: str) -> Any:
    """A value in a cell of a file: boxes as JSON, a picture or another file by its name in the folder beside it."""
    if isinstance(value, list):
        return "; ".join(value) if all(isinstance(x, str) for x in value) else json.dumps(value, ensure_ascii=False)
    if not _is_file(value):
        return value
    from ..files import write_bytes
    from ..predict import as_picture

    ending, data = value.as_file() if hasattr(value, "as_file") else (".png", as_picture(value))
    folder = path.with_suffix("")
    write_bytes(folder / f"{name}{ending}", data)
    return f"{folder.name}/{name}{ending}"


def _ahead(answers: Sequence[Any], channels: list[str]) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows and their columns for the steps of a forecast."""
    when, rows = ("id" if "time" in channels else "time"), []
    for a in answers:
        row = {when: a.id, **(a.value or {}), "warnings": "; ".join(a.warnings), "problem": a.problem}
        for name, (low, high) in a.bands.items():
            row |= {f"{name} low": low, f"{name} high": high}
        rows.append(row)
    banded = any(a.bands for a in answers)
    edges = [[name, f"{name} low", f"{name} high"] if banded else [name] for name in channels]
    return rows, [when, *(name for group in edges for name in group), "warnings", "problem"]


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
