"""A run behind an address: bound before anything is said, served until it is asked to stop."""

from __future__ import annotations

import ipaddress
import json
import os
import shlex
import socket
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import SettingError, Stopped
from ..extras import extra
from ..teller import Teller, put
from .base import Answering, Limits
from .live import Live
from .work import Worker

LEAST = 16  # signs of a token
LOOPBACK = ("localhost", "127.0.0.1", "::1")
LINE = 1_000  # signs of an example that is still a line to copy
MAKE = "python -c 'import secrets; print(secrets.token_urlsafe(32))' > token.txt && chmod 600 token.txt"


@dataclass(frozen=True)
class Place:
    """Where a server listens, the token that it asks for, "" for none, and the file that the token stands in."""

    host: str = "127.0.0.1"
    port: int = 8000
    token: str = field(default="", repr=False)
    token_file: str = ""

    @property
    def alone(self) -> bool:
        """Whether only this machine can reach it."""
        try:
            return self.host == "localhost" or ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def shared(self) -> bool:
        """Whether others on this machine may read the file of the token."""
        return bool(self.token_file) and bool(os.stat(self.token_file).st_mode & (stat.S_IRGRP | stat.S_IROTH))


def place_of(run: str, host: str, port: int, token_file: str) -> Place:
    """Where to listen. Raises SettingError for a token file that holds none, and for an address that others can reach
    where no token is asked for."""
    place = Place(host, port, read_token(Path(token_file)) if token_file else "", token_file)
    if not place.alone and not place.token:
        raise SettingError(
            f"others could ask at {host}, and no token is asked for",
            expected=f"a file with a token, such as this makes: {MAKE}",
            fix=f"lamina serve {shlex.quote(run)} --host {shlex.quote(host)} --port {port} --token-file token.txt",
        )
    return place


def read_token(path: Path) -> str:
    """The token in a file. Raises SettingError where there is none that is hard to guess; it is never said."""
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds other signs than letters, digits and such"
        raise SettingError(f"the token file {path} cannot be read: {why}", expected="one line", fix=MAKE) from None
    if len(token) < LEAST or not token.isprintable() or len(token.split()) != 1:
        raise SettingError(
            f"the token file {path} holds no token that is hard to guess",
            expected=f"one line of {LEAST} signs or more, without blanks",
            fix=MAKE,
        )
    return token


class Server:
    """A run that answers at an address. The address is bound and the run read, whole, when it is made.

    `read` reads the run in `path`. Raises SettingError where the address cannot be had, RunError for a damaged run,
    PlanError for one whose inputs cannot be sent, ExtraError where a library is missing.
    """

    def __init__(
        self,
        path: Path,
        read: Callable[[], Answering],
        place: Place,
        limits: Limits | None = None,
        *,
        teller: Teller,
        verbose: bool = False,
    ):
        need_libraries()
        from .app import Open, make_app
        from .wire import listening

        self.place, self.limits = place, limits or Limits()
        if place.shared:
            kept = shlex.quote(place.token_file)
            teller.warn(f"others on this machine can read the token in {place.token_file}; chmod 600 {kept} ends that")
        self.socket = _bound(place)
        try:
            self.live = Live(path, read, teller.warn)
        except BaseException:
            self.socket.close()
            raise
        self.worker = Worker(self.limits.waiting)
        hosts = frozenset({*LOOPBACK, place.host} if place.alone and not place.token else ())
        access = (lambda text: teller.say("access", text)) if verbose else None
        state = Open(self.live, self.worker, self.limits, place.token, put, access, hosts)
        self.loop = listening(make_app(state))

    @property
    def address(self) -> str:
        """Where it is reached."""
        port = self.socket.getsockname()[1]
        return f"http://{f'[{self.place.host}]' if ':' in self.place.host else self.place.host}:{port}"

    @property
    def example(self) -> str:
        """A line to type that is answered; of pictures and sounds one that sends a file."""
        kept = shlex.quote(self.place.token_file or "token.txt")
        token = f' -H "authorization: Bearer $(cat {kept})"' if self.place.token else ""
        model, url = self.live.model, f"{self.address}/predict"
        if model.asked.lone:
            sort = {"image": ("image/jpeg", "new.jpg"), "audio": ("audio/wav", "new.wav")}
            media, name = sort[model.asked.columns[model.asked.lone][1].sent]
            return f"curl -s {url}{token} -H 'content-type: {media}' --data-binary @{name}"
        body = json.dumps(model.example(), ensure_ascii=False)
        sent = shlex.quote(body) if len(body) <= LINE else "@rows.json"
        return f"curl -s {url}{token} -H 'content-type: application/json' -d {sent}"

    def run(self) -> None:
        """Serve until `stop` is called or a signal asks to. Raises Stopped where something was under way for longer
        than could be waited for."""
        self.live.watch()
        try:
            self.loop.run(sockets=[self.socket])
        finally:
            self.live.over.set()
            self.socket.close()
        if self.worker.busy:
            raise Stopped("stopped; a request that would not end was cut off")

    def stop(self) -> None:
        """Ask to stop, from any thread: no more connections, and what is under way is finished."""
        self.loop.should_exit = True


def need_libraries() -> None:
    """Raises ExtraError where one of the libraries of the extra `serve` is missing."""
    with extra("starlette", "a run is served"):
        import starlette  # noqa: F401
    with extra("uvicorn", "a run is served"):
        import uvicorn  # noqa: F401


def _bound(place: Place) -> socket.socket:
    """A socket at an address. Raises SettingError where it cannot be had."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        made = socket.socket(family, kind, protocol)
    except OSError as error:
        raise SettingError(f"there is no address {place.host}", expected=error.strerror or "an address") from None
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind(address)
        made.listen()
    except OSError as error:
        made.close()
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SettingError(
            f"{place.host}:{place.port} cannot be listened at: {why}",
            expected="an address of this machine, and a port that is free",
            fix=f"--port {place.port + 1 if 1024 <= place.port < 65535 else 8000}",
        ) from None
    return made
