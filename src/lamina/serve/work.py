"""One worker: a thread in which requests are answered one after the other, and the places for those that wait.

A net uses all the threads it was given by itself; two requests at once would only share them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any, TypeVar

from .refused import Refused

T = TypeVar("T")
RETRY = 1  # seconds after which one who found no place may ask again


class Worker:
    """Does calls in their order, in a thread that nothing waits for at the end of the process."""

    def __init__(self, places: int):
        self.places, self.taken = places, 0
        self.calls: SimpleQueue[tuple[Callable[[], Any], Future[Any]]] = SimpleQueue()
        self.busy = False  # a call is being done
        threading.Thread(target=self._work, daemon=True).start()

    @contextmanager
    def place(self) -> Iterator[None]:
        """One of the places, for as long as a request is under way. Raises Refused with status 503 where none is free.

        Only the thread of the event loop asks for places.
        """
        if self.taken >= self.places:
            what = f"{self.taken:,} requests are under way, and no more are taken"
            raise Refused(503, what, expected="another try in a moment", headers={"Retry-After": str(RETRY)})
        self.taken += 1
        try:
            yield
        finally:
            self.taken -= 1

    async def do(self, call: Callable[[], T]) -> T:
        """What a call gives, or raises."""
        future: Future[T] = Future()
        self.calls.put((call, future))
        return await asyncio.wrap_future(future)

    def _work(self) -> None:
        while True:
            call, future = self.calls.get()
            if not future.set_running_or_notify_cancel():
                continue
            self.busy = True
            try:
                made, failed = call(), None
            except BaseException as error:
                made, failed = None, error
            self.busy = False
            if failed is None:
                future.set_result(made)
            else:
                future.set_exception(failed)
            del call, future, made, failed  # what was asked is not kept until the next request
