"""Questions about texts with answers that stand in them, as SQuAD and XQuAD are published: one .json."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from ...config import parse_json
from ...errors import SourceError
from ...findings import Aside, Findings, aside
from ...kinds import Text
from ...kinds.span import PLACES, Span
from ..table import Table, Values
from .options import ReadOptions
from .reading import content, fingerprint_file, shown

HEAD = 1 << 20  # characters in which the names of the form must stand
Row = tuple[str, str, str, str, dict[str, Any]]  # id, article, question, context, answer


def is_squad(path: Path) -> bool:
    """Whether a .json holds paragraphs with questions and answers."""
    if not path.name.lower().removesuffix(".gz").endswith(".json"):
        return False
    try:
        head = content(path)[:HEAD]
    except SourceError:
        return False
    return bool(re.match(rb"\s*\{", head)) and all(word in head for word in (b'"paragraphs"', b'"qas"', b'"context"'))


def read_squad(path: Path, options: ReadOptions, findings: Findings) -> Table:
    """A row a question: `question`, `context`, `answer` and the `article` that the text is of.

    Where several answers are given the first is taken. A question without an answer, or whose answer is not where it is
    said to be, is set aside. Articles are not cut by the split: a text has several questions.
    """
    del options
    rows: list[Row] = []
    lost: list[Aside] = []
    for row in _rows(parse_json(content(path), shown(path)), path):
        if isinstance(row, Aside):
            lost.append(row)
        else:
            rows.append(row)
    findings.set_aside("source", lost)
    if not rows:
        raise SourceError(f"{shown(path)} holds no question with an answer", expected="articles as SQuAD has them")
    ids, articles, questions, contexts, answers = zip(*rows, strict=True)
    plain = {"question": questions, "context": contexts, "article": articles}
    columns = {
        name: Values(name, pa.chunked_array([pa.array(list(values), pa.string())]), path.name)
        for name, values in plain.items()
    }
    columns["answer"] = Values("answer", pa.chunked_array([pa.array(list(answers), PLACES)]), path.name)
    facts = {"reader": "questions", "questions": len(rows), "articles": len(set(articles)), "group": "article"}
    return Table(
        columns,
        path.name,
        fingerprint_file(path),
        target="answer",
        ids=list(ids),
        facts=facts,
        inputs=("question", "context"),
        kinds={"question": Text(), "context": Text(), "answer": Span()},
    )


def _rows(held: Any, path: Path) -> Iterator[Row | Aside]:
    """Every question of the articles; raises SourceError where the form is another."""
    try:
        for number, article in enumerate(held["data"]):
            title = str(article.get("title") or number)
            for paragraph in article["paragraphs"]:
                context = str(paragraph["context"])
                for asked in paragraph["qas"]:
                    yield _row(asked, title, context)
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(
            f"{shown(path)} is not in the form of SQuAD: {type(error).__name__} {error}",
            expected='{"data": [{"title", "paragraphs": [{"context", "qas": [{"question", "answers"}]}]}]}',
        ) from None


def _row(asked: dict[str, Any], title: str, context: str) -> Row | Aside:
    name, question = str(asked.get("id", "")), str(asked["question"]).strip()
    where = f"question {name or json.dumps(question[:40])}"
    given = asked.get("answers") or []
    if asked.get("is_impossible") or not given:
        return aside(where, "a question without an answer")
    text, start = str(given[0]["text"]), int(given[0]["answer_start"])
    if not text or context[start : start + len(text)] != text:
        return aside(where, "an answer that does not stand where it is said to", text.encode())
    return name, title, question, context, {"text": text, "start": start, "context": context}
