"""Everything that is wrong with a source, said at once, and one command that gets past it; `fit` looks first."""

from __future__ import annotations

import shlex
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..data.store import build_store
from ..errors import LaminaError
from ..findings import Aside, Findings, unusable
from ..report.words import count
from ..teller import Teller
from .prepare import Looked, data_settings, look
from .refuse import refuse_early, stop_unread
from .request import Request, whole
from .words import say_columns


@dataclass(frozen=True)
class Checked:
    """What a look through a source found. `command` gets past every problem that has a way past; `past_all` says
    whether all of them have one."""

    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    quarantined: dict[str, int]
    command: str
    past_all: bool

    def to_json(self) -> dict[str, Any]:
        """As plain JSON."""
        return {**vars(self), "problems": list(self.problems), "warnings": list(self.warnings)}


def check(request: Request, teller: Teller) -> Checked:
    """Open, type, split and decode a source, and keep nothing."""
    findings = Findings()
    request = whole(request)
    refuse_early(request)
    settings = data_settings(request)
    try:
        looked = look(request, request.source, settings, findings)
        stop_unread(request, looked.table.facts, findings)
        locked = _decode(looked, findings, teller)
        looked.check_shares(findings, settings.quarantine)
        if locked:
            told = unusable(locked, len(looked.split.test), "locked test")
            findings.warn("locked", f"{told}; fit goes on without them, and scores as wrong what cannot be read")
            findings.set_aside("test", locked)
        say_columns(looked.schema, request.target, teller, every=True)
        teller.say("data", f"{looked.table.name}, {count(len(looked.table), 'row')}")
        teller.say("split", looked.split.how)
    except LaminaError as error:
        if not findings.errors:
            findings.stop(error)
    for text in findings.warnings.values():
        teller.warn(text)
    for part, lost in findings.asides.items():
        for row in lost[:10]:
            teller.say("set aside", f"{part}: {row.where}: {row.reason}")
    flags = findings.flags()
    problems = tuple(f"{type(e).__name__}: {e}" for e, _ in findings.errors)
    command = f"{_fit_words(request)} {flags}".strip() if problems and flags else ""
    warnings, past_all = tuple(findings.warnings.values()), all(flags for _, flags in findings.errors)
    return Checked(problems, warnings, findings.quarantined(), command, past_all)


def _decode(looked: Looked, findings: Findings, teller: Teller) -> list[Aside]:
    """Decode every part as `fit` does, and keep nothing; the rows of the locked test part that cannot be used, which
    `fit` opens only to score, and does not stop at."""
    table, parts, late = looked.table, looked.split.parts(), Findings()
    test = {"test": parts.pop("test")}
    with tempfile.TemporaryDirectory() as folder, teller.bar("decode", len(table)) as tell:
        done = 0
        for rows, found in ((parts, findings), (test, late)):

            def read(n: int, _: int, before: int = done) -> None:
                tell(before + n, "rows")

            place = Path(folder) / min(rows)
            build_store(place, table, looked.schema, rows, found, read, slow=teller.warn)
            done += sum(map(len, rows.values()))
    return late.asides.get("test", [])


def _fit_words(request: Request) -> str:
    words = shlex.split(request.command) if request.command else []
    if len(words) > 2 and words[1] == "check":
        return shlex.join(["lamina", "fit", *words[2:]])
    return f"lamina fit {shlex.quote(request.source)}"
