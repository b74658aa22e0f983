"""What is served, as this folder sees it, and how much of it may be asked for at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ..data.table import Table
from ..data.windows import Forecast
from ..kinds import Schema
from ..predict import Answer


class Answering(Protocol):
    """One reading of a run: whole, and unchanged for as long as it is held.

    `files` are the manifest's entries that it was read under, `forecast` what it knows of a series that it forecasts,
    `heading` what its answers are called.
    """

    @property
    def files(self) -> Mapping[str, Mapping[str, Any]]: ...
    @property
    def schema(self) -> Schema: ...
    @property
    def forecast(self) -> Forecast | None: ...
    @property
    def heading(self) -> str: ...
    def answer(self, table: Table) -> list[Answer]: ...


@dataclass(frozen=True)
class Limits:
    """What one request may cost: bytes of its body, as it comes and unpacked, its rows, and seconds until its body has
    come. `waiting`: requests that are under way at once, from the first byte of a body to the answer."""

    body: int = 16 << 20
    rows: int = 1_000
    seconds: float = 30.0
    waiting: int = 64
