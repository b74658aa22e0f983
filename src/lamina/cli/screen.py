"""What a person at a terminal sees: a few calm lines, a bar that tells the truth, one table. Plain lines elsewhere."""

from __future__ import annotations

import json as jsonlib
import os
import shlex
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..findings import printable
from ..teller import Lines, Pace, Quiet, Tell, put

PIPED = 100  # columns where there is no terminal
LEAST = 24  # columns that a last column gets, however narrow the terminal
INDENT = " " * 10


class Screen(Lines):
    """Draws on standard error when it is a terminal, and writes plain lines when it is not."""

    def __init__(self) -> None:
        super().__init__()
        self.live = sys.stderr is not None and sys.stderr.isatty()

    def say(self, what: str, text: str) -> None:
        """Print a line, on a terminal wrapped to its width."""
        Quiet.say(self, what, text)
        put(wrapped(f"{what:<9} {text}") if self.live else f"{what:<9} {text}")

    def warn(self, text: str) -> None:
        """Print a warning."""
        Quiet.warn(self, text)
        put(wrapped(f"{'warning':<9} {text}") if self.live else f"{'warning':<9} {text}")

    @contextmanager
    def bar(self, what: str, total: float) -> Iterator[Tell]:
        """A progress bar with the share done, a few words and the time left."""
        if not self.live:
            with super().bar(what, total) as tell:
                yield tell
            return
        from rich.console import Console
        from rich.progress import Progress, TextColumn
        from rich.table import Column

        console, pace = Console(stderr=True), Pace()
        drawn = max(4, min(24, console.width - 72))  # the bar gives way to the words
        line = TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis"))
        with Progress(line, console=console, transient=True) as progress:
            task = progress.add_task(what)

            def tell(done: float, words: str) -> None:
                share = min(1.0, done / total) if total else 0.0
                full = round(share * drawn)
                left = pace.left(done, total)
                heard = f"{100 * share:3.0f} %  {left + ' · ' if left else ''}{words}" if total else words
                progress.update(task, description=f"{what:<9} {'━' * full}{'┄' * (drawn - full)} {heard}")

            yield tell

    def checked(self, found: Any) -> None:
        """Print what a look through a source found."""
        for number, problem in enumerate(found.problems, 1):
            put(f"{number}. {problem}")
        if found.command:
            put(f"\nthis gets past {'all of it' if found.past_all else 'what can be got past'}:\n  {found.command}")
        elif not found.problems:
            self.say("fine", "nothing stands in the way of training")


class Silent(Quiet):
    """Says nothing; for --json."""

    def checked(self, found: Any) -> None:
        """Nothing is printed."""


def screen_for(json: bool) -> Screen | Silent:
    """Who is told: with --json nobody, so that one object on standard output is all there is; of several processes the
    first alone speaks."""
    return Silent() if json or follows() else Screen()


def follows() -> bool:
    """Whether this process is one of several, and not the first: torchrun numbers those that it starts."""
    return os.environ.get("RANK", "0") != "0"


def print_json(value: Any) -> None:
    """One JSON object on standard output."""
    print(jsonlib.dumps(value, default=str, ensure_ascii=False), flush=True)


def print_pieces(pieces: Iterable[str]) -> None:
    """Text on standard output, each piece as soon as it is there."""
    for piece in pieces:
        print("\n".join(printable(part) for part in piece.split("\n")), end="", flush=True)
    print()


def print_table(rows: Sequence[Sequence[Any]]) -> None:
    """Rows under a head, in columns as wide as they need; the last one is wrapped into the room that is left."""
    texts = [[printable(str(cell)) for cell in row] for row in rows]
    if not texts:
        return
    widths = [max(len(row[i]) for row in texts) for i in range(len(texts[0]))]
    before = sum(widths[:-1]) + 2 * (len(widths) - 1)
    widths[-1] = max(1, min(widths[-1], max(LEAST, room() - before)))
    for number, row in enumerate(texts):
        first, *more = folded(row[-1], widths[-1])
        cells = [cell.ljust(width) for cell, width in zip([*row[:-1], first], widths, strict=True)]
        print("  ".join(cells).rstrip())
        for rest in more:
            print(" " * before + rest)
        if number == 0:
            print("  ".join("-" * width for width in widths))


def print_scores(scores: dict[str, Any]) -> None:
    """The verdict, then the one table: each score with its interval, the baselines beside it."""
    from ..report import text_table, verdict

    print("\n" + "\n".join(folded(verdict(scores).text, max(LEAST, room()))) + "\n")
    print_table(text_table(scores))
    print()


def finish(run: Any, screen: Screen | Silent, json: bool) -> None:
    """What a run came to, where its report is and what it is for: the last words of training."""
    if follows():
        return
    if json:
        print_json({"run": str(run.path), "verdict": run.verdict, **run.all_scores()})
        return
    print_scores(run.all_scores())
    path = shlex.quote(str(run.path))
    screen.say("report", str(run.path / "report.html"))
    screen.say("next", ", ".join([*run.uses, f"lamina show {path}"]))


def wrapped(line: str) -> str:
    """A line of ours wrapped to the terminal, what follows standing under the text."""
    narrow = room() < 2 * LEAST
    return "\n".join(folded(line, max(12, room()), "" if narrow else INDENT))


def folded(text: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most a width, the later ones indented; a path or a flag stays whole, so that it can be copied."""
    lines = textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)
    return lines or [""]


def room() -> int:
    """Columns of the terminal, or those that we take for one."""
    return shutil.get_terminal_size((PIPED, 24)).columns
