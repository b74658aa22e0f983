"""What a look at the data found, gathered so that all of it can be said at once.

Three levels: `stop` (training must not begin), `aside` (one row is quarantined and counted), `warn`
(said once, kept in the report). A reader or a kind adds to the findings and goes on where it can.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from .errors import LaminaError, SourceError

FIGURE = re.compile(r"(--set [\w.]+)=(\d+\.?\d*)")  # a flag that sets a number, of which the last one given holds


@dataclass(frozen=True)
class Aside:
    """A row that was set aside: where it is, why, the SHA-256 of its bytes where it has any, and how many lines of the
    source went with it: an open quote takes the lines below it for its own."""

    where: str
    reason: str
    sha256: str = ""
    lines: int = 1


def aside(where: str, reason: str, data: bytes | None = None, lines: int = 1) -> Aside:
    """Set a row aside, with the hash of its bytes."""
    return Aside(where, reason, "" if data is None else hashlib.sha256(data).hexdigest(), lines)


def lost(rows: Iterable[Aside]) -> int:
    """How many rows are gone: one for each line that was set aside."""
    return sum(row.lines for row in rows)


def printable(name: str) -> str:
    """A name safe to print: control characters and undecodable bytes escaped, the rest as it is.

    >>> printable("a\\nb")
    'a\\\\nb'
    """
    if name.isprintable():
        return name
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode("ascii") for c in name)


@dataclass
class Findings:
    """Errors with the flags that get past them, warnings by code, rows set aside by part."""

    errors: list[tuple[LaminaError, str]] = field(default_factory=list)
    warnings: dict[str, str] = field(default_factory=dict)
    asides: dict[str, list[Aside]] = field(default_factory=dict)
    wrong: dict[str, list[Aside]] = field(default_factory=dict)

    def stop(self, error: LaminaError, flags: str = "") -> None:
        """Add an error; `flags` is what to add to the command to get past it, if anything does."""
        self.errors.append((error, flags))

    def warn(self, code: str, text: str) -> None:
        """Say something once: the first text for a code stays."""
        self.warnings.setdefault(code, text)

    def set_aside(self, part: str, rows: list[Aside], wrong: list[Aside] | None = None) -> None:
        """Quarantine rows of a part ("train", "valid", "test"); of those in `wrong` no single one is to blame."""
        if rows:
            self.asides.setdefault(part, []).extend(rows)
        if wrong:
            self.wrong.setdefault(part, []).extend(wrong)

    def check_share(self, part: str, total: int, limit: float) -> None:
        """Turn too many rows set aside in one part into an error (`limit` is a share of `total`), and any for which no
        single row is to blame."""
        rows, wrong = self.asides.get(part, []), self.wrong.get(part, [])
        if wrong:
            told = ", ".join(printable(row.where) for row in wrong[:5])
            self.stop(SourceError(f"{wrong[0].reason}, in {len(wrong):,} of {total:,} {part} rows; first: {told}"))
            return
        gone = lost(rows)
        if not gone or gone <= limit * total:
            return
        share = min(1.0, round(gone / total + 0.005, 2))
        self.stop(
            SourceError(
                unusable(rows, total, part),
                expected=f"at most {limit:.0%} of a part",
                fix=f"mend them, or accept the loss with --set data.quarantine={share:g}",
            ),
            f"--set data.quarantine={share:g}",
        )

    def raise_errors(self) -> None:
        """Raise what was gathered: one error as itself, several as one that lists them all."""
        if not self.errors:
            return
        if len(self.errors) == 1:
            raise self.errors[0][0]
        listed = "\n".join(f"{i}. {type(e).__name__}: {e}" for i, (e, _) in enumerate(self.errors, 1))
        raise SourceError(f"{len(self.errors)} problems stand in the way of training:\n{listed}")

    def flags(self) -> str:
        """What to add to the command to get past every error that has a way past; each flag once, and of the figures
        for one setting the largest."""
        kept: dict[str, str] = {}
        for flags in (flags for _, flags in self.errors if flags):
            figure = FIGURE.fullmatch(flags)
            name = figure[1] if figure else flags
            kept[name] = max(kept.get(name, flags), flags, key=_figure)
        return " ".join(kept.values())

    def to_json(self) -> dict[str, Any]:
        """Warnings and counts, for `data.json`; the rows set aside go to `quarantine.jsonl`."""
        return {
            "warnings": [{"code": code, "text": text} for code, text in self.warnings.items()],
            "quarantined": self.quarantined(),
            "reasons": {part: _commonest(rows) for part, rows in self.asides.items()},
        }

    def quarantined(self) -> dict[str, int]:
        """How many rows are gone, by part."""
        return {part: lost(rows) for part, rows in self.asides.items()}

    def quarantine_lines(self) -> list[dict[str, Any]]:
        """One record for each row set aside, with its part."""
        return [{"part": part, **asdict(row)} for part, rows in self.asides.items() for row in rows]


def unusable(rows: list[Aside], total: int, part: str) -> str:
    """How many rows of a part cannot be used, why, and where the first of them are."""
    first = ", ".join(printable(row.where) for row in rows[:5])
    return f"{lost(rows):,} of {total:,} {part} rows cannot be used ({_reasons(rows)}); first: {first}"


def _reasons(rows: list[Aside]) -> str:
    """The three commonest reasons: like ones counted together, in the words of the first of them."""
    families: dict[str, list[str]] = {}
    for row in rows:
        families.setdefault(_family(row.reason), []).append(row.reason)
    told = sorted(families.values(), key=len, reverse=True)[:3]
    return "; ".join(
        f"{len(same):,} × {same[0]}" if len(set(same)) == 1 else f"{same[0]}, and {len(same) - 1:,} like it"
        for same in told
    )


def _figure(flags: str) -> float:
    figure = FIGURE.fullmatch(flags)
    return float(figure[2]) if figure else 0.0


def _commonest(rows: list[Aside]) -> str:
    """Why most of some rows were set aside, in the words of the first of them."""
    (family, count), *_ = Counter(_family(row.reason) for row in rows).most_common(1)
    said = next(row.reason for row in rows if _family(row.reason) == family)
    return said if count == len(rows) else f"{said}, and others"


def _family(reason: str) -> str:
    """A reason without its figures, so that like reasons count together."""
    return "".join("n" if c.isdigit() else c for c in reason).replace("nn", "n").replace("nn", "n")
