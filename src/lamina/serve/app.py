"""The three addresses of a server, as an ASGI application: GET /, GET /health, POST /predict."""

from __future__ import annotations

import asyncio
import hmac
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from ..files import json_bytes
from .answer import JSON
from .base import Limits
from .body import CLOSE, sent_as, whole_body
from .live import Live
from .refused import Refused, shown
from .work import Worker

HEADERS = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
FAULT = "this could not be answered; the fault is the server's, and its own log says more"
ENDING = "the server is stopping"
WORDS = {404: "there is nothing at this path", 405: "this path does not take this method"}
PATHS = "GET /, GET /health or POST /predict"

Handler = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Open:
    """What the doors need: the model, who works, the limits, the token ("" for none), whom to tell of faults and of
    requests, and the names by which a browser may call a server that has no token (none: by any)."""

    live: Live
    worker: Worker
    limits: Limits
    token: str = field(repr=False)
    tell: Callable[[str], Any]
    access: Callable[[str], Any] | None
    hosts: frozenset[str]


def make_app(state: Open) -> Any:
    """The application."""
    paths = (("/", "GET", _about), ("/health", "GET", _health), ("/predict", "POST", _predict))
    routes = [Route(path, _kept(state, call), methods=[method]) for path, method, call in paths]
    app = Starlette(routes=routes, exception_handlers={HTTPException: _unrouted(state)})
    app.router.redirect_slashes = False  # a redirection would say our address
    return app


def _kept(state: Open, call: Callable[[Open, Request], Awaitable[Response]]) -> Handler:
    """An address whose every ending is an answer of ours: what is asked for, a refusal, or a fault without details."""

    async def answer(request: Request) -> Response:
        began = time.perf_counter()
        try:
            _let_in(state, request)
            response = await call(state, request)
        except Refused as refused:
            response = _response(refused.status, refused.to_json(), refused.headers)
        except ClientDisconnect:
            response = _response(400, {"error": "the body broke off"}, CLOSE)
        except asyncio.CancelledError:  # what is under way for longer than a server that stops may wait
            response = _response(503, {"error": ENDING}, CLOSE)
        except Exception as error:
            state.tell("".join(traceback.format_exception(error)).rstrip())
            response = _response(500, {"error": FAULT})
        _log(state, request, response.status_code, began)
        return response

    return answer


def _let_in(state: Open, request: Request) -> None:
    """Raises Refused for who has no token where one is needed, and for who calls a server of this machine alone by
    another name: so does a page of elsewhere whose name was made to lead here."""
    host = request.headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if host and state.hosts and name.strip("[]") not in state.hosts:
        raise Refused(421, "this server is not called by this name", expected=" or ".join(sorted(state.hosts)))
    if not state.token or request.scope["path"] == "/health":
        return
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(given.strip().encode(), state.token.encode()):
        headers = {"WWW-Authenticate": "Bearer"}
        raise Refused(401, "the token is missing or wrong", expected="Authorization: Bearer TOKEN", headers=headers)


async def _about(state: Open, request: Request) -> Response:
    del request
    return _response(200, state.live.model.about(state.limits))


async def _health(state: Open, request: Request) -> Response:
    del request
    return _response(200, {"status": "ok", "run": state.live.model.weights, "waiting": state.worker.taken})


async def _predict(state: Open, request: Request) -> Response:
    sent = sent_as(request.headers)
    state.live.model.accept(sent)
    with state.worker.place():
        data = await whole_body(request, state.limits)
        made = await state.worker.do(partial(_answered, state, data, sent))
    return _response(200, made)


def _answered(state: Open, data: bytes, sent: Any) -> bytes:
    """In the worker: the model of this moment answers the whole request."""
    return state.live.model.answer(data, sent, state.limits)


def _unrouted(state: Open) -> Any:
    """What is said of a path or a method that is none."""

    async def answer(request: Request, error: Any) -> Response:
        began = time.perf_counter()
        try:
            _let_in(state, request)
        except Refused as refused:
            response = _response(refused.status, refused.to_json(), refused.headers)
        else:
            told = {"error": WORDS.get(error.status_code, "this cannot be answered"), "expected": PATHS}
            response = _response(error.status_code, told, error.headers)
        _log(state, request, response.status_code, began)
        return response

    return answer


def _response(status: int, content: Any, headers: Mapping[str, str] | None = None) -> Response:
    data = content if isinstance(content, bytes) else json_bytes(content, indent=None)
    return Response(data + b"\n", status, {**HEADERS, **(headers or {})}, JSON)


def _log(state: Open, request: Request, status: int, began: float) -> None:
    if state.access is not None:
        took = 1000 * (time.perf_counter() - began)
        state.access(f"{status} {shown(request.method)} {shown(request.scope['path'])} {took:.1f} ms")
