"""The command `lamina`: words to calls, and calm lines back."""

from __future__ import annotations

import sys

from .process import end, prepared

__all__ = ["main"]


def main() -> None:
    """The entry of the command. Signals are heard before the parser of its words is loaded."""
    stops = prepared()
    from .entry import run

    end(run(sys.argv[1:], stops))
