"""The run: a directory, with what one does with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pictures

from ..data.table import Table
from ..errors import KindError, RunError
from ..evaluate import groups_of, score_rows, truth_of
from ..evaluate.made import measure_for, rows_to_score
from ..export import Exported, free_place, refuse
from ..export import export as write_graph
from ..predict import Answer, Predictor
from ..predict.play import midi_file, play_notes
from ..predict.sample import sample_pictures
from ..predict.write import write_text
from ..recipe import kept_recipe
from ..report import verdict
from ..report.files import Score as Figure
from ..report.words import figure, interval, number
from ..room import Room
from ..run import RunDirectory
from ..serve import Limits, Place, Server, place_of
from ..teller import Lines, Quiet, Teller
from .ahead import forecast_of, windows_ahead
from .close import lost_rows, write_report
from .prepare import test_rows
from .request import request_from_json
from .rows import opened
from .seen import tell_seen
from .served import Served, facts_of, heading_of, known_of, uses_of


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

    def __lt__(self, other: object) -> bool:
        return float(self) < float(other) if isinstance(other, Score | float | int) else NotImplemented


class Run:
    """A finished or unfinished run. Everything it gives is read from its directory and checked on the way.

    >>> run = Run("runs/digits")                                             # doctest: +SKIP
    >>> run.scores["accuracy"], run.predict("new.png")[0].value              # doctest: +SKIP
    """

    def __init__(self, path: Path | str):
        self.directory = RunDirectory.open(Path(path))
        self._kept: Served | None = None

    @property
    def path(self) -> Path:
        """The directory."""
        return self.directory.path

    def __fspath__(self) -> str:
        return str(self.path)

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

    @property
    def uses(self) -> list[str]:
        """The commands that a run like this one is for, the first thing first."""
        return [use.command(str(self.path)) for use in uses_of(self.directory)]

    @property
    def heading(self) -> str:
        """What its answers are: "answer", or the figure that stands for each row of what is learned from itself."""
        return heading_of(uses_of(self.directory))

    def predictor(self) -> Predictor:
        """What answers raw rows."""
        return Predictor.load(self.directory)

    def predict(self, *sources: Any, teller: Teller | None = None) -> list[Answer]:
        """A typed answer for each row: of files, folders, tables, frames, arrays or a stream of bytes; no target
        column is needed. The net is read once and serves later calls, until the run's files change.

        Raises KindError where a column is missing, SourceError where something cannot be read.
        """
        return self._served().answers(sources, teller or Quiet())

    def serve(
        self,
        host: str = "127.0.0.1",
        port: int = 8000,
        *,
        token_file: str = "",
        limits: Limits | None = None,
        teller: Teller | None = None,
        verbose: bool = False,
    ) -> None:
        """Answer rows over HTTP until the process is asked to stop; `port` 0 takes one that is free.

        Raises SettingError for an address that cannot be had, or that others can reach where there is no token;
        PlanError for a run whose rows cannot be sent.
        """
        told = teller or Lines()
        server = self.server(place_of(str(self.path), host, port, token_file), limits, told, verbose=verbose)
        told.say("address", server.address)
        told.say("try", server.example)
        server.run()

    def server(
        self,
        place: Place | None = None,
        limits: Limits | None = None,
        teller: Teller | None = None,
        *,
        verbose: bool = False,
    ) -> Server:
        """A server of this run, bound to its address and ready to `run`; another thread may `stop` it."""

        def read() -> Served:
            return Served.read(self.directory).for_requests()

        return Server(self.path, read, place or Place(), limits, teller=teller or Quiet(), verbose=verbose)

    def score(self, source: Any = None, *, teller: Teller | None = None) -> dict[str, Score]:
        """Scores of other labelled rows; without a source, of the locked test part again, and that look is counted."""
        told = teller or Quiet()
        predictor = Predictor.load(self.directory, Room(told.warn))
        if source is not None:
            with opened(known_of(self.directory, predictor.schema), (source,), told, labelled=True) as tables:
                forecast, table = forecast_of(facts_of(self.directory)), tables[0].table
                if forecast is not None:
                    table = windows_ahead(forecast, table, told)
                tell_seen(self.directory, predictor.schema, table, np.arange(len(table)), told)
                lost = len(tables[0].lost) + len(tables[0].files)
                return self._scored(predictor, table, np.arange(len(table)), lost)
        self.all_scores()  # refused here where there are none yet
        request, data = request_from_json(self.directory.request), self.directory.read_json("data.json")
        found = self._scored(predictor, *test_rows(self.directory, request, None, data), lost_rows(data))
        with self.directory.hold():
            kept = self.all_scores()
            self.directory.write("scores.json", {**kept, "looks": kept["looks"] + 1})
        return found

    @property
    def writes(self) -> bool:
        """Whether it writes text on its own."""
        fields = self.directory.read_json("schema.json")["fields"]
        return any(f["kind"] == "Text" and f.get("link") == "causal" for f in fields)

    def write(
        self, prompt: str = "", count: int = 500, *, temperature: float = 0.8, top: int = 0, seed: int = 0
    ) -> Iterator[str]:
        """`count` tokens of text after a prompt, piece by piece as they are drawn; the same for one seed.

        Raises PlanError for a run that writes no text, KindError for a prompt with nothing that training saw.
        """
        return write_text(self.predictor(), prompt, count, temperature=temperature, top=top, seed=seed)

    def sample(self, count: int, *, label: str = "", seed: int = 0) -> list[Pictures.Image]:
        """`count` pictures of a run that makes some, of the class `label` or of each in turn; the same for one seed.

        Raises PlanError for a run that makes none, KindError for a class that is none.
        """
        return sample_pictures(self.predictor(), count, label, seed)

    @property
    def plays(self) -> bool:
        """Whether it makes music on its own."""
        return any(f["kind"] == "Notes" for f in self.directory.read_json("schema.json")["fields"])

    def play(self, count: int = 0, *, temperature: float = 1.0, seed: int = 0) -> bytes:
        """A MIDI file of `count` frames, 64 where not said; the same for one seed.

        Raises PlanError for a run that makes no music, or where mido is not installed.
        """
        predictor = self.predictor()
        frames = play_notes(predictor, count, temperature, seed)
        return midi_file(frames, getattr(predictor.kind, "beats", 80))

    def export(self, out: str | Path, *, teller: Teller | None = None) -> Exported:
        """Write what answers as a folder that any runtime of ONNX serves without Lamina, after it was held against the
        run on its locked test rows.

        Raises PlanError for a run that is no single graph of arrays, RunError for one that is unfinished or damaged or
        whose graph answers otherwise, SettingError where something stands at `out`.
        """
        place = free_place(out)
        self.all_scores()  # refused here where there are none yet
        predictor = Predictor.load(self.directory, Room((teller or Quiet()).warn))
        refuse(predictor.schema, self.uses[0])
        facts = {
            "made_by": f"lamina {version('lamina')}",
            "model": kept_recipe(self.directory.read_json("recipe.json")).model,
            "weights_sha256": self.directory.files()["weights.safetensors"]["sha256"],
            "temperature": predictor.temperature,
        }
        request, data = request_from_json(self.directory.request), self.directory.read_json("data.json")
        return write_graph(predictor, *test_rows(self.directory, request, None, data), facts, place)

    def _scored(self, predictor: Predictor, table: Table, rows: NDArray[np.int64], lost: int) -> dict[str, Score]:
        """Scores of rows of a table, and of `lost` ones that could not be read into it."""
        name = predictor.schema.target.name
        if name not in table.columns:
            raise KindError(f'{table.name} has no column "{name}" to score against', expected=f"rows with {name}")
        truth = truth_of(table, rows_to_score(rows, predictor.link), name, predictor.kind)
        seed = kept_recipe(self.directory.read_json("recipe.json")).seed
        group = request_from_json(self.directory.request).group or facts_of(self.directory).get("group", "")
        groups = groups_of(table, truth.rows, group, name)
        out = predictor.outputs(table, truth.rows)
        out = replace(out, array=measure_for(self.directory, predictor, table, truth)(out.array))
        found = score_rows(predictor, truth, out, groups, seed, lost)
        return {name: Score(**score) for name, score in found.items()}

    def _served(self) -> Served:
        """What answers rows, as read before if the manifest lists the same hashes as then."""
        if self._kept is None or self._kept.files != self.directory.files():
            self._kept = Served.read(self.directory)
        return self._kept

    def report(self) -> str:
        """Write report.html anew from the run's files; its path."""
        with self.directory.hold():
            return write_report(self.directory)

    def __repr__(self) -> str:
        return f"Run({str(self.path)!r})"
