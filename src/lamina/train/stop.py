"""Stop when asked: the first signal ends training after the step at hand, with everything saved."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..signals import hearing
from .session import Session


@contextmanager
def stopping(session: Session) -> Iterator[None]:
    """While the block runs, Ctrl-C and SIGTERM set `session.asked_to_stop` and cut a judgement short; a second one does
    what it always did. One that is ignored stays ignored.

    Raises Stopped at the end of the block where one came too late for the loop: all is saved then.
    """

    def ask() -> None:
        session.asked_to_stop = True
        if session.judging:
            raise KeyboardInterrupt

    with hearing(ask) as heard:
        yield
    if heard and session.asked_to_stop:
        raise session.stopped()
