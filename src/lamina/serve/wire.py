"""HTTP/1.1 by uvicorn and h11, with what they lack: an end to waiting for headers, and to reading slowly.

Whenever no request is at work on a connection, its headers have to be whole within `PATIENCE` seconds, however many
bytes come meanwhile; and what is to be sent must move. There are at most `CONNECTIONS` at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from ..files import json_bytes
from ..signals import hearing

PATIENCE = 10.0  # seconds
CONNECTIONS = 256
HEADERS = 16 << 10  # bytes of the headers of a request, at most
GRACE = 6  # seconds for what is under way when asked to stop: the process has eight
UNREADABLE = "this is no request of HTTP/1.1 that can be read"


class Patient(H11Protocol):
    """One connection, which is not waited for without end."""

    timer: asyncio.TimerHandle | None = None
    left = 0  # bytes that were still to be sent at the last look

    def connection_made(self, transport: Any) -> None:
        """A connection has come; where there are too many already it is told so."""
        super().connection_made(transport)
        if len(self.connections) > CONNECTIONS:
            self._say(503, "there are too many connections")
            return
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection has gone."""
        self._rest()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Bytes have come: the time that headers have begins and ends with them."""
        super().handle_events()
        if self.cycle is not None and not self.cycle.response_complete:
            self._rest()
        elif self.timer is None:
            self._wait()

    def on_response_complete(self) -> None:
        """An answer has been handed over, and the next request may come."""
        super().on_response_complete()
        if self.timer is None and (self.cycle is None or self.cycle.response_complete):
            self._wait()

    def send_400_response(self, msg: str) -> None:
        """Say that what came is no request."""
        del msg
        self._say(400, UNREADABLE)

    def _wait(self) -> None:
        self.timer = self.loop.call_later(PATIENCE, self._late)

    def _rest(self) -> None:
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _late(self) -> None:
        self.timer = None
        left = self.transport.get_write_buffer_size()
        if left and left != self.left:
            self.left = left
            self._wait()
        elif self.transport.is_closing() or left:
            self.transport.abort()
        elif self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._say(408, f"the headers had not come after {PATIENCE:g} s")
        else:
            self.transport.close()

    def _say(self, status: int, what: str) -> None:
        """An answer to what never became a request, and the end of the connection."""
        data = json_bytes({"error": what}, indent=None)
        headers = [
            ("content-type", "application/json"),
            ("content-length", str(len(data))),
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("connection", "close"),
        ]
        begin = h11.Response(status_code=status, headers=headers, reason=HTTPStatus(status).phrase)
        parts = [self.conn.send(part) or b"" for part in (begin, h11.Data(data), h11.EndOfMessage())]
        self.transport.write(b"".join(parts))
        self.transport.close()
        self._rest()
        self._wait()


class Listening(uvicorn.Server):
    """The loop of a server. Being asked to stop is how it ends, so a signal is not raised again afterwards."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """While the block runs, Ctrl-C and SIGTERM ask to stop; a second one does what it always did. One that is
        ignored stays ignored."""
        with hearing(self._end):
            yield

    def _end(self) -> None:
        self.should_exit = True


def listening(app: Any) -> Listening:
    """The loop of a server for an application; it says nothing by itself, and trusts no header that a proxy may set."""
    config = uvicorn.Config(
        app,
        loop="asyncio",
        http=Patient,
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=int(PATIENCE),
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=HEADERS,
    )
    return Listening(config)
