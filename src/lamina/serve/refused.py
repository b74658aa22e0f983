"""A request that is not answered: its status, what is wrong with it, and where in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import LaminaError
from ..findings import printable

SHOWN = 80  # signs of what came that are said again


class Refused(LaminaError):
    """What a client can mend. `status` is HTTP's (RFC 9110), `field` a place in the request, such as "rows[3].age"."""

    def __init__(
        self,
        status: int,
        what: str,
        *,
        field: str = "",
        expected: str = "",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, Any] | None = None,
    ):
        super().__init__(what, expected=expected)
        self.status, self.field, self.headers, self.more = status, field, dict(headers or {}), dict(more or {})

    def to_json(self) -> dict[str, Any]:
        """What the client is told."""
        told = {"error": self.what, "field": self.field, "expected": self.expected, **self.more}
        return {word: value for word, value in told.items() if value}


def shown(text: str) -> str:
    """A text of the client's, safe to say again: no control characters, and not all of a long one."""
    return printable(text if len(text) <= SHOWN else f"{text[:SHOWN]}…")


def placed(steps: tuple[str | int, ...]) -> str:
    """Names and numbers on the way into a value, as one says them.

    >>> placed(("rows", 3, "age"))
    'rows[3].age'
    """
    out = ""
    for step in steps:
        out += f"[{step}]" if isinstance(step, int) else f".{shown(step)}" if out else shown(step)
    return out
