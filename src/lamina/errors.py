"""What can go wrong, said so that it can be mended: what came, what was expected, what to type."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LaminaError(Exception):
    """Something the user can mend. Printed as three short lines; the command ends with `exit_code`.

    >>> print(LaminaError("a width of 10 does not split into 3 heads", fix="heads=2"))
    a width of 10 does not split into 3 heads
      fix:      heads=2
    """

    exit_code = 2

    def __init__(self, what: str, *, expected: str = "", fix: str = ""):
        self.what, self.expected, self.fix = what, expected, fix
        lines = [what]
        if expected:
            lines.append(f"  expected: {expected}")
        if fix:
            lines.append(f"  fix:      {fix}")
        super().__init__("\n".join(lines))


class SourceError(LaminaError):
    """The data cannot be read as it stands: a file, a row, a column."""


class KindError(LaminaError):
    """A column does not hold what its kind says."""


class SplitError(LaminaError):
    """The rows cannot be parted into training, validation and test as asked."""


class SettingError(LaminaError):
    """A setting, flag or name is unknown or out of range."""


class PlanError(LaminaError):
    """Sizes or settings that do not go together."""


class ExtraError(LaminaError):
    """A library is needed that an extra brings, and it is not installed."""


class RunError(LaminaError):
    """A run directory is missing, damaged, of another request, or newer than this version."""


class TrainingError(LaminaError):
    """Training cannot go on, for example because the loss is not finite."""


class Stopped(LaminaError):
    """Asked to stop; everything is saved and the run can be resumed."""

    exit_code = 75


def nearest(word: str, known: Iterable[str]) -> str:
    """A hint with the known word nearest to an unknown one, or all of them when none is near.

    >>> nearest("learing_rate", ["rate", "learning_rate"])
    'did you mean "learning_rate"?'
    """
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'did you mean "{close[0]}"?'
    shown = ", ".join(known[:20]) + (", …" if len(known) > 20 else "")
    return f"one of: {shown}"
