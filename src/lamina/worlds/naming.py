"""How a world is called: a name, perhaps with settings in brackets."""

from __future__ import annotations

import re
from typing import Any

from ..errors import SourceError

# No colon: gymnasium takes what stands before one for a module, and imports it.
CALLED = re.compile(r"(?P<name>[\w./-]+)(?:\((?P<settings>[^()]*)\))?")


def spoken(words: str) -> tuple[str, dict[str, Any]]:
    """Name and settings of a world as typed. Raises SourceError for what is no name.

    >>> spoken("connect_four(rows=4,columns=5)")
    ('connect_four', {'rows': 4, 'columns': 5})
    """
    found = CALLED.fullmatch(words.strip())
    if not found:
        raise SourceError(f'"{words}" names no world', expected="NAME, or NAME(setting=value,…)")
    settings = {}
    for pair in filter(None, (found["settings"] or "").split(",")):
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not (name and equals and value):
            raise SourceError(f'"{pair.strip()}" in "{words}" sets nothing', expected="setting=value")
        settings[name] = _value(value)
    return found["name"], settings


def _value(text: str) -> Any:
    """A truth, a whole number, a number, or the text itself."""
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
