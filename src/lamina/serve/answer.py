"""From the bytes of a request to the bytes of its answer, with no server around it: what one worker does at a time."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import KindError, SourceError
from ..files import json_bytes
from ..predict import as_mapping
from .asked import Asked, asked_of, rows_of, table_of
from .base import Answering, Limits
from .refused import Refused
from .strict import parse

JSON = "application/json"
BEGIN = 1_704_067_200_000_000  # microseconds: the first moment of 2024, from which an example counts its steps


@dataclass(frozen=True)
class Sent:
    """How a body is written: its media type, without parameters, and whether it is packed with gzip."""

    media: str = JSON
    gzip: bool = False


@dataclass(frozen=True)
class Model:
    """One reading of a run with what it asks of a row, ready to answer requests."""

    run: Answering
    asked: Asked

    @classmethod
    def of(cls, run: Answering) -> Model:
        """The model of a reading. Raises PlanError where its inputs cannot be sent."""
        return cls(run, asked_of(run))

    @property
    def weights(self) -> str:
        """The SHA-256 of the weights, as the manifest lists it."""
        return str(self.run.files.get("weights.safetensors", {}).get("sha256", ""))

    def accept(self, sent: Sent) -> None:
        """Raises Refused with status 415 for a media type that this run does not read."""
        lone = self.asked.lone
        family = self.asked.columns[lone][1].sent if lone else ""
        if sent.media != JSON and (not family or sent.media.partition("/")[0] != family):
            also = f", or {family}/… with the bytes of one file" if family else ""
            raise Refused(415, f"a body of this type is not read: {sent.media or 'none is said'}", expected=JSON + also)

    def answer(self, data: bytes, sent: Sent, limits: Limits) -> bytes:
        """JSON with an answer for each row of a body. Raises Refused for what cannot be read as rows."""
        data = inflated(data, limits.body) if sent.gzip else data
        self.accept(sent)
        if sent.media == JSON:
            rows = rows_of(parse(data), limits)
            table = table_of(self.asked, rows)
        else:
            table = table_of(self.asked, [{self.asked.lone: data}])
        try:
            found = self.run.answer(table)
        except (KindError, SourceError) as error:
            raise Refused(400, error.what, field="rows", expected=error.expected) from None
        return json_bytes({"answers": [as_mapping(one) for one in found]}, indent=None)

    def about(self, limits: Limits) -> dict[str, Any]:
        """What the run answers, what of, and how much at once."""
        target, forecast, lone = self.run.schema.target, self.run.forecast, self.asked.lone
        says: dict[str, Any] = {"name": target.name, "kind": type(target.kind).__name__, "says": target.kind.summary()}
        if forecast is not None:
            says = {
                "name": ", ".join(forecast.channels),
                "kind": "Series",
                "says": f"the {forecast.horizon:,} steps after the rows, of which the last {forecast.past:,} are read",
            }
        files = {"files": f"{self.asked.columns[lone][1].sent}/…: the bytes of one file are a row"} if lone else {}
        return {
            "answers": {"called": self.run.heading, **says},
            "inputs": self.asked.inputs(),
            "limits": {"body": limits.body, "rows": limits.rows, "seconds": limits.seconds},
            "request": {"method": "POST", "path": "/predict", "content-type": JSON, **files, "body": self.example()},
            "run": self.weights,
        }

    def example(self) -> dict[str, Any]:
        """A request that is answered: one row; of a forecast as many steps as it reads, and where some columns are
        known ahead the steps after them, with those alone."""
        row, forecast = self.asked.example(), self.run.forecast
        if forecast is None:
            return {"rows": [row]}
        clock, count = forecast.clock, forecast.past + (forecast.horizon if forecast.known else 0)
        moments = clock.words(clock.after(BEGIN, np.arange(count))) if clock.name else []
        rows = [{**row, **({clock.name: moments[step]} if moments else {})} for step in range(count)]
        ahead = dict.fromkeys(forecast.channels)
        return {"rows": [*rows[: forecast.past], *({**row, **ahead} for row in rows[forecast.past :])]}


def inflated(data: bytes, most: int) -> bytes:
    """What gzip packed. Raises Refused: with 413 for more than `most` bytes, of which no more are made, and with 400
    for what is damaged, cut, or followed by something else."""
    reader = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        made = reader.decompress(data, most + 1)
    except zlib.error:
        raise Refused(400, "the body is not the gzip that it is said to be", expected="one whole gzip member") from None
    if len(made) > most:
        raise Refused(413, "the body is too large once it is unpacked", expected=f"at most {most:,} bytes")
    if not reader.eof or reader.unused_data:
        what = "something follows the gzip in the body" if reader.eof else "the gzip in the body is cut"
        raise Refused(400, what, expected="one whole gzip member")
    return made


__all__ = ["JSON", "Model", "Sent", "inflated"]
