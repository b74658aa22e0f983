"""What is scored where the answer alone does not say how good it is: made pictures are looked at by a judge, and rows
of an unseen class are marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from ..data.table import Table
from ..forms import Batch, pooled
from ..kinds import Category, Link
from ..kinds.span import Span
from ..predict import Predictor
from ..rng import generator
from ..run import RunDirectory
from ..run.inner import Inner
from .pairs import paired
from .score import Truth

Ints = NDArray[np.int64]
Measure = Callable[[Any], Any]

MADE_ROWS = 2000  # test rows that pictures are made for
AT_ONCE = 256


def rows_to_score(rows: Ints, link: Link) -> Ints:
    """The test rows that are scored: all, or some at equal distances where each costs the making of a picture."""
    if link != "made" or len(rows) <= MADE_ROWS:
        return rows
    return rows[np.linspace(0, len(rows) - 1, MADE_ROWS).astype(np.int64)]


def measure_for(run: RunDirectory, predictor: Predictor, table: Table, truth: Truth) -> Measure:
    """A function from answers for the rows of `truth`, (n, …), to what their scores are made from."""
    if predictor.link == "made":
        judge = Predictor.load(Inner(run, "judge")) if run.has("judge/weights.safetensors") else None
        asked = asked_codes(predictor, judge, table, truth.rows) if judge else None
        return lambda pictures: judged(judge, asked, truth.codes, pictures)
    column, _, label = str(run.request.get("unseen", "")).partition("=")
    if predictor.link == "same" and column in table.columns:
        unseen = np.array([str(x) == label for x in plain_values(table, column, truth.rows)], np.float64)
        return lambda figures: np.concatenate([np.asarray(figures, np.float64), unseen[:, None]], axis=1)
    if predictor.link == "paired":
        return paired(predictor, [str(text) for text in truth.values])
    kind = predictor.kind
    if isinstance(kind, Span):
        texts = plain_values(table, predictor.schema.inputs[-1].name, truth.rows)
        return lambda places: [kind.onto(pair, [text]) for pair, text in zip(kind.decode(places), texts, strict=True)]
    return lambda answers: answers


def plain_values(table: Table, column: str, rows: Ints) -> list[Any]:
    """Some values of a plain column."""
    found: list[Any] = pa.array(table.columns[column].take(rows)).to_pylist()
    return found


def asked_codes(predictor: Predictor, judge: Predictor, table: Table, rows: Ints) -> Ints | None:
    """The class that each row asks for, by the judge's numbers, -1 for one it does not know; None where none is."""
    if not predictor.schema.inputs:
        return None
    given = predictor.schema.inputs[0]
    labels = judge.kind.labels if isinstance(judge.kind, Category) else ()
    places = {str(label): place for place, label in enumerate(labels)}
    return np.array([places.get(str(x), -1) for x in plain_values(table, given.name, rows)], np.int64)


def judged(judge: Predictor | None, asked: Ints | None, real: NDArray[Any], made: NDArray[Any]) -> NDArray[np.float64]:
    """Figures as `metrics.made` has them of made pictures, shares (n, C, H, W), and real ones, bytes (n, H, W, C)."""
    if judge is None:
        return np.zeros((len(made), 2))
    pictures = torch.from_numpy(np.asarray(made, np.float32)).mul(255).round().to(torch.uint8)
    said, seen = look(judge, pictures)
    _, known = look(judge, torch.from_numpy(np.ascontiguousarray(real)).permute(0, 3, 1, 2))
    hits = np.zeros((len(made), 2)) if asked is None else np.stack([said == asked, np.ones(len(made))], axis=1)
    return np.concatenate([hits, seen, known], axis=1)


def look(judge: Predictor, pictures: torch.Tensor) -> tuple[Ints, NDArray[np.float64]]:
    """The class that the judge sees in pictures, bytes (n, C, H, W), and its features of them: (n,) and (n, D)."""
    slot = judge.schema.inputs[0].name

    def looked(batch: Batch, _at: int) -> tuple[torch.Tensor, torch.Tensor]:
        form = judge.net(batch.inputs)
        return judge.net.head.decode(form).argmax(1), pooled(form).double()  # type: ignore[union-attr]

    seen = []
    with torch.inference_mode():
        for numbers in torch.split(torch.arange(len(pictures)), AT_ONCE):
            seen += judge.room.parts(looked, Batch({slot: pictures[numbers]}, {}, numbers))
    classes, features = zip(*seen, strict=True)
    return torch.cat(classes).numpy(), torch.cat(features).numpy()


def real_instead(train: tuple[Any, Any], codes: Any, count: int) -> NDArray[np.floating]:
    """Real training pictures in the place of made ones, shares (n, C, H, W): what nothing made can be expected to beat.

    `train`: encoded pictures (N, H, W, C) and their codes (N, 1), or None; `codes` (n, 1) are the classes asked for.
    """
    (pictures, classes), draw = train, generator(0, "real")
    if codes is None or classes is None:
        picked = draw.integers(0, len(pictures), count)
    else:
        of = {int(c): np.flatnonzero(classes[:, 0] == c) for c in np.unique(codes[:, 0])}
        picked = np.array([draw.choice(of[int(c)]) if len(of[int(c)]) else 0 for c in codes[:, 0]], np.int64)
    found: NDArray[np.floating] = pictures[picked].transpose(0, 3, 1, 2).astype(np.float32) / 255
    return found
