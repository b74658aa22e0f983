"""The run: a directory, with what one does with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..data.sources import ReadOptions, open_source
from ..data.sources.folders import PICTURES
from ..data.table import Files, Table
from ..errors import KindError, RunError, SourceError
from ..evaluate import test_scores, truth_of
from ..findings import Findings
from ..kinds import Image
from ..predict import Answer, Predictor
from ..recipe import recipe_from_json
from ..report import verdict
from ..run import RunDirectory
from .close import write_report
from .prepare import test_rows
from .request import request_from_json


@dataclass(frozen=True)
class Score:
    """A score with its 95 % interval and the items behind it."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    method: str

    def __repr__(self) -> str:
        if self.value is None:
            return f"none ({self.method})"
        if self.low is None or self.high is None:
            return f"{self.value:.4g} (n={self.n:,})"
        return f"{self.value:.4g} ({self.low:.4g} to {self.high:.4g}, n={self.n:,})"

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
    def scores(self) -> dict[str, Score]:
        """The scores on the locked test part, by name. Raises RunError while the run is not finished."""
        return {name: Score(**score) for name, score in self.all_scores()["test"].items()}

    def all_scores(self) -> dict[str, Any]:
        """scores.json: test, baseline, valid and details."""
        if not self.directory.has("scores.json"):
            raise RunError(f"{self.path} is not finished", fix=f"lamina fit {self.path} --resume")
        found: dict[str, Any] = self.directory.read_json("scores.json")
        return found

    @property
    def verdict(self) -> str:
        """One sentence: the main score beside the best baseline."""
        return verdict(self.all_scores()).text

    def predictor(self) -> Predictor:
        """What answers raw rows."""
        return Predictor.load(self.directory)

    def predict(self, *sources: Any) -> list[Answer]:
        """A typed answer for each row: of files, folders, tables, frames or arrays; no target column is needed.

        Raises KindError where a column is missing, SourceError where something cannot be read.
        """
        predictor = self.predictor()
        return [answer for table in self.tables(predictor, sources) for answer in predictor.answers(table)]

    def tables(self, predictor: Predictor, sources: tuple[Any, ...], labelled: bool = False) -> list[Table]:
        """What was handed over, as tables with the columns of the run; `labelled` rows come with their answers."""
        pictures = [f.name for f in predictor.schema.inputs if isinstance(f.kind, Image)]
        files = (
            [] if labelled or not pictures else [s for s in sources if isinstance(s, str | Path) and _plain(Path(s))]
        )
        names = [str(name) for f in files for name in _pictures(Path(f))]
        out = [Table({pictures[0]: Files(pictures[0], names, _read_file)}, "pictures", ids=names)] if names else []
        asked = request_from_json(self.directory.request)
        options = ReadOptions(asked.header, asked.missing, asked.encoding, asked.delimiter)
        for source in sources:
            if any(source is f for f in files):
                continue
            if pictures and isinstance(source, np.ndarray) and source.ndim == 2:
                source = source[None]
            found = Findings()
            table = open_source(source, options, found)
            found.raise_errors()
            if len(pictures) == 1 and len(predictor.schema.inputs) == 1 and pictures[0] not in table.columns:
                table = _renamed(table, pictures[0])
            out.append(table)
        return out

    def score(self, source: Any = None) -> dict[str, Score]:
        """Scores of other labelled rows; without a source, of the locked test part again, and that look is counted."""
        predictor = self.predictor()
        recipe = recipe_from_json(self.directory.read_json("recipe.json")["recipe"])
        if source is None:
            request = request_from_json(self.directory.request)
            table, rows = test_rows(self.directory, request, None, self.directory.read_json("data.json"))
            kept = self.all_scores()
            self.directory.write("scores.json", {**kept, "looks": kept["looks"] + 1})
        else:
            table = self.tables(predictor, (source,), labelled=True)[0]
            rows = np.arange(len(table))
        name = predictor.schema.target.name
        if name not in table.columns:
            raise KindError(f'{table.name} has no column "{name}" to score against', expected=f"rows with {name}")
        truth = truth_of(table, rows, name, predictor.kind)
        out = predictor.outputs(table, truth.rows)
        found = test_scores(predictor, truth, out, None, recipe.seed)
        return {name: Score(**score) for name, score in found.items()}

    def report(self) -> str:
        """Write report.html anew from the run's files; its path."""
        return write_report(self.directory)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"


def _plain(path: Path) -> bool:
    return path.is_dir() or path.suffix.lower() in PICTURES


def _pictures(path: Path) -> list[Path]:
    """A picture file, or the pictures in a folder and below it, in order."""
    if not path.is_dir():
        return [path]
    found = sorted(p for p in path.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
    if not found:
        raise SourceError(f"{path} holds no pictures", expected=f"files ending in {', '.join(sorted(PICTURES))}")
    return found


def _renamed(table: Table, name: str) -> Table:
    """The table with its only picture column under the name the run knows it by."""
    found = [known for known, column in table.columns.items() if column.holds != "values"]
    if len(found) != 1:
        return table
    column = dataclasses.replace(table.columns[found[0]], name=name)  # type: ignore[type-var]
    return dataclasses.replace(table, columns={**table.columns, name: column})


def _read_file(name: str) -> bytes:
    try:
        return Path(name).read_bytes()
    except OSError as error:
        raise SourceError(f"{name} cannot be read: {error.strerror}", expected="a picture file") from None
