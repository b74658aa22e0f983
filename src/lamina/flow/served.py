"""What answers the rows of a run: its files read once, and every row through the predictor that was scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from ..data.table import Table
from ..data.windows import Forecast
from ..errors import PlanError
from ..kinds import Schema
from ..predict import Answer, Predictor
from ..report.files import Column
from ..report.uses import Use, uses
from ..room import Room
from ..run import RunDirectory
from ..teller import Quiet, Teller
from .ahead import answers_ahead, forecast_of
from .request import request_from_json
from .rows import Known, Opened, identified, opened


@dataclass(frozen=True)
class Served:
    """One reading of a run, and the manifest's entries of the files that it was made from."""

    files: dict[str, dict[str, Any]]
    predictor: Predictor
    known: Known
    forecast: Forecast | None
    uses: tuple[Use, ...]
    path: str

    @classmethod
    def read(cls, directory: RunDirectory) -> Self:
        """What stands in a directory now. Raises RunError naming a file that is damaged."""
        files = directory.files()
        predictor = Predictor.load(directory)
        known, forecast = known_of(directory, predictor.schema), forecast_of(facts_of(directory))
        return cls(files, predictor, known, forecast, uses_of(directory), str(directory.path))

    @property
    def schema(self) -> Schema:
        """The columns, and what is answered."""
        return self.predictor.schema

    @property
    def heading(self) -> str:
        """What its answers are called."""
        return heading_of(self.uses)

    def answers(self, sources: Sequence[Any], teller: Teller) -> list[Answer]:
        """An answer for each row of some sources. Raises PlanError for a run that answers no rows."""
        if not any(use.words.startswith("predict") for use in self.uses):
            raise self._of_no_rows()
        with opened(self.known, sources, teller) as tables:
            return [answer for some in tables for answer in self._answers(some, teller)]

    def answer(self, table: Table) -> list[Answer]:
        """An answer for each row of a table that is in memory; what would be told a teller is a warning of each."""
        heard = Quiet()
        found = self._answers(Opened(identified(table, self.schema), {}), heard)
        said = tuple(line.removeprefix("warning ") for line in heard.lines)
        return [replace(answer, warnings=(*said, *answer.warnings)) for answer in found] if said else found

    def for_requests(self) -> Self:
        """Itself. Raises PlanError where the first thing that the run is for is no answer to rows."""
        if not self.uses[0].words.startswith("predict"):
            raise self._of_no_rows()
        return self

    def _of_no_rows(self) -> PlanError:
        first = self.uses[0]
        return PlanError(
            "this run answers no rows", expected=f"what it is for: {first.says}", fix=first.command(self.path)
        )

    def _answers(self, some: Opened, teller: Teller) -> list[Answer]:
        self.predictor.room = Room(teller.warn)
        if self.forecast is not None:
            return answers_ahead(self.predictor, self.forecast, some.table, teller)
        return some.merge(self.predictor.answers(some.table))


def facts_of(directory: RunDirectory) -> dict[str, Any]:
    """What the source itself knew, as the run keeps it."""
    facts: dict[str, Any] = directory.read_json("data.json")["facts"]
    return facts


def known_of(directory: RunDirectory, schema: Schema) -> Known:
    """What a run knows of its rows."""
    facts = facts_of(directory)
    return Known(schema, request_from_json(directory.request), facts.get("header", ""), facts.get("reader", ""))


def uses_of(directory: RunDirectory) -> tuple[Use, ...]:
    """What a run is for, the first thing first."""
    fields = directory.read_json("schema.json")["fields"]
    return uses([Column(f["name"], f["role"], kind=f["kind"], link=f.get("link")) for f in fields])


def heading_of(uses: Sequence[Use]) -> str:
    """What answers are called: "answer", or the figure that stands for each row of what is learned from itself."""
    return next((use.figure for use in uses if use.figure), "answer")
