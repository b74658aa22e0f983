"""What a person at a terminal sees: a few calm lines, a bar that tells the truth, one table. Plain lines elsewhere."""

from __future__ import annotations

import json as jsonlib
import signal
import sys
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ..errors import LaminaError, Stopped
from ..findings import printable
from ..teller import Lines, Quiet


class Screen(Lines):
    """Draws on standard error when it is a terminal, and writes plain lines when it is not."""

    def __init__(self) -> None:
        super().__init__()
        self.live = sys.stderr is not None and sys.stderr.isatty()

    @contextmanager
    def bar(self, what: str, total: float) -> Iterator[Callable[[float, str], None]]:
        """A progress bar with a few words, the speed and the time left."""
        if not self.live:
            with super().bar(what, total) as tell:
                yield tell
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

        columns = (
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeRemainingColumn(),
            TextColumn("{task.fields[words]}"),
        )
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task(what, total=total or None, words="")
            yield lambda done, words: progress.update(task, completed=done, words=words)

    def checked(self, found: Any) -> None:
        """Print what a look through a source found."""
        for number, problem in enumerate(found.problems, 1):
            print(f"{number}. {problem}", file=sys.stderr)
        if found.command:
            print(f"\nthis gets past all of it:\n  {found.command}", file=sys.stderr)
        elif not found.problems:
            self.say("fine", "nothing stands in the way of training")


@contextmanager
def guarded(json: bool) -> Iterator[Any]:
    """Run a command: SIGTERM is asked politely of it, and with `json` nothing but one object reaches standard output."""

    def term(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, term)
    try:
        yield Silent() if json else Screen()
    except LaminaError as error:
        if not json:
            raise
        told = {"type": type(error).__name__, "what": error.what, "expected": error.expected, "fix": error.fix}
        print_json({"error": told})
        raise SystemExit(error.exit_code) from None
    finally:
        signal.signal(signal.SIGTERM, before)


class Silent(Quiet):
    """Says nothing; for --json."""

    def checked(self, found: Any) -> None:
        """Nothing is printed."""


def failed(error: BaseException) -> int:
    """Print what went wrong, in the user's words where it is the user's to mend; the exit code."""
    import click

    if isinstance(error, LaminaError):
        name = "stopped" if isinstance(error, Stopped) else type(error).__name__
        print(f"{name}: {error}", file=sys.stderr)
        return error.exit_code
    if isinstance(error, click.exceptions.ClickException):
        print(f"{type(error).__name__}: {error.format_message()}", file=sys.stderr)
        context = getattr(error, "ctx", None)
        if context is not None:
            print(f"  fix:      {context.command_path} --help", file=sys.stderr)
        return 2
    if isinstance(error, click.exceptions.Abort):
        return 75
    traceback.print_exception(error)
    print("this is a fault of lamina's, not yours; the lines above tell where", file=sys.stderr)
    return 1


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    print(jsonlib.dumps(value, default=str, ensure_ascii=False))


def print_table(rows: Sequence[Sequence[Any]]) -> None:
    """Rows under a head, in columns as wide as they need; the last column takes what is left."""
    texts = [[printable(str(cell)) for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(len(row[i]) for row in texts) for i in range(len(texts[0]))]
    for number, row in enumerate(texts):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def print_scores(scores: dict[str, Any]) -> None:
    """The verdict in a line, then the one table: each score with its interval, the baselines beside it."""
    from ..report import text_table, verdict

    said = verdict(scores)
    print(f"\n{said.text}\n")
    print_table(text_table(scores))
    print()
