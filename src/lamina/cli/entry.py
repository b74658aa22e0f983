"""The way in and out of the command: streams that are there, signals that are heard, errors in the user's words.

Exit codes: 0 done, 2 the user's error, 1 ours, 75 stopped and can be gone on with.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from ..errors import LaminaError, SettingError, Stopped, nearest
from ..findings import printable
from ..teller import put
from .app import app
from .screen import print_json

# A thread that waits for another sleeps instead of spinning. Two threads on two cores that another process wants too
# took 1,000 to 3,600 ms for a step that takes 300 so, and 100 on a free machine either way (torch 2.13, libgomp).
PATIENT = ("OMP_WAIT_POLICY", "PASSIVE")


def main() -> None:
    """The entry of the command."""
    whole_streams()
    os.environ.setdefault(*PATIENT)
    code = run(sys.argv[1:])
    for stream in (sys.stdout, sys.stderr):
        hang_up(stream)
    sys.exit(code)


def run(words: Sequence[str]) -> int:
    """Carry out a command; its exit code. Never a traceback for what the user can mend."""
    json = "--json" in words
    try:
        with polite():
            command = typer.main.get_command(app)
            with command.make_context("lamina", list(words), obj=list(words)) as ctx:
                command.invoke(ctx)
            if sys.stdout is not None:
                sys.stdout.flush()
            return 0
    except typer.Exit as end:
        return end.exit_code
    except BrokenPipeError:
        return 0
    except KeyboardInterrupt:
        return told(Stopped("stopped"), json)
    except LaminaError as error:
        return told(error, json)
    except Exception as error:
        if hasattr(error, "format_message"):
            return told(misread(error, words), json)
        put("".join(traceback.format_exception(error)).rstrip())
        put("this is a fault of lamina's, not yours; the lines above tell where")
        if json:
            print_json({"error": {"type": "Fault", "what": f"{type(error).__name__}: {error}"}})
        return 1


def told(error: LaminaError, json: bool) -> int:
    """Say what went wrong, as lines or as one object; the exit code."""
    kind = type(error).__name__
    if json:
        print_json({"error": {"type": kind, "what": error.what, "expected": error.expected, "fix": error.fix}})
    elif isinstance(error, Stopped):
        put(error.what)
        if error.fix:
            put(f"  go on:    {error.fix}")
    else:
        put(f"{kind}: {error}")
    return error.exit_code


def misread(error: Any, words: Sequence[str]) -> SettingError:
    """What the parser of the command line refuses, in our three lines, with the nearest known word.

    The parser is click, alone or inside typer, so its errors are told by name.
    """
    ctx, command = getattr(error, "ctx", None), next((w for w in words if not w.startswith("-")), "")
    known = [c.callback.__name__ for c in app.registered_commands if c.callback]
    help_words = f"lamina {command} --help" if command in known else "lamina --help"
    name, message = type(error).__name__, str(error.format_message()).replace("Value error, ", "")
    if name == "NoSuchOption":
        options = [word for p in ctx.command.params for word in p.opts if word.startswith("--")] if ctx else []
        near = nearest(error.option_name, options)
        return SettingError(f"there is no option {printable(error.option_name)}", expected=near, fix=help_words)
    if name == "MissingParameter":
        what = str(error.param.name).upper() if error.param else "a word"
        return SettingError(f"{what} is missing", expected=getattr(error.param, "help", "") or "", fix=help_words)
    if "No such command" in message:
        near = nearest(command, known)
        return SettingError(f'there is no command "{printable(command)}"', expected=near, fix=help_words)
    return SettingError(message.rstrip("."), fix=help_words)


@contextmanager
def polite() -> Iterator[None]:
    """While the block runs, SIGTERM and a closed terminal ask to stop as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(*_: Any) -> None:
        raise KeyboardInterrupt

    before = {signal.SIGTERM: signal.signal(signal.SIGTERM, stop)}
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # nohup has it ignored, and it stays so
        before[signal.SIGHUP] = signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def whole_streams() -> None:
    """Fill what the caller closed, so that no file we open takes its place, and print what its signs can say."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number, which is this one
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def hang_up(stream: Any) -> None:
    """Flush a stream; where nobody listens any more, turn it to nowhere, so that ending says nothing of it."""
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
