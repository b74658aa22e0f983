"""Whatever bytes come over a connection, they are refused or answered, and the next request is answered."""

from __future__ import annotations

import socket

import numpy as np
from bench.fuzz import changed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BODY = b'{"rows": [{"age": 39, "colour": "red"}]}'
HEAD = b"Host: localhost\r\nContent-Type: application/json\r\n"
SEEDS = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"POST /predict HTTP/1.1\r\n" + HEAD + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY,
    b"POST /predict HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n28\r\n" + BODY + b"\r\n0\r\n\r\n",
    b"POST /predict HTTP/1.1\r\n" + HEAD + b"Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
)
SAID = ("100", "200", "400", "401", "404", "405", "408", "413", "415", "421", "503")
Few = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


@Few
@given(number=st.integers(0, 3), draw=st.integers(0, 2**31))
def test_bytes_of_a_request_that_are_changed_are_refused_or_answered(asked, number, draw):
    data = changed(SEEDS[number], np.random.default_rng(draw))
    with socket.create_connection(("127.0.0.1", asked.port), timeout=0.05) as client:
        try:
            client.sendall(data)
            said = client.recv(1 << 16)
        except (TimeoutError, ConnectionError):
            said = b""
    assert not said or said.split()[1].decode() in SAID, data
    assert asked("GET", "/health")[0] == 200
