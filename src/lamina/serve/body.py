"""What stands before a body is parsed: its type, its packing, its length, and how long it may take to come."""

from __future__ import annotations

import asyncio
from typing import Any

from .answer import Sent
from .base import Limits
from .refused import Refused, shown

CLOSE = {"Connection": "close"}


def sent_as(headers: Any) -> Sent:
    """How a body is written, from the headers of a request. Raises Refused with status 415."""
    media, *parts = [part.strip() for part in headers.get("content-type", "").split(";")]
    for part in parts:
        name, _, value = part.partition("=")
        if name.strip().lower() == "charset" and value.strip(' "').lower() not in ("utf-8", "utf8"):
            raise Refused(415, f"a body in {shown(value)} is not read", expected="JSON in UTF-8")
    packing = headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip", "x-gzip"):
        raise Refused(
            415,
            f"a body packed as {shown(packing)} is not read",
            expected="gzip, or nothing",
            headers={"Accept-Encoding": "gzip, identity"},
        )
    return Sent(media.lower(), packing != "identity")


async def whole_body(request: Any, limits: Limits) -> bytes:
    """The bytes of a body, no more than are taken and no longer than is waited. Raises Refused: 413, 408."""
    said = request.headers.get("content-length", "")
    if said.isdecimal() and int(said[:20]) > limits.body:
        raise _large(limits)
    data = bytearray()
    try:
        async with asyncio.timeout(limits.seconds):
            async for chunk in request.stream():
                data += chunk
                if len(data) > limits.body:
                    raise _large(limits)
    except TimeoutError:
        what = f"the body had not come after {limits.seconds:g} s"
        raise Refused(408, what, expected="all of it by then", headers=CLOSE) from None
    return bytes(data)


def _large(limits: Limits) -> Refused:
    return Refused(413, "the body is too large", expected=f"at most {limits.body:,} bytes")
