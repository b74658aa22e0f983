"""The run: a directory, with what one does with it."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.table import Table
from ..errors import KindError, RunError
from ..evaluate import groups_of, score_rows, truth_of
from ..predict import Answer, Predictor
from ..recipe import recipe_from_json
from ..report import verdict
from ..report.files import Score as Figure
from ..report.words import figure, interval, number
from ..run import RunDirectory
from ..teller import Quiet, Teller
from .close import write_report
from .prepare import test_rows
from .request import request_from_json
from .rows import Known, opened


@dataclass(frozen=True, repr=False)
class Score(Figure):
    """A score with its 95 % interval, the items behind it and how the interval was made.

    >>> Score(0.97314, 0.9621, 0.9813, 540, "Wilson 95 %")
    0.973 (0.962 to 0.981, n=540)
    """

    def __repr__(self) -> str:
        return f"none ({self.method})" if self.value is None else figure(self)

    def words(self) -> tuple[str, str]:
        """The value and its interval, as the report prints them."""
        return number(self.value), interval(self)

    def __float__(self) -> float:
        return float("nan") if self.value is None else self.value


class Run:
    """A finished or unfinished run. Everything it gives is read from its directory and checked on the way.

    >>> run = Run("runs/digits")                                             # doctest: +SKIP
    >>> run.scores["accuracy"], run.predict("new.png")[0].value              # doctest: +SKIP
    """

    def __init__(self, path: Path | str):
        self.directory = RunDirectory.open(Path(path))

    @property
    def path(self) -> Path:
        """The directory."""
        return self.directory.path

    @property
    def finished(self) -> bool:
        """Whether the run has come to its scores."""
        return self.directory.has("scores.json")

    @property
    def scores(self) -> dict[str, Score]:
        """The scores on the locked test part, by name. Raises RunError while the run is not finished."""
        return {name: Score(**score) for name, score in self.all_scores()["test"].items()}

    def all_scores(self) -> dict[str, Any]:
        """scores.json: test, baseline, valid and details."""
        if not self.finished:
            raise RunError(f"{self.path} is not finished", fix=f"lamina fit {shlex.quote(str(self.path))} --resume")
        found: dict[str, Any] = self.directory.read_json("scores.json")
        return found

    @property
    def verdict(self) -> str:
        """One sentence: the main score beside the best baseline."""
        return verdict(self.all_scores()).text

    def predictor(self) -> Predictor:
        """What answers raw rows."""
        return Predictor.load(self.directory)

    def predict(self, *sources: Any, teller: Teller | None = None) -> list[Answer]:
        """A typed answer for each row: of files, folders, tables, frames, arrays or a stream of bytes; no target
        column is needed.

        Raises KindError where a column is missing, SourceError where something cannot be read.
        """
        predictor = self.predictor()
        with opened(self._known(predictor), sources, teller or Quiet()) as tables:
            return [answer for some in tables for answer in some.merge(predictor.answers(some.table))]

    def score(self, source: Any = None, *, teller: Teller | None = None) -> dict[str, Score]:
        """Scores of other labelled rows; without a source, of the locked test part again, and that look is counted."""
        predictor = self.predictor()
        if source is not None:
            with opened(self._known(predictor), (source,), teller or Quiet(), labelled=True) as tables:
                table = tables[0].table
                return self._scored(predictor, table, np.arange(len(table)))
        kept = self.all_scores()
        request = request_from_json(self.directory.request)
        found = self._scored(
            predictor, *test_rows(self.directory, request, None, self.directory.read_json("data.json"))
        )
        self.directory.write("scores.json", {**kept, "looks": kept["looks"] + 1})
        return found

    def _scored(self, predictor: Predictor, table: Table, rows: NDArray[np.int64]) -> dict[str, Score]:
        name = predictor.schema.target.name
        if name not in table.columns:
            raise KindError(f'{table.name} has no column "{name}" to score against', expected=f"rows with {name}")
        truth = truth_of(table, rows, name, predictor.kind)
        seed = recipe_from_json(self.directory.read_json("recipe.json")["recipe"]).seed
        groups = groups_of(table, truth.rows, request_from_json(self.directory.request).group)
        found = score_rows(predictor, truth, predictor.outputs(table, truth.rows), groups, seed)
        return {name: Score(**score) for name, score in found.items()}

    def _known(self, predictor: Predictor) -> Known:
        facts = self.directory.read_json("data.json")["facts"]
        return Known(predictor.schema, request_from_json(self.directory.request), facts.get("header", ""))

    def report(self) -> str:
        """Write report.html anew from the run's files; its path."""
        return write_report(self.directory)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"
