"""A command carried out, from words to an exit code, with errors in the user's words.

Exit codes: 0 done, 2 the user's error, 1 ours, 75 stopped and can be gone on with.
"""

from __future__ import annotations

import errno
import sys
import traceback
from collections.abc import Sequence
from typing import Any

import typer

from ..errors import LaminaError, RunError, SettingError, Stopped, nearest
from ..findings import printable
from ..teller import put
from .app import app
from .process import Stops
from .screen import print_json

OVERDUE = "stopped in the middle of what would not end by itself; what was saved before is whole"


def run(words: Sequence[str], stops: Stops | None = None) -> int:
    """Carry out a command; its exit code. Never a traceback for what the user can mend."""
    json, stops = "--json" in words, stops or Stops()
    try:
        with stops.heard(lambda: told(Stopped(OVERDUE, fix="lamina fit RUN --resume"), json)):
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
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            what = "there is no room for what is printed; what was written to files before is whole"
            return told(RunError(what, fix="make room where standard output goes"), json)
        if stops.asked:  # a library made something else of the interruption
            return told(Stopped("stopped"), json)
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
    known = [c.name or c.callback.__name__ for c in app.registered_commands if c.callback]
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
